# SPDX-License-Identifier: Apache-2.0
"""The guest's clock is stepped while contacts change. A small step is followed; a far one ends the gateway on purpose,
and its next start goes on from the store (docs/adr/0006)."""
import datetime
import subprocess
import time

from gatesite import Place, contact

DOOR = 5
EX_IOERR = 74  # the service manager starts it again, as after everything but 78


def step(seconds):
    """The clock is set, as a network's time does it; afterwards it is put right again by the caller."""
    subprocess.run(["date", "-s", f"@{time.time() + seconds:.3f}"], check=True, stdout=subprocess.DEVNULL)


def seconds_off(event):
    return (datetime.datetime.fromisoformat(event["ts"]) - datetime.datetime.now(datetime.timezone.utc)).total_seconds()


def start(chip, rig):
    place = Place(rig, {"gate": contact("gpio-door", chip, DOOR, debounce="0ms")})
    daemon = place.daemon()
    place.wait_event("gate-door", 0)
    return place, daemon


def change(place, chip, n):
    chip.pull(DOOR, n % 2 == 1)
    event = place.wait_event("gate-door", n)
    assert event["active"] == (n % 2 == 1)
    return event


def test_steps_that_the_gateway_follows_lose_no_edge(chip, rig):
    place, daemon = start(chip, rig)
    for n, seconds in enumerate((3600, -5, 5, 30, -8), start=1):
        step(seconds)
        assert abs(seconds_off(change(place, chip, n))) < 20
    assert daemon.end() == 0
    assert len(place.events("gate-door")) == 6


def test_a_step_far_back_ends_it_and_its_next_start_sees_the_contact(chip, rig):
    place, daemon = start(chip, rig)
    change(place, chip, 1)
    daemon.wait_drained()
    step(-7200)
    assert daemon.wait() == EX_IOERR, daemon.said
    chip.pull(DOOR, False)
    place.daemon()
    assert abs(seconds_off(place.wait_event("gate-door", 2))) < 20
    change(place, chip, 3)
