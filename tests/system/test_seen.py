# SPDX-License-Identifier: Apache-2.0
"""The judge of every message that the system tests see (seen.py): good messages pass, and each way of breaking the
contract is found. Without broker and gateway: the messages are what mosquitto_sub would have shown."""
import json
import re
from collections import Counter

import pytest

import rig as peers
import seen

JSON = {"content-type": "application/json", "payload-format-indicator": 1}
CLOUD = {k: "x" for k in seen.CLOUD}
LIVE = JSON | {"message-expiry-interval": 60}


def text_of(name):
    """An example of the contract with the two decimals that some of them leave out."""
    text = (peers.ROOT / "tests" / "data" / "contract" / f"{name}.json").read_text(encoding="utf-8")
    return seen.LEVELS.sub(lambda m: re.sub(r"(?<=[ :\[,])-?[0-9.]+", lambda n: f"{float(n[0]):.2f}", m[0]), text)


def shown(topic, text, qos=1, retain=False, properties=None, length=None):
    return {"topic": topic if topic.startswith("siteward/") else peers.PREFIX + topic, "qos": qos, "retain": int(retain),
            "payloadlen": len(text.encode()) if length is None else length, "payload": text or None,
            "properties": JSON if properties is None else properties}


def faults(*args, is_speaking_5=True, **kwargs):
    return list(seen.of_message(peers.Message(shown(*args, **kwargs)), Counter(), is_speaking_5))


TICKET = "ticket/sw-7k2m4q5xza"
GOOD = [
    ("gw/gw-7f3a/status", "status", 1, True, JSON), ("gw/gw-7f3a/status", "status-will", 1, True, JSON),
    ("sensor/north-gate-noise/live", "live", 0, True, LIVE), ("sensor/north-gate-noise/agg/1h", "agg", 1, False, JSON),
    ("sensor/north-gate-noise/event", "event", 1, False, JSON | {"user-properties": CLOUD}),
    (TICKET, "ticket", 1, True, JSON), (TICKET + "/event", "ticket-event", 1, False, JSON | {"user-properties": CLOUD}),
    ("res/desk/q-1", "res", 1, False, JSON | {"message-expiry-interval": 300}),
    ("res/desk/q-1", "evidence", 1, False, JSON | {"message-expiry-interval": 7}),
    ("gw/gw-7f3a/gap", "gap", 1, False, JSON), ("cmd/complaint", "complaint", 1, False, {}),
    ("siteward/1/310115/broadcast/quiet-period/gaokao-2026", "quiet", 1, True, {}),
    ("siteward/1/host/12345-sh/status", "host", 1, True, {})]


@pytest.mark.parametrize("topic, name, qos, retain, properties", GOOD, ids=[g[1] for g in GOOD])
def test_an_example_of_the_contract_passes_on_its_topic(topic, name, qos, retain, properties):
    assert faults(topic, text_of(name), qos, retain, properties) == []
    in_3_1_1 = retain and name not in seen.RETAINED_IN_5
    assert faults(topic, text_of(name), qos, in_3_1_1, {}, is_speaking_5=False) == []


def changed(name, old, new):
    text = text_of(name)
    assert old in text
    return text.replace(old, new, 1)


