# SPDX-License-Identifier: Apache-2.0
"""The published schedule from its files to who asks: what a replay knows at which instant, and what the daemon publishes
when a file changes, breaks, or loses an item, over restarts."""
import json
import signal

import pytest

import rig as peers
from conftest import seconds

NOON = "2026-03-02T12:00:00+08:00"
SITE = """\
version: 1
site:
  id: pd-0042
  area: "310115"
  timezone: Asia/Shanghai
  packs: [cn-gb12523-2025]
gateway: {id: gw-7f3a}
store: {commit: 200ms}
sensors:
  gate-noise: {quantity: LAeq, interval: 1s, place: boundary}
schedule: {files: [hours.ics, permits.json]}
responsibility:
  - {unit: 某某建设 项目部, lead: true}
"""


def event(uid, start, duration, *more, stamp=None):
    rows = ["BEGIN:VEVENT", f"UID:{uid}", f"DTSTART;TZID=Asia/Shanghai:{start}", f"DURATION:{duration}", *more]
    return "\r\n".join(rows + ([f"DTSTAMP:{stamp}"] if stamp else []) + ["END:VEVENT", ""])


def calendar(*events):
    return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n" + "".join(events) + "END:VCALENDAR\r\n"


DAY = event("hours", "20260101T060000", "PT16H", "SUMMARY:Day work", "RRULE:FREQ=DAILY", stamp="20260101T000000Z")
PERMIT = {"uid": "permit-1", "kind": "permit", "permit_no": "2026-0310", "source": "authority", "status": "confirmed",
          "dtstart": "2026-03-10T22:00:00", "duration": "PT8H", "valid_from": "2026-03-10T22:00:00+08:00",
          "valid_to": "2026-03-11T06:00:00+08:00", "notice_posted_at": "2026-02-28T08:00:00+08:00"}


# Replay ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def morning(make_readings):
    """From 09:00 to 09:03 local time, a reading a second."""
    return make_readings([(t, "gate-noise", "LAeq", 50, "") for t in seconds("2026-03-02T01:00:00Z", 180)])


def test_a_replay_without_a_schedule_knows_none(siteward, make_site, morning):
    run = siteward("replay", "-c", make_site({"gate-noise": "LAeq"}), "--readings", morning)
    assert run.code == 0 and not run.payloads("schedule")
    assert {s["work"]["state"] for s in run.payloads("summary")} == {"no_schedule"}


def test_a_replay_takes_the_schedule_before_its_first_reading(siteward, make_site, morning, tmp_path, validate):
    file = tmp_path / "hours.ics"
    file.write_text(calendar(DAY))
    run = siteward("replay", "-c", make_site({"gate-noise": "LAeq"}), "--readings", morning, "--schedule", file)
    assert run.code == 0, run.err
    first = run.lines[0]
    assert (first["topic"], first["retain"]) == ("schedule", True)
    validate(first["payload"])
    assert first["payload"]["ts"] == "2026-03-02T09:00:00.000+08:00"
    (item,) = first["payload"]["items"]
    assert (item["uid"], item["kind"], item["rrule"]) == ("hours", "work", "FREQ=DAILY")
    assert item["published"] == item["claimed_published"] == "2026-01-01T08:00:00.000+08:00"
    assert {s["work"]["state"] for s in run.payloads("summary")} == {"scheduled"}


def test_what_is_published_later_is_not_known_before(siteward, make_site, morning, tmp_path):
    file = tmp_path / "hours.ics"
    late = event("late", "20260302T060000", "PT4H", stamp="20260302T010130Z")  # 09:01:30
    file.write_text(calendar(late))
    run = siteward("replay", "-c", make_site({"gate-noise": "LAeq"}), "--readings", morning, "--schedule", file)
    assert run.code == 0, run.err
    assert [(d["ts"], d["revision"], len(d["items"])) for d in run.payloads("schedule")] == [
        ("2026-03-02T09:00:00.000+08:00", 1, 0), ("2026-03-02T09:01:30.000+08:00", 2, 1)]
    for s in run.payloads("summary"):
        known = s["ts"] >= "2026-03-02T09:01:30.000+08:00"
        assert s["work"]["state"] == ("scheduled" if known else "no_schedule"), s["ts"]


def test_at_one_instant_the_schedule_comes_before_the_reading(siteward, make_site, make_readings, tmp_path):
    file = tmp_path / "hours.ics"
    file.write_text(calendar(event("late", "20260302T060000", "PT4H", stamp="20260302T010002Z")))
    readings = make_readings([(t, "gate-noise", "LAeq", 50, "") for t in seconds("2026-03-02T01:00:00Z", 5)])
    run = siteward("replay", "-c", make_site({"gate-noise": "LAeq"}), "--readings", readings, "--schedule", file,
                   "--only", "schedule,live")
    at = "2026-03-02T09:00:02.000+08:00"
    assert [x["topic"] for x in run.lines if x["payload"]["ts"] == at] == ["schedule", "sensor/gate-noise/live"]


def test_only_prints_the_schedule_alone(siteward, make_site, morning, tmp_path):
    file = tmp_path / "permits.json"
    file.write_text(json.dumps({"tz": "Asia/Shanghai", "items": [PERMIT]}))
    run = siteward("replay", "-c", make_site({"gate-noise": "LAeq"}), "--readings", morning, "--schedule", file,
                   "--only", "schedule")
    assert run.code == 0, run.err
    (line,) = run.lines
    (item,) = line["payload"]["items"]
    assert (item["uid"], item["published"], item["valid_to"]) == ("permit-1", None, "2026-03-11T06:00:00.000+08:00")


