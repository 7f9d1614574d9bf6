# SPDX-License-Identifier: Apache-2.0
"""Contacts on lines of the machine: the real daemon on the file-backed stand-in, a real broker. The lines of a kernel
are tested on simulated chips (tests/hil)."""
import os
import pathlib
import time
from datetime import datetime

import pytest

import rig as peers

NOON = "2026-03-02T12:00:00+08:00"

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
store: {{commit: 200ms}}
devices:
  gate-camera: {{template: gpio-trigger, line: "file:{lines}:17", debounce: {debounce}, active: high, name: 大门相机}}
  lid: {{template: gpio-tamper, line: "file:{lines}:4", debounce: 0ms}}
  gauge: {{template: gpio-rain-gauge, line: "file:{lines}:27", active: high, debounce: 0ms, mm_per_pulse: 0.2, interval: 10s}}
sensors:
  north-noise: {{quantity: LAeq}}
responsibility:
  - {{unit: 某某建设 项目部, lead: true}}
"""
TRIGGER = "sensor/gate-camera-trigger/event"


class Lines:
    """The stand-in's folder: writing a file is an edge."""

    def __init__(self, folder):
        self.folder = folder / "lines"
        self.folder.mkdir()

    def put(self, line, level):
        (self.folder / str(line)).write_text(f"{level}\n")

    def drop(self, line):
        (self.folder / str(line)).unlink()


class Place:
    def __init__(self, rig, debounce="0ms", speed=None):
        self.lines = Lines(rig.folder())
        for line in (17, 4, 27):
            self.lines.put(line, 0)
        self.site = rig.site(text=SITE.format(lines=self.lines.folder, debounce=debounce))
        self.broker = rig.broker()
        self.site.connect(self.broker)
        self.subscriber = rig.subscriber(self.broker)
        self.rig = rig
        self.clock = peers.Clock(NOON, speed) if speed else None

    def daemon(self):
        daemon = self.rig.daemon(self.site, self.clock)
        daemon.wait_connected()
        return daemon

    @staticmethod
    def status(daemon):
        """Value and state of the camera's sensor."""
        rows = daemon.get("/api/v1/status")[2]["sensors"]
        return next((row["value"], row["state"]) for row in rows if row["id"] == "gate-camera-trigger")

    def events(self, topic=TRIGGER):
        return [m.body for m in self.subscriber.messages if m.topic == topic]

    def event(self, count, active, topic=TRIGGER):
        return self.subscriber.wait_for(topic, lambda e: e["count"] == count and e["active"] == active)


@pytest.fixture
def place(rig):
    return Place(rig)


def test_an_edge_becomes_an_event_that_the_contract_describes(place):
    place.daemon()
    place.event(0, False)  # as it was found
    before = time.time()
    place.lines.put(17, 1)
    message = place.event(1, True)
    place.lines.put(17, 0)
    place.event(1, False)
    place.lines.put(17, 1)
    place.event(2, True)
    body = message.body
    assert not peers.faults_of("event", body)
    assert body["kind"] == "camera-trigger" and body["gw"] == "gw-7f3a" and body["media"] == []
    assert message.qos == 1 and not message.retain
    at = datetime.fromisoformat(body["ts"]).timestamp()
    assert before - 0.002 <= at <= time.time(), "the event has the time of the edge"


def test_bounces_are_one_event(rig):
    place = Place(rig, debounce="1500ms")
    place.daemon()
    place.event(0, False)
    for level in (1, 0, 1, 0, 1, 0, 1):
        place.lines.put(17, level)
    place.event(1, True)
    place.lines.put(17, 0)
    place.lines.put(17, 1)  # a glitch
    place.lines.put(4, 1)  # what comes later has come: nothing of the glitch is on its way
    place.event(1, True, "sensor/lid-tamper/event")
    place.lines.put(17, 0)
    place.event(1, False)
    assert [(e["active"], e["count"]) for e in place.events()] == [(False, 0), (True, 1), (False, 1)]


