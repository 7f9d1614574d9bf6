# SPDX-License-Identifier: Apache-2.0
"""Commands, complaints and questions over a real broker, sent by mosquitto_rr and mosquitto_pub, which know nothing of
siteward: MQTT 5 response topic and correlation data. A loud night on a simulated site gives the tickets."""
import contextlib
import itertools
import json
import re
import signal
import subprocess
import threading
import time
from datetime import datetime, timedelta

import pytest

import rig as peers

EPOCH = "2026-03-02T22:55:00+08:00"
SPEED = 30
RES = peers.PREFIX + "res/desk/"
SITE = """\
version: 1
site:
  id: pd-0042
  area: "310115"
  timezone: Asia/Shanghai
  location: {lat: 31.2237, lon: 121.5441}
  packs: [cn-gb12523-2025]
  hotline: hotline-cn-12345
gateway: {id: gw-7f3a}
store: {commit: 200ms}
buses:
  box-1: {kind: tcp, host: 127.0.0.1, port: %d}
devices:
  gate: {template: siteward-node, bus: box-1, address: 1, interval: 1s, channels: [noise], place: boundary}
responsibility:
  - {unit: 某某建设 项目部, lead: true}
"""
IDS = itertools.count(1)


def scenario():
    """Quiet, then loud from 22:57 on, until the end."""
    start = datetime.fromisoformat(EPOCH)
    rows = [(start - timedelta(minutes=1), 48), (start + timedelta(minutes=2), 75)]
    return "".join(json.dumps({"at": at.isoformat(), "unit": 1, "set": {"LAeq": level, "LAFmax": level + 4}}) + "\n"
                   for at, level in rows)


class Peer:
    """The platform and its desk, as any MQTT 5 client would be."""

    def __init__(self, broker, clock):
        self.broker = broker
        self.clock = clock

    def now(self, ahead_s=0):
        return (self.clock.now + timedelta(seconds=ahead_s)).isoformat(timespec="milliseconds")

    def command(self, by="party:wang", role="party", **more):
        return {"schema": "siteward.cmd/1.0", "id": f"c-{next(IDS)}", "at": self.now(),
                "by": {"id": by, "role": role}} | more

    def complaint(self, number, **more):
        return {"schema": "siteward.complaint/1.0", "id": f"k-{next(IDS)}", "at": self.now(),
                "by": {"id": "agent:0317", "role": "agent"}, "service_request_id": f"12345-{number}",
                "service_code": "noise.construction", "occurred": {"at": self.now(-120), "window": "PT2M"}} | more

    def publish(self, topic, document, *args):
        text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
        subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.broker.port), "-V", "mqttv5", "-q", "1",
                        "-t", peers.PREFIX + topic, "-s", *args], input=text, text=True, check=True,
                       timeout=peers.DEADLINE_S)

    def ask(self, topic, document, *args, token=None):
        """@return the answer as mosquitto_rr shows it"""
        token = token or f"q-{next(IDS)}"
        text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
        done = subprocess.run(["mosquitto_rr", "-h", "127.0.0.1", "-p", str(self.broker.port), "-V", "mqttv5", "-q", "1",
                               "-t", peers.PREFIX + topic, "-e", RES + token, "-D", "publish", "correlation-data", token,
                               "-W", str(peers.DEADLINE_S), "-F", "%J", "-m", text, *args], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=2 * peers.DEADLINE_S)
        assert done.returncode == 0 and done.stdout, f"no answer to {topic}: {done.stderr}"
        answer = json.loads(done.stdout.splitlines()[0])
        assert answer["qos"] == 1 and not answer["retain"]
        assert answer["properties"]["correlation-data"] == token
        assert answer["properties"]["content-type"] == "application/json"
        assert 0 < answer["properties"]["message-expiry-interval"] <= 300
        return answer["payload"]

    def res(self, topic, document, *args, **kwargs):
        answer = self.ask(topic, document, *args, **kwargs)
        assert not peers.faults_of("res", answer), f"{peers.faults_of('res', answer)}: {answer}"
        if isinstance(document, dict) and "id" in document:
            assert answer["request_id"] == document["id"]
        return answer


def error_of(answer):
    assert answer["status"] == "error", answer
    return answer["error"]["type"].removeprefix("urn:siteward:error:")


