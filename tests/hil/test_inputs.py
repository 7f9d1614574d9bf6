# SPDX-License-Identifier: Apache-2.0
"""Contacts on kernel lines, through the real gateway, as a receiver of its documents sees them."""
import os
import signal
import subprocess
import time

import rig as peers
from gatesite import CALM_S, DEADLINE_S, Place, contact, cpu_s

CAMERA, DOOR, LID, MAINS, GAUGE = 3, 5, 6, 8, 11


def four(chip):
    return {
        "gate-camera": contact("gpio-trigger", chip, CAMERA),
        "gate": contact("gpio-door", chip, "door-loop"),  # line 5 by its name
        "cabinet": contact("gpio-tamper", chip, LID),
        "mains": contact("gpio-power", chip, MAINS, debounce="50ms"),
    }


def test_each_change_of_camera_door_lid_and_mains_is_one_event(chip, rig):
    chip.pull(MAINS, True)
    place = Place(rig, four(chip))
    place.daemon()
    for sensor, line, kind, level in (("gate-camera-trigger", CAMERA, "camera-trigger", False),
                                      ("gate-door", DOOR, "door", False), ("cabinet-tamper", LID, "tamper", False),
                                      ("mains-power", MAINS, "power", True)):
        expected = [(level, int(level))]  # as found at the first start; then the times that it became active
        place.wait_event(sensor, 0)
        for i in range(6):
            level = not level
            chip.pull(line, level)
            expected.append((level, expected[-1][1] + int(level)))
            assert place.wait_event(sensor, i + 1)["kind"] == kind
        assert [(e["active"], e["count"]) for e in place.events(sensor)] == expected


def test_a_broken_tamper_loop_and_a_loss_of_mains_open_a_device_matter_each(chip, rig):
    chip.pull(MAINS, True)
    place = Place(rig, four(chip))
    place.daemon()
    place.wait_event("cabinet-tamper", 0)
    place.wait_event("mains-power", 0)
    for line, level, device in ((LID, True, "cabinet"), (MAINS, False, "mains")):
        chip.pull(line, level)
        opened = place.heard.wait_for("ticket/[^/]+", lambda body, of=device: of in body["matter_key"], DEADLINE_S)
        assert opened.body["origin"] == opened.body["category"] == "device"
        assert not peers.faults_of("ticket", opened.body)


def test_a_contact_that_is_active_at_the_first_start_is_told_as_active(chip, rig):
    chip.pull(DOOR, True)
    place = Place(rig, four(chip))
    place.daemon()
    assert place.wait_event("gate-door", 0)["active"]
    assert not place.wait_event("gate-camera-trigger", 0)["active"]


def test_what_changed_while_the_gateway_was_down_is_told_at_its_next_start_and_nothing_else(chip, rig):
    place = Place(rig, four(chip))
    daemon = place.daemon()
    for sensor in ("gate-camera-trigger", "gate-door", "cabinet-tamper", "mains-power"):
        assert not place.wait_event(sensor, 0)["active"]
    daemon.wait_drained()
    assert daemon.end() == 0
    chip.pull(DOOR, True)
    daemon = place.daemon()
    assert place.wait_event("gate-door", 1)["active"]
    chip.pull(LID, True)  # an event after those that a start could bring
    place.wait_level("cabinet-tamper", True)
    assert [len(place.events(s)) for s in ("gate-camera-trigger", "gate-door", "mains-power")] == [1, 2, 1]


def camera(chip):
    """Every edge counts, and the interval at which the level is looked at anyhow is too long to help."""
    return contact("gpio-trigger", chip, CAMERA, debounce="0ms", interval="600s")


def storm(chip, n, each=True):
    """n changes, beginning with active, and ending with it if n is odd. The emulated line interrupts once a tick of the
    guest, and faster changes melt into one: with `each` a change waits for the interrupt of the one before."""
    pull = chip.puller(CAMERA)
    for i in range(n):
        seen = chip.interrupts(CAMERA) if each else 0
        pull(i % 2 == 0)
        if each:
            peers.wait_until(lambda: chip.interrupts(CAMERA) > seen, "an interrupt of the line", DEADLINE_S)


def test_2000_changes_as_fast_as_they_go_end_at_the_true_level(chip, rig):
    place = Place(rig, {"gate-camera": camera(chip)})
    daemon = place.daemon()
    place.wait_event("gate-camera-trigger", 0)
    storm(chip, 2001, each=False)
    place.wait_level("gate-camera-trigger", True, settled_s=CALM_S)
    assert 2 <= len(place.events("gate-camera-trigger")) <= 20
    assert daemon.get("/api/v1/status")[0] == 200


def test_a_storm_of_interrupts_is_told_once_and_costs_the_rain_gauge_beside_it_no_tip(chip, rig):
    place = Place(rig, {"gate-camera": camera(chip),
                        "gauge": contact("gpio-rain-gauge", chip, GAUGE, debounce="0ms", interval="10s",
                                         mm_per_pulse=0.01)})
    daemon = place.daemon()
    place.wait_event("gate-camera-trigger", 0)
    place.heard.wait_for("sensor/gauge-rain/live", lambda body: body["v"] == 0, DEADLINE_S)  # an interval begins
    tip = chip.puller(GAUGE)
    for _ in range(12):
        tip(True)
        storm(chip, 12)
        tip(False)
        storm(chip, 12)
    storm(chip, 1)
    place.wait_alert("SW-G002", "gate-camera")
    daemon.err.wait(lambda line: "gate-camera" in line and "calm again" in line, "it says that it is calm", DEADLINE_S)
    place.wait_alert("SW-G002", "gate-camera", 2)  # deleted
    place.wait_level("gate-camera-trigger", True)
    n = len(place.events("gate-camera-trigger"))
    assert 2 <= n <= 20
    # 12 tips of 0.01 mm, as mm/h of 10 s each; they may lie in two intervals.
    peers.wait_until(lambda: abs(place.sum_of_live("gauge-rain") - 12 * 0.01 * 360) < 0.5, "12 tips", DEADLINE_S)
    # After it everything is as before: one change, one event.
    chip.pull(CAMERA, False)
    assert not place.wait_event("gate-camera-trigger", n)["active"]
    assert daemon.end() == 0


