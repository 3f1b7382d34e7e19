"""Taints one worker so that its pods are evicted, waits, and takes the taint away, also when it is told to end."""

import json
import os
import random
import signal
import ssl
import sys
import time
import urllib.request

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
TAINT = {"key": "gitops.spira.dev/chaos-node-stop", "effect": "NoExecute"}


def call(method, path, body=None):
    request = urllib.request.Request(f"https://kubernetes.default.svc{path}", method=method)
    with open(f"{ACCOUNT}/token", encoding="ascii") as token:
        request.add_header("Authorization", f"Bearer {token.read()}")
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/merge-patch+json")
    with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=f"{ACCOUNT}/ca.crt")) as answer:
        return json.load(answer)


def set_taint(name, wanted):
    node = call("GET", f"/api/v1/nodes/{name}")
    taints = [taint for taint in node["spec"].get("taints", []) if taint["key"] != TAINT["key"]]
    # The version makes a change of somebody else in between an error, not a loss.
    call("PATCH", f"/api/v1/nodes/{name}", {"metadata": {"resourceVersion": node["metadata"]["resourceVersion"]},
                                            "spec": {"taints": taints + [TAINT] * wanted}})


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    own = os.environ["NODE_NAME"]
    workers = [node["metadata"]["name"] for node in call("GET", "/api/v1/nodes")["items"]
               if "node-role.kubernetes.io/control-plane" not in node["metadata"]["labels"]]
    name = random.choice([worker for worker in workers if worker != own])
    print(f"{name} stops for {os.environ['STOP_SECONDS']} s", flush=True)
    try:
        set_taint(name, True)
        time.sleep(float(os.environ["STOP_SECONDS"]))
    finally:
        set_taint(name, False)


if __name__ == "__main__":
    main()
