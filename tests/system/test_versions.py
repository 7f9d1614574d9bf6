# SPDX-License-Identifier: Apache-2.0
"""Ways to a broker: MQTT 5 and 3.1.1, chosen or found out; websockets, a proxy, mirrors. The same documents arrive by each."""
import contextlib
import json
import signal
import socket
import socketserver
import subprocess
import threading

import pytest

import rig as peers
from pki import TlsBroker
from test_tls import Bench, check_whole, wait_said


@pytest.fixture
def bench(rig):
    b = Bench(rig)
    b.platform = {}
    return b


class Relay(socketserver.ThreadingTCPServer):
    """Between gateway and broker. `first` looks at what the gateway says first and gives back where to go, or None when it
    has answered by itself."""
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, first):
        super().__init__(("127.0.0.1", 0), Through)
        self.first = first
        self.heard = []
        self.sent = b""  # by the gateway
        self.secure_port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def end(self):
        self.shutdown()
        self.server_close()


class Through(socketserver.BaseRequestHandler):
    def handle(self):
        with contextlib.suppress(OSError):
            head = self.request.recv(65536)
            self.server.heard.append(head)
            found = self.server.first(self.request, head)
            if found is None:
                return
            port, rest = found
            with socket.create_connection(("127.0.0.1", port)) as there:
                there.sendall(rest)
                threading.Thread(target=self.pump, args=(there, self.request, False), daemon=True).start()
                self.pump(self.request, there, True)

    def pump(self, source, sink, is_up):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if is_up:
                    self.server.sent += data
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)


def level_of(connect):
    """The protocol level in a CONNECT, which stands behind the name MQTT."""
    return connect[connect.index(b"MQTT") + 4]


def old_broker(broker, answer):
    """One that knows 3.1.1 alone: a CONNECT of another version gets `answer`, and the end."""
    def first(sock, head):
        if level_of(head) != 4:
            sock.sendall(answer)
            return None
        return broker.port, head
    return first


def check_3_1_1(daemon, listener):
    check_whole(daemon, listener)
    live = listener.wait_for("sensor/north-gate-noise/live")
    assert not live.retain, "without expiry a value would look like the present long after"
    assert listener.wait_for("gw/gw-7f3a/status").retain
    assert all("content-type" not in m.properties for m in listener.messages)


# What a broker that knows only 3.1.1 does with a CONNECT of 5: RabbitMQ 3.10 and mosquitto 1.4 answer 1, some only end it.
@pytest.mark.parametrize("answer", [b"\x20\x02\x00\x01", b""], ids=["refused", "cut"])
def test_automatic_finds_a_broker_that_knows_3_1_1_alone(rig, bench, answer):
    broker = rig.broker()
    bench.site.layer("# auto, which ends at 3.1.1\n", "80-version.yaml")
    listener = rig.subscriber(broker)
    relay = rig.add(Relay(old_broker(broker, answer)))
    bench.connect(relay, "mqtt://127.0.0.1:%d")
    daemon = bench.daemon()
    wait_said(daemon, "MQTT 3.1.1 is tried")
    check_3_1_1(daemon, listener)
    assert daemon.get("/api/v1/status")[2]["uplink"]["mqtt"] == "3.1.1"
    assert [level_of(h) for h in relay.heard] == [5] * (1 if answer else 3) + [4]


def test_automatic_takes_5_where_it_is_spoken(rig, bench):
    broker = rig.broker()
    listener = rig.subscriber(broker)
    relay = rig.add(Relay(lambda sock, head: (broker.port, head)))
    bench.connect(relay, "mqtt://127.0.0.1:%d")
    daemon = bench.daemon()
    check_whole(daemon, listener)
    assert [level_of(h) for h in relay.heard] == [5]
    assert listener.wait_for("sensor/north-gate-noise/live").properties["message-expiry-interval"] <= 60


def test_a_live_topic_is_named_once_and_goes_as_a_number_from_then_on(rig, bench):
    broker = rig.broker()
    listener = rig.subscriber(broker)
    relay = rig.add(Relay(lambda sock, head: (broker.port, head)))
    bench.connect(relay, "mqtt://127.0.0.1:%d")
    bench.daemon()
    live = peers.PREFIX + "sensor/north-gate-noise/live"
    peers.wait_until(lambda: sum(m.full_topic == live for m in listener.messages) >= 5, "five live values")
    assert relay.sent.count(live.encode()) == 1


def test_a_version_that_is_set_is_spoken_at_once(rig, bench):
    broker = rig.broker()
    listener = rig.subscriber(broker)
    relay = rig.add(Relay(lambda sock, head: (broker.port, head)))
    bench.connect(relay, "mqtt://127.0.0.1:%d", version='"3.1.1"')
    daemon = bench.daemon()
    check_3_1_1(daemon, listener)
    assert [level_of(h) for h in relay.heard] == [4]


