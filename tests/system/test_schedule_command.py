# SPDX-License-Identifier: Apache-2.0
"""cmd/schedule, quiet periods that are broadcast, and hosts of the platform, over a real broker: mosquitto_rr and
mosquitto_pub are the authority, mosquitto_sub sees what is published. A night without a permit on a simulated site."""
import itertools
import json
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest

import rig as peers

EPOCH = "2026-03-02T23:00:00+08:00"
SPEED = 10
AREA = "siteward/1/310115/"
RES = peers.PREFIX + "res/desk/"
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
schedule: {files: [site.json]}
responsibility:
  - {unit: 某某建设 项目部, lead: true}
"""
HOURS = {"uid": "hours", "kind": "work", "dtstart": "2026-01-01T06:00:00", "duration": "PT16H", "rrule": "FREQ=DAILY"}
OF_SITE = {"uid": "p-site", "kind": "permit", "permit_no": "2026-0302", "dtstart": "2026-03-02T22:00:00",
           "duration": "PT8H", "notice_posted_at": "2026-02-28T08:00:00+08:00"}
PERMIT = {"uid": "p-1", "kind": "permit", "permit_no": "沪浦夜施 2026-0310", "summary": {"zh-CN": "夜间浇筑", "en": "Pour"},
          "dtstart": "2026-03-02T22:00:00", "duration": "PT8H", "granted_at": "2026-02-27T14:30:00+08:00",
          "valid_from": "2026-03-02T22:00:00+08:00", "valid_to": "2026-03-03T06:00:00+08:00",
          "notice_posted_at": "2026-02-28T08:00:00+08:00", "colour": "a field of a later version"}
IDS = itertools.count(1)


def error_of(answer):
    assert answer["status"] == "error", answer
    return answer["error"]["type"].removeprefix("urn:siteward:error:")


class Place:
    def __init__(self, rig, files=(HOURS, OF_SITE)):
        self.rig = rig
        self.broker = rig.broker(folder=rig.folder())
        self.wall = rig.subscriber(self.broker)
        self.clock = peers.Clock(EPOCH, SPEED)
        self.site = rig.site(text=SITE)
        self.site.connect(self.broker)
        self.file = self.site.folder / "site.json"
        self.say(*files)
        self.daemon = self.start()

    def say(self, *items):
        """What the site's own file holds."""
        self.file.write_text(json.dumps({"tz": "Asia/Shanghai", "items": list(items)}), encoding="utf-8")

    def start(self, connected=True):
        daemon = self.rig.daemon(self.site, self.clock)
        if connected:
            peers.wait_until(lambda: daemon.get("/api/v1/status")[2]["requests"]["subscribed"], "it listens")
        return daemon

    def end(self):
        assert self.daemon.end() == 0, self.daemon.said

    # the authority

    def command(self, op, base, *items, **more):
        return {"schema": "siteward.cmd-schedule/1.0", "id": f"s-{next(IDS)}", "op": op, "base_revision": base,
                "at": self.clock.now.isoformat(timespec="milliseconds"),
                "by": {"id": "host:12345-sh", "role": "authority"},
                "items": [i if isinstance(i, dict) else {"uid": i} for i in items]} | more

    def ask(self, document):
        """@return the answer as mosquitto_rr shows it, after it was held against its schema"""
        token = f"q-{next(IDS)}"
        text = json.dumps(document, ensure_ascii=False) if isinstance(document, dict) else document
        done = subprocess.run(["mosquitto_rr", "-h", "127.0.0.1", "-p", str(self.broker.port), "-V", "mqttv5", "-q", "1",
                               "-t", peers.PREFIX + "cmd/schedule", "-e", RES + token, "-D", "publish",
                               "correlation-data", token, "-W", str(peers.DEADLINE_S), "-F", "%J", "-m", text],
                              text=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=2 * peers.DEADLINE_S)
        assert done.returncode == 0 and done.stdout, f"no answer: {done.stderr}"
        answer = json.loads(done.stdout.splitlines()[0])
        assert answer["properties"]["correlation-data"] == token
        assert not peers.faults_of("res", answer["payload"]), peers.faults_of("res", answer["payload"])
        return answer["payload"]

    def publish(self, topic, document, *args):
        text = json.dumps(document, ensure_ascii=False) if isinstance(document, dict) else document
        how = ["-s"] if text else ["-n"]
        subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.broker.port), "-V", "mqttv5", "-q", "1",
                        "-t", topic, *how, *args], input=text, text=True, check=True, timeout=peers.DEADLINE_S)

    # what is seen of it

    def published(self, revision):
        m = self.wall.wait_for("schedule", lambda d: d["revision"] == revision)
        assert m.retain and m.qos == 1
        return m.body

    def summary(self, state, permitted, after):
        """A summary of that state, said not before the schedule of that revision was."""
        since = self.published(after)["ts"]
        return self.wall.wait_for("summary", lambda d: d["ts"] >= since and d["work"]["state"] == state and
                                  d["work"]["permitted"] is permitted)

    def page(self):
        return self.daemon.get("/api/v1/schedule")[2]

    def stored(self):
        """Everything of the schedule that is on the disk, commands too."""
        return (self.site.rows("SELECT revision, at_us, body FROM schedule ORDER BY revision"),
                self.site.rows("SELECT * FROM command"))

    def status(self):
        return self.daemon.get("/api/v1/status")[2]


