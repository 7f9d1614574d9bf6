# SPDX-License-Identifier: Apache-2.0
"""Certificates, passwords and names between sitewardd and a real mosquitto: each thing that can be wrong is refused, said in
a sentence that tells what to do, and mended without a restart; meanwhile it measures, and nothing is lost."""
import re
import subprocess

import pytest

import rig as peers
from pki import Authority, TlsBroker

NOON = "2026-03-02T12:00:00+08:00"
CALM = '{"at":"2026-03-02T00:00:00+08:00","unit":1,"set":{"LAeq":50,"LAFmax":55},"jitter_db":1}\n'
SITE = """\
version: 1
site:
  id: pd-0042
  area: "310115"
  timezone: Asia/Shanghai
  packs: [cn-gb12523-2025]
gateway: {id: gw-7f3a}
store: {commit: 200ms}
buses:
  box-1: {kind: tcp, host: 127.0.0.1, port: %d}
devices:
  north-gate: {template: siteward-node, bus: box-1, address: 1, interval: 1s, channels: [noise]}
responsibility:
  - {unit: 某某建设 项目部, lead: true}
"""


class Bench:
    """A site, an authority and what it issued. `platform` is what the site's file says of the broker."""

    def __init__(self, rig):
        self.rig = rig
        self.clock = peers.Clock(NOON, 20)
        self.folder = rig.folder()
        rows = self.folder / "node.ndjson"
        rows.write_text(CALM)
        self.site = rig.site(text=SITE % rig.node(rows, self.clock, "--tcp", "127.0.0.1:0").port)
        self.ca = Authority(self.folder, "root")
        self.cert, self.key = self.ca.issue("localhost", "DNS:localhost", "IP:127.0.0.1")
        self.gw_cert, self.gw_key = self.ca.issue("gw-7f3a")
        self.platform = {"ca_file": self.ca.cert, "cert_file": self.gw_cert, "key_file": self.gw_key}

    def rows(self, cert=None, key=None, *more):
        """Of a listener that asks for certificates of the authority."""
        return (f"cafile {self.ca.cert}", f"certfile {cert or self.cert}", f"keyfile {key or self.key}",
                f"crlfile {self.ca.crl}", "require_certificate true", *more)

    def connect(self, broker, url="mqtts://localhost:%d", **changes):
        said = {"url": f'"{url % broker.secure_port}"', **self.platform, **changes}
        self.site.layer("platform: {" + ", ".join(f"{k}: {v}" for k, v in said.items() if v is not None) + "}\n",
                        "20-platform.yaml")

    def daemon(self):
        return self.rig.daemon(self.site, self.clock)


@pytest.fixture
def bench(rig):
    return Bench(rig)


def pending(daemon):
    return daemon.get("/api/v1/status")[2]["uplink"]["pending"]


def wait_measuring(daemon):
    """Another minute is in the outbox: readings come, are judged and stored, with nobody to send them to."""
    before = pending(daemon)
    peers.wait_until(lambda: pending(daemon) > before, "a minute more waits in the outbox")


def check_whole(daemon, listener):
    """Everything from the first number on is at the broker, each at least once."""
    daemon.wait_connected()
    daemon.wait_drained()
    last = daemon.site.last_seq

    def seen():
        return {m.body["seq"] for m in listener.messages if m.body and "seq" in m.body}

    peers.wait_until(lambda: set(range(1, last + 1)) <= seen(), f"numbers 1 to {last}")


def wait_said(daemon, words):
    match = re.compile(words).search
    return daemon.err.wait(match, words)


# What the gateway finds at the broker when it comes, and what it says. Each is mended at the broker.
def wrong_name(b):
    return b.rows(*b.ca.issue("elsewhere", "DNS:broker.example"))


def another_root(b):
    return b.rows(*Authority(b.folder, "stranger").issue("localhost", "DNS:localhost"))


def expired(b):
    return b.rows(*b.ca.issue("old", "DNS:localhost", ended=True))


BROKER = [
    ("wrong-name", wrong_name, r"certificate is for another name; see that platform.ca_file .* name in platform.url"),
    ("another-root", another_root, r"certificate is not accepted: unknown CA; see that platform.ca_file"),
    ("expired", expired, r"certificate is not accepted: certificate expired; .*has not run out.*clock of this machine"),
]


@pytest.mark.parametrize("make, words", [c[1:] for c in BROKER], ids=[c[0] for c in BROKER])
def test_a_broker_that_cannot_prove_who_it_is_gets_nothing_until_it_can(rig, bench, make, words):
    broker = rig.add(TlsBroker(*make(bench)))
    bench.connect(broker)
    daemon = bench.daemon()
    wait_said(daemon, words)
    wait_measuring(daemon)
    assert not daemon.get("/api/v1/status")[2]["uplink"]["connected"]
    broker.end()
    broker = rig.add(broker.again(*bench.rows()))
    listener = rig.subscriber(broker)
    check_whole(daemon, listener)


REFUSED = r"does not take the certificate of this gateway.*; see that platform.cert_file .* revoked.* issues a new one"


