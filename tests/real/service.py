"""The service in the cluster: `deploy/` with the test's repository and credentials, and what it says of itself."""
import json
import os

from machine import ROOT, condition, run, wait_until

NAMESPACE = "spira-system"
SELECTOR = "app.kubernetes.io/name=spira-reconciler"


class Service:
    def __init__(self, cluster, folder):
        self.cluster, self.folder = cluster, folder
        self.token = os.urandom(16).hex()

    def make_secrets(self, git_files):
        """The two Secrets of docs/install.md. `git_files`: key → file."""
        self.cluster.kubectl("apply", "--server-side", "-f", os.path.join(ROOT, "deploy", "namespace.yaml"))
        self.cluster.kubectl("-n", NAMESPACE, "delete", "secret", "--ignore-not-found", "spira-reconciler",
                             "spira-reconciler-git")
        self.cluster.kubectl("-n", NAMESPACE, "create", "secret", "generic", "spira-reconciler",
                             f"--from-literal=token={self.token}", "--from-literal=webhook-secret=" + os.urandom(16).hex())
        self.cluster.kubectl("-n", NAMESPACE, "create", "secret", "generic", "spira-reconciler-git",
                             *(f"--from-file={key}={file}" for key, file in git_files.items()))

    def install(self, settings, tag=None):
        """`kubectl apply -k` of deploy/ with these settings of reconciler.env."""
        overlay = os.path.join(self.folder, "overlay")
        os.makedirs(overlay, exist_ok=True)
        deploy = os.path.relpath(os.path.join(ROOT, "deploy"), overlay)
        lines = [f"resources: [{deploy}]", "namespace: " + NAMESPACE, "configMapGenerator:", "- name: spira-reconciler",
                 "  behavior: merge", "  literals:"] + [f"  - {key}={value}" for key, value in settings.items()]
        if tag:
            lines += ["images:", "- name: spira-reconciler", f"  newTag: '{tag}'"]
        with open(os.path.join(overlay, "kustomization.yaml"), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        self.cluster.kubectl("apply", "--server-side", "--force-conflicts", "-k", overlay)

    def roll_out(self):
        self.cluster.kubectl("-n", NAMESPACE, "rollout", "status", "deployment/spira-reconciler", "--timeout=120s")

    def remove(self):
        self.cluster.kubectl("-n", NAMESPACE, "delete", "deployment", "spira-reconciler", "--ignore-not-found",
                             "--cascade=foreground")
        self.cluster.kubectl("-n", NAMESPACE, "delete", "leases", "--all")

    def pods(self):
        return self.cluster.pods(NAMESPACE, SELECTOR)

    def pod(self):
        return next(iter(self.pods()))

    def log(self, *options):
        return self.cluster.kubectl("-n", NAMESPACE, "logs", "-l", SELECTOR, "--tail=-1", *options, check=False)

    def ask(self, path, pod=None):
        """GET of the HTTP interface of a pod, from outside, as JSON or text; nothing when nobody answers."""
        pods = self.pods()
        address = (pods.get(pod or next(iter(pods), None)) or {}).get("status", {}).get("podIP")
        text = run("curl", "-s", "-m", "5", "-H", "Authorization: Bearer " + self.token, f"http://{address}:8080{path}",
                   check=False) if address else ""
        if not path.startswith("/api/"):
            return text
        try:
            return json.loads(text)
        except ValueError:
            return None

    def metric(self, name, having=""):
        lines = self.ask("/metrics").splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name) and having in line)

    def environment(self, name):
        return self.cluster.get("environment", name)

    def applied(self, name):
        return ((self.environment(name) or {}).get("status") or {}).get("revision", {}).get("applied")

    def wait_ready(self, name, commit, patience=120):
        """Ready at that commit, as the cluster tells it; the seconds that took."""
        def is_so():
            resource = self.environment(name)
            return condition(resource, "Ready").get("status") == "True" and \
                resource["status"].get("revision", {}).get("applied") == commit
        return wait_until(f"environment {name} Ready at {commit}", is_so, patience,
                          lambda: json.dumps((self.environment(name) or {}).get("status"), indent=1) + self.log())
