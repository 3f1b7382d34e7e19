"""`./dev`, with programs in the place of those that build and test, which fail when they are told to."""
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = """#!/bin/sh
echo "$(basename "$0") $*" >>"$STATE/asked"
test ! -e "$STATE/$(basename "$0")-fails"
"""
PROGRAMS = ["tests/cluster/cluster.sh", "tests/support/harness/run.sh", "programs/cmake", "programs/ctest",
            "programs/dpkg-query", "programs/apt-get", "programs/sudo"]


class DevTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        shutil.copy(ROOT / "dev", self.folder / "dev")
        for program in PROGRAMS:
            self.make(program, PROGRAM)
        self.make("build/dev/build.ninja", "")

    def make(self, path, text):
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755)

    def dev(self, *arguments):
        environment = {"PATH": f"{self.folder / 'programs'}:/usr/bin:/bin", "STATE": str(self.folder), "HOME": str(self.folder)}
        return subprocess.run([self.folder / "dev", *arguments], env=environment, capture_output=True, text=True, check=False)

    def asked(self, program):
        return [line for line in (self.folder / "asked").read_text().splitlines() if line.startswith(program + " ")]

    def test_a_crash_point_that_fails_is_a_failure_and_no_other_test_runs(self):
        self.make("run.sh-fails", "")
        self.assertNotEqual(self.dev("test", "chaos").returncode, 0)
        self.assertEqual(self.asked("ctest"), [])

    def test_crash_points_alone_run_when_they_are_asked_for(self):
        done = self.dev("test", "chaos", "--only", "apply")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("chaos", self.asked("run.sh")[0])
        self.assertEqual(self.asked("ctest"), [])


if __name__ == "__main__":
    unittest.main()
