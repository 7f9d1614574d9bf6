# SPDX-License-Identifier: Apache-2.0
"""`siteward db`: a copy made beside the working gateway is whole and can be brought back under a new epoch; check finds
what is broken and says what is in it; compact gives back what an old file could not. SQLite's own shell is the judge."""
import contextlib
import json
import os
import signal
import sqlite3
import subprocess

import pytest

import evening as evenings
import rig as peers


@pytest.fixture
def working(rig):
    broker = rig.broker()
    wall = rig.subscriber(broker, client_id="wall")
    evening = evenings.Evening(rig, broker, turns=4, units=2)
    daemon = evening.daemon()
    wall.wait_for("ticket/[^/]+")
    peers.wait_until(lambda: evening.site.rows("SELECT count(*) FROM block")[0][0] > 5, "some readings")
    return evening, daemon, wall


def judged(path):
    """What sqlite3 says of a file."""
    said = subprocess.run(["sqlite3", path, "PRAGMA integrity_check; PRAGMA foreign_key_check;"], capture_output=True,
                          text=True, check=True)
    return said.stdout.split()


def rows(path, sql):
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        return db.execute(sql).fetchall()


def test_check_tells_what_is_in_a_database_while_the_gateway_works(working, siteward):
    evening, _, _ = working
    said = siteward("db", "check", "-c", evening.site.file, "--json")
    assert said.code == 0, said.err
    told = json.loads(said.out)
    assert told["is_whole"] and told["faults"] == []
    assert told["tables"]["ticket"]["rows"] >= 1
    assert sum(t["bytes"] for t in told["tables"].values()) <= told["file_bytes"] + told["log_bytes"]
    assert told["chain"]["first"] == 1 and told["chain"]["head"] <= evening.site.rows("SELECT max(n) FROM chain")[0][0]
    assert told["epoch"] == evening.site.rows("SELECT value FROM meta WHERE key = 'epoch'")[0][0]
    assert set(told["outbox"]["destinations"]) == {"platform"}
    text = siteward("db", "check", evening.site.db.parent)  # the folder will do
    assert text.code == 0 and "whole" in text.out and "siteward verify" in text.out


DAMAGE = {
    "a hole in the chain": ("DELETE FROM chain WHERE n = 5", "some are missing"),
    "a number twice": ("DELETE FROM outbox; INSERT INTO outbox(id, seq, lane, topic, retain, expiry_s, payload)"
                       " VALUES(1, 1, 0, 't', 0, 0, x''), (2, 1, 0, 't', 0, 0, x'')", "given to two documents"),
    "a number that was not given": ("UPDATE meta SET value = '0' WHERE key = 'seq'; DELETE FROM outbox; INSERT INTO outbox(id, seq, lane, "
                                    "topic, retain, expiry_s, payload) VALUES(1, 7, 0, 't', 0, 0, x'')", "the last one"),
    "a newer program's": ("PRAGMA user_version = 99", "newer siteward"),
}


def test_check_names_what_is_broken(working, siteward):
    evening, daemon, _ = working
    assert daemon.end(signal.SIGKILL) == -signal.SIGKILL
    copy = evening.site.folder / "copy.db"
    assert siteward("db", "backup", "-c", evening.site.file, copy).code == 0
    for why, (sql, want) in DAMAGE.items():
        broken = evening.site.folder / "broken.db"
        broken.write_bytes(copy.read_bytes())
        with contextlib.closing(sqlite3.connect(broken)) as db:
            db.executescript(sql)
        said = siteward("db", "check", broken)
        assert said.code == 1 and want in said.out, f"{why}: {said.out}{said.err}"
    torn = bytearray(copy.read_bytes())
    torn[4096 * 3:4096 * 5] = b"\xff" * 8192
    broken.write_bytes(torn)
    said = siteward("db", "check", "--json", broken)
    assert said.code == 1 and not json.loads(said.out)["is_whole"], said.out + said.err
    missing = siteward("db", "check", evening.site.folder / "nothing.db")
    assert missing.code == 1 and "nothing.db" in missing.err


