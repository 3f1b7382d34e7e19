"""Two replicas: one works on an environment at a time, and the other takes over."""
import datetime
import time

from base import ServiceTest
from machine import wait_until
from service import NAMESPACE


class ReplicasTest(ServiceTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cluster.kubectl("-n", NAMESPACE, "scale", "deployment/spira-reconciler", "--replicas=2")
        cls.service.roll_out()

    def lease(self):
        return (self.cluster.get("lease", self.name, "-n", NAMESPACE) or {}).get("spec") or {}

    def holder(self):
        return (self.lease().get("holderIdentity") or "").rsplit("_", 1)[0]

    def nodes(self):
        return {pod["spec"].get("nodeName") for pod in self.service.pods().values()}

    def all_answer(self):
        return all(self.service.ask(f"/api/v1/environments/{self.name}", pod) for pod in self.service.pods())

    def wait_holder_other_than(self, pod, since):
        """The seconds from `since` until another pod had the Lease, by the Lease itself: asking takes a while, too."""
        wait_until("another pod holds the Lease", lambda: self.holder() not in ("", pod), 30, self.service.log)
        return datetime.datetime.fromisoformat(self.lease()["acquireTime"].replace("Z", "+00:00")).timestamp() - since

    def setUp(self):
        self.service.roll_out()
        wait_until("both are there, on a node each", lambda: len(self.nodes()) == 2)
        wait_until("both answer", self.all_answer)
        wait_until("somebody holds the Lease", self.holder)

    def test_a_holder_whose_node_dies_is_replaced_within_15_seconds(self):
        holder = self.holder()
        self.addCleanup(self.cluster.up)
        node, began = self.service.pods()[holder]["spec"]["nodeName"], time.time()
        self.cluster.kill_node(node)
        took = self.wait_holder_other_than(holder, began)
        print(f"take-over after the death of a node: {took:.1f} s", flush=True)
        self.assertLess(took, 15)
        self.wait_ready(self.push({"a": "killed"}))

    def test_a_holder_that_is_asked_to_end_is_replaced_within_2_seconds(self):
        holder, began = self.holder(), time.time()
        self.cluster.kubectl("-n", NAMESPACE, "delete", "pod", holder, "--wait=false")
        took = self.wait_holder_other_than(holder, began)
        print(f"take-over after a graceful stop: {took:.1f} s", flush=True)
        self.assertLess(took, 2)
        self.wait_ready(self.push({"a": "ended"}))

    def test_the_one_that_does_not_hold_it_serves_what_was_published(self):
        commit = self.push({"a": "read"})
        self.wait_ready(commit)
        other = next(pod for pod in self.service.pods() if pod != self.holder())
        told = self.service.ask(f"/api/v1/environments/{self.name}", other)
        self.assertEqual(told["revision"]["applied"], commit)
        answer = self.service.ask(f"/api/v1/environments/{self.name}/objects", other)
        self.assertIn("another replica", str(answer))
