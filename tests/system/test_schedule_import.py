# SPDX-License-Identifier: Apache-2.0
"""`siteward schedule import` on whole files: what each form of RFC 5545 means, what is refused and how, and its output
as our own JSON form. Expected instants are worked out by hand from the files in tests/data/ical."""
import json
import pathlib

import pytest

DATA = pathlib.Path(__file__).resolve().parents[1] / "data" / "ical"


@pytest.fixture
def load(siteward):
    """load('site.ics', …) → (document, stderr)"""

    def run(name, *more, zone="Asia/Shanghai", low="2026-03-01", high="2026-08-01"):
        done = siteward("schedule", "import", DATA / name, "--json", "--tz", zone, "--from", low, "--to", high, *more)
        assert done.code == 0, done.err
        return json.loads(done.out), done.err

    return run


def times(document, uid):
    """['03-02T06:00 03-02T22:00', …] on the document's clock"""
    return [f"{x['from'][5:16]} {x['to'][5:16]}" for x in document["instances"] if x["uid"] == uid]


def item(document, uid):
    return next(x for x in document["items"] if x["uid"] == uid)


def test_a_site_file_comes_out_whole(load, validate):
    document, err = load("site.ics")
    assert err == ""
    assert document["tz"] == "Asia/Shanghai"
    assert document["range"] == {"from": "2026-03-01T00:00:00.000+08:00", "to": "2026-08-01T00:00:00.000+08:00"}
    hours = times(document, "hours-weekday")
    days = [h[:5] for h in hours]
    # until 31 March 24:00 local, without the two EXDATEs and the cancelled 11th
    assert days == [f"03-{d:02}" for d in range(2, 32) if d not in (8, 15, 11)]
    assert hours[0] == "03-02T06:00 03-02T22:00"
    assert "03-10T08:00 03-10T12:00" in hours
    assert times(document, "gaokao-2026") == ["03-05T00:00 03-07T00:00"]
    assert times(document, "permit-2026-0310") == ["03-10T22:00 03-11T06:00"]
    assert item(document, "hours-weekday") == {
        "uid": "hours-weekday", "kind": "work", "summary": {"zh-CN": "公示工时", "en": "published hours"},
        "source": "file", "status": "confirmed", "revision": 2, "claimed_published": "2026-01-04T18:00:00.000+08:00",
        "dtstart": "2026-03-02T06:00:00", "duration": "PT16H", "rrule": "FREQ=DAILY;UNTIL=20260331T160000Z"}
    assert item(document, "permit-2026-0310") == {
        "uid": "permit-2026-0310", "kind": "permit", "permit_no": "沪浦夜施 2026-0310", "reason": "concrete-pour",
        "issued_by": "浦东新区生态环境局", "source": "file", "status": "unconfirmed", "revision": 0,
        "claimed_published": "2026-02-27T15:00:00.000+08:00", "dtstart": "2026-03-10T22:00:00", "duration": "PT8H",
        "granted_at": "2026-02-27T14:30:00.000+08:00", "valid_from": "2026-03-10T22:00:00.000+08:00",
        "valid_to": "2026-03-11T06:00:00.000+08:00", "notice_posted_at": "2026-02-28T08:00:00.000+08:00"}
    assert item(document, "gaokao-2026")["kind"] == "quiet"
    assert item(document, "gaokao-2026")["dtstart"] == "2026-03-05"
    assert item(document, "gaokao-2026")["duration"] == "P2D"


def test_what_it_prints_it_reads_again_as_the_same(load, siteward, tmp_path):
    for name in ("site.ics", "zones.ics", "editions.ics"):
        document, _ = load(name)
        again = tmp_path / "again.json"
        again.write_text(json.dumps(document))
        run = siteward("schedule", "import", again, "--json", "--tz", "Asia/Shanghai", "--from", "2026-03-01", "--to",
                       "2026-08-01")
        assert run.code == 0 and run.err == ""
        assert json.loads(run.out) == document


