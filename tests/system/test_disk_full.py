# SPDX-License-Identifier: Apache-2.0
"""A disk that is really full, and one that fails: the data folder on a small tmpfs that something else fills while the
gateway works under load, and fsync and write that give errors. Tickets and alarms are stored and delivered all the
time; what goes is the oldest raw data, and the chain says so."""
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess

import pytest

import evening as evenings
import linecheck
import rig as peers

SIZE_MB = 48


@contextlib.contextmanager
def small_disk(folder):
    """A tmpfs; needs the right to mount."""
    folder.mkdir(exist_ok=True)
    if os.geteuid() != 0 or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "sw-test", folder], capture_output=True).returncode:
        pytest.skip("no right to mount a small tmpfs: run as root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(folder):
    """Take every block that is left. @return how many bytes"""
    with open(folder / "filler", "ab", buffering=0) as f:
        for size in (1 << 20, 4096):
            with contextlib.suppress(OSError):
                while True:
                    f.write(b"\0" * size)
        return f.tell()


def free_bytes(folder):
    fs = os.statvfs(folder)
    return fs.f_bavail * fs.f_frsize


def wait_tickets(wall, more):
    """So many more documents of tickets than there are now."""
    def count():
        return sum(m.topic.startswith("ticket/") and "seq" in (m.body or {}) for m in wall.messages)
    goal = count() + more
    peers.wait_until(lambda: count() >= goal, f"{more} more documents of tickets")


def check_stored(site, wall):
    """Every ticket that the platform saw is in the store, as new as it was seen."""
    stored = dict(site.rows("SELECT id, revision FROM ticket"))
    for m in wall.messages:
        if m.body and m.body.get("schema", "").startswith("siteward.ticket/"):
            assert stored.get(m.body["id"], -1) >= m.body["revision"], f"a ticket went back: {m}"


def check_line(site, wall):
    """Each number came, was named, or is to be named as soon as the gateway's clock goes on; windows may be shed.
    @return what came"""
    evening_last = site.last_seq
    wall.out.wait(lambda m: m.full_topic.startswith(peers.PREFIX) and (m.body or {}).get("seq") == evening_last,
                  f"document {evening_last}")
    judged = linecheck.Judgement(wall.messages)
    to_be_named = {n for first, last in site.rows("SELECT first, last FROM gap") for n in range(first, last + 1)}
    assert not set(judged.missing(evening_last)) - to_be_named
    assert not judged.faults
    return judged


def test_a_full_disk_costs_the_oldest_readings_and_no_ticket(rig, siteward):
    broker = rig.broker()
    wall = rig.subscriber(broker, client_id="wall")
    evening = evenings.Evening(rig, broker, turns=40)
    site = evening.site
    site.layer("store: {max: 24MB}\n", "30-share.yaml")
    with small_disk(site.db.parent) as disk, contextlib.ExitStack() as stack:
        daemon = evening.daemon()
        stack.callback(lambda: daemon.p.poll() is None and daemon.end(signal.SIGKILL))
        wall.wait_for("ticket/[^/]+")
        peers.wait_until(lambda: site.rows("SELECT count(DISTINCT minute) FROM block")[0][0] > 20, "some readings")
        oldest = site.rows("SELECT min(minute) FROM block")[0][0]

        fill(disk)
        assert free_bytes(disk) == 0
        wall.wait_for("gw/gw-7f3a/alert/sw-d003-gw-7f3a", lambda d: d is not None)
        store = daemon.get("/api/v1/status")[2]["store"]
        assert store["low"] and store["max_bytes"] == 24_000_000
        peers.wait_until(lambda: site.rows("SELECT count(*) FROM command WHERE kind = 'prune'")[0][0] > 0,
                         "the chain says what went")
        wait_tickets(wall, 20)
        peers.wait_until(lambda: (site.rows("SELECT min(minute) FROM block")[0][0] or 0) > oldest, "the oldest went")
        fill(disk)  # whatever was given back is taken too

        # the power goes on the full disk
        assert daemon.end(signal.SIGKILL) == -signal.SIGKILL
        check_stored(site, wall)
        daemon = evening.daemon()
        fill(disk)
        wait_tickets(wall, 10)

        # and it is stopped in order, which takes the log away, and started again
        assert daemon.end() == 0, daemon.said
        fill(disk)
        daemon = evening.daemon()
        fill(disk)
        wait_tickets(wall, 10)
        check_stored(site, wall)
        assert daemon.get("/api/v1/status")[0] == 200

        # room comes back: nothing is restarted
        os.unlink(disk / "filler")
        peers.wait_until(lambda: wall.out.snapshot() and [m for m in wall.messages if m.topic ==
                         "gw/gw-7f3a/alert/sw-d003-gw-7f3a"][-1].body is None, "the alert is solved")
        peers.wait_until(lambda: (disk / "siteward.db.reserve").exists(), "the reserve is taken again")
        before = site.rows("SELECT max(minute) FROM block")[0][0] or 0
        peers.wait_until(lambda: (site.rows("SELECT max(minute) FROM block")[0][0] or 0) > before + 2, "readings are stored")
        daemon.end()
        evening.deliver()
        check_line(site, wall)
        check_stored(site, wall)
        verified = siteward("verify", site.db)
        assert verified.code == 0, verified.out + verified.err
        checked = siteward("db", "check", "--json", site.db)
        assert checked.code == 0 and json.loads(checked.out)["is_whole"], checked.out + checked.err


def test_a_start_on_a_full_disk_uses_the_reserve(rig):
    """Stopped in order on a disk with room, the log is gone; it has to be made anew on a disk without any."""
    broker = rig.broker()
    wall = rig.subscriber(broker, client_id="wall")
    evening = evenings.Evening(rig, broker, units=2)
    with small_disk(evening.site.db.parent) as disk, contextlib.ExitStack() as stack:
        daemon = evening.daemon()
        stack.callback(lambda: daemon.p.poll() is None and daemon.end(signal.SIGKILL))
        wall.wait_for("ticket/[^/]+")
        assert daemon.end() == 0, daemon.said
        assert not (disk / "siteward.db-wal").exists()
        assert (disk / "siteward.db.reserve").exists()
        fill(disk)
        daemon = evening.daemon()
        assert "the reserve of" in daemon.said
        fill(disk)
        wait_tickets(wall, 6)
        check_stored(evening.site, wall)
        os.unlink(disk / "filler")
        peers.wait_until(lambda: (disk / "siteward.db.reserve").exists(), "the reserve is taken again")
        assert daemon.end() == 0, daemon.said
        evening.deliver()
        check_line(evening.site, wall)


FAULTS = ["fdatasync:error=EIO:when=20..32", "fdatasync:error=EIO:when=30+7", "pwrite64:error=EIO:when=400..412",
          "pwrite64:error=ENOSPC:when=500..550"]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_disk_that_fails_for_a_while_loses_nothing_that_was_told(rig, siteward, fault):
    """What was not told as stored is written again, in the place where it failed: what the kernel forgot after the error
    is written over. The connection stays open, so no half transaction comes back by recovery."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    broker = rig.broker()
    wall = rig.subscriber(broker, client_id="wall")
    evening = evenings.Evening(rig, broker, turns=4, units=2)
    call = fault.split(":", 1)[0]
    harmed = ("strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={fault}")
    environment = {"ASAN_OPTIONS": "detect_leaks=0", "LSAN_OPTIONS": "detect_leaks=0"}  # it cannot run under strace
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        daemon = rig.daemon(evening.site, evening.clock, within=harmed)
        daemon.err.wait(lambda line: "tickets are kept and tried again" in line, "an error")
        daemon.err.wait(lambda line: "writing again" in line, "it goes on")
        wait_tickets(wall, 4)
        assert daemon.end(signal.SIGKILL) == -signal.SIGKILL
    check_stored(evening.site, wall)
    evening.deliver()
    judged = check_line(evening.site, wall)
    assert set(judged.named.values()) <= {"superseded"}
    assert evening.site.rows("PRAGMA integrity_check") == [("ok",)]
    evenings.check_tickets(evening.site, [m.body for m in judged.numbered if re.fullmatch("ticket/[^/]+", m.topic)])
    evenings.check_windows(evening.site, [m.body for m in judged.numbered if "/agg/" in m.topic or "/backfill/" in m.topic])
    verified = siteward("verify", evening.site.db)
    assert verified.code == 0, verified.out + verified.err
