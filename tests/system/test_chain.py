# SPDX-License-Identifier: Apache-2.0
"""The chain of a real run, recomputed by other eyes: hashlib and OpenSSL over what SQLite holds, with a decoder of
readings of its own, after docs/reference/chain.md. A simulated night is killed in the middle and goes on."""
import base64
import contextlib
import hashlib
import json
import os
import signal
import stat
import struct
import subprocess

import pytest

import rig as peers
import stored

EPOCH = "2026-03-02T22:57:30+08:00"
SITE = """\
version: 1
site:
  id: pd-0042
  area: "310115"
  name: 丁香路 12-3 地块
  location: {lat: 31.2237, lon: 121.5441}
  timezone: Asia/Shanghai
  packs: [cn-gb12523-2025, cn-sh-db31-964-2016]
gateway: {id: gw-7f3a}
store: {commit: 200ms}
buses:
  box-1: {kind: tcp, host: 127.0.0.1, port: %d}
devices:
  north-gate: {template: siteward-node, bus: box-1, address: 1, name: 北门, interval: 1s}
responsibility:
  - {unit: 某某建设 项目部, lead: true}
"""
BANG = ('{"at":"2026-03-02T00:00:00+08:00","unit":1,"set":{"LAeq":50,"LAFmax":90,"PM10":40},"jitter_db":1}\n'
        '{"at":"2026-03-02T22:59:00+08:00","unit":1,"set":{"LAeq":50,"LAFmax":60,"PM10":60},"jitter_db":1}\n')
KINDS = [None, "readings", "window", "ticket", "config", "command", "output", "schedule", "clock", "key", "boot"]
QUANTITIES = [None, "LAF", "LAeq", "LAFmax", "LCpeak", "PM10", "PM2.5", "TSP", "wind_speed", "wind_dir", "rain", "temp",
              "rh", "pressure", "camera", "door", "power", "tamper", "contact"]


# Reading the store ------------------------------------------------------------------------------------------------------


def readings_of(body, sensor, quantity, minute=None):
    """Of one minute of arrival: a block may go on until its hour ends."""
    return [(*reading, sensor, quantity) for reading in stored.block_of(body, minute)]


