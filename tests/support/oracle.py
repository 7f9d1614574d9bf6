#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What must come out of a replay, computed a second time: plain Python, brute force, nothing shared with the C code.

Windows, statistics and the first crossing of a sliding limit follow the text of the rules; local time comes from
zoneinfo, sums from math.fsum. Run by hand it prints the windows of a replay file:

    oracle.py tests/data/series/montreal-laeq-1s/readings.csv --zone America/Toronto --interval 1 --period 1h
"""
import argparse
import csv
import json
import math
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

UTC = timezone.utc
NOISE = {"LAF", "LAeq"}
LENGTHS = {"1m": 60, "20m": 1200, "1h": 3600}
# GB 12523-2025 as the pack cn-gb12523-2025 has it: LAeq over 20 min, and 15 dB more for the maximum at night.
GB12523 = {"day": (6 * 60, 22 * 60), "night": (22 * 60, 6 * 60)}
GB12523_LEQ = {"day": 70.0, "night": 55.0}
GB12523_MAX_NIGHT = 70.0


@dataclass
class Reading:
    ts: datetime
    sensor: str
    quantity: str
    value: float  # NaN = none
    flag: str


@dataclass
class Window:
    period: str
    start: datetime
    end: datetime
    due: int  # readings that the interval lets expect
    readings: list = field(default_factory=list)

    @property
    def distinct(self):
        """The later of two readings of one instant wins."""
        return list({r.ts: r for r in self.readings}.values())

    @property
    def values(self):
        """What counts: good flags, a value."""
        return [r.value for r in self.distinct if r.flag in "NS" and not math.isnan(r.value)]

    @property
    def expected(self):
        """A sensor whose clock jitters may put one more reading into a window than its interval says."""
        return max(self.due, len(self.distinct))


def read(path):
    with open(path, encoding="utf-8-sig", newline="") as f:
        for row in csv.DictReader(f):
            yield Reading(
                datetime.fromisoformat(row["ts"].replace("Z", "+00:00")).astimezone(UTC),
                row["sensor"],
                row["quantity"],
                float(row["value"]) if row["value"] else math.nan,
                row["flag"] or "N",
            )


def half_up(value, step):
    """The multiple of step nearest to value, ties away from zero."""
    d = Decimal(repr(value))
    return float((d / Decimal(step)).quantize(Decimal(1), rounding=ROUND_HALF_UP) * Decimal(step))


# Statistics -----------------------------------------------------------------------------------------------------------


def leq(levels):
    return 10 * math.log10(math.fsum(10 ** (level / 10) for level in levels) / len(levels))


def exceeded(levels, percent):
    """LN: the class of 0.1 dB at rank ceil(N n / 100) from loud to quiet."""
    ranked = sorted((half_up(level, "0.1") for level in levels), reverse=True)
    return ranked[-(-percent * len(ranked) // 100) - 1]


def vector_mean(degrees):
    x = math.fsum(math.sin(math.radians(d)) for d in degrees)
    y = math.fsum(math.cos(math.radians(d)) for d in degrees)
    return math.degrees(math.atan2(x, y)) % 360


def statistics(quantity, values):
    """Names and values of a window's document; None where there is nothing to tell."""
    if quantity in NOISE:
        names = {"LAeq": leq, "LAmax": max, "LAmin": min}
        names |= {f"LA{p}": (lambda v, p=p: exceeded(v, p)) for p in (5, 10, 50, 90, 95)}
    else:
        mean = vector_mean if quantity == "wind_dir" else lambda v: math.fsum(v) / len(v)
        names = {"mean": mean, "min": min, "max": max}
    return {name: f(values) if values else None for name, f in names.items()}


# Windows --------------------------------------------------------------------------------------------------------------


def local_minutes(zone, start, end):
    """Each whole UTC minute from start to end with the minute of the local day; the minute before it, too."""
    t = start
    before = None
    while t <= end:
        local = t.astimezone(zone)
        now = local.hour * 60 + local.minute
        yield t, now, before
        before = now
        t += timedelta(minutes=1)


def crosses(now, before, step):
    """True if a local boundary at a multiple of step minutes falls on this minute, or was jumped over."""
    if now % step == 0:
        return True
    if before is None or now == before + 1:
        return False
    jumped = range(before + 1, now) if now > before else ()
    return any(m % step == 0 for m in jumped)