class Night:
    def __init__(self, rig):
        self.rig = rig
        self.broker = rig.broker(folder=rig.folder())
        self.wall = rig.subscriber(self.broker, peers.PREFIX + "ticket/#", peers.PREFIX + "res/#")
        self.clock = peers.Clock(EPOCH, SPEED)
        file = rig.folder() / "node.ndjson"
        file.write_text(scenario())
        node = rig.node(file, self.clock, "--tcp", "127.0.0.1:0")
        self.site = rig.site(text=SITE % node.port)
        self.site.connect(self.broker)
        self.peer = Peer(self.broker, self.clock)
        self.daemon = self.start()

    def start(self):
        daemon = self.rig.daemon(self.site, self.clock)
        peers.wait_until(lambda: daemon.get("/api/v1/status")[2]["requests"]["subscribed"], "commands are subscribed")
        return daemon

    def counters(self):
        return self.daemon.get("/api/v1/status")[2]["requests"]

    def ticket(self):
        """The exceedance's ticket, once it is there."""
        return self.wall.wait_for(r"ticket/[^/]+", lambda t: t and t["stage"] == "exceeded").body

    def now(self, ticket):
        return self.daemon.get(f"/api/v1/tickets/{ticket}")[2]


@pytest.fixture
def night(rig):
    return Night(rig)


def test_a_ticket_is_worked_off_over_mqtt_and_each_command_is_answered_once(night):
    peer, ticket = night.peer, night.ticket()["id"]

    def do(verb, **more):
        document = peer.command(**({"revision": night.now(ticket)["revision"]} | more))
        return peer.res(f"cmd/ticket/{ticket}/{verb}", document), document

    if night.now(ticket)["status"] == "open":
        answer, _ = do("dispatch", by="host:12345-sh", role="platform")
        assert answer["data"]["status"] == "dispatched"
    answer, accept = do("accept", by="party:wang")
    assert answer["status"] == "ok" and answer["data"]["ticket"] == ticket and answer["data"]["status"] == "accepted"
    assert night.wall.wait_for(f"ticket/{ticket}", lambda t: t and t["status"] == "accepted")

    # the same again: the first answer to the byte, and nothing happens
    again = peer.res(f"cmd/ticket/{ticket}/accept", accept)
    assert again == answer
    assert night.now(ticket)["status"] == "accepted"
    # the same id for something else
    assert error_of(peer.res(f"cmd/ticket/{ticket}/accept", accept | {"text": "x"})) == "id-reused"
    assert error_of(peer.res(f"cmd/ticket/{ticket}/start", accept)) == "id-reused"

    # what somebody else changed meanwhile
    conflict, _ = do("start", revision=1)
    assert error_of(conflict) == "conflict"
    assert conflict["error"]["current"]["id"] == ticket and conflict["error"]["current"]["status"] == "accepted"
    assert not peers.faults_of("ticket", conflict["error"]["current"])
    answer, _ = do("start")
    assert answer["data"]["status"] == "in_progress"

    # resolved only with proof
    refused, _ = do("resolve", measure="stopped-machine", text="混凝土泵停机")
    assert error_of(refused) == "no-proof" and refused["error"]["hint"]
    answer, _ = do("resolve", measure="stopped-machine", text="混凝土泵停机", force=True, reason="sensor drift")
    assert answer["data"]["status"] == "resolved"
    doors = {(h["verb"], h["door"]) for h in night.now(ticket)["history"] if h["verb"] in ("accept", "start", "resolve")}
    assert doors == {("accept", "mqtt"), ("start", "mqtt"), ("resolve", "mqtt")}

    # what was answered before a restart is answered so after it
    assert night.daemon.end(signal.SIGKILL) == -signal.SIGKILL
    night.daemon = night.start()
    assert peer.res(f"cmd/ticket/{ticket}/accept", accept) == again
    assert error_of(peer.res(f"cmd/ticket/{ticket}/start", accept)) == "id-reused"


