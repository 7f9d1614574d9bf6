# SPDX-License-Identifier: Apache-2.0
"""`siteward report` over the store of a simulated evening: its figures against the same counted here from the database,
its picture against the stored windows, and what it refuses."""
import contextlib
import csv
import io
import json
import re
import shutil
import sqlite3
import subprocess
from html.parser import HTMLParser

import pytest

import rig as peers
import stored

EPOCH = "2026-03-02T21:58:00+08:00"
DAY = "2026-03-02"
SITE = """\
version: 1
site:
  id: pd-0042
  area: "310115"
  name: '丁香路 <12-3> & Co'
  location: {lat: 31.2237, lon: 121.5441}
  timezone: Asia/Shanghai
  packs: [cn-gb12523-2025]
gateway: {id: gw-7f3a}
store: {commit: 200ms}
buses:
  box-1: {kind: tcp, host: 127.0.0.1, port: %d}
devices:
  north-gate: {template: siteward-node, bus: box-1, address: 1, name: 北门, interval: 1s, channels: [noise]}
responsibility:
  - {unit: "=Bau, \\"GmbH\\"", lead: true}
"""
# Over the night's maximum of 70 with the first reading after 22:00.
LOUD = '{"at":"2026-03-02T00:00:00+08:00","unit":1,"set":{"LAeq":50,"LAFmax":90}}\n'
CALLS = [  # caller, ticket, answer, outcome
    ("h:aa", True, "over_limit_unpermitted", "linked"), ("h:bb", True, "over_limit_permitted", "linked"),
    ("h:aa", True, "within_limit_permitted", "linked"), ("h:cc", False, "no_data", "nothing-measured")]


@pytest.fixture(scope="module")
def evening(tmp_path_factory):
    """A store as a stopped gateway leaves it, with calls of that day in it."""
    rig = peers.Rig()
    clock = peers.Clock(EPOCH, 60)
    rows = rig.folder() / "node.ndjson"
    rows.write_text(LOUD)
    node = rig.node(rows, clock, "--tcp", "127.0.0.1:0")
    site = rig.site(text=SITE % node.port)
    daemon = rig.daemon(site, clock)
    peers.wait_until(lambda: site.rows("SELECT 1 FROM window WHERE period = '1m' LIMIT 1 OFFSET 5"), "six minutes")
    peers.wait_until(lambda: site.rows("SELECT 1 FROM ticket"), "a ticket")
    daemon.end()
    with contextlib.closing(sqlite3.connect(site.db)) as db:
        ticket, at = db.execute("SELECT id, changed_us FROM ticket").fetchone()
        for i, (caller, has_ticket, code, outcome) in enumerate(CALLS):
            db.execute("INSERT INTO complaint(service_request_id, at_us, occurred_us, service_code, caller_ref,"
                       " distance_m, code, outcome, ticket) VALUES(?,?,?,?,?,?,?,?,?)",
                       (f"r{i}", at + i, at, "noise.construction", caller, 150, code, outcome,
                        ticket if has_ticket else ""))
        db.commit()
    yield site
    rig.close()


def report(site, *args):
    return subprocess.run([peers.program("siteward"), "report", "-c", site.file, *args], capture_output=True, text=True,
                          timeout=peers.DEADLINE_S, check=False)


def of_day(site, *args):
    done = report(site, "--day", DAY, *args)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Page(HTMLParser):
    """Checks that elements close in order and collects what the page would fetch."""

    VOID = {"meta", "br", "path", "rect"}

    def __init__(self, text):
        super().__init__()
        self.open, self.fetched, self.texts = [], [], []
        self.feed(text)
        assert self.open == [], f"not closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.fetched += [v for k, v in attrs if k in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> out of order"

    def handle_data(self, data):
        self.texts.append(data)


