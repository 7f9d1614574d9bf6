# SPDX-License-Identifier: Apache-2.0
"""Alerts as an administrator and a platform meet them: water on a dust sensor is told of at the broker, over HTTP and by
`siteward status`, goes when the air is as before, and is not left behind at the broker by a gateway that was away."""
import subprocess

import rig as peers

EPOCH = "2026-03-02T10:00:00+08:00"
SPEED = 200
TOPIC = r"gw/gw-7f3a/alert/sw-s031-north-gate-pm10"

SITE = """\
version: 1
site:
  id: pd-0042
  area: "310115"
  timezone: Asia/Shanghai
  packs: [cn-gb12523-2025]
gateway: {id: gw-7f3a}
store: {commit: 200ms}
console: {language: en}
buses:
  box-1: {kind: tcp, host: 127.0.0.1, port: %d}
devices:
  north-gate: {template: siteward-node, bus: box-1, address: 1, interval: 5s, channels: [pm10, rh]}
responsibility:
  - {unit: 某某建设 项目部, lead: true}
"""
# Ten minutes of dry, dusty air; twelve of a mist cannon on the monitor; dry and dusty again.
AIR = """\
{"at":"2026-03-02T09:59:00+08:00","unit":1,"set":{"PM10":110,"rh":48}}
{"at":"2026-03-02T10:10:00+08:00","unit":1,"set":{"PM10":35,"rh":86}}
{"at":"2026-03-02T10:22:00+08:00","unit":1,"set":{"PM10":105,"rh":50}}
"""


def gateway(rig):
    clock = peers.Clock(EPOCH, SPEED)
    file = rig.folder() / "air.ndjson"
    file.write_text(AIR)
    node = rig.node(file, clock, "--tcp", "127.0.0.1:0")
    site = rig.site(text=SITE % node.port)
    broker = rig.broker()
    site.connect(broker)
    return clock, site, broker


def alerts(daemon):
    return daemon.get("/api/v1/alerts")[2]["alerts"]


def test_water_on_a_dust_sensor_is_told_of_everywhere_and_goes_when_the_air_is_as_before(rig):
    clock, site, broker = gateway(rig)
    listener = rig.subscriber(broker)
    daemon = rig.daemon(site, clock)
    raised = listener.wait_for(TOPIC)
    assert peers.faults_of("alert", raised.body) == []
    assert raised.retain and raised.qos == 1
    assert raised.body["code"] == "SW-S031" and raised.body["subject"] == "sensor/north-gate-pm10"
    assert raised.body["since"] == "2026-03-02T10:10:00.000+08:00"
    assert [a["code"] for a in alerts(daemon)] == ["SW-S031"]
    said = subprocess.run([peers.program("siteward"), "status", "-c", site.file], capture_output=True, text=True,
                          check=True, timeout=30, env={"LANG": "zh_CN.UTF-8", "PATH": "/usr/bin"}).stdout
    assert "SW-S031" in said and "疑似喷水" in said and "雾炮" in said
    listener.wait_for(TOPIC, lambda body: not body)
    assert alerts(daemon) == []
    windows = [m.body for m in listener.messages if m.topic == "sensor/north-gate-pm10/agg/1m"]
    assert any(w.get("spray_suspected_s", 0) == 60 and w["q"] == "uncertain" for w in windows)
    assert all("spray_suspected_s" not in w for w in windows if w["to"] <= "2026-03-02T10:10:00.000+08:00")


def test_an_alert_that_was_solved_while_the_gateway_was_away_does_not_stay_at_the_broker(rig):
    clock, site, broker = gateway(rig)
    listener = rig.subscriber(broker)
    daemon = rig.daemon(site, clock)
    raised = listener.wait_for(TOPIC)
    daemon.end()
    peers.wait_until(lambda: clock.now.isoformat() > "2026-03-02T10:24:00", "the air is as before")
    daemon = rig.daemon(site, clock)
    listener.wait_for(TOPIC, lambda body: not body)
    assert alerts(daemon) == []
    assert raised.body["code"] == "SW-S031"
