"""A control plane that was killed while it started is started again."""
import os
import signal
import subprocess
import tempfile
import time
import unittest

CLUSTER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cluster.sh")
PATIENCE = 60


def cluster(*arguments):
    return subprocess.run([CLUSTER, *arguments], check=True, capture_output=True, text=True).stdout.strip()


class ControlPlaneTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="reconciler-control-plane-")
        self.addCleanup(folder.cleanup)
        self.folder = os.path.join(folder.name, "cluster")
        self.addCleanup(cluster, "reset", "--dir", self.folder)

    def up_killed_when_there_is(self, name):
        """`up` is killed, and what it has started goes on."""
        up = subprocess.Popen([CLUSTER, "up", "--control-plane-only", "--dir", self.folder], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, start_new_session=True)
        deadline = time.monotonic() + PATIENCE
        while not os.path.exists(os.path.join(self.folder, name)):
            self.assertLess(time.monotonic(), deadline, f"{name} never came")
            time.sleep(0.001)
        os.killpg(up.pid, signal.SIGKILL)
        up.wait()

    def assert_comes_up(self):
        cluster("up", "--control-plane-only", "--dir", self.folder)
        self.assertIn("default", cluster("kubectl", "--dir", self.folder, "get", "namespaces", "--output=name"))

    def test_one_whose_start_was_killed_comes_up_though_etcd_goes_on(self):
        self.up_killed_when_there_is("etcd.pid")
        self.assert_comes_up()

    def test_one_whose_etcd_was_killed_at_its_start_comes_up(self):
        self.up_killed_when_there_is("etcd.pid")
        cluster("down", "--dir", self.folder)
        data = os.path.join(self.folder, "etcd")
        subprocess.run(["rm", "-rf", data], check=True)
        # A member that waits for another before it works, as one does whose first entries were lost.
        etcd = subprocess.Popen([os.path.join(cluster("bin"), "etcd"), "--data-dir", data, "--unsafe-no-fsync",
                                 "--listen-client-urls", "http://127.0.0.1:0", "--advertise-client-urls", "http://127.0.0.1:1",
                                 "--listen-peer-urls", "http://127.0.0.1:0", "--initial-advertise-peer-urls",
                                 "http://127.0.0.1:2", "--initial-cluster",
                                 "default=http://127.0.0.1:2,other=http://127.0.0.1:3"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE
        while not os.path.exists(os.path.join(data, "member", "snap", "db")):
            self.assertLess(time.monotonic(), deadline, "etcd has made no data")
            time.sleep(0.01)
        etcd.kill()
        etcd.wait()
        self.assert_comes_up()


if __name__ == "__main__":
    unittest.main()
