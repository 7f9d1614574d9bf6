#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns published measurements into replay files (ts,sensor,quantity,value,flag) for tests/data/series.

Input is the CSV of a source as its README describes it (a ts column and one column a quantity); output goes to stdout.
Values are copied as they are written; only times are rewritten in UTC and a part of the time may be cut out.

    make_series.py laeq_1s.csv --column laeq_1s_dB=street:LAeq > montreal-laeq-1s/readings.csv
    make_series.py sgp_e13.csv --column wind_ms=mast:wind_speed --column rain_rate_mmh=gauge:rain \\
        --from 2019-01-03T06:00:00Z --to 2019-01-04T06:00:00Z > arm-wind-rain/readings.csv
"""
import argparse
import csv
import sys
from datetime import datetime, timezone


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def utc_text(t):
    t = t.astimezone(timezone.utc)
    ms = t.microsecond // 1000
    return t.strftime("%Y-%m-%dT%H:%M:%S") + (f".{ms:03d}" if ms else "") + "Z"


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("source")
    args.add_argument("--column", action="append", required=True, metavar="NAME=SENSOR:QUANTITY")
    args.add_argument("--from", dest="start", type=instant)
    args.add_argument("--to", dest="end", type=instant)
    o = args.parse_args()
    columns = []
    for text in o.column:
        name, channel = text.split("=")
        sensor, quantity = channel.split(":")
        columns.append((name, sensor, quantity))

    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["ts", "sensor", "quantity", "value", "flag"])
    with open(o.source, encoding="utf-8", newline="") as f:
        for row in csv.DictReader(f):
            t = instant(row["ts"])
            if (o.start and t < o.start) or (o.end and t >= o.end):
                continue
            for name, sensor, quantity in columns:
                out.writerow([utc_text(t), sensor, quantity, row[name], ""])


if __name__ == "__main__":
    main()