def standing(document):
    return {i["uid"]: i for i in document["items"] if "cancelled" not in i}


@pytest.fixture
def place(rig):
    return Place(rig)


# What the authority does ----------------------------------------------------------------------------------------------


def test_a_night_permit_is_granted_and_withdrawn_while_the_night_goes_on(place):
    place.summary("prohibited_night", False, after=1)
    command = place.command("upsert", 1, PERMIT)
    answer = place.ask(command)
    assert (answer["status"], answer["request_id"]) == ("ok", command["id"]), answer
    assert answer["data"]["revision"] == 2
    (said,) = answer["data"]["items"]
    assert (said["uid"], said["kind"], said["source"], said["status"]) == ("p-1", "permit", "authority", "confirmed")
    document = place.published(2)
    item = standing(document)["p-1"]
    assert (item["source"], item["status"], item["permit_no"]) == ("authority", "confirmed", PERMIT["permit_no"])
    assert item["valid_to"] == "2026-03-03T06:00:00.000+08:00" and item["published"] == said["published"]
    assert "colour" not in item
    assert set(standing(document)) == {"hours", "p-site", "p-1"}, "what the files say is untouched"
    place.summary("permitted_night", True, after=2)

    answer = place.ask(place.command("cancel", 2, "p-1"))
    assert answer["data"]["revision"] == 3 and answer["data"]["items"][0]["status"] == "cancelled"
    assert "p-1" not in standing(place.published(3))
    place.summary("prohibited_night", False, after=3)
    place.end()


def test_a_permit_of_the_sites_file_counts_once_the_authority_confirms_what_it_says(place):
    assert standing(place.published(1))["p-site"]["status"] == "unconfirmed"
    place.summary("prohibited_night", False, after=1)
    assert place.ask(place.command("confirm", 1, "p-site"))["data"]["revision"] == 2
    item = standing(place.published(2))["p-site"]
    assert (item["source"], item["status"]) == ("authority", "confirmed")
    assert {k: item[k] for k in ("permit_no", "dtstart", "duration")} == {
        k: OF_SITE[k] for k in ("permit_no", "dtstart", "duration")}
    place.summary("permitted_night", True, after=2)

    place.say(HOURS, {**OF_SITE, "duration": "PT9H"})  # the site would like an hour more
    place.daemon.p.send_signal(signal.SIGHUP)
    assert place.ask(place.command("cancel", 2, "hours"))["data"]["revision"] == 3, "the file changed nothing"
    document = place.published(3)
    assert set(standing(document)) == {"p-site"}, "the authority may withdraw what a file shows"
    assert standing(document)["p-site"]["duration"] == "PT8H"
    place.say(HOURS, OF_SITE, {**HOURS, "uid": "more"})
    place.daemon.p.send_signal(signal.SIGHUP)
    assert set(standing(place.published(4))) == {"p-site", "more"}, "and it stays withdrawn"
    place.end()


