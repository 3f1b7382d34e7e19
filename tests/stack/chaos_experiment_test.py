"""The flood and the checker of the chaos experiment, run as they are in the cluster, against an API that misbehaves."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

from stub_spira_api import Misbehaviour, StubSpiraApi

PROGRAMS = pathlib.Path(__file__).parents[2] / "sources/chaos-experiment/programs"
sys.path.insert(0, str(PROGRAMS))
import journal  # noqa: E402

ALL_AT_ONCE = Misbehaviour(refuse=0.05, fail=0.02, drop=0.03, lose_answer=0.03, garble=0.02, delay=0.05, duplicate=0.05,
                           expire=0.005, restart_every=2.0)


class ExperimentTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.journal = self.folder / "journal"

    def stub(self, misbehaviour=None):
        stub = StubSpiraApi(misbehaviour)
        self.addCleanup(stub.close)
        return stub

    def environment(self, stub, **more):
        return {**os.environ, "SPIRA_API_BASE_URL": stub.url, "SPIRA_API_USER": stub.USER,
                "SPIRA_API_PASSWORD": stub.PASSWORD, "FLOOD_JOURNAL": str(self.journal), "METRICS_PORT": "0",
                "CHECK_RESULT": str(self.folder / "result"), "CHECK_SHOW_SECONDS": "0", "CHECK_SETTLE_SECONDS": "30",
                "FLOOD_RATE": "100000", "FLOOD_CONCURRENCY": "8", **{name: str(value) for name, value in more.items()}}

    def start(self, program, stub, **more):
        return subprocess.Popen([sys.executable, str(PROGRAMS / program)], env=self.environment(stub, **more),
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run_program(self, program, stub, **more):
        process = self.start(program, stub, **more)
        output, errors = process.communicate(timeout=300)
        return process.returncode, output, errors

    def check(self, stub, **more):
        code, output, errors = self.run_program("check.py", stub, **more)
        counts = json.loads((self.folder / "result").read_text())
        self.assertEqual(json.loads(output), counts, errors)
        return code, counts

    def test_ten_thousand_inferences_with_all_faults_are_counted_as_the_api_counts_them(self):
        stub = self.stub(ALL_AT_ONCE)
        code, output, errors = self.run_program("flood.py", stub, FLOOD_ATTEMPTS=10000)
        self.assertEqual(code, 0, errors)
        code, counts = self.check(stub)
        books = stub.books
        self.assertEqual(code, 0)
        self.assertEqual(counts, {"failed_inference_acks": 10000 - len(books.acknowledged),
                                  "ack_and_completed_inferences": len(books.acknowledged & books.completed()),
                                  "ack_and_not_completed_inferences": 0})
        self.assertEqual(journal.read(self.journal).acknowledged, books.acknowledged)
        self.assertGreater(counts["failed_inference_acks"], 1000)
        self.assertGreater(books.restarts, 0)
        print(f"\n{counts}, {books.restarts} restarts, {books.asked} requests reached the API")

    def test_one_lost_acknowledged_inference_fails_the_check(self):
        stub = self.stub()
        self.run_program("flood.py", stub, FLOOD_ATTEMPTS=200)
        stub.books.lost.add(min(stub.books.acknowledged))
        code, counts = self.check(stub, CHECK_SETTLE_SECONDS=1)
        self.assertEqual(code, 1)
        self.assertEqual(counts, {"failed_inference_acks": 0, "ack_and_completed_inferences": 199,
                                  "ack_and_not_completed_inferences": 1})

    def test_an_acknowledged_inference_that_the_api_forgot_fails_the_check(self):
        stub = self.stub()
        self.run_program("flood.py", stub, FLOOD_ATTEMPTS=20)
        del stub.books.inferences[3]
        code, counts = self.check(stub, CHECK_SETTLE_SECONDS=1)
        self.assertEqual((code, counts["ack_and_not_completed_inferences"]), (1, 1))

    def test_a_slow_inference_is_waited_for(self):
        stub = self.stub(Misbehaviour(work_seconds=2.0))
        self.run_program("flood.py", stub, FLOOD_ATTEMPTS=20)
        self.assertEqual(self.check(stub), (0, {"failed_inference_acks": 0, "ack_and_completed_inferences": 20,
                                                "ack_and_not_completed_inferences": 0}))

    def test_a_flood_that_is_killed_goes_on_and_loses_no_acknowledged_id(self):
        stub = self.stub()
        first = self.start("flood.py", stub, FLOOD_ATTEMPTS=400, FLOOD_CONCURRENCY=1)
        self.addCleanup(first.communicate)
        while not self.journal.exists() or self.journal.stat().st_size < 2000:
            time.sleep(0.01)
        first.send_signal(signal.SIGKILL)
        first.wait()
        with open(self.journal, "ab") as file:
            file.write(b"acknowledged torn")
        self.run_program("flood.py", stub, FLOOD_ATTEMPTS=400, FLOOD_CONCURRENCY=1)
        done = journal.read(self.journal)
        self.assertEqual(len(done.acknowledged) + done.failed, 400)
        self.assertLessEqual(done.acknowledged, stub.books.acknowledged)
        # What was in flight when it died is not in its journal: it counted nothing that it had not written.
        self.assertLessEqual(len(stub.books.acknowledged - done.acknowledged), 1)

    def test_the_flood_ends_by_time_also_when_it_is_started_again(self):
        stub = self.stub()
        began = time.monotonic()
        for _ in range(2):
            self.assertEqual(self.run_program("flood.py", stub, FLOOD_SECONDS=2, FLOOD_RATE=10)[0], 0)
        self.assertLess(time.monotonic() - began, 30)
        self.assertLessEqual(len(journal.read(self.journal).acknowledged), 21)

    def test_a_wrong_password_and_an_api_that_is_away_are_failures_and_no_end(self):
        stub = self.stub()
        code, *_ = self.run_program("flood.py", stub, FLOOD_ATTEMPTS=5, SPIRA_API_PASSWORD="wrong")
        self.assertEqual(code, 0)
        self.assertEqual(journal.read(self.journal).failed, 5)
        code, output, _ = self.run_program("check.py", stub, SPIRA_API_BASE_URL="http://127.0.0.1:9",
                                           CHECK_SETTLE_SECONDS=0)
        self.assertEqual(code, 2)
        self.assertIn("could not be asked", json.loads(output)["error"])

    def test_the_counts_are_metrics(self):
        stub = self.stub()
        self.run_program("flood.py", stub, FLOOD_ATTEMPTS=7)
        port = free_port()
        checker = self.start("check.py", stub, METRICS_PORT=port, CHECK_SHOW_SECONDS=60)
        self.addCleanup(checker.communicate)
        self.addCleanup(checker.kill)
        self.assertIn("spira_chaos_ack_and_completed_inferences 7\n", read_when_there(f"http://127.0.0.1:{port}/metrics"))


def free_port():
    import socket
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def read_when_there(url):
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url) as answer:
                return answer.read().decode()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


if __name__ == "__main__":
    unittest.main()
