# SPDX-License-Identifier: Apache-2.0
"""sitewardd as an administrator meets it: what it refuses and how it says so, what goes on when broker or device are
gone, what it answers over HTTP, and what a restart keeps."""
import json
import os
import re
import signal
import sqlite3
import subprocess

import pytest

import rig as peers

EX_CONFIG = 78
EX_TEMPFAIL = 75  # the service manager tries again
NOON = "2026-03-02T12:00:00+08:00"
LATE = "2026-03-02T22:10:00+08:00"

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
  north-gate: {template: siteward-node, bus: box-1, address: 1, name: 北门, interval: 1s, channels: [noise]}
responsibility:
  - {unit: 某某建设 项目部, lead: true}
"""
# A peak of 90 dB is over the night maximum of 70 at once: a ticket with the first reading.
BANG = '{"at":"2026-03-02T00:00:00+08:00","unit":1,"set":{"LAeq":50,"LAFmax":90}}\n'
CALM = '{"at":"2026-03-02T00:00:00+08:00","unit":1,"set":{"LAeq":50,"LAFmax":55},"jitter_db":1}\n'


class Place:
    """One device on a TCP line and the gateway's folder."""

    def __init__(self, rig, rows, epoch, speed=20):
        self.rig = rig
        self.clock = peers.Clock(epoch, speed)
        file = rig.folder() / "node.ndjson"
        file.write_text(rows)
        self.node = rig.node(file, self.clock, "--tcp", "127.0.0.1:0")
        self.site = rig.site(text=SITE % self.node.port)

    def daemon(self, **kwargs):
        return self.rig.daemon(self.site, self.clock, **kwargs)


@pytest.fixture
def calm(rig):
    return Place(rig, CALM, NOON)


@pytest.fixture
def bang(rig):
    return Place(rig, BANG, LATE)


def refused(daemon):
    """@return exit code and what it said, of a daemon that must end by itself"""
    return daemon.wait(), daemon.said


def ticket_of(daemon):
    return peers.wait_until(lambda: daemon.get("/api/v1/tickets")[2]["tickets"], "a ticket")[0]


# What it refuses --------------------------------------------------------------------------------------------------------


def test_faults_of_the_configuration_are_named_by_place_and_end_it_with_78(rig):
    text = (SITE % 502).replace("interval: 1s", "intervall: 1s").replace("commit: 200ms", "commit: soon")
    site = rig.site(text=text)
    code, said = refused(rig.daemon(site, wait=False))
    assert code == EX_CONFIG

    def place(word):
        line = next(i for i, line in enumerate(text.splitlines()) if word in line)
        return f"{site.file}:{line + 1}:{text.splitlines()[line].index(word) + 1}: "

    assert re.search(f"^{place('soon')}'commit' .*'soon'$", said, re.M), said
    assert re.search(f"^{place('intervall')}.*'intervall': did you mean 'interval'", said, re.M), said
    assert not site.db.exists(), "a broken configuration touched the data folder"


def test_a_site_file_that_is_not_there_is_named(rig):
    site = rig.site()
    code, said = refused(rig.daemon(site, wait=False))
    assert code == EX_CONFIG and str(site.file) in said and "No such file" in said


def test_a_second_daemon_on_one_data_folder_is_refused(calm):
    first = calm.daemon()
    code, said = refused(calm.daemon(wait=False))
    assert code == EX_TEMPFAIL and "siteward.db is in use by another gateway" in said
    assert first.get("/healthz")[0] == 200, "the first one suffered"


def test_a_store_of_a_newer_program_is_refused_and_left_alone(calm):
    assert calm.daemon().end() == 0
    with sqlite3.connect(calm.site.db) as db:
        db.execute("PRAGMA user_version = 999")
    code, said = refused(calm.daemon(wait=False))
    assert code == EX_CONFIG and "999" in said and "newer" in said
    assert calm.site.rows("PRAGMA user_version") == [(999,)]


@pytest.mark.parametrize("broker", ["mqtt://192.0.2.7:1883", "mqtt://broker.example", "mqtt://localhost.example:1883",
                                    "mqtt://127.example:1883", "mqtt://[2001:db8::1]:1883"])
def test_invented_data_never_leave_this_machine(calm, broker):
    calm.site.connect(broker)
    code, said = refused(calm.daemon(wait=False))
    assert code == EX_CONFIG and broker in said and "simulated" in said