def test_what_the_authority_said_is_there_again_after_a_crash_and_the_same_id_gets_the_same_answer(place, siteward):
    command = place.command("upsert", 1, {**PERMIT, "rrule": "FREQ=DAILY;COUNT=5", "exdate": ["2026-03-04T22:00:00"]})
    del command["items"][0]["valid_to"]
    place.published(1)
    answer = place.ask(command)
    before = place.page()
    assert place.ask(command) == answer, "a repetition"
    other = {**command, "items": [{**PERMIT, "permit_no": "another"}]}
    assert error_of(place.ask(other)) == "id-reused"
    place.daemon.end(signal.SIGKILL)  # the answer was there: so is what it tells of

    place.daemon = place.start()
    page = place.page()
    assert (page["revision"], page["items"]) == (2, before["items"])
    place.summary("permitted_night", True, after=2)
    assert place.ask(command) == answer, "after a restart"
    place.say(HOURS)  # another import, of the authority's items too
    place.daemon.p.send_signal(signal.SIGHUP)
    item = standing(place.published(3))["p-1"]
    assert item == standing(before)["p-1"], "an import is no publication"
    assert place.ask(place.command("upsert", 3, PERMIT))["data"]["revision"] == 4
    place.end()
    rows = place.site.rows("SELECT kind, actor, json FROM command WHERE kind = 'schedule' ORDER BY n")
    assert [(r[0], r[1]) for r in rows] == [("schedule", "host:12345-sh")] * 2
    assert json.loads(rows[0][2])["payload"]["items"][0]["exdate"] == ["2026-03-04T22:00:00"]
    run = siteward("verify", place.site.db)
    assert run.code == 0, run.out + run.err


def test_a_replay_of_the_store_gives_the_same_schedules_at_the_same_instants(place, siteward):
    place.published(1)
    place.ask(place.command("upsert", 1, PERMIT))
    place.ask(place.command("cancel", 2, "p-1"))
    place.published(3)
    place.end()
    run = siteward("replay", "--store", place.site.folder / "data", "--only", "schedule")
    assert run.code == 0, run.err
    seen = {m.body["revision"]: m.body for m in place.wall.messages if m.topic == "schedule"}
    again = {d["revision"]: d for d in run.payloads("schedule")}
    assert set(again) == {1, 2, 3}
    for revision, document in again.items():
        same = {k: v for k, v in seen[revision].items() if k != "ts"}
        assert {k: v for k, v in document.items() if k != "ts"} == same


def test_two_who_change_the_same_revision_cannot_both(place):
    place.published(1)
    assert place.ask(place.command("upsert", 1, PERMIT))["status"] == "ok"
    late = place.command("upsert", 1, {**PERMIT, "uid": "p-2"})
    answer = place.ask(late)
    assert error_of(answer) == "conflict"
    assert answer["error"]["current"]["revision"] == 2
    assert place.page()["revision"] == 2 and "p-2" not in standing(place.page())
    assert place.ask(late) == answer, "a refusal by the desk is an answer too"
    assert place.ask({**late, "id": "again", "base_revision": 2})["data"]["revision"] == 3
    place.end()


def test_commands_that_come_together_are_done_one_after_the_other(place):
    place.published(1)
    commands = [place.command("upsert", 1 + i, {**PERMIT, "uid": f"p-{i}"}) for i in range(4)]
    answers = {}
    text = "\n".join(json.dumps(c, ensure_ascii=False) for c in commands)
    seen = place.rig.subscriber(place.broker, peers.PREFIX + "res/#")
    subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(place.broker.port), "-V", "mqttv5", "-q", "1", "-l",
                    "-t", peers.PREFIX + "cmd/schedule", "-D", "publish", "response-topic", RES + "all"],
                   input=text + "\n" + json.dumps(commands[0], ensure_ascii=False) + "\n", text=True, check=True)
    for c in commands:
        answers[c["id"]] = seen.wait_for("res/desk/all", lambda d, c=c: d["request_id"] == c["id"]).body
    assert [answers[c["id"]]["data"]["revision"] for c in commands] == [2, 3, 4, 5]
    assert set(standing(place.published(5))) == {"hours", "p-site", "p-0", "p-1", "p-2", "p-3"}
    place.end()


