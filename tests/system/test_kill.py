# SPDX-License-Identifier: Apache-2.0
"""What must survive: `kill -9` of the gateway at random moments, and a broker that goes away and comes back. A
simulated evening with many tickets runs on through it all while a foreign client collects. At the end the clock is
slowed until nothing new happens, so that what was received can be compared with what the store holds, to the last
document.

The moments are random from $SITEWARD_SEED (default below); a failure prints the seed. $KILLS: how many, 20 if not
said; 500 take about twenty minutes."""
import contextlib
import http.client
import os
import random
import signal
import subprocess
import time

import rig as peers
from evening import UNITS, Evening, check_whole
from killed import Disk, Killed, Seen, readings_of

KILLS = int(os.environ.get("KILLS", "20"))
LONGEST_S = 2.4


def check_end(evening, wall, seen, siteward, boots_min):
    checked = siteward("verify", evening.site.db)
    assert checked.code == 0, checked.out + checked.err
    evening.wait_last(wall)
    wall.wait_for("gw/gw-7f3a/status", lambda d: d["state"] == "stopped")
    tickets, counts = check_whole(evening.site, wall.messages)
    print(counts, seen.check_readings(readings_of(evening.site)))
    boots = {m.body["boot"] for m in wall.messages if m.topic == "gw/gw-7f3a/status"}
    assert len(boots) > boots_min, "most runs lived long enough to reach the broker"
    assert len({d["id"] for d in tickets}) >= UNITS, "an evening without tickets proves nothing"
    assert {"forecast", "exceeded"} <= {d["stage"] for d in tickets}


def test_kills_lose_no_ticket_and_double_none(rig, siteward):
    seed = int(os.environ.get("SITEWARD_SEED", "20260302"))
    print(f"SITEWARD_SEED={seed} KILLS={KILLS}")
    moments = random.Random(seed)
    broker = rig.broker()
    wall = rig.subscriber(broker, client_id="wall")
    # 120 simulated seconds a second: a quarter of an hour of the scenario in 7.5 s, and a start takes a second
    evening = Evening(rig, broker, turns=12 + KILLS // 2, fill="publish: {live_interval: 0s}\n")
    folder = rig.folder()
    disk = Disk(folder)
    rig.stack.callback(disk.end)
    seen, answers = Seen(wall, evening.clock, disk), set()
    for kill in range(KILLS):
        seen.starts_now()
        daemon = evening.daemon(wait=False)
        after_s = moments.uniform(0.02, LONGEST_S)  # from its first instructions on
        print(f"kill {kill + 1} after {after_s:.3f} s, at {evening.clock.now}", flush=True)
        end = time.monotonic() + after_s
        if kill % 3 == 2:
            with contextlib.suppress(OSError, AssertionError, IndexError, http.client.HTTPException):
                evening.note(f"{kill}")  # a durable answer, where there was time for one
                answers.add(f"note-{kill}")
        with contextlib.suppress(subprocess.TimeoutExpired):
            daemon.p.wait(max(end - time.monotonic(), 0))
        assert daemon.p.poll() is None, f"it ended by itself: {daemon.said}"
        daemon.p.send_signal(signal.SIGKILL)
        at = evening.clock.now
        assert daemon.end() == -signal.SIGKILL
        events = seen.killed(at)
        Killed(evening.site.db, folder / "copy").check(siteward, events, answers)
    evening.deliver()
    check_end(evening, wall, seen, siteward, KILLS / 2)


def test_a_broker_that_restarts_loses_nothing(rig):
    """The broker keeps sessions and messages on its disk, so what it acknowledged it still owes to the subscriber."""
    broker = rig.broker(folder=rig.folder())
    wall = rig.subscriber(broker, client_id="wall")
    evening = Evening(rig, broker)
    daemon = evening.daemon()
    seen, known = [], 0
    for _ in range(2):
        wall.wait_for("ticket/[^/]+", lambda d: d["seq"] > known)
        assert broker.end() == 0
        wall.end(signal.SIGKILL)
        seen += wall.messages
        before = evening.waiting()
        peers.wait_until(lambda: evening.waiting() > before + UNITS, "documents wait in the outbox")
        broker = rig.add(broker.again())
        wall = rig.subscriber(broker, client_id="wall")
        daemon.wait_connected()
        known = evening.site.last_seq
    assert daemon.end() == 0, daemon.said
    evening.deliver()
    evening.wait_last(wall)
    assert check_whole(evening.site, seen + wall.messages, is_order_of_retained_kept=False)[0]


def test_what_the_broker_did_not_acknowledge_stays_in_the_outbox(rig):
    """A broker that is stopped in its tracks takes bytes and answers nothing: sent is not delivered."""
    broker = rig.broker()
    wall = rig.subscriber(broker)
    evening = Evening(rig, broker)
    daemon = evening.daemon()
    wall.wait_for("sensor/gate-1-noise/agg/1m")

    broker.p.send_signal(signal.SIGSTOP)
    try:
        known = evening.site.last_seq
        peers.wait_until(lambda: evening.site.last_seq >= known + 6 * UNITS, "more documents")
        newer = set(range(known + 1, evening.site.last_seq + 1))
        gone = newer - {row[0] for row in evening.site.rows("SELECT seq FROM outbox")}
    finally:
        broker.p.send_signal(signal.SIGCONT)
    assert not gone, f"gone without an answer: {sorted(gone)}"
    assert daemon.end() == 0, daemon.said
    evening.deliver()
    evening.wait_last(wall)
    check_whole(evening.site, wall.messages)