def test_a_schedule_that_cannot_be_read_ends_the_replay_in_words(siteward, make_site, morning, tmp_path):
    file = tmp_path / "hours.ics"
    file.write_text("BEGIN:NOTHING\n")
    for name in (file, tmp_path / "missing.ics"):
        run = siteward("replay", "-c", make_site({"gate-noise": "LAeq"}), "--readings", morning, "--schedule", name)
        assert run.code == 1 and not run.out and name.name in run.err, run.err


def test_what_a_replay_could_not_use_of_a_schedule_is_said(siteward, make_site, morning, tmp_path):
    file = tmp_path / "hours.ics"
    file.write_text(calendar(DAY, event("broken", "20260231T060000", "PT4H")))
    run = siteward("replay", "-c", make_site({"gate-noise": "LAeq"}), "--readings", morning, "--schedule", file)
    assert run.code == 0, run.err
    line = DAY.count("\r\n") + 4
    assert f"hours.ics:{line}: broken: DTSTART is no time" in run.err, run.err


# The daemon -----------------------------------------------------------------------------------------------------------


class Place:
    def __init__(self, rig):
        self.rig = rig
        self.broker = rig.broker()
        self.wall = rig.subscriber(self.broker)
        self.clock = peers.Clock(NOON, 20)
        self.site = rig.site(text=SITE)
        self.site.connect(self.broker)
        self.ics = self.site.folder / "hours.ics"
        self.permits = self.site.folder / "permits.json"
        self.ics.write_text(calendar(DAY))
        self.permits.write_text(json.dumps({"tz": "Asia/Shanghai", "items": [PERMIT]}))

    def daemon(self):
        return self.rig.daemon(self.site, self.clock)

    def published(self, revision):
        m = self.wall.wait_for("schedule", lambda d: d["revision"] == revision)
        assert m.retain and m.qos == 1
        assert not peers.faults_of("schedule", m.body), m
        return m.body

    @staticmethod
    def standing(document):
        return {i["uid"]: i for i in document["items"] if "cancelled" not in i}


@pytest.fixture
def place(rig):
    return Place(rig)


def reload(daemon):
    daemon.p.send_signal(signal.SIGHUP)


def test_files_are_published_and_answered_over_http(place):
    daemon = place.daemon()
    document = place.published(1)
    items = place.standing(document)
    assert set(items) == {"hours", "permit-1"}
    assert items["permit-1"]["source"] == "file" and items["permit-1"]["status"] == "unconfirmed", \
        "a file is no word of the authority"
    assert items["hours"]["published"] > "2026-03-02T12:00:00.000+08:00"
    assert items["hours"]["claimed_published"] == "2026-01-01T08:00:00.000+08:00"
    status, _, page = daemon.get("/api/v1/schedule")
    assert status == 200 and page["items"] == document["items"]
    place.wall.wait_for("summary", lambda d: d["work"]["state"] == "scheduled")
    assert daemon.end() == 0, daemon.said


def test_a_change_is_a_publication_and_a_restart_is_none(place):
    daemon = place.daemon()
    before = place.standing(place.published(1))
    place.ics.write_text(calendar(DAY.replace("PT16H", "PT12H"), event("extra", "20260303T070000", "PT2H")))
    reload(daemon)
    document = place.published(2)
    after = place.standing(document)
    assert set(after) == {"hours", "extra", "permit-1"}
    assert after["permit-1"]["published"] == before["permit-1"]["published"]
    assert after["hours"]["published"] > before["hours"]["published"] and after["hours"]["revision"] == 2
    (old,) = [i for i in document["items"] if "cancelled" in i]
    assert (old["uid"], old["published"]) == ("hours", before["hours"]["published"])
    assert old["cancelled"] == after["hours"]["published"] and old["status"] == "cancelled"

    peers.wait_until(lambda: place.site.rows("SELECT 1 FROM schedule WHERE revision = 2"), "the change is stored")
    assert daemon.end(signal.SIGKILL) == -signal.SIGKILL
    daemon = place.daemon()
    page = daemon.get("/api/v1/schedule")[2]  # known at once, before any file was looked at again
    assert (page["revision"], page["items"]) == (2, document["items"])
    place.ics.unlink()
    place.permits.write_text(json.dumps({"items": []}))
    reload(daemon)
    daemon.err.wait(lambda line: "hours.ics" in line and "goes on to hold" in line, "a sentence about the missing file")
    place.ics.write_text(calendar())
    reload(daemon)
    assert not place.standing(place.published(3))
    assert daemon.end() == 0, daemon.said


def test_a_file_that_breaks_keeps_the_last_good_schedule(place):
    daemon = place.daemon()
    place.published(1)
    place.ics.write_text("this is no calendar\n")
    reload(daemon)
    line = daemon.err.wait(lambda text: "goes on to hold" in text, "a sentence about the broken file")
    assert "hours.ics" in line
    assert daemon.get("/api/v1/schedule")[2]["revision"] == 1
    place.ics.write_text(calendar(DAY, event("extra", "20260303T070000", "PT2H")))
    reload(daemon)
    assert set(place.standing(place.published(2))) == {"hours", "extra", "permit-1"}
    assert daemon.end() == 0, daemon.said


def test_the_command_prints_it_for_people_and_as_json(place, siteward):
    daemon = place.daemon()
    document = place.published(1)
    run = siteward("schedule", "-c", place.site.file)
    assert run.code == 0, run.err
    for word in ("KIND", "permit", "unconfirmed", "FREQ=DAILY", "Day work", "2026-01-01 06:00", "revision 1"):
        assert word in run.out, run.out
    run = siteward("schedule", "-c", place.site.file, "--json")
    assert json.loads(run.out)["items"] == document["items"]
    assert daemon.end() == 0, daemon.said
    assert siteward("schedule", "-c", place.site.file).code == 4