def test_killed_at_any_moment_there_is_the_command_with_its_schedule_or_neither(place):
    place.published(1)
    for i in range(1, 13):
        command = place.command("upsert", i, {**PERMIT, "uid": f"p-{i}"})
        place.publish(peers.PREFIX + "cmd/schedule", command)
        until = time.monotonic() + i * 0.03  # another moment each time: before, within and after the import
        while time.monotonic() < until:
            pass
        place.daemon.end(signal.SIGKILL)
        ((revision,),) = place.site.rows("SELECT max(revision) FROM schedule")
        ((commands,),) = place.site.rows("SELECT count(*) FROM command WHERE kind = 'schedule'")
        assert revision == commands + 1 and revision in (i, i + 1)
        place.daemon = place.start()
        assert place.ask(command)["data"]["revision"] == i + 1, "the same id, whatever became of the first"
    assert {f"p-{i}" for i in range(1, 13)} < set(standing(place.page()))
    place.end()


def test_of_more_commands_than_can_wait_each_gets_an_answer(place):
    place.published(1)
    commands = [place.command("upsert", 1 + i, {**PERMIT, "uid": f"p-{i}"}) for i in range(30)]
    seen = place.rig.subscriber(place.broker, peers.PREFIX + "res/#")
    subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(place.broker.port), "-V", "mqttv5", "-q", "1", "-l",
                    "-t", peers.PREFIX + "cmd/schedule", "-D", "publish", "response-topic", RES + "all"],
                   input="".join(json.dumps(c) + "\n" for c in commands), text=True, check=True)
    answers = [seen.wait_for("res/desk/all", lambda d, c=c: d["request_id"] == c["id"]).body for c in commands]
    done = [a for a in answers if a["status"] == "ok"]
    assert {error_of(a) for a in answers if a not in done} <= {"overloaded", "conflict"}
    assert [a["data"]["revision"] for a in done] == list(range(2, 2 + len(done))) and done
    assert place.page()["revision"] == 1 + len(done)
    place.end()


BAD = [
    ("no role that may", {"by": {"id": "host:12345-sh", "role": "platform"}}, "forbidden", "role authority"),
    ("no base", {"base_revision": None}, "invalid", '"base_revision"'),
    ("no op", {"op": "delete"}, "invalid", '"op"'),
    ("no items", {"items": []}, "invalid", '"items"'),
    ("no uid", {"items": [PERMIT, {**PERMIT, "uid": ""}]}, "invalid", 'item 2: "uid"'),
    ("a kind that is none", {"items": [{**PERMIT, "kind": "party"}]}, "invalid", "item 1, 'p-1': \"kind\""),
    ("no beginning", {"items": [{**PERMIT, "dtstart": None}]}, "invalid", '"dtstart" is missing'),
    ("no time", {"items": [{**PERMIT, "dtstart": "tonight"}]}, "invalid", '"dtstart"'),
    ("no length", {"items": [{**PERMIT, "duration": "8 h"}]}, "invalid", '"duration"'),
    ("too long", {"items": [{**PERMIT, "duration": "P500D"}]}, "invalid", "'p-1'"),
    ("valid never", {"items": [{**PERMIT, "valid_to": "2026-03-01T00:00:00+08:00"}]}, "invalid", '"valid_to"'),
    ("a rule that is none", {"items": [{**PERMIT, "rrule": "FREQ=SOMETIMES"}]}, "invalid", "p-1"),
    ("a rule that never ends its work", {"items": [{**PERMIT, "rrule": "FREQ=MINUTELY"}]}, "invalid", "p-1"),
    ("an exception that is no date", {"items": [{**PERMIT, "rrule": "FREQ=DAILY", "exdate": ["soon"]}]}, "invalid",
     '"exdate"'),
    ("one of two is bad", {"items": [{**PERMIT, "uid": "good"}, {**PERMIT, "rrule": "FREQ=SECONDLY"}]}, "invalid", "p-1"),
    ("the same twice", {"items": [PERMIT, PERMIT]}, "invalid", "twice"),
    ("a status of its own", {"items": [{**PERMIT, "status": "cancelled"}]}, "invalid", '"status"'),
    ("cancels nobody's", {"op": "cancel", "items": [{"uid": "nobody"}]}, "not-found", "'nobody'"),
    ("confirms nobody's", {"op": "confirm", "items": [{"uid": "nobody"}]}, "not-found", "'nobody'"),
    ("confirms hours", {"op": "confirm", "items": [{"uid": "hours"}]}, "invalid", "'hours'"),
    ("too late", {"expires": "2026-03-02T20:00:00+08:00"}, "expired", "expires"),
    ("a text that is no JSON", "{", "invalid", "JSON"),
]


