#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes FOLDER/readings.csv and FOLDER/site.yaml: days of 1 Hz readings of eight sensors, the same on every machine.

Noise follows the hour (about 60 dB by day, 48 by night, +-5 dB) and the first sensor is loud in the last hour of the day,
so that windows, forecasts and tickets all have something to do. Invented for the benchmark; nothing was measured.

    gen_day.py FOLDER --days 1 --noise 4
"""
import argparse
from datetime import datetime, timedelta, timezone
from pathlib import Path

SENSORS = 8
ZONE = timezone(timedelta(hours=8))
START = datetime(2026, 3, 2, tzinfo=ZONE)

SITE = """version: 1
site:
  id: bench
  area: "310115"
  name: benchmark
  timezone: Asia/Shanghai
  packs: [{{id: cn-gb12523-2025}}]
  hotline: hotline-cn-12345
gateway: {{id: gw-bench, data: data, runtime: run}}
sensors:
{sensors}
responsibility:
  - {{unit: benchmark, lead: true}}
"""


def sensors(noise):
    return [(f"n{i + 1}", "LAeq") if i < noise else (f"d{i + 1}", "PM10") for i in range(SENSORS)]


def lines(days, noise):
    """A linear congruential generator: values do not depend on the Python that runs it."""
    seed = 1
    names = sensors(noise)
    for day in range(days):
        date = (START + timedelta(days=day)).strftime("%Y-%m-%d")
        for second in range(86400):
            hour = second // 3600
            ts = f"{date}T{hour:02d}:{second // 60 % 60:02d}:{second % 60:02d}+08:00"
            for k, (name, quantity) in enumerate(names):
                seed = (seed * 1664525 + 1013904223) & 0xFFFFFFFF
                base = 6200 if k == 0 and hour == 23 else 6000 if 6 <= hour < 22 else 4800
                raw = base + (seed >> 8 & 0x3FF) - 500
                yield f"{ts},{name},{quantity},{raw // 100}.{raw % 100:02d},\n"


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("folder", type=Path)
    args.add_argument("--days", type=int, default=1)
    args.add_argument("--noise", type=int, default=4, metavar="N", help="of the eight sensors; the others measure PM10")
    o = args.parse_args()
    o.folder.mkdir(parents=True, exist_ok=True)
    rows = [f"  {name}: {{quantity: {quantity}, interval: 1s, place: boundary}}" for name, quantity in sensors(o.noise)]
    (o.folder / "site.yaml").write_text(SITE.format(sensors="\n".join(rows)), encoding="utf-8")
    with open(o.folder / "readings.csv", "w", encoding="utf-8", newline="") as f:
        f.write("ts,sensor,quantity,value,flag\n")
        f.writelines(lines(o.days, o.noise))


if __name__ == "__main__":
    main()
