"""Floods the SPIRA API with inferences and keeps the id of each one that it acknowledged.

Variables
  SPIRA_API_BASE_URL, SPIRA_API_USER, SPIRA_API_PASSWORD
  FLOOD_JOURNAL        the file of attempts (see journal.py); a later start goes on with it
  FLOOD_SECONDS        how long; 3600. A restart does not begin anew
  FLOOD_RATE           inferences a second; 2
  FLOOD_ATTEMPTS       ends after so many attempts, if that is sooner; 0 for no such end
  FLOOD_CONCURRENCY    requests at the same time; 8
  FLOOD_TIMEOUT        seconds that one answer may take; 30
  METRICS_PORT         8000; 0 for none
"""

import os
import signal
import sys
import threading
import time

from journal import Journal
from metrics import Metrics
from spira_api import Api, Refused


class Session:
    """A login that all workers share; made anew when the API no longer takes it."""

    def __init__(self, api):
        self._api = api
        self._lock = threading.Lock()
        self._login = None

    def login(self):
        """(user, model, token)"""
        with self._lock:
            if self._login is None:
                user, token = self._api.log_in()
                self._login = user, self._api.first_model(token), token
            return self._login

    def forget(self, login):
        with self._lock:
            if self._login == login:
                self._login = None


class Pace:
    """Hands out the moments of the attempts, at a rate, until the time or the number is used up."""

    def __init__(self, rate, end, attempts, stop):
        self._lock = threading.Lock()
        self._interval = 1.0 / rate
        self._next = time.monotonic()
        self._end = end
        self._left = attempts
        self._stop = stop

    def wait(self):
        """False when it is over."""
        with self._lock:
            moment = max(self._next, time.monotonic() - 1.0)
            if moment >= self._end or self._left == 0:
                return False
            self._next = moment + self._interval
            self._left -= 1
        return not self._stop.wait(max(0.0, moment - time.monotonic()))


def attempt(api, session, journal):
    login = None
    try:
        login = session.login()
        inference = api.request_inference(*login)
    except Refused as refused:
        if refused.status in (401, 403) or login is None:
            session.forget(login)
        journal.fail(str(refused))
    else:
        journal.acknowledge(inference)


def work(api, session, journal, pace):
    while pace.wait():
        attempt(api, session, journal)


def seconds_left(journal_path, seconds):
    """Of an experiment that began when its journal was made."""
    began = journal_path + ".began"
    if not os.path.exists(began):
        with open(began, "w", encoding="ascii") as file:
            file.write(str(time.time()))
            file.flush()
            os.fsync(file.fileno())
    with open(began, encoding="ascii") as file:
        return float(file.read()) + seconds - time.time()


def number(name, default):
    return float(os.environ.get(name) or default)


def main():
    path = os.environ["FLOOD_JOURNAL"]
    end = time.monotonic() + seconds_left(path, number("FLOOD_SECONDS", 3600))
    journal = Journal(path)
    Metrics(int(number("METRICS_PORT", 8000)), lambda: {
        "spira_flood_acknowledged_total": journal.acknowledged, "spira_flood_failed_total": journal.failed})
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())

    limit = int(number("FLOOD_ATTEMPTS", 0))
    attempts = max(0, limit - journal.attempts()) if limit else -1
    api = Api(os.environ["SPIRA_API_BASE_URL"], os.environ["SPIRA_API_USER"], os.environ["SPIRA_API_PASSWORD"],
              number("FLOOD_TIMEOUT", 30))
    pace, session = Pace(number("FLOOD_RATE", 2), end, attempts, stop), Session(api)
    workers = [threading.Thread(target=work, args=(api, session, journal, pace))
               for _ in range(int(number("FLOOD_CONCURRENCY", 8)))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print(f"{journal.acknowledged} inferences acknowledged, {journal.failed} not", flush=True)
    return 143 if stop.is_set() else 0


if __name__ == "__main__":
    sys.exit(main())
