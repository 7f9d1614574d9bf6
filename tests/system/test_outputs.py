# SPDX-License-Identifier: Apache-2.0
"""Outputs from outside: a real daemon and broker, a pymodbus server as dust sensor, relay box and LED board, mbpoll as a
second foreign peer that reads the relay back, and a file as the line of the mist cannon. The site's clock runs fast, so
rests of a minute last seconds; nothing here measures the machine's own time."""
import asyncio
import json
import signal
import subprocess
import threading
from datetime import datetime

import pytest
from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server import StartAsyncTcpServer

import rig as peers

PACK = """\
version: "2026.1"
id: quick-dust
title: {en: "Dust, at once", zh-CN: "即时扬尘"}
capture_min: 0.5
rules:
  pm10: {kind: dust, quantity: PM10, statistic: mean, window: 10s, mode: sliding, family: dust, limit: 150,
         unit: ug/m3, recover: {below: 10, for: 5s}, source: "for a trial", sure: confirmed}
"""
SITE = """\
version: 1
site:
  id: pd-0042
  area: "310115"
  name: 丁香路 12-3 地块
  location: {{lat: 31.2237, lon: 121.5441}}
  timezone: Asia/Shanghai
  packs: [quick-dust]
gateway: {{id: gw-7f3a}}
store: {{commit: 100ms}}
buses:
  box-1: {{kind: tcp, host: 127.0.0.1, port: {port}, response_timeout: 300ms}}
devices:
  gate: {{template: pm2510th-od, bus: box-1, address: 1, name: 北门, interval: 1s, channels: [temp, pm10]}}
outputs:
{outputs}
responsibility:
  - {{unit: 某某建设 项目部, lead: true}}
publish: {{live_interval: 0s}}
"""
MIST = """\
  mist: {{kind: mist, line: "file:{folder}:5", watches: dust, longest_on: 60s, rest: 30s, hold: 5s, frost_below: 2,
          name: 雾炮}}
"""
BEACON = "  beacon: {kind: light, bus: box-1, address: 20, coil: 3, watches: [gate-pm10], hold: 1s, name: 警示灯}\n"
PANEL = ("  panel: {kind: board, bus: box-1, address: 30, sensor: gate-pm10, every: 1s, registers:"
         " {level: {register: 10}, limit: {register: 11}, state: {register: 20}}}\n")
CLEAN, DUSTY, WARM, COLD = 40, 400, 215, 0xFFF1  # ug/m3; 21.5 degC, -1.5 degC


def instant(text):
    return datetime.fromisoformat(text)


class Plant:
    """What hangs on the bus: dust sensor 1, relay box 20, board 30. A unit that is taken away does not answer."""

    def __init__(self):
        self.units = {1: self._unit([600, WARM, 0, 20, CLEAN]), 20: self._unit([0] * 32), 30: self._unit([0] * 32)}
        self.port = peers.free_port()
        self.loop = asyncio.new_event_loop()
        self.started = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        assert self.started.wait(peers.DEADLINE_S)

    @staticmethod
    def _unit(values):
        return ModbusSlaveContext(hr=ModbusSequentialDataBlock(0, list(values)),
                                  co=ModbusSequentialDataBlock(0, [0] * 32), zero_mode=True)

    def _run(self):
        asyncio.set_event_loop(self.loop)
        self.context = ModbusServerContext(slaves=dict(self.units), single=False)

        async def serve():
            self.server = await StartAsyncTcpServer(self.context, address=("127.0.0.1", self.port), defer_start=True,
                                                    ignore_missing_slaves=True)
            task = self.loop.create_task(self.server.serve_forever())
            await self.server.serving
            self.started.set()
            try:
                await task
            except asyncio.CancelledError:
                pass

        self.loop.run_until_complete(serve())

    def air(self, pm10=None, temp=None):
        if pm10 is not None:
            self.units[1].setValues(3, 4, [pm10])
        if temp is not None:
            self.units[1].setValues(3, 1, [temp])

    def take_away(self, unit):
        del self.context[unit]

    def put_back(self, unit):
        self.context[unit] = self.units[unit]

    def board(self):
        return self.units[30].getValues(3, 10, 11)

    def coil(self):
        """As a foreign master sees it."""
        done = subprocess.run(["mbpoll", "-m", "tcp", "-p", str(self.port), "-a", "20", "-t", "0", "-r", "3", "-0", "-c",
                               "1", "-1", "127.0.0.1"], capture_output=True, text=True, timeout=peers.DEADLINE_S)
        assert done.returncode == 0, done.stderr
        return [line.split()[1] for line in done.stdout.splitlines() if line.startswith("[3]:")] == ["1"]

    def close(self):
        asyncio.run_coroutine_threadsafe(self.server.server_close(), self.loop)
        self.thread.join(peers.DEADLINE_S)