def cpu_s(daemon):
    """Processor time that the process has used."""
    fields = pathlib.Path(f"/proc/{daemon.p.pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_storm_is_bounded_and_ends_at_the_right_level(place):
    daemon = place.daemon()
    place.event(0, False)
    path = place.lines.folder / "17"
    new = place.lines.folder / "new"
    for i in range(10001):  # each an edge for whoever is fast enough: replaced as a whole
        new.write_text(f"{(i + 1) % 2}\n")
        new.rename(path)
    daemon.err.wait(lambda line: "gate-camera: more than" in line, "the storm is not told")
    held = place.subscriber.wait_for("gw/gw-7f3a/alert/sw-g002-gate-camera").body
    assert held["code"] == "SW-G002" and not peers.faults_of("alert", held)
    used = cpu_s(daemon)
    # The storm ends some ten seconds after its last change; then the level is told.
    daemon.err.wait(lambda line: "gate-camera: calm again" in line, "the storm does not end")
    assert cpu_s(daemon) - used < 2, "the daemon is not idle after the storm"
    peers.wait_until(lambda: place.events()[-1]["active"] is True, "the level is right at the end")
    place.lines.put(17, 0)
    peers.wait_until(lambda: place.events()[-1]["active"] is False, "and it is looked at as before")
    place.lines.put(17, 1)
    peers.wait_until(lambda: place.events()[-1]["active"] is True, "twice")
    assert len(place.events()) <= 1 + 10 + 1 + 2, "more changes than a storm may tell"
    said = [line for line in daemon.err.snapshot() if "gate-camera: more than" in line]
    assert len(said) == 1, said


def test_a_line_that_goes_is_told_and_taken_again_when_it_is_back(place):
    daemon = place.daemon()
    place.event(0, False)
    place.lines.put(17, 1)
    place.event(1, True)
    assert place.status(daemon) == (1, "normal")
    place.lines.drop(17)
    daemon.err.wait(lambda line: "gate-camera" in line and "gone" in line, "a lost line is not told")
    assert place.status(daemon) == (None, "fault")
    assert place.subscriber.wait_for("gw/gw-7f3a/alert/sw-g001-gate-camera").body["code"] == "SW-G001"
    place.lines.put(17, 0)
    place.event(1, False)
    daemon.err.wait(lambda line: "gate-camera: its line is there again" in line, "its return is not told")
    place.lines.put(4, 1)
    place.event(1, True, "sensor/lid-tamper/event")


def test_a_line_that_is_not_there_at_start_keeps_nobody_waiting(place):
    place.lines.drop(17)
    daemon = place.daemon()
    place.event(0, False, "sensor/lid-tamper/event")
    daemon.err.wait(lambda line: "gate-camera" in line and "no such file" in line, "a missing line is not told")
    place.lines.put(17, 1)
    place.event(1, True)


def test_tips_of_a_gauge_become_rain(rig):
    place = Place(rig, speed=20)
    place.daemon()
    live = "sensor/gauge-rain/live"
    place.subscriber.wait_for(live, lambda e: e["v"] == 0)  # a whole interval was dry
    place.lines.put(27, 1)
    wet = place.subscriber.wait_for(live, lambda e: e["v"] > 0).body
    # One tip of 0.2 mm in 10 s is 72 mm/h; an interval that a busy machine ends late is longer.
    assert 0 < wet["v"] <= 80 and wet["unit"] == "mm/h"
    place.subscriber.wait_for(live, lambda e: e["v"] == 0 and e["n"] > wet["n"])


def test_the_count_of_an_input_goes_on_over_a_restart(place):
    daemon = place.daemon()
    place.event(0, False)
    place.lines.put(17, 1)
    place.event(1, True)
    daemon.wait_drained()
    assert daemon.end() == 0
    place.lines.put(17, 0)  # while it is not looking
    place.daemon()
    place.event(1, False)
    place.lines.put(17, 1)
    place.event(2, True)


def test_the_simulated_site_drives_its_camera(rig):
    broker = rig.broker()
    subscriber = rig.subscriber(broker)
    rig.add(peers.Process([peers.program("siteward"), "sim", "--scenario", "night-pour", "--speed", "60", "--broker",
                           broker.url]))
    for count in (1, 2):
        event = subscriber.wait_for(TRIGGER, lambda e: e["count"] == count and e["active"]).body
        assert event["simulated"] is True and not peers.faults_of("event", event)
        due = datetime.fromisoformat(["2026-03-02T21:37:30+08:00", "2026-03-02T21:39:00+08:00"][count - 1])
        assert datetime.fromisoformat(event["ts"]) >= due