def boundaries(zone, step_s, start, end):
    return [t for t, now, before in local_minutes(zone, start, end) if crosses(now, before, step_s // 60)]


def period_spans(zone, period, start, end):
    """[from, to) of a period of the local day: a day on which the clock changes is longer or shorter."""
    first, last = period
    day = (start.astimezone(zone) - timedelta(days=2)).date()
    while day <= (end.astimezone(zone) + timedelta(days=1)).date():
        a = datetime(day.year, day.month, day.day, first // 60, first % 60, tzinfo=zone).astimezone(UTC)
        next_day = day + timedelta(days=1) if last <= first else day
        b = datetime(next_day.year, next_day.month, next_day.day, last // 60 % 24, last % 60, tzinfo=zone)
        yield a, b.astimezone(UTC)
        day += timedelta(days=1)


def windows(readings, zone, interval_s, start, end, lengths=LENGTHS, periods=GB12523):
    """Every window that overlaps [start, end), filled: {(period, from): Window}. Readings are those of one channel."""
    margin = timedelta(days=1)
    first_minute = start.replace(second=0, microsecond=0) - margin
    spans = []
    for name, length in lengths.items():
        if length >= interval_s:
            edges = boundaries(zone, length, first_minute, end + margin)
            spans += [(name, a, b) for a, b in zip(edges, edges[1:])]
    for name, period in periods.items():
        spans += [(name, a, b) for a, b in period_spans(zone, period, start, end)]

    by_period = defaultdict(list)
    for name, a, b in spans:
        if b > start and a < end:
            by_period[name].append(Window(name, a, b, round((b - a).total_seconds() / interval_s)))
    found = {}
    for name, ws in by_period.items():
        ws.sort(key=lambda w: w.start)
        i = 0
        for r in readings:
            while i < len(ws) and r.ts >= ws[i].end:
                i += 1
            if i < len(ws) and r.ts >= ws[i].start:
                ws[i].readings.append(r)
        found |= {(name, w.start): w for w in ws}
    return found


# Sliding limit --------------------------------------------------------------------------------------------------------


def first_crossing(readings, zone, interval_s=1, window_s=1200, capture=0.75, periods=GB12523, limits=GB12523_LEQ):
    """The first reading whose sliding LAeq, rounded to 0.1 dB, is above the limit of its period: (ts, period, level).

    The window ends with the reading, is cut at the period's start, and is judged when it is full and has enough
    readings; before that only if its energy alone is more than a full window at the limit may have."""
    levels = [r for r in readings if r.flag in "NS" and not math.isnan(r.value)]
    d = timedelta(seconds=interval_s)
    full = window_s // interval_s
    spans = []
    for name, period in periods.items():
        spans += [(a, b, name) for a, b in period_spans(zone, period, levels[0].ts, levels[-1].ts)]
    for i, r in enumerate(levels):
        a, _, name = next(s for s in spans if s[0] <= r.ts < s[1])
        start = max(a, r.ts + d - timedelta(seconds=window_s))
        window = []
        for back in range(i, -1, -1):
            if levels[back].ts < start:
                break
            window.append(levels[back].value)
        limit = limits[name]
        if r.ts + d >= a + timedelta(seconds=window_s) and len(window) >= capture * full:
            level = leq(window)
        else:
            level = leq(window) + 10 * math.log10(len(window) / full)
        if half_up(round(level, 2), "0.1") > limit:
            return r.ts, name, level
    return None


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("readings")
    args.add_argument("--zone", required=True)
    args.add_argument("--interval", type=float, required=True, metavar="SECONDS")
    args.add_argument("--period", help="only windows of this name")
    o = args.parse_args()
    zone = ZoneInfo(o.zone)
    channels = defaultdict(list)
    for r in read(o.readings):
        channels[r.sensor, r.quantity].append(r)
    start = min(rs[0].ts for rs in channels.values())
    end = max(rs[-1].ts for rs in channels.values()) + timedelta(seconds=o.interval)
    for (sensor, quantity), rs in channels.items():
        found = windows(rs, zone, o.interval, start, end, periods=GB12523 if quantity in NOISE else {})
        for (name, a), w in sorted(found.items(), key=lambda kv: kv[0][1]):
            if o.period in (None, name):
                values = {k: v if v is None else round(v, 2) for k, v in statistics(quantity, w.values).items()}
                print(json.dumps({"sensor": sensor, "period": name, "from": a.astimezone(zone).isoformat(),
                                  "n": len(w.values), "expected": w.expected, "values": values}))


if __name__ == "__main__":
    main()