def test_what_cannot_be_done_changes_nothing(place, rig):
    rig.bad_on_purpose("cmd/schedule")
    place.published(1)
    peers.wait_until(lambda: place.stored()[0], "the first revision is stored")
    page, (schedules, _) = place.page(), place.stored()
    for why, wrong, error, words in BAD:
        command = place.command("upsert", 1, PERMIT)
        if isinstance(wrong, dict):
            command |= wrong
            document = command
        else:
            document = wrong
        answer = place.ask(document)
        assert error_of(answer) == error, f"{why}: {answer}"
        assert words in answer["error"]["detail"], f"{why}: {answer}"
        now = place.page()
        assert (now["revision"], now["items"]) == (page["revision"], page["items"]), why
    assert place.stored()[0] == schedules
    assert place.ask(place.command("upsert", 1, PERMIT))["data"]["revision"] == 2, "and it still goes on"
    place.end()


def test_who_may_not_gets_the_same_answer_after_a_restart_and_nothing_of_what_he_sent_is_kept(place, siteward):
    place.published(1)
    sent = place.command("upsert", 1, PERMIT, by={"id": "host:12345-sh", "role": "officer"})
    first = place.ask(sent)
    assert error_of(first) == "forbidden"
    assert place.ask(sent) == first
    place.end()
    assert place.site.rows("SELECT count(*) FROM command") == [(1,)]
    done = siteward("verify", place.site.db)
    assert done.code == 0 and "p-1" not in done.out, done.err + done.out
    place.daemon = place.start()
    assert place.ask(sent) == first
    assert error_of(place.ask(sent | {"by": {"id": "host:12345-sh", "role": "authority"}})) == "id-reused"
    place.end()


def test_what_the_authority_said_survives_an_item_at_the_highest_revision(place):
    place.published(1)
    highest = PERMIT | {"revision": 2 ** 31 - 1}
    assert place.ask(place.command("upsert", 1, highest))["status"] == "ok"
    answer = place.ask(place.command("upsert", 2, highest | {"duration": "PT7H"}))
    assert answer["data"]["items"][0]["revision"] == 2 ** 31 - 1, answer
    place.end()
    place.daemon = place.start()
    assert standing(place.page())["p-1"]["duration"] == "PT7H"
    assert place.page()["revision"] == 3
    place.end()


def test_what_the_authority_said_is_read_although_the_schedule_beside_it_is_damaged(place):
    place.published(1)
    assert place.ask(place.command("upsert", 1, PERMIT))["data"]["revision"] == 2
    place.end()
    db = sqlite3.connect(place.site.db)
    body = json.loads(db.execute("SELECT body FROM schedule WHERE revision = 2").fetchone()[0])
    body["items"][0]["kind"] = 9
    db.execute("UPDATE schedule SET body = CAST(? AS BLOB) WHERE revision = 2", [json.dumps(body)])
    db.commit()
    db.close()
    for _ in range(2):  # the second start finds a good one
        place.daemon = place.start()
        peers.wait_until(lambda: place.page()["revision"] == 3 and "p-1" in standing(place.page()), place.daemon.said)
        item = standing(place.page())["p-1"]
        assert (item["source"], item["status"]) == ("authority", "confirmed")
        place.end()


