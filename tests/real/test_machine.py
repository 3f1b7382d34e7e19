"""The cluster comes and goes, and the machine is as before, whoever was killed meanwhile."""
import os
import signal
import subprocess
import unittest

from listing import Machine
from machine import CLUSTER, FOLDER, Cluster, run, wait_until


class MachineTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.cluster = Cluster()
        self.verb("reset")
        self.addCleanup(self.verb, "reset")
        self.machine = Machine()

    def verb(self, name):
        run(CLUSTER, name, "--dir", self.cluster.folder)

    def end(self):
        self.verb("down")
        self.assertEqual(self.machine.changes(), [])

    def up_killed_when(self, is_so):
        """`up` is killed at that moment, with all that it waits for."""
        with open(os.path.join(FOLDER, "up.log"), "wb") as log:
            up = subprocess.Popen([CLUSTER, "up", "--dir", self.cluster.folder, "--nodes", "real"], stdout=log, stderr=log,
                                  start_new_session=True)
        wait_until("up has come so far", is_so)
        os.killpg(up.pid, signal.SIGKILL)
        up.wait()

    def exists(self, name):
        return lambda: os.path.exists(os.path.join(self.cluster.folder, name))

    def test_up_that_was_killed_leaves_nothing_and_can_be_repeated(self):
        for moment in ("etcd.pid", "kube-scheduler.pid", "spira-worker2.pid", "spira-worker3/kubelet.log"):
            with self.subTest(moment):
                self.up_killed_when(self.exists(moment))
                self.end()
        self.up_killed_when(self.exists("spira-worker.pid"))
        self.cluster.up()
        self.assertEqual(len(self.cluster.nodes()), 3)
        self.end()

    def test_a_cluster_that_was_killed_leaves_nothing(self):
        self.cluster.up()
        for name in sorted(os.listdir(self.cluster.folder)):
            if name.endswith(".pid"):
                with open(os.path.join(self.cluster.folder, name), encoding="ascii") as file:
                    os.kill(int(file.read().split()[0]), signal.SIGKILL)
        self.end()

    def test_a_cluster_whose_notes_are_gone_leaves_nothing(self):
        self.cluster.up()
        for name in os.listdir(self.cluster.folder):
            if name.endswith(".pid"):
                os.remove(os.path.join(self.cluster.folder, name))
        self.end()
