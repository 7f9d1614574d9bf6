#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the forecast is worth: false warnings a day against crossings warned, for the product's model and five simple
methods, on real series. bench_forecast (C, with the product's model inside) scores one series at a time; this pools,
prints the tables and writes the figure. How it is counted: docs/explanation/forecast.md.

    run.py BENCH_FORECAST [--data FOLDER] [--svg FILE]

FOLDER holds the published series (default: $SW_FORECAST_DATA). They are read where they lie; what is not there is
skipped with a sentence, and the small series of tests/data are scored instead if nothing is there."""
import argparse
import csv
import math
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import figure

QUANTILES = ("0.80", "0.90", "0.95")
SERIES = (  # name, file in FOLDER, column, interval in seconds
    ("montreal 2025, 1 s", "montreal_2025_laeq_1s/laeq_1s_2025-03-22T00-06.csv", "laeq_1s_dB", 1),
    ("montreal 2022, 5 s", "montreal_2022_laeq_5s/laeq_5s_2022-08-10_to_12.csv", "laeq_5s_dB", 5),
    ("montreal 2025, 1 min", "montreal_2025_laeq_1min/laeq_1min_2025-03-23_to_04-01.csv", "laeq_1min_dB", 60),
    ("new york 2022, 1 min", "nyc_sonyc_48d_noise_pm_1min_NC/sonyc_48d_1min.csv", "laeq_1min_dB", 60),
)
COMMITTED = (  # name, file in tests/data/series, sensor, interval in seconds
    ("montreal 2025, 1 s", "montreal-laeq-1s/readings.csv", 1),
    ("montreal 2022, 5 s, evening", "montreal-evening-5s/readings.csv", 5),
)
SHARES = (0.5, 0.7, 0.8, 0.9)
MODEL = "P5"
UNLEARNED = "P5 without learning"
OTHERS = "P5 begun on the other series"
GOAL = {0.5: 1.4, 0.8: 10.5, 0.9: 20.0}
GOAL_SLOW = 1.4
DEFAULT = 0.45  # the packs' threshold
ENOUGH = 100  # crossings, below which a verdict would be chance


@dataclass
class Point:
    """What a method did at one threshold, over all limits of one series or of many."""
    threshold: float
    false: int = 0
    warned: int = 0
    slow: int = 0
    minutes: float = 0.0
    leads: list = field(default_factory=list)

    def add(self, other):
        self.false += other.false
        self.warned += other.warned
        self.slow += other.slow
        self.minutes += other.minutes
        self.leads += other.leads


@dataclass
class Score:
    """One series, or many pooled: days, crossings, and a list of points a method, by threshold."""
    name: str
    days: float = 0.0
    crossings: int = 0
    slow: int = 0
    limits: list = field(default_factory=list)
    points: dict = field(default_factory=dict)
    bins: dict = field(default_factory=dict)  # method → [[said, sum of what was said, came true], …]

    def add(self, other):
        self.days += other.days
        self.crossings += other.crossings
        self.slow += other.slow
        for method, points in other.points.items():
            mine = self.points.setdefault(method, [Point(p.threshold) for p in points])
            for a, b in zip(mine, points):
                a.add(b)
        for method, rows in other.bins.items():
            mine = self.bins.setdefault(method, [[0, 0.0, 0] for _ in rows])
            for a, b in zip(mine, rows):
                for i in range(3):
                    a[i] += b[i]


def read_column(path, column):
    with open(path, newline="", encoding="utf-8") as f:
        for row in csv.DictReader(f):
            if column == "value" and row["quantity"] != "LAeq":
                continue
            if row[column]:
                yield datetime.fromisoformat(row["ts"].replace("Z", "+00:00")).timestamp(), row[column]


@dataclass
class Series:
    name: str
    interval: int
    text: str  # "seconds level" lines, for bench_forecast

    @classmethod
    def read(cls, name, path, column, interval):
        rows = sorted({int(t): v for t, v in read_column(path, column)}.items())
        return cls(name, interval, "".join(f"{t} {v}\n" for t, v in rows))

    def run(self, program, verb, start, *quantiles):
        """start: figures that the model begins with, None = its own."""
        with tempfile.NamedTemporaryFile("w", suffix=".start") as f:
            f.write("\n".join(str(x) for x in start or ()))
            f.flush()
            return subprocess.run([program, verb, str(self.interval), f.name if start else "-", *quantiles],
                                  input=self.text, stdout=subprocess.PIPE, text=True, check=True).stdout


def solve(a, b):
    """Gauss with pivots."""
    n = len(b)
    m = [row[:] + [b[i]] for i, row in enumerate(a)]
    for c in range(n):
        p = max(range(c, n), key=lambda r: abs(m[r][c]))
        m[c], m[p] = m[p], m[c]
        for r in range(n):
            if r != c:
                m[r] = [x - m[r][c] / m[c][c] * y for x, y in zip(m[r], m[c])]
    return [m[i][n] / m[i][i] for i in range(n)]


def taught(program, series):
    """Start figures from these series alone: one least-squares fit, then the residuals from it."""
    a, b = [[0.0] * 7 for _ in range(7)], [0.0] * 7
    hist = [0.0] * 56
    for s in series:
        rows = [line.split("\t") for line in s.run(program, "teach", None).splitlines()]
        for i, row in enumerate(r for r in rows if r[0] == "a"):
            a[i] = [x + float(y) for x, y in zip(a[i], row[1:])]
        b = [x + float(r[1]) for x, r in zip(b, (r for r in rows if r[0] == "b"))]
    w = solve(a, b)
    moments = [a[i][i] / a[0][0] for i in range(7)]
    for s in series:
        row = s.run(program, "teach", w + moments + [1.0] * 56).splitlines()[-1].split("\t")
        hist = [x + float(y) for x, y in zip(hist, row[1:])]
    return w + moments + hist


def parse(name, text):
    total = Score(name)
    one = None
    for line in text.splitlines():
        kind, *rest = line.split("\t")
        if kind == "limit":
            if one:
                total.add(one)
            one = Score(name, float(rest[2]), int(rest[3]), int(rest[4]))
            total.limits.append((rest[0], float(rest[1]), int(rest[3]), int(rest[4])))
        elif kind == "at":
            leads = [float(x) for x in rest[6].split(",") if x]
            one.points.setdefault(rest[0], []).append(
                Point(float(rest[1]), int(rest[2]), int(rest[3]), int(rest[4]), float(rest[5]), leads))
        elif kind == "bin":
            one.bins.setdefault(rest[0], []).append([int(rest[2]), float(rest[3]), int(rest[4])])
    total.add(one)
    return total


def pooled(scores):
    all_ = Score("all")
    for s in scores:
        all_.add(s)
    return all_


def at_share(s, method, share, slow=False):
    """(false a day, minutes a day, median lead, threshold) where a share of the crossings is warned: the first such
    threshold from the cautious end, linear between it and the one before. None = never."""
    of = s.slow if slow else s.crossings
    before = None
    for p in reversed(s.points[method]):
        have = (p.slow if slow else p.warned) / of if of else 0.0
        if have >= share:
            part = 1.0 if before is None or have == before[0] else (share - before[0]) / (have - before[0])
            blend = lambda a, b: b + part * (a - b)
            last = before[1] if before else p
            leads = sorted(p.leads)
            return (blend(p.false, last.false) / s.days, blend(p.minutes, last.minutes) / s.days,
                    leads[len(leads) // 2] if leads else math.nan, p.threshold)
        before = (have, p)
    return None


def number(x, digits=1):
    return "–" if x is None or math.isnan(x) else f"{x:.{digits}f}"


def table(s):
    lines = ["| method | 50 % warned | 70 % | 80 % | 90 % | slow crossings, 80 / 90 % | minutes a day under warning, 50 / 80 % | median lead, 50 / 80 % |",
             "|---|---|---|---|---|---|---|---|"]
    for method in s.points:
        got = {share: at_share(s, method, share) for share in SHARES}
        slow = [at_share(s, method, share, True) for share in (0.8, 0.9)]
        cells = [number(got[x][0] if got[x] else None) for x in SHARES]
        cells.append(" / ".join(number(x[0] if x else None, 2) for x in slow))
        cells.append(" / ".join(number(got[x][1] if got[x] else None, 0) for x in (0.5, 0.8)))
        cells.append(" / ".join(number(got[x][2] if got[x] else None) for x in (0.5, 0.8)) + " min")
        name = f"**{method}**" if method == MODEL else method
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def left_out(scores):
    """The threshold is chosen on the other series, and what it then does on the one left out is pooled."""
    lines = ["| method | for 50 %: warned, false a day | for 80 % | for 90 % | for 90 % of the slow ones |", "|---|---|---|---|---|"]
    total = pooled(scores)
    for method in total.points:
        cells = []
        for share, slow in ((0.5, False), (0.8, False), (0.9, False), (0.9, True)):
            false = warned = 0
            for one in scores:
                found = at_share(pooled([s for s in scores if s is not one]), method, share, slow)
                if found is None:
                    break
                p = next(p for p in one.points[method] if p.threshold == found[3])
                false += p.false
                warned += p.slow if slow else p.warned
            else:
                cells.append(f"{100 * warned / (total.slow if slow else total.crossings):.0f} %, {false / total.days:.1f}")
                continue
            cells.append("–")
        lines.append(f"| {method} | " + " | ".join(cells) + " |")
    return lines


def reliability(s):
    """Stated probability against what came true, in tenths: (mean stated, share that came true, how often said)."""
    rows = {}
    for method, bins in s.bins.items():
        rows[method] = []
        for a, b in zip(bins[::2], bins[1::2]):
            n, stated, came = a[0] + b[0], a[1] + b[1], a[2] + b[2]
            if n:
                rows[method].append((stated / n, came / n, n))
    return rows


def reliability_table(rows):
    other_names = [m for m in rows if m != MODEL]
    lines = ["| stated (mean of the tenth) | came true | said, minutes | " + " | ".join(other_names) + ": stated, came true |",
             "|---|---|---|" + "---|" * len(other_names)]
    for stated, came, n in rows[MODEL]:
        cells = []
        for m in other_names:
            other = {int(r[0] * 10 + 1e-9): r for r in rows[m]}.get(int(stated * 10 + 1e-9))
            cells.append(f"{other[0]:.2f}, {other[1]:.2f}" if other else "–")
        lines.append(f"| {stated:.2f} | {came:.2f} | {n} | " + " | ".join(cells) + " |")
    return lines


def verdicts(s, rows):
    others = [m for m in s.points if m not in (MODEL, UNLEARNED, OTHERS)]

    def best(share, slow=False):
        found = [(at_share(s, m, share, slow)[0], m) for m in others if at_share(s, m, share, slow)]
        return min(found) if found else (math.nan, "–")

    def say(what, share, goal, ratio, slow=False):
        mine = at_share(s, MODEL, share, slow)
        value = mine[0] if mine else math.nan
        base, name = best(share, slow)
        line = f"- {what}: {number(value, 2)} false a day (goal {goal}: {'met' if value <= goal else 'missed'})"
        if ratio:
            reached = value / base if base else math.nan
            line += (f"; {number(reached, 2)} of the best simple method, {name}, {number(base, 2)}"
                     f" (goal {ratio}: {'met' if reached <= ratio else 'missed'})")
        return line

    off = [(abs(stated - came), stated, came, n) for stated, came, n in rows[MODEL] if stated <= 0.6]
    worst = max(off)
    return [say("slow crossings, 90 % warned", 0.9, GOAL_SLOW, 0.75, True),
            say("all crossings, 50 % warned", 0.5, GOAL[0.5], 0.75),
            say("all crossings, 80 % warned", 0.8, GOAL[0.8], None),
            say("all crossings, 90 % warned", 0.9, GOAL[0.9], 0.9),
            f"- stated probability up to 0.6: at worst {100 * worst[0]:.1f} points from what came true "
            f"(stated {worst[1]:.2f}, came true {worst[2]:.2f}, {worst[3]} minutes; goal 5: "
            f"{'met' if worst[0] <= 0.05 else 'missed'})"]


def at_default(s):
    p = min(s.points[MODEL], key=lambda p: abs(p.threshold - DEFAULT))
    slow = f", {100 * p.slow / s.slow:.0f} % of the slow ones" if s.slow else ""
    leads = sorted(p.leads)
    lead = f", median lead {leads[len(leads) // 2]:.1f} min" if leads else ""
    return [f"{MODEL} at {p.threshold:.2f}: {100 * p.warned / s.crossings:.0f} % of the crossings warned{slow}, "
            f"{p.false / s.days:.2f} false episodes and {p.minutes / s.days:.0f} minutes of warning a day{lead}"]


def load(program, folder):
    series = []
    for name, file, column, interval in SERIES:
        if not folder:
            break
        path = Path(folder) / file
        if path.is_file():
            series.append(Series.read(name, path, column, interval))
        else:
            print(f"skipped {name}: {path} is not here")
    if not folder:
        print("no folder of series is named: --data FOLDER or $SW_FORECAST_DATA")
    if series:
        starts = [taught(program, [o for o in series if o is not s]) if len(series) > 1 else None for s in series]
        return [parse(s.name, s.run(program, "score", start, *QUANTILES)) for s, start in zip(series, starts)]
    print("scored instead: the short series of tests/data, far too few crossings for a verdict")
    base = Path(__file__).resolve().parents[2] / "data" / "series"
    series = [Series.read(name, base / file, "value", interval) for name, file, interval in COMMITTED]
    return [parse(s.name, s.run(program, "score", None, *QUANTILES)) for s in series]


def main():
    arg = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arg.add_argument("program")
    arg.add_argument("--data", default=os.environ.get("SW_FORECAST_DATA"))
    arg.add_argument("--svg", help="write the figure here")
    args = arg.parse_args()
    scores = load(args.program, args.data)
    total = pooled(scores)
    print("\n| series | days | limits (dB) | crossings (slow) |\n|---|---|---|---|")
    for s in scores:
        print(f"| {s.name} | {s.days / len(QUANTILES):.2f} | " + ", ".join(f"{x[1]:.1f}" for x in s.limits)
              + " | " + ", ".join(f"{x[2]} ({x[3]})" for x in s.limits) + " |")
    print(f"\n{total.crossings} crossings, {total.slow} of them slow, in {total.days:.1f} days of a series against a limit")
    if not total.crossings:
        sys.exit("could not measure: no crossing")
    rows = reliability(total)
    for title, lines in (("False episodes a day, thresholds swept over all series", table(total)),
                         ("Threshold chosen on the other series", left_out(scores) if len(scores) > 1 else []),
                          ("What was stated and what came true", reliability_table(rows)),
                         ("At the default threshold", at_default(total)),
                         ("Goals", verdicts(total, rows) if total.crossings >= ENOUGH else [])):
        if not lines:
            continue
        print(f"\n{title}\n")
        print("\n".join(lines))
    if args.svg:
        Path(args.svg).write_text(figure.draw(total, rows, MODEL, UNLEARNED), encoding="utf-8")
        print(f"\nwrote {args.svg}")


if __name__ == "__main__":
    main()
