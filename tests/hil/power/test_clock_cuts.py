# SPDX-License-Identifier: Apache-2.0
"""The clock steps, and then the power goes: the gateway lives by the clock of a machine without a battery, whose clock
is wrong when it is switched on, is put right by a network, or is set by hand, while it is written. What is judged is
judged by the monotonic clock of the outside and by numbers: the time of day is what was stepped.
$HIL_CUTS: half as many (5 for 10); $SITEWARD_SEED: kinds and moments."""
import os
import random
import re
import time
from collections import defaultdict
from datetime import datetime

import linecheck
import rig as peers
from clocks import Life, check_times, jumps_back, pruned_before_us, readings_of
from evening import check_events, check_tickets
from killed import COMMIT_S, Disk, Killed
from machine import HERE, Machine

CUTS = max(1, int(os.environ.get("HIL_CUTS", "10")) // 2)
TRUE = datetime.fromisoformat("2026-03-02T22:05:00+08:00").timestamp()  # of the first boot: at night peaks open tickets
INTERVAL_S = 0.25
SLACK_S = 1.5  # the guest's one processor gets what this machine has to spare
SLOW_SLACK_S = 4  # a commit is several writes of 300 ms
HOUR, DAY = 3600, 86400
SLOW = {"FAULT": "slow", "WELL": 0, "AFTER": 1, "FOR": 0}


def step(moments, **how):
    return {"after": round(moments.uniform(0.8, 2.5), 3), "synced": moments.random() < 0.5} | how


def ahead(m, true):
    return true, [step(m, by=m.choice((m.uniform(11, 120), m.uniform(1, 6) * HOUR, DAY)))], {}


def back(m, true):
    return true, [step(m, by=-m.choice((m.uniform(11, 120), m.uniform(1, 6) * HOUR, DAY)))], {}


def little(m, true):
    return true, [step(m, by=m.choice((-1, 1)) * m.uniform(0.3, 9.5), after=round(m.uniform(0.2, 1), 3))
                  for _ in range(3)], {}


def far_ahead(m, true):
    return true, [step(m, by=m.uniform(3, 400) * DAY)], {}


def no_battery(m, true):
    """It wakes at a time of its own, days back or at the beginning of the count; a network puts that right, or not."""
    rtc = m.choice((true - m.uniform(1, 20) * DAY, 1_000_000.0, true - m.uniform(1, 20) * HOUR))
    return rtc, m.choice(([], [step(m, by=true - rtc, synced=True)])), {}


def wakes_ahead(m, true):
    rtc = true + m.choice((m.uniform(1, 20) * HOUR, m.uniform(3, 3000) * DAY))
    return rtc, m.choice(([], [step(m, by=true - rtc, synced=True)])), {}


def in_write(m, true):
    """On a slow disk: each step falls into a write."""
    return true, [step(m, by=m.choice((-1, 1)) * m.choice((m.uniform(1, 9), m.uniform(1, 6) * HOUR)),
                       in_write="ubda") for _ in range(2)], SLOW


def there_and_back(m, true):
    far = m.choice((2 * HOUR, DAY, 30 * DAY))
    return true, [step(m, by=far), step(m, by=-far, synced=True)], {}


KINDS = (back, ahead, no_battery, in_write, wakes_ahead, little, far_ahead, there_and_back)


def kinds_in_turn(moments):
    while True:
        yield from moments.sample(KINDS, len(KINDS))


def boots_of(wall):
    return {m.body["boot"] for m in wall.messages if m.topic == "gw/gw-7f3a/status" and m.body["state"] == "ready"}


class Lives:
    """The machine's lives one after the other, and what the subscriber saw in each."""

    def __init__(self, rig, wall, machine):
        self.rig, self.wall, self.machine = rig, wall, machine
        self.disk = Disk(machine.folder)
        rig.stack.callback(self.disk.end)
        self.start = time.monotonic()
        self.lives, self.ends_utc = [], []
        self.cuts = []  # (monotonic us, slack in s)

    @property
    def true(self):
        return TRUE + time.monotonic() - self.start

    def boot(self, rtc, steps, disk=None, **more):
        program = HERE / ("bad_disk.sh" if disk else "guest.sh")
        self.machine.boot(program, env=[f"{k}={v}" for k, v in (disk or {}).items()],
                          plan={"rtc": rtc, "steps": steps} | more)

    def has_said(self, what, n):
        return lambda: self.machine.printed().count(f'"did": "{what}"') >= n or self.machine.has_ended()

    def live(self, kind, moments):
        """@return in words what was done"""
        births = len(boots_of(self.wall))
        rtc, steps, disk = kind(moments, self.true)
        self.boot(rtc, steps, disk)
        is_early = moments.random() < 0.25
        peers.wait_until(self.has_said("clock", 1 + len(steps)), "the clock is set")
        if is_early:  # the cut falls into what a step brings about
            after_s = moments.uniform(0, 0.3)
        else:  # … into a gateway that goes on by itself
            wanted = births + 1
            left = self.has_said("ended", 1)  # and with it the only line to the broker that a machine has: see guest.sh
            peers.wait_until(lambda: len(boots_of(self.wall)) >= wanted or left(), "a gateway's birth")
            after_s = moments.uniform(0.5, 4)
        self.machine.wait(after_s)
        self.machine.cut()
        slack_s = (SLOW_SLACK_S if disk else SLACK_S) + 2 * self.disk.worst_s()
        self.cuts.append((time.monotonic_ns() // 1000, slack_s))
        self.ended()
        moved = ", ".join(f"{s['by']:+.0f} s{' (network)' if s['synced'] else ''}" for s in steps) or "no step"
        return f"{kind.__name__}: on at {rtc - self.true:+.0f} s, {moved}, off {after_s:.3f} s later"

    def ended(self):
        life = Life(self.machine.printed())
        self.lives.append(life)
        last = life.states[-1] if life.states else None
        self.ends_utc.append(last and last.start + last.offset + 1)
        assert set(life.codes) <= {74, 0}, f"somebody had to help: {self.machine.printed()}"

    def deliver(self):
        """With a clock that is right, until nothing waits. @return the folder of the data"""
        for _ in range(5):
            self.boot(self.true, [], drain=True)
            assert self.machine.end() == 0, self.machine.printed()
            self.ended()
            data = self.machine.look()
            left = Killed(data / "siteward.db", self.machine.folder / "looked")
            if not left.rows("SELECT 1 FROM outbox LIMIT 1") and not left.rows("SELECT 1 FROM gap WHERE todo LIMIT 1"):
                return data
        raise AssertionError("the outbox does not empty")

    def check_seen(self, held, pruned_us):
        """Readings that the subscriber saw a commit interval and more before the power went. @return one line"""
        seen, lost, worst_s = 0, [], 0.0
        for m in self.wall.messages:
            live = re.fullmatch("sensor/([^/]+)/live", m.topic)
            cut = next((c for c in self.cuts if m.at_us <= c[0]), None)
            if not live or not cut or not m.body or m.body["v"] is None:
                continue
            seen += 1
            key = live.group(1), round(datetime.fromisoformat(m.body["ts"]).timestamp() * 1000)
            if key not in held and key[1] * 1000 >= pruned_us:
                age_s = (cut[0] - m.at_us) / 1e6
                worst_s = max(worst_s, age_s)
                if age_s > COMMIT_S + cut[1]:
                    lost.append((age_s, key))
        said = f"{seen} readings seen, the oldest that a cut took was {worst_s:.3f} s old"
        assert not lost, f"older than a commit interval, and lost: {lost[:5]}; {said}"
        assert seen, "nothing was measured"
        return said

    def check_windows(self, site, documents):
        """None twice but those of an hour that the clock showed twice."""
        jumps = list(jumps_back(self.lives, self.ends_utc))
        first, again = defaultdict(list), 0
        for d in documents:
            first[d["id"]].append(d)
        for window, of_it in first.items():
            to = datetime.fromisoformat(of_it[0]["to"]).timestamp()
            if len(of_it) > 1:
                again += 1
                assert any(low < to <= high + 60 for high, low in jumps), f"{window} came twice: {of_it}; {jumps}"
        stored = site.rows("SELECT sensor, period, from_us FROM window")
        assert len(stored) == len(set(stored))
        assert {(i.split(":")[0], i.split(":")[1]) for i in first} == {row[:2] for row in stored}
        assert len(stored) == len(first), f"{len(stored)} windows stored, {len(first)} came"
        return f"{len(first)} windows, {again} of an hour that came twice"


def test_clock_steps_and_power_cuts_lose_no_ticket_and_double_none(rig, siteward):
    seed = int(os.environ.get("SITEWARD_SEED", "20260304"))
    moments = random.Random(seed)
    broker = rig.broker()
    wall = rig.subscriber(broker, client_id="wall")
    machine = Machine(rig, broker, turns=12 + 4 * CUTS, interval=f"{INTERVAL_S * 1000:.0f}ms")
    lives = Lives(rig, wall, machine)
    kinds = kinds_in_turn(moments)
    for cut in range(CUTS):
        did = lives.live(next(kinds), moments)
        data = machine.look()
        events = [m.body for m in wall.messages if re.fullmatch("ticket/[^/]+/event", m.topic)]
        assert data.exists() or not events
        if data.exists():
            Killed(data / "siteward.db", machine.folder / "killed").check(siteward, events, set())
        print(f"cut {cut + 1} of {CUTS}, {did}: whole; seed {seed}; {len(events)} events seen", flush=True)
    took_s = time.monotonic() - lives.start
    site = peers.Site(lives.deliver().parent)
    wall.out.wait(lambda m: (m.body or {}).get("seq") == site.last_seq, "the last document")
    checked = siteward("verify", site.db)
    assert checked.code == 0, checked.out + checked.err
    line = linecheck.Judgement(wall.messages)
    counts = line.check(site.last_seq)
    tickets = [m.body for m in line.numbered if re.fullmatch("ticket/[^/]+", m.topic)]
    check_tickets(site, tickets)
    check_events(tickets, [m.body for m in line.numbered if re.fullmatch("ticket/[^/]+/event", m.topic)])
    windows = lives.check_windows(site, [m.body for m in line.numbered
                                         if "/agg/" in m.topic or "/backfill/" in m.topic])
    n, unsynced = check_times(site.db, lives.lives, INTERVAL_S)
    held = {(r.sensor, r.utc_us // 1000) for r in readings_of(site.db)}
    pruned_us = pruned_before_us(site.db)
    said = lives.check_seen(held, pruned_us) + (
        f"; readings of before {datetime.fromtimestamp(pruned_us / 1e6)} went by their age" if pruned_us else "")
    restarts = sum(len(life.codes) for life in lives.lives)
    print(f"{CUTS} cuts with steps in {took_s:.0f} s, {restarts} ends by a clock or a stop, {len(tickets)} revisions: "
          f"{counts}; {windows}; {n} readings stored, {unsynced} unsynced; {said}", flush=True)
    assert tickets, "cuts without tickets prove nothing"
