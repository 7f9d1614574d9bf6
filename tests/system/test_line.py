# SPDX-License-Identifier: Apache-2.0
"""The line to the broker is cut in every way that lines are, while a simulated evening with tickets runs on, and a
foreign client judges what it received: linecheck.py. Gateway and broker are in network namespaces of their own."""
import signal
import time
from datetime import datetime, timedelta

import pytest

import rig as peers
from evening import UNITS, Evening, check_whole
from linecheck import Judgement
from wire import BROKER_NAME, Wire


@pytest.fixture
def wire():
    made = Wire()
    yield made
    made.remove()


class Line:
    """Broker and subscriber at the far end, the evening at the near one."""

    def __init__(self, rig, wire, folder=None, **evening):
        self.rig, self.wire = rig, wire
        self.broker = rig.broker(address=BROKER_NAME, within=wire.at_broker, folder=folder)
        self.wall = rig.subscriber(self.broker, client_id="wall")
        self.seen = []  # by subscribers that were ended
        self.evening = Evening(rig, self.broker, wire=wire, **evening)
        self.daemon = self.evening.daemon()
        self.back_us = 0

    def uplink(self):
        return self.daemon.get("/api/v1/status")[2]["uplink"]

    def wait_ticket(self):
        known = self.evening.site.last_seq
        return self.wall.wait_for("ticket/[^/]+", lambda d: d and d["seq"] > known)

    def wait_backlog(self, tickets=2):
        """Windows and at least so many changes of tickets wait."""
        known, before = self.evening.site.last_seq, self.evening.waiting()
        changed = f"SELECT count(*) FROM outbox WHERE seq > {known} AND topic LIKE 'ticket/%/event'"
        peers.wait_until(lambda: self.evening.site.rows(changed)[0][0] >= tickets and
                         self.evening.waiting() > before + 2 * UNITS, "documents and tickets wait in the outbox")

    def wall_has_all_but_the_outbox(self):
        waits = {row[0] for row in self.evening.site.rows("SELECT seq FROM outbox")}
        came = {m.body["seq"] for m in self.wall.messages if m.body and "seq" in m.body}
        return came | waits >= set(range(1, self.evening.site.last_seq + 1))

    def wait_back(self):
        self.daemon.wait_connected()
        self.back_us = time.monotonic_ns() // 1000

    def judge(self, drain_s=peers.DEADLINE_S, has_alarms=True, **how):
        """Let everything arrive and look at all of it."""
        peers.wait_until(lambda: self.evening.waiting() < 10 * UNITS, "what waited has gone", drain_s)
        if self.back_us and has_alarms:  # they go on
            since = self.evening.clock.at(self.back_us)
            self.wall.wait_for("ticket/[^/]+/event", lambda d: datetime.fromisoformat(d["ts"]) > since)
        assert self.daemon.end() == 0, self.daemon.said
        self.evening.deliver()
        self.evening.wait_last(self.wall)
        messages = self.seen + self.wall.messages
        tickets, counts = check_whole(self.evening.site, messages, **how)
        late = Judgement(messages).live_alarms(self.evening.clock, self.back_us) if self.back_us else []
        print(counts, f"{len(late)} alarms after the line was back, the latest took "
              f"{max(late, default=(0, 0))[0]:.3f} s")
        assert tickets, "an evening without tickets proves nothing"


@pytest.mark.parametrize("fault", ["drop", "reset"])
def test_a_cut_line_loses_nothing(rig, wire, fault):
    line = Line(rig, wire)
    for _ in range(2):
        line.wait_ticket()
        wire.cut(fault)
        line.wait_backlog()
        wire.mend()
        line.wait_back()
    line.judge()


def test_a_reset_is_noticed_and_what_was_under_way_comes_again(rig, wire):
    line = Line(rig, wire)
    line.wait_ticket()
    wire.cut("reset")
    peers.wait_until(lambda: not line.uplink()["connected"], "the reset is noticed")
    line.wait_backlog()
    wire.mend()
    line.wait_back()
    line.judge()


def test_a_silent_line_is_noticed_by_the_keep_alive(rig, wire):
    """Half open: packets vanish, nobody is told. The keep-alive tells, and what was not acknowledged comes again."""
    line = Line(rig, wire, keep_alive="5s")
    line.wait_ticket()
    wire.cut("drop")
    peers.wait_until(lambda: not line.uplink()["connected"], "the silence is noticed")
    line.wait_backlog()
    wire.mend()
    line.wait_back()
    line.judge()


