#!/usr/bin/env python3
"""Prints what the Python that runs this is made of, as the SOURCE=PATH of image.py: the program, its library, what they link."""
import os
import re
import subprocess
import sys
import sysconfig

LEFT_OUT = {"test", "tests", "idlelib", "tkinter", "lib2to3", "ensurepip", "__pycache__", "site-packages", "dist-packages"}


def library():
    for folder, folders, files in os.walk(sysconfig.get_path("stdlib")):
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT and not name.startswith("config-"))
        yield from (os.path.join(folder, name) for name in sorted(files) if name.endswith((".py", ".so")))


def linked(binary):
    told = subprocess.run(["ldd", binary], capture_output=True, text=True, check=False).stdout
    return re.findall(r"(/\S+) \(0x", told)


def unwinder():
    """The library that the C library loads only when a thread ends."""
    return subprocess.run(["gcc", "-print-file-name=libgcc_s.so.1"], capture_output=True, text=True, check=True).stdout.strip()


def main():
    program = os.path.realpath(sys.executable)
    paths = {program: "/bin/python3"}
    paths.update({file: file for file in library()})
    binaries = [program] + [file for file in paths if file.endswith(".so")]
    paths.update({file: file for binary in binaries for file in linked(binary)})
    paths[unwinder()] = "/lib/libgcc_s.so.1"
    for source, path in paths.items():
        print(f"{source}={path}")


if __name__ == "__main__":
    main()
