# SPDX-License-Identifier: Apache-2.0
"""Foreign peers on both sides of the gateway: a pymodbus server that it reads, and mosquitto_sub that receives one
simulated night from it, from the birth to the last will. (mbpoll reads our node in test_node.py.)"""
import asyncio
import re
import signal
import threading
import time
from collections import defaultdict
from datetime import datetime, timedelta

import pytest
from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server import StartAsyncTcpServer

import rig as peers

WILL_S = 90  # the contract delays the will by 60 s


def instant(text):
    return datetime.fromisoformat(text)


# The gateway's bus side -------------------------------------------------------------------------------------------------


class ModbusServer:
    """A pymodbus server whose registers can be changed while it runs."""

    def __init__(self, units):
        self.units = {unit: ModbusSlaveContext(hr=ModbusSequentialDataBlock(0, values), zero_mode=True)
                      for unit, values in units.items()}
        self.port = peers.free_port()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.started = threading.Event()
        self.thread.start()
        assert self.started.wait(peers.DEADLINE_S)

    def _run(self):
        asyncio.set_event_loop(self.loop)
        context = ModbusServerContext(slaves=self.units, single=False)

        async def serve():
            self.server = await StartAsyncTcpServer(context, address=("127.0.0.1", self.port), defer_start=True)
            task = self.loop.create_task(self.server.serve_forever())
            await self.server.serving
            self.started.set()
            try:
                await task
            except asyncio.CancelledError:
                pass

        self.loop.run_until_complete(serve())

    def set(self, unit, register, value):
        self.units[unit].setValues(3, register, [value])

    def close(self):
        asyncio.run_coroutine_threadsafe(self.server.server_close(), self.loop)
        self.thread.join(peers.DEADLINE_S)


SITE = """\
version: 1
site:
  id: pd-0042
  area: "310115"
  name: 丁香路 12-3 地块
  location: {{lat: 31.2237, lon: 121.5441}}
  timezone: Asia/Shanghai
  packs: [cn-gb12523-2025]
gateway: {{id: gw-7f3a}}
buses:
  box-1: {{kind: tcp, host: 127.0.0.1, port: {port}}}
devices:
  east-gate: {{template: rs-zs-bz, bus: box-1, address: 7, name: 东门, interval: 200ms}}
  mast: {{template: rs-fsjt, bus: box-1, address: 9, name: 气象杆, place: other, interval: 200ms}}
responsibility:
  - {{unit: 某某建设 项目部, lead: true}}
publish: {{live_interval: 0s}}
"""


def test_the_gateway_reads_a_pymodbus_server(rig):
    server = ModbusServer({7: [536], 9: [21]})
    rig.stack.callback(server.close)
    broker = rig.broker()
    wall = rig.subscriber(broker)
    site = rig.site(text=SITE.format(port=server.port))
    site.connect(broker)
    daemon = rig.daemon(site)
    first = wall.wait_for("sensor/east-gate-noise/live", lambda d: d["v"] is not None).body
    assert (first["v"], first["unit"], first["quantity"], first["q"], first["flag"]) == (53.6, "dBA", "LAF", "good", "N")
    assert wall.wait_for("sensor/mast-wind/live", lambda d: d["v"] is not None).body["v"] == 2.1
    server.set(7, 0, 712)
    wall.wait_for("sensor/east-gate-noise/live", lambda d: d["v"] == 71.2)
    server.set(7, 0, 10)  # 1.0 dB: no microphone says that
    wrong = wall.wait_for("sensor/east-gate-noise/live", lambda d: d["v"] is None).body
    assert wrong["q"] == "bad" and wrong["flag"] != "N"
    server.set(7, 0, 655)
    wall.wait_for("sensor/east-gate-noise/live", lambda d: d["v"] == 65.5)
    assert daemon.end() == 0
    for m in wall.messages:
        assert not peers.faults_of(peers.contract_of(m.topic)[0], m.body), m
        assert "simulated" not in m.body, f"a measured value is called simulated: {m}"


# The gateway's MQTT side ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", autouse=True)
def killed(module_rig):
    """A gateway that was killed: its broker's subscriber goes on listening while the other tests run."""
    broker = module_rig.broker()
    clock = peers.Clock("2026-03-02T12:00:00+08:00", 1)
    site = module_rig.site(scenario="quiet-day")
    site.connect(broker)
    wall = module_rig.subscriber(broker, peers.PREFIX + "gw/+/status")
    daemon = module_rig.daemon(site, clock)
    birth = wall.wait_for("gw/gw-7f3a/status", lambda d: d["state"] == "ready")
    assert daemon.end(signal.SIGKILL) == -signal.SIGKILL
    return wall, birth, time.monotonic() + WILL_S


