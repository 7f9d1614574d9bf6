# SPDX-License-Identifier: Apache-2.0
"""The doors under hostile or hurried use: floods, nonsense, a kill right behind an answer, tickets long gone."""
import contextlib
import json
import signal
import sqlite3
import subprocess
import time

import pytest

import rig as peers
from test_commands import RES, Night, error_of


@pytest.fixture
def night(rig):
    return Night(rig)


def http(night, method, where, document=None, headers=None):
    with contextlib.closing(peers.UnixHttp(str(night.site.socket))) as c:
        c.request(method, where, json.dumps(document) if document else None, headers or {})
        answer = c.getresponse()
        return answer.status, dict(answer.getheaders()), json.loads(answer.read())


def test_what_a_page_said_was_done_is_there_after_a_kill(night):
    ticket = night.ticket()["id"]
    for i in range(3):
        note = night.peer.command(text=f"note {i}")
        status, headers, answer = http(night, "POST", f"/api/v1/tickets/{ticket}/note", note)
        night.daemon.end(signal.SIGKILL)
        assert status == 200 and headers["ETag"] == f'"{answer["data"]["revision"]}"', answer
        assert night.site.rows("SELECT count(*) FROM command WHERE id = '%s'" % note["id"]) == [(1,)]
        night.daemon = night.start()
        assert http(night, "POST", f"/api/v1/tickets/{ticket}/note", note)[2] == answer


def test_a_ticket_carries_its_revision_as_etag_and_is_found_when_it_has_left_the_desk(night):
    ticket = night.ticket()["id"]
    path = f"/api/v1/tickets/{ticket}"
    status, headers, document = http(night, "GET", path)
    assert status == 200 and headers["ETag"] == f'"{document["revision"]}"'
    status, headers, problem = http(night, "POST", path + "/accept", night.peer.command(), {"If-Match": '"1"'})
    if status == 409 and problem["type"].endswith(":conflict"):
        assert headers["ETag"] == f'"{problem["current"]["revision"]}"'
    again = night.peer.command(text="x")
    first = http(night, "POST", path + "/note", again, {"If-Match": headers["ETag"]})
    other = http(night, "POST", path + "/note", again, {"If-Match": '"999"'})
    assert first[0] == 200 and other[0] == 409 and other[2]["type"].endswith(":id-reused"), (first, other)

    gone = "sw-aaaaaaaaab"
    with sqlite3.connect(night.site.db) as db:
        db.execute("INSERT INTO ticket SELECT ?1, matter_key, status, revision, changed_us, replace(json, ?2, ?1)"
                   " FROM ticket WHERE id = ?2", (gone, ticket))
    status, headers, document = http(night, "GET", f"/api/v1/tickets/{gone}")
    assert status == 200 and document["id"] == gone and headers["ETag"] == f'"{document["revision"]}"'
    assert not peers.faults_of("ticket", document)
    status, headers, problem = http(night, "GET", "/api/v1/tickets/sw-aaaaaaaaac")
    assert status == 404 and problem["type"] == "urn:siteward:error:not-found" and "ETag" not in headers
    status, _, problem = http(night, "GET", "/api/v1/evidence?at=2099-01-01T00:00:00Z")
    assert status == 400 and problem["type"] == "urn:siteward:error:invalid"


