# SPDX-License-Identifier: Apache-2.0
"""The uplink against a real mosquitto, watched by mosquitto_sub: birth and will, retained state, an outbox that loses
nothing and keeps its order over restarts of the broker and kills of the gateway.

The programs are looked for in $SW_BIN, then in the newest build/<preset>/bin.
"""
import glob
import json
import os
import select
import signal
import socket
import subprocess
import time

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PREFIX = "siteward/1/310115/pd-0042/"
PATIENCE_S = 60
FORMAT = "%t\x1f%q\x1f%r\x1f%C\x1f%F\x1f%E\x1f%P\x1f%p"
FIELDS = ("topic", "qos", "retain", "content_type", "format", "expiry", "props", "payload")


def binary(name):
    where = os.environ.get("SW_BIN")
    found = [os.path.join(where, name)] if where else sorted(
        glob.glob(os.path.join(ROOT, "build", "*", "bin", name)), key=os.path.getmtime)
    assert found and os.path.exists(found[-1]), f"{name} is not built: set SW_BIN to the folder it is in"
    return found[-1]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Lines:
    """The output of a process, line by line, with a deadline instead of sleeps."""

    def __init__(self, stream):
        self.fd = stream.fileno()
        self.rest = b""
        self.waiting = []

    def next(self, timeout=PATIENCE_S):
        end = time.monotonic() + timeout
        while not self.waiting:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                return None
            data = os.read(self.fd, 65536)
            if not data:
                return None
            *whole, self.rest = (self.rest + data).split(b"\n")
            self.waiting += [line.decode() for line in whole]
        return self.waiting.pop(0)

    def until(self, wanted, timeout=PATIENCE_S):
        seen = []
        while True:
            line = self.next(timeout)
            assert line is not None, f"nothing more after {seen[-5:]}"
            seen.append(line)
            if wanted(line):
                return line


class Broker:
    def __init__(self, folder, *extra):
        self.port = free_port()
        self.folder = str(folder)
        self.conf = os.path.join(self.folder, "mosquitto.conf")
        with open(self.conf, "w", encoding="utf-8") as f:
            f.write(f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
                    f"persistence_location {self.folder}/\nmax_queued_messages 0\nuser root\n")
            f.write("".join(line + "\n" for line in extra))
        self.process = None

    def start(self):
        self.process = subprocess.Popen(["mosquitto", "-v", "-c", self.conf], stdout=open("/tmp/b-drain/mv.log","a"),
                                        stderr=subprocess.STDOUT)
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            assert self.process.poll() is None, "mosquitto ended"
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            select.select([], [], [], 0.02)
        raise AssertionError("mosquitto does not listen")

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(PATIENCE_S)
        self.process = None


