"""Numbers for Prometheus, at /metrics of a port."""

import http.server
import threading


class Metrics:
    """`read` gives name -> value when it is asked. Port 0 serves nothing."""

    def __init__(self, port, read):
        self._server = None
        if port:
            self._server = http.server.ThreadingHTTPServer(("", port), handler(read))
            threading.Thread(target=self._server.serve_forever, daemon=True).start()


def handler(read):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = "".join(f"{name} {value}\n" for name, value in read().items()).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    return Handler