def test_the_indicators_are_those_that_the_database_gives(evening):
    got = json.loads(of_day(evening, "--json"))
    tickets = [json.loads(r[0]) for r in evening.rows("SELECT json FROM ticket")]
    assert got["tickets"]["opened"] == len(tickets)
    assert got["tickets"]["open"] == sum(t["status"] not in ("closed", "averted", "withdrawn") for t in tickets)
    assert got["complaints"] == {"calls": 4, "callers": 3, "linked": 3, "opened": 0, "nothing_measured": 1}
    assert got["complaints_confirmed"] == {"n": 2, "of": 3, "percent": 66.67}
    assert got["satisfaction"] == {"n": 0, "of": 0, "percent": None}  # nobody was asked: unknown, not zero
    assert [(m["calls"], m["callers"]) for m in got["many_callers"]] == [(3, 2)]
    assert [(c["caller_ref"], c["calls"]) for c in got["repeat_callers"]] == [("h:aa", 2)]
    assert got["simulated"] is True


def test_the_picture_shows_each_stored_minute_and_leaves_gaps_open(evening, tmp_path):
    db = tmp_path / "copy.db"
    shutil.copy(evening.db, db)
    rows = [r[0] for r in evening.rows("SELECT from_us FROM window WHERE period = '1m' ORDER BY from_us")]
    with contextlib.closing(stored.connect(db)) as copy:
        copy.execute("DELETE FROM window WHERE period = '1m' AND from_us = ?", (rows[3],))
        copy.commit()
        left = [json.loads(r[0]) for r in
                copy.execute("SELECT window_json(body) FROM window WHERE period = '1m' ORDER BY from_us").fetchall()]
    page = of_day(evening, "--database", db, "--html", "-", "--lang", "en")
    good = [w for w in left if w["q"] == "good" and w["values"]["LAeq"] is not None]
    pieces = sum(a["to"] != b["from"] for a, b in zip(good, good[1:])) + 1
    level = re.search(r'class="level" d="([^"]*)"', page).group(1)
    assert (level.count("H"), level.count("M")) == (len(good), pieces)
    limit = re.search(r'class="limit" d="([^"]*)"', page).group(1)
    assert limit.count("H") == sum(w["limit"]["LAeq"] is not None for w in left)
    heights = {float(y) for y in re.findall(r"[MV](?:[\d.]+ )?([\d.]+)H", limit)}
    assert len(heights) == len({w["limit"]["LAeq"] for w in left})  # 70 by day, 55 by night: a step


