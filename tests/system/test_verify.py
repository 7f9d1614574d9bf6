# SPDX-License-Identifier: Apache-2.0
"""`siteward verify` on a real run: whole while the gateway writes and afterwards, the same head that hashlib finds, and a
changed copy named by its first broken entry. Documents are signed here by OpenSSL, not by our own code."""
import base64
import hashlib
import json
import shutil
import subprocess

import pytest

import rig as peers
import stored
from test_chain import KINDS, Night, check_chain

GW = "gw-7f3a"
TS = "2026-03-03T00:20:33.000+08:00"


def canonical(document):
    """RFC 8785 for what these documents hold: ASCII names, plain numbers."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class Signer:
    """OpenSSL's Ed25519."""

    def __init__(self, folder, seed=bytes(range(32))):
        self.folder = folder
        (folder / "key.der").write_bytes(bytes.fromhex("302e020100300506032b657004220420") + seed)
        public = subprocess.run(["openssl", "pkey", "-inform", "DER", "-in", folder / "key.der", "-pubout", "-outform", "DER"],
                                capture_output=True, check=True, timeout=60).stdout[-32:]
        self.public_key = "ed25519:" + base64.b64encode(public).decode()

    def sign(self, text):
        (self.folder / "text").write_bytes(text.encode())
        subprocess.run(["openssl", "pkeyutl", "-sign", "-keyform", "DER", "-inkey", self.folder / "key.der", "-rawin", "-in",
                        self.folder / "text", "-out", self.folder / "sig"], check=True, timeout=60)
        return base64.b64encode((self.folder / "sig").read_bytes()).decode()

    def seal(self, document, n=184263, head="c0ffee00" * 8):
        sha256 = hashlib.sha256(canonical(document)).hexdigest()
        return document | {"integrity": {
            "alg": "sha256+ed25519", "n": n, "chain_head": head, "ts": TS, "key_id": GW, "public_key": self.public_key,
            "signature": self.sign(f"siteward-head/1\n{GW}\n{n}\n{head}\n{TS}\n"), "document_sha256": sha256,
            "document_signature": self.sign(f"siteward-document/1\n{GW}\n{n}\n{head}\n{sha256}\n{TS}\n")}}


ANSWER = {"schema": "siteward.evidence/1.0", "gw": GW, "ts": TS,
          "answer": {"code": "over_limit_unpermitted", "headline": {"zh-CN": "超标,且不在许可施工时间"}},
          "numbers": [{"sensor": "north-gate-noise", "LAeq": 61.8, "limit_LAeq": 55, "over_minutes": 24}]}


