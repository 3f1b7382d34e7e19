"""The registration of the model, against a stub of MLflow's REST API."""

import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.parse

SCRIPT = pathlib.Path(__file__).parents[2] / "sources/model-registration/register_model.py"
MODEL = "pyfunc-test-model"


class StubMlflow(http.server.ThreadingHTTPServer):
    """Knows the versions of one model: stage by number."""
    daemon_threads = True

    def __init__(self, stages):
        super().__init__(("127.0.0.1", 0), Handler)
        self.stages = stages
        self.transitions = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        if url.path != "/api/2.0/mlflow/registered-models/get-latest-versions" or \
                urllib.parse.parse_qs(url.query) != {"name": [MODEL]}:
            self.answer(404, {"error_code": "ENDPOINT_NOT_FOUND"})
        elif not self.server.stages:
            self.answer(404, {"error_code": "RESOURCE_DOES_NOT_EXIST"})
        else:
            latest = {stage: number for number, stage in sorted(self.server.stages.items())}
            self.answer(200, {"model_versions": [{"name": MODEL, "version": str(number), "current_stage": stage}
                                                 for stage, number in latest.items()]})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/register":  # What init.py of the image does.
            self.server.stages[max(self.server.stages, default=0) + 1] = "None"
        elif self.path != "/api/2.0/mlflow/model-versions/transition-stage":
            self.answer(404, {"error_code": "ENDPOINT_NOT_FOUND"})
            return
        else:
            self.server.transitions += 1
            for number, stage in self.server.stages.items():
                if stage == body["stage"] and body["archive_existing_versions"]:
                    self.server.stages[number] = "Archived"
            self.server.stages[int(body["version"])] = body["stage"]
        self.answer(200, {})


class ModelRegistrationTest(unittest.TestCase):
    def mlflow(self, stages):
        server = StubMlflow(stages)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server

    def register(self, server, command="register"):
        url = f"http://127.0.0.1:{server.server_address[1]}"
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        init = pathlib.Path(folder.name) / "init.py"
        init.write_text(f"import urllib.request\nurllib.request.urlopen('{url}/{command}', data=b'{{}}')\n")
        return subprocess.run([sys.executable, str(SCRIPT)], cwd=init.parent, text=True, capture_output=True, timeout=60,
                              env={**os.environ, "mlflow_conn_url": url, "BOOTSTRAP_MODEL_NAME": MODEL})

    def test_a_model_that_is_not_there_is_registered_and_promoted(self):
        server = self.mlflow({})
        done = self.register(server)
        self.assertEqual((done.returncode, server.stages), (0, {1: "Production"}), done.stderr)

    def test_a_second_run_changes_nothing(self):
        server = self.mlflow({})
        self.register(server)
        done = self.register(server)
        self.assertEqual((done.returncode, server.stages, server.transitions), (0, {1: "Production"}, 1), done.stderr)
        self.assertIn("already", done.stdout)

    def test_the_newest_of_the_registered_versions_is_promoted(self):
        server = self.mlflow({2: "None", 9: "None", 10: "Staging"})
        self.assertEqual(self.register(server).returncode, 0)
        self.assertEqual(server.stages, {2: "None", 9: "None", 10: "Production"})

    def test_a_version_in_production_stays(self):
        server = self.mlflow({1: "Production", 2: "None"})
        self.assertEqual(self.register(server).returncode, 0)
        self.assertEqual((server.stages, server.transitions), ({1: "Production", 2: "None"}, 0))

    def test_a_registration_that_fails_fails_the_job(self):
        server = self.mlflow({})
        done = self.register(server, command="nothing-here")
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(server.stages, {})


if __name__ == "__main__":
    unittest.main()
