# SPDX-License-Identifier: Apache-2.0
"""A hotline and a site, from the first call to the day's figures: the platform is played by mosquitto clients (MQTT 5,
response topic, correlation data), the people of the site by `siteward`, against a real gateway, broker and node. One
evening is told once; each test looks at one side of it."""
import itertools
import json
import re
import time
from datetime import datetime, timedelta

import pytest

import rig as peers
from test_commands import Peer, error_of

EPOCH = "2026-03-02T21:42:00+08:00"
DAY = "2026-03-02"
SPEED = 60
LOUD = "2026-03-02T22:02:00+08:00"
QUIET = "2026-03-02T22:08:00+08:00"
SITE = """\
version: 1
site:
  id: pd-0042
  area: "310115"
  name: 丁香路 12-3 地块
  timezone: Asia/Shanghai
  location: {lat: 31.2237, lon: 121.5441}
  agency_responsible: 浦东新区城管执法局
  packs: [cn-gb12523-2025]
  hotline: hotline-cn-12345
gateway: {id: gw-7f3a}
store: {commit: 200ms}
buses:
  box-1: {kind: tcp, host: 127.0.0.1, port: %d}
devices:
  gate: {template: siteward-node, bus: box-1, address: 1, interval: 1s, channels: [noise], place: boundary}
responsibility:
  - {category: noise, period: night, unit: 某某建设 项目部, person: 王工}
  - {unit: 某某建设 项目部, lead: true}
  - {unit: 区城市运行中心, supervision: true}
"""
CALLERS = [f"h:{n:032x}" for n in range(0xA0, 0xA4)]
PLATFORM = {"by": "host:12345-sh", "role": "platform"}


def scenario():
    """Quiet, six minutes of 66 dB in the night, quiet."""
    rows = [(datetime.fromisoformat(EPOCH) - timedelta(minutes=1), 48), (datetime.fromisoformat(LOUD), 66),
            (datetime.fromisoformat(QUIET), 48)]
    return "".join(json.dumps({"at": at.isoformat(), "unit": 1, "set": {"LAeq": level, "LAFmax": level + 2}}) + "\n"
                   for at, level in rows)


class Evening:
    """Who takes part, and what everybody was told."""

    def __init__(self, rig, siteward):
        self.broker = rig.broker()
        self.wall = rig.subscriber(self.broker)
        self.clock = peers.Clock(EPOCH, SPEED)
        file = rig.folder() / "node.ndjson"
        file.write_text(scenario())
        node = rig.node(file, self.clock, "--tcp", "127.0.0.1:0")
        self.site = rig.site(text=SITE % node.port)
        self.site.connect(self.broker)
        self.peer = Peer(self.broker, self.clock)
        self.daemon = rig.daemon(self.site, self.clock)
        self.siteward = siteward
        self.numbers = itertools.count(1)
        self.said = {}  # what was answered, by name
        peers.wait_until(lambda: self.daemon.get("/api/v1/status")[2]["requests"]["subscribed"], "commands are heard")

    def run(self, *args):
        return self.siteward(*args, env={"SITEWARD_SOCKET": str(self.site.socket), "LANG": "C.UTF-8"})

    def now(self, ticket):
        return self.daemon.get(f"/api/v1/tickets/{ticket}")[2]

    def call(self, caller, at, window="PT2M"):
        """A complaint over MQTT. @return answer, document"""
        document = self.peer.complaint(next(self.numbers), occurred={"at": at, "window": window}, lat=31.2221,
                                       long=121.5432, caller_ref=CALLERS[caller])
        return self.peer.res("cmd/complaint", document), document

    def do(self, ticket, verb, **more):
        document = self.peer.command(**({"revision": self.now(ticket)["revision"]} | more))
        answer = self.peer.res(f"cmd/ticket/{ticket}/{verb}", document)
        assert answer["status"] == "ok", answer
        return answer["data"]

    def ask(self, at, window):
        """A question of an agent, while the caller is on the line."""
        begun = time.monotonic()
        answer = self.peer.ask("cmd/evidence", {
            "schema": "siteward.evidence-request/1.0", "id": f"q-{next(self.numbers)}", "at": at, "window": window,
            "point": {"lat": 31.2221, "lon": 121.5432}, "by": {"id": "agent:0317", "role": "agent"}})
        print(f"evidence over MQTT: {1000 * (time.monotonic() - begun):.0f} ms, with the start of mosquitto_rr")
        assert answer["schema"] == "siteward.evidence/1.0", answer
        assert not peers.faults_of("evidence", answer)
        return answer


def middle_of_minute(e, wanted):
    """Of the first minute whose judgement is wanted, once it is complete."""
    minute = e.wall.wait_for("sensor/gate-noise/agg/1m", lambda d: any(wanted(j) for j in d["judged"])).body
    return (datetime.fromisoformat(minute["from"]) + timedelta(seconds=30)).isoformat()