def test_a_week_is_drawn_by_the_hour_and_an_hour_with_a_minute_over_the_limit_is_shaded(evening, tmp_path):
    db = tmp_path / "week.db"
    shutil.copy(evening.db, db)
    with contextlib.closing(stored.connect(db)) as copy:
        rows = copy.execute("SELECT from_us, window_json(body) FROM window WHERE period = '1m' ORDER BY from_us").fetchall()
        over = [at for at, text in rows if any(j["over"] for j in json.loads(text)["judged"])]
        assert over and not any(at < over[0] - 3600_000_000 for at in over)
        hour = over[0] - over[0] % 3600_000_000
        for begin in (hour - 3600_000_000, hour):  # only minutes tell what was judged
            window = json.loads(rows[0][1]) | {"period": "1h"}
            del window["judged"]
            copy.execute("REPLACE INTO window(period, from_us, sensor, to_us, body) VALUES('1h', ?, 'north-gate-noise', ?, window_pack(?))",
                         (begin, begin + 3600_000_000, json.dumps(window)))
        copy.commit()
    done = report(evening, "--week", DAY, "--database", db, "--html", "-", "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count('<rect class="over"') == 1


def test_a_resolve_without_proof_and_a_merged_ticket_are_shown(evening, tmp_path):
    db = tmp_path / "forced.db"
    shutil.copy(evening.db, db)
    with contextlib.closing(stored.connect(db)) as copy:
        (n, text), = copy.execute("SELECT n, json FROM ticket_revision ORDER BY n DESC LIMIT 1").fetchall()
        ticket = json.loads(text)
        ticket["history"][-1]["forced"] = ticket["forced"] = True
        ticket["merged_into"] = "sw-elsewhere1"
        copy.execute("UPDATE ticket_revision SET json = ? WHERE n = ?", (json.dumps(ticket), n))
        copy.commit()
    page = of_day(evening, "--database", db, "--html", "-", "--lang", "zh-CN")
    assert "无实测佐证强制办结" in page and re.search("并入 sw-elsewhere1", page)
    row, = csv.DictReader(io.StringIO(of_day(evening, "--database", db, "--tickets-csv", "-")))
    assert (row["forced"], row["merged_into"]) == ("true", "sw-elsewhere1")


def test_what_falls_due_after_the_store_ends_is_not_late_yet(evening):
    """The gateway was stopped some minutes after the ticket was opened: nobody has missed the hour to respond."""
    tickets = [json.loads(r[0]) for r in evening.rows("SELECT json FROM ticket")]
    until, = evening.rows("SELECT max(changed_us) FROM ticket")[0]
    assert all(t["respond_by_us"] > until for t in tickets)
    assert json.loads(of_day(evening, "--json"))["response_on_time"] == {"n": 0, "of": 0, "percent": None}


@pytest.mark.parametrize("lang,word", [("en", "First-time resolution"), ("zh-CN", "一次办结率")])
def test_the_page_stands_alone_in_both_languages(evening, lang, word):
    text = of_day(evening, "--html", "-", "--lang", lang)
    page = Page(text)
    assert page.fetched == [] and "url(" not in text and "<script" not in text
    assert word in page.texts and "丁香路 <12-3> & Co" in "".join(page.texts)
    assert "@media print" in text and f'lang="{lang}"' in text
    if lang == "zh-CN":
        words = re.sub(r"[A-Za-z0-9_.-]*:[a-z]+|siteward verify|LAeq|[A-Za-z0-9/-]+-\d+[-\d]*|h:[a-z]+", "",
                       " ".join(page.texts[4:]))
        assert "Closure" not in words and "open at" not in words and "deadline" not in words


def test_the_tables_open_in_a_spreadsheet_without_running_anything(evening):
    rows = list(csv.DictReader(io.StringIO(of_day(evening, "--tickets-csv", "-"))))
    tickets = {json.loads(r[0])["number"]: json.loads(r[0]) for r in evening.rows("SELECT json FROM ticket")}
    assert {r["number"] for r in rows} == set(tickets)
    for row in rows:
        assert row["unit_responsible"] == "'=Bau, \"GmbH\""  # text, no formula
        assert row["status"] == tickets[row["number"]]["status"]
    shares = {r["indicator"]: r for r in csv.DictReader(io.StringIO(of_day(evening, "--csv", "-")))}
    assert shares["Complaints confirmed by measurement"] == {
        "indicator": "Complaints confirmed by measurement", "n": "2", "of": "3", "percent": "66.67"}
    assert shares["Satisfaction"]["percent"] == ""


def test_weeks_begin_on_monday_and_months_on_the_first(evening):
    for args, want in [(["--week", "2026-03-08"], ("2026-03-02", "2026-03-09")),
                       (["--week", "2026-03-02"], ("2026-03-02", "2026-03-09")),
                       (["--month", "2026-03"], ("2026-03-01", "2026-04-01")),
                       (["--from", "2026-03-02", "--to", "2026-03-04"], ("2026-03-02", "2026-03-04"))]:
        done = report(evening, *args, "--json")
        assert done.returncode == 0, done.stderr
        got = json.loads(done.stdout)
        assert (got["from"][:10], got["to"][:10]) == want, args
        assert got["from"][11:] == "00:00:00.000+08:00"


@pytest.mark.parametrize("args,sentence", [
    (["--day", "2026-02-30"], "no such day"), (["--day", "yesterday"], "not a date"),
    (["--from", "2026-03-02"], "go together"), (["--from", "2026-03-02", "--to", "2026-03-01"], "before it begins"),
    (["--from", "2024-01-01", "--to", "2026-01-01"], "366 days"), (["--day", "2026-05-01"], "after the last"),
    (["--day", DAY, "--lang", "fr"], "zh-CN or en"), (["--day", DAY, "--database", "/nowhere.db"], "/nowhere.db"),
    (["--month", "2026-03-02"], "not a month"), (["--day", DAY, "--to", DAY], "instead of")])
def test_what_cannot_be_reported_is_said_in_a_sentence(evening, args, sentence):
    done = report(evening, *args)
    assert done.returncode == 1 and sentence in done.stderr and done.stdout == ""