class Works:
    """A site with outputs, and everything around it."""

    def __init__(self, rig, outputs, speed=10):
        self.rig = rig
        self.plant = Plant()
        rig.stack.callback(self.plant.close)
        self.lines = rig.folder()
        self.broker = rig.broker()
        self.site = rig.site(text=SITE.format(port=self.plant.port, outputs=outputs.format(folder=self.lines)
                                              if "{folder}" in outputs else outputs))
        (self.site.folder / "packs").mkdir()
        (self.site.folder / "packs" / "quick-dust.yaml").write_text(PACK, encoding="utf-8")
        self.site.connect(self.broker)
        self.wall = rig.subscriber(self.broker)
        self.clock = peers.Clock("2026-03-02T12:00:00+08:00", speed)
        self.start()

    def start(self):
        self.seen = len(self.wall.out.snapshot())
        self.daemon = self.rig.daemon(self.site, self.clock)

    def next(self, topic, **wanted):
        """The next document of a topic, after those looked at before, that has these values."""
        at = [0]

        def is_it(m):
            return m.full_topic == peers.PREFIX + topic and m.body and all(m.body[k] == v for k, v in wanted.items())

        found = self.wall.out.wait(is_it, f"{topic} {wanted}", start=self.seen)
        at[0] = self.wall.out.snapshot().index(found)
        self.seen = at[0] + 1
        return found.body

    def output(self, name, **wanted):
        return self.next(f"output/{name}/state", **wanted)

    @property
    def line(self):
        return (self.lines / "5").read_text(encoding="utf-8").strip()

    def acts(self, output):
        return [json.loads(row[0]) for row in self.site.rows(
            f"SELECT json FROM act WHERE kind = 'output' AND subject = '{output}' ORDER BY id")]

    def check_documents(self):
        for m in self.wall.messages:
            if m.body:
                kind, qos, retain = peers.contract_of(m.topic)
                assert not peers.faults_of(kind, m.body), m
                assert (m.qos, m.retain) == (qos, retain), m


@pytest.fixture
def works(rig):
    return lambda outputs, **kwargs: Works(rig, outputs, **kwargs)


