"""What the flood has achieved, one line an attempt, in a file that survives the death of its writer at any moment."""

import os
import threading

ACKNOWLEDGED = "acknowledged "
FAILED = "failed "


class Journal:
    """An attempt counts once its line is on the disk."""

    def __init__(self, path):
        self._lock = threading.Lock()
        self._file = open(path, "ab", buffering=0)
        self._cut_torn_line(path)
        done = read(path)
        self.acknowledged, self.failed = len(done.acknowledged), done.failed

    def acknowledge(self, inference):
        self._write(ACKNOWLEDGED + inference)
        with self._lock:
            self.acknowledged += 1

    def fail(self, reason):
        self._write(FAILED + " ".join(reason.split()))
        with self._lock:
            self.failed += 1

    def attempts(self):
        with self._lock:
            return self.acknowledged + self.failed

    def _write(self, line):
        with self._lock:
            self._file.write(line.encode() + b"\n")
        os.fsync(self._file.fileno())

    def _cut_torn_line(self, path):
        with open(path, "rb") as file:
            text = file.read()
        self._file.truncate(text.rfind(b"\n") + 1)


class Done:
    def __init__(self):
        self.acknowledged = set()
        self.failed = 0


def read(path):
    """The ids that were acknowledged, each once, and how many attempts were not. A line without its end was never counted."""
    done = Done()
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            if not line.endswith("\n"):
                break
            if line.startswith(ACKNOWLEDGED):
                done.acknowledged.add(line[len(ACKNOWLEDGED):].strip())
            elif line.startswith(FAILED):
                done.failed += 1
    return done