class Night:
    """Everything that a foreign client received of night-pour at 60 x, up to the stop."""


@pytest.fixture(scope="module")
def night(module_rig):
    n = Night()
    broker = module_rig.broker()
    n.wall = module_rig.subscriber(broker)
    site = module_rig.site(scenario="night-pour")
    site.connect(broker)
    clock = peers.Clock("2026-03-02T21:36:00+08:00", 60)
    module_rig.node(site.folder / "node.ndjson", clock, "--pty", site.folder / "bus.pty")
    daemon = module_rig.daemon(site, clock)
    n.forecast = n.wall.wait_for("ticket/[^/]+", lambda d: d["stage"] == "forecast").body
    n.exceeded = n.wall.wait_for("ticket/[^/]+", lambda d: d["id"] == n.forecast["id"] and d["stage"] == "exceeded").body
    n.wall.wait_for("ticket/[^/]+/event", lambda d: d["ticket"] == n.forecast["id"] and d["verb"] == "exceed")
    n.wall.wait_for("sensor/mast-wind/agg/1h")
    n.wall.wait_for("summary", lambda d: d["lamp"] == "over")
    n.wall.wait_for("sensor/north-gate-noise/state", lambda d: d["state"] == "alerting")
    assert daemon.end() == 0, daemon.said
    n.wall.wait_for("gw/gw-7f3a/status", lambda d: d["state"] == "stopped")
    n.late = module_rig.subscriber(broker)
    n.late.wait_for("gw/gw-7f3a/status")
    n.site = site
    n.messages = n.wall.messages
    n.by_topic = defaultdict(list)
    for m in n.messages:
        n.by_topic[m.topic].append(m)
    return n


NOISE = ["north-gate-noise", "south-gate-noise"]
SENSORS = [*NOISE, "north-gate-pm10", "mast-wind"]
INPUTS = ["gate-camera-trigger"]


def test_every_message_is_in_the_contract_and_fits_its_schema(night):
    kinds = set()
    for m in night.messages:
        kind, qos, retain = peers.contract_of(m.topic)
        assert not peers.faults_of(kind, m.body), m
        assert m.body["schema"] == f"siteward.{kind}/1.0", m
        assert (m.qos, m.retain) == (qos, retain), f"QoS and retained of {m}"
        assert m.body["simulated"] is True, m
        kinds.add(kind)
    assert kinds == {"status", "info", "checkpoint", "sensor", "live", "agg", "event", "state", "summary", "ticket",
                     "ticket-event", "config", "health"}


def test_every_message_says_that_it_is_json_text(night):
    for m in night.messages:
        assert m.properties["content-type"] == "application/json", m
        assert m.properties["payload-format-indicator"] == 1, m
        expires = 60 if m.topic.endswith("/live") else 300 if m.topic.endswith("/health") else None
        assert (0 < m.properties["message-expiry-interval"] <= expires) if expires else (
            "message-expiry-interval" not in m.properties), m


def test_the_birth_comes_first_and_the_stop_last(night):
    states = [m.body for m in night.by_topic["gw/gw-7f3a/status"]]
    assert night.messages[0].topic == "gw/gw-7f3a/status"
    assert [s["state"] for s in states] == ["ready", "stopped"]
    assert states[0]["boot"] == states[1]["boot"] and states[0]["since"] == states[1]["since"]


def test_gateway_and_sensors_introduce_themselves(night):
    info = night.by_topic["gw/gw-7f3a/info"][0].body
    assert sorted(info["sensors"]) == sorted(SENSORS + INPUTS) and info["site"]["id"] == "pd-0042"
    for sensor in SENSORS:
        meta = night.by_topic[f"sensor/{sensor}/meta"][0].body
        assert meta["id"] == sensor and {"1m", "1h"} <= set(meta["periods"])


def test_live_values_and_states_come_from_every_sensor(night):
    for sensor in SENSORS:
        live = [m.body for m in night.by_topic[f"sensor/{sensor}/live"]]
        assert any(d["v"] is not None for d in live), sensor
        counts = [d["n"] for d in live]
        assert counts == sorted(set(counts)), f"{sensor}: the live counter runs backwards or stands"
    states = [m.body["state"] for m in night.by_topic["sensor/north-gate-noise/state"]]
    assert "forecast" in states and states[-1] == "alerting"
    assert [m.body["state"] for m in night.by_topic["sensor/south-gate-noise/state"]][-1] == "normal"


