# SPDX-License-Identifier: Apache-2.0
"""The gateway's own store, replayed with the configuration that it kept, gives the published documents again: byte for
byte, but for what only the delivery adds. A simulated evening over a real line, a `kill -9` and a restart in the middle,
and a foreign client that keeps the bytes."""
import itertools
import json
import re
import signal
import sqlite3
import subprocess
from collections import Counter
from datetime import datetime, timedelta

import pytest

import rig as peers

SPEED = 60
EPOCH = "2026-03-02T21:35:00+08:00"
UNITS = 3

SITE = """\
version: 1
site:
  id: pd-0042
  area: "310115"
  timezone: Asia/Shanghai
  packs: [cn-gb12523-2025, cn-sh-db31-964-2016]
gateway: {id: gw-7f3a}
store: {commit: 200ms}
buses:
  box-1: {kind: tcp, host: 127.0.0.1, port: %d}
devices:
%s
schedule: {files: [hours.ics]}
responsibility:
  - {unit: 某某建设 项目部, lead: true}
"""
HOURS = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
BEGIN:VEVENT
UID:hours
DTSTART;TZID=Asia/Shanghai:20260101T060000
DURATION:%s
RRULE:FREQ=DAILY
END:VEVENT
END:VCALENDAR
"""
# What the outbox adds when a document is sent: its number, and whether it waited.
DELIVERY = re.compile(r'"epoch":"[a-z2-7]{8}","seq":\d+,?|"historical":(?:true|false),?')
KINDS = re.compile(r"sensor/[^/]+/(?:agg|backfill)/[a-z0-9]+|sensor/[^/]+/event|ticket/[^/]+|ticket/[^/]+/event")
STATES = re.compile(r"sensor/[^/]+/state")


def scenario():
    """Loud in turn: preventive tickets before 22:00 and tickets after it; and a meter that falls silent."""
    start = datetime.fromisoformat(EPOCH)
    rows = []
    for unit in range(1, UNITS + 1):
        rows.append((start - timedelta(minutes=1), unit, {"LAeq": 52, "LAFmax": 58}))
        for turn in range(6):
            at = start + timedelta(minutes=3 * unit + 12 * turn)
            rows.append((at, unit, {"LAeq": 71 + 3 * unit, "LAFmax": 78 + 3 * unit}))
            rows.append((at + timedelta(minutes=4), unit, {"LAeq": 52, "LAFmax": 58}))
    return "".join(json.dumps({"at": at.isoformat(), "unit": unit, "set": values, "jitter_db": 2}) + "\n"
                   for at, unit, values in sorted(rows, key=lambda row: row[0]))


class Bytes(peers.Process):
    """mosquitto_sub that keeps each payload as it came."""

    ids = itertools.count()

    def __init__(self, broker):
        mark = f"rig/bytes/{next(self.ids)}"
        subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(broker.port), "-r", "-q", "1", "-t", mark,
                        "-m", "{}"], check=True, timeout=peers.DEADLINE_S)
        super().__init__(["mosquitto_sub", "-h", "127.0.0.1", "-p", broker.port, "-V", "mqttv5", "-q", "1", "-F",
                          "%t\t%p", "-t", peers.PREFIX + "#", "-t", mark], take=lambda line: line.split("\t", 1))
        with self.killed_on_failure():
            self.out.wait(lambda m: m[0] == mark, "mosquitto_sub does not subscribe")

    def documents(self, kinds):
        """(topic, payload without what the delivery added) of each message; the same number twice counts once."""
        seen, found = set(), []
        for topic, payload in self.out.snapshot():
            topic = topic.removeprefix(peers.PREFIX)
            seq = re.search(r'"seq":(\d+)', payload)
            if not kinds.fullmatch(topic) or (seq and seq[1] in seen):
                continue
            seen.add(seq[1] if seq else None)
            found.append((topic, DELIVERY.sub("", payload)))
        return found


class Evening:
    def __init__(self, rig, speed=SPEED):
        self.rig = rig
        self.broker = rig.broker()
        self.wall = rig.add(Bytes(self.broker))
        self.clock = peers.Clock(EPOCH, speed)
        file = rig.folder() / "node.ndjson"
        file.write_text(scenario())
        node = rig.node(file, self.clock, "--tcp", "127.0.0.1:0")
        self.site = rig.site(text=SITE % (node.port, "\n".join(
            f"  gate-{u}: {{template: siteward-node, bus: box-1, address: {u}, interval: 1s, channels: [noise]}}"
            for u in range(1, UNITS + 1))))
        self.site.connect(self.broker)
        self.publish("PT16H")

    def publish(self, duration):
        (self.site.folder / "hours.ics").write_text(HOURS % duration)

    def daemon(self):
        return self.rig.daemon(self.site, self.clock)

    def wait_time(self, text):
        """Until the gateway's windows have got there."""
        until = datetime.fromisoformat(f"2026-03-02T{text}:00+08:00")

        def is_there(message):
            if not message[0].endswith("/agg/1m"):
                return False
            return datetime.fromisoformat(json.loads(message[1])["to"]) >= until

        self.wall.out.wait(is_there, f"a minute that ends at {text}")

    def deliver(self):
        """Run with a clock that all but stands until every document was acknowledged."""
        still = peers.Clock(self.clock.now.isoformat(timespec="milliseconds"), 0.001)
        daemon = self.rig.daemon(self.site, still)
        daemon.wait_connected()
        daemon.wait_drained()
        last = self.site.last_seq  # the checkpoint of the stop comes after it, and waits for the next start
        assert daemon.end() == 0, daemon.said
        self.wall.out.wait(lambda m: f'"seq":{last},' in m[1], f"document {last}")

    def replay(self, *args):
        done = subprocess.run([peers.program("siteward"), "replay", "--store", str(self.site.folder / "data"), *args],
                              capture_output=True, timeout=peers.DEADLINE_S)
        assert done.returncode == 0, done.stderr.decode()
        found = []
        for line in done.stdout.decode().splitlines():
            head, payload = line.split(',"payload":', 1)
            found.append((json.loads(head + "}")["topic"], payload[:-1]))
        return found


