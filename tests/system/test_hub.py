# SPDX-License-Identifier: Apache-2.0
"""siteward-hub between a real broker and two real gateways of simulated sites: killed, cut off, fed with repetitions and
rubbish, it holds in the end what the gateways hold, to the last window, ticket and event, and every number is
accounted for."""
import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import tempfile
import time

import pytest

import rig as peers
import stored
from evening import Evening
from pki import Authority, TlsBroker

ROOT = "siteward/1/310115/"
KILLS = int(os.environ.get("KILLS", "12"))
HUB = """\
version: 1
hub: {id: hub-test, data: data}
broker: {url: "%s", keep_alive: 5s%s}
areas: ["310115"]
"""


class Hub(peers.Process):
    """siteward-hub on a folder, after it told the service manager that it is ready."""

    def __init__(self, folder, broker, more="", wait=True, url=None):
        self.db = folder / "data" / "hub.db"
        file = folder / "hub.yaml"
        file.write_text(HUB % (url or broker.url, more), encoding="utf-8")
        with tempfile.TemporaryDirectory(prefix="sw-", dir="/tmp") as place, \
                socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(f"{place}/notify")
            manager.settimeout(peers.DEADLINE_S)
            super().__init__([peers.program("siteward-hub"), "-c", file], env={"NOTIFY_SOCKET": f"{place}/notify"})
            with self.killed_on_failure():
                while wait and "READY=1" not in manager.recv(4096).decode().split("\n"):
                    pass

    def rows(self, sql, *values):
        with contextlib.closing(stored.connect(f"file:{self.db}?mode=ro", uri=True, timeout=peers.DEADLINE_S)) as db:
            return db.execute(sql, values).fetchall()

    def wait_connected(self):
        self.err.wait(lambda line: ": MQTT " in line, "the hub connects")

    def wait_rows(self, sql, what, *values):
        return peers.wait_until(lambda: self.rows(sql, *values), what)

    def numbers(self, site):
        """Epoch → (low, runs) of a site, as in its row."""
        found = self.rows("SELECT epoch, low, runs FROM source JOIN gateway ON gateway.id = source.gateway JOIN site ON"
                          " site.id = gateway.site WHERE site.site = ?", site)
        return {epoch: (low, runs_of(packed)) for epoch, low, packed in found}


def runs_of(packed):
    """Numbers as hub/seen.h packs them, by other eyes."""
    values, value, shift = [], 0, 0
    for byte in packed:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            values.append(value)
            value = shift = 0
    runs, last = [], 0
    for ahead, length in zip(values[::2], values[1::2]):
        runs.append((last + ahead, last + ahead + length))
        last = runs[-1][1]
    return runs


def publish(broker, topic, document, *options):
    text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
    subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(broker.port), "-q", "1", "-t", topic, "-s", *options],
                   input=text.encode(), check=True, timeout=peers.DEADLINE_S)


def check_same(hub, evening, name):
    """What the hub holds of a site against the gateway's own store."""
    (epoch, (low, runs)), = hub.numbers(name).items()
    assert (low, runs) == (1, [(1, evening.site.last_seq)]), f"numbers of {name} in epoch {epoch}"
    assert not hub.rows("SELECT first, last FROM gap WHERE closed_us IS NULL AND source IN (SELECT source.id FROM source"
                        " JOIN gateway ON gateway.id = source.gateway JOIN site ON site.id = gateway.site WHERE"
                        " site.site = ?)", name)
    check_windows(hub, evening, name)
    return check_tickets(hub, evening, name)


def check_windows(hub, evening, name):
    held = hub.rows("SELECT sensor.sensor, from_us, to_us, window_json(body) FROM window JOIN sensor ON sensor.id ="
                    " window.sensor JOIN site ON site.id = sensor.site WHERE site.site = ?", name)
    got = {json.loads(text)["id"]: (sensor, from_us, to_us, json.loads(text)["values"])
           for sensor, from_us, to_us, text in held}
    assert len(got) == len(held)
    own = {json.loads(text)["id"]: (sensor, from_us, to_us, json.loads(text)["values"]) for sensor, from_us, to_us, text
           in evening.site.rows("SELECT sensor, from_us, to_us, window_json(body) FROM window")}
    assert got == own and own, f"windows: {len(got)} at the hub, {len(own)} at the gateway"