@pytest.mark.parametrize("simulated_first", [True, False])
def test_simulated_and_measured_data_do_not_mix(calm, rig, simulated_first):
    def start(simulated, **kwargs):
        return rig.daemon(calm.site, calm.clock if simulated else None, **kwargs)

    assert start(simulated_first).end() == 0
    code, said = refused(start(not simulated_first, wait=False))
    assert code == EX_CONFIG
    assert f"holds {'simulated' if simulated_first else 'measured'} data" in said and "data folder of its own" in said
    assert start(simulated_first).end() == 0, "the refused one spoilt the folder"


# What goes on -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly(calm, how):
    daemon = calm.daemon()
    peers.wait_until(lambda: daemon.get("/api/v1/sensors")[2]["sensors"][0]["value"] is not None, "a first level")
    assert daemon.end(how) == 0
    assert not calm.site.socket.exists()
    assert calm.site.rows("PRAGMA integrity_check") == [("ok",)]


def test_without_a_broker_it_measures_stores_and_delivers_later(rig, bang):
    broker = rig.broker(folder=rig.folder())
    rig.subscriber(broker, client_id="wall").end()  # its session stays at the broker, and collects
    assert broker.end() == 0
    bang.site.connect(broker)
    daemon = bang.daemon()
    ticket = ticket_of(daemon)
    minutes = "SELECT count(*) FROM window WHERE period = '1m'"
    peers.wait_until(lambda: bang.site.db.exists() and bang.site.rows(minutes)[0][0] >= 2, "stored windows")
    status = daemon.get("/api/v1/status")[2]
    assert status["uplink"]["connected"] is False and status["uplink"]["pending"] > 0
    assert status["store"]["failing"] is False and status["sensors"][0]["value"] == 50.0
    waiting = {row[0] for row in bang.site.rows("SELECT seq FROM outbox")}
    assert waiting == set(range(1, max(waiting) + 1)), "everything from the first document on waits"

    broker = rig.add(broker.again())
    wall = rig.subscriber(broker, client_id="wall")
    wall.wait_for("ticket/" + ticket["id"])
    for seq in waiting:
        wall.out.wait(lambda m: m.full_topic.startswith(peers.PREFIX) and m.body.get("seq") == seq, f"document {seq}")
    assert daemon.end() == 0
    assert [m.body["state"] for m in wall.messages if m.topic == "gw/gw-7f3a/status"] == ["ready", "stopped"]
    for m in wall.messages:
        assert not peers.faults_of(peers.contract_of(m.topic)[0], m.body), m


def test_a_silent_device_does_not_stop_its_neighbour(rig):
    """dead-sensor on one line: the south gate says nothing from 10:03 on. A time-out is real time, a tenth of that of
    the site here, and a probe of the silent gate is a few time-outs: the neighbour may miss some seconds of a minute."""
    broker = rig.broker()
    wall = rig.subscriber(broker)
    site = rig.site(scenario="dead-sensor")
    site.connect(broker)
    site.layer("devices: {south-gate: {response_timeout: 20ms}}\n")
    clock = peers.Clock("2026-03-02T10:02:50+08:00", 10)
    rig.node(site.folder / "node.ndjson", clock, "--pty", site.folder / "bus.pty")
    daemon = rig.daemon(site, clock)
    dead = wall.wait_for("sensor/south-gate-noise/state", lambda d: d["state"] in ("nodata", "fault")).body
    assert dead["ts"] > "2026-03-02T10:03"
    start = "2026-03-02T10:04:00.000+08:00"
    north = wall.wait_for("sensor/north-gate-noise/agg/1m", lambda d: d["from"] == start).body
    south = wall.wait_for("sensor/south-gate-noise/agg/1m", lambda d: d["from"] == start).body
    assert north["expected"] == 60 and north["n"] >= 54, north
    assert 55.5 <= north["values"]["LAeq"] <= 58.5 and north["q"] == "good", "57 dB with a jitter of 1.5 dB"
    assert south["n"] == 0 and south["values"]["LAeq"] is None and south["q"] == "bad", south
    pages = {s["id"]: s for s in daemon.get("/api/v1/sensors")[2]["sensors"]}
    assert pages["south-gate-noise"]["state"] == dead["state"] and pages["south-gate-noise"]["value"] is None
    assert pages["north-gate-noise"]["state"] == "normal" and pages["north-gate-noise"]["value"] is not None
    lamps = [m.body["lamp"] for m in wall.messages if m.topic == "summary"]
    assert lamps[-1] == "nodata", "the wall must not show a dead gate as fine"


