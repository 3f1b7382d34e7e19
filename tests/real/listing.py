"""What there is on the machine that a cluster could leave behind: before `up` and after `down` it is the same.

Whole listings, without what provably is not the cluster's: other people work on the machine meanwhile.
"""
import difflib
import glob
import os
import re
import subprocess

OUR_CGROUP = "spira-nodes"
# Written by a kubelet that finds another value.
SETTINGS = ("vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops", "kernel/keys/root_maxkeys",
            "kernel/keys/root_maxbytes")


def read(path):
    """Text of a file; nothing when it is gone."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def lines_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


class Process:
    def __init__(self, pid):
        self.pid = pid
        stat = read(f"/proc/{pid}/stat").rpartition(") ")[2].split()
        # One that has ended is there until its parent asks for its exit code: the machine's first process takes its time.
        self.parent, self.started = (stat[1], stat[19]) if stat and stat[0] != "Z" else ("0", "")
        self.is_ours = f"/{OUR_CGROUP}" in read(f"/proc/{pid}/cgroup")
        self.text = " ".join([pid, self.started, read(f"/proc/{pid}/cmdline").replace("\0", " ") or read(f"/proc/{pid}/comm")])
        self.namespaces = set(filter(None, map(self._namespace, ("mnt", "net", "pid", "ipc", "uts", "cgroup"))))

    def _namespace(self, kind):
        try:
            return os.readlink(f"/proc/{self.pid}/ns/{kind}")
        except OSError:
            return ""


def processes():
    found = {pid: Process(pid) for pid in filter(str.isdigit, os.listdir("/proc"))}
    machine = set().union(*(found[pid].namespaces for pid in ("1", "2", str(os.getpid())) if pid in found))

    def is_others(process):
        """Every process of a cluster is in its cgroup, or in namespaces of its own and was started by one of the cluster."""
        if process.is_ours or not process.started:
            return not process.started
        if process.namespaces <= machine:
            return True
        parent = found.get(process.parent)
        return parent is not None and parent.pid != "1" and is_others(parent)
    return [process for process in found.values() if not is_others(process)]


def mounts():
    """Not those of whoever builds images meanwhile."""
    fields = [line.split() for line in read("/proc/self/mountinfo").splitlines()]
    return [" ".join(each[3:6]) for each in fields if not each[4].startswith("/var/lib/containers/")]


def cgroups(known):
    """Not those below a cgroup that was there before: a cluster has one of its own at the top."""
    return [path for path in glob.glob("/sys/fs/cgroup/**/", recursive=True) if not path.startswith(known)]


def others_cgroups():
    """The cgroups at the top of each hierarchy: of the only one (v2), or of one a controller (v1)."""
    pattern = "/sys/fs/cgroup/*/" if os.path.exists("/sys/fs/cgroup/cgroup.controllers") else "/sys/fs/cgroup/*/*/"
    return tuple(path for path in glob.glob(pattern) if OUR_CGROUP not in path)


def controllers():
    """What the root of the unified hierarchy passes on, where the machine has it alone and where beside the others."""
    return [f"{folder}: {controller}" for folder in ("/sys/fs/cgroup", "/sys/fs/cgroup/unified")
            for controller in read(folder + "/cgroup.subtree_control").split()]


def without_clocks(lines):
    return [re.sub(r"(valid_lft|preferred_lft) \w+|expires \w+", "", line) for line in lines]


def listing(known_cgroups):
    present = processes()
    return {name: sorted(lines) for name, lines in {
        "processes": [process.text for process in present],
        "namespaces": set().union(*(process.namespaces for process in present)) | set(lines_of("ip", "netns", "list")),
        "mounts": mounts(),
        "interfaces": without_clocks(lines_of("ip", "-o", "link") + lines_of("ip", "-o", "address")),
        "routes": without_clocks(lines_of("ip", "route", "show", "table", "all") + lines_of("ip", "rule")),
        "cgroups": cgroups(known_cgroups),
        "controllers": controllers(),
        # Without what rules have counted.
        "nft": lines_of("nft", "--stateless", "list", "ruleset"),
        "settings": [f"{name} = {read('/proc/sys/' + name).strip()}" for name in SETTINGS],
    }.items()}


class Machine:
    """The machine as it is now, to compare with it later."""

    def __init__(self):
        self._cgroups = others_cgroups()
        self._before = listing(self._cgroups)

    def changes(self):
        """What came and went since, line by line; nothing when nothing did."""
        now = listing(self._cgroups)
        return [f"{name}: {line}" for name, before in self._before.items()
                for line in difflib.unified_diff(before, now[name], n=0, lineterm="")
                if not line.startswith(("---", "+++", "@@"))]