def test_a_revoked_gateway_is_refused_until_it_has_a_new_certificate(rig, bench):
    broker = rig.add(TlsBroker(*bench.rows()))
    listener = rig.subscriber(broker)
    bench.connect(broker)
    daemon = bench.daemon()
    daemon.wait_connected()
    bench.ca.revoke(bench.gw_cert)
    broker.end()
    broker = rig.add(broker.again())
    listener = rig.subscriber(broker)
    wait_said(daemon, REFUSED)
    wait_measuring(daemon)
    new_cert, new_key = bench.ca.issue("gw-7f3a-2")
    bench.gw_key.write_bytes(new_key.read_bytes())
    bench.gw_cert.write_bytes(new_cert.read_bytes())  # no restart: the files are read at each connect
    daemon.wait_connected()
    wait_measuring_at(listener)


def wait_measuring_at(listener):
    listener.wait_for(r"sensor/north-gate-noise/(agg|backfill)/1m")


def test_a_gateway_without_a_certificate_is_refused_and_tells_of_it_after_a_minute(rig, bench):
    broker = rig.add(TlsBroker(*bench.rows()))
    bench.connect(broker, cert_file=None, key_file=None)
    daemon = bench.daemon()
    wait_said(daemon, REFUSED)
    wait_measuring(daemon)
    raised = peers.wait_until(lambda: [a for a in daemon.get("/api/v1/alerts")[2]["alerts"] if a["code"] == "SW-U002"],
                              "SW-U002", 120)
    assert raised[0]["subject"] == "link/platform" and peers.faults_of("alert", raised[0]) == []
    broker.end()
    broker = rig.add(broker.again(*(row for row in bench.rows() if "require" not in row)))
    listener = rig.subscriber(broker)
    check_whole(daemon, listener)
    peers.wait_until(lambda: not daemon.get("/api/v1/alerts")[2]["alerts"], "the alert is solved")


def test_an_authority_is_exchanged_while_the_gateway_runs(rig, bench):
    trusted = bench.folder / "trusted.crt"
    trusted.write_bytes(bench.ca.cert.read_bytes())
    broker = rig.add(TlsBroker(*bench.rows()))
    bench.connect(broker, ca_file=trusted)
    daemon = bench.daemon()
    daemon.wait_connected()
    new = Authority(bench.folder, "new")
    broker.end()
    broker = rig.add(broker.again(*bench.rows(*new.issue("localhost", "DNS:localhost"))))
    listener = rig.subscriber(broker)
    wait_said(daemon, "certificate is not accepted: unknown CA")
    wait_measuring(daemon)
    trusted.write_bytes(bench.ca.cert.read_bytes() + new.cert.read_bytes())
    daemon.wait_connected()
    daemon.wait_drained()
    wait_measuring_at(listener)


def test_a_password_is_changed_while_the_gateway_runs(rig, bench):
    secrets, password = bench.folder / "passwords", bench.folder / "password"

    def set_password(text):
        subprocess.run(["mosquitto_passwd", "-b", "-c", secrets, "gw", text], check=True, timeout=peers.DEADLINE_S,
                       capture_output=True)
        secrets.chmod(0o644)

    set_password("first")
    password.write_text("first\n")
    password.chmod(0o600)
    broker = rig.add(TlsBroker("allow_anonymous false", f"password_file {secrets}"))
    bench.platform = {"username": "gw", "password_file": password}
    bench.connect(broker, "mqtt://127.0.0.1:%d")
    daemon = bench.daemon()
    daemon.wait_connected()
    set_password("second")
    broker.end()
    broker = rig.add(broker.again())
    listener = rig.subscriber(broker)
    wait_said(daemon, r"(Bad user name|Not authori[sz]ed).*; see platform.username and password_file")
    wait_measuring(daemon)
    password.unlink()
    wait_said(daemon, r"password_file .*/password: No such file or directory; see .*siteward check")
    password.write_text("x" * 5000)
    wait_said(daemon, r"password_file .*/password: its first line is longer than \d+ bytes")
    password.write_text("second\n")
    daemon.wait_connected()
    daemon.wait_drained()
    wait_measuring_at(listener)


def test_a_key_that_others_can_read_a_missing_file_and_a_clear_password_are_told_of_by_check(bench):
    class Far:
        secure_port = 1883

    bench.gw_key.chmod(0o644)
    bench.connect(Far, ca_file="/nowhere/ca.crt")
    said = subprocess.run([peers.program("siteward"), "check", "-c", bench.site.file], capture_output=True, text=True,
                          timeout=peers.DEADLINE_S)
    text = said.stdout + said.stderr
    assert re.search(r"gw-7f3a.key can be read by others: chmod 600", text)
    assert re.search(r"/nowhere/ca.crt cannot be read: No such file", text)
    bench.platform = {"username": "gw", "password_file": bench.ca.key}
    bench.connect(Far, "mqtt://broker.example:%d")
    said = subprocess.run([peers.program("siteward"), "check", "-c", bench.site.file], capture_output=True, text=True,
                          timeout=peers.DEADLINE_S)
    assert "travel in clear" in said.stdout + said.stderr