def test_a_restart_keeps_the_ticket(rig, bang):
    broker = rig.broker()
    wall = rig.subscriber(broker)
    bang.site.connect(broker)
    daemon = bang.daemon()
    wall.wait_for("gw/gw-7f3a/status", lambda d: d["state"] == "ready")
    before = ticket_of(daemon)
    assert before["stage"] == "exceeded"
    assert daemon.end() == 0
    again = bang.daemon()
    wall.wait_for("gw/gw-7f3a/status", lambda d: d["state"] == "stopped")
    resumed = peers.wait_until(
        lambda: [s for s in again.get("/api/v1/sensors")[2]["sensors"] if s["value"] is not None], "a level")
    tickets = again.get("/api/v1/tickets")[2]["tickets"]
    assert [(t["id"], t["number"]) for t in tickets] == [(before["id"], before["number"])]
    assert tickets[0]["revision"] >= before["revision"]
    assert tickets[0]["history"][:len(before["history"])] == before["history"]
    assert resumed[0]["state"] == "alerting", "the matter goes on where it was"
    assert again.end() == 0
    ids = {m.body["id"] for m in wall.messages if re.fullmatch("ticket/[^/]+", m.topic)}
    opened = [m for m in wall.messages if m.topic.endswith("/event") and m.body["verb"] == "open"]
    assert ids == {before["id"]} and len(opened) == 1


# What it answers --------------------------------------------------------------------------------------------------------


def test_pages_over_the_socket(bang):
    daemon = bang.daemon()
    ticket = ticket_of(daemon)
    assert not peers.faults_of("ticket", ticket)
    assert ticket["simulated"] is True
    status, headers, page = daemon.get("/healthz")
    assert (status, page["status"]) == (200, "ok") and headers["Content-Type"] == "application/json"
    status, headers, page = daemon.get("/api/v1/status")
    assert status == 200 and page["site"]["id"] == "pd-0042" and page["simulated"] is True
    assert page["tickets"] == {"open": 1, "overdue": 0} and page["bus"][0]["open"] is True
    unit = page["bus"][0]["devices"][0]
    assert unit["answers"] is True and unit["replies"] > 0 and unit["timeouts"] == unit["garbled"] == 0
    assert 0 < unit["round_trip_p50_us"] <= unit["round_trip_p99_us"]
    sensors = daemon.get("/api/v1/sensors")[2]["sensors"]
    assert [s["id"] for s in sensors] == ["north-gate-noise"]
    assert sensors[0]["value"] == 50.0 and sensors[0]["limit"] == 55.0 and sensors[0]["state"] == "alerting"


@pytest.mark.parametrize("method, path, status", [
    ("GET", "/", 404), ("GET", "/api/v1/no-such", 404), ("GET", "/api/v1/status/", 404),
    ("POST", "/api/v1/status", 405), ("DELETE", "/api/v1/tickets", 405), ("PUT", "/healthz", 405),
])
def test_what_is_not_there_or_not_allowed_is_a_problem_document(calm, method, path, status):
    answer, headers, problem = calm.daemon().get(path, method)
    assert (answer, problem["status"]) == (status, status)
    assert headers["Content-Type"] == "application/problem+json"
    assert problem["title"] and problem["detail"] and problem["type"] == "about:blank"
    assert (headers["Allow"] == "GET, HEAD") if status == 405 else headers["Allow"] is None


def siteward(*args, socket):
    done = subprocess.run([peers.program("siteward"), *args], capture_output=True, text=True, timeout=peers.DEADLINE_S,
                          env=os.environ | {"SITEWARD_SOCKET": str(socket)})
    return done.returncode, done.stdout, done.stderr


def test_the_command_shows_what_the_daemon_knows(bang):
    daemon = bang.daemon()
    ticket = ticket_of(daemon)
    code, out, err = siteward("status", "--json", socket=bang.site.socket)
    assert (code, err) == (0, "") and json.loads(out)["site"]["id"] == "pd-0042"
    code, out, err = siteward("tickets", "--json", socket=bang.site.socket)
    assert (code, err) == (0, "") and [t["id"] for t in json.loads(out)["tickets"]] == [ticket["id"]]
    assert daemon.end() == 0
    code, out, err = siteward("tickets", "--json", socket=bang.site.socket)
    assert (code, out) == (4, "") and "no daemon answers" in err
