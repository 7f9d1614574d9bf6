#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Judges what a foreign MQTT client received in one simulated night.

usage: check_tickets.py TICKET_SCHEMA TICKETS_NDJSON

Exit 0 only if one ticket id came with origin preventive, first with stage forecast and, at least 60 simulated seconds
later, with stage exceeded, and every document is valid against its JSON Schema.
"""
import datetime
import json
import sys

import jsonschema


def main():
    schema_file, tickets_file = sys.argv[1:3]
    with open(schema_file, encoding="utf-8") as f:
        validator = jsonschema.Draft202012Validator(json.load(f))
    tickets = {}
    with open(tickets_file, encoding="utf-8") as f:
        for line in filter(str.strip, f):
            doc = json.loads(line)
            errors = sorted(validator.iter_errors(doc), key=str)
            if errors:
                sys.exit(f"a ticket is not valid against its schema: {errors[0].json_path}: {errors[0].message}")
            tickets.setdefault(doc["id"], []).append(doc)
    for ticket_id, docs in tickets.items():
        first, crossed = docs[0], next((d for d in docs if d["stage"] == "exceeded"), None)
        if first["origin"] != "preventive" or first["stage"] != "forecast" or crossed is None:
            continue
        lead_s = (datetime.datetime.fromisoformat(crossed["ts"]) - datetime.datetime.fromisoformat(first["ts"])).total_seconds()
        if lead_s < 60:
            sys.exit(f"ticket {ticket_id}: warned only {lead_s:.0f} s before the limit was crossed")
        print(f"ticket {ticket_id} ({first['number']}): {first['title']['en']}")
        print(f"  {first['ts']}  forecast: crosses at {first['forecast']['crosses_at']}, {first['forecast']['budget_s']} s left")
        print(f"  {crossed['ts']}  exceeded: {crossed['title']['en']}")
        print(f"  warned {lead_s:.0f} simulated seconds before the limit was crossed; {len(docs)} documents, all valid")
        return
    sys.exit(f"no preventive ticket that later became an exceedance among {len(tickets)} ticket(s) received")


if __name__ == "__main__":
    main()