def test_what_is_no_proper_command_is_refused_by_name(night):
    peer, ticket = night.peer, night.ticket()["id"]
    topic = f"cmd/ticket/{ticket}/ack"
    officer = {"by": "officer:2207", "role": "officer"}
    good = peer.command(**officer)

    for wrong, word in [("not json", "JSON"), ("[]", "object"), ({k: v for k, v in good.items() if k != "by"}, "by"),
                        (good | {"at": "yesterday"}, "at"), (good | {"revision": "5"}, "revision"),
                        (good | {"by": {"id": "x", "role": "king"}}, "king"), (good | {"schema": "x"}, "schema"),
                        (good | {"text": "x" * 500}, "text")]:
        answer = peer.ask(topic, wrong)
        assert error_of(answer) == "invalid" and word in answer["error"]["detail"], answer
        assert not peers.faults_of("res", answer), answer
    assert error_of(peer.res(f"cmd/ticket/{ticket}/dance", good)) == "invalid"
    assert error_of(peer.res("cmd/ticket/sw-aaaaaaaaaa/ack", peer.command(**officer))) == "not-found"
    assert error_of(peer.res(topic, peer.command(by="agent:0317", role="agent"))) == "forbidden"
    late = peer.command(**officer, expires=peer.now(-1))
    assert error_of(peer.res(topic, late)) == "expired"
    # a clock that is a day ahead (of the gateway's, whatever its speed)
    assert error_of(peer.res(topic, peer.command(**officer) | {"at": peer.now(86400)})) == "expired"

    before = night.counters()["not_taken"]
    peer.publish(topic, peer.command(**officer), "-r")  # retained
    peer.publish(topic, peer.command(**officer), "-D", "publish", "response-topic", "siteward/1/310115/pd-0042/summary")
    peer.publish(topic, peer.command(**officer), "-D", "publish", "response-topic", "siteward/1/310115/other/res/a/b")
    peer.publish(topic, peer.command(**officer) | {"reply_to": peers.PREFIX + "res/a"})
    peer.publish(topic, json.dumps(peer.command(**officer, text="x" * 300_000)))
    after = peers.wait_until(lambda: (lambda c: c if c["too_large"] > before["too_large"] else None)(
        night.counters()["not_taken"]), "all were counted")
    assert after["retained"] == before["retained"] + 1
    assert after["response_topic"] == before["response_topic"] + 3
    assert "ack" not in [h["verb"] for h in night.now(ticket)["history"]]

    # for 3.1.1 the payload says where to, and wins; without any there is no answer, but it is done
    elsewhere = night.rig.subscriber(night.broker, RES + "old")
    peer.publish(topic, good | {"reply_to": RES + "old", "correlation": "x1"}, "-D", "publish", "response-topic",
                 RES + "not-here")
    answer = elsewhere.wait_for("res/desk/old")
    assert answer.body["status"] == "ok" and answer.properties["correlation-data"] == "x1"
    peer.publish(f"cmd/ticket/{ticket}/note", peer.command(text="待命", **officer))
    night.wall.wait_for(f"ticket/{ticket}/event", lambda e: e["verb"] == "note" and e["note"] == "待命")
    assert not [m for m in night.wall.messages if m.topic == "res/desk/not-here"]


WORDS = ["工地半夜浇混凝土", "88 弄 6 号", "31.2221", "121.5432"]


def test_a_complaint_is_answered_with_a_ticket_and_the_numbers_and_its_words_are_nowhere(night, siteward):
    peer = night.peer
    quiet = peer.res("cmd/complaint", peer.complaint(1, description=WORDS[0], address_string="花木街道丁香路 " + WORDS[1],
                                                     lat=31.2221, long=121.5432, caller_ref="h:" + "6c" * 16))
    assert quiet["status"] == "ok", quiet
    assert quiet["data"]["outcome"] in ("nothing-measured", "opened")
    assert quiet["data"]["why"] == quiet["answer"]["answer"]["code"]

    ticket = night.ticket()
    loud = peer.complaint(2, description=WORDS[0], lat=31.2221, long=121.5432, caller_ref="h:" + "7d" * 16)
    linked = peer.res("cmd/complaint", loud)
    assert linked["data"]["outcome"] == "linked" and linked["data"]["ticket"] == ticket["id"]
    assert linked["data"]["number"] == ticket["number"] and not linked["data"]["repeated"]
    assert not peers.faults_of("evidence", linked["answer"])
    assert linked["answer"]["distance_m"] % 50 == 0
    assert ticket["id"] in [t["id"] for t in linked["answer"]["tickets"]]
    calls = night.now(ticket["id"])["complaints"]["calls"]
    assert calls >= 1

    # the same request under another id, later: the first answer
    again = peer.res("cmd/complaint", loud | {"id": "k-other", "at": peer.now()})
    assert again == linked | {"request_id": "k-other"}
    assert night.now(ticket["id"])["complaints"]["calls"] == calls

    for field, wrong in [("service_request_id", None), ("service_code", 7), ("caller_ref", "021-5555 1234"), ("lat", 91),
                         ("occurred", {"at": "now"}), ("want", "gold"), ("occurred", {"at": peer.now(-9), "window": "PT2D"})]:
        answer = peer.res("cmd/complaint", peer.complaint(3) | {"lat": 31.2, "long": 121.5, field: wrong})
        assert error_of(answer) == "invalid" and field in answer["error"]["detail"], (field, answer)
    ahead = peer.res("cmd/complaint", peer.complaint(4, occurred={"at": peer.now(86400), "window": "PT2M"}))
    assert error_of(ahead) == "invalid" and "future" in ahead["error"]["detail"], ahead

    # for those behind it are dropped, not kept
    assert night.daemon.end() == 0, night.daemon.said
    for file in night.site.db.parent.rglob("*"):
        for word in WORDS:
            assert not file.is_file() or word.encode() not in file.read_bytes(), f"{word} in {file}"
    assert not [word for word in WORDS if word in night.daemon.said]
    assert night.site.rows("SELECT count(*) FROM complaint") == [(2,)]
    checked = siteward("verify", night.site.db, "--json")
    assert checked.code == 0 and json.loads(checked.out)["compared"]["complaints"] == 2, checked.out


