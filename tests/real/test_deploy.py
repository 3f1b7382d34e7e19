"""`deploy/` in a pod, as docs/install.md installs it."""
from base import ServiceTest

OVERLAY = """\
namespace: spira
resources:
  - ../../sources/namespace
  - ../../sources/nats
replicas:
  - name: my-nats
    count: 3
patches:
  # Nobody here watches it.
  - target:
      kind: ServiceMonitor
    patch: |-
      $patch: delete
      apiVersion: monitoring.coreos.com/v1
      kind: ServiceMonitor
      metadata:
        name: any
"""


class KindDevTest(ServiceTest):
    """The environment `kind-dev` with what of the stack is to be had as an image: NATS."""
    name = "kind-dev"
    workloads = True

    @classmethod
    def begin(cls):
        for path in ("sources/namespace", "sources/nats"):
            cls.remote.copy(path)
        cls.remote.write("overlays/kind-dev/kustomization.yaml", OVERLAY)
        cls.commit = cls.remote.push()

    @classmethod
    def leave(cls):
        super().leave()
        cls.cluster.kubectl("delete", "namespace", "spira", "--ignore-not-found", "--wait=false")

    def test_1_it_becomes_ready_over_https_and_its_containers_run(self):
        self.cluster.kubectl("wait", "--for=condition=Ready", "environment/kind-dev", "--timeout=180s")
        self.assertEqual(self.service.applied("kind-dev"), self.commit)
        pods = self.cluster.pods("spira", "app.kubernetes.io/component=nats")
        self.assertEqual(len({pod["spec"]["nodeName"] for pod in pods.values()}), 3)
        ready = [all(each["ready"] for each in pod["status"]["containerStatuses"]) for pod in pods.values()]
        self.assertEqual(ready, [True] * 3)

    def test_2_its_pod_is_restricted_and_did_not_restart(self):
        pod = self.service.pods()[self.service.pod()]
        security = pod["spec"]["containers"][0]["securityContext"]
        self.assertTrue(security["readOnlyRootFilesystem"])
        self.assertEqual(pod["status"]["containerStatuses"][0]["restartCount"], 0)
        node = pod["spec"]["nodeName"]
        self.assertEqual(self.cluster.in_node(node, "ps", "-o", "user=", "-C", "reconciler").split(), ["65532"])

    def test_3_no_secret_is_told(self):
        self.assertNotIn(self.remote.read("password"), self.service.log())
        self.assertNotIn(self.service.token, self.service.log())


class SshTest(ServiceTest):
    """The repository is reached by ssh, with a key and a known host."""

    @classmethod
    def serve(cls):
        return cls.remote.serve_ssh()

    @classmethod
    def git_files(cls):
        return {"identity": cls.remote.path("ssh/id_ed25519"), "known_hosts": cls.remote.path("ssh/known_hosts")}

    @classmethod
    def git_settings(cls):
        return {"SSH_KEY": "identity", "KNOWN_HOSTS": "known_hosts"}

    def test_a_change_goes_live(self):
        self.wait_ready(self.push({"a": "2"}))
        self.assertEqual(self.value_of("a"), "2")
        self.assertNotIn(self.remote.read("ssh/id_ed25519").splitlines()[1], self.service.log())