def check_tickets(hub, evening, name):
    own = {row[0]: row[1:] for row in evening.site.rows("SELECT id, revision, status FROM ticket")}
    got = hub.rows("SELECT ticket, revision, status, json FROM ticket JOIN site ON site.id = ticket.site WHERE site.site = ?",
                   name)
    assert {row[0]: row[1:3] for row in got} == own and own
    for ticket, revision, _, text in got:
        document = json.loads(text)
        assert (document["id"], document["revision"]) == (ticket, revision)
        events = hub.rows("SELECT verb, at_us FROM ticket_event JOIN site ON site.id = ticket_event.site WHERE site.site = ?"
                          " AND ticket = ? ORDER BY revision", name, ticket)
        assert len(events) == document["history_total"], ticket
        if len(document["history"]) == document["history_total"]:
            assert [e[0] for e in events] == [h["verb"] for h in document["history"]]
    return len(got)


@pytest.fixture
def broker(rig):
    return rig.broker(folder=rig.folder(), conf=["autosave_interval 1", "max_inflight_messages 0"])


def evenings(rig, broker):
    """Two sites."""
    turns = 12 + KILLS // 2
    first = Evening(rig, broker, turns=turns, units=2)
    second = Evening(rig, broker, turns=turns, units=2)
    second.site.layer("site: {id: pd-0043}\ngateway: {id: gw-b}\n", "80-second.yaml")
    return first, second


def test_what_two_gateways_hold_the_hub_holds_after_kills_and_a_broker_that_restarts(rig, broker):
    folder = rig.folder()
    hub = rig.add(Hub(folder, broker))
    hub.wait_connected()
    sites = evenings(rig, broker)
    daemons = [e.daemon() for e in sites]
    hub.wait_rows("SELECT 1 FROM ticket", "a ticket comes")
    seed = int(os.environ.get("SITEWARD_SEED", "20260302"))
    print(f"SITEWARD_SEED={seed} KILLS={KILLS}")
    moments = random.Random(seed)
    for _ in range(KILLS):
        with contextlib.suppress(subprocess.TimeoutExpired):
            hub.p.wait(moments.uniform(0.05, 1.5))  # from its first instructions on
        hub.p.send_signal(signal.SIGKILL)
        assert hub.end() == -signal.SIGKILL, hub.said
        hub = rig.add(Hub(folder, broker, wait=False))
    before = hub.rows("SELECT count(*) FROM window")[0][0]
    hub.wait_rows("SELECT 1 WHERE (SELECT count(*) FROM window) > ?", "windows come again", before + 4)
    assert broker.end() == 0
    hub.err.wait(lambda line: "the broker keeps what comes" in line, "the hub notices that the broker is gone")
    broker = rig.add(broker.again())
    known = hub.rows("SELECT count(*) FROM window")[0][0]
    hub.wait_rows("SELECT 1 WHERE (SELECT count(*) FROM window) > ?", "windows come again", known + 4)
    for daemon in daemons:
        assert daemon.end() == 0, daemon.said
    for evening in sites:
        evening.deliver()
    for evening, name in zip(sites, ("pd-0042", "pd-0043")):
        peers.wait_until(lambda: [r[1] for r in hub.numbers(name).values()] == [[(1, evening.site.last_seq)]],
                         f"every number of {name} is accounted for")
    assert hub.end() == 0, hub.said
    tickets = [check_same(hub, evening, name) for evening, name in zip(sites, ("pd-0042", "pd-0043"))]
    print(tickets, hub.rows("SELECT count(*) FROM window"), hub.rows("SELECT count(*) FROM gap"))
    assert hub.rows("PRAGMA integrity_check") == [("ok",)]
    assert hub.rows("PRAGMA foreign_key_check") == []


def window(seq, minute, period="1m"):
    return {"schema": "siteward.agg/1.0", "ts": f"2026-03-02T10:{minute:02}:01.000+08:00",
            "id": f"gate-noise:{period}:2026-03-02T10:{minute:02}:00+08:00", "gw": "gw-x", "epoch": "e1", "seq": seq,
            "quantity": "LAeq", "from": f"2026-03-02T10:{minute:02}:00.000+08:00",
            "to": f"2026-03-02T10:{minute + 1:02}:00.000+08:00", "period": period, "historical": False,
            "values": {"LAeq": 61.8}, "unit": "dBA"}


