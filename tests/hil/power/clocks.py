# SPDX-License-Identifier: Apache-2.0
"""What a guest says about its clock (stepping.py), and the judgement of what a gateway made of it: each stored reading
has the time of day that its machine showed then, and says whether somebody kept that right."""
import bisect
import contextlib
import json
import sqlite3
from collections import namedtuple

import stored

BLUR_S = 0.5  # on either side of a step it may have been taken before or after
State = namedtuple("State", "start end offset synced")  # monotonic seconds; offset: time of day − monotonic
Reading = namedtuple("Reading", "number arrival_us utc_us mono_us unsynced sensor")


class Life:
    """One life of the machine, from switching it on to the cut."""

    def __init__(self, printed):
        rows = [json.loads(line) for line in printed.splitlines() if line.startswith('{"did"')]
        sets = [row for row in rows if row["did"] == "clock"]
        ends = [row["mono"] for row in rows if row["did"] == "before"][1:] + [float("inf")]
        self.states = [State(row["mono"], end, row["utc"] - row["mono"], row["synced"]) for row, end in zip(sets, ends)]
        self.starts = sum(row["did"] == "start" for row in rows)
        self.codes = [row["code"] for row in rows if row["did"] == "ended"]

    def at(self, mono_s):
        """The states that a thing of that instant may be of."""
        return [s for s in self.states if s.start - BLUR_S <= mono_s <= s.end + BLUR_S]


def jumps_back(lives, ends_utc):
    """(from, to): how the clock went back, in s of the epoch; `ends_utc`: the time of day at each life's end, about.
    What a gateway that lives follows is none."""
    for life, ends in zip(lives, ends_utc):
        for a, b in zip(life.states, life.states[1:]):
            if a.offset - b.offset > 10:
                yield b.start + a.offset, b.start + b.offset
    for ends, life in zip(ends_utc, lives[1:]):
        if life.states and ends is not None and life.states[0].start + life.states[0].offset < ends:
            yield ends, life.states[0].start + life.states[0].offset


def rows_of(database, sql):
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        return db.execute(sql).fetchall()


def readings_of(database):
    """What lies in blocks and tail, in order of arrival."""
    names = dict(rows_of(database, "SELECT num, id FROM sensor"))
    found = [Reading(number, arrival, utc, mono, unsynced, names[sensor if of is None else of])
             for sensor, body in rows_of(database, "SELECT sensor, body FROM block"
                                                   " UNION ALL SELECT NULL, body FROM tail")
             for number, arrival, utc, mono, _, _, _, unsynced, of in stored.items_of(body)]
    return sorted(found)


def pruned_before_us(database):
    """Readings of before went by their age: a clock far ahead makes all of them old. 0 = none went"""
    said = [json.loads(text) for text, in rows_of(database, "SELECT json FROM command WHERE kind = 'prune'")]
    return max((row["before"] * 60_000_000 for row in said if row["table"] == "block"), default=0)


def lives_of_runs(database, lives):
    """(first arrival number, life) of each run of the gateway, told by how its clocks stood at its start."""
    entries = [json.loads(body) for body, in
               rows_of(database, "SELECT body FROM chain WHERE kind IN (8, 10) ORDER BY n")]
    clock = {e["boot"]: e for e in entries if e.get("reason") == "start"}
    at, runs = 0, []
    for run in (e for e in entries if "first_number" in e):
        mono_s, utc_s = clock[run["boot"]]["mono_us"] / 1e6, clock[run["boot"]]["utc_us"] / 1e6
        fits = [i for i in range(at, len(lives))
                if any(abs(utc_s - mono_s - s.offset) < 0.1 for s in lives[i].at(mono_s))]
        assert fits, f"run {run['boot']} says {utc_s} at {mono_s}, which no machine showed"
        at = fits[0]
        runs.append((run["first_number"], lives[at]))
    return runs


def check_times(database, lives, interval_s):
    """@return how many readings, how many of them of a clock that nobody kept right"""
    readings, runs = readings_of(database), lives_of_runs(database, lives)
    numbers = [r.number for r in readings]
    step_max = len(numbers) + numbers[-1] if pruned_before_us(database) else 1  # what went is judged by siteward verify
    holes = [(a, b) for a, b in zip([0, *numbers], numbers) if not 1 <= b - a <= step_max]
    assert not holes, f"arrival numbers have holes, or come twice: {holes}"
    firsts = [first for first, _ in runs]
    for r in readings:
        life = runs[bisect.bisect_right(firsts, r.number) - 1][1]
        states = life.at(r.mono_us / 1e6 + interval_s)
        assert any(abs((r.utc_us - r.mono_us) / 1e6 - s.offset) < 0.05 and r.unsynced == (not s.synced)
                   for s in states), f"{r} is of a clock that stood so: {states}"
    return len(readings), sum(r.unsynced for r in readings)
