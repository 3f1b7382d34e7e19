"""`--nodes kind`, with programs that note what is asked of docker and kind and remember the cluster that was made."""
import os
import pathlib
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
BINARIES = ["kubectl", "kube-apiserver", "etcd", "kube-controller-manager", "kube-scheduler", "kwok", "kwok-stages.yaml"]

DOCKER = """#!/bin/sh
test -e "$STATE/docker-runs"
"""
KIND = """#!/bin/sh
echo "$@" >>"$STATE/asked"
case "$1 $2" in
  "get clusters") cat "$STATE/clusters" 2>/dev/null ;;
  "create cluster") test ! -e "$STATE/kind-fails" || exit 1; echo spira >"$STATE/clusters" ;;
  "delete cluster") rm -f "$STATE/clusters" ;;
esac
exit 0
"""


class KindTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for name in BINARIES:
            self.make(f"binaries/{name}", "#!/bin/sh\n")
        self.make("programs/docker", DOCKER)
        self.make("programs/kind", KIND)
        self.make("docker-runs", "")

    def make(self, path, text):
        file = self.folder / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        file.chmod(0o755)

    def cluster(self, verb, *arguments, path="programs"):
        environment = {"PATH": f"{self.folder / path}:/usr/bin:/bin", "STATE": str(self.folder), "HOME": str(self.folder),
                       "RECONCILER_CLUSTER_BIN": str(self.folder / "binaries")}
        return subprocess.run([HERE / "cluster.sh", verb, "--dir", str(self.folder / "cluster"), *arguments],
                              env=environment, capture_output=True, text=True, check=False)

    def succeeds(self, *command):
        done = self.cluster(*command)
        self.assertEqual(done.returncode, 0, done.stderr)

    def asked(self, *words):
        text = self.folder / "asked"
        lines = text.read_text().splitlines() if text.exists() else []
        return [line for line in lines if line.startswith(" ".join(words))]

    def test_a_cluster_that_kind_cannot_make_is_a_failure_and_nothing_else_starts(self):
        self.make("kind-fails", "")
        done = self.cluster("up", "--nodes", "kind")
        self.assertNotEqual(done.returncode, 0)
        self.assertNotIn("not found", done.stderr)
        self.assertFalse((self.folder / "cluster" / "pki").exists())

    def test_up_makes_the_cluster_of_deploy_once(self):
        self.succeeds("up", "--nodes", "kind")
        self.succeeds("up")
        created = self.asked("create", "cluster")
        self.assertEqual(len(created), 1)
        self.assertIn("deploy/kind/cluster.yaml", created[0])
        self.assertIn(f"--kubeconfig {self.folder}/cluster/admin.kubeconfig", created[0])
        self.assertEqual(len(self.asked("export", "kubeconfig")), 2)

    def test_load_and_down_are_of_that_cluster(self):
        self.succeeds("up", "--nodes", "kind")
        self.succeeds("load", "image.tar")
        self.assertEqual(self.asked("load"), ["load image-archive --name spira image.tar"])
        self.succeeds("down")
        self.assertEqual(len(self.asked("delete", "cluster", "--name", "spira")), 1)
        self.succeeds("down")
        self.assertEqual(len(self.asked("delete")), 1)

    def test_a_folder_keeps_its_kind_of_nodes(self):
        self.succeeds("up", "--nodes", "kind")
        done = self.cluster("up", "--nodes", "simulated")
        self.assertEqual(done.returncode, 1)
        self.assertIn("has kind nodes", done.stderr)

    def test_docker_that_does_not_run_is_named(self):
        (self.folder / "docker-runs").unlink()
        done = self.cluster("up", "--nodes", "kind")
        self.assertEqual(done.returncode, 1)
        self.assertIn("needs Docker to run", done.stderr)
        self.assertEqual(self.asked("create"), [])

    def test_a_program_that_is_missing_is_named(self):
        os.remove(self.folder / "programs/kind")
        done = self.cluster("up", "--nodes", "kind")
        self.assertEqual(done.returncode, 1)
        self.assertIn("needs kind, which is not here", done.stderr)


if __name__ == "__main__":
    unittest.main()
