#!/usr/bin/env python3
"""A Git server over smart HTTP, on loopback unless told otherwise: `git http-backend` behind a small web server.

Serves every repository below --root and prints the port as its first line once it listens. Ends on SIGTERM.

    git_server.py --root DIR [--address 127.0.0.1] [--port 0] [--cert FILE --key FILE] [--user NAME --password-file FILE] [--read-only]

Faults: --answer CODE answers every request with that status; --redirect URL sends the first request of a conversation to
URL + its path; --plain serves files as a web server that knows no Git.
"""
import argparse
import base64
import hmac
import http.server
import os
import shutil
import signal
import ssl
import subprocess
import sys


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", required=True)
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--user")
    parser.add_argument("--password-file")
    parser.add_argument("--read-only", action="store_true")
    parser.add_argument("--answer", type=int)
    parser.add_argument("--redirect")
    parser.add_argument("--plain", action="store_true")
    return parser.parse_args()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    options = None

    def do_GET(self):
        self.handle_request()

    def do_POST(self):
        self.handle_request()

    def handle_request(self):
        body = self.read_body()
        if self.options.answer:
            return self.refuse(self.options.answer)
        if self.options.redirect and self.command == "GET":
            return self.refuse(301, {"Location": self.options.redirect + self.path})
        if not self.is_welcome():
            return self.refuse(401, {"WWW-Authenticate": 'Basic realm="git"'})
        if self.options.plain:
            return self.reply_plainly()
        return self.run_backend(body)

    def reply_plainly(self):
        path = os.path.join(self.options.root, self.path.lstrip("/"))
        if not os.path.isfile(path):
            return self.reply(200, {"Content-Type": "text/html"}, b"<html>not git</html>")
        with open(path, "rb") as file:
            return self.reply(200, {"Content-Type": "text/plain"}, file.read())

    def read_body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def is_welcome(self):
        if not self.options.user:
            return True
        with open(self.options.password_file, encoding="utf-8") as file:
            login = self.options.user + ":" + file.read().strip()
        expected = "Basic " + base64.b64encode(login.encode()).decode()
        return hmac.compare_digest(self.headers.get("Authorization", ""), expected)

    def run_backend(self, body):
        path, _, query = self.path.partition("?")
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "GIT_PROJECT_ROOT": os.path.realpath(self.options.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_COUNT": "2",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
            "GIT_CONFIG_KEY_1": "http.receivepack",
            "GIT_CONFIG_VALUE_1": "false" if self.options.read_only else "true",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_ADDR": self.client_address[0],
        }
        done = subprocess.run(["git", "http-backend"], input=body, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, env=environment, check=False)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        status = int(headers.pop("Status", "200").split()[0])
        self.reply(status, headers, content)

    def refuse(self, status, headers=None):
        self.reply(status, headers or {}, b"refused\n")

    def reply(self, status, headers, content):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that goes away is not this server's concern."""


def main():
    Handler.options = parse_arguments()
    if not shutil.which("git"):
        sys.exit("git is not installed")
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    server = Server((Handler.options.address, Handler.options.port), Handler)
    if Handler.options.cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(Handler.options.cert, Handler.options.key)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
