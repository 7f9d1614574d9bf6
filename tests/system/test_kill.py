# SPDX-License-Identifier: Apache-2.0
"""What must survive: `kill -9` of the gateway at random moments, and a broker that goes away and comes back. A simulated
evening with many tickets runs on through it all while a foreign client collects. At the end the clock is slowed until
nothing new happens, so that what was received can be compared with what the store holds, to the last document.

The moments are random from $SITEWARD_SEED (default below); a failure prints the seed."""
import contextlib
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import time
from collections import defaultdict
from datetime import datetime, timedelta

import pytest

import rig as peers

KILLS = 20
UNITS = 6
SPEED = 120
EPOCH = "2026-03-02T20:50:00+08:00"
ENDED = ("closed", "averted", "withdrawn")

SITE = """\
version: 1
site:
  id: pd-0042
  area: "310115"
  name: 丁香路 12-3 地块
  location: {lat: 31.2237, lon: 121.5441}
  timezone: Asia/Shanghai
  packs: [cn-gb12523-2025]
gateway: {id: gw-7f3a}
store: {commit: 200ms}
buses:
  box-1: {kind: tcp, host: 127.0.0.1, port: %d}
devices:
%s
responsibility:
  - {unit: 某某建设 项目部, lead: true}
"""


def scenario():
    """Each unit is loud for four minutes in every fifteen, in turn: preventive tickets that are averted, and from 22:00
    on peaks over the night maximum."""
    rows = []
    start = datetime.fromisoformat(EPOCH)
    for unit in range(1, UNITS + 1):
        rows.append((start - timedelta(minutes=1), unit, {"LAeq": 58, "LAFmax": 62}))
        for turn in range(12):
            at = start + timedelta(minutes=2.5 * unit + 15 * turn)
            rows.append((at, unit, {"LAeq": 76, "LAFmax": 80}))
            rows.append((at + timedelta(minutes=4), unit, {"LAeq": 58, "LAFmax": 62}))
    return "".join(json.dumps({"at": at.isoformat(), "unit": unit, "set": values, "jitter_db": 1}) + "\n"
                   for at, unit, values in sorted(rows, key=lambda row: row[0]))


class Evening:
    def __init__(self, rig, broker):
        self.rig = rig
        self.clock = peers.Clock(EPOCH, SPEED)
        file = rig.folder() / "node.ndjson"
        file.write_text(scenario())
        node = rig.node(file, self.clock, "--tcp", "127.0.0.1:0")
        self.site = rig.site(text=SITE % (node.port, "\n".join(
            f"  gate-{u}: {{template: siteward-node, bus: box-1, address: {u}, interval: 2s, channels: [noise]}}"
            for u in range(1, UNITS + 1))))
        self.site.connect(broker)

    def daemon(self, **kwargs):
        return self.rig.daemon(self.site, self.clock, **kwargs)

    def deliver(self):
        """Run with a clock that all but stands until every document was acknowledged."""
        still = peers.Clock(self.clock.now.isoformat(timespec="milliseconds"), 0.001)
        for _ in range(5):
            daemon = self.rig.daemon(self.site, still)
            daemon.wait_connected()
            daemon.wait_drained()
            assert daemon.end() == 0, daemon.said
            if not self.site.rows("SELECT 1 FROM outbox LIMIT 1"):
                return
        pytest.fail("the outbox does not empty though nothing new happens")


def check_whole(site, messages):
    """Compare what was received with what the store holds. @return the ticket documents, in order of their numbers"""
    assert site.rows("PRAGMA integrity_check") == [("ok",)]
    assert site.rows("PRAGMA foreign_key_check") == []
    by_seq = {}
    for m in messages:
        assert not peers.faults_of(peers.contract_of(m.topic)[0], m.body), m
        if "seq" in m.body:  # QoS 1: the same number may come again, but then it is the same document
            first = by_seq.setdefault(m.body["seq"], m)
            assert (first.topic, first.body) == (m.topic, m.body), f"two documents with the number {m.body['seq']}"
    lost = set(range(1, site.last_seq + 1)) - set(by_seq)
    assert not lost and max(by_seq) == site.last_seq, f"numbers that never came: {sorted(lost)[:10]}"
    numbered = [by_seq[seq] for seq in sorted(by_seq)]
    assert len({m.body["epoch"] for m in numbered}) == 1
    tickets = [m.body for m in numbered if re.fullmatch("ticket/[^/]+", m.topic)]
    check_tickets(site, tickets)
    check_events(tickets, [m.body for m in numbered if re.fullmatch("ticket/[^/]+/event", m.topic)])
    check_windows(site, [m.body for m in numbered if "/agg/" in m.topic])
    return tickets


def check_tickets(site, documents):
    stored = {row[0]: row[1:] for row in site.rows("SELECT id, revision, status, matter_key FROM ticket")}
    newest, open_of = {}, defaultdict(set)
    for d in documents:
        if d["id"] in newest:
            assert d["revision"] > newest[d["id"]]["revision"], f"a revision runs backwards: {d}"
        newest[d["id"]] = d
        (open_of[d["matter_key"]].discard if d["status"] in ENDED else open_of[d["matter_key"]].add)(d["id"])
        assert len(open_of[d["matter_key"]]) <= 1, f"two tickets of one matter: {open_of[d['matter_key']]}"
    assert {i: (d["revision"], d["status"], d["matter_key"]) for i, d in newest.items()} == stored
    numbers = [d["number"] for d in newest.values()]
    assert len(set(numbers)) == len(numbers), f"a ticket number was given twice: {sorted(numbers)}"