class Platform:
    """Sends a command now and then, as the hotline would, without waiting for answers."""

    def __init__(self, evening):
        self.evening = evening
        self.n = 0

    def publish(self, topic, schema, role, **more):
        self.n += 1
        document = {"schema": schema, "id": f"d-{self.n}", "by": {"id": f"{role}:1", "role": role},
                    "at": self.evening.clock.now.isoformat(timespec="milliseconds")} | more
        subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.evening.broker.port), "-V", "mqttv5", "-q",
                        "1", "-t", peers.PREFIX + topic, "-m", json.dumps(document)], check=True,
                       timeout=peers.DEADLINE_S)
        return document["id"]

    def ticket(self):
        """The newest open ticket that was published."""
        found = [json.loads(p) for t, p in self.evening.wall.out.snapshot()
                 if re.fullmatch(peers.PREFIX + "ticket/[^/]+", t) and p]
        return [d for d in found if d["status"] in ("open", "dispatched", "accepted", "in_progress")][-1]["id"]

    def work(self):
        """A few commands, a refused one, a complaint; all of them taken."""
        peers.wait_until(lambda: any(re.fullmatch(peers.PREFIX + "ticket/[^/]+", t)
                                     for t, _ in self.evening.wall.out.snapshot()), "a ticket")
        ticket = self.ticket()
        occurred = (self.evening.clock.now - timedelta(minutes=2)).isoformat(timespec="milliseconds")
        ids = [self.publish(f"cmd/ticket/{ticket}/note", "siteward.cmd/1.0", "officer", text="混凝土"),
               self.publish(f"cmd/ticket/{ticket}/ack", "siteward.cmd/1.0", "officer"),
               self.publish(f"cmd/ticket/{ticket}/close", "siteward.cmd/1.0", "party", revision=1),
               self.publish("cmd/complaint", "siteward.complaint/1.0", "agent", service_request_id=f"12345-{self.n}",
                            service_code="noise.construction", occurred={"at": occurred, "window": "PT2M"},
                            caller_ref="h:" + "6c" * 16)]
        peers.wait_until(lambda: set(ids) <= {row[0] for row in self.evening.site.rows("SELECT id FROM command")},
                         "every command is recorded")


def without_superseded(evening, published, extra):
    """A revision of a ticket that a newer one replaced before it was sent is no fault: its number is named."""
    named = sum(json.loads(p)["n"] for t, p in evening.wall.documents(re.compile("gw/[^/]+/gap"))
                if json.loads(p)["reason"] == "superseded")
    newest = {}
    for topic, payload in published:
        if re.fullmatch("ticket/[^/]+", topic):
            newest[topic] = max(newest.get(topic, 0), json.loads(payload)["revision"])
    replaced = Counter({d: n for d, n in extra.items() if json.loads(d[1]).get("revision", 0) < newest.get(d[0], 0)})
    assert sum(replaced.values()) <= named, f"{sum(replaced.values())} revisions never came, {named} numbers are named"
    return extra - replaced


