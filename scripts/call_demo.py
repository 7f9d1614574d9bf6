#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plays the hotline's desk in the demo: when a ticket says that the limit is exceeded, a resident rings, and the desk
asks the gateway over MQTT 5 what was measured.

usage: call_demo.py BROKER_PORT TICKETS_NDJSON RES_SCHEMA

Prints what the agent can read out. Exit 0 only if the answer came, is valid, names the very ticket and says "over the
limit".
"""
import datetime
import json
import subprocess
import sys
import time

import jsonschema

PREFIX = "siteward/1/310115/pd-0042"
PATIENCE_S = 120


def wait_for_exceedance(file):
    """The newest document of the first ticket that says so."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        with open(file, encoding="utf-8") as f:
            for line in f:
                if line.endswith("\n") and (doc := json.loads(line)).get("stage") == "exceeded":
                    return doc
        time.sleep(0.1)
    sys.exit("nobody rang: no ticket became an exceedance")


def wait_until_past(port, ticket):
    """People ring a little later: the site's own clock says when. @return the instant, as the gateway wrote it"""
    rings_at = datetime.datetime.fromisoformat(ticket["ts"]) + datetime.timedelta(minutes=2)
    with subprocess.Popen(["mosquitto_sub", "-h", "127.0.0.1", "-p", port, "-t", f"{PREFIX}/summary", "-W", str(PATIENCE_S)],
                          stdout=subprocess.PIPE, text=True) as sub:
        for line in sub.stdout:
            now = json.loads(line)["ts"]
            if datetime.datetime.fromisoformat(now) >= rings_at:
                sub.terminate()
                return now
    sys.exit("nobody rang: the site's clock stands still")


def ring(port, ticket, now):
    call = {
        "schema": "siteward.complaint/1.0", "id": "k-88121", "at": now, "by": {"id": "agent:0317", "role": "agent"},
        "service_request_id": "12345-20260302-88121", "service_code": "noise.construction",
        "occurred": {"at": ticket["ts"], "window": "PT30M"}, "lat": 31.2221, "long": 121.5432, "lang": "zh-CN",
        "description": "工地半夜浇混凝土,很吵", "caller_ref": "h:6c1f09a2b7d8e4f0a1c2d3e4f5061728", "want": "link-or-open"}
    asked = time.monotonic()
    done = subprocess.run(
        ["mosquitto_rr", "-h", "127.0.0.1", "-p", port, "-V", "mqttv5", "-q", "1", "-W", "10", "-t", f"{PREFIX}/cmd/complaint",
         "-e", f"{PREFIX}/res/desk/q-1", "-D", "publish", "correlation-data", "q-1", "-m", json.dumps(call, ensure_ascii=False)],
        capture_output=True, text=True, check=False)
    took_ms = (time.monotonic() - asked) * 1000
    if done.returncode != 0 or not done.stdout.strip():
        sys.exit(f"the caller got no answer: {done.stderr.strip()}")
    return json.loads(done.stdout), took_ms


def main():
    port, tickets, schema_file = sys.argv[1:4]
    ticket = wait_for_exceedance(tickets)
    answer, took_ms = ring(port, ticket, wait_until_past(port, ticket))
    with open(schema_file, encoding="utf-8") as f:
        jsonschema.Draft202012Validator(json.load(f)).validate(answer)
    if answer["status"] != "ok":
        sys.exit(f"the complaint was refused: {answer['error']}")
    data, found = answer["data"], answer["data"].get("answer", answer.get("answer"))
    if data["ticket"] != ticket["id"] or not found["answer"]["code"].startswith("over_limit"):
        sys.exit(f"the answer is about something else: {data.get('outcome')}, {data['ticket']}, {found['answer']['code']}")
    print(f"a resident rang; the desk had its answer over MQTT after {took_ms:.0f} ms: {data['outcome']} {data['number']}, "
          f"{found['answer']['code']}")
    print(f"  {found['answer']['say']['en']}")
    print(f"  {found['answer']['say']['zh-CN']}")


if __name__ == "__main__":
    main()
