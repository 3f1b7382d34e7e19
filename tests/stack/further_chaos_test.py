"""The programs that stop a node and lose a volume, with the API server's answers played by the test."""

import importlib.util
import os
import pathlib
import unittest
from unittest import mock

SOURCES = pathlib.Path(__file__).parents[2] / "sources/chaos-further"


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class NodeStopTest(unittest.TestCase):
    def setUp(self):
        self.program = load(SOURCES / "node-stop/node_stop.py")
        other_taint = {"key": "somebody/else", "effect": "NoSchedule"}
        self.nodes = {
            "control": {"metadata": {"name": "control", "labels": {"node-role.kubernetes.io/control-plane": ""}}},
            "own": {"metadata": {"name": "own", "labels": {}}},
            "worker": {"metadata": {"name": "worker", "labels": {}, "resourceVersion": "7"},
                       "spec": {"taints": [other_taint]}},
        }
        self.patches = []
        self.program.call = self.call
        self.enter(mock.patch.dict(os.environ, {"NODE_NAME": "own", "STOP_SECONDS": "5"}))

    def enter(self, context):
        context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)

    def call(self, method, path, body=None):
        name = path.removeprefix("/api/v1/nodes").strip("/")
        if method == "GET":
            return self.nodes[name] if name else {"items": list(self.nodes.values())}
        self.nodes[name]["spec"].update(body["spec"])
        self.patches.append((name, [taint["key"] for taint in body["spec"]["taints"]], body["metadata"]))
        return {}

    def test_a_worker_that_is_not_its_own_is_tainted_for_a_while(self):
        with mock.patch.object(self.program.time, "sleep") as sleep:
            self.program.main()
        sleep.assert_called_once_with(5.0)
        key, version = self.program.TAINT["key"], {"resourceVersion": "7"}
        self.assertEqual(self.patches, [("worker", ["somebody/else", key], version), ("worker", ["somebody/else"], version)])

    def test_the_taint_goes_also_when_it_is_told_to_end(self):
        with mock.patch.object(self.program.time, "sleep", side_effect=SystemExit(143)):
            with self.assertRaises(SystemExit):
                self.program.main()
        self.assertEqual(self.patches[-1][:2], ("worker", ["somebody/else"]))


class VolumeLossTest(unittest.TestCase):
    def run_with(self, ready):
        program = load(SOURCES / "volume-loss/volume_loss.py")
        calls = []

        def call(method, path):
            calls.append((method, path))
            return {"spec": {"replicas": 3}, "status": {"readyReplicas": ready}}

        program.call = call
        with mock.patch.dict(os.environ, {"NAMESPACE": "spira-chaos"}):
            program.main()
        return program, calls

    def test_a_server_loses_its_claim_and_is_made_anew(self):
        program, calls = self.run_with(ready=3)
        (get, get_path), (first, claim), (second, pod) = calls
        self.assertEqual((get, first, second), ("GET", "DELETE", "DELETE"))
        name = get_path.rpartition("/")[2]
        self.assertIn(name, program.VICTIMS)
        self.assertRegex(pod, rf"^/api/v1/namespaces/spira-chaos/pods/{name}-[012]$")
        self.assertEqual(claim, "/api/v1/namespaces/spira-chaos/persistentvolumeclaims/"
                                f"{program.VICTIMS[name]}-{pod.rpartition('/')[2]}")

    def test_nothing_is_lost_while_a_server_is_missing(self):
        self.assertEqual([method for method, _ in self.run_with(ready=2)[1]], ["GET"])


if __name__ == "__main__":
    unittest.main()
