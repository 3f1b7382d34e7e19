"""What only real nodes show: the pod is killed, moved, starved, stopped, replaced, and nothing is lost."""
import collections
import glob
import json
import os
import secrets
import time

from base import ServiceTest
from machine import FOLDER, wait_until
from service import NAMESPACE

MANY = 1000


def is_apply(request):
    """An object of the rollout was to be applied, and not only tried."""
    reference = request.get("objectRef") or {}
    return request["verb"] == "patch" and reference.get("name", "").startswith("rolled-") and \
        "dryRun" not in request["requestURI"]


def is_done(request):
    """Those whose process ended before the answer may be done all the same, and are noted as failed."""
    return request["responseStatus"]["code"] < 300


class BehaviourTest(ServiceTest):
    def status_of_pod(self):
        pods = self.service.pods()
        return next(iter(pods.values()))["status"] if pods else {}

    def restarts(self):
        return sum(each["restartCount"] for each in self.status_of_pod().get("containerStatuses", []))

    def process(self):
        """Node of the service's pod, and the process there."""
        pod = self.service.pods()[self.service.pod()]
        node = pod["spec"]["nodeName"]
        return node, self.cluster.in_node(node, "pgrep", "-x", "reconciler").split()[0]

    def serves(self, value):
        """A change goes live and all is well: what a test asks after it broke something."""
        self.wait_ready(self.push({"a": value}), 180)
        self.assertEqual(self.value_of("a"), value)

    def setUp(self):
        self.service.roll_out()

    def test_a_killed_process_comes_back(self):
        before = self.restarts()
        node, process = self.process()
        self.cluster.in_node(node, "kill", "-KILL", process)
        wait_until("the container was restarted", lambda: self.restarts() == before + 1)
        self.serves("killed")

    def test_a_killed_pod_is_replaced(self):
        pod = self.service.pod()
        self.cluster.kubectl("-n", NAMESPACE, "delete", "pod", pod, "--force", "--grace-period=0")
        self.serves("pod killed")
        self.assertNotIn(pod, self.service.pods())

    def test_it_ends_within_its_grace_period(self):
        began = time.monotonic()
        self.cluster.kubectl("-n", NAMESPACE, "delete", "pod", self.service.pod(), "--wait=true")
        took = time.monotonic() - began
        print(f"gone after SIGTERM: {took:.1f} s", flush=True)
        self.assertLess(took, 8)
        self.serves("ended")

    def test_a_wedged_process_is_restarted(self):
        before = self.restarts()
        node, process = self.process()
        self.cluster.in_node(node, "kill", "-STOP", process)
        took = wait_until("the container was restarted", lambda: self.restarts() > before)
        print(f"wedged process restarted after {took:.0f} s", flush=True)
        self.serves("wedged")

    def test_a_drained_node_loses_nothing(self):
        pod = self.service.pod()
        node, _ = self.process()
        self.addCleanup(self.cluster.kubectl, "uncordon", node)
        self.cluster.kubectl("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=90s")
        self.serves("drained")
        self.assertNotIn(pod, self.service.pods())

    def test_too_little_memory_is_survived_once_there_is_enough(self):
        self.set_memory("12Mi")
        self.service.roll_out()
        commit = self.push({f"object-{i}": secrets.token_hex(4000) for i in range(MANY)})
        wait_until("killed for its memory", lambda: "OOMKilled" in json.dumps(self.status_of_pod()))
        self.set_memory("96Mi")
        self.service.roll_out()
        self.wait_ready(commit, 300)
        self.serves("few again")

    def set_memory(self, limit):
        patch = {"spec": {"strategy": {"type": "Recreate", "rollingUpdate": None}, "template": {"spec": {"containers": [
            {"name": "reconciler", "resources": {"limits": {"memory": limit}, "requests": {"memory": limit}}}]}}}}
        self.cluster.kubectl("-n", NAMESPACE, "patch", "deployment", "spira-reconciler", "-p", json.dumps(patch))

    def test_a_full_disk_is_survived(self):
        pod = self.service.pods()[self.service.pod()]
        node, uid = pod["spec"]["nodeName"], pod["metadata"]["uid"]
        folder = os.path.join(FOLDER, "cluster", node, "kubelet", "pods", uid, "volumes/kubernetes.io~empty-dir/data")
        self.cluster.in_node(node, "fallocate", "-l", "2200M", folder + "/filler")
        wait_until("the pod was evicted", lambda: pod["metadata"]["name"] not in self.running())
        self.serves("disk full")

    def running(self):
        return [name for name, each in self.service.pods().items() if each["status"]["phase"] == "Running"]

    def test_a_version_that_is_never_ready_takes_nobodys_place(self):
        self.addCleanup(self.service.roll_out)
        self.addCleanup(self.install)
        old = self.service.pod()
        self.install(RECONCILER_REPOSITORY="https://198.18.0.1:1/none.git")
        wait_until("the new pod runs", lambda: len(self.running()) == 2)
        new = next(pod for pod in self.running() if pod != old)
        wait_until("it answers", lambda: self.service.ask("/livez", new))
        self.assertFalse(self.service.pods()[new]["status"]["containerStatuses"][0]["ready"])
        self.serves("by the old one")
        self.assertIn(old, self.service.pods())

    def test_a_new_version_takes_over_a_sync_that_is_under_way(self):
        self.addCleanup(self.service.roll_out)
        self.addCleanup(self.install)
        image = "docker.io/library/spira-reconciler"
        self.cluster.tag(image + ":0.1.0", image + ":next")
        old, name = self.service.pod(), self.name
        commit = self.push({f"rolled-{i}": str(i) for i in range(MANY)})
        self.install("next")
        statuses = []

        def is_over():
            statuses.append((self.service.environment(name) or {}).get("status"))
            return self.service.applied(name) == commit and old not in self.service.pods()
        wait_until("the new version has done it", is_over, 300)
        self.assertTrue(all(statuses), "the status was gone for a while")
        applies = [each for each in self.cluster.audit() if is_apply(each)]
        done = collections.Counter(each["objectRef"]["name"] for each in applies if is_done(each))
        print(f"{len(applies)} applies, {len(done)} of them answered", flush=True)
        self.assertEqual(set(done.values()), {1}, "applied twice")
        self.assertEqual(len({each["objectRef"]["name"] for each in applies}), MANY)
        self.assertEqual(len([each for each in self.cluster.get("-n", name, "configmaps")["items"]
                              if each["metadata"]["name"].startswith("rolled-")]), MANY)

    def test_memory_holds_with_many_objects_in_sync(self):
        values = {f"object-{i}": str(i) for i in range(MANY)}
        self.wait_ready(self.push(values), 300)
        self.wait_ready(self.push({key: value + " again" for key, value in values.items()}), 300)
        peak = self.peak_memory()
        print(f"peak of memory with {MANY} objects: {peak / 2**20:.0f} MiB", flush=True)
        self.assertLess(peak, 96 * 2**20)
        self.assertEqual(self.restarts(), 0)
        self.serves("few")

    def peak_memory(self):
        pod = self.service.pods()[self.service.pod()]
        container = pod["status"]["containerStatuses"][0]["containerID"].split("//")[1]
        files = [found for name in ("memory.max_usage_in_bytes", "memory.peak")
                 for found in glob.glob(f"/sys/fs/cgroup/**/{container}/{name}", recursive=True)]
        with open(files[0], encoding="ascii") as file:
            return int(file.read())