def test_a_running_night_is_whole_and_a_changed_copy_names_its_entry(rig, siteward):
    broker = rig.broker()
    wall = rig.subscriber(broker)
    night = Night(rig, broker)
    store = night.site.folder / "data" / "siteward.db"
    daemon = night.daemon()
    peers.wait_until(lambda: night.count("readings") >= 3 and night.count("ticket") >= 1, "a chained minute")
    running = siteward("verify", store)
    assert running.code == 0 and ": whole" in running.out, running.out + running.err
    asked = siteward("evidence", "--at", "2026-03-02T22:58:30+08:00", "--window", "PT1M", "--json", "-c", night.site.file)
    assert asked.code == 0, asked.err
    wall.wait_for("gw/gw-7f3a/checkpoint", lambda d: d["ts"] >= "2026-03-02T23:00:00", 120)
    daemon.wait_drained()
    assert daemon.end() == 0

    hashes, kinds = check_chain(night.site)
    folder = rig.folder()
    kept = folder / "checkpoints.jsonl"
    kept.write_text("".join(json.dumps(m.body) + "\n" for m in wall.messages if m.topic == "gw/gw-7f3a/checkpoint"))
    key = wall.wait_for("gw/gw-7f3a/info").body["public_key"]
    answer = folder / "answer.json"
    answer.write_text(asked.out, encoding="utf-8")
    run = siteward("verify", answer, "--key", key)
    assert run.code == 0, run.out + run.err
    answer.write_text(asked.out.replace('"time_quality":"', '"time_quality":"un'), encoding="utf-8")
    assert siteward("verify", answer, "--key", key).code == 1
    found = siteward("verify", store, "--checkpoints", kept, "--key", key, "--json")
    assert found.code == 0, found.out
    report = json.loads(found.out)
    assert report["whole"] and report["pinned"] and report["checkpoints"] >= 2 and report["first"] is None
    assert report["chain"]["entries"] == len(kinds) and report["chain"]["head"] == hashes[len(kinds)].hex()
    assert report["chain"]["kinds"] == {k: kinds.count(k) for k in KINDS[1:]}

    other = Signer(rig.folder(), bytes(32)).public_key
    assert siteward("verify", store, "--key", other).code == 1
    changes = [
        ("UPDATE window SET body = window_pack(replace(window_json(body), 'dBA', 'dBB'))",
         "window"),
        ("UPDATE ticket_revision SET json = replace(json, 'pd-0042', 'pd-0043')", "ticket"),
        ("DELETE FROM block WHERE minute = (SELECT min(minute) FROM block)", "readings"),
        ("UPDATE config SET body = CAST(CAST(body AS TEXT) || ' ' AS BLOB)", "config"),
    ]
    for sql, kind in changes:
        copy = folder / "copy.db"
        shutil.copy(store, copy)
        with stored.connect(copy) as db:
            db.execute(sql)
        db.close()
        run = siteward("verify", copy, "--json")
        first = json.loads(run.out)["first"]
        assert run.code == 1 and first["kind"] == kind and first["n"] == kinds.index(kind) + 1, (sql, first)
        assert f"BROKEN, first at entry {first['n']}, {kind}" in siteward("verify", copy).out
    # the end cut off, with everything that hung on it
    copy = folder / "copy.db"
    shutil.copy(store, copy)
    cut = json.loads(kept.read_text().splitlines()[-1])["n"] - 1
    with stored.connect(copy) as db:
        for table in "chain", "ticket_revision", "command":
            db.execute(f"DELETE FROM {table} WHERE n > ?", (cut,))
        db.execute("DELETE FROM meta WHERE key = 'checkpoint'")
        db.execute("DELETE FROM outbox")
    db.close()
    run = siteward("verify", copy, "--checkpoints", kept)
    assert run.code == 1 and "its end was cut off" in run.out


def test_a_document_signed_by_openssl_is_whole_until_a_figure_changes(rig, siteward):
    folder = rig.folder()
    signer = Signer(folder)
    file = folder / "evidence.json"
    file.write_text(json.dumps(signer.seal(ANSWER), ensure_ascii=False, indent=1))
    run = siteward("verify", file)
    assert run.code == 0 and "proves only that whoever has that key" in run.out
    run = siteward("verify", file, "--key", signer.public_key)
    assert run.code == 0 and "proves only" not in run.out and "the one that was asked for" in run.out
    assert siteward("verify", file, "--key", Signer(rig.folder(), bytes(32)).public_key).code == 1
    text = file.read_text()
    for old, new in [("61.8", "51.8"), ("超标", "达标"), ("184263", "184264"), (TS, TS.replace("33", "34")), (GW, "gw-7f3b"),
                     ("c0ffee00c", "c0ffee01c"), ('"document_signature"', '"signature_of_document"')]:
        assert old in text
        file.write_text(text.replace(old, new))
        assert siteward("verify", file).code == 1, (old, new)


@pytest.mark.parametrize("arguments, code, words", [
    ((), 64, "name the file"),
    (("nowhere.db",), 66, "nowhere.db"),
    (("x", "y"), 64, "one file"),
    (("--wrong",), 64, "--help"),
    (("/etc/hostname",), 64, "JSON"),
])
def test_what_cannot_be_checked_is_refused_with_a_reason(siteward, arguments, code, words):
    run = siteward("verify", *arguments)
    assert run.code == code and words in run.err


def test_the_help_begins_with_examples(siteward):
    run = siteward("verify", "--help")
    assert run.code == 0 and "siteward verify /var/lib/siteward" in run.out.splitlines()[2]
