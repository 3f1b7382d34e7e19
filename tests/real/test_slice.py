"""A first slice of the SPIRA stack under the thesis' experiment: each minute a pod of every service is killed, the
reconciler's among them, while SPIRA is flooded; what was acknowledged is completed, and a change goes live meanwhile.

$RECONCILER_FLOOD_SECONDS is how long; 300.
"""
import glob
import json
import os
import random
import re
import threading
import time

from base import ENVIRONMENT, ServiceTest
from machine import ROOT, condition, wait_until
from service import NAMESPACE as OWN_NAMESPACE
from service import SELECTOR as OWN_SELECTOR

SECONDS = int(os.environ.get("RECONCILER_FLOOD_SECONDS") or 300)
RATE = 4
STACK = "spira"
LISTENER = "sources/configuration/message-listener.env"
VOLUME = """\
---
apiVersion: v1
kind: PersistentVolume
metadata: {{name: slice-{number}, labels: {{app: slice}}}}
spec:
  capacity: {{storage: 256Mi}}
  accessModes: [ReadWriteOnce]
  hostPath: {{path: {folder}}}
"""


def victims():
    """Whom the schedules of the experiment kill, and the reconciler: namespace and selector."""
    found = [(OWN_NAMESPACE, OWN_SELECTOR)]
    for path in sorted(glob.glob(os.path.join(ROOT, "sources", "chaos-experiment", "schedules", "kill-*.yaml"))):
        with open(path, encoding="utf-8") as file:
            key, value = re.search(r"labelSelectors:\n\s+(\S+): (\S+)", file.read()).groups()
        found.append((STACK, f"{key}={value}"))
    return found


class Killer(threading.Thread):
    """Kills one pod of each service, now and each minute. Those that this slice has not have no pods.

    A kill that did not succeed is told of, and the next minute has its own.
    """

    def __init__(self, cluster):
        super().__init__(daemon=True)
        self._cluster, self._over = cluster, threading.Event()
        self.killed, self.refused = {}, []

    def run(self):
        while not self._over.is_set():
            began = time.monotonic()
            for namespace, selector in victims():
                try:
                    self._kill_one(namespace, selector)
                except AssertionError as error:
                    self.refused.append(str(error))
            self._over.wait(60 - (time.monotonic() - began))

    def _kill_one(self, namespace, selector):
        pods = sorted(self._cluster.pods(namespace, selector))
        if pods:
            self._cluster.kubectl("-n", namespace, "delete", "pod", random.choice(pods), "--force", "--grace-period=0",
                                  "--ignore-not-found")
            self.killed[selector] = self.killed.get(selector, 0) + 1

    def stop(self):
        self._over.set()
        self.join()


class SliceTest(ServiceTest):
    name = "slice"
    workloads = True

    @classmethod
    def begin(cls):
        cls.cluster.kubectl("delete", "namespace", STACK, "--ignore-not-found")
        cls.make_volumes(4)
        cls.remote.copy("sources")
        cls.remote.copy("tests/real/slice/manifests", "overlays/slice")
        cls.commit = cls.remote.push()

    @classmethod
    def make_volumes(cls, count):
        """For the three servers of the store, and the journal. Any node reaches them, since all are on this machine."""
        for number in range(count):
            folder = cls.remote.path(f"volumes/{number}")
            os.makedirs(folder)
            os.chmod(folder, 0o777)
            cls.cluster.apply(VOLUME.format(number=number, folder=folder))

    @classmethod
    def leave(cls):
        super().leave()
        cls.cluster.kubectl("delete", "namespace", STACK, "--ignore-not-found", "--timeout=180s")
        cls.cluster.kubectl("delete", "persistentvolumes", "-l", "app=slice")

    def begin_experiment(self):
        """An environment of its own, on a branch of its own: a commit to the stack does not begin it anew. The commit."""
        self.remote.copy("tests/real/slice/experiment", "overlays/experiment")
        self.remote.write("overlays/experiment/flood.env", "\n".join([
            "SPIRA_API_BASE_URL=http://spira-api-server:80", f"FLOOD_SECONDS={SECONDS}", f"FLOOD_RATE={RATE}",
            "CHECK_SETTLE_SECONDS=120", "CHECK_SHOW_SECONDS=1"]) + "\n")
        commit = self.remote.push("experiment")
        environment = ENVIRONMENT.format(name="experiment", namespace=STACK).replace("branch: main", "branch: experiment")
        self.remote.write("environments/experiment.yaml", environment + "  timeout: 2h\n")
        self.remote.push()
        return commit

    def experiment_pods(self):
        return self.cluster.list("pods", "-n", STACK, "-l", "app=chaos-experiment")

    def flood_runs(self):
        return any("running" in each["state"] for pod in self.experiment_pods()
                   for each in pod["status"].get("initContainerStatuses", []) if each["name"] == "flood")

    def job_ended(self):
        job = self.cluster.get("job", "chaos-experiment", "-n", STACK)
        return any(condition(job, kind).get("status") == "True" for kind in ("Complete", "Failed"))

    def counts(self):
        """What the checker said as it ended."""
        said = [each["state"].get("terminated", {}).get("message") for pod in self.experiment_pods()
                for each in pod["status"].get("containerStatuses", [])]
        return json.loads(next(filter(None, said)))

    def told(self):
        return self.cluster.kubectl("-n", STACK, "get", "pods,jobs", "-o", "wide") + \
            json.dumps(self.service.environment("experiment"), indent=1)

    def change_goes_live(self):
        with open(os.path.join(ROOT, LISTENER), encoding="utf-8") as file:
            self.remote.write(LISTENER, file.read().replace("loop_interval=0.01", "loop_interval=0.02"))
        took = self.wait_ready(self.remote.push(), 240)
        data = self.cluster.get("configmap", "message-listener-configmap", "-n", STACK)["data"]
        self.assertEqual(data["loop_interval"], "0.02")
        print(f"the change was live, and all pods rolled, after {took:.0f} s", flush=True)

    def test_what_was_acknowledged_is_completed_whoever_is_killed(self):
        self.wait_ready(self.commit, 300)
        commit = self.begin_experiment()
        wait_until("the flood runs", self.flood_runs, told=self.told)
        killer = Killer(self.cluster)
        self.addCleanup(killer.stop)
        killer.start()
        time.sleep(SECONDS / 2)
        self.change_goes_live()
        wait_until("the experiment ended", self.job_ended, SECONDS + 300, self.told, pause=2)
        killer.stop()
        counts = self.counts()
        print(f"{counts}; killed: {killer.killed}", *killer.refused, flush=True)
        self.assertEqual(counts["ack_and_not_completed_inferences"], 0)
        self.assertGreater(counts["ack_and_completed_inferences"], SECONDS * RATE / 2)
        self.assertEqual(len(killer.killed), 5)
        # A busy machine breaks a connection to the API server now and then.
        self.assertGreater(min(killer.killed.values()), 0.8 * SECONDS / 60)
        self.service.wait_ready("experiment", commit, 120)
        self.service.wait_ready(self.name, self.service.applied(self.name), 120)
