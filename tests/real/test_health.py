"""What goes wrong with real containers is Degraded with its cause, within seconds of the cluster knowing."""
from base import ServiceTest
from machine import condition, wait_until

IMAGE = "spira-reconciler:0.1.0"
NO_IMAGE = "127.0.0.1:1/none:1"
PAUSE = "spira.local/pause:1"
# Seconds after the cluster knows.
WITHIN = 5

POD = """\
{indent}containers:
{indent}  - name: main
{indent}    image: {image}
{indent}    resources: {{requests: {{cpu: "{cpu}"}}}}
{more}"""


def pod_spec(indent, image=PAUSE, cpu="1m", more=()):
    lines = "".join(f"{indent}    {line}\n" for line in more)
    return POD.format(indent=indent, image=image, cpu=cpu, more=lines)


def deployment(namespace, **pod):
    return f"""\
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: {namespace}}}
spec:
  progressDeadlineSeconds: 10
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      terminationGracePeriodSeconds: 0
{pod_spec("      ", **pod)}"""


def job(namespace, annotations=""):
    return f"""\
---
apiVersion: batch/v1
kind: Job
metadata: {{name: once, namespace: {namespace}, annotations: {{{annotations}}}}}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
{pod_spec("      ", image=IMAGE, more=["args: [no-such-verb]"])}"""


def claim(namespace):
    return f"""\
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{name: data, namespace: {namespace}}}
spec:
  storageClassName: none-such
  accessModes: [ReadWriteOnce]
  resources: {{requests: {{storage: 1Gi}}}}
"""


class HealthTest(ServiceTest):
    def waits_for(self, reason):
        """A container of the Deployment waits for that reason, as the kubelet told the cluster."""
        return lambda: any((state["state"].get("waiting") or {}).get("reason") == reason
                           for pod in self.cluster.pods(self.name, "app=web").values()
                           for state in pod["status"].get("containerStatuses", []))

    def restarts_again_and_again(self):
        """A kubelet says CrashLoopBackOff for the blink of an eye before each restart, and else that the container ended."""
        return any(state["restartCount"] > 1 for pod in self.cluster.pods(self.name, "app=web").values()
                   for state in pod["status"].get("containerStatuses", [])) or self.waits_for("CrashLoopBackOff")()

    def has_condition(self, kind, name, wanted, status):
        return lambda: condition(self.cluster.get(kind, name, "-n", self.name), wanted).get("status") == status

    def has_event(self, reason):
        return lambda: self.cluster.list("events", "-n", self.name, "--field-selector", "reason=" + reason)

    def is_unschedulable(self):
        return any(condition(pod, "PodScheduled").get("reason") == "Unschedulable"
                   for pod in self.cluster.pods(self.name, "app=web").values())

    def told(self):
        return condition(self.service.environment(self.name), "Healthy")

    def degrades(self, manifest, cluster_knows, *causes):
        """Degraded with those words, that long after the cluster knows; and healthy again once Git mends it."""
        self.push({"a": "1"}, manifest)
        wait_until("the cluster knows", cluster_knows, told=self.service.log)
        took = wait_until("it is Degraded", lambda: self.told().get("reason") == "Degraded", told=lambda: str(self.told()))
        message = self.told()["message"]
        print(f"Degraded after {took:.1f} s: {message}", flush=True)
        for cause in causes:
            self.assertIn(cause, message)
        self.assertLess(took, WITHIN)
        self.wait_ready(self.push({"a": "1"}))

    def test_an_image_that_cannot_be_pulled(self):
        self.degrades(deployment(self.name, image=NO_IMAGE), self.waits_for("ErrImagePull"), "web", "ImagePull")

    def test_a_crash_loop(self):
        self.degrades(deployment(self.name, image=IMAGE, more=["args: [no-such-verb]"]),
                      self.restarts_again_and_again, "web", "exit code 2")

    def test_a_probe_that_fails(self):
        probe = "readinessProbe: {tcpSocket: {port: 81}, periodSeconds: 1}"
        self.degrades(deployment(self.name, more=[probe]), self.has_condition("deployment", "web", "Progressing", "False"),
                      "web", "Readiness probe failed")

    def test_a_pod_that_no_node_can_take(self):
        self.degrades(deployment(self.name, cpu="999"), self.is_unschedulable, "web", "Insufficient cpu")

    def test_a_job_that_is_out_of_retries(self):
        self.degrades(job(self.name), self.has_condition("job", "once", "Failed", "True"), "once", "BackoffLimitExceeded")

    def test_a_hook_that_fails_tells_its_last_lines(self):
        self.push({"a": "2"}, job(self.name, "gitops.spira.dev/hook: PreSync"))
        wait_until("the hook has failed", self.failed_hook, told=self.service.log)
        log = self.failed_hook().get("log", "")
        print(log, flush=True)
        self.assertIn("no-such-verb", log)
        self.assertEqual(self.value_of("a"), "1")
        self.wait_ready(self.push({"a": "1"}))

    def failed_hook(self):
        hooks = (self.service.environment(self.name).get("status") or {}).get("hooks", [])
        return next((hook for hook in hooks if hook["result"] == "Failed"), None)

    def test_a_claim_that_nothing_provisions(self):
        self.degrades(claim(self.name), self.has_event("ProvisioningFailed"), "data", "none-such")