def test_with_3_1_1_an_answer_carries_the_correlation_in_its_payload(rig, bench):
    broker = rig.broker()
    listener = rig.subscriber(broker)
    relay = rig.add(Relay(lambda sock, head: (broker.port, head)))
    bench.connect(relay, "mqtt://127.0.0.1:%d", version='"3.1.1"')
    daemon = bench.daemon()
    check_whole(daemon, listener)
    question = {"schema": "siteward.evidence-request/1.0", "id": "q-1", "by": {"id": "desk-7", "role": "agent"},
                "at": bench.clock.now.isoformat(timespec="milliseconds"), "reply_to": peers.PREFIX + "res/desk-7/t-1",
                "correlation": 'a "quoted" 关联'}
    rig.bad_on_purpose("cmd/evidence")
    subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(broker.port), "-V", "mqttv311", "-q", "1", "-t",
                    peers.PREFIX + "cmd/evidence", "-m", json.dumps(question, ensure_ascii=False)], check=True,
                   timeout=peers.DEADLINE_S)
    answer = listener.wait_for("res/desk-7/t-1")
    assert answer.body["correlation"] == question["correlation"]


def test_websockets_carry_the_same(rig, bench):
    broker = rig.add(TlsBroker(protocol="websockets"))
    listener = rig.subscriber(broker)
    bench.connect(broker, "ws://127.0.0.1:%d/mqtt")
    check_whole(bench.daemon(), listener)


def through(targets):
    """A proxy that takes CONNECT, and nothing else."""
    def first(sock, head):
        line = head.split(b"\r\n")[0].decode().split()
        if line[0] != "CONNECT":
            sock.sendall(b"HTTP/1.1 405 Method Not Allowed\r\n\r\n")
            return None
        targets.append(line[1])
        sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return int(line[1].rsplit(":", 1)[1]), b""
    return first


@pytest.mark.parametrize("scheme, protocol", [("wss", "websockets"), ("mqtts", "mqtt")])
def test_a_proxy_is_asked_for_the_way_and_sees_nothing_of_what_goes_through(rig, bench, scheme, protocol):
    broker = rig.add(TlsBroker(*bench.rows(), protocol=protocol))
    listener = rig.subscriber(broker)
    targets = []
    proxy = rig.add(Relay(through(targets)))
    bench.platform = {"ca_file": bench.ca.cert, "cert_file": bench.gw_cert, "key_file": bench.gw_key}
    bench.connect(broker, scheme + "://localhost:%d" + ("/mqtt" if scheme == "wss" else ""),
                  proxy=f'"http://127.0.0.1:{proxy.secure_port}"')
    check_whole(bench.daemon(), listener)
    assert targets == [f"localhost:{broker.secure_port}"]


def test_a_mirror_gets_what_the_platform_gets_and_gives_no_orders(rig, bench):
    broker, mirror = rig.broker(), rig.broker()
    at_broker, at_mirror = rig.subscriber(broker), rig.subscriber(mirror)
    bench.site.layer(f'platform: {{url: "{broker.url}"}}\nmirrors: {{city: {{url: "{mirror.url}"}}}}\n', "20-platform.yaml")
    daemon = bench.daemon()
    check_whole(daemon, at_broker)
    last = bench.site.last_seq
    peers.wait_until(lambda: set(range(1, last + 1)) <= {m.body["seq"] for m in at_mirror.messages
                                                         if m.body and "seq" in m.body}, f"numbers 1 to {last}")
    for listener in (at_broker, at_mirror):
        listener.wait_for("gw/gw-7f3a/info")
        listener.wait_for("sensor/north-gate-noise/live")
    assert json.loads(json.dumps(at_mirror.wait_for("gw/gw-7f3a/status").body))["state"] == "ready"
    broker.end()  # one that is dead costs the other nothing
    before = len(at_mirror.messages)
    peers.wait_until(lambda: any(m.topic.endswith("/agg/1m") for m in at_mirror.messages[before:]), "windows go on")


def test_an_invented_site_speaks_to_no_mirror_and_through_no_proxy_elsewhere(bench):
    for text in ('platform: {url: "mqtt://127.0.0.1:1"}\nmirrors: {m: {url: "wss://broker.example/mqtt"}}\n',
                 'platform: {url: "ws://127.0.0.1:1/a:b", proxy: "http://proxy.example:3128"}\n'):
        bench.site.layer(text, "20-platform.yaml")
        done = subprocess.run([peers.program("sitewardd"), "-c", bench.site.file, *map(str, bench.clock.args)],
                              capture_output=True, text=True, timeout=peers.DEADLINE_S)
        assert done.returncode == 78 and "only speak to a broker on this machine" in done.stderr


def test_a_broker_that_hangs_is_given_up_and_gets_everything_when_it_goes_on(rig, bench):
    broker = rig.broker()
    listener = rig.subscriber(broker)
    broker.secure_port = broker.port
    bench.connect(broker, "mqtt://127.0.0.1:%d", keep_alive="5s")
    daemon = bench.daemon()
    daemon.wait_connected()
    broker.p.send_signal(signal.SIGSTOP)  # its kernel goes on acknowledging
    try:
        wait_said(daemon, "connection lost: no acknowledgement for too long")
    finally:
        broker.p.send_signal(signal.SIGCONT)
    check_whole(daemon, listener)
