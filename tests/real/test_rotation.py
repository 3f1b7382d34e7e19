"""The token of the pod's account rotates while the service works. Takes twelve minutes: no token lives less than ten."""
import os
import time

from base import ServiceTest
from machine import FOLDER
from service import NAMESPACE

PATCH = """\
{"spec": {"template": {"spec": {"automountServiceAccountToken": false,
  "volumes": [{"name": "account", "projected": {"defaultMode": 288, "sources": [
    {"serviceAccountToken": {"path": "token", "expirationSeconds": 600}},
    {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
    {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"fieldPath": "metadata.namespace"}}]}}]}}],
  "containers": [{"name": "reconciler", "volumeMounts": [
    {"name": "account", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly": true}]}]}}}}
"""
LIFE = 600


class RotationTest(ServiceTest):
    def test_no_request_fails_while_the_token_rotates(self):
        self.cluster.kubectl("-n", NAMESPACE, "patch", "deployment", "spira-reconciler", "-p", PATCH)
        self.service.roll_out()
        pod = self.service.pods()[self.service.pod()]
        node, uid = pod["spec"]["nodeName"], pod["metadata"]["uid"]
        folder = os.path.join(FOLDER, "cluster", node, "kubelet", "pods", uid, "volumes/kubernetes.io~projected/account")
        first = self.cluster.in_node(node, "cat", folder + "/token")
        ends, count = time.monotonic() + LIFE + 60, 0
        while time.monotonic() < ends:
            count += 1
            self.wait_ready(self.push({"a": str(count)}))
            time.sleep(5)
        self.assertNotEqual(self.cluster.in_node(node, "cat", folder + "/token"), first)
        for code in ("401", "403"):
            self.assertEqual(self.service.metric("reconciler_api_requests_total", f'code="{code}"'), 0)
        print(f"{count} syncs over the life of a token", flush=True)