def test_every_fault_has_its_line_and_a_sentence_and_costs_nothing_else(load):
    document, err = load("faults.ics", zone="UTC")
    assert [x["uid"] for x in document["items"]] == ["good"]
    path = DATA / "faults.ics"
    lines = [line.removeprefix(f"{path}:") for line in err.splitlines()]
    wanted = [("9:", "has no UID"), ("13: no-start", "no DTSTART"), ("16: bad-rule", "RRULE cannot be read"),
              ("28: every-second", "SECONDLY is too frequent"), ("34: two-rules", "2 RRULEs"),
              ("46: where", "TZID 'Moon/Tranquility' is neither"), ("22: too-frequent", "FREQ=MINUTELY is too frequent"),
              ("41: backwards", "ends before it begins"), ("51: no-end", "DTEND or DURATION is needed")]
    for place, words in wanted:
        assert any(line.startswith(place) and words in line and line.endswith("skipped") for line in lines), (place, err)
    assert lines[-1].strip() == "1 item read, 9 components skipped"
    assert len(lines) == len(wanted) + 1


@pytest.mark.parametrize("rows, words", [
    (["STATUS:CANCELED"], "STATUS 'CANCELED' is not one of CONFIRMED, TENTATIVE, CANCELLED; skipped"),
    (["DTSTART:20260303T060000Z"], "twice: which one counts?; skipped"),
    (["RULE:FREQ=DAILY"], "unknown property 'RULE' is ignored: did you mean 'RRULE'?"),
    (["RRULE:FREQ=DAILY", "EXDTAE:20260303T060000Z"], "unknown property 'EXDTAE' is ignored: did you mean 'EXDATE'?"),
    (["X-SITEWARD-NOTICE-POSTD:20260301T000000Z"], "did you mean 'X-SITEWARD-NOTICE-POSTED'?"),
    (["CATEGORIES:PERMITT"], "CATEGORIES 'PERMITT' names none of WORK, PERMIT, QUIET: taken as work"),
    (["RRULE:FREQ=DAILY", "EXDATE:20260303T070000Z"], "EXDATE 2026-03-03T07:00:00Z takes out nothing"),
    (["RRULE:FREQ=DAILY", "EXDATE;VALUE=DATE:20260228,20260303,20260305"], None),  # 28 February is before the range
    (["X-APPLE-TRAVEL-ADVISORY-BEHAVIOR:AUTOMATIC", "CATEGORIES:Site,WORK", "COLOR:red"], None)],
    ids=["status", "two-starts", "rule", "exdate-name", "own-name", "kind", "exdate-time", "exdate-right", "strangers"])
def test_a_slip_is_said_and_never_quietly_dropped(siteward, tmp_path, rows, words):
    path = tmp_path / "x.ics"
    rows = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:a", "DTSTART:20260301T060000Z", "DURATION:PT1H", *rows, "END:VEVENT",
            "END:VCALENDAR", ""]
    path.write_text("\r\n".join(rows))
    run = siteward("schedule", "import", path, "--from", "2026-03-01", "--to", "2026-04-01")
    if words is None:
        assert run.code == 0 and run.err == ""
    else:
        assert run.err.startswith(f"{path}:2: a: ") and words in run.err.splitlines()[0], run.err


def test_two_of_one_uid_and_one_edition_are_said(siteward, tmp_path):
    event = "BEGIN:VEVENT\nUID:a\nDTSTAMP:20260101T000000Z\nDTSTART:20260301T{}0000Z\nDURATION:PT1H\nEND:VEVENT\n"
    path = tmp_path / "x.ics"
    path.write_text(f"BEGIN:VCALENDAR\n{event.format('06')}{event.format('08')}END:VCALENDAR\n")
    run = siteward("schedule", "import", path, "--from", "2026-03-01", "--to", "2026-04-01")
    assert run.code == 0 and "1 time, first 2026-03-01 08:00" in run.out
    assert run.err == f"{path}:8: a: its UID stands twice with the same SEQUENCE and time: only the last in the file counts\n"


def test_slips_in_our_own_form_are_said(siteward, tmp_path):
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"item": [], "items": [
        {"uid": "a", "kind": "work", "dtstart": "2026-03-02T06:00:00", "duration": "PT8H", "rule": "FREQ=DAILY"}],
        "instances": [{"uid": "b", "from": "2026-03-02T06:00:00Z", "to": "2026-03-02T07:00:00Z"}]}))
    run = siteward("schedule", "import", path, "--from", "2026-03-01", "--to", "2026-04-01")
    assert run.code == 0
    for words in ("unknown key \"item\" is ignored: did you mean 'items'?",
                  "item 1: unknown key \"rule\" is ignored: did you mean 'rrule'?",
                  "there is no item with the uid 'b'; skipped", "1 item read, 1 component skipped"):
        assert words in run.err, run.err