def check_events(tickets, events):
    """One event for each entry of each ticket's history: none lost, none doubled."""
    assert len({e["id"] for e in events}) == len(events)
    seen = defaultdict(list)
    for e in events:
        seen[e["ticket"]].append((e["at"], e["verb"]))
    newest = {d["id"]: d for d in tickets}
    assert all(d["history_total"] == len(d["history"]) for d in newest.values())
    assert seen == {i: [(h["at"], h["verb"]) for h in d["history"]] for i, d in newest.items()}


def check_windows(site, documents):
    ids = [d["id"] for d in documents]
    assert len(set(ids)) == len(ids), "a window came under two numbers"
    stored = [json.loads(row[0])["id"] for row in site.rows("SELECT json FROM window")]
    assert len(set(stored)) == len(stored) and set(stored) == set(ids)
    minutes = defaultdict(list)
    for d in documents:
        if d["period"] == "1m":
            minutes[d["id"].split(":")[0]].append(datetime.fromisoformat(d["from"]))
    assert len(minutes) == UNITS
    for sensor, starts in minutes.items():
        assert starts == [starts[0] + timedelta(minutes=i) for i in range(len(starts))], f"{sensor}: a minute is missing"


def check_copy(site, folder):
    """The file as the kill left it, with its log, opens clean."""
    shutil.rmtree(folder / "copy", ignore_errors=True)
    (folder / "copy").mkdir()
    for suffix in ("", "-wal"):
        if os.path.exists(f"{site.db}{suffix}"):
            shutil.copy(f"{site.db}{suffix}", folder / "copy")
    if not (folder / "copy" / site.db.name).exists():
        return
    with contextlib.closing(sqlite3.connect(folder / "copy" / site.db.name)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_twenty_kills_lose_no_ticket_and_double_none(rig, siteward):
    seed = int(os.environ.get("SITEWARD_SEED", "20260302"))
    print(f"SITEWARD_SEED={seed}")
    moments = random.Random(seed)
    broker = rig.broker()
    wall = rig.subscriber(broker, client_id="wall")
    evening = Evening(rig, broker)
    folder = rig.folder()
    for kill in range(KILLS):
        daemon = evening.daemon(wait=False)
        after_s = moments.uniform(0.02, 2.4)  # from its first instructions on
        print(f"kill {kill + 1} after {after_s:.3f} s, at {evening.clock.now}")
        with contextlib.suppress(Exception):
            daemon.p.wait(after_s)
        assert daemon.p.poll() is None, f"it ended by itself: {daemon.said}"
        assert daemon.end(signal.SIGKILL) == -signal.SIGKILL
        check_copy(evening.site, folder)
    evening.deliver()
    checked = siteward("verify", evening.site.db)
    assert checked.code == 0, checked.out + checked.err
    last = evening.site.last_seq
    wall.out.wait(lambda m: m.full_topic.startswith(peers.PREFIX) and (m.body or {}).get("seq") == last, f"document {last}")
    wall.wait_for("gw/gw-7f3a/status", lambda d: d["state"] == "stopped")
    tickets = check_whole(evening.site, wall.messages)
    boots = {m.body["boot"] for m in wall.messages if m.topic == "gw/gw-7f3a/status"}
    assert len(boots) > KILLS / 2, "most runs lived long enough to reach the broker"
    assert len({d["id"] for d in tickets}) >= UNITS, "an evening without tickets proves nothing"
    assert {"forecast", "exceeded"} <= {d["stage"] for d in tickets}


def test_a_broker_that_restarts_loses_nothing(rig):
    """The broker keeps sessions and messages on its disk, so what it acknowledged it still owes to the subscriber."""
    broker = rig.broker(folder=rig.folder())
    wall = rig.subscriber(broker, client_id="wall")
    evening = Evening(rig, broker)
    daemon = evening.daemon()
    seen, known = [], 0
    for _ in range(2):
        wall.wait_for("ticket/[^/]+", lambda d: d["seq"] > known)
        assert broker.end() == 0
        wall.end(signal.SIGKILL)
        seen += wall.messages
        waiting = "SELECT count(*) FROM outbox"
        before = evening.site.rows(waiting)[0][0]
        peers.wait_until(lambda: evening.site.rows(waiting)[0][0] > before + UNITS, "documents wait in the outbox")
        broker = rig.add(broker.again())
        wall = rig.subscriber(broker, client_id="wall")
        daemon.wait_connected()
        known = evening.site.last_seq
    assert daemon.end() == 0, daemon.said
    evening.deliver()
    last = evening.site.last_seq
    wall.out.wait(lambda m: m.full_topic.startswith(peers.PREFIX) and (m.body or {}).get("seq") == last, f"document {last}")
    tickets = check_whole(evening.site, seen + wall.messages)
    assert tickets


def test_what_the_broker_did_not_acknowledge_stays_in_the_outbox(rig):
    """A broker that is stopped in its tracks takes bytes and answers nothing: sent is not delivered."""
    broker = rig.broker()
    wall = rig.subscriber(broker)
    evening = Evening(rig, broker)
    daemon = evening.daemon()
    wall.wait_for("sensor/gate-1-noise/agg/1m")

    broker.p.send_signal(signal.SIGSTOP)
    try:
        known = evening.site.last_seq
        peers.wait_until(lambda: evening.site.last_seq >= known + 6 * UNITS, "more documents")
        newer = set(range(known + 1, evening.site.last_seq + 1))
        gone = newer - {row[0] for row in evening.site.rows("SELECT seq FROM outbox")}
    finally:
        broker.p.send_signal(signal.SIGCONT)
    assert not gone, f"gone without an answer: {sorted(gone)}"
    assert daemon.end() == 0, daemon.said
    evening.deliver()
    last = evening.site.last_seq
    wall.out.wait(lambda m: m.full_topic.startswith(peers.PREFIX) and (m.body or {}).get("seq") == last, f"document {last}")
    check_whole(evening.site, wall.messages)
