# SPDX-License-Identifier: Apache-2.0
"""An evening on a simulated site with many tickets, for tests that harm the gateway meanwhile, and the comparison of
what a foreign client received with what the store holds, to the last document."""
import contextlib
import json
import re
from collections import defaultdict
from datetime import datetime, timedelta, timezone

import linecheck
import rig as peers

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
%sresponsibility:
  - {unit: 某某建设 项目部, lead: true}
"""


def scenario(turns, units, epoch):
    """Each unit is loud for four minutes in every fifteen, in turn: preventive tickets that are averted, and from 22:00
    on peaks over the night maximum."""
    rows = []
    start = datetime.fromisoformat(epoch)
    for unit in range(1, units + 1):
        rows.append((start - timedelta(minutes=1), unit, {"LAeq": 58, "LAFmax": 62}))
        for turn in range(turns):
            at = start + timedelta(minutes=2.5 * unit + 15 * turn)
            rows.append((at, unit, {"LAeq": 76, "LAFmax": 80}))
            rows.append((at + timedelta(minutes=4), unit, {"LAeq": 58, "LAFmax": 62}))
    return "".join(json.dumps({"at": at.isoformat(), "unit": unit, "set": values, "jitter_db": 1}) + "\n"
                   for at, unit, values in sorted(rows, key=lambda row: row[0]))


class Evening:
    """Site and node of an evening. `wire`: the line on whose side the gateway is; see wire.py. `fill` goes into the
    site file as it is, `platform` are keys beside the broker's address."""

    def __init__(self, rig, broker, *, turns=12, units=UNITS, speed=SPEED, epoch=EPOCH, interval="2s", wire=None,
                 fill="", **platform):
        self.rig = rig
        self.within = wire.at_gateway if wire else ()
        self.clock = peers.Clock(epoch, speed)
        file = rig.folder() / "node.ndjson"
        file.write_text(scenario(turns, units, epoch))
        node = rig.node(file, self.clock, "--tcp", "127.0.0.1:0", within=self.within)
        rows = "".join(f"  gate-{u}: {{template: siteward-node, bus: box-1, address: {u}, interval: {interval}, "
                       f"channels: [noise]}}\n" for u in range(1, units + 1))
        self.site = rig.site(text=SITE % (node.port, rows) + fill)
        keys = {"url": f'"{broker if isinstance(broker, str) else broker.url}"'} | platform
        rows = ", ".join(f"{key}: {value}" for key, value in keys.items())
        self.site.layer(f"platform: {{{rows}}}\n", "20-platform.yaml")

    def daemon(self, **kwargs):
        return self.rig.daemon(self.site, self.clock, within=self.within, **kwargs)

    def note(self, text):
        """A person notes something on a ticket that is on the desk. @return the ticket's id"""
        ticket = self.site.rows("SELECT id FROM ticket ORDER BY changed_us DESC LIMIT 1")[0][0]
        now = self.clock.now.isoformat(timespec="milliseconds")
        command = {"schema": "siteward.cmd/1.0", "id": f"note-{text}", "at": now, "text": text,
                   "by": {"id": "party:wang", "role": "party"}}
        with contextlib.closing(peers.UnixHttp(str(self.site.socket))) as door:
            door.request("POST", f"/api/v1/tickets/{ticket}/note", json.dumps(command))
            answer = door.getresponse()
            said = answer.read()
        assert answer.status == 200, said
        return ticket

    def waiting(self):
        """Documents that nobody has acknowledged yet."""
        return self.site.rows("SELECT count(*) FROM outbox")[0][0]

    def deliver(self):
        """Run with a clock that all but stands until every document was acknowledged."""
        still = peers.Clock(self.clock.now.isoformat(timespec="milliseconds"), 0.001)
        for _ in range(5):
            daemon = self.rig.daemon(self.site, still, within=self.within)
            daemon.wait_connected()
            daemon.wait_drained()
            assert daemon.end() == 0, daemon.said
            if not self.waiting():
                return
        raise AssertionError("the outbox does not empty though nothing new happens")

    def wait_last(self, wall):
        """The subscriber has the newest document."""
        last = self.site.last_seq
        wall.out.wait(lambda m: m.full_topic.startswith(peers.PREFIX) and (m.body or {}).get("seq") == last,
                      f"document {last}")


def check_whole(site, messages, **how):
    """Compare what was received with what the store holds; `how`: of linecheck. @return the ticket documents, in order
    of their numbers, and how many documents of which kind came"""
    assert site.rows("PRAGMA integrity_check") == [("ok",)]
    assert site.rows("PRAGMA foreign_key_check") == []
    line = linecheck.Judgement(messages)
    counts = line.check(site.last_seq, **how)
    tickets = [m.body for m in line.numbered if re.fullmatch("ticket/[^/]+", m.topic)]
    check_tickets(site, tickets)
    check_events(tickets, [m.body for m in line.numbered if re.fullmatch("ticket/[^/]+/event", m.topic)])
    check_windows(site, [m.body for m in line.numbered if "/agg/" in m.topic or "/backfill/" in m.topic])
    return tickets, counts


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
    """One event for each entry of each ticket's history: none lost, none doubled. A long history is shown in part."""
    assert len({e["id"] for e in events}) == len(events)
    seen = defaultdict(list)
    for e in events:
        seen[e["ticket"]].append((e["at"], e["verb"]))
    newest = {d["id"]: d for d in tickets}
    assert {i: len(verbs) for i, verbs in seen.items()} == {i: d["history_total"] for i, d in newest.items()}
    for i, d in newest.items():
        shown = [(h["at"], h["verb"]) for h in d["history"]]
        assert (shown == seen[i]) if len(shown) == d["history_total"] else set(shown) <= set(seen[i]), i


def check_windows(site, documents):
    ids = [d["id"] for d in documents]
    assert len(set(ids)) == len(ids), "a window came under two numbers"
    stored = [f"{sensor}:{period}:{datetime.fromtimestamp(from_us / 1e6, timezone(timedelta(hours=8))).isoformat()}"
              for sensor, period, from_us in site.rows("SELECT sensor, period, from_us FROM window")]
    assert len(set(stored)) == len(stored) and set(stored) == set(ids)
    minutes = defaultdict(list)
    for d in documents:
        if d["period"] == "1m":
            minutes[d["id"].split(":")[0]].append(datetime.fromisoformat(d["from"]))
    for sensor, starts in minutes.items():
        assert starts == [starts[0] + timedelta(minutes=i) for i in range(len(starts))], f"{sensor}: a minute is missing"