def test_each_clock_is_the_one_that_is_meant(load):
    document, err = load("zones.ics")
    assert err == ""
    # Central European time by the file's own VTIMEZONE: 07:00 is 06:00Z in winter, 05:00Z from 29 March
    assert times(document, "own-zone") == ["03-27T14:00 03-27T23:00", "03-30T13:00 03-30T22:00"]
    assert times(document, "behind-a-path") == ["07-01T14:00 07-01T15:00"]
    assert times(document, "floating") == ["07-01T07:00 07-01T08:00"]
    assert times(document, "utc") == ["07-01T15:00 07-01T16:00"]
    # New York loses the hour from 2 to 3 on 8 March. A day by DURATION is a day of the calendar …
    assert times(document, "nominal") == ["03-08T11:00 03-09T10:00", "03-09T10:00 03-10T10:00"]
    # … and with DTEND each instance is as long as the first
    assert times(document, "exact") == ["03-07T11:00 03-07T19:00", "03-08T11:00 03-08T19:00"]


def test_the_newest_edition_counts(load):
    document, err = load("editions.ics", zone="UTC")
    assert err == ""
    assert times(document, "moved") == ["03-03T06:00 03-03T07:00"]
    assert item(document, "moved")["revision"] == 3
    withdrawn = item(document, "withdrawn")
    assert withdrawn["status"] == "cancelled"
    assert withdrawn["claimed_published"].startswith("2026-01-01T00:00:00")
    assert withdrawn["cancelled"].startswith("2026-02-15T08:00:00")
    assert times(document, "withdrawn") == ["03-01T06:00 03-01T07:00"]  # until then it stood
    assert item(document, "tentative")["status"] == "unconfirmed"
    assert times(document, "periods") == ["03-01T06:00 03-01T07:00", "03-02T06:00 03-02T08:00", "03-03T06:00 03-03T09:00",
                                          "03-04T06:00 03-04T07:00"]
    assert times(document, "lonely") == ["03-01T07:00 03-01T08:00"]


def test_our_own_form_is_read_too(load):
    document, err = load("site.json", zone="UTC")
    assert "item 4, bad: 'yesterday' is no time" in err
    assert times(document, "hours") == [f"03-{d:02}T06:00 03-{d:02}T22:00" for d in (2, 3, 5, 6, 20)]
    assert item(document, "permit")["status"] == "confirmed"
    assert times(document, "exam") == ["03-05T00:00 03-10T00:00"]