def test_a_queue_that_ran_over_while_the_gateway_stood_still_ends_at_the_true_level(chip, rig):
    place = Place(rig, {"gate-camera": camera(chip)})
    daemon = place.daemon()
    place.wait_event("gate-camera-trigger", 0)
    os.kill(daemon.p.pid, signal.SIGSTOP)
    storm(chip, 65)  # the kernel keeps 16
    os.kill(daemon.p.pid, signal.SIGCONT)
    daemon.err.wait(lambda line: "gate-camera" in line and "calm again" in line, "it says that it is calm", DEADLINE_S)
    place.wait_level("gate-camera-trigger", True)
    assert 2 <= len(place.events("gate-camera-trigger")) <= 20


def test_bounces_shorter_than_the_debounce_time_are_one_change(chip, rig):
    place = Place(rig, {"gate": contact("gpio-door", chip, DOOR, debounce="200ms")})
    place.daemon()
    place.wait_event("gate-door", 0)
    pull = chip.puller(DOOR)
    for i in range(21):
        pull(i % 2 == 0)
    assert place.wait_event("gate-door", 1)["active"]
    chip.pull(DOOR, False)
    assert not place.wait_event("gate-door", 2)["active"]
    assert len(place.events("gate-door")) == 3


def test_a_line_that_another_program_holds_is_named_and_taken_when_it_is_free(chip, rig):
    with subprocess.Popen(["gpiomon", chip.name, str(DOOR)], stdout=subprocess.PIPE) as holder:
        try:
            peers.wait_until(lambda: chip.holder(DOOR) == "gpiomon", "gpiomon holds it")
            place = Place(rig, four(chip))
            daemon = place.daemon()
            daemon.err.wait(lambda line: f"{chip.path}:door-loop" in line and "gpiomon" in line, "the busy line")
            place.wait_event("gate-camera-trigger", 0)  # the others do not wait for it
            place.wait_alert("SW-G001", "gate")
            assert not place.events("gate-door")
        finally:
            holder.kill()
    daemon.err.wait(lambda line: "gate" in line and "there again" in line, "the line is free", DEADLINE_S)
    assert not place.wait_event("gate-door", 0)["active"]
    chip.pull(DOOR, True)
    assert place.wait_event("gate-door", 1)["active"]


def test_a_chip_that_is_unplugged_and_back_crashes_nothing_and_wastes_no_time(chip, rig):
    place = Place(rig, {name: row.replace("}", ", interval: 1s}") for name, row in four(chip).items()})
    daemon = place.daemon()
    place.wait_event("gate-door", 0)
    chip.vanish()
    for line in (CAMERA, "door-loop", LID, MAINS):
        daemon.err.wait(lambda said, line=line: f"{chip.path}:{line}:" in said, f"it says that line {line} is gone",
                        DEADLINE_S)
    place.wait_alert("SW-G001", "gate")
    began, used = time.monotonic(), cpu_s(daemon)
    peers.wait_until(lambda: time.monotonic() > began + 3, "three seconds to measure")
    assert cpu_s(daemon) - used < 1, "it spins while the chip is gone"
    chip.appear()
    chip.pull(DOOR, True)
    for name in four(chip):
        daemon.err.wait(lambda said, name=name: f" {name}: " in said and "there again" in said, f"{name} is back",
                        DEADLINE_S)
    place.wait_alert("SW-G001", "gate", 2)  # deleted
    assert place.wait_event("gate-door", 1)["active"]
    chip.pull(DOOR, False)
    assert not place.wait_event("gate-door", 2)["active"]
    assert daemon.end() == 0


def test_a_chip_that_is_named_by_its_label_is_found_when_it_is_back_under_another_number(chip, rig):
    place = Place(rig, {"gate": contact("gpio-door", chip, DOOR, chip.label),
                        "cabinet": contact("gpio-tamper", chip, LID, chip.label, interval="1s")})
    daemon = place.daemon()
    place.wait_event("gate-door", 0)
    place.wait_event("cabinet-tamper", 0)
    before = chip.name
    chip.vanish()
    for name in ("cabinet", "gate"):  # one is looked at each second; the other at once when that one is gone
        daemon.err.wait(lambda said, name=name: f" {name}: " in said and "is gone" in said, f"{name} is gone",
                        DEADLINE_S)
    chip.appear()
    assert chip.name != before, "the kernel gave it its old number: then this test shows nothing"
    chip.pull(DOOR, True)
    for name in ("cabinet", "gate"):
        daemon.err.wait(lambda said, name=name: f" {name}: " in said and "there again" in said, f"{name} is back",
                        DEADLINE_S)
    assert place.wait_event("gate-door", 1)["active"]
    assert daemon.end() == 0
