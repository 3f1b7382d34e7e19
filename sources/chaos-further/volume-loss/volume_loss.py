"""Deletes the claim of one server and the server's pod. The claim goes with the pod that used it, and its StatefulSet makes both
anew. Only while all servers of the set are ready: a second loss on top of the first is another experiment."""

import json
import os
import random
import ssl
import urllib.request

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
# StatefulSet: the volumeClaimTemplate of its data.
VICTIMS = {"example-mongodb": "data-volume", "spira-pool-0": "data0", "spira-pg-cluster": "pgdata"}


def call(method, path):
    request = urllib.request.Request(f"https://kubernetes.default.svc{path}", method=method)
    with open(f"{ACCOUNT}/token", encoding="ascii") as token:
        request.add_header("Authorization", f"Bearer {token.read()}")
    with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=f"{ACCOUNT}/ca.crt")) as answer:
        return json.load(answer)


def main():
    namespace = os.environ["NAMESPACE"]
    name, claim = random.choice(sorted(VICTIMS.items()))
    live = call("GET", f"/apis/apps/v1/namespaces/{namespace}/statefulsets/{name}")
    replicas = live["spec"]["replicas"]
    if live["status"].get("readyReplicas", 0) < replicas:
        print(f"{name} is not whole; nothing is lost this time")
        return
    pod = f"{name}-{random.randrange(replicas)}"
    print(f"{pod} loses {claim}-{pod}", flush=True)
    call("DELETE", f"/api/v1/namespaces/{namespace}/persistentvolumeclaims/{claim}-{pod}")
    call("DELETE", f"/api/v1/namespaces/{namespace}/pods/{pod}")


if __name__ == "__main__":
    main()