def test_a_question_is_answered_within_two_seconds_and_writes_nothing(night):
    night.ticket()
    peer = night.peer
    peers.wait_until(lambda: night.daemon.get("/api/v1/status")[2]["uplink"]["pending"] == 0, "nothing waits")

    def ask():
        answer = peer.ask("cmd/evidence", {
            "schema": "siteward.evidence-request/1.0", "id": "q-1", "at": peer.now(-60), "window": "PT2M",
            "by": {"id": "agent:0317", "role": "agent"}, "want": ["answer", "numbers", "series"], "series_points": 30})
        assert answer["schema"] == "siteward.evidence/1.0" and answer["request_id"] == "q-1", answer
        assert not peers.faults_of("evidence", answer)
        return answer["answer"]["code"]

    peers.wait_until(lambda: ask().startswith("over_limit"), "the loud minutes are judged")
    took = []
    for _ in range(5):
        begun = time.monotonic()
        assert ask().startswith("over_limit")
        took.append(time.monotonic() - begun)
    print(f"evidence over MQTT: {min(took):.3f} to {max(took):.3f} s, with the start of mosquitto_rr")
    wrong = peer.res("cmd/evidence", {"schema": "siteward.evidence-request/1.0", "id": "q-2", "at": peer.now(3600),
                                      "by": {"id": "agent:0317", "role": "agent"}})
    assert error_of(wrong) == "invalid"
    assert night.site.rows("SELECT count(*) FROM command") == [(0,)]


