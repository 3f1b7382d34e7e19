"""The cluster of real nodes that the tests share, and the image of the service on it."""
import glob
import json
import os
import signal
import subprocess
import time

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
FOLDER = os.environ.get("RECONCILER_REAL_DIR") or os.path.join(ROOT, "build", "real")
CLUSTER = os.path.join(ROOT, "tests", "cluster", "cluster.sh")
# Where the API server and what tests serve to pods listen: the bridge.
HOST = "198.18.0.1"
PATIENCE = 120


def run(*command, stdin=None, check=True, env=None):
    """Output of a command; with its whole story in the error when it fails."""
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False,
                          env={**os.environ, **(env or {})})
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def wait_until(what, is_so, patience=PATIENCE, told=lambda: "", pause=0.05):
    """Asks until it is so, with a pause in between; returns the seconds that took."""
    began = time.monotonic()
    while not (answer := is_so()):
        if time.monotonic() - began > patience:
            raise AssertionError(f"not in {patience} s: {what}\n{told()}")
        time.sleep(pause)
    del answer
    return time.monotonic() - began


class Cluster:
    """Thin words for kubectl."""

    def __init__(self):
        self.folder = os.path.join(FOLDER, "cluster")

    def up(self):
        subprocess.run([CLUSTER, "up", "--dir", self.folder, "--nodes", "real", "--audit"], check=True)

    def load(self, archive):
        run(CLUSTER, "load", "--dir", self.folder, archive)

    def load_workloads(self):
        for archive in sorted(glob.glob(os.path.join(run(CLUSTER, "workloads").strip(), "images", "*.tar"))):
            self.load(archive)

    def tag(self, image, other):
        """Gives an image that is on the nodes a further name there."""
        ctr = os.path.join(run(CLUSTER, "nodes-bin").strip(), "ctr")
        for node in self.nodes():
            run(ctr, "--address", os.path.join(self.folder, node, "containerd.sock"), "-n",
                "k8s.io", "images", "tag", "--force", image, other)

    def nodes(self):
        return [each["metadata"]["name"] for each in self.list("nodes")]

    def audit(self):
        """Every request so far: the API server's own notes."""
        with open(os.path.join(self.folder, "audit.log"), encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def kubectl(self, *arguments, **options):
        return run(CLUSTER, "kubectl", "--dir", self.folder, *arguments, **options)

    def apply(self, manifests):
        return self.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=manifests)

    def get(self, *arguments):
        """An object or list as JSON; nothing when it does not exist."""
        text = self.kubectl("get", *arguments, "-o", "json", "--ignore-not-found")
        return json.loads(text) if text else None

    def list(self, *arguments):
        return (self.get(*arguments) or {"items": []})["items"]

    def pods(self, namespace, selector):
        """The pods that are not on their way out, by name; one that was evicted stays as Failed, and counts no more."""
        items = self.list("pods", "-n", namespace, "-l", selector)
        return {each["metadata"]["name"]: each for each in items
                if "deletionTimestamp" not in each["metadata"] and each["status"].get("phase") not in ("Failed", "Succeeded")}

    def node_pid(self, node):
        with open(os.path.join(self.folder, node + ".pid"), encoding="ascii") as file:
            return int(file.read().split()[0])

    def kill_node(self, node):
        """As when the power fails; `up` starts it again."""
        os.kill(self.node_pid(node), signal.SIGKILL)

    def in_node(self, node, *command):
        """Runs a command among the processes and mounts of a node."""
        pid = str(self.node_pid(node))
        return run("nsenter", "-t", pid, "--mount", "--net", f"--pid=/proc/{pid}/ns/pid_for_children", *command)

    def address(self):
        return self.kubectl("config", "view", "--raw", "-o", "jsonpath={.clusters[0].cluster.server}")


def condition(resource, kind):
    """The condition of that type; an empty one when there is none."""
    conditions = ((resource or {}).get("status") or {}).get("conditions") or []
    return next((each for each in conditions if each["type"] == kind), {})
