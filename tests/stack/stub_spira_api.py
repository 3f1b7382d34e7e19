"""A SPIRA API over real HTTP that misbehaves on purpose and keeps exact books of what it has promised and done."""

import http.server
import json
import random
import threading
import time
import uuid
from dataclasses import dataclass


@dataclass
class Misbehaviour:
    """How often, of 1. What is drawn is drawn for each inference that is asked for."""
    refuse: float = 0.0      # answers 503, does nothing
    fail: float = 0.0        # answers 500 after the work is done: the client must not count on it
    drop: float = 0.0        # cuts the connection, does nothing
    lose_answer: float = 0.0  # does the work, then cuts the connection
    garble: float = 0.0      # does the work, then answers something that is no JSON
    delay: float = 0.0       # thinks for a while first
    duplicate: float = 0.0   # does the work twice and lists both, under one id
    expire: float = 0.0      # forgets all logins
    restart_every: float = 0.0  # seconds between two restarts; 0 for none
    work_seconds: float = 0.2  # until an inference is completed


class Books:
    """What the API knows. Guarded by `lock`."""

    def __init__(self):
        self.lock = threading.Lock()
        self.inferences = []   # (id, when it is completed)
        self.acknowledged = set()
        self.lost = set()      # never completed
        self.tokens = set()
        self.asked = 0
        self.restarts = 0

    def completed(self):
        now = time.monotonic()
        with self.lock:
            return {key for key, when in self.inferences if when <= now and key not in self.lost}


class StubSpiraApi:
    USER, PASSWORD, USER_ID, MODEL_ID = "username", "password", "user-1", "model-1"

    def __init__(self, misbehaviour=None, seed=1):
        self.misbehaviour = misbehaviour or Misbehaviour()
        self.books = Books()
        self.random = random.Random(seed)
        self._idle = threading.Condition()
        self._in_flight = 0
        self._stopping = threading.Event()
        self._server = self._listen(0)
        self.port = self._server.server_address[1]
        self._restarter = threading.Thread(target=self._restart_now_and_then, daemon=True)
        self._restarter.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def close(self):
        self._stopping.set()
        self._restarter.join()
        self._server.shutdown()
        self._server.server_close()

    def draw(self, chance):
        with self.books.lock:
            return self.random.random() < chance

    def _listen(self, port):
        server = Server(("127.0.0.1", port), Handler)
        server.api = self
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return server

    def _restart_now_and_then(self):
        every = self.misbehaviour.restart_every
        while not self._stopping.wait(every or 3600):
            self._server.shutdown()
            self._server.server_close()
            with self._idle:  # What was promised is sent before the process ends.
                self._idle.wait_for(lambda: self._in_flight == 0)
            with self.books.lock:
                self.books.tokens.clear()
                self.books.restarts += 1
            self._stopping.wait(0.05)
            self._server = self._listen(self.port)

    def enter(self):
        with self._idle:
            self._in_flight += 1

    def leave(self):
        with self._idle:
            self._in_flight -= 1
            self._idle.notify_all()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # A client that went away.


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    @property
    def api(self):
        return self.server.api

    def setup(self):
        self.server.api.enter()
        super().setup()

    def finish(self):
        try:
            super().finish()
        finally:
            self.server.api.leave()

    def answer(self, status, value):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def allowed(self):
        token = self.headers.get("Authorization", "").partition(" ")[2]
        with self.api.books.lock:
            known = token in self.api.books.tokens
        if not known:
            self.answer(401, {"detail": "not logged in"})
        return known

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/v1/users/auth":
            self.log_in(body.decode())
        elif self.path == f"/v1/users/{self.api.USER_ID}/inferences":
            self.request_inference(body)
        else:
            self.answer(404, {})

    def do_GET(self):
        if not self.allowed():
            return
        if self.path == "/v1/models/":
            self.answer(200, {"models": [{"id": self.api.MODEL_ID}]})
        elif self.path == f"/v1/users/{self.api.USER_ID}/inferences":
            self.answer(200, {"inferences": self.listed()})
        else:
            self.answer(404, {})

    def listed(self):
        completed = self.api.books.completed()
        with self.api.books.lock:
            return [{"id": key, "status": "completed" if key in completed else "processing"}
                    for key, _ in self.api.books.inferences]

    def log_in(self, form):
        if form != f"username={self.api.USER}&password={self.api.PASSWORD}":
            self.answer(401, {"detail": "wrong password"})
            return
        token = uuid.uuid4().hex
        with self.api.books.lock:
            self.api.books.tokens.add(token)
        self.answer(200, {"id": self.api.USER_ID, "access_token": token, "token_type": "bearer"})

    def request_inference(self, body):
        how, books = self.api.misbehaviour, self.api.books
        with books.lock:
            books.asked += 1
        if self.api.draw(how.expire):
            with books.lock:
                books.tokens.clear()
        if not self.allowed():
            return
        if any(f'name="{part}"; filename='.encode() not in body for part in ("aceite", "sustentada", "parlenda", "frase")):
            self.answer(422, {"detail": "a recording is missing"})
            return
        if self.api.draw(how.delay):
            time.sleep(0.05)
        if self.api.draw(how.drop):
            self.close_connection = True
            return
        if self.api.draw(how.refuse):
            self.answer(503, {})
            return
        key = self.do_the_work(how, books)
        if self.api.draw(how.lose_answer):
            self.close_connection = True
        elif self.api.draw(how.fail):
            self.answer(500, {"inference_id": key})
        elif self.api.draw(how.garble):
            self.answer(200, b"<html>")
        else:
            with books.lock:
                books.acknowledged.add(key)
            self.answer(200, {"inference_id": key})

    def do_the_work(self, how, books):
        key = str(uuid.uuid4())
        with books.lock:
            books.inferences.append((key, time.monotonic() + how.work_seconds))
        if self.api.draw(how.duplicate):
            with books.lock:
                books.inferences.append((key, time.monotonic() + 10 * how.work_seconds))
        return key
