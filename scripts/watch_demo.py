#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The demo's screen: the live table of a site, and under it each ticket that the foreign MQTT client received.

usage: watch_demo.py SITEWARD_PROGRAM TICKETS_NDJSON

The table comes from the gateway over its unix socket ($SITEWARD_SOCKET), the tickets from the broker. On a terminal the
screen is redrawn each second; elsewhere the table is printed every five seconds and each ticket as it arrives.
"""
import json
import os
import shutil
import subprocess
import sys
import time
import unicodedata

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


def new_tickets(file, seen):
    """A line a ticket whose class, status or stage changed; a document that only has newer figures is no news."""
    for line in file:
        try:
            doc = json.loads(line)
            now = (doc["class"], doc["status"], doc["stage"])
            if seen.get(doc["id"]) != now:
                seen[doc["id"]] = now
                yield ticket_line(doc)
        except (ValueError, KeyError, TypeError):
            yield f"a message that is no ticket: {line.strip()[:80]}"


def rows_of(line, columns):
    """Rows that a line takes on the screen: Chinese characters are two columns wide."""
    text = line.partition("m")[2].removesuffix("\033[0m") if line.startswith("\033[") else line
    return max(1, -(-sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text) // columns))


def newest_that_fit(lines, rows, columns):
    shown = []
    for line in reversed(lines):
        rows -= rows_of(line, columns)
        if rows < 0 and shown:
            break
        shown.insert(0, line)
    return shown


def main():
    program, tickets_file = sys.argv[1:3]
    received, seen, last_table_s = [], {}, 0.0
    with open(tickets_file, encoding="utf-8") as file:
        while True:
            fresh = list(new_tickets(file, seen))
            received += fresh
            lines = table(program)
            if lines is None:
                return
            if ON_TERMINAL:
                size = shutil.get_terminal_size()
                tail = newest_that_fit(received, size.lines - len(lines) - 3, size.columns) or ["none yet"]
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