def test_nonsense_is_answered_or_counted_and_holds_nothing_up(night):
    peer, ticket = night.peer, night.ticket()["id"]
    topic = f"cmd/ticket/{ticket}/note"
    good = peer.command(by="officer:1", role="officer", text="x")
    by = {"id": "officer:1", "role": "officer"}
    deep = 1900
    for wrong in ["[" * deep + "]" * deep, json.dumps(good | {"x": 0})[:-2] + "[" * deep + "]" * deep + "}",
                  json.dumps(good | {"id": "i" * 10_000}), json.dumps(good | {"id": "a\0b"}),
                  json.dumps(good | {"by": {"id": "o" * 10_000, "role": "officer"}}), "{}", '"x"', "null", "0", "{\"id\":",
                  json.dumps(good | {"at": "9999-12-31T23:59:59Z"}), json.dumps(good | {"at": "0000-00-01T00:00:00Z"}),
                  json.dumps(good | {"revision": 2 ** 63}), json.dumps(good | {"revision": -1}),
                  json.dumps(good | {"caller_ref": "+86 138-0000-0000"})]:
        answer = peer.ask(topic, wrong)
        assert error_of(answer) in ("invalid", "expired"), (wrong[:80], answer)
        assert not peers.faults_of("res", answer), answer
        assert "138-0000" not in json.dumps(answer)
    # times at the edge of the world are taken or refused, and change nothing
    for more in [{"until": "9999-12-31T23:59:59Z"}, {"deadlines": {"resolve_by": "9999-12-31T23:59:59Z"}}]:
        peer.ask(f"cmd/ticket/{ticket}/suspend", peer.command(by="officer:1", role="officer", reason="r") | more)
    complaint = peer.complaint(9, occurred={"at": "9999-12-31T23:59:59Z"})
    assert error_of(peer.res("cmd/complaint", complaint)) == "invalid"
    for at in ("9999-12-31T23:59:59Z", "1969-12-31T23:59:59Z", "0001-01-01T00:00:00Z"):
        answer = peer.ask("cmd/evidence", {"schema": "siteward.evidence-request/1.0", "id": "q", "at": at, "by": by})
        assert error_of(answer) == "invalid", answer

    before = night.counters()["not_taken"]
    subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(night.broker.port), "-V", "mqttv5", "-q", "1", "-t",
                    peers.PREFIX + topic, "-s"], input=b"\xff\xfe{\"id\":\"\xc3\x28\"}", check=True)
    for where in ("siteward/1/310115/pd-0042/res/a/b/c", "x" * 500, peers.PREFIX + "res/" + "y" * 500 + "/z"):
        peer.publish(topic, good, "-D", "publish", "response-topic", where)
    after = peers.wait_until(lambda: (lambda c: c if c["response_topic"] >= before["response_topic"] + 3 else None)(
        night.counters()["not_taken"]), "all were counted")
    assert after["bad_document"] == before["bad_document"] + 1
    assert "note" not in [h["verb"] for h in night.now(ticket)["history"]]


def flood(night, topic, lines, *args):
    subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(night.broker.port), "-V", "mqttv5", "-q", "1", "-t",
                    peers.PREFIX + topic, "-D", "publish", "response-topic", RES + "flood", "-l", *args],
                   input="\n".join(lines) + "\n", text=True, check=True, timeout=peers.DEADLINE_S)


def test_a_flood_of_questions_is_answered_to_the_last_and_leaves_room_for_a_complaint(night):
    night.ticket()
    listener = night.rig.subscriber(night.broker, RES + "flood")
    at = night.peer.now(-300)
    n = 120
    flood(night, "cmd/evidence", [json.dumps({
        "schema": "siteward.evidence-request/1.0", "id": f"f-{i}", "at": at, "window": "PT24H",
        "by": {"id": "agent:1", "role": "agent"}}) for i in range(n)])
    complaint = night.peer.res("cmd/complaint", night.peer.complaint(5))
    assert complaint["status"] == "ok", complaint
    peers.wait_until(lambda: len({m.body["request_id"] for m in listener.messages}) == n, "each was answered")
    kinds = {m.body["schema"] for m in listener.messages}
    assert "siteward.evidence/1.0" in kinds
    assert all(error_of(m.body) == "overloaded" for m in listener.messages if m.body["schema"] == "siteward.res/1.0")


def test_large_nonsense_does_not_stop_the_gateway(night):
    """Each takes some milliseconds to look at (with sanitizers, many); pages are answered in between."""
    ticket = night.ticket()["id"]
    document = json.dumps(night.peer.command(by="officer:1", role="officer") | {"x": [[] for _ in range(60_000)]})
    assert 240_000 < len(document) < 262_144
    before = night.counters()["not_taken"]["bad_document"] + night.counters()["not_taken"]["no_room"]
    flood(night, f"cmd/ticket/{ticket}/ack", [document] * 8)
    longest = 0

    def took_them():
        nonlocal longest
        begun = time.monotonic()
        status = night.daemon.get("/api/v1/status")[2]
        longest = max(longest, time.monotonic() - begun)
        not_taken = status["requests"]["not_taken"]
        return not_taken["bad_document"] + not_taken["no_room"] >= before + 8

    peers.wait_until(took_them, "all were looked at")
    print(f"longest wait for a page: {longest * 1000:.0f} ms")
