#!/usr/bin/env python3
"""An sshd of one's own, on loopback unless told otherwise, for the user who starts it: real ssh remotes without touching the machine's.

Prints the port as its first line once it listens. Ends on SIGTERM. Leaves in --state DIR (made when missing):

    host_ed25519, host_ecdsa     its host keys
    id_ed25519                   a user key that may log in
    known_hosts                  the line that trusts it

    ssh_server.py --state DIR [--address 127.0.0.1] [--port 0] [--hashed]
"""
import argparse
import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import time


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--state", required=True)
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--hashed", action="store_true", help="known_hosts with hashed host names")
    return parser.parse_args()


def make_key(path, kind):
    if not os.path.exists(path):
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "test", "-f", path], check=True)


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def free_port(address):
    with socket.socket() as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


def write_known_hosts(state, address, port, hashed):
    path = os.path.join(state, "known_hosts")
    key = " ".join(read(os.path.join(state, "host_ed25519.pub")).split()[:2])
    write(path, f"[{address}]:{port} {key}\n")
    if hashed:
        subprocess.run(["ssh-keygen", "-q", "-H", "-f", path], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.remove(path + ".old")


def write_config(state, address, port):
    path = os.path.join(state, "sshd_config")
    write(path, f"""\
ListenAddress {address}:{port}
HostKey {state}/host_ed25519
HostKey {state}/host_ecdsa
AuthorizedKeysFile {state}/authorized_keys
AllowUsers {getpass.getuser()}
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
""")
    return path


def listens(address, port):
    with socket.socket() as probe:
        return probe.connect_ex((address, port)) == 0


def start(sshd, state, address, port):
    """The running sshd, or None when it ended at once, as it does when the port was taken meanwhile."""
    log = open(os.path.join(state, "sshd.log"), "ab")
    process = subprocess.Popen([sshd, "-D", "-e", "-f", write_config(state, address, port)], stdout=log, stderr=log)
    while process.poll() is None:
        if listens(address, port):
            return process
        time.sleep(0.02)
    return None


def main():
    options = parse_arguments()
    sshd = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if not sshd:
        sys.exit("sshd is not installed")
    if os.geteuid() == 0:
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
    state = os.path.realpath(options.state)
    os.makedirs(state, mode=0o700, exist_ok=True)
    make_key(f"{state}/host_ed25519", "ed25519")
    make_key(f"{state}/host_ecdsa", "ecdsa")
    make_key(f"{state}/id_ed25519", "ed25519")
    shutil.copy(f"{state}/id_ed25519.pub", f"{state}/authorized_keys")
    for _ in range(5):
        port = options.port or free_port(options.address)
        process = start(sshd, state, options.address, port)
        if process:
            break
    else:
        sys.exit("sshd does not start; see " + os.path.join(state, "sshd.log"))
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    write_known_hosts(state, options.address, port, options.hashed)
    print(port, flush=True)
    process.wait()


if __name__ == "__main__":
    main()