def canonical(text):
    """RFC 8785 as far as the gateway's documents need it: no exponents, names of the basic plane."""
    return json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def readings_body(site, ref, first, last):
    minute, mono_minute = map(int, ref.split("/"))
    names = dict(site.rows("SELECT num, id FROM sensor"))
    items = [r for sensor, quantity, body in site.rows(
        f"SELECT sensor, quantity, body FROM block WHERE minute BETWEEN {minute - minute % 60} AND {minute}")
        for r in readings_of(body, names[sensor], QUANTITIES[quantity], minute)]
    items = sorted(r for r in items if first <= r[0] <= last and r[1] // 60_000_000 == mono_minute)
    assert items and items[0][0] == first and items[-1][0] == last
    body = struct.pack("<q", mono_minute)
    for sensor in sorted({r[6] for r in items}, key=str.encode):
        leaf = hashlib.sha256()
        for _, mono, value, flag, late, unsynced, _, quantity in (r for r in items if r[6] == sensor):
            word = quantity + (",late" if late else "") + (",unsynced" if unsynced else "")
            leaf.update(struct.pack("<q", mono) + value + bytes([flag]) + word.encode() + b"\0")
        body += sensor.encode() + b"\0" + leaf.digest()
    return body, {r[0] for r in items}


def body_of(site, n, kind, ref, a, body):
    """What an entry stands for, from wherever it lies; None when a later entry replaced it."""
    def one(sql, *values):
        with contextlib.closing(stored.connect(f"file:{site.db}?mode=ro", uri=True)) as db:
            return db.execute(sql, values).fetchone()[0]

    if kind == "window":
        if one("SELECT max(n) FROM chain WHERE kind = 2 AND ref = ? AND a = ?", ref, a) != n:
            return None
        period, sensor = ref.split("/")
        return one("SELECT window_json(body) FROM window WHERE period = ? AND sensor = ? AND from_us = ?", period, sensor, a).encode()
    if kind in ("ticket", "command"):
        return one(f"SELECT json FROM {'ticket_revision' if kind == 'ticket' else 'command'} WHERE n = ?", n).encode()
    if kind == "output":
        return one("SELECT json FROM act WHERE id = ?", a).encode()
    if kind == "config":
        assert json.loads(body)["sha256"] == sha256(one("SELECT body FROM config WHERE sha256 = ?", ref)).hex()
    if kind == "schedule":
        assert json.loads(body)["sha256"] == sha256(one("SELECT body FROM schedule WHERE revision = ?", a)).hex()
    return body


def check_chain(site):
    """Recompute all of it. @return the hash of each entry by number, and which kinds there were"""
    head, hashes, kinds, chained = bytes(32), {0: bytes(32)}, [], []
    for n, number, ref, a, b, body, said, hashed in site.rows(
            "SELECT n, kind, ref, a, b, body, sha256, hash FROM chain ORDER BY n"):
        kind = KINDS[number]
        assert n == len(hashes), f"entry {len(hashes)} is missing"
        if kind == "readings":
            whole, numbers = readings_body(site, ref, a, b)
            assert whole == body, f"entry {n}: the leaves are of other readings"
            chained += numbers
        else:
            whole = body_of(site, n, kind, ref, a, body)
        if whole is not None:
            assert sha256(whole) == said, f"entry {n} ({kind}): another body"
            assert kind == "readings" or whole == canonical(whole), f"entry {n} ({kind}): not canonical"
        head = sha256(head, b"siteward-entry/1\n", struct.pack("<Q", n), kind.encode(), b"\n", said)
        assert head == hashed, f"entry {n} does not follow from the one before"
        hashes[n] = head
        kinds.append(kind)
    assert len(set(chained)) == len(chained), "a reading is chained twice"
    in_blocks = site.rows("SELECT count(*) FROM block")[0][0]
    folded = {r[0] for s, q, body in site.rows("SELECT sensor, quantity, body FROM block") for r in
              readings_of(body, s, q)}
    assert in_blocks and set(chained) == folded, "a folded reading is not chained"
    return hashes, kinds


def is_signed(folder, public_key, text, signature):
    """OpenSSL's word on it."""
    kind, key = public_key.split(":")
    assert kind == "ed25519"
    (folder / "pub.der").write_bytes(bytes.fromhex("302a300506032b6570032100") + base64.b64decode(key))
    (folder / "text").write_bytes(text)
    (folder / "sig").write_bytes(base64.b64decode(signature))
    done = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", folder / "pub.der",
                           "-rawin", "-in", folder / "text", "-sigfile", folder / "sig"], capture_output=True, timeout=60)
    return done.returncode == 0


# The tests --------------------------------------------------------------------------------------------------------------


class Night:
    def __init__(self, rig, broker=None, speed=30):
        self.rig = rig
        self.clock = peers.Clock(EPOCH, speed)
        file = rig.folder() / "node.ndjson"
        file.write_text(BANG)
        self.site = rig.site(text=SITE % rig.node(file, self.clock, "--tcp", "127.0.0.1:0").port)
        if broker:
            self.site.connect(broker)

    def daemon(self, **kwargs):
        return self.rig.daemon(self.site, self.clock, **kwargs)

    def count(self, kind):
        return self.site.rows(f"SELECT count(*) FROM chain WHERE kind = {KINDS.index(kind)}")[0][0]

    def entries(self, kind):
        return [json.loads(row[0]) for row in
                self.site.rows(f"SELECT CAST(body AS TEXT) FROM chain WHERE kind = {KINDS.index(kind)} ORDER BY n")]