def test_a_copy_made_beside_the_working_gateway_is_brought_back_under_a_new_epoch(working, rig, siteward):
    evening, daemon, wall = working
    site = evening.site
    copy = site.folder / "copy.db"
    said = siteward("db", "backup", "-c", site.file, copy)
    assert said.code == 0 and "key" in said.out and "media" in said.out, said.out + said.err
    assert judged(copy) == ["ok"]
    assert not list(copy.parent.glob("copy.db?*")), "nothing is left beside it"
    verified = siteward("verify", copy)
    assert verified.code == 0, verified.out + verified.err
    assert siteward("db", "backup", "-c", site.file, copy).code == 1
    assert siteward("db", "backup", "-c", site.file, copy, "--force").code == 0
    busy = siteward("db", "restore", "-c", site.file, copy)
    assert busy.code == 1 and "in use" in busy.err

    # more happens, and is lost with the disk: the numbers after the copy were given
    last = site.last_seq
    peers.wait_until(lambda: site.last_seq > last + 5, "more documents")
    assert daemon.end() == 0, daemon.said
    old_epoch = rows(copy, "SELECT value FROM meta WHERE key = 'epoch'")
    restored = siteward("db", "restore", "-c", site.file, copy)
    assert restored.code == 0 and "epoch" in restored.out, restored.out + restored.err
    assert judged(f"{site.db}.before-restore") == ["ok"]
    daemon = evening.daemon()
    assert "is a copy made at" in daemon.said
    new_epoch = site.rows("SELECT value FROM meta WHERE key = 'epoch'")
    assert new_epoch != old_epoch and site.rows("SELECT 1 FROM meta WHERE key = 'copy'") == []
    wall.out.wait(lambda m: (m.body or {}).get("epoch") == new_epoch[0][0] and m.body.get("seq") == 1, "number 1 again")
    assert daemon.end() == 0, daemon.said
    by = {}
    for m in wall.messages:  # no number of an epoch is given to two documents
        if m.body and "seq" in m.body:
            first = by.setdefault((m.body["epoch"], m.body["seq"]), m.body)
            assert {**first, "historical": None} == {**m.body, "historical": None}
    verified = siteward("verify", site.db)
    assert verified.code == 0, verified.out + verified.err
    daemon = evening.daemon()
    assert site.rows("SELECT value FROM meta WHERE key = 'epoch'") == new_epoch, "once is enough"
    assert daemon.end() == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_on_a_new_card_all_that_is_made_belongs_to_whom_the_folder_belongs_to(working, rig, siteward):
    evening, daemon, _ = working
    copy = evening.site.folder / "copy.db"
    assert siteward("db", "backup", "-c", evening.site.file, copy).code == 0
    assert daemon.end() == 0
    card = rig.folder() / "card"
    card.mkdir()
    os.chown(card, 12345, 23456)
    for _ in range(2):  # and what is set aside
        said = siteward("db", "restore", "--db", card, copy)
        assert said.code == 0, said.err
    made = {p.name: (p.stat().st_uid, p.stat().st_gid) for p in card.iterdir()}
    assert {"siteward.db", "siteward.db.lock", "siteward.db.before-restore"} <= set(made), made
    assert set(made.values()) == {(12345, 23456)}, made


def test_what_is_no_backup_is_not_restored(working, siteward):
    evening, daemon, _ = working
    assert daemon.end() == 0
    before = evening.site.db.read_bytes()
    wrong = evening.site.folder / "wrong.db"
    wrong.write_text("not a database" * 1000)
    assert siteward("db", "restore", "-c", evening.site.file, wrong).code == 1
    other = evening.site.folder / "other.db"
    with contextlib.closing(sqlite3.connect(other)) as db:
        db.executescript("CREATE TABLE t(a)")
    said = siteward("db", "restore", "-c", evening.site.file, other)
    assert said.code == 1 and "no database of a gateway" in said.err
    torn = evening.site.folder / "torn.db"
    text = bytearray(before)
    text[len(text) // 2:len(text) // 2 + 65536] = b"\xff" * 65536
    torn.write_bytes(text)
    said = siteward("db", "restore", "-c", evening.site.file, torn)
    assert said.code == 1, said.out
    assert evening.site.db.read_bytes() == before
    assert not list(evening.site.db.parent.glob("*.partial*"))


def test_compact_makes_an_old_file_small_and_able_to_shrink(working, siteward):
    evening, daemon, _ = working
    site = evening.site
    refused = siteward("db", "compact", "-c", site.file)
    assert refused.code == 1 and "stop it first" in refused.err
    assert daemon.end() == 0
    with contextlib.closing(sqlite3.connect(site.db)) as db:  # as an old program made it: full of holes
        db.executescript("PRAGMA journal_mode = DELETE; PRAGMA auto_vacuum = NONE; VACUUM; CREATE TABLE big(b);"
                         "INSERT INTO big SELECT zeroblob(100000) FROM chain LIMIT 100; DROP TABLE big;")
    mode, size = os.stat(site.db).st_mode, site.db.stat().st_size
    names = [name for name, in rows(site.db, "SELECT name FROM sqlite_schema WHERE type = 'table'")]
    counts = {name: rows(site.db, f"SELECT count(*) FROM {name}") for name in names}
    schema = rows(site.db, "SELECT sql FROM sqlite_schema ORDER BY name")
    said = siteward("db", "compact", "-c", site.file)
    assert said.code == 0 and "MB now" in said.out, said.out + said.err
    assert site.db.stat().st_size < size / 2 and os.stat(site.db).st_mode == mode
    assert rows(site.db, "PRAGMA auto_vacuum") == [(2,)]
    assert {name: rows(site.db, f"SELECT count(*) FROM {name}") for name in names} == counts
    assert rows(site.db, "SELECT sql FROM sqlite_schema ORDER BY name") == schema
    assert judged(site.db) == ["ok"]
    verified = siteward("verify", site.db)
    assert verified.code == 0, verified.out + verified.err
    daemon = evening.daemon()
    assert daemon.end() == 0