def status(state, boot, ts=True):
    document = {"schema": "siteward.status/1.0", "state": state, "boot": boot, "since": "2026-03-02T10:00:00.000+08:00"}
    return document | ({"ts": "2026-03-02T10:00:00.000+08:00"} if ts else {})


@pytest.fixture
def fed(rig, broker):
    """A hub that a test feeds by hand: (hub, send)."""
    hub = rig.add(Hub(rig.folder(), broker))
    hub.wait_connected()
    publish(broker, ROOT + "pd-0001/sensor/gate-noise/agg/1m", window(10, 10))
    hub.wait_rows("SELECT 1 FROM window", "the first window is kept")
    yield hub, lambda topic, document, *options: publish(broker, ROOT + "pd-0001/" + topic, document, *options)
    assert hub.end() == 0, hub.said


def test_repetitions_change_nothing(fed):
    hub, send = fed
    for _ in range(3):
        send("sensor/gate-noise/agg/1m", window(10, 10))
        send("sensor/gate-noise/backfill/1m", window(10, 10) | {"historical": True})
    send("sensor/gate-noise/agg/1m", window(11, 11))
    hub.wait_rows("SELECT 1 WHERE (SELECT count(*) FROM window) = 2", "the next window is kept")
    assert hub.numbers("pd-0001") == {"e1": (10, [(10, 11)])}


def test_a_gap_is_marked_and_closed_when_what_was_missing_comes(fed):
    hub, send = fed
    send("sensor/gate-noise/agg/1m", window(14, 14))
    hub.wait_rows("SELECT 1 FROM gap WHERE (first, last) = (11, 13) AND closed_us IS NULL", "the gap is marked")
    for seq in (12, 11, 13):
        send("sensor/gate-noise/backfill/1m", window(seq, seq))
    hub.wait_rows("SELECT 1 FROM gap WHERE closed_us IS NOT NULL", "the gap is closed")
    assert hub.rows("SELECT count(*) FROM gap WHERE closed_us IS NULL") == [(0,)]


def test_numbers_that_a_gap_document_names_are_not_missing(fed):
    hub, send = fed
    gap = {"schema": "siteward.gap/1.0", "ts": "2026-03-02T10:20:00.000+08:00", "gw": "gw-x", "epoch": "e1", "seq": 14,
           "from": 11, "to": 13, "ranges": [[11, 11], [13, 13]], "n": 2, "class": "window-1m", "reason": "shed"}
    send("gw/gw-x/gap", gap)
    hub.wait_rows("SELECT 1 FROM gap WHERE (first, last) = (12, 12) AND closed_us IS NULL", "what it does not name is marked")
    assert hub.rows("SELECT count(*) FROM gap") == [(1,)]
    assert hub.rows("SELECT class, reason FROM shed") == [("window-1m", "shed")]


def test_what_is_wrong_costs_itself_and_is_told_by_gateway(fed):
    hub, send = fed
    send("sensor/gate-noise/agg/1m", "{nonsense")
    send("sensor/gate-noise/agg/1m", window(11, 11) | {"seq": "eleven"})
    send("sensor/GATE/agg/1m", window(11, 11))
    send("sensor/gate-noise/agg/1h", window(11, 11))
    send("no/topic/of/ours", {})
    send("sensor/gate-noise/agg/1m", window(12, 12))
    hub.wait_rows("SELECT 1 WHERE (SELECT count(*) FROM window) = 2", "the good one after them is kept")
    hub.wait_rows("SELECT 1 FROM gap WHERE (first, last) = (11, 11)", "what was refused is missing")
    assert hub.end() == 0
    assert "5 refused" in hub.said


def test_the_will_of_an_older_boot_does_not_mark_a_newer_one(fed):
    hub, send = fed
    state = "SELECT state, boot FROM gateway WHERE gw = 'gw-x'"
    send("gw/gw-x/status", status("ready", "BOOT1"), "-r")
    send("gw/gw-x/status", status("ready", "BOOT2"), "-r")
    send("gw/gw-x/status", status("lost", "BOOT1", ts=False), "-r")
    send("sensor/gate-noise/agg/1m", window(11, 11))
    hub.wait_rows("SELECT 1 WHERE (SELECT count(*) FROM window) = 2", "what follows is kept")
    assert hub.rows(state) == [("ready", "BOOT2")]
    send("gw/gw-x/status", status("lost", "BOOT2", ts=False), "-r")
    hub.wait_rows("SELECT 1 FROM gateway WHERE state = 'lost' AND state_us > 0", "its own will counts")


