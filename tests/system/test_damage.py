# SPDX-License-Identifier: Apache-2.0
"""A store that a bad disk has damaged: pages of it hold something else. Whichever they are, the gateway starts and the
damage is told, or it ends and says what is wrong and what to do; it never goes on as if nothing were."""
import contextlib
import os
import random
import shutil
import sqlite3

import pytest

import rig as peers
from evening import Evening

PAGES = int(os.environ.get("PAGES", "12"))
EX_DATAERR = 65


@pytest.fixture(scope="module")
def stored(module_rig):
    """@return the data folder of a site that has run for a while and was stopped, and the clock"""
    evening = Evening(module_rig, "mqtt://127.0.0.1:9")
    daemon = evening.daemon()
    peers.wait_until(lambda: evening.waiting() > 200, "documents are stored")
    assert daemon.end() == 0, daemon.said
    return evening.site.folder / "data", evening.clock.now.isoformat(timespec="milliseconds")


def damage(database, n):
    """@return what SQLite thinks of it"""
    chance = random.Random(n)
    pages = database.stat().st_size // 4096
    page = chance.randrange(1, pages)
    with open(database, "r+b") as f:
        f.seek(page * 4096)
        f.write(chance.randbytes(4096))
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        try:
            rows = db.execute("PRAGMA integrity_check").fetchall()
        except sqlite3.DatabaseError as why:
            return str(why)
    return "" if rows == [("ok",)] else rows[0][0]


@pytest.mark.parametrize("n", range(PAGES))
def test_a_damaged_store_is_never_served_silently(rig, stored, n):
    data, now = stored
    evening = Evening(rig, "mqtt://127.0.0.1:9")
    shutil.copytree(data, evening.site.folder / "data")
    wrong = damage(evening.site.db, n)
    daemon = peers.Daemon(evening.site, peers.Clock(now, 1), wait=False)
    alerts = []

    def is_told():
        with contextlib.suppress(OSError, ValueError):
            alerts[:] = [a["code"] for a in daemon.get("/api/v1/alerts")[2]["alerts"]]
        return daemon.p.poll() is not None or "SW-D004" in alerts

    try:
        peers.wait_until(is_told, f"damage ({wrong}) is told")
    finally:
        code = daemon.end()
        print(f"page {n}: {wrong or 'nothing wrong'}: exit {code}, alerts {alerts}: {daemon.said.splitlines()[-1:]}")
    assert code in (0, EX_DATAERR), daemon.said
    assert "siteward.db" in daemon.said and ("damaged" in daemon.said or "malformed" in daemon.said), daemon.said


def test_a_whole_store_is_said_to_be_whole(rig, stored):
    """A store that was mended, or brought back: the alert of before goes."""
    data, now = stored
    evening = Evening(rig, "mqtt://127.0.0.1:9")
    shutil.copytree(data, evening.site.folder / "data")
    daemon = rig.daemon(evening.site, peers.Clock(now, 1))
    assert not [a for a in daemon.get("/api/v1/alerts")[2]["alerts"] if a["code"] == "SW-D004"]
    assert daemon.end() == 0, daemon.said
    assert "damaged" not in daemon.said