def test_dust_switches_mist_on_within_a_second_and_interlocks_switch_it_off(works):
    w = works(MIST)
    w.output("mist", state="off", reason="start")
    assert w.line == "0"
    w.plant.air(pm10=DUSTY)
    w.next("sensor/gate-pm10/state", state="alerting")
    waits = w.output("mist", wanted="off", reason="resting")  # nobody knows how long it ran before this start
    assert instant(waits["rest_until"]) > instant(waits["ts"])
    on = w.output("mist", state="on", wanted="on", reason="rule")
    assert w.line == "1"
    assert 0 <= (instant(on["ts"]) - instant(waits["rest_until"])).total_seconds() <= 1
    long = w.output("mist", state="off", reason="longest-on-time")
    assert 59 <= (instant(long["ts"]) - instant(on["ts"])).total_seconds() <= 62
    assert w.line == "0" and long["on_s_today"] >= 59
    again = w.output("mist", state="on", reason="rule")
    assert (instant(again["ts"]) - instant(long["ts"])).total_seconds() >= 29
    w.plant.air(temp=COLD)
    w.output("mist", state="off", reason="frost")
    assert w.line == "0"
    w.plant.air(temp=WARM)
    w.output("mist", wanted="off", reason="resting")
    w.output("mist", state="on", reason="rule")
    w.plant.air(pm10=CLEAN)
    rested = instant(w.output("mist", state="off", reason="cleared")["rest_until"])
    w.wall.wait_for("sensor/gate-pm10/live", lambda d: instant(d["ts"]) > rested)
    w.plant.air(pm10=DUSTY)
    over = w.next("sensor/gate-pm10/state", state="alerting")
    on = w.output("mist", state="on", reason="rule")
    assert 0 <= (instant(on["ts"]) - instant(over["ts"])).total_seconds() <= 1, "of the site's time"
    assert w.daemon.end() == 0, w.daemon.said
    assert w.line == "0", "the gateway stopped and the water runs on"
    w.output("mist", state="off", reason="start")
    edges = [m.body["active"] for m in w.wall.messages if m.topic == "sensor/mist/event"]
    assert edges[0] is False and all(a != b for a, b in zip(edges, edges[1:])), edges
    orders = [a["wanted"] for a in w.acts("mist") if a["what"] == "order"]
    assert orders[:2] == ["on", "off"] and orders[-1] == "off"
    w.check_documents()


def test_off_by_hand_is_obeyed_recorded_and_survives_kill_9(works, siteward):
    w = works(MIST)
    w.output("mist", state="off", reason="start")
    w.plant.air(pm10=DUSTY)
    w.output("mist", state="on", reason="rule")
    assert w.daemon.end(signal.SIGKILL) == -signal.SIGKILL
    assert w.line == "1", "nobody was there to switch it off"
    before = len(w.acts("mist"))
    w.start()
    w.output("mist", state="on", reason="rule")
    first = next(a for a in w.acts("mist")[before:] if a["what"] == "read-back")
    assert first["state"] == "off" and first["reason"] != "rule", "off first, whatever the dust"

    done = siteward("output", "mist", "off", "--reason", "有人作业 in the yard", "-c", w.site.file)
    assert done.code == 0, done.err
    assert w.output("mist", state="off", mode="off")["reason"] == "manual"
    assert w.line == "0"
    said = peers.wait_until(lambda: next((a for a in w.acts("mist") if a["what"] == "manual"), None), "it is on record")
    assert said["mode"] == "off" and said["why"] == "有人作业 in the yard" and isinstance(said["uid"], int)
    table = siteward("output", "-c", w.site.file)
    assert table.code == 0 and "mist" in table.out and "set by hand" in table.out

    assert w.daemon.end(signal.SIGKILL) == -signal.SIGKILL
    w.start()
    assert w.output("mist", state="off", mode="off")["reason"] == "manual"
    w.next("sensor/gate-pm10/live", v=float(DUSTY))
    assert w.line == "0"
    answer = json.loads(siteward("output", "mist", "auto", "--json", "-c", w.site.file).out)
    assert answer["mode"] == "auto"
    w.output("mist", state="on", mode="auto", reason="rule")
    w.check_documents()


@pytest.mark.parametrize("args, code, words", [
    (["output", "fog", "off"], 3, "no output 'fog'"),
    (["output", "panel", "off"], 1, "is a board"),
    (["output", "beacon", "maybe"], 1, "none of auto, off and on"),
    (["output", "beacon"], 1, "ID auto|off|on"),
    (["output", "beacon", "off", "--reason", "x" * 90], 0, ""),
    (["output", "beacon", "off", "--reason", "x" * 201], 1, "reason"),
])
def test_what_cannot_be_switched_is_refused_in_words(standing, siteward, args, code, words):
    done = siteward(*args, "-c", standing.site.file)
    assert done.code == code and words in done.err, done.err


@pytest.fixture(scope="module")
def standing(module_rig):
    return Works(module_rig, BEACON + PANEL)


