"""The controllers that a cluster of real nodes has the machine pass on, with folders in the place of a unified hierarchy.

A file of such a folder keeps what was written to it last.
"""
import pathlib
import subprocess
import tempfile
import unittest

LIBRARY = pathlib.Path(__file__).resolve().parent / "lib" / "nodes"
SCRIPT = """
source "$1/cgroups.sh"
source "$1/probe.sh"
top=$2
cgroup_hierarchies() { printf '%s\\n' "$top"; }
passed_on_file=$top/../notes
eval "$3"
"""


class ControllersTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name) / "cgroup"
        self.notes = self.top.parent / "notes"
        self.top.mkdir()
        (self.top / "cgroup.controllers").write_text("cpuset memory cpu\n")
        self.passes_on("cpuset memory\n")

    def passes_on(self, text):
        (self.top / "cgroup.subtree_control").write_text(text)

    def passed_on(self):
        return (self.top / "cgroup.subtree_control").read_text().strip()

    def shell(self, command):
        subprocess.run(["bash", "-euc", SCRIPT, "bash", LIBRARY, self.top, command], check=True)

    def test_what_a_cluster_added_is_taken_back_with_its_end(self):
        self.shell("make_cgroup node")
        self.assertEqual(self.passed_on(), "+cpu")
        self.shell("empty_cgroups")
        self.assertEqual(self.passed_on(), "-cpu")
        self.assertFalse((self.top / "spira-nodes").exists())
        self.assertFalse(self.notes.exists())

    def test_what_the_machine_passed_on_before_is_left_alone(self):
        self.passes_on("cpuset cpu memory")
        self.shell("make_cgroup node; empty_cgroups")
        self.assertEqual(self.passed_on(), "cpuset cpu memory")

    def test_a_second_end_takes_nothing(self):
        self.shell("make_cgroup node; empty_cgroups")
        self.passes_on("cpuset cpu memory")
        self.shell("empty_cgroups")
        self.assertEqual(self.passed_on(), "cpuset cpu memory")

    def test_a_probe_takes_back_what_it_added(self):
        self.shell("make_cgroup probe; remove_probe $top/none")
        self.assertEqual(self.passed_on(), "-cpu")

    def test_a_probe_beside_a_cluster_takes_nothing(self):
        self.shell("make_cgroup node; make_cgroup probe; remove_probe $top/none")
        self.assertEqual(self.passed_on(), "+cpu")


if __name__ == "__main__":
    unittest.main()