def test_an_import_that_the_machine_broke_off_is_made_again_at_the_next_look(place, rig, monkeypatch):
    place.published(1)
    assert place.ask(place.command("upsert", 1, PERMIT))["data"]["revision"] == 2
    place.end()
    with sqlite3.connect(place.site.db) as db:  # so that nothing that was published before can stand on
        db.execute("UPDATE schedule SET body = CAST(json_set(body, '$.items[0].kind', 9) AS BLOB) WHERE revision = 2")
    db.close()
    programs = rig.folder()
    broken = programs / "once"
    broken.touch()
    shutil.copy(peers.program("sitewardd"), programs / "sitewardd")
    (programs / "siteward").write_text(  # the importer of the authority's items dies, once
        f'#!/bin/sh\ncase "$*" in *" -- -") rm {broken} 2>/dev/null && kill -9 $$;; esac\n'
        f'exec {peers.program("siteward")} "$@"\n')
    (programs / "siteward").chmod(0o755)
    monkeypatch.setenv("SITEWARD_BIN", str(programs))
    place.daemon = place.start()
    peers.wait_until(lambda: not broken.exists(), "it broke off")
    peers.wait_until(lambda: "p-1" in standing(place.page()), place.daemon.said, deadline_s=2 * peers.DEADLINE_S)
    assert standing(place.page())["p-1"]["source"] == "authority"
    assert "broke off by signal 9" in place.daemon.said
    place.end()


def test_a_permit_with_exceptions_is_not_confirmed_by_its_rule_alone(rig):
    often = {**OF_SITE, "rrule": "FREQ=DAILY;COUNT=4", "exdate": ["2026-03-03T22:00:00"]}
    place = Place(rig, (HOURS, often))
    place.published(1)
    answer = place.ask(place.command("confirm", 1, "p-site"))
    assert error_of(answer) == "invalid" and "upsert" in answer["error"]["detail"]
    assert standing(place.page())["p-site"]["status"] == "unconfirmed"
    place.end()


def test_a_gateway_without_files_of_its_own_takes_the_authoritys_word(rig):
    place = Place(rig)
    place.end()
    text = SITE.replace("schedule: {files: [site.json]}\n", "")
    place.site = rig.site(text=text)
    place.site.connect(place.broker)
    place.daemon = place.start()
    assert place.ask(place.command("upsert", 0, PERMIT))["data"]["revision"] == 1
    assert set(standing(place.page())) == {"p-1"}
    place.daemon.end(signal.SIGKILL)
    place.daemon = place.start()
    assert set(standing(place.page())) == {"p-1"}
    assert error_of(place.ask(place.command("cancel", 0, "p-1"))) == "conflict"
    assert place.ask(place.command("cancel", 1, "p-1"))["data"]["revision"] == 2
    place.end()


# Quiet periods --------------------------------------------------------------------------------------------------------


QUIET = AREA + "broadcast/quiet-period/"


def quiet(**more):
    return {"schema": "siteward.quiet/1.0", "id": "gaokao-2026", "at": "2026-02-20T09:00:00.000+08:00",
            "dtstart": "2026-03-01T00:00:00+08:00", "duration": "P5D",
            "reason": {"zh-CN": "高考期间禁止夜间施工", "en": "No night work during the examination"}} | more


def test_a_quiet_period_holds_until_it_is_withdrawn_and_a_silent_broker_withdraws_nothing(place, rig):
    place.published(1)
    place.publish(QUIET + "gaokao-2026", quiet(), "-r")
    document = place.published(2)
    item = standing(document)["gaokao-2026"]
    assert (item["kind"], item["source"], item["status"]) == ("quiet", "broadcast", "confirmed")
    assert item["summary"]["zh-CN"].startswith("高考") and item["published"] > "2026-03-02T23:00:00.000+08:00"
    place.summary("quiet_period", False, after=2)
    place.ask(place.command("upsert", 2, PERMIT))
    assert "gaokao-2026" in standing(place.published(3))
    answer = place.ask(place.command("cancel", 3, "gaokao-2026"))
    assert error_of(answer) == "invalid" and "broadcast" in answer["error"]["detail"]

    place.daemon.end(signal.SIGKILL)
    place.broker.end(signal.SIGKILL)
    place.daemon = place.start(connected=False)  # nobody says anything
    page = place.page()
    assert page["revision"] == 3 and standing(page)["gaokao-2026"] == item

    place.broker = rig.add(place.broker.again())
    place.wall = rig.subscriber(place.broker)
    peers.wait_until(lambda: place.status()["requests"]["subscribed"], "it listens again")
    place.publish(QUIET + "gaokao-2026", "", "-r")
    assert "gaokao-2026" not in standing(place.published(4))
    place.summary("permitted_night", True, after=4)  # what the authority granted holds again
    place.end()


