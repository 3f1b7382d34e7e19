"""A Git repository outside the cluster, served to pods over https and ssh, each with the credential that it asks for."""
import os
import shutil
import subprocess

from machine import HOST, ROOT, run

SERVERS = os.path.join(ROOT, "tests", "support", "git")


class Remote:
    """A bare repository and a clone to write in."""

    def __init__(self, folder):
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        self.folder, self.processes = folder, []
        self.clone = os.path.join(folder, "clone")
        run("git", "init", "-q", "--bare", "-b", "main", self.bare)
        run("git", "clone", "-q", self.bare, self.clone)
        for key, value in (("user.name", "Test"), ("user.email", "test@example.org")):
            run("git", "-C", self.clone, "config", key, value)

    @property
    def bare(self):
        return os.path.join(self.folder, "served", "gitops.git")

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def write(self, path, text):
        whole = os.path.join(self.clone, path)
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        with open(whole, "w", encoding="utf-8") as file:
            file.write(text)

    def copy(self, path, to=None):
        """A folder of this repository."""
        shutil.copytree(os.path.join(ROOT, path), os.path.join(self.clone, to or path), dirs_exist_ok=True)

    def remove(self, path):
        run("git", "-C", self.clone, "rm", "-rq", path)

    def push(self, branch="main"):
        """Commits all; the commit."""
        run("git", "-C", self.clone, "add", "--all")
        run("git", "-C", self.clone, "commit", "-q", "--allow-empty", "-m", "change")
        run("git", "-C", self.clone, "push", "-q", "origin", "HEAD:" + branch)
        return run("git", "-C", self.clone, "rev-parse", "HEAD").strip()

    def serve_https(self):
        """With a password; returns the URL. ca.crt and password are files of the folder."""
        with open(self.path("password"), "w", encoding="ascii") as file:
            file.write(os.urandom(16).hex())
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=git", "-addext", f"subjectAltName=IP:{HOST}", "-keyout", self.path("tls.key"),
            "-out", self.path("ca.crt"))
        port = self._start("git_server.py", "--root", self.path("served"), "--cert", self.path("ca.crt"), "--key",
                           self.path("tls.key"), "--user", "spira", "--password-file", self.path("password"))
        return f"https://{HOST}:{port}/gitops.git"

    def serve_ssh(self):
        """With a key; returns the URL. ssh/id_ed25519 and ssh/known_hosts are files of the folder."""
        port = self._start("ssh_server.py", "--state", self.path("ssh"))
        return f"ssh://root@{HOST}:{port}{self.bare}"

    def _start(self, program, *arguments):
        # It ends with the run, also when that is killed.
        process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", "python3", os.path.join(SERVERS, program),
                                    "--address", HOST, *arguments], stdout=subprocess.PIPE, text=True)
        self.processes.append(process)
        return int(process.stdout.readline())

    def stop(self):
        for process in self.processes:
            process.terminate()
            process.wait()