def test_http_of_outputs_keeps_to_its_methods(standing):
    status, _, page = standing.daemon.get("/api/v1/outputs")
    assert status == 200 and [o["id"] for o in page["outputs"]] == ["beacon", "panel"]
    assert all(not peers.faults_of("output", o) for o in page["outputs"])
    assert standing.daemon.get("/api/v1/outputs", "POST")[0] == 405
    assert standing.daemon.get("/api/v1/outputs/beacon/off")[0] == 405
    assert standing.daemon.get("/api/v1/outputs/beacon", "POST")[0] == 404
    assert standing.daemon.get("/api/v1/outputs/beacon/off/now", "POST")[0] == 404
    assert standing.daemon.get("/api/v1/outputsX", "GET")[0] == 404
    for reason in ("%FF%FE", "a%0Ab", "a%1B[31m", "a%7F"):
        assert standing.daemon.get(f"/api/v1/outputs/beacon/off?reason={reason}", "POST")[0] == 400, reason


def test_a_relay_and_a_board_on_the_bus_follow_the_sensor_and_a_dead_one_does_not_disturb_it(works):
    w = works(BEACON + PANEL)
    w.output("beacon", state="off", reason="start")
    assert not w.plant.coil()
    w.output("panel", state="on")
    peers.wait_until(lambda: w.plant.board()[:2] == [400, 1500] and w.plant.board()[10] == 0, "the board shows 40.0")
    w.plant.air(pm10=DUSTY)
    w.output("beacon", state="on", reason="rule")
    assert w.plant.coil()
    peers.wait_until(lambda: w.plant.board()[0] == 4000 and w.plant.board()[10] == 2, "the board shows 400.0, over")

    w.plant.take_away(30)
    assert w.output("panel", state="unknown")["fault"]
    alert = w.next("gw/gw-7f3a/alert/sw-o001-panel")
    assert alert["code"] == "SW-O001"
    w.plant.take_away(20)
    w.plant.air(pm10=CLEAN)
    w.next("sensor/gate-pm10/live", v=float(CLEAN))
    lost = w.output("beacon", state="unknown", wanted="off")
    assert lost["q"] == "bad"
    before = w.daemon.get("/api/v1/status")[2]["bus"][0]
    w.next("sensor/gate-pm10/agg/1m")
    window = w.next("sensor/gate-pm10/agg/1m")  # a whole minute of it with both dead
    assert window["n"] >= 45, window
    after = w.daemon.get("/api/v1/status")[2]["bus"][0]
    assert after["polls"] > before["polls"]

    w.plant.put_back(20)
    w.plant.put_back(30)
    w.output("beacon", state="off")
    assert not w.plant.coil()
    w.output("panel", state="on")
    end = w.wall.out.wait(lambda m: m.topic == "gw/gw-7f3a/alert/sw-o001-panel" and not m.body, "the alert is deleted")
    assert end.retain or end.body is None or end.body == ""
    how = [a["how"] for a in w.acts("beacon") if a["what"] == "failed"]
    assert how and set(how) <= {"silent", "no-line"}
    assert w.daemon.end() == 0, w.daemon.said
    w.check_documents()


def test_a_line_that_is_gone_is_unknown_until_it_is_back(works):
    w = works(MIST)
    w.output("mist", state="off", reason="start")
    gone = w.lines.rename(w.lines.with_name(w.lines.name + "-gone"))
    assert w.output("mist", state="unknown")["fault"]
    w.next("gw/gw-7f3a/alert/sw-o001-mist")
    row = next(s for s in w.daemon.get("/api/v1/status")[2]["sensors"] if s["id"] == "mist")
    assert (row["value"], row["state"]) == (None, "fault"), "nobody knows whether it is on"
    w.plant.air(pm10=DUSTY)
    w.output("mist", wanted="off", reason="failed")
    gone.rename(w.lines)
    w.output("mist", state="off")
    w.output("mist", state="on", reason="rule")  # after a whole rest: nobody knows what it did meanwhile
    assert w.line == "1"
    w.wall.out.wait(lambda m: m.topic == "gw/gw-7f3a/alert/sw-o001-mist" and not m.body, "the alert is deleted")


