"""Compares what the SPIRA API has acknowledged with what it has completed, once it had time to settle.

Prints, and writes as its termination message, one JSON object:
  failed_inference_acks              attempts that were not acknowledged: no harm, the client knows
  ack_and_completed_inferences       acknowledged and completed
  ack_and_not_completed_inferences   acknowledged and lost: must be 0
Exit codes: 0 none is lost, 1 some are, 2 the API could not be asked.

Variables
  SPIRA_API_BASE_URL, SPIRA_API_USER, SPIRA_API_PASSWORD
  FLOOD_JOURNAL          what flood.py wrote
  CHECK_SETTLE_SECONDS   how long an inference may take after the flood; 300. Ends sooner when all are completed
  CHECK_SHOW_SECONDS     how long the result can be read at /metrics; 90
  CHECK_RESULT           the file for the termination message; /dev/termination-log
  METRICS_PORT           8000; 0 for none
"""

import json
import os
import sys
import time

import journal
from metrics import Metrics
from spira_api import Api, Refused


def count(done, statuses):
    completed = sum(1 for inference in done.acknowledged if statuses.get(inference) == "completed")
    return {
        "failed_inference_acks": done.failed,
        "ack_and_completed_inferences": completed,
        "ack_and_not_completed_inferences": len(done.acknowledged) - completed,
    }


def settle(api, done, seconds):
    """The counts once all is completed, or as they are after `seconds`. Raises Refused when the API never answered."""
    end = time.monotonic() + seconds
    counts, refusal = None, None
    while counts is None or counts["ack_and_not_completed_inferences"]:
        try:
            user, token = api.log_in()
            counts = count(done, api.statuses(user, token))
        except Refused as refused:
            refusal = refused
        if time.monotonic() >= end:
            break
        if counts is None or counts["ack_and_not_completed_inferences"]:
            time.sleep(min(5.0, seconds / 20 + 0.05))
    if counts is None:
        raise refusal
    return counts


def tell(text):
    print(text, flush=True)
    path = os.environ.get("CHECK_RESULT", "/dev/termination-log")
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        print(f"{path}: {error}", file=sys.stderr)


def main():
    api = Api(os.environ["SPIRA_API_BASE_URL"], os.environ["SPIRA_API_USER"], os.environ["SPIRA_API_PASSWORD"])
    done = journal.read(os.environ["FLOOD_JOURNAL"])
    try:
        counts = settle(api, done, float(os.environ.get("CHECK_SETTLE_SECONDS") or 300))
    except Refused as refused:
        tell(json.dumps({"error": f"the API could not be asked: {refused}"}))
        return 2
    tell(json.dumps(counts))
    Metrics(int(os.environ.get("METRICS_PORT") or 8000),
            lambda: {f"spira_chaos_{name}": value for name, value in counts.items()})
    time.sleep(float(os.environ.get("CHECK_SHOW_SECONDS") or 90))
    return 1 if counts["ack_and_not_completed_inferences"] else 0


if __name__ == "__main__":
    sys.exit(main())