def test_thirty_at_once_and_a_broker_that_was_away_in_between(night):
    peer, ticket = night.peer, night.ticket()["id"]
    answers = {}

    def note(i):
        answers[i] = peer.res(f"cmd/ticket/{ticket}/note", peer.command(by="officer:2207", role="officer", text=f"n{i}"))

    threads = [threading.Thread(target=note, args=(i,)) for i in range(30)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(peers.DEADLINE_S)
    assert sorted(answers) == list(range(30)) and all(a["status"] == "ok" for a in answers.values())
    assert len({a["data"]["revision"] for a in answers.values()}) == 30

    # what is sent while the gateway is away waits at the broker, what it answers while the broker is away in the outbox
    assert night.daemon.end() == 0, night.daemon.said
    desk = night.rig.subscriber(night.broker, RES + "later", client_id="desk-later")
    late = peer.command(by="officer:2207", role="officer", text="later") | {"reply_to": RES + "later"}
    peer.publish(f"cmd/ticket/{ticket}/note", late)
    assert night.broker.end() == 0
    night.broker = peer.broker = night.rig.add(night.broker.again())
    night.daemon = night.start()
    answer = desk.wait_for("res/desk/later")
    assert answer.body["status"] == "ok" and answer.body["request_id"] == late["id"]
    again = peer.res(f"cmd/ticket/{ticket}/note", late | {"reply_to": RES + "again"}, token="again")
    assert again["status"] == "ok" and again["request_id"] == late["id"]
    assert len([e for e in night.site.rows("SELECT id FROM command") if e[0] == late["id"]]) == 1


def test_the_people_of_the_site_use_the_socket(night):
    ticket, daemon = night.ticket(), night.daemon
    number, path = ticket["number"], f"/api/v1/tickets/{ticket['id']}"
    env = {"SITEWARD_SOCKET": str(night.site.socket), "LANG": "C", "USER": "wang", "PATH": "/usr/bin:/bin"}

    def run(*args):
        done = subprocess.run([peers.program("siteward"), *args], capture_output=True, text=True, env=env,
                              timeout=peers.DEADLINE_S)
        assert not peers.SANITIZER.search(done.stderr), done.stderr
        return done.returncode, done.stdout, done.stderr

    if night.now(ticket["id"])["status"] == "open":
        night.peer.res(f"cmd/ticket/{ticket['id']}/dispatch", night.peer.command(
            by="host:12345-sh", role="platform", revision=night.now(ticket["id"])["revision"]))
    code, out, said = run("ticket", number, "accept")
    assert code == 0 and out.startswith(f"{number}: accepted"), said
    assert night.now(ticket["id"])["history"][-1] | {"at": 0, "stage": 0} == {
        "verb": "accept", "at": 0, "stage": 0, "by": {"id": "party:wang", "role": "party"}, "door": "cli"}
    code, out, _ = run("ticket", ticket["id"])
    assert code == 0 and number in out and re.search(r"accept +party:wang \(cli\)", out), out
    until = night.peer.now(7200)
    officer = {"by": "officer:1", "role": "officer"}
    answer = night.peer.res(f"cmd/ticket/{ticket['id']}/suspend", night.peer.command(
        **officer, revision=night.now(ticket["id"])["revision"], until=until))
    assert answer["status"] == "ok", answer
    assert f"suspended until {until[:16]}" in run("ticket", ticket["id"])[1].splitlines()[0]
    answer = night.peer.res(f"cmd/ticket/{ticket['id']}/resume", night.peer.command(
        **officer, revision=night.now(ticket["id"])["revision"]))
    assert answer["status"] == "ok", answer
    code, out, said = run("ticket", ticket["id"], "resolve", "--measure", "stopped-machine", "--text", "泵停机")
    assert code == 1 and not out and "not" in said.lower(), said
    code, out, said = run("ticket", ticket["id"], "close")
    assert code == 1 and said.startswith("siteward ticket: ") or "role" in said, said
    code, out, said = run("ticket", "sw-aaaaaaaaaa", "accept")
    assert code == 3 and not out
    assert run("ticket", "XX-1")[0] == 3
    code, out, said = run("complaint", "add", "--at", night.peer.now(-120), "--window", "PT2M", "--lat", "31.2221",
                          "--lon", "121.5432", "--request-id", "12345-cli", "--by", "0317")
    assert code == 0 and re.match(r"linked: sw-|opened: sw-|nothing-measured", out), out + said
    assert run("complaint", "add", "--at", night.peer.now(86400))[0] == 1
    assert run("complaint", "add")[0] == 1

    # what the socket itself says
    status, headers, problem = daemon.get(path + "/accept", "POST")
    assert status == 400 and problem["type"] == "urn:siteward:error:invalid" and problem["status"] == 400
    assert headers["Content-Type"] == "application/problem+json"
    assert daemon.get(path + "/dance", "POST")[0] == 404
    assert daemon.get(path, "DELETE")[0] == 405
    assert daemon.get(path + "/accept")[0] == 405
    assert daemon.get("/api/v1/tickets/sw-aaaaaaaaaa")[0] == 404
    assert daemon.get("/api/v1/complaints")[0] == 405
    def post(where, document, headers=None):
        with contextlib.closing(peers.UnixHttp(str(night.site.socket))) as c:
            c.request("POST", where, json.dumps(document), headers or {})
            answer = c.getresponse()
            return answer.status, json.loads(answer.read())

    status, problem = post(path + "/start", night.peer.command(by="officer:1", role="officer"))
    assert status == 403 and problem["type"] == "urn:siteward:error:forbidden"
    old = night.peer.command(revision=1)
    status, problem = post(path + "/start", old)
    assert status == 409 and problem["type"] == "urn:siteward:error:conflict" and problem["current"]["number"] == number
    status, problem = post(path + "/start", night.peer.command(), {"If-Match": '"1"'})
    assert status == 409 and problem["type"] == "urn:siteward:error:conflict"
    status, answer = post(path + "/start", night.peer.command(),
                              {"If-Match": f'"{night.now(ticket["id"])["revision"]}"'})
    assert status == 200 and answer["data"]["status"] == "in_progress", answer