def test_a_gateway_that_is_killed_is_lost_by_its_will(rig, broker):
    hub = rig.add(Hub(rig.folder(), broker))
    hub.wait_connected()
    evening = Evening(rig, broker, units=1, version="\"3.1.1\"")  # there a will has no delay
    daemon = evening.daemon()
    hub.wait_rows("SELECT 1 FROM gateway WHERE state = 'ready'", "the gateway is there")
    before = time.time() * 1e6
    daemon.p.send_signal(signal.SIGKILL)
    assert daemon.end() == -signal.SIGKILL
    (stamp,), = hub.wait_rows("SELECT state_us FROM gateway WHERE state = 'lost'", "its will comes")
    assert before <= stamp <= time.time() * 1e6, "the time of a will is that of its receipt"
    daemon = evening.daemon()
    hub.wait_rows("SELECT 1 FROM gateway WHERE state = 'ready'", "it is back")
    assert hub.end() == 0, hub.said


def test_a_broker_of_the_older_version_is_served_too(rig):
    broker = rig.broker()
    hub = rig.add(Hub(rig.folder(), broker, ", version: \"3.1.1\""))
    hub.err.wait(lambda line: "MQTT 3.1.1" in line, "it connects")
    publish(broker, ROOT + "pd-0001/sensor/gate-noise/agg/1m", window(10, 10))
    hub.wait_rows("SELECT 1 FROM window", "a window is kept")
    assert hub.end() == 0, hub.said


class Secure:
    """A broker that asks for certificates, and what the hub shows."""

    def __init__(self, rig):
        self.rig, self.folder = rig, rig.folder()
        self.ca = Authority(self.folder, "root")
        self.cert, self.key = self.ca.issue("hub-test")

    def broker(self, ca, *names):
        cert, key = ca.issue("broker", *names)
        return self.rig.add(TlsBroker(f"cafile {self.ca.cert}", f"certfile {cert}", f"keyfile {key}",
                                      "require_certificate true"))

    def hub(self, broker, more=None):
        own = f", ca_file: {self.ca.cert}" + (f", cert_file: {self.cert}, key_file: {self.key}" if more is None else more)
        return self.rig.add(Hub(self.rig.folder(), broker, own, url=f"mqtts://localhost:{broker.secure_port}"))


def test_over_tls_with_certificates_on_both_sides(rig):
    secure = Secure(rig)
    broker = secure.broker(secure.ca, "DNS:localhost")
    hub = secure.hub(broker)
    hub.wait_connected()
    publish(broker, ROOT + "pd-0001/sensor/gate-noise/agg/1m", window(10, 10))
    hub.wait_rows("SELECT 1 FROM window", "a window is kept")
    assert hub.end() == 0, hub.said


@pytest.mark.parametrize("case, words", [("another-name", "its certificate is for another name; see the name in broker.url"),
                                         ("another-root", "its certificate is not accepted; see that broker.ca_file"),
                                         ("no-certificate-of-ours", "see that broker.cert_file")])
def test_without_the_right_certificate_there_is_no_connection(rig, case, words):
    secure = Secure(rig)
    ca = Authority(secure.folder, "stranger") if case == "another-root" else secure.ca
    broker = secure.broker(ca, "DNS:broker.example" if case == "another-name" else "DNS:localhost")
    hub = secure.hub(broker, "" if case == "no-certificate-of-ours" else None)
    hub.err.wait(lambda line: words in line, "it says why it cannot connect")
    publish(broker, ROOT + "pd-0001/sensor/gate-noise/agg/1m", window(10, 10))
    hub.err.wait(lambda line: "the broker keeps" in line, "and goes on trying")
    assert hub.rows("SELECT count(*) FROM window") == [(0,)]
    assert ": MQTT " not in hub.said
    assert hub.end() == 0, hub.said


def test_only_one_hub_has_a_store(rig, broker):
    folder = rig.folder()
    rig.add(Hub(folder, broker))
    second = peers.Process([peers.program("siteward-hub"), "-c", folder / "hub.yaml"])
    assert second.wait() == 75
    assert "used by another hub" in second.said