def test_an_alert_of_the_run_before_is_solved_by_a_relay_that_obeys(works):
    w = works(MIST)
    w.output("mist", state="off", reason="start")
    gone = w.lines.rename(w.lines.with_name(w.lines.name + "-gone"))
    w.next("gw/gw-7f3a/alert/sw-o001-mist")
    assert w.daemon.end() == 0
    gone.rename(w.lines)
    w.start()
    w.wall.out.wait(lambda m: m.topic == "gw/gw-7f3a/alert/sw-o001-mist" and not m.body, "the alert is deleted")
    assert w.daemon.get("/api/v1/alerts")[2]["alerts"] == []


def test_on_by_hand_ends_with_the_run(works, siteward):
    w = works(MIST)
    w.next("sensor/gate-temp/live", v=21.5)
    assert siteward("output", "mist", "on", "-c", w.site.file).code == 0
    w.output("mist", state="on", mode="on")
    assert w.daemon.end(signal.SIGKILL) == -signal.SIGKILL
    w.start()
    off = w.output("mist", state="off", mode="auto")
    rested = instant(off["ts"]).timestamp() + 35  # its rest is 30 s of the site's time
    w.wall.wait_for("sensor/gate-pm10/live", lambda d: instant(d["ts"]).timestamp() > rested)
    assert w.line == "0"
    assert w.next("sensor/gate-pm10/live")["v"] == float(CLEAN)


def test_a_light_may_be_left_on_at_the_end_and_is_off_first_after_it(works):
    w = works(BEACON.replace("}", ", at_stop: leave}"))
    w.output("beacon", state="off", reason="start")
    w.plant.air(pm10=DUSTY)
    w.output("beacon", state="on", reason="rule")
    assert w.daemon.end() == 0
    assert w.plant.coil()
    w.start()
    w.output("beacon", state="on", reason="rule")  # that it was off may be over before the broker is told
    states = [a["state"] for a in w.acts("beacon") if a["what"] == "read-back"]
    assert states == ["off", "on", "off", "on"], states


def test_a_relay_that_cannot_be_switched_off_at_the_end_is_said_loudly(works):
    w = works(BEACON)
    w.output("beacon", state="off", reason="start")
    w.plant.air(pm10=DUSTY)
    w.output("beacon", state="on", reason="rule")
    w.plant.take_away(20)
    assert w.daemon.end() == 0
    assert "OUTPUT beacon MAY BE ON" in w.daemon.said


def test_dust_windows_say_how_long_mist_was_on_and_a_replay_says_the_same(works, siteward):
    w = works(MIST)
    w.output("mist", state="off", reason="start")
    w.plant.air(pm10=DUSTY)
    on = w.output("mist", state="on", reason="rule")
    off = w.output("mist", state="off", reason="longest-on-time")
    w.plant.air(pm10=CLEAN)
    whole = (instant(off["ts"]) - instant(on["ts"])).total_seconds()
    end = instant(off["ts"]).replace(second=0, microsecond=0)
    w.wall.wait_for("sensor/gate-pm10/agg/1m", lambda d: instant(d["from"]) >= end)
    assert w.daemon.end() == 0, w.daemon.said
    windows = {d["from"]: d for d in (m.body for m in w.wall.messages if m.topic == "sensor/gate-pm10/agg/1m")}
    said = sum(d["suppression_s"] for d in windows.values() if instant(d["from"]) <= end)
    assert abs(said - whole) <= 2, windows
    replayed = siteward("replay", "--store", w.site.folder / "data", "--only", "agg,event")
    assert replayed.code == 0, replayed.err
    again = {d["from"]: d["suppression_s"] for d in replayed.payloads("agg")
             if d["quantity"] == "PM10" and d["period"] == "1m"}
    for start, d in windows.items():
        assert again[start] == d["suppression_s"], start
    edges = [m.body["active"] for m in w.wall.messages if m.topic == "sensor/mist/event"]
    assert [e["active"] for e in replayed.payloads("event")] == edges
