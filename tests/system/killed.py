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
from datetime import datetime

import rig as peers

COMMIT_S = 0.2  # of the evening's site
SLACK_S = 2  # for a commit that waits for the disk of a busy machine; what was seen is printed


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

    def __init__(self, wall, clock):
        self.wall = wall
        self.clock = clock
        self.kills = []  # instants of the shared clock
        self.newest_event = []  # of each run: that had come by the kill; a next start dates some back into the pause

    def killed(self):
        """@return the ticket events that had come by now"""
        events = self.events
        epoch = datetime.fromisoformat(self.clock.epoch)
        self.newest_event.append(max((datetime.fromisoformat(e["ts"]) for e in events), default=epoch))
        self.kills.append(self.clock.now)
        return events

    @property
    def events(self):
        return [m.body for m in self.wall.messages if re.fullmatch("ticket/[^/]+/event", m.topic)]

    def readings(self):
        """(age in seconds when the gateway was killed, whether a later event of that run was seen, (sensor, ts))"""
        for m in self.wall.messages:
            live = re.fullmatch("sensor/([^/]+)/live", m.topic)
            if not live or not m.body or m.body["v"] is None:
                continue
            at = datetime.fromisoformat(m.body["ts"])
            run = bisect.bisect_left(self.kills, at)
            if run < len(self.kills):
                yield ((self.kills[run] - at).total_seconds() / self.clock.speed,
                       at < self.newest_event[run], (live.group(1), m.body["ts"]))

    def check_readings(self, held):
        """Compare with the readings that the store holds at the end. @return one line for people"""
        all_of_them = list(self.readings())
        lost = [row for row in all_of_them if row[2] not in held]
        behind = [row for row in lost if row[1]]
        oldest_s = max((age_s for age_s, _, _ in lost), default=0)
        said = f"{len(all_of_them)} readings seen, {len(lost)} of them lost, the oldest {oldest_s:.3f} s before a kill"
        assert not behind, f"readings from before an event that was sent are lost: {behind[:5]}; {said}"
        assert oldest_s <= COMMIT_S + SLACK_S, said
        return said


def readings_of(site):
    """(sensor, ts) of every reading that the store holds, as its replay gives them again."""
    done = subprocess.run([peers.program("siteward"), "replay", "--store", str(site.folder / "data"), "--only", "live",
                           "--live"], capture_output=True, text=True, check=True, timeout=900)
    said = (json.loads(line) for line in done.stdout.splitlines())
    return {(re.search("sensor/([^/]+)/live", d["topic"]).group(1), d["payload"]["ts"]) for d in said}