def compare(evening, replayed):
    """Everything that was published, in the order of each topic, and nothing else. What waited comes on a topic of its
    own."""
    came = evening.wall.documents(KINDS)
    published = [(t.replace("/backfill/", "/agg/"), p) for t, p in came]
    again = [d for d in replayed if KINDS.fullmatch(d[0])]
    missing = Counter(published) - Counter(again)
    extra = without_superseded(evening, published, Counter(again) - Counter(published))
    assert not missing and not extra, f"{sum(missing.values())} are not replayed, {sum(extra.values())} never were " \
        f"published:\n{list(missing)[:3]}\n{list(extra)[:3]}"
    for topic in {t for t, _ in came}:
        said = {p for t, p in came if t == topic}
        assert [p for t, p in came if t == topic] == \
            [p for t, p in again if t == topic.replace("/backfill/", "/agg/") and p in said], f"{topic}: other order"
    return published


@pytest.fixture
def evening(rig):
    return Evening(rig)


def test_the_store_gives_the_published_documents_again(evening):
    daemon = evening.daemon()
    evening.wait_time("21:46")
    assert daemon.end(signal.SIGKILL) == -signal.SIGKILL
    daemon = evening.daemon()
    evening.wait_time("21:51")
    evening.publish("PT15H45M")  # work until 21:45 only
    daemon.p.send_signal(signal.SIGHUP)
    evening.wait_time("21:58")
    assert daemon.end() == 0, daemon.said
    daemon = evening.daemon()
    evening.wait_time("22:14")
    assert daemon.end(signal.SIGKILL) == -signal.SIGKILL
    evening.deliver()

    replayed = evening.replay()
    published = compare(evening, replayed)
    kinds = Counter(json.loads(p)["schema"] for _, p in published)
    assert kinds["siteward.agg/1.0"] > 90 and kinds["siteward.ticket/1.0"] > 4 and kinds["siteward.ticket-event/1.0"] > 4

    for learnt in ("model", "detect"):
        assert len(evening.site.rows(f"SELECT 1 FROM rule_state WHERE rule = '{learnt}'")) == UNITS
    assert len(evening.site.rows("SELECT revision FROM schedule")) == 2
    schedules = [json.loads(p) for t, p in replayed if t == "schedule"]
    assert [d["revision"] for d in schedules] == [1, 2]

    states = [d for d in replayed if STATES.fullmatch(d[0])]
    seen = set(evening.wall.documents(STATES))
    assert states
    # A state is retained: one that a newer one overtakes before it is sent, or that changes while the broker is not
    # connected yet, is not published. All others are.
    lost = [d for d in states if d not in seen]
    assert len(lost) < len(states) / 4, lost[:3]


def test_commands_and_complaints_of_the_store_are_given_again(evening):
    platform = Platform(evening)
    daemon = evening.daemon()
    evening.wait_time("21:45")
    platform.work()
    evening.wait_time("21:50")
    assert daemon.end(signal.SIGKILL) == -signal.SIGKILL
    daemon = evening.daemon()
    evening.wait_time("22:04")
    platform.work()
    evening.wait_time("22:08")
    assert daemon.end() == 0, daemon.said
    evening.deliver()
    published = compare(evening, evening.replay())
    verbs = Counter(json.loads(p)["verb"] for t, p in published if t.endswith("/event") and t.startswith("ticket/"))
    assert verbs["note"] >= 2 and verbs["ack"] >= 2 and "close" not in verbs, verbs
    assert len(evening.site.rows("SELECT 1 FROM command")) == 8


def test_the_same_store_gives_the_same_bytes_and_knows_its_configuration(evening):
    daemon = evening.daemon()
    evening.wait_time("21:44")
    assert daemon.end() == 0, daemon.said
    first = evening.replay()
    assert first == evening.replay()
    by_hand = evening.replay("-c", str(evening.site.file))
    assert by_hand == first
    evening.site.layer("site: {name: 改名}\n", "80-name.yaml")  # a later configuration is no matter of that evening
    assert evening.replay() == first
    sha = evening.site.rows("SELECT config FROM run")
    assert len(sha) == 1 and evening.site.rows("SELECT sha256 FROM config") == sha


def test_a_store_that_cannot_be_replayed_says_why(evening, rig):
    def refuse(*args):
        done = subprocess.run([peers.program("siteward"), "replay", *args], capture_output=True, text=True,
                              timeout=peers.DEADLINE_S)
        assert done.returncode == 1 and not done.stdout
        return done.stderr

    assert "siteward.db" in refuse("--store", str(rig.folder()))
    assert "leave out --readings" in refuse("--store", "x", "--readings", "y")
    daemon = evening.daemon()
    evening.wait_time("21:37")
    assert daemon.end() == 0, daemon.said
    with sqlite3.connect(evening.site.db) as db:
        db.execute("DELETE FROM config")
    assert "name them by -c" in refuse("--store", str(evening.site.folder / "data"))
