# SPDX-License-Identifier: Apache-2.0
"""The receiver's judgement of a line: what everybody may say who has seen the messages and knows the contract, and
nothing else of siteward. Over all that came: each number of the outbox once or more, or named in a gap document; a
number that comes again says the same; order is kept; one epoch; how late alarms were."""
import re
from collections import Counter, defaultdict

GAP = re.compile(r"gw/[^/]+/gap")
BACKFILL = re.compile(r"(sensor/[^/]+)/backfill/(.+)")
SENSOR = re.compile(r"sensor/([^/]+)/")
ALARM = re.compile(r"ticket/[^/]+/event|sensor/[^/]+/event|gw/[^/]+/alert/.+")
REASONS = ("shed", "superseded", "refused")


def lane_of(topic):
    """What the gateway sends in order: tickets and events before all else, windows, windows of an outage."""
    if BACKFILL.fullmatch(topic):
        return "backfill"
    return "bulk" if "/agg/" in topic else "alarm"


def content_of(message):
    """A window that could not go live comes again as backfill: another topic, `historical`, the same measurement."""
    body = {key: value for key, value in message.body.items() if key != "historical"}
    return BACKFILL.sub(r"\1/agg/\2", message.topic), body


class Judgement:
    """All that one receiver saw of one gateway, in the order in which it came."""

    def __init__(self, messages):
        self.first = {}  # number → the message that brought it first
        self.again = 0
        self.named = {}  # number → reason
        self.faults = []
        for message in messages:
            if message.body and "seq" in message.body:
                self._take(message)

    def _take(self, message):
        seq = message.body["seq"]
        first = self.first.setdefault(seq, message)
        if first is not message:
            self.again += 1
            if content_of(first) != content_of(message):
                self.faults.append(f"two documents with the number {seq}: {first}, {message}")
        elif GAP.fullmatch(message.topic):
            self._take_gap(message.body)

    def _take_gap(self, body):
        if body["reason"] not in REASONS:
            self.faults.append(f"a gap for the reason {body['reason']}")
        for start, end in body["ranges"]:
            if not 1 <= start <= end:
                self.faults.append(f"a gap from {start} to {end}")
            if end >= body["seq"]:
                self.faults.append(f"the gap document {body['seq']} names {end}, which is not before it")
            for seq in range(start, end + 1):
                self.named[seq] = body["reason"]

    @property
    def numbered(self):
        """Each number's first message, by number."""
        return [self.first[seq] for seq in sorted(self.first)]

    def missing(self, last_seq, first_seq=1):
        return sorted(set(range(first_seq, last_seq + 1)) - set(self.first) - set(self.named))

    def _order_faults(self, is_kept):
        newest = {}
        for seq, message in self.first.items():  # in the order of arrival
            if message.retain and not is_kept:
                continue  # a subscriber that came anew is given the newest of these first, by its broker
            sensor = SENSOR.match(message.topic)
            key = lane_of(message.topic), sensor.group(1) if sensor else message.topic
            if seq < newest.get(key, 0):
                yield f"{key}: {seq} came after {newest[key]}"
            newest[key] = max(seq, newest.get(key, 0))

    def check(self, last_seq, first_seq=1, is_order_of_retained_kept=True, may_gap=("superseded",)):
        """@param last_seq  the newest number that the gateway has given  @param may_gap  reasons that may come up: an
        older document of a ticket that waits beside a newer one need not go
        @return how many of each, for printing"""
        faults = list(self.faults)
        missing = self.missing(last_seq, first_seq)
        if missing:
            faults.append(f"{len(missing)} numbers never came and are named nowhere: {missing[:10]}")
        if self.first and max(self.first) > last_seq:
            faults.append(f"{max(self.first)} came, and the gateway has given only {last_seq}")
        reasons = Counter(self.named.values())
        if set(reasons) - set(may_gap):
            faults.append(f"gaps that nothing here explains: {dict(reasons)}")
        epochs = {m.body["epoch"] for m in self.first.values()}
        if len(epochs) > 1:
            faults.append(f"more than one epoch: {sorted(epochs)}")
        faults += self._order_faults(is_order_of_retained_kept)
        assert not faults, "; ".join(faults[:5])
        return {"documents": len(self.first), "again": self.again, **reasons,
                **Counter(lane_of(m.topic) for m in self.first.values())}

    def live_alarms(self, clock, since_us):
        """@return how many seconds of the machine each event took that arose after since_us, when the line was up, and
        how many documents of before that were still to come when it came"""
        order = list(self.first.values())
        left = defaultdict(int)
        waiting = 0
        for message in reversed(order):
            left[message.body["seq"]] = waiting
            waiting += lane_of(message.topic) != "alarm"
        found = []
        for message in order:
            if ALARM.fullmatch(message.topic):
                late_s = seconds_between(message.body["ts"], clock.at(message.at_us)) / clock.speed
                if message.at_us - late_s * 1e6 >= since_us:
                    found.append((late_s, left[message.body["seq"]]))
        return found


def seconds_between(text, then):
    from datetime import datetime
    return (then - datetime.fromisoformat(text)).total_seconds()
