# SPDX-License-Identifier: Apache-2.0
"""Disks that lie and disks that refuse. A disk that drops what it said it had written may lose anything. What holds all
the same: the next start either works with a store that is whole, or ends and says what is wrong; a damaged store is
never used as if nothing were. $HIL_LIES: how many lying disks (3)."""
import contextlib
import os
import random
import shutil
import sqlite3
from datetime import datetime

import pytest

import rig as peers
from evening import EPOCH, Evening
from machine import HERE, Machine

LIES = int(os.environ.get("HIL_LIES", "3"))


def bad_machine(rig, fault, after_s, well_s=0, for_s=0, plan=None):
    broker = rig.broker()
    wall = rig.subscriber(broker, client_id="wall")
    machine = Machine(rig, broker, turns=12)
    machine.boot(HERE / "bad_disk.sh", env=(f"FAULT={fault}", f"WELL={well_s}", f"AFTER={after_s}", f"FOR={for_s}"),
                 plan=plan)
    peers.wait_until(lambda: "bad\n" in machine.printed(), "the disk goes bad")
    return machine, wall


def what_is_wrong(database):
    """SQLite's own judgement. @return "" = nothing"""
    with contextlib.closing(sqlite3.connect(database)) as db:
        try:
            rows = db.execute("PRAGMA integrity_check").fetchall()
        except sqlite3.DatabaseError as why:
            return str(why)
    return "" if rows == [("ok",)] else str(rows[:3])


def start_again(rig, machine, data, is_real=False):
    """On a copy of what the disk holds; `is_real`: by this machine's clock, which is far from the guest's.
    @return the database, answers to a question, exit code, what it said"""
    evening = Evening(rig, machine.broker)
    still = peers.Clock(machine.clock.now.isoformat(timespec="milliseconds"), 0.001)
    if data.exists():  # else the disk kept nothing at all
        shutil.copytree(data, evening.site.folder / "data", dirs_exist_ok=True)
    daemon = peers.Daemon(evening.site, None if is_real else still, wait=False)
    answers = []

    def is_up_or_over():
        with contextlib.suppress(OSError, ValueError):
            answers.append(daemon.get("/api/v1/status"))
        return daemon.p.poll() is not None or answers

    peers.wait_until(is_up_or_over, "it starts, or ends")
    code = daemon.end()
    return evening.site.db, answers, code, daemon.said


def check_after_lie(rig, machine, what, is_real=False):
    data = machine.look("-fy")
    damage = what_is_wrong(shutil.copy(data / "siteward.db", machine.folder / "siteward.db")) if data.exists() else ""
    database, answers, code, said = start_again(rig, machine, data, is_real)
    print(f"after the lie {what}: {damage or 'whole'}; exit {code}: {said.splitlines()[-1:]}", flush=True)
    if code == 0:
        assert answers and not what_is_wrong(database), f"it serves a damaged store: {what_is_wrong(database)}; {said}"
    else:
        assert "siteward.db" in said, f"it does not say what is wrong: {said}"


@pytest.mark.parametrize("n", range(LIES))
def test_a_lying_disk_is_never_served_silently(rig, n):
    moments = random.Random(n)
    machine, _ = bad_machine(rig, "drop_writes", round(moments.uniform(1.5, 4), 3), well_s=n % 2)
    machine.wait(moments.uniform(2, 8))
    machine.cut()
    check_after_lie(rig, machine, n)


@pytest.mark.parametrize("n", range(max(1, LIES // 3)))
def test_a_lying_disk_on_a_machine_whose_clock_steps_is_never_served_silently(rig, n):
    moments = random.Random(1000 + n)
    steps = [{"after": round(moments.uniform(1, 3), 3), "synced": moments.random() < 0.5,
              "by": moments.choice((-1, 1)) * moments.choice((5, 3600, 5 * 86400))} for _ in range(2)]
    machine, _ = bad_machine(rig, "drop_writes", round(moments.uniform(1.5, 4), 3), well_s=n % 2,
                             plan={"rtc": datetime.fromisoformat(EPOCH).timestamp(), "steps": steps})
    peers.wait_until(lambda: machine.printed().count('"did": "clock"') > len(steps) or machine.has_ended(), "the steps")
    try:
        machine.wait(moments.uniform(0.5, 4))
        machine.cut()
    except AssertionError:  # it ended: what it read back from the disk was no store, which is no silence
        assert machine.end() in (65, 74), machine.printed()
    check_after_lie(rig, machine, f"{n}, clock by {[s['by'] for s in steps]} s", is_real=True)


def test_a_disk_that_refuses_to_write_is_told_and_what_was_stored_stays(rig, siteward):
    """What cannot be stored is not sent as stored; live values go on, and an alert tells of it."""
    machine, wall = bad_machine(rig, "error_writes", 3)
    wall.wait_for("gw/gw-7f3a/alert/sw-d001-.*", bool)
    live = len(wall.messages)
    peers.wait_until(lambda: any(m.topic.endswith("/live") for m in wall.messages[live:]), "live values go on")
    sent = [m.body["seq"] for m in wall.messages if m.body and "seq" in m.body]
    machine.cut()
    database, answers, code, said = start_again(rig, machine, machine.look("-fy"))
    assert code == 0 and answers, said
    assert not what_is_wrong(database)
    with contextlib.closing(sqlite3.connect(database)) as db:
        stored = int(db.execute("SELECT value FROM meta WHERE key = 'seq'").fetchone()[0])
    assert stored >= max(sent), f"{max(sent)} was sent and {stored} is the newest number that is stored"
    checked = siteward("verify", database)
    assert checked.code == 0, checked.out + checked.err