def test_a_line_that_loses_one_packet_in_five(rig, wire):
    line = Line(rig, wire)
    line.wait_ticket()
    wire.cut("loss")
    for _ in range(3):
        line.wait_ticket()
    wire.mend()
    line.wait_back()
    line.judge()


def test_a_line_that_is_cut_while_it_connects(rig, wire):
    """The connection comes about and CONNECT is never answered: it is given up and tried again."""
    wire.cut("mute")
    broker = rig.broker(address=BROKER_NAME, within=wire.at_broker)
    wall = rig.subscriber(broker, client_id="wall")
    evening = Evening(rig, broker, wire=wire)
    daemon = evening.daemon()
    peers.wait_until(lambda: evening.waiting() > 4 * UNITS, "documents wait in the outbox")
    assert not daemon.get("/api/v1/status")[2]["uplink"]["connected"]
    wire.mend()
    daemon.wait_connected()
    wall.wait_for("ticket/[^/]+")
    assert daemon.end() == 0, daemon.said
    evening.deliver()
    evening.wait_last(wall)
    print(check_whole(evening.site, wall.messages)[1])


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_broker_that_goes_and_comes_back(rig, wire, how):
    """It keeps sessions on its disk. Killed, it forgets what it had not written; so it is killed when the subscriber
    has everything that it acknowledged."""
    line = Line(rig, wire, folder=rig.folder())
    line.wait_ticket()
    wire.cut("drop")
    peers.wait_until(line.wall_has_all_but_the_outbox, "the subscriber has what the broker took")
    line.broker.end(how)
    line.wall.end(signal.SIGKILL)
    line.seen += line.wall.messages
    line.wait_backlog()
    line.broker = rig.add(line.broker.again())
    line.wall = rig.subscriber(line.broker, client_id="wall")
    wire.mend()
    line.wait_back()
    line.judge(is_order_of_retained_kept=False)


def test_a_broker_that_stands_still_for_a_while(rig, wire):
    line = Line(rig, wire)
    line.wait_ticket()
    line.broker.p.send_signal(signal.SIGSTOP)
    try:
        line.wait_backlog()
    finally:
        line.broker.p.send_signal(signal.SIGCONT)
    line.wait_back()
    line.judge()


def test_a_broker_whose_name_nobody_knows_hinders_nothing(rig, wire):
    """No name server answers, and the file of names does not have it. Measuring goes on; once the name is known again
    everything comes."""
    wire.rename("elsewhere")
    broker = rig.broker(address=BROKER_NAME, within=wire.at_broker)
    wall = rig.subscriber(broker, client_id="wall")
    evening = Evening(rig, broker, wire=wire)
    daemon = evening.daemon()
    peers.wait_until(lambda: evening.waiting() > 4 * UNITS, "documents wait in the outbox")
    assert not daemon.get("/api/v1/status")[2]["uplink"]["connected"]
    wire.rename(BROKER_NAME)
    daemon.wait_connected()
    wall.wait_for("ticket/[^/]+")
    assert daemon.end() == 0, daemon.said
    evening.deliver()
    evening.wait_last(wall)
    print(check_whole(evening.site, wall.messages)[1])


def test_a_week_without_a_broker(rig, wire):
    """A simulated week of two sensors, more than twenty thousand documents. Then the line is back: what happens now
    comes before the end of what waits, and everything that waits comes."""
    speed = 7200
    line = Line(rig, wire, turns=7 * 24 * 4 + 80, units=2, speed=speed, interval="40s",
                fill="publish: {backfill_rate: 0}\n")
    line.wait_ticket()
    wire.cut("reset")
    until = line.evening.clock.now + timedelta(days=7)
    peers.wait_until(lambda: line.evening.clock.now >= until, "a week goes by", deadline_s=300)
    waiting, known = line.evening.waiting(), line.evening.site.last_seq
    wire.mend()
    line.wait_back()
    line.evening.note("back")
    event = line.wall.wait_for("ticket/[^/]+/event", lambda d: d["verb"] == "note", deadline_s=300)
    line.judge(drain_s=300, has_alarms=False)  # the note is one
    order = list(Judgement(line.wall.messages).first)
    behind = sum(seq <= known for seq in order[order.index(event.body["seq"]) + 1:])
    late_s = (line.evening.clock.at(event.at_us) - datetime.fromisoformat(event.body["ts"])).total_seconds() / speed
    print(f"{waiting} documents waited; the note came {late_s:.3f} s after it was taken, {behind} older ones after it")
    assert waiting > 20_000 and behind > 0
