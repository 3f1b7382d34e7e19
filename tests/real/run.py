#!/usr/bin/env python3
"""Runs the tests on real nodes: makes the cluster, runs, takes the cluster down, and sees that the machine is as before.

    run.py [--short] [TEST...]      TEST as `test_replicas` or `test_behaviour.BehaviourTest.test_a_killed_pod_is_replaced`

$RECONCILER_IMAGE is the image's archive. --short runs what each change has to pass, in some six minutes.
"""
import os
import signal
import subprocess
import sys
import unittest

from listing import Machine
from machine import CLUSTER, FOLDER

ALL = ["test_machine", "test_deploy", "test_replicas", "test_behaviour", "test_health", "test_slice", "test_rotation"]
SHORT = [
    "test_deploy",
    "test_replicas",
    "test_behaviour.BehaviourTest.test_a_killed_pod_is_replaced",
    "test_behaviour.BehaviourTest.test_a_killed_process_comes_back",
    "test_behaviour.BehaviourTest.test_it_ends_within_its_grace_period",
    "test_behaviour.BehaviourTest.test_memory_holds_with_many_objects_in_sync",
    "test_health",
]


def cluster(verb):
    subprocess.run([CLUSTER, verb, "--dir", os.path.join(FOLDER, "cluster")], check=True)


def end(*_):
    """Asked to end: as by Ctrl-C, which the tests let through. Once, so that nothing interrupts the clean-up."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def main():
    signal.signal(signal.SIGTERM, end)
    names = [name for name in sys.argv[1:] if name != "--short"]
    if not names:
        names = SHORT if "--short" in sys.argv else ALL
    cluster("reset")
    machine = Machine()
    try:
        suite = unittest.defaultTestLoader.loadTestsFromNames(names)
        result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    finally:
        cluster("reset")
    failed = len(result.failures) + len(result.errors)
    if changes := machine.changes():
        failed += 1
        print("the machine is not as it was before the cluster:", *changes, sep="\n  ")
    print(f"{result.testsRun - len(result.failures) - len(result.errors)} passed, {failed} failed")
    sys.exit(1 if failed or not result.testsRun else 0)


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    main()