def test_the_chain_of_a_night_that_was_killed_holds_and_its_checkpoints_are_signed(rig):
    broker = rig.broker()
    wall = rig.subscriber(broker)
    night = Night(rig, broker)
    daemon = night.daemon()
    peers.wait_until(lambda: night.count("readings") >= 2 and night.count("ticket") >= 1, "a chained minute")
    assert daemon.end(signal.SIGKILL) == -signal.SIGKILL
    check_chain(night.site)
    daemon = night.daemon()
    wall.wait_for("gw/gw-7f3a/checkpoint", lambda d: d["ts"] >= "2026-03-02T23:00:00", 120)
    known = night.count("readings")
    peers.wait_until(lambda: night.count("readings") >= known + 2, "more chained minutes")
    daemon.wait_drained()
    assert daemon.end() == 0

    hashes, kinds = check_chain(night.site)
    assert {"readings", "window", "ticket", "config", "clock", "key", "boot"} <= set(kinds)
    boots, clocks, (key,) = night.entries("boot"), night.entries("clock"), night.entries("key")
    assert len(boots) == 2 and boots[0]["first_number"] == 1 and boots[1]["first_number"] > 1
    assert [c["boot"] for c in clocks if c["reason"] == "start"] == [b["boot"] for b in boots]
    assert "hour" in [c["reason"] for c in clocks] and "step" not in [c["reason"] for c in clocks]

    info = wall.wait_for("gw/gw-7f3a/info").body
    assert info["public_key"] == key["public_key"] and key["previous"] is None
    told = [m.body for m in wall.messages if m.topic == "gw/gw-7f3a/checkpoint"]
    told += [json.loads(row[0]) for row in night.site.rows(  # that of the stop may have come too late to be sent
        "SELECT CAST(payload AS TEXT) FROM outbox WHERE topic = 'gw/gw-7f3a/checkpoint'")]
    assert len(told) >= 4  # two starts, the full hour, the stop
    folder = rig.folder()
    for c in told:
        assert not peers.faults_of("checkpoint", c)
        assert c["chain_head"] == hashes[c["n"]].hex(), "the head that was signed is not that of the chain"
        text = f"siteward-head/1\n{c['gw']}\n{c['n']}\n{c['chain_head']}\n{c['ts']}\n".encode()
        assert is_signed(folder, info["public_key"], text, c["signature"])
        assert not is_signed(folder, info["public_key"], text.replace(b"head/1", b"head/2"), c["signature"])


def test_the_key_is_made_once_for_its_owner_and_a_new_one_is_told(rig):
    night = Night(rig)
    file = night.site.folder / "data" / "key.ed25519"
    assert night.daemon().end() == 0
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    first = file.read_text()
    assert night.daemon().end() == 0
    assert file.read_text() == first and night.count("key") == 1
    file.unlink()
    daemon = night.daemon()
    assert daemon.end() == 0
    assert "the signing key was replaced" in daemon.said and "SW-K001" in daemon.said
    before, after = night.entries("key")
    assert after["previous"] == before["public_key"] != after["public_key"] and after["signature"] is None
    public = subprocess.run(["openssl", "pkey", "-in", file, "-pubout", "-outform", "DER"], capture_output=True,
                            check=True, timeout=60).stdout[-32:]
    assert after["public_key"] == "ed25519:" + base64.b64encode(public).decode()


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_key_that_others_may_read_is_refused(rig, mode):
    night = Night(rig)
    file = night.site.folder / "data" / "key.ed25519"
    assert night.daemon().end() == 0
    file.chmod(mode)
    daemon = night.daemon(wait=False)
    assert daemon.wait() == 78 and "chmod 600" in daemon.said and str(file) in daemon.said


def test_a_key_that_is_none_stops_the_start_with_an_advice_about_the_key(rig):
    night = Night(rig)
    file = night.site.folder / "data" / "key.ed25519"
    assert night.daemon().end() == 0
    file.write_text("no key")
    daemon = night.daemon(wait=False)
    assert daemon.wait() == 78 and "bring its copy back" in daemon.said and "without its tickets" not in daemon.said
