#!/usr/bin/env python3
"""Runs the tests on real nodes: makes the cluster, runs, takes the cluster down, and sees that nothing of it is left.

    run.py [--short] [TEST...]      TEST as `test_replicas` or `test_behaviour.BehaviourTest.test_a_killed_pod_is_replaced`

$RECONCILER_IMAGE is the image's archive. --short runs what each change has to pass.
"""
import glob
import os
import subprocess
import sys
import unittest

from machine import CLUSTER, FOLDER

ALL = ["test_deploy", "test_replicas", "test_behaviour", "test_health", "test_rotation"]
SHORT = [
    "test_deploy",
    "test_replicas",
    "test_behaviour.BehaviourTest.test_a_killed_pod_is_replaced",
    "test_behaviour.BehaviourTest.test_a_killed_process_comes_back",
    "test_behaviour.BehaviourTest.test_it_ends_within_its_grace_period",
    "test_behaviour.BehaviourTest.test_memory_holds_with_many_objects_in_sync",
    "test_health",
]
OURS = ("etcd", "kube-", "kubelet", "containerd", "coredns", "runc", "reconciler", "nats-server")


def lines_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def traces():
    """What a cluster could leave on the machine: processes below the folder, mounts, namespaces, links, cgroups, rules."""
    processes = [line for line in lines_of("ps", "-eo", "stat=,comm=,args=")
                 if not line.startswith("Z") and line.split()[1].startswith(OURS) and FOLDER in line]
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        mounts = [line.split()[4] for line in file if "spira" in line or FOLDER in line]
    links = [line.split(": ")[1] for line in lines_of("ip", "-o", "link") if "spira" in line or "cni" in line]
    cgroups = [path for path in glob.glob("/sys/fs/cgroup/**/", recursive=True) if "spira" in path]
    return {"processes": processes, "mounts": mounts, "links": links, "namespaces": lines_of("ip", "netns", "list"),
            "cgroups": cgroups, "routes": lines_of("ip", "route"), "rules": lines_of("nft", "list", "tables")}


def cluster(verb):
    subprocess.run([CLUSTER, verb, "--dir", os.path.join(FOLDER, "cluster")], check=True)


def main():
    names = [name for name in sys.argv[1:] if name != "--short"]
    if not names:
        names = SHORT if "--short" in sys.argv else ALL
    cluster("reset")
    before = traces()
    try:
        suite = unittest.defaultTestLoader.loadTestsFromNames(names)
        result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    finally:
        cluster("reset")
    failed = len(result.failures) + len(result.errors)
    left = {key: sorted(set(found) - set(before[key])) for key, found in traces().items()}
    if any(left.values()):
        failed += 1
        print("left behind:", left)
    print(f"{result.testsRun - len(result.failures) - len(result.errors)} passed, {failed} failed")
    sys.exit(1 if failed or not result.testsRun else 0)


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    main()
