"""Makes sure that MLflow has a version of the model in stage Production. Run twice, it changes nothing the second time.

A model that is not registered yet is registered by the image's own init.py. Of the versions that there are, the newest is
promoted. Variables: mlflow_conn_url and BOOTSTRAP_MODEL_NAME of ConfigMap model-register-configmap.
"""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

MLFLOW = os.environ["mlflow_conn_url"].rstrip("/") + "/api/2.0/mlflow"
MODEL = os.environ["BOOTSTRAP_MODEL_NAME"]
REGISTER = os.environ.get("REGISTER_COMMAND", f"{sys.executable} init.py").split()
STAGE = "Production"


def call(path, body=None):
    request = urllib.request.Request(MLFLOW + path)
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def versions():
    """The newest version of each stage; none when the model is not registered."""
    try:
        return call("/registered-models/get-latest-versions?" + urllib.parse.urlencode({"name": MODEL})).get(
            "model_versions", [])
    except urllib.error.HTTPError as error:
        if json.load(error).get("error_code") == "RESOURCE_DOES_NOT_EXIST":
            return []
        raise


def in_production():
    return [version["version"] for version in versions() if version["current_stage"] == STAGE]


def main():
    if found := in_production():
        print(f"{MODEL} version {found[0]} is in {STAGE} already")
        return
    if not versions():
        print(f"{MODEL} is not registered: running {' '.join(REGISTER)}", flush=True)
        subprocess.run(REGISTER, check=True)
    newest = max((version["version"] for version in versions()), key=int, default=None)
    if newest is None:
        sys.exit(f"{MODEL} is still not registered")
    call("/model-versions/transition-stage",
         {"name": MODEL, "version": newest, "stage": STAGE, "archive_existing_versions": True})
    if newest not in in_production():
        sys.exit(f"{MODEL} version {newest} did not come to {STAGE}")
    print(f"{MODEL} version {newest} is promoted to {STAGE}")


if __name__ == "__main__":
    main()
