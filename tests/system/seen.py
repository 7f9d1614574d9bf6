# SPDX-License-Identifier: Apache-2.0
"""What every message that a test saw must fulfil, looked at when the test ends (Rig.close): it is on a topic of the
contract, with that row's QoS and retained flag, with its properties, UTF-8 and one JSON object; it fits its schema;
and what a schema cannot say: no NaN, real instants, levels with two decimals on the wire, numbers of the outbox where
they belong. A test that sends bad messages on purpose names their topics: rig.bad_on_purpose(…)."""
import re
from collections import Counter
from datetime import datetime

import rig as peers

EACH = 300  # of a kind, every message is held against its schema,
SPREAD = 25  # from there on one of so many: a test with a backlog sees tens of thousands that differ in numbers only

# What others write; whole topics. Kind, retained; all of it with QoS 1.
SITE, AREA, ROOT = (re.escape(p) for p in (peers.PREFIX, "siteward/1/310115/", "siteward/1/"))
DOWN = [
    (SITE + r"cmd/ticket/[^/]+/[^/]+", "cmd", False),
    (SITE + r"cmd/complaint", "complaint", False),
    (SITE + r"cmd/evidence", "evidence-request", False),
    (SITE + r"cmd/schedule", "cmd-schedule", False),
    (SITE + r"gw/[^/]+/cmd/config-patch", "config-patch", False),
    (AREA + r"broadcast/quiet-period/[^/]+", "quiet", True),
    (ROOT + r"host/[^/]+/status", "host", True),
]
EXPIRY_S = {"live": 60, "health": 300, "res": 300}
RETAINED_IN_5 = {"live", "health"}
NUMBERED = {"agg", "event", "ticket", "ticket-event", "checkpoint", "gap"}
EVENTS = {"event", "ticket-event"}
CLOUD = {"specversion", "id", "source", "type", "time", "subject", "dataschema"}
NO_LEVELS = {"config", "schedule", "health", "info", "sensor", "gap"}

LEVEL = r"(?:v|value|limit|worst|level|level_now|over_by|mean|min|max|wind_ms|(?:limit_)?LA\w+|PM10|PM2\.5|TSP)"
LEVELS = re.compile(rf'"{LEVEL}": ?(\[[-0-9.,eE+\snul]*\]|-?[0-9][-0-9.eE+]*)')
TWO_DECIMALS = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]{2}")
INSTANT = re.compile(r'"(?:ts|at|from|to|since)": ?"([^"]*)"')


def row_of(message):
    """@return kind, QoS, retained, whether a gateway writes it; None = no topic of the contract"""
    for row in peers.CONTRACT:
        if message.full_topic.startswith(peers.PREFIX) and re.fullmatch(row[0], message.topic):
            kind, qos, retained = row[1:4]
            said = message.body.get("schema", "") if message.body else ""
            if kind == "res" and said.startswith("siteward.evidence/"):
                kind = "evidence"
            return kind, qos, retained, True
    for pattern, kind, retained in DOWN:
        if re.fullmatch(pattern, message.full_topic):
            return kind, 1, retained, False
    return None


def of_properties(message, kind, is_speaking_5):
    """MQTT 5 only: what says that it is JSON, how long it is worth something, the attributes of CloudEvents."""
    p = message.properties
    if not is_speaking_5 or message.body is None:
        return
    if p.get("content-type") != "application/json" or p.get("payload-format-indicator") != 1:
        yield f"is not marked as JSON text: {p}"
    limit = EXPIRY_S.get("res" if kind == "evidence" else kind)
    expiry = p.get("message-expiry-interval")
    if (expiry is None) != (limit is None) or (limit and not 0 <= expiry <= limit):
        yield f"expires in {expiry}, the contract says {limit}"
    if set(message.user) != (CLOUD if kind in EVENTS else set()):
        yield f"has the user properties {sorted(message.user)}"


def of_text(message, kind, is_up):
    """What JSON Schema does not see."""
    for text in INSTANT.findall(message.text) if is_up else ():
        try:
            if datetime.fromisoformat(text).tzinfo is None or text.endswith("Z"):
                yield f"{text} has no offset"
        except ValueError:
            yield f"{text} is no instant"
    for text in LEVELS.findall(message.text) if is_up and kind not in NO_LEVELS else ():
        for number in map(str.strip, text.strip("[]").split(",")):
            if number not in ("", "null") and not TWO_DECIMALS.fullmatch(number):
                yield f"{number} has not two decimals"


def of_numbers(message, kind):
    has = {key for key in ("seq", "epoch") if key in message.body}
    if has != ({"seq", "epoch"} if kind in NUMBERED else set()):
        yield f"has {sorted(has) or 'no number'} of the outbox"
    if kind == "agg" and message.body.get("historical") is not ("/backfill/" in message.topic):
        yield "says of itself another lane than its topic"


def of_message(message, seen, is_speaking_5):
    """Everything that is wrong with one message, in words."""
    row = row_of(message)
    if row is None:
        yield "is on no topic of the contract"
        return
    kind, qos, retained, is_up = row
    if kind in RETAINED_IN_5:  # 3.1.1 knows no expiry, so what is worth something for a while is not kept there
        retained = retained and is_speaking_5
    if (message.qos, message.retain) != (qos, retained):
        yield f"QoS {message.qos}, retained {message.retain}; the contract says {qos}, {retained}"
    if is_up:
        yield from of_properties(message, kind, is_speaking_5)
    if message.body is None:
        if not retained:
            yield "is empty, where nothing is kept that could be deleted"
        return
    yield from of_text(message, kind, is_up)
    if is_up:
        yield from of_numbers(message, kind)
    seen[kind] += 1
    if seen[kind] <= EACH or seen[kind] % SPREAD == 0:
        yield from peers.faults_of(kind, message.body)


def faults(subscribers, bad_on_purpose, is_speaking_5):
    """@return one line for each fault of all that they saw, at most 20"""
    found, seen, known = [], Counter(), set()
    forgiven = [re.compile(pattern) for pattern in bad_on_purpose]
    for subscriber in subscribers:
        for topic, why in subscriber.unreadable:
            if not any(f.search(topic) for f in forgiven):
                found.append(f"{topic}: {why}")
        for m in subscriber.out.snapshot():
            # mosquitto_sub's copies of one message: looked at once
            if not m.full_topic.startswith("siteward/1/") or (m.full_topic, m.retain, m.text) in known:
                continue
            known.add((m.full_topic, m.retain, m.text))
            if len(found) < 20 and not any(f.search(m.full_topic) for f in forgiven):
                found += [f"{m}: {fault}" for fault in of_message(m, seen, is_speaking_5)]
    return found[:20]