class Subscriber:
    """mosquitto_sub with a session of its own, so that a restart of the broker loses it nothing either."""

    def __init__(self, broker, *topics, name="watcher"):
        self.args = ["mosquitto_sub", "-V", "5", "-p", str(broker.port), "-i", name, "-c", "-q", "1", "-F", FORMAT]
        for topic in topics:
            self.args += ["-t", PREFIX + topic]
        # a session first, then the process that stays: what is published from now on is not missed
        subprocess.run([*self.args, "-E"], check=True, timeout=PATIENCE_S)
        self.process = subprocess.Popen(self.args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.lines = Lines(self.process.stdout)

    def next(self, timeout=PATIENCE_S):
        line = self.lines.next(timeout)
        if line is None:
            return None
        message = dict(zip(FIELDS, line.split("\x1f")))
        message["topic"] = message["topic"][len(PREFIX):]
        return message

    def until(self, wanted):
        seen = []
        while True:
            message = self.next()
            assert message is not None, f"did not arrive; the last were {seen[-3:]}"
            seen.append(message)
            if wanted(message):
                return message

    def stop(self):
        self.process.kill()
        self.process.wait()


class Driver:
    def __init__(self, folder, broker, *args):
        self.process = subprocess.Popen(
            [binary("uplink_driver"), os.path.join(str(folder), "store.db"), f"tcp://127.0.0.1:{broker.port}",
             "gw-7f3a", *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.lines = Lines(self.process.stdout)
        ready = self.lines.until(lambda line: line.startswith("ready "))
        self.boot = ready.split()[1].split("=")[1]

    def say(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def status(self):
        self.say("status")
        line = self.lines.until(lambda l: l.startswith("status "))
        return {k: int(v) for k, v in (word.split("=") for word in line.split()[1:])}

    def wait_status(self, wanted):
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            status = self.status()
            if wanted(status):
                return status
            select.select([], [], [], 0.05)
        raise AssertionError(f"it stays {status}")

    def connected(self):
        self.lines.until(lambda line: line.startswith("connected "))
        return self

    def kill(self):
        self.process.kill()
        self.process.wait()

    def quit(self):
        self.say("quit")
        assert self.process.wait(PATIENCE_S) == 0


@pytest.fixture
def world(tmp_path):
    """Broker, drivers and subscribers that end with the test."""
    made = []

    class World:
        folder = tmp_path
        broker = Broker(tmp_path)

        def subscriber(self, *topics, **kw):
            made.append(Subscriber(self.broker, *topics, **kw))
            return made[-1]

        def driver(self, *args):
            made.append(Driver(self.folder, self.broker, *args))
            return made[-1]

    yield World()
    for one in made:
        one.process.kill()
        one.process.wait()
    World.broker.stop()


def first_occurrences(seqs):
    return list(dict.fromkeys(seqs))


def gather(subscriber, last):
    """Sequence numbers in the order of arrival until the last has come."""
    seqs = []
    while not seqs or last not in seqs:
        message = subscriber.next()
        assert message is not None, f"only {len(set(seqs))} of {last} came"
        seqs.append(json.loads(message["payload"])["seq"])
    return seqs


def test_birth_is_retained_state_with_the_boot_id_of_the_will(world):
    world.broker.start()
    watcher = world.subscriber("gw/gw-7f3a/status")
    driver = world.driver()
    birth = watcher.next()
    assert json.loads(birth["payload"]) == {"schema": "siteward.status/1.0", "state": "ready", "boot": driver.boot}
    assert (birth["qos"], birth["content_type"], birth["format"]) == ("1", "application/json", "1")
    late = world.subscriber("gw/gw-7f3a/status", name="late")
    assert late.next()["retain"] == "1"
    driver.kill()
    will = watcher.next()
    assert json.loads(will["payload"]) == {"schema": "siteward.status/1.0", "state": "lost", "boot": driver.boot}
    assert (will["qos"], will["content_type"], will["format"]) == ("1", "application/json", "1")


def test_a_short_absence_is_not_told_as_lost(world):
    world.broker.start()
    watcher = world.subscriber("gw/gw-7f3a/status")
    first = world.driver("will_delay=30")
    assert json.loads(watcher.next()["payload"])["boot"] == first.boot
    first.kill()
    second = world.driver("will_delay=30")
    after = json.loads(watcher.next()["payload"])
    assert (after["state"], after["boot"]) == ("ready", second.boot)


def test_a_clean_stop_says_stopped_and_no_will_follows(world):
    world.broker.start()
    watcher = world.subscriber("gw/gw-7f3a/status", "sensor/+/state")
    driver = world.driver().connected()
    assert json.loads(watcher.next()["payload"])["state"] == "ready"
    driver.say('state sensor/a/state {"last":1}')
    driver.quit()
    got = [watcher.until(lambda m: m["topic"] == "sensor/a/state"), watcher.next()]
    assert json.loads(got[1]["payload"])["state"] == "stopped"
    # whatever the broker would send for that connection it has sent once another connection was served
    again = world.driver()
    following = json.loads(watcher.next()["payload"])
    assert (following["state"], following["boot"]) == ("ready", again.boot)


def test_documents_arrive_once_in_order_with_their_properties(world):
    world.broker.start()
    watcher = world.subscriber("sensor/+/agg/1m", "ticket/+/event")
    driver = world.driver().connected()
    driver.say("doc bulk sensor/a/agg/1m 300")
    driver.say("doc alarm ticket/t/event 5")
    messages = [watcher.next() for _ in range(305)]
    assert None not in messages
    for topic, want in (("sensor/a/agg/1m", list(range(1, 301))), ("ticket/t/event", list(range(301, 306)))):
        assert [json.loads(m["payload"])["seq"] for m in messages if m["topic"] == topic] == want
    assert {m["qos"] for m in messages} == {"1"}
    assert {m["retain"] for m in messages} == {"0"}
    assert "type:cn.siteward.test.v1" in messages[0]["props"]
    assert driver.wait_status(lambda s: s["pending"] == 0 and s["rows"] == 0)["acked"] == 305


def test_a_broker_that_restarts_in_the_middle_loses_nothing_and_keeps_the_order(world):
    world.broker.start()
    watcher = world.subscriber("sensor/+/agg/1m")
    driver = world.driver().connected()
    for how in (signal.SIGTERM, signal.SIGTERM):
        driver.say("doc bulk sensor/a/agg/1m 1000")
        driver.lines.until(lambda line: line.startswith("stored "))
        world.broker.stop(how)
        driver.say("doc bulk sensor/a/agg/1m 200")
        driver.lines.until(lambda line: line.startswith("stored "))
        world.broker.start()
    seqs = gather(watcher, 2400)
    assert first_occurrences(seqs) == list(range(1, 2401))
    driver.wait_status(lambda s: s["pending"] == 0)


def test_a_gateway_killed_again_and_again_loses_nothing_and_keeps_the_order(world):
    world.broker.start()
    watcher = world.subscriber("sensor/+/agg/1m")
    for round_ in range(8):
        driver = world.driver()
        if round_ % 2:  # else it is killed around the moment when it connects
            driver.connected()
        driver.say("doc bulk sensor/a/agg/1m 150")
        driver.lines.until(lambda line: line.startswith("stored "))
        driver.kill()
    driver = world.driver()
    driver.say("doc bulk sensor/a/agg/1m 1")
    seqs = gather(watcher, 8 * 150 + 1)
    assert first_occurrences(seqs) == list(range(1, 8 * 150 + 2))


def test_a_broker_that_comes_late_gets_everything_and_hinders_nothing_before(world):
    driver = world.driver()
    driver.say("doc bulk sensor/a/agg/1m 400")
    driver.lines.until(lambda line: line == "stored 400")
    driver.say("live sensor/a/live {}")
    status = driver.wait_status(lambda s: s["live_dropped"] == 1 and s["failures"] > 0)
    assert (status["connected"], status["pending"], status["rows"]) == (0, 400, 0)
    world.broker.start()
    watcher = world.subscriber("sensor/+/agg/1m")
    driver.say("doc bulk sensor/a/agg/1m 1")  # the session of the watcher may be younger than the connection
    seqs = [json.loads(watcher.next()["payload"])["seq"]]
    while seqs[-1] != 401:
        seqs.append(json.loads(watcher.next()["payload"])["seq"])
    assert seqs == list(range(seqs[0], 402))
    assert driver.wait_status(lambda s: s["pending"] == 0)["acked"] == 401


def test_state_is_retained_newest_only_posted_again_and_deleted(world):
    driver = world.driver()
    for n in range(50):
        driver.say('state sensor/a/state {"n":%d}' % n)
    driver.say('state alert/x {"on":1}')
    driver.wait_status(lambda s: s["states"] == 2)
    world.broker.start()
    driver.connected()
    driver.wait_status(lambda s: s["states"] == 0 and s["in_flight"] == 0)
    early = world.subscriber("sensor/a/state", "alert/x", name="early")
    got = {}
    while len(got) < 2:
        message = early.next()
        got[message["topic"]] = message
    assert json.loads(got["sensor/a/state"]["payload"]) == {"n": 49}
    assert {m["retain"] for m in got.values()} == {"1"}
    driver.say("state alert/x")
    early.until(lambda m: m["topic"] == "alert/x" and m["payload"] == "")
    # a broker that forgot everything gets the state again
    world.broker.stop(signal.SIGKILL)
    for name in os.listdir(world.folder):
        if name.startswith("mosquitto.db"):
            os.remove(os.path.join(str(world.folder), name))
    world.broker.start()
    driver.connected()
    driver.wait_status(lambda s: s["states"] == 0 and s["connected"] == 1)
    late = world.subscriber("sensor/a/state", name="late")
    assert json.loads(late.until(lambda m: m["topic"] == "sensor/a/state")["payload"]) == {"n": 49}


def test_live_values_are_retained_expire_and_use_qos_0(world):
    world.broker.start()
    watcher = world.subscriber("sensor/+/live")
    driver = world.driver().connected()
    driver.say('live sensor/a/live {"v":63.2}')
    message = watcher.next()
    assert (message["qos"], message["payload"], message["content_type"]) == ("0", '{"v":63.2}', "application/json")
    assert 0 < int(message["expiry"]) <= 60
    late = world.subscriber("sensor/+/live", name="late")
    assert late.next()["retain"] == "1"


def test_an_alarm_overtakes_the_backlog(world):
    driver = world.driver()
    driver.say("doc bulk sensor/a/agg/1m 3000")
    driver.say("doc alarm ticket/t/event 1")
    driver.lines.until(lambda line: line == "stored 3001")
    world.broker.start()
    watcher = world.subscriber("sensor/+/agg/1m", "ticket/t/event")
    driver.say("doc alarm ticket/t/event 1")
    seen = []
    while 3002 not in seen:
        message = watcher.next()
        assert message is not None, f"the alarm did not come; {len(seen)} others did"
        seen.append(json.loads(message["payload"])["seq"])
    assert seen[-1] == 3002 and 3000 not in seen


def test_a_message_that_the_broker_refuses_is_counted_and_stays_in_the_outbox(world):
    acl = os.path.join(str(world.folder), "acl")
    with open(acl, "w", encoding="utf-8") as f:
        f.write(f"topic read #\ntopic write {PREFIX}gw/#\ntopic write {PREFIX}sensor/#\n")
    world.broker = Broker(world.folder, f"acl_file {acl}")
    try:
        world.broker.start()
        watcher = world.subscriber("sensor/+/agg/1m")
        driver = world.driver().connected()
        driver.say("doc alarm ticket/t/event 1")
        driver.wait_status(lambda s: s["refused"] == 1)
        driver.say("doc bulk sensor/a/agg/1m 3")
        assert gather(watcher, 4) == [2, 3, 4]  # another lane is not held up
        # An acknowledged row stays counted until the store has deleted it, in a turn of its own.
        status = driver.wait_status(lambda s: s["acked"] == 3 and s["rows"] == 1)
        assert status["connected"] == 1
    finally:
        world.broker.stop()


def test_packets_above_the_broker_s_maximum_are_not_sent(world):
    world.broker = Broker(world.folder, "max_packet_size 2000")
    try:
        world.broker.start()
        watcher = world.subscriber("sensor/+/state")
        driver = world.driver().connected()
        driver.say("state sensor/big/state " + json.dumps({"text": "x" * 3000}))
        driver.wait_status(lambda s: s["refused"] == 1)
        driver.say('state sensor/small/state {"n":1}')
        assert watcher.next()["topic"] == "sensor/small/state"
        assert driver.status()["connects"] == 1  # the broker had no reason to cut the connection
    finally:
        world.broker.stop()
