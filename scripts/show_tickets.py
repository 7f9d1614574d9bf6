#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints each ticket document that arrives on standard input as one readable line."""
import json
import sys

for line in sys.stdin:
    try:
        t = json.loads(line)
    except ValueError:
        continue
    owner = (t.get("assignee") or {}).get("unit") or "nobody"
    print(f"\n>>> {t['ts'][11:19]} ticket {t['number']} {t['lamp'].upper()} class {t['class']} "
          f"{t['stage'] or t['status']}: {t['title']['en']} | {t['title']['zh-CN']} | {owner}\n", flush=True)
