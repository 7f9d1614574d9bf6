# SPDX-License-Identifier: Apache-2.0
"""Another client with the gateway's id at the broker: the gateway gives way for long instead of fighting, says so, and loses
nothing."""
import contextlib
import socket
import time

import pytest

import rig as peers
from test_tls import Bench, wait_measuring, wait_said
from test_versions import Relay


def alerts(daemon):
    return {a["code"]: a for a in daemon.get("/api/v1/alerts")[2]["alerts"]}


def stranger(rig, broker, version):
    """Logs in with the gateway's id, as a cloned card would."""
    return rig.add(peers.Process(["mosquitto_sub", "-h", "127.0.0.1", "-p", broker.port, "-V", version, "-i", "gw-7f3a",
                                  "-t", "nothing/of/interest"]))


@pytest.fixture
def bench(rig):
    return Bench(rig)


def connected(daemon):
    return daemon.get("/api/v1/status")[2]["uplink"]["connected"]


# mosquitto 2.0 says nothing to the one that it throws out, in no version.
@pytest.mark.parametrize("version, other_version", [("5", "mqttv5"), ("3.1.1", "mqttv311")])
def test_a_gateway_whose_id_is_taken_gives_way_tells_of_it_and_loses_nothing(rig, bench, version, other_version):
    broker = rig.broker()
    listener = rig.subscriber(broker)
    broker.secure_port = broker.port
    bench.platform = {"version": f'"{version}"'}
    bench.connect(broker, "mqtt://127.0.0.1:%d")
    daemon = bench.daemon()
    daemon.wait_connected()
    other = stranger(rig, broker, other_version)  # comes back by itself each time that it is thrown out
    raised = peers.wait_until(lambda: alerts(daemon).get("SW-U001"), "SW-U001")
    assert raised["subject"] == "link/platform" and peers.faults_of("alert", raised) == []
    peers.wait_until(lambda: not connected(daemon), "it gives way")
    wait_measuring(daemon)
    time.sleep(5)  # one that fought would be back by now: this waits for what must not happen
    assert other.p.poll() is None and not connected(daemon)
    other.end()
    peers.wait_until(lambda: connected(daemon), "it comes back by itself", 150)
    daemon.wait_drained()
    last = bench.site.last_seq
    peers.wait_until(lambda: set(range(1, last + 1)) <= {m.body["seq"] for m in listener.messages
                                                         if m.body and "seq" in m.body}, f"numbers 1 to {last}")
    assert "SW-U001" in alerts(daemon), "the other one may come back: it is solved after 20 minutes"
    assert "SW-U002" not in alerts(daemon), "one cause, one notice"
    listener.wait_for("gw/gw-7f3a/alert/sw-u001-platform", lambda body: body is not None)


def throws_out(sock, head):
    """A broker that says in MQTT 5 why it ends the connection."""
    sock.sendall(b"\x20\x03\x00\x00\x00")
    sock.recv(65536)
    sock.sendall(b"\xe0\x02\x8e\x00")
    sock.shutdown(socket.SHUT_WR)
    with contextlib.suppress(OSError):
        while sock.recv(65536):  # closing with unread bytes would be a reset, and that takes the reason with it
            pass


def test_a_broker_that_says_so_is_believed_the_first_time(rig, bench):
    relay = rig.add(Relay(throws_out))
    bench.platform = {}
    bench.connect(relay, "mqtt://127.0.0.1:%d")
    daemon = bench.daemon()
    wait_said(daemon, "connection lost: Session taken over; another client uses the id of this gateway")
    assert len(relay.heard) == 1, "the first time is enough"
    peers.wait_until(lambda: alerts(daemon).get("SW-U001"), "SW-U001")
    wait_measuring(daemon)