def before_the_night(e):
    """Somebody calls about a quiet minute of the evening."""
    e.said["quiet"], _ = e.call(0, middle_of_minute(e, lambda j: j["n"] > 0), "PT1M")


def the_loud_minutes(e):
    exceeded = e.wall.wait_for(r"ticket/[^/]+", lambda t: t and t["stage"] == "exceeded").body
    ticket = exceeded["id"]
    loud = middle_of_minute(e, lambda j: j["statistic"] == "LAeq,20min" and j["over"] > 0)
    e.ticket = ticket
    e.said["linked"], _ = e.call(1, loud, "PT1M")
    e.said["third"], document = e.call(2, loud, "PT1M")
    e.said["third again"] = e.peer.res("cmd/complaint", document | {"id": "k-again", "at": e.peer.now()})
    assert e.do(ticket, "dispatch", **PLATFORM)["status"] == "dispatched"
    accepted = e.run("ticket", exceeded["number"], "accept", "--by", "wang")
    assert accepted.code == 0, accepted.err
    e.said["refused"] = e.run("ticket", ticket, "resolve", "--by", "wang", "--measure", "stopped-machine", "--text", "泵停机")
    e.said["refused over mqtt"] = e.peer.res(f"cmd/ticket/{ticket}/resolve", e.peer.command(
        revision=e.now(ticket)["revision"], measure="stopped-machine", text="泵停机"))
    assert e.do(ticket, "start")["status"] == "in_progress"
    e.said["evidence"] = e.ask(loud, "PT1M")
    e.said["opened"], _ = e.call(3, "2026-03-02T21:00:00+08:00", "PT10M")
    e.said["by hand"] = e.run("complaint", "add", "--at", loud, "--window", "PT1M", "--caller-ref", CALLERS[1],
                              "--request-id", "12345-by-hand", "--by", "0317", "--json")


def afterwards(e):
    e.wall.wait_for(f"ticket/{e.ticket}", lambda t: t and t["stage"] == "recovered", 4 * peers.DEADLINE_S)
    resolved = e.run("ticket", e.ticket, "resolve", "--by", "wang", "--measure", "stopped-machine", "--text", "泵停机")
    assert resolved.code == 0, resolved.err
    assert e.do(e.ticket, "callback", satisfaction="satisfied", **PLATFORM)["status"] == "resolved"
    assert e.do(e.ticket, "close", **PLATFORM)["status"] == "closed"
    e.said["shown"] = e.run("ticket", e.ticket)
    e.said["sheet"] = e.run("evidence", "--at", "2026-03-02T22:04:00+08:00", "--window", "PT4M", "--lang", "en")
    e.said["document"] = e.run("evidence", "--at", "2026-03-02T22:04:00+08:00", "--window", "PT4M", "--json")
    e.final = e.now(e.ticket)
    e.daemon.wait_drained()
    assert e.daemon.end() == 0, e.daemon.said


@pytest.fixture(scope="module")
def evening(module_rig, siteward):
    e = Evening(module_rig, siteward)
    before_the_night(e)
    the_loud_minutes(e)
    afterwards(e)
    return e


def test_each_caller_is_told_what_was_done_and_what_was_measured(evening):
    said, ticket = evening.said, evening.ticket
    quiet = said["quiet"]
    assert quiet["data"] | {"why": 0} == {"outcome": "nothing-measured", "ticket": None, "number": None, "why": 0,
                                          "repeated": False, "status": None, "revision": None}
    assert quiet["data"]["why"] == quiet["answer"]["answer"]["code"] == "within_limit_permit_unknown"
    for name in ("linked", "third"):
        assert said[name]["data"]["outcome"] == "linked" and said[name]["data"]["ticket"] == ticket, said[name]
        assert said[name]["data"]["why"] == "over_limit_source_unknown"
    assert said["third again"] == said["third"] | {"request_id": "k-again"}
    opened = said["opened"]["data"]
    assert opened["outcome"] == "opened" and opened["why"] == "no_data" and opened["ticket"] not in (None, ticket)
    assert [t["id"] for t in said["opened"]["answer"]["tickets"]][:1] == [opened["ticket"]]
    assert "Your call has been added to that ticket." in said["opened"]["answer"]["answer"]["say"]["en"]
    assert all(not peers.faults_of("evidence", said[name]["answer"]) for name in ("quiet", "linked", "third", "opened"))
    by_hand = said["by hand"]
    assert by_hand.code == 0, by_hand.err
    assert json.loads(by_hand.out)["data"]["ticket"] == ticket


