#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The demo's screen: the live table of a site, and under it each ticket that the foreign MQTT client received.

usage: watch_demo.py SITEWARD_PROGRAM TICKETS_NDJSON

The table comes from the gateway over its unix socket ($SITEWARD_SOCKET), the tickets from the broker. On a terminal the
screen is redrawn each second; elsewhere the table is printed every five seconds and each ticket as it arrives.
"""
import json
import os
import subprocess
import sys
import time

ON_TERMINAL = sys.stdout.isatty() and "NO_COLOR" not in os.environ
COLOURS = {"alerting": "31;1", "forecast": "33;1", "pending": "33", "recovering": "33", "nodata": "35", "fault": "35"}


def painted(text, colour):
    return f"\033[{colour}m{text}\033[0m" if ON_TERMINAL and colour else text


def table(program):
    """The site's table as lines, or None when the gateway is gone."""
    run = subprocess.run([program, "status"], capture_output=True, text=True)
    if run.returncode != 0:
        return None
    return [painted(line, COLOURS.get(line.split()[-1] if line.split() else "", "")) for line in run.stdout.splitlines()]


def ticket_line(doc):
    forecast = doc.get("forecast") or {}
    owner = (doc.get("assignee") or {}).get("unit") or "nobody"
    what = doc["stage"] or doc["status"]
    left = f", {forecast['budget_s']} s left" if what == "forecast" and forecast.get("budget_s") is not None else ""
    line = (f"{doc['ts'][11:19]}  {doc['number']}  class {doc['class']}  {what}{left}: "
            f"{doc['title']['en']} / {doc['title']['zh-CN']}  → {owner}")
    return painted(line, {"over": "31;1", "near": "33;1"}.get(doc["lamp"], "32"))


def new_tickets(file):
    for line in file:
        try:
            yield ticket_line(json.loads(line))
        except (ValueError, KeyError, TypeError):
            yield f"a message that is no ticket: {line.strip()[:80]}"


def main():
    program, tickets_file = sys.argv[1:3]
    received, last_table_s = [], 0.0
    with open(tickets_file, encoding="utf-8") as file:
        while True:
            fresh = list(new_tickets(file))
            received += fresh
            lines = table(program)
            if lines is None:
                return
            if ON_TERMINAL:
                tail = received[-12:] or ["none yet"]
                print("\033[H\033[J" + "\n".join(lines + ["", "TICKETS RECEIVED BY mosquitto_sub"] + tail), flush=True)
            else:
                for line in fresh:
                    print(">>> " + line, flush=True)
                if time.monotonic() - last_table_s >= 5:
                    last_table_s = time.monotonic()
                    print("\n".join(lines) + "\n", flush=True)
            time.sleep(1)


if __name__ == "__main__":
    try:
        main()
    except (KeyboardInterrupt, BrokenPipeError):
        pass