def test_quiet_periods_that_cannot_be_are_counted_and_left_alone(place, rig):
    rig.bad_on_purpose("broadcast/quiet-period")
    place.published(1)
    wrong = [
        ("gaokao-2026", "no JSON"),
        ("gaokao-2026", {**quiet(), "schema": "siteward.quiet/2.0"}),
        ("other-id", quiet()),
        ("gaokao-2026", quiet(duration="P500D")),
        ("gaokao-2026", quiet(duration="")),
        ("gaokao-2026", quiet(dtstart="then")),
        ("gaokao-2026", quiet(dtstart="2026-01-01T00:00:00+08:00")),  # it has ended
        ("gaokao-2026", quiet(dtstart="2036-01-01T00:00:00+08:00")),  # too far ahead
        ("gaokao-2026", quiet(reason={"en": "x" * 500})),
        ("gaokao-2026", quiet(more="x" * 9000)),
        ("NO-ID", {**quiet(), "id": "NO-ID"}),
    ]
    for word, document in wrong:
        place.publish(QUIET + word, document, "-r")
    peers.wait_until(lambda: place.status()["broadcast"]["ignored"] >= len(wrong), "all are counted")
    place.publish("siteward/1/110000/broadcast/quiet-period/gaokao-2026", quiet(), "-r")  # another area
    place.publish(QUIET + "good", {**quiet(), "id": "good"}, "-r")
    document = place.published(2)
    assert set(standing(document)) == {"hours", "p-site", "good"}
    assert place.status()["broadcast"]["ignored"] == len(wrong)
    place.publish(QUIET + "good", {**quiet(), "id": "good"}, "-r")  # the same again is no publication
    place.publish(QUIET + "good", {**quiet(), "id": "good", "duration": "P6D"}, "-r")
    assert standing(place.published(3))["good"]["duration"] == "P6D"
    place.end()


# Hosts ----------------------------------------------------------------------------------------------------------------


HOST = "siteward/1/host/"


def host(online, boot="01JNZ4AA10", **more):
    return {"schema": "siteward.host/1.0", "online": online, "at": "2026-03-02T18:00:02.114+08:00", "boot": boot,
            "name": "上海 12345"} | more


def test_people_are_told_when_no_host_of_the_platform_is_there(place, siteward):
    def hosts():
        return {h["id"]: h["online"] for h in place.status()["hosts"]}

    assert hosts() == {}
    place.publish(HOST + "12345-sh/status", host(True), "-r")
    place.publish(HOST + "12345-b/status", host(False), "-r")
    peers.wait_until(lambda: hosts() == {"12345-sh": True, "12345-b": False}, "both are known")
    assert "notice" not in place.status()
    place.publish(HOST + "12345-sh/status", host(False, boot="an-earlier-session"), "-r")  # a will that came late
    peers.wait_until(lambda: place.status()["broadcast"]["ghosts"] == 1, "the ghost is seen")
    assert hosts()["12345-sh"]
    place.publish(HOST + "12345-sh/status", "{}", "-r")
    peers.wait_until(lambda: place.status()["broadcast"]["ignored"] == 1, "what is no document is counted")
    place.publish(HOST + "12345-sh/status", host(False), "-r")
    peers.wait_until(lambda: hosts() == {"12345-sh": False, "12345-b": False}, "it went")
    assert set(place.status()["notice"]) == {"zh-CN", "en"}
    run = siteward("status", "-c", place.site.file)
    assert "hotline platform offline - tickets are kept and sent later" in run.out, run.out
    assert not [a for a in place.status()["alerts"] if "host" in a["code"]]
    place.publish(HOST + "12345-b/status", "", "-r")
    place.publish(HOST + "12345-sh/status", host(True, boot="01JNZ4AA11"), "-r")
    peers.wait_until(lambda: hosts() == {"12345-sh": True}, "one came back, one is gone for good")
    assert "notice" not in place.status()
    place.end()