def test_the_early_call_counts_too_and_the_third_caller_raises_the_class(evening):
    """Of a quiet minute, yet within half an hour before it was over the limit; then two more; then one of them again."""
    assert evening.final["class"] == "A"
    assert evening.final["complaints"] == {"calls": 4, "callers": 3, "repeat_callers": 1}
    notes = [m.body["note"] for m in evening.wall.messages
             if m.topic == f"ticket/{evening.ticket}/event" and m.body["verb"] == "link"]
    assert notes[0] == "1 earlier call" and len(notes) == 4
    assert [n for n in notes if n.startswith("third caller: class A")] == notes[2:3]


def test_done_is_done_only_when_it_is_measured(evening):
    refused = evening.said["refused"]
    assert refused.code == 1 and not refused.out
    assert "limit 55.0" in refused.err and "gate-noise" in refused.err, refused.err
    answer = evening.said["refused over mqtt"]
    assert error_of(answer) == "no-proof" and "limit 55.0" in answer["error"]["detail"]
    assert evening.final["status"] == "closed" and evening.final["flags"]["forced"] is False
    assert evening.final["satisfaction"] == "satisfied"
    did = [(h["verb"], h["by"]["role"], h["door"]) for h in evening.final["history"]
           if h["verb"] in ("dispatch", "accept", "start", "resolve", "callback", "close")]
    assert did == [("dispatch", "platform", "mqtt"), ("accept", "party", "cli"), ("start", "party", "mqtt"),
                   ("resolve", "party", "cli"), ("callback", "platform", "mqtt"), ("close", "platform", "mqtt")]
    shown = evening.said["shown"]
    assert shown.code == 0 and re.search(r"resolve +party:wang \(cli\)", shown.out), shown.out
    events = [m.body["verb"] for m in evening.wall.messages if m.topic == f"ticket/{evening.ticket}/event"]
    assert events == [h["verb"] for h in evening.final["history"]]


def test_the_agent_can_read_out_what_was_measured(evening):
    answer = evening.said["evidence"]
    assert answer["answer"]["code"] == "over_limit_source_unknown"
    assert evening.ticket in [t["id"] for t in answer["tickets"]]
    assert answer["dispatch_basis"]["agency_responsible"] == "浦东新区城管执法局"
    number = answer["numbers"][0]
    assert number["sensor"] == "gate-noise" and number["LAeq"] == pytest.approx(66, abs=0.5)
    sheet = evening.said["sheet"]
    assert sheet.code == 0 and "gate-noise" in sheet.out and "I can " in sheet.out


def test_what_is_left_is_whole(evening, siteward, tmp_path):
    run = siteward("verify", evening.site.db)
    assert run.code == 0 and ": whole" in run.out, run.out + run.err
    key = evening.wall.wait_for("gw/gw-7f3a/info").body["public_key"]
    answer = tmp_path / "answer.json"
    answer.write_text(evening.said["document"].out, encoding="utf-8")
    assert siteward("verify", answer, "--key", key).code == 0
    answer.write_text(json.dumps(evening.said["evidence"], ensure_ascii=False), encoding="utf-8")
    assert siteward("verify", answer, "--key", key).code == 0, "what came over MQTT"


def test_the_days_report_agrees(evening, siteward):
    run = siteward("report", "-c", evening.site.file, "--day", DAY, "--json")
    assert run.code == 0, run.err
    report = json.loads(run.out)
    assert report["tickets"] | {"overdue": 0} == {"opened": 2, "closed": 1, "reopened": 0, "withdrawn": 0, "forced": 0,
                                                  "open": 1, "overdue": 0}
    assert [report[k] | {"percent": 0} for k in ("first_time_resolution", "satisfaction", "complaints_confirmed")] == [
        {"n": 1, "of": 1, "percent": 0}, {"n": 1, "of": 1, "percent": 0}, {"n": 3, "of": 4, "percent": 0}]
    assert report["complaints"] == {"calls": 5, "callers": 4, "linked": 3, "opened": 1, "nothing_measured": 1}
    assert [(m["ticket"], m["callers"]) for m in report["many_callers"]][:1] == [(evening.ticket, 3)]
    assert [(c["caller_ref"], c["calls"]) for c in report["repeat_callers"]] == [(CALLERS[1], 2)]


def test_every_document_of_the_evening_keeps_the_contract(evening):
    seen = set()
    for m in evening.wall.messages:
        if m.topic.startswith("cmd/") or m.body == "":
            continue
        kind, qos, _ = peers.contract_of(m.topic)
        if kind == "res" and m.body["schema"] == "siteward.evidence/1.0":
            kind = "evidence"
        assert m.qos == qos and not peers.faults_of(kind, m.body), m
        seen.add(kind)
    assert seen >= {"agg", "checkpoint", "evidence", "info", "res", "state", "summary", "ticket", "ticket-event"}
