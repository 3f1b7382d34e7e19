"""What the tests of the service in its pod start from: a cluster, a repository that holds one environment, the service."""
import os
import unittest

from machine import FOLDER, Cluster
from remote import Remote
from service import Service

ENVIRONMENT = """\
apiVersion: gitops.spira.dev/v1alpha1
kind: Environment
metadata:
  name: {name}
spec:
  source:
    branch: main
    path: overlays/{name}
  interval: 1s
  namespace: {namespace}
  prune: {{enabled: true, maxFraction: 1}}
"""
NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {}\n"


def config_map(name, value, namespace):
    return f"---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  namespace: {namespace}\n" \
           f"data:\n  key: \"{value}\"\n"


class ServiceTest(unittest.TestCase):
    """The service follows a repository over https; environment and namespace have the name of the class."""
    name = None
    # Whether the nodes have the images of what sources/ runs.
    workloads = False

    @classmethod
    def setUpClass(cls):
        cls.name = cls.name or cls.__name__.lower()
        cls.folder = os.path.join(FOLDER, cls.name)
        cls.cluster = Cluster()
        cls.cluster.up()
        cls.cluster.load(os.environ["RECONCILER_IMAGE"])
        if cls.workloads:
            cls.cluster.load_workloads()
        cls.remote = Remote(cls.folder)
        cls.addClassCleanup(cls.remote.stop)
        cls.service = Service(cls.cluster, cls.folder)
        cls.url = cls.serve()
        cls.service.make_secrets(cls.git_files())
        cls.write_environment()
        cls.begin()
        cls.addClassCleanup(cls.leave)
        cls.install()
        cls.service.roll_out()

    @classmethod
    def serve(cls):
        """Opens the repository to pods; its URL."""
        return cls.remote.serve_https()

    @classmethod
    def git_files(cls):
        """What the Secret of its credentials holds: key → file."""
        with open(cls.remote.path("username"), "w", encoding="ascii") as file:
            file.write("spira")
        return {name: cls.remote.path(name) for name in ("username", "password", "ca.crt")}

    @classmethod
    def git_settings(cls):
        """How the service is told of them."""
        return {"USERNAME": "username", "PASSWORD": "password", "CA": "ca.crt"}

    @classmethod
    def install(cls, tag=None, **settings):
        git = {f"RECONCILER_GIT_{name}_FILE": "/etc/reconciler-git/" + file for name, file in cls.git_settings().items()}
        cls.service.install({"RECONCILER_REPOSITORY": cls.url, "RECONCILER_INTERVAL": "1s", **git, **settings}, tag)

    @classmethod
    def write_environment(cls):
        cls.remote.write(f"environments/{cls.name}.yaml", ENVIRONMENT.format(name=cls.name, namespace=cls.name))

    @classmethod
    def begin(cls):
        """What the repository holds when the service starts."""
        cls.write_objects({"a": "1"})
        cls.commit = cls.remote.push()

    @classmethod
    def write_objects(cls, values, more=""):
        """The overlay: a namespace, a ConfigMap for each value, and more manifests."""
        text = NAMESPACE.format(cls.name) + "".join(config_map(key, value, cls.name) for key, value in values.items()) + more
        cls.remote.write(f"overlays/{cls.name}/objects.yaml", text)
        cls.remote.write(f"overlays/{cls.name}/kustomization.yaml", "resources: [objects.yaml]\n")

    @classmethod
    def push(cls, values, more=""):
        cls.write_objects(values, more)
        return cls.remote.push()

    @classmethod
    def leave(cls):
        """Nothing of the class stays in the cluster."""
        cls.service.remove()
        cls.cluster.kubectl("delete", "environments", "--all")
        cls.cluster.kubectl("delete", "namespace", cls.name, "--ignore-not-found", "--wait=false")

    def wait_ready(self, commit, patience=120):
        return self.service.wait_ready(self.name, commit, patience)

    def value_of(self, name):
        return ((self.cluster.get("configmap", name, "-n", self.name) or {}).get("data") or {}).get("key")
