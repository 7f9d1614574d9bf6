# SPDX-License-Identifier: Apache-2.0
"""A lid of the equipment is opened: the ticket at the broker, its life over a `kill -9`, the count of the input's events
over restarts, and the same documents out of the store again."""
import json
import signal
import subprocess

import rig as peers

NOON = "2026-03-02T12:00:00+08:00"
SPEED = 20
KEY = "pd-0042:device:tamper:cabinet"

SITE = """\
version: 1
site:
  id: pd-0042
  area: "310115"
  timezone: Asia/Shanghai
  packs: [cn-gb12523-2025]
gateway: {id: gw-7f3a}
store: {commit: 200ms}
buses:
  box-1: {kind: tcp, host: 127.0.0.1, port: %d}
devices:
  north-gate: {template: siteward-node, bus: box-1, address: 1, interval: 1s, channels: [noise]}
  cabinet: {template: gpio-tamper, line: "file:lines:24"}
responsibility:
  - {category: device, unit: 仪表维护}
  - {unit: 某某建设 项目部, lead: true}
"""
CALM = '{"at":"2026-03-02T00:00:00+08:00","unit":1,"set":{"LAeq":50,"LAFmax":55},"jitter_db":1}\n'


def documents(listener, schema):
    return [m.body for m in listener.messages if m.body and m.body["schema"] == f"siteward.{schema}/1.0"]


def without_delivery(document):
    return {k: v for k, v in document.items() if k not in ("epoch", "seq")}


def test_an_open_lid_is_one_ticket_over_a_crash_and_the_store_gives_it_again(rig):
    clock = peers.Clock(NOON, SPEED)
    file = rig.folder() / "node.ndjson"
    file.write_text(CALM)
    node = rig.node(file, clock, "--tcp", "127.0.0.1:0")
    site = rig.site(text=SITE % node.port)
    broker = rig.broker()
    site.connect(broker)
    line = site.folder / "lines" / "24"
    line.parent.mkdir()
    line.write_text("0\n")
    listener = rig.subscriber(broker)
    daemon = rig.daemon(site, clock)
    listener.wait_for("sensor/cabinet-tamper/event", lambda body: not body["active"])
    assert not documents(listener, "ticket")

    line.write_text("1\n")
    opened = listener.wait_for(r"ticket/[^/]+").body
    assert peers.faults_of("ticket", opened) == []
    assert opened["matter_key"] == KEY and opened["origin"] == opened["category"] == "device"
    assert opened["stage"] is None and opened["rule"] is None and opened["class"] == "B"
    assert opened["measured"]["sensor"] == "cabinet-tamper" and opened["measured"]["value"] is None
    assert opened["measured"]["over_by"] is None and opened["measured"]["to"] is None
    assert opened["title"] == {"zh-CN": "监测设备防拆报警", "en": "Monitoring equipment: tamper alarm"}
    assert opened["assignee"]["unit"] == "仪表维护"
    event = listener.wait_for("sensor/cabinet-tamper/event", lambda body: body["active"]).body
    assert event["kind"] == "tamper" and event["count"] == 1

    daemon.wait_drained()
    assert daemon.end(signal.SIGKILL) == -signal.SIGKILL
    daemon = rig.daemon(site, clock)
    line.write_text("0\n")
    closed = listener.wait_for(r"ticket/[^/]+", lambda body: body["measured"]["to"]).body
    assert closed["id"] == opened["id"]
    assert [h["verb"] for h in closed["history"]].count("recover") == 1
    line.write_text("1\n")
    listener.wait_for("sensor/cabinet-tamper/event", lambda body: body["active"] and body["count"] == 2)
    listener.wait_for(r"ticket/[^/]+", lambda body: body["revision"] > closed["revision"])
    daemon.wait_drained()
    assert daemon.end() == 0, daemon.said
    assert {t["id"] for t in documents(listener, "ticket")} == {opened["id"]}

    # What the last turn staged is sent by a run whose clock all but stands.
    still = rig.daemon(site, peers.Clock(clock.now.isoformat(timespec="milliseconds"), 0.001))
    still.wait_connected()
    still.wait_drained()
    assert still.end() == 0, still.said
    done = subprocess.run([peers.program("siteward"), "replay", "--store", str(site.folder / "data"), "--only",
                           "ticket,event"], capture_output=True, timeout=peers.DEADLINE_S, check=True)
    again = [json.loads(row)["payload"] for row in done.stdout.decode().splitlines()]
    for schema in ("ticket-event", "event"):
        published = list({d["id"]: without_delivery(d) for d in documents(listener, schema)}.values())  # once each
        assert [d for d in again if d["schema"] == f"siteward.{schema}/1.0"] == published
    tickets = [d for d in again if d["schema"] == "siteward.ticket/1.0"]
    for published in documents(listener, "ticket"):
        assert without_delivery(published) in tickets
