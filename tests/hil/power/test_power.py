# SPDX-License-Identifier: Apache-2.0
"""The power goes at random moments while the site measures, opens tickets and publishes. A broker and a subscriber
outside live on: what they have seen is there after each cut, the file is whole, the chain intact, and in the end no
number is missing. $HIL_CUTS: how often (10); $SITEWARD_SEED: the moments."""
import os
import random
import shutil
import time

import rig as peers
from evening import Evening, check_whole
from killed import Disk, Killed, Seen, readings_of
from machine import Machine

CUTS = int(os.environ.get("HIL_CUTS", "10"))
EARLY_S = (0.3, 2.0)  # after the kernel began to boot: every fourth cut, while it and the gateway start
GUEST_SLACK_S = 3  # its one processor gets what this machine has to spare
LOADED_S = (0.0, 3.0)  # after the gateway's birth was seen: the others


def run_for_a_while(machine, wall, is_early, moments):
    """Boot, and be there at the moment of the cut. @return what that is, in words"""
    births = len(boots_of(wall))
    machine.boot()
    if is_early:
        after_s = moments.uniform(*EARLY_S)
        machine.wait(after_s)
        return f"{after_s:.3f} s after it was switched on"
    after_s = moments.uniform(*LOADED_S)
    peers.wait_until(lambda: len(boots_of(wall)) > births or machine.has_ended(), "the gateway's birth")
    machine.wait(after_s)
    return f"{after_s:.3f} s after the gateway's birth"


def boots_of(wall):
    return {m.body["boot"] for m in wall.messages if m.topic == "gw/gw-7f3a/status" and m.body["state"] == "ready"}


def test_power_cuts_lose_no_ticket_and_double_none(rig, siteward):
    seed = int(os.environ.get("SITEWARD_SEED", "20260303"))
    moments = random.Random(seed)
    broker = rig.broker()
    wall = rig.subscriber(broker, client_id="wall")
    machine = Machine(rig, broker, turns=12 + 3 * CUTS)
    disk = Disk(machine.folder)
    rig.stack.callback(disk.end)
    seen = Seen(wall, machine.clock, disk)
    lived = 0
    start = time.monotonic()
    for cut in range(CUTS):
        seen.starts_now()
        moment = run_for_a_while(machine, wall, cut % 4 == 0, moments)
        at = machine.clock.now
        machine.cut()
        events = seen.killed(at)
        data = machine.look()
        assert data.exists() or not events
        if data.exists():
            Killed(data / "siteward.db", machine.folder / "killed").check(siteward, events, set())
            lived += 1
        print(f"cut {cut + 1} of {CUTS} {moment}: whole; seed {seed}; {len(events)} events seen", flush=True)
    took_s = time.monotonic() - start
    # What is left is delivered by this machine, from the data that the disk holds.
    evening = Evening(rig, broker, fill="publish: {live_interval: 0s}\n")
    evening.clock = machine.clock
    shutil.copytree(machine.look(), evening.site.folder / "data")
    evening.deliver()
    evening.wait_last(wall)
    checked = siteward("verify", evening.site.db)
    assert checked.code == 0, checked.out + checked.err
    tickets, counts = check_whole(evening.site, wall.messages)
    said = seen.check_readings(readings_of(evening.site), GUEST_SLACK_S)
    print(f"{CUTS} cuts in {took_s:.0f} s, {lived} with a store: {counts}; {said}", flush=True)
    assert tickets, "cuts without tickets prove nothing"
