# SPDX-License-Identifier: Apache-2.0
"""The outbox through real brokers: what waited comes marked, behind what is new; a mirror that is dead costs the
platform nothing and gets everything later; what is shed is named. Judged by a foreign client: linecheck.py."""
import collections
from datetime import timedelta

import rig as peers
from evening import Evening
from linecheck import Judgement, lane_of

FRESH_S = 30  # of the machine: who was away for less gets what waited as if nothing had been
RATE = 20


def outbox(daemon):
    return daemon.get("/api/v1/status")[2]["outbox"]


def pending(daemon, destination):
    row = outbox(daemon)["destinations"][destination]
    return row["alarm"] + row["live"] + row["backfill"]


def whole(evening, messages, **how):
    line = Judgement(messages)
    counts = line.check(evening.site.last_seq, **how)
    print(counts)
    return line


def test_what_waited_comes_marked_and_behind_what_is_new(rig):
    port = peers.free_port()
    evening = Evening(rig, f"mqtt://127.0.0.1:{port}", units=3, speed=60, turns=4,
                      fill=f"publish: {{backfill_rate: {RATE}}}\n")
    daemon = evening.daemon()
    until = evening.clock.now + timedelta(seconds=(FRESH_S + 8) * evening.clock.speed)
    peers.wait_until(lambda: evening.clock.now >= until, "an outage that is not a brief one", deadline_s=FRESH_S + 60)
    broker = rig.broker(port=port)
    wall = rig.subscriber(broker, client_id="wall")
    daemon.wait_connected()
    assert outbox(daemon)["destinations"][0]["backfill"] > RATE, "a backlog that goes at once shows nothing"
    peers.wait_until(lambda: outbox(daemon)["destinations"][0]["backfill"] == 0, "the backlog has gone")
    assert daemon.end() == 0, daemon.said
    evening.deliver()
    evening.wait_last(wall)
    line = whole(evening, wall.messages, may_gap=("superseded",))
    order = [(lane_of(m.topic), m.body["seq"]) for m in line.first.values()]
    backlog = [at for at, (lane, _) in enumerate(order) if lane == "backfill"]
    oldest_new = min(at for at, (lane, _) in enumerate(order) if lane == "bulk")
    assert oldest_new < backlog[-1], "no new window overtook the backlog"
    assert order[oldest_new][1] > order[backlog[-1]][1]
    for m in line.first.values():
        if lane_of(m.topic) in ("bulk", "backfill"):
            assert m.body["historical"] is (lane_of(m.topic) == "backfill"), m


def test_a_dead_mirror_costs_the_platform_nothing_and_gets_everything_later(rig):
    port = peers.free_port()
    broker = rig.broker()
    wall = rig.subscriber(broker, client_id="wall")
    evening = Evening(rig, broker, units=2, turns=4,
                      fill=f"mirrors:\n  city: {{url: \"mqtt://127.0.0.1:{port}\"}}\npublish: {{backfill_rate: 0}}\n")
    daemon = evening.daemon()
    for _ in range(2):
        known = evening.site.last_seq
        wall.wait_for("ticket/[^/]+/event", lambda d: d["seq"] > known)
    peers.wait_until(lambda: pending(daemon, 0) == 0 and pending(daemon, 1) > 20, "the platform has all, the mirror nothing")
    assert [row["id"] for row in outbox(daemon)["destinations"]] == ["platform", "city"]
    assert [row["connected"] for row in outbox(daemon)["destinations"]] == [True, False]
    assert daemon.end() == 0, daemon.said  # what is known of each survives
    late = rig.subscriber(rig.broker(port=port), client_id="wall")
    evening.deliver()
    evening.wait_last(wall)
    evening.wait_last(late)
    assert whole(evening, wall.messages, may_gap=("superseded",)).again == 0
    whole(evening, late.messages, may_gap=("superseded",))
    kinds = collections.Counter(m.topic for m in late.messages if m.retain)
    assert {"summary", "gw/gw-7f3a/info", "gw/gw-7f3a/status"} <= set(kinds), "a mirror gets state too"


def test_what_is_too_large_for_a_broker_is_named_and_others_get_it(rig):
    broker, small = rig.broker(), rig.broker(conf=("max_packet_size 2000",))
    walls = rig.subscriber(broker, client_id="wall"), rig.subscriber(small, client_id="wall")
    evening = Evening(rig, broker, units=1, turns=2, fill=f"mirrors:\n  city: {{url: \"{small.url}\"}}\n")
    daemon = evening.daemon()
    for wall in walls:  # a ticket's document has more bytes than that
        wall.wait_for("gw/[^/]+/gap", lambda d: d["reason"] == "refused")
    assert daemon.end() == 0, daemon.said
    evening.deliver()
    for wall in walls:
        evening.wait_last(wall)
    with_all = whole(evening, walls[0].messages, may_gap=("superseded", "refused"))
    with_gaps = whole(evening, walls[1].messages, may_gap=("superseded", "refused"))
    refused = {seq for seq, reason in with_gaps.named.items() if reason == "refused"}
    assert refused and refused <= set(with_all.first) and not refused & set(with_gaps.first)
    assert all(len(with_all.first[seq].text.encode()) > 1500 for seq in refused)


def test_a_full_outbox_sheds_windows_and_names_them(rig):
    port = peers.free_port()
    evening = Evening(rig, f"mqtt://127.0.0.1:{port}", speed=1200, interval="30s", turns=60,
                      fill="publish: {backfill_rate: 0}\n")
    evening.site.layer("store: {outbox_max: 1MB}\n", "30-store.yaml")
    daemon = evening.daemon()
    peers.wait_until(lambda: outbox(daemon)["shed"] > 300, "windows are shed", deadline_s=180)
    state = outbox(daemon)
    assert state["bytes"] <= state["max_bytes"] == 1_000_000
    assert state["gaps_waiting"] > 0
    assert evening.site.rows("SELECT count(*) FROM outbox WHERE topic LIKE '%/gap'") == [(0,)], "nobody is there to read it"
    classes = {row[0] for row in evening.site.rows("SELECT DISTINCT class FROM gap")}
    assert classes <= {1, 2}, "only tickets' older documents and windows of one minute, while there are some"
    broker = rig.broker(port=port)
    wall = rig.subscriber(broker, client_id="wall")
    daemon.wait_connected()
    wall.wait_for("gw/[^/]+/gap")
    peers.wait_until(lambda: outbox(daemon)["gaps_waiting"] == 0, "all of it was announced")
    assert daemon.end() == 0, daemon.said
    evening.deliver()
    evening.wait_last(wall)
    line = whole(evening, wall.messages, may_gap=("shed", "superseded"))
    shed = [m.body for m in line.numbered if m.topic.endswith("/gap") and m.body["reason"] == "shed"]
    assert {d["class"] for d in shed} == {"window-1m"}
    assert sum(d["n"] for d in shed) > 300
    assert all(d["n"] == sum(b - a + 1 for a, b in d["ranges"]) for d in shed)
    events = {m.body["id"] for m in line.numbered if m.topic.endswith("/event")}
    assert len(events) == evening.site.rows("SELECT sum(json_extract(json, '$.history_total')) FROM ticket")[0][0]
