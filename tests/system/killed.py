# SPDX-License-Identifier: Apache-2.0
"""What a gateway that died without warning may have lost, and what not: everything that somebody outside had seen as
stored is there, and readings but for the youngest."""
import bisect
import contextlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import threading
import time
from datetime import datetime

import rig as peers

COMMIT_S = 0.2  # of the evening's site
SLACK_S = 1  # beyond what this machine's disk took meanwhile; see Disk
LATE_S = 0.3  # so long after its time of measurement a reading has reached the store's next turn, also when all is busy


class Disk(threading.Thread):
    """How long this machine takes to get something onto its disk, asked all the time: a gateway's commits take no
    less."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.file = open(folder / "probe", "wb", buffering=0)
        self.took_s = [0.0]
        self.asked = time.monotonic()
        self.is_over = threading.Event()
        self.start()

    def run(self):
        while not self.is_over.wait(0.05):
            self.asked += 0.05  # when it wanted to ask: that it got no processor counts too
            self.file.write(b"?")
            os.fsync(self.file.fileno())
            self.took_s.append(time.monotonic() - self.asked)
            self.asked = time.monotonic()

    def worst_s(self):
        """The longest since the last call, the question that is still open too."""
        taken, self.took_s = self.took_s, [0.0]
        return max(*taken, 0.0, time.monotonic() - self.asked - 0.05)

    def end(self):
        self.is_over.set()
        self.join()
        self.file.close()


class Killed:
    """What a kill left behind: a copy of the file with its log, as the next start will find it."""

    def __init__(self, database, folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        self.file = folder / database.name
        for suffix in ("", "-wal"):
            if os.path.exists(f"{database}{suffix}"):
                shutil.copy(f"{database}{suffix}", folder)

    def rows(self, sql):
        with contextlib.closing(sqlite3.connect(self.file)) as db:
            return db.execute(sql).fetchall()

    def check(self, siteward, events, answers):
        """@param events, answers  ticket events that a subscriber has seen, commands that were answered"""
        if not self.file.exists():
            assert not events and not answers
            return
        assert self.rows("PRAGMA integrity_check") == [("ok",)]
        if not self.rows("SELECT 1 FROM sqlite_schema WHERE name = 'ticket'"):
            assert not events and not answers
            return
        held = dict(self.rows("SELECT id, revision FROM ticket"))
        lost = [e for e in events if held.get(e["ticket"], 0) < e["revision"]]
        assert not lost, f"events that a subscriber has seen are not in the store: {lost}"
        assert not answers - {row[0] for row in self.rows("SELECT id FROM command")}, "an answered command is gone"
        if self.rows("SELECT 1 FROM chain LIMIT 1"):
            checked = siteward("verify", self.file)
            assert checked.code == 0, checked.out + checked.err


class Seen:
    """What one subscriber has seen, run by run. To which run something belongs is told by its time of measurement: it
    may come to the subscriber after the kill."""

    def __init__(self, wall, clock, disk):
        self.wall = wall
        self.clock = clock
        self.disk = disk
        self.disk_s = []  # of each run: how long the disk took at worst
        self.starts, self.kills = [], []  # instants of the shared clock
        self.newest_event = []  # of each run: that had come by the kill; a next start dates some back into the pause

    def starts_now(self):
        self.starts.append(self.clock.now)

    def killed(self, at):
        """It is dead, since then. @return the ticket events that had come by now"""
        events = self.events
        epoch = datetime.fromisoformat(self.clock.epoch)
        self.newest_event.append(max((datetime.fromisoformat(e["ts"]) for e in events), default=epoch))
        self.kills.append(at)
        self.disk_s.append(self.disk.worst_s())
        return events

    @property
    def events(self):
        return [m.body for m in self.wall.messages if re.fullmatch("ticket/[^/]+/event", m.topic)]

    def readings(self):
        """(run, age in seconds when it was killed, whether a later event of that run was seen, (sensor, ts))"""
        for m in self.wall.messages:
            live = re.fullmatch("sensor/([^/]+)/live", m.topic)
            if not live or not m.body or m.body["v"] is None:
                continue
            at = datetime.fromisoformat(m.body["ts"])
            run = bisect.bisect_right(self.starts, at) - 1
            if 0 <= run < len(self.kills):
                later_s = (self.newest_event[run] - at).total_seconds() / self.clock.speed
                yield (run, (self.kills[run] - at).total_seconds() / self.clock.speed, later_s > LATE_S,
                       (live.group(1), m.body["ts"]))

    def check_readings(self, held, slack_s=SLACK_S):
        """Compare with the readings that the store holds at the end. @return one line for people"""
        all_of_them = list(self.readings())
        lost = [row for row in all_of_them if row[3] not in held]
        ages = sorted(row[1] for row in lost) or [0]
        said = f"{len(all_of_them)} readings seen, {len(lost)} of them lost; before a kill half of these were younger " \
            f"than {ages[len(ages) // 2]:.3f} s, 99 % than {ages[len(ages) * 99 // 100]:.3f} s, the oldest " \
            f"{ages[-1]:.3f} s; the disk took {max(self.disk_s):.3f} s at worst"
        behind = [row for row in lost if row[2]]
        assert not behind, f"readings from before an event that was sent are lost: {behind[:5]}; {said}"
        old = [(row, self.disk_s[row[0]]) for row in lost if row[1] > COMMIT_S + 2 * self.disk_s[row[0]] + slack_s]
        assert not old, f"readings that were older than a commit interval are lost: {old[:5]}; {said}"
        return said


def readings_of(site):
    """(sensor, ts) of every reading that the store holds, as its replay gives them again."""
    done = subprocess.run([peers.program("siteward"), "replay", "--store", str(site.folder / "data"), "--only", "live",
                           "--live"], capture_output=True, text=True, check=True, timeout=900)
    said = (json.loads(line) for line in done.stdout.splitlines())
    return {(re.search("sensor/([^/]+)/live", d["topic"]).group(1), d["payload"]["ts"]) for d in said}