def test_windows_follow_each_other_without_a_hole(night):
    for sensor in SENSORS:
        minutes = [m.body for m in night.by_topic[f"sensor/{sensor}/agg/1m"]]
        starts = [instant(d["from"]) for d in minutes]
        assert len(starts) >= 20
        assert starts == [starts[0] + timedelta(minutes=i) for i in range(len(starts))], sensor
        assert all(instant(d["to"]) - instant(d["from"]) == timedelta(minutes=1) for d in minutes)
        hours = [m.body for m in night.by_topic[f"sensor/{sensor}/agg/1h"]]
        assert [d["to"] for d in hours] == ["2026-03-02T22:00:00.000+08:00"], sensor
        assert [d["id"] for d in hours] == [f"{sensor}:1h:2026-03-02T21:00:00+08:00"]
    loud = [m.body for m in night.by_topic["sensor/north-gate-noise/agg/1m"] if
            "2026-03-02T21:45" <= m.body["from"] < "2026-03-02T22:00"]
    heard = [d for d in loud if d["n"] > 0]  # a minute is one second here: a machine that stalls may lose a whole one
    assert len(heard) >= 10, loud
    assert all(62.0 <= d["values"]["LAeq"] <= 64.0 for d in heard), "63 dB with a jitter of 1.2 dB"
    assert all(d["values"]["LAeq"] is None for d in loud if d["n"] == 0)


def test_the_summary_turns_with_the_ticket(night):
    lamps = [m.body["lamp"] for m in night.by_topic["summary"]]
    assert "near" in lamps and lamps[-1] == "over"
    last = night.by_topic["summary"][-1].body
    assert last["tickets"]["open"] == 1 and last["worst"]["ticket"] == night.forecast["id"]


def test_the_preventive_ticket_is_there_before_the_limit_drops(night):
    first, crossed = night.forecast, night.exceeded
    assert first["origin"] == "preventive" and first["revision"] == 1
    assert instant(first["ts"]) < instant("2026-03-02T22:00:00+08:00")
    assert instant(crossed["ts"]) - instant(first["ts"]) >= timedelta(seconds=60)
    revisions = [m.body["revision"] for m in night.by_topic[f"ticket/{first['id']}"]]
    assert revisions == sorted(set(revisions))


def test_ticket_events_are_cloud_events(night):
    seen = [m for m in night.messages if re.fullmatch("ticket/[^/]+/event", m.topic)]
    assert {"open", "exceed"} <= {m.body["verb"] for m in seen}
    assert len({m.body["id"] for m in seen}) == len(seen)
    for m in seen:
        assert set(m.user) == {"specversion", "id", "source", "type", "time", "subject", "dataschema"}, m.user
        assert m.user["specversion"] == "1.0" and m.user["id"] == m.body["id"]
        assert m.user["source"] == "/siteward/310115/pd-0042/gw-7f3a" and m.user["subject"] == m.body["ticket"]
        assert re.fullmatch(r"cn\.siteward\.ticket\.[a-z]+\.v1", m.user["type"]), m.user["type"]
        assert instant(m.user["time"]) == instant(m.body["at"])
        assert m.user["dataschema"].startswith("urn:siteward:ticket-event:1")


def test_numbers_have_no_gap_and_no_double(night):
    numbered = [m.body for m in night.messages if "seq" in m.body]
    assert {m["epoch"] for m in numbered} == {numbered[0]["epoch"]}
    seqs = [m["seq"] for m in numbered]
    assert len(set(seqs)) == len(seqs), "a number came twice though no connection was lost"
    waiting = {row[0] for row in night.site.rows("SELECT seq FROM outbox")}
    assert waiting | set(seqs) == set(range(1, night.site.last_seq + 1))
    for m in night.messages:
        assert ("seq" in m.body) == (peers.contract_of(m.topic)[0] in ("agg", "event", "ticket", "ticket-event",
                                                                      "checkpoint")), m


def test_who_comes_late_gets_what_is_and_nothing_that_was(night):
    late = {m.topic: m for m in night.late.messages}
    assert len(late) == len(night.late.messages)
    expected = {t: ms[-1].body for t, ms in night.by_topic.items() if peers.contract_of(t)[2] and not t.endswith("/live")}
    assert {t: m.body for t, m in late.items() if not t.endswith("/live")} == expected
    assert all(m.retain for m in late.values())


def test_the_will_of_a_killed_gateway_names_the_boot_of_its_birth(killed):
    wall, birth, until = killed
    lost = wall.wait_for("gw/gw-7f3a/status", lambda d: d["state"] == "lost", max(1, until - time.monotonic()))
    assert lost.body == {"schema": "siteward.status/1.0", "state": "lost", "boot": birth.body["boot"],
                         "since": birth.body["since"], "simulated": True}
    assert lost.retain and lost.qos == 1
    assert lost.properties["content-type"] == "application/json" and not peers.faults_of("status", lost.body)