BAD = [
    ("a topic that nobody knows", ("sensors/x/live", text_of("live"), 0, True, LIVE), "no topic of the contract"),
    ("below another site", ("siteward/1/310115/pd-0099/summary", text_of("summary"), 1, True), "no topic"),
    ("the wrong QoS", (TICKET, text_of("ticket"), 0, True), "QoS 0"),
    ("an event that is retained", (TICKET + "/event", text_of("ticket-event"), 1, True, JSON | {"user-properties": CLOUD}),
     "retained True"),
    ("state that is not retained", (TICKET, text_of("ticket"), 1, False), "retained False"),
    ("a command that is retained", ("cmd/complaint", text_of("complaint"), 1, True), "retained True"),
    ("another document than the topic says", ("summary", text_of("live"), 1, True), "schema"),
    ("a field of another type", ("sensor/x/live", changed("live", '"N"', "7"), 0, True, LIVE), "flag"),
    ("one decimal", ("sensor/x/live", changed("live", "63.20", "63.2"), 0, True, LIVE), "63.2 has not two decimals"),
    ("a level as a whole number", ("sensor/x/agg/1h", changed("agg", "61.80", "62"), 1, False), "62 has not two decimals"),
    ("three decimals", ("sensor/x/agg/1h", changed("agg", "44.00", "44.001"), 1, False), "44.001 has not"),
    ("an exponent", ("sensor/x/agg/1h", changed("agg", "44.00", "4.4e1"), 1, False), "4.4e1 has not"),
    ("a series with one decimal", ("res/a/b", changed("evidence", '"v": [', '"v": [47.9, '), 1, False,
                                   JSON | {"message-expiry-interval": 300}), "47.9"),
    ("a day that is none", ("sensor/x/live", changed("live", "2026-03-02T", "2026-02-30T"), 0, True, LIVE), "no instant"),
    ("another lane than the topic's", ("sensor/x/backfill/1h", text_of("agg"), 1, False), "another lane"),
    ("a number where none belongs", ("sensor/x/live", changed("live", "{", '{"seq": 1, "epoch": "k3f7q2mz",'), 0, True, LIVE),
     "of the outbox"),
    ("no mark of JSON", (TICKET, text_of("ticket"), 1, True, {}), "not marked as JSON"),
    ("a live value that never expires", ("sensor/x/live", text_of("live"), 0, True, JSON), "expires in None"),
    ("a ticket that expires", (TICKET, text_of("ticket"), 1, True, LIVE), "expires in 60"),
    ("an event without its attributes", (TICKET + "/event", text_of("ticket-event"), 1, False), "user properties"),
    ("attributes where none belong", (TICKET, text_of("ticket"), 1, True, JSON | {"user-properties": CLOUD}),
     "user properties"),
    ("a deletion of what is not kept", ("gw/gw-7f3a/gap", "", 1, False), "nothing is kept"),
]


@pytest.mark.parametrize("what, args, why", BAD, ids=[b[0] for b in BAD])
def test_it_finds(what, args, why):
    found = faults(*args)
    assert any(why in f for f in found), found


@pytest.mark.parametrize("text, length", [('{"v":NaN}', None), ('{"v":-Infinity}', None), ("[1]", None), ("x", None),
                                          ("{\udcff}", 3), ('{"a":1', 9)])
def test_what_is_no_json_object_in_utf_8_is_no_message(text, length):
    with pytest.raises(ValueError):
        peers.Message(shown("summary", text, length=length or len(text)))


def test_a_deletion_of_state_is_a_message_without_a_document():
    assert faults("gw/gw-7f3a/alert/sw-s031-x", "", 1, True, {}) == []


class Seen:
    """What a Subscriber leaves behind."""

    def __init__(self, *messages, unreadable=()):
        self.unreadable = list(unreadable)
        self.out = type("Lines", (), {"snapshot": lambda _: [peers.Message(m) for m in messages]})()


def test_what_was_sent_bad_on_purpose_is_forgiven_and_nothing_else():
    bad = shown("cmd/complaint", '{"schema":"siteward.complaint/1.0"}')
    worse = shown("summary", '{"schema":"siteward.summary/1.0"}', retain=True)
    subscriber = Seen(bad, worse, unreadable=[(peers.PREFIX + "cmd/evidence", "not an object")])
    assert len(seen.faults([subscriber], [], True)) > 2
    found = seen.faults([subscriber], ["cmd/"], True)
    assert found and all(f.startswith("summary ") for f in found), found


def test_of_many_that_are_alike_only_some_are_held_against_the_schema_but_all_against_the_rest():
    many = [json.dumps(json.loads(text_of("live")) | {"n": n}).replace("63.2,", "63.20,").replace("55.0,", "55.00,")
            for n in range(seen.EACH + 3 * seen.SPREAD)]
    asked = []
    original = peers.faults_of
    peers.faults_of = lambda kind, body: asked.append(body["n"]) or []
    try:
        live = [shown("sensor/x/live", text, 0, True, LIVE) for text in many]
        live.append(shown("sensor/x/live", many[-1].replace("63.20", "63.2"), 0, True, LIVE))
        found = seen.faults([Seen(*live)], [], True)
    finally:
        peers.faults_of = original
    assert len(asked) == seen.EACH + 3 and len(found) == 1 and "63.2 has not" in found[0]