@pytest.mark.parametrize("text, words", [
    (b"", "not iCalendar"), (b"hello", "not iCalendar"), (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "no END:VCALENDAR"),
    (b"BEGIN:VCALENDAR\r\nX:\0\r\nEND:VCALENDAR\r\n", "NUL byte"), (b"{", "1:1"), (b'{"items":3}', "no schedule"),
    (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", "nothing usable"),
    (b" " * (4 * 1024 * 1024 + 1), "longer than 4 MiB")],
    ids=["empty", "words", "open", "nul", "json", "no-items", "nothing", "long"])
def test_what_is_no_schedule_ends_with_1_and_a_sentence(siteward, tmp_path, text, words):
    path = tmp_path / "x.ics"
    path.write_bytes(text)
    run = siteward("schedule", "import", path)
    assert run.code == 1 and run.out == ""
    assert words in run.err.splitlines()[-1], run.err


def test_an_empty_calendar_is_an_empty_schedule(siteward, tmp_path):
    path = tmp_path / "x.ics"
    path.write_text("BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR\n")
    run = siteward("schedule", "import", path, "--json")
    assert run.code == 0 and json.loads(run.out)["items"] == []


def test_more_items_than_fit_are_skipped_and_said(siteward, tmp_path):
    events = "".join(f"BEGIN:VEVENT\nUID:e{i}\nDTSTART:20260301T060000Z\nDURATION:PT1H\nEND:VEVENT\n" for i in range(501))
    path = tmp_path / "x.ics"
    path.write_text(f"BEGIN:VCALENDAR\n{events}END:VCALENDAR\n")
    run = siteward("schedule", "import", path, "--json", "--from", "2026-03-01", "--to", "2026-03-02")
    assert run.code == 0
    assert len(json.loads(run.out)["items"]) == 500
    assert "more than 500 items" in run.err


def test_a_rule_that_never_comes_true_costs_no_time(siteward, tmp_path):
    rules = ["FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=HOURLY;INTERVAL=2;BYHOUR=1",
             "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=3"]
    events = "".join(f"BEGIN:VEVENT\nUID:e{i}\nDTSTART:20000101T000000Z\nDURATION:PT1H\nRRULE:{r}\nEND:VEVENT\n"
                     for i, r in enumerate(rules * 10))
    path = tmp_path / "x.ics"
    path.write_text(f"BEGIN:VCALENDAR\n{events}END:VCALENDAR\n")
    run = siteward("schedule", "import", path, "--json", "--from", "2026-03-01", "--to", "2027-03-02")
    assert run.code == 0, run.err
    assert json.loads(run.out)["instances"] == []


def test_a_file_of_endless_searches_ends_with_what_was_read_before(siteward, tmp_path):
    event = "BEGIN:VEVENT\nUID:{}\nDTSTART:20260301T060000Z\nDURATION:PT1H\n{}END:VEVENT\n"
    never = "".join(event.format(f"e{i}", "RRULE:FREQ=MINUTELY;COUNT=9;BYMONTH=2;BYMONTHDAY=30\n") for i in range(499))
    path = tmp_path / "x.ics"
    path.write_text(f"BEGIN:VCALENDAR\n{event.format('good', '')}{never}END:VCALENDAR\n")
    run = siteward("schedule", "import", path, "--json", "--from", "2026-03-01", "--to", "2099-03-02")
    assert run.code == 0, run.err
    assert [x["uid"] for x in json.loads(run.out)["instances"]] == ["good"]
    assert "too frequent" in run.err


def test_for_people_it_says_what_is_in_the_file(siteward):
    run = siteward("schedule", "import", DATA / "site.ics", "--tz", "Asia/Shanghai", "--from", "2026-03-01", "--to", "2026-04-01")
    assert run.code == 0
    assert "work    confirmed   hours-weekday (公示工时): 27 times, first 2026-03-02 06:00 to 2026-03-02 22:00" in run.out
    assert "permit  unconfirmed permit-2026-0310: 1 time," in run.out


@pytest.mark.parametrize("args, words", [
    ([], "name one file"), (["--tz", "Asia/Shangai", "x"], "did you mean"), (["--from", "soon", "x"], "--from: 'soon' is no time"),
    (["--from", "2026-03-02", "--to", "2026-03-01", "x"], "--to must be after --from"), (["/nowhere/x.ics"], "No such file")])
def test_a_wrong_call_is_explained(siteward, args, words):
    run = siteward("schedule", "import", *args)
    assert run.code == 1 and words in run.err


GOOD = {"uid": "good", "kind": "work", "dtstart": "2026-03-02T06:00:00", "duration": "PT1H"}


def test_standard_input_is_read_as_a_file_is(siteward):
    run = siteward("schedule", "import", "-", "--json", "--from", "2026-03-01", "--to", "2026-04-01",
                   stdin=json.dumps({"items": [GOOD]}).encode())
    assert run.code == 0 and run.err == "", run.err
    assert times(json.loads(run.out), "good") == ["03-02T06:00 03-02T07:00"]
    run = siteward("schedule", "import", "-", stdin=b"nothing")
    assert run.code == 1 and "standard input" in run.err, run.err


@pytest.mark.parametrize("wrong, says", [
    ({"duration": None}, "bad: it ends before it begins"),
    ({"duration": "soon"}, "item 2, bad: 'soon'"),
    ({"rrule": "FREQ=SOMETIMES"}, "bad: "),
    ({"exdate": 7}, "item 2, bad: \"exdate\""),
    ({"kind": "party"}, "item 2, bad: \"kind\""),
])
def test_strictly_one_item_that_cannot_be_used_refuses_all(siteward, wrong, says):
    text = json.dumps({"items": [GOOD, {**GOOD, "uid": "bad", **wrong}]}).encode()
    run = siteward("schedule", "import", "-", "--json", "--strict", stdin=text)
    assert run.code == 1 and run.out == "", run.out
    assert f"standard input: {says}" in run.err.splitlines()[-1], run.err
    run = siteward("schedule", "import", "-", "--json", stdin=text)
    assert run.code == 0 and [x["uid"] for x in json.loads(run.out)["items"]] == ["good"] and "skipped" in run.err
