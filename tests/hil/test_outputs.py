# SPDX-License-Identifier: Apache-2.0
"""Relays on kernel lines: what the gateway switches is looked at on the line itself, beside what it says of it."""
import signal

import rig as peers
from gatesite import DEADLINE_S, Place

LAMP, VALVE = 7, 9


def relays(chip, **more):
    """A lamp that is on when its line is high, a valve that is on when its line is low."""
    rows = {"lamp": {"kind": "light", "line": f'"{chip.path}:{LAMP}"', "watches": "noise"} | more,
            "valve": {"kind": "light", "line": f'"{chip.path}:{VALVE}"', "watches": "noise", "active_low": "true"}}
    return {name: "{" + ", ".join(f"{key}: {value}" for key, value in row.items()) + "}" for name, row in rows.items()}


def order(daemon, output, mode):
    """By hand, as `siteward output` does it."""
    status, _, body = daemon.get(f"/api/v1/outputs/{output}/{mode}", method="POST")
    assert status == 200, body
    return body


def wait_state(place, output, state):
    """What a receiver hears of an output."""
    heard = place.heard.wait_for(f"output/{output}/state", lambda body: body["state"] == state, DEADLINE_S)
    assert heard.retain and not peers.faults_of("output", heard.body), peers.faults_of("output", heard.body)


def test_a_relay_is_off_from_the_start_follows_its_orders_and_is_off_when_the_gateway_stops(chip, rig):
    chip.pull(VALVE, False)  # as long as nobody drives it, this line would have the valve on
    place = Place(rig, outputs=relays(chip))
    daemon = place.daemon()
    assert (chip.value(LAMP), chip.value(VALVE)) == (0, 1)
    for mode, lamp, valve in (("on", 1, 0), ("off", 0, 1), ("on", 1, 0)):
        assert order(daemon, "lamp", mode)["state"] == mode
        assert order(daemon, "valve", mode)["state"] == mode
        assert (chip.value(LAMP), chip.value(VALVE)) == (lamp, valve)
    wait_state(place, "lamp", "on")
    assert daemon.end() == 0
    # After the last order and before the line is let go.
    said = [line for line in daemon.err.snapshot() if "output lamp is" in line or "output valve is" in line]
    assert [line.split(": ", 1)[1] for line in said[-2:]] == ["output lamp is off", "output valve is off"]
    assert chip.value(LAMP) == 0


def test_a_relay_that_was_switched_on_by_hand_goes_off_after_its_longest_time_on(chip, rig):
    place = Place(rig, outputs=relays(chip, longest_on="3s", rest="1s"))
    daemon = place.daemon()
    order(daemon, "lamp", "on")
    peers.wait_until(lambda: chip.value(LAMP) == 1, "the lamp is on, once it has rested since the start", DEADLINE_S)
    peers.wait_until(lambda: chip.value(LAMP) == 0, "the lamp is off", DEADLINE_S)
    wait_state(place, "lamp", "off")


def test_after_a_kill_the_kernel_has_the_line_and_the_next_start_switches_off_what_was_on(chip, rig):
    chip.pull(VALVE, False)
    place = Place(rig, outputs=relays(chip))
    daemon = place.daemon()
    order(daemon, "lamp", "on")
    assert (chip.holder(LAMP), chip.value(LAMP)) == ("siteward", 1)
    daemon.end(signal.SIGKILL)
    assert chip.holder(LAMP) is None
    chip.pull(LAMP, True)  # as long as nobody drives it, this line would have the lamp on
    daemon = place.daemon()
    daemon.err.wait(lambda line: "output lamp is off" in line, "the lamp is off", DEADLINE_S)
    assert (chip.value(LAMP), chip.value(VALVE)) == (0, 1), daemon.said


def test_a_relay_whose_chip_is_unplugged_is_unknown_and_as_ordered_when_it_is_back(chip, rig):
    place = Place(rig, outputs=relays(chip))
    daemon = place.daemon()
    order(daemon, "lamp", "on")
    chip.vanish()
    wait_state(place, "lamp", "unknown")
    chip.appear()
    peers.wait_until(lambda: chip.value(LAMP) == 1, "the lamp is on again", DEADLINE_S)
    assert daemon.end() == 0
