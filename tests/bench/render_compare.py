#!/usr/bin/env python3
"""Times two programs that render the same overlays, run by run in turn, as whole processes.

    render_compare.py --ours COMMAND --reference COMMAND --runs N [--reference-runs M] FOLDER...

Each command gets the overlay's folder as its last argument. Prints the median wall time and the largest peak memory of
each, and the ratio of the medians. Exit 1 when the outputs differ.
"""
import argparse
import os
import shlex
import statistics
import sys
import tempfile
import time


def run(command, folder):
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        pid = os.posix_spawnp(command[0], [*command, folder], os.environ,
                              file_actions=[(os.POSIX_SPAWN_DUP2, output.fileno(), 1)])
        _, status, usage = os.wait4(pid, 0)
        seconds = time.perf_counter() - began
        if status != 0:
            sys.exit(f"{shlex.join(command)} failed on {folder}")
        output.seek(0)
        return seconds, usage.ru_maxrss / 1024, output.read()


def compare(ours, reference, folder, runs, reference_runs):
    results = {"ours": [], "reference": []}
    for i in range(runs):
        one = run(ours, folder)
        results["ours"].append(one[:2])
        if i >= reference_runs:
            continue
        other = run(reference, folder)
        results["reference"].append(other[:2])
        if one[2] != other[2]:
            sys.exit(f"the outputs differ on {folder}")
    return {who: (statistics.median(r[0] for r in all_), max(r[1] for r in all_)) for who, all_ in results.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ours", required=True, type=shlex.split)
    parser.add_argument("--reference", required=True, type=shlex.split)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--reference-runs", type=int, help="when it is to run less often than ours")
    parser.add_argument("folders", nargs="+")
    arguments = parser.parse_args()
    print(f"{'overlay':>12} {'ours ms':>9} {'MB':>6} {'reference ms':>13} {'MB':>6} {'ratio':>7}")
    for folder in arguments.folders:
        medians = compare(arguments.ours, arguments.reference, folder, arguments.runs,
                          arguments.reference_runs or arguments.runs)
        (ours, our_memory), (reference, its_memory) = medians["ours"], medians["reference"]
        name = os.path.basename(os.path.dirname(folder))
        print(f"{name:>12} {ours * 1000:9.1f} {our_memory:6.0f} {reference * 1000:13.1f} {its_memory:6.0f}"
              f" {reference / ours:7.1f}", flush=True)


if __name__ == "__main__":
    main()
