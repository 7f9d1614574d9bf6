# SPDX-License-Identifier: Apache-2.0
"""The gateway's HTTP interface as the console and other programs use it, against a simulated site: what it answers is held
against what mosquitto_sub saw, against the store, and against docs/openapi.yaml. Clients are http.client, curl, and a
reader of server-sent events written after the HTML standard."""
import contextlib
import csv
import html.parser
import http.client
import io
import json
import re
import signal
import subprocess
import threading
from datetime import datetime, timedelta

import icalendar
import pytest
import yaml
from jsonschema import Draft202012Validator, RefResolver

import rig as peers
import stored
from test_accounts import PASSWORD, Browser

EPOCH = "2026-03-02T22:55:00+08:00"
SPEED = 30
DAY = "2026-03-02"
DAY_QUERY = "from=2026-03-02T00:00:00%2B08:00&to=2026-03-03T00:00:00%2B08:00"
EVIL_SITE = "<script>alert(1)</script>工地 & \"co\""
EVIL_NAME = "=HYPERLINK(\"http://x\",\"北,门\")<img src=x onerror=alert(1)>"
EVIL_SUMMARY = "浇筑; 夜班, \\<b>x</b> " + "很长的说明" * 5
SITE = """\
version: 1
site:
  id: pd-0042
  area: "310115"
  name: %s
  timezone: Asia/Shanghai
  location: {lat: 31.2237, lon: 121.5441}
  packs: [cn-gb12523-2025]
  hotline: hotline-cn-12345
gateway: {id: gw-7f3a}
store: {commit: 200ms}
buses:
  box-1: {kind: tcp, host: 127.0.0.1, port: %d}
devices:
  gate: {template: siteward-node, bus: box-1, address: 1, interval: 1s, channels: [noise], place: boundary}
sensors:
  gate-noise: {name: %s}
schedule: {files: [hours.ics, permits.json]}
responsibility:
  - {unit: 某某建设 项目部, lead: true}
"""
SENSOR = "gate-noise"
HOURS = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", "BEGIN:VEVENT", "UID:hours",
                     "DTSTART;TZID=Asia/Shanghai:20260101T060000", "DURATION:PT15H", "RRULE:FREQ=DAILY",
                     "DTSTAMP:20260101T000000Z", "SUMMARY:Day work", "END:VEVENT", "END:VCALENDAR", ""])
PERMITS = {"items": [
    {"uid": "permit-1", "kind": "permit", "permit_no": "沪浦 2026-0303", "source": "authority", "status": "confirmed",
     "summary": {"zh-CN": EVIL_SUMMARY}, "dtstart": "2026-03-03T22:00:00", "duration": "PT8H",
     "valid_from": "2026-03-03T22:00:00+08:00", "valid_to": "2026-03-04T06:00:00+08:00",
     "notice_posted_at": "2026-03-01T08:00:00+08:00"}]}


def scenario():
    """Quiet, then loud from 22:57 on, until the end."""
    start = datetime.fromisoformat(EPOCH)
    rows = [(start - timedelta(minutes=1), 48), (start + timedelta(minutes=2), 75)]
    return "".join(json.dumps({"at": at.isoformat(), "unit": 1, "set": {"LAeq": level, "LAFmax": level + 4}}) + "\n"
                   for at, level in rows)


# ---- a reader of server-sent events, after "Interpreting an event stream" of the HTML standard ----

class EventSource:
    def __init__(self, port, browser, last=None):
        self.c = http.client.HTTPConnection("127.0.0.1", port, timeout=peers.DEADLINE_S)
        headers = {"Accept": "text/event-stream", "Cookie": f"siteward={browser.cookie}"}
        if last is not None:
            headers["Last-Event-ID"] = last
        self.c.request("GET", "/api/v1/events", headers=headers)
        self.answer = self.c.getresponse()
        self.status = self.answer.status
        self.events, self.last_id = [], last or ""
        self.changed = threading.Condition()
        self.is_over = False
        if self.status == 200:
            assert self.answer.headers["Content-Type"].split(";")[0] == "text/event-stream"
            self.thread = threading.Thread(target=self._read, daemon=True)
            self.thread.start()

    def _lines(self):
        """Lines end with CR LF, LF or CR."""
        held = b""
        while piece := self.answer.read1(65536):
            held += piece
            *whole, held = re.split(rb"\r\n|\n|\r(?!$)", held)
            yield from whole

    def _read(self):
        data, event = [], ""
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException, AttributeError):
            for line in self._lines():
                line = line.decode("utf-8")
                if not line:
                    if data:
                        with self.changed:
                            self.events.append((event or "message", "\n".join(data), self.last_id))
                            self.changed.notify_all()
                    data, event = [], ""
                elif not line.startswith(":"):
                    field, _, value = line.partition(":")
                    value = value[1:] if value.startswith(" ") else value
                    if field == "data":
                        data.append(value)
                    elif field == "event":
                        event = value
                    elif field == "id" and "\0" not in value:
                        self.last_id = value
        with self.changed:
            self.is_over = True
            self.changed.notify_all()

    def wait(self, wanted, what):
        with self.changed:
            assert self.changed.wait_for(lambda: any(wanted(*e) for e in self.events), peers.DEADLINE_S), what
            return next(e for e in self.events if wanted(*e))

    def of(self, *names):
        with self.changed:
            return [json.loads(data) for name, data, _ in self.events if name in names]

    def close(self):
        with contextlib.suppress(OSError, AttributeError):
            self.c.sock.shutdown(2)
        if self.status == 200:
            self.thread.join(peers.DEADLINE_S)
        self.c.close()


# ---- docs/openapi.yaml as a judge of every answer ----

class OpenApi:
    def __init__(self):
        self.document = yaml.safe_load((peers.ROOT / "docs" / "openapi.yaml").read_text(encoding="utf-8"))
        base = (peers.ROOT / "docs" / "openapi.yaml").as_uri()
        store = {f.as_uri(): json.loads(f.read_text(encoding="utf-8"))
                 for f in (peers.ROOT / "config" / "schema").glob("*.schema.json")}
        for schema in store.values():  # a urn is no base for the references inside
            schema.pop("$id", None)
        self.resolver = RefResolver(base, self.document, store=store)
        self.seen = set()

    def operation(self, method, path):
        for template, item in self.document["paths"].items():
            pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(template))
            if re.fullmatch(pattern, path.split("?")[0]) and method.lower() in item:
                return template, item[method.lower()]
        raise AssertionError(f"docs/openapi.yaml does not know {method} {path}")

    def judge(self, method, path, status, headers, body):
        template, operation = self.operation(method, path)
        answers = operation["responses"]
        answer = answers.get(str(status), answers.get("default"))
        assert answer, f"{method} {template}: {status} is not said"
        answer = self.resolver.resolve(answer["$ref"])[1] if "$ref" in answer else answer
        kind = headers.get("Content-Type", "").split(";")[0]
        assert kind in answer["content"], f"{method} {template} {status}: {kind} is not said"
        schema = answer["content"][kind].get("schema", {})
        if "json" in kind:
            faults = [f"{e.json_path}: {e.message[:300]}"
                      for e in Draft202012Validator(schema, resolver=self.resolver).iter_errors(body)]
            assert not faults, f"{method} {path} {status}: {faults}"
        self.seen.add((method, template, str(status)))


class Gateway:
    def __init__(self, rig, siteward):
        self.rig, self.siteward, self.openapi = rig, siteward, OpenApi()
        self.broker = rig.broker(folder=rig.folder())
        self.wall = rig.subscriber(self.broker)
        self.clock = peers.Clock(EPOCH, SPEED)
        file = rig.folder() / "node.ndjson"
        file.write_text(scenario())
        node = rig.node(file, self.clock, "--tcp", "127.0.0.1:0")
        self.site = rig.site(text=SITE % (json.dumps(EVIL_SITE, ensure_ascii=False), node.port,
                                          json.dumps(EVIL_NAME, ensure_ascii=False)))
        (self.site.folder / "hours.ics").write_text(HOURS)
        (self.site.folder / "permits.json").write_text(json.dumps(PERMITS, ensure_ascii=False), encoding="utf-8")
        self.site.connect(self.broker)
        self.start()
        for account, role in [("boss", "admin"), ("wang", "party"), ("guest", "viewer")] + [
                (f"guest-{i}", "viewer") for i in range(5)]:
            done = siteward("user", "add", account, "--role", role, stdin=(PASSWORD + "\n").encode(),
                            env={"SITEWARD_SOCKET": str(self.site.socket)})
            assert done.code == 0, done.err
        self.browsers = {}
        self.confirm()

    def confirm(self):
        """The authority says that the site's permit stands."""
        peers.wait_until(lambda: self.daemon.get("/api/v1/schedule")[2]["items"], "the schedule is imported")
        peers.wait_until(lambda: self.daemon.get("/api/v1/status")[2]["requests"]["subscribed"], "commands are subscribed")
        command = {"schema": "siteward.cmd-schedule/1.0", "id": "s-1", "op": "confirm", "base_revision": 1,
                   "at": self.clock.now.isoformat(timespec="milliseconds"), "items": [{"uid": "permit-1"}],
                   "by": {"id": "host:12345-sh", "role": "authority"}}
        done = subprocess.run(["mosquitto_rr", "-h", "127.0.0.1", "-p", str(self.broker.port), "-V", "mqttv5", "-q", "1",
                               "-t", peers.PREFIX + "cmd/schedule", "-e", peers.PREFIX + "res/desk/s-1", "-D", "publish",
                               "correlation-data", "s-1", "-W", str(peers.DEADLINE_S), "-m", json.dumps(command)],
                              text=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=2 * peers.DEADLINE_S)
        assert done.returncode == 0 and json.loads(done.stdout)["status"] == "ok", done.stdout + done.stderr

    def start(self):
        self.daemon = self.rig.daemon(self.site, self.clock, console="127.0.0.1:0")
        self.port = self.daemon.get("/api/v1/status")[2]["console"]["port"]
        self.browsers = {}

    def browser(self, account="guest"):
        if account not in self.browsers:
            b = Browser(self.port)
            if account:
                status, _, document = b.log_in(account)
                assert status == 200, document
            self.browsers[account] = b
        return self.browsers[account]

    def ask(self, path, method="GET", body=None, headers=None, account="guest"):
        """@return status, headers, document; judged by docs/openapi.yaml"""
        status, answered, document = self.browser(account).ask(method, path, body, headers)
        self.openapi.judge(method, path, status, answered, document)
        return status, answered, document

    def get(self, path, **more):
        status, _, document = self.ask(path, **more)
        assert status == 200, document
        return document

    def problem(self, path, status, word, **more):
        got, headers, document = self.ask(path, **more)
        assert (got, document["type"]) == (status, f"urn:siteward:error:{word}"), document
        assert headers["Content-Type"] == "application/problem+json" and len(document["detail"]) > 10
        return document

    def ticket(self):
        return self.wall.wait_for(r"ticket/[^/]+", lambda t: t and t["stage"] == "exceeded").body

    def windows(self, period="1m"):
        """{from: document} of the store."""
        rows = self.site.rows(f"SELECT window_json(body) FROM window WHERE period = '{period}' ORDER BY from_us")
        return {row["from"]: row for row in map(json.loads, (r[0] for r in rows))}


@pytest.fixture(scope="module")
def gateway(module_rig, bin_dir):
    def siteward(*args, stdin=b"", env=None):
        from conftest import Run
        import os
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SITEWARD_")} | (env or {})
        return Run(subprocess.run([bin_dir / "siteward", *map(str, args)], input=stdin, capture_output=True,
                                  timeout=peers.DEADLINE_S, env=environment))
    made = Gateway(module_rig, siteward)
    made.ticket()
    return made


@contextlib.contextmanager
def listening(gateway, account="guest", last=None):
    stream = EventSource(gateway.port, gateway.browser(account), last)
    try:
        yield stream
    finally:
        stream.close()


# ---- the stream ----

def test_the_stream_tells_the_very_documents_that_the_broker_gets(gateway):
    with listening(gateway) as stream:
        stream.wait(lambda name, data, _: name == "agg" and json.loads(data)["period"] == "1m", "a minute closes")
        for name in ("live", "state", "status"):
            stream.wait(lambda n, *_: n == name, f"an event {name}")
        first = json.loads(next(data for name, data, _ in stream.events if name == "agg"))
        stream.wait(lambda name, data, _: name == "agg" and json.loads(data)["from"] > first["from"], "the next minute")
        told = stream.of("agg", "ticket")
        for document in told:  # the subscriber has them, too; nothing else was rendered
            gateway.wall.wait_for(r"(sensor/.*/agg/.*|ticket/[^/]+)", lambda body: body == document)
        seqs = [d["seq"] for d in told]
        assert seqs == sorted(set(seqs))
        live = stream.of("live")
        assert {d["sensor"] for d in live} == {SENSOR}
        bare = [{k: v for k, v in d.items() if k != "sensor"} for d in live]
        gateway.wall.wait_for(f"sensor/{SENSOR}/live", lambda body: body == bare[-1])
        state = stream.of("state")[-1]
        gateway.wall.wait_for(f"sensor/{SENSOR}/state", lambda body: body == state)
        gateway.wall.wait_for("summary", lambda body: body == stream.of("status")[0])
        ids = [int(i) for *_, i in stream.events]
        assert ids == list(range(ids[0], ids[0] + len(ids)))


def test_fifty_streams_get_the_same(gateway):
    with contextlib.ExitStack() as stack:
        streams = [stack.enter_context(listening(gateway, f"guest-{i % 5}")) for i in range(50)]
        assert {s.status for s in streams} == {200}
        seen = [s.wait(lambda name, *_: name == "agg", "an event") for s in streams]
        last = max(seen, key=lambda e: int(e[2]))
        for s in streams:
            s.wait(lambda *e: e == last, "the same event, byte for byte")
        metrics = {m[0]: m[2] for m in metrics_of(gateway)}
        assert metrics["siteward_console_streams"] == 50 and metrics["siteward_console_streams_refused_total"] == 0


def test_what_was_missed_is_made_up_for_and_after_a_restart_the_page_begins_anew(gateway):
    with listening(gateway) as stream:
        *_, at = stream.wait(lambda name, *_: name == "live", "a live value")
    with listening(gateway) as other:  # while the first is away
        other.wait(lambda name, data, i: name == "agg" and int(i) > int(at), "a minute")
        with listening(gateway, last=at) as again:
            again.wait(lambda name, data, i: (name, data, i) in other.events, "what the other saw meanwhile")
            assert int(again.events[0][2]) == int(at) + 1
        known = other.events[-1][2]
    gateway.daemon.end(signal.SIGTERM)
    gateway.start()
    with listening(gateway, last=known) as stream:
        stream.wait(lambda *_: True, "an event")
        assert stream.events[0][0] == "reset"
        stream.wait(lambda name, *_: name == "live", "and it goes on")


def test_a_stream_needs_a_log_in(gateway):
    c = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=peers.DEADLINE_S)
    with contextlib.closing(c):
        c.request("GET", "/api/v1/events")
        assert c.getresponse().status == 401


def test_who_logs_out_hears_nothing_more(gateway):
    with listening(gateway, "guest-4") as stream:
        stream.wait(lambda name, *_: name == "live", "a live value")
        assert gateway.browsers.pop("guest-4").ask("DELETE", "/api/v1/session")[0] == 200
        with stream.changed:
            assert stream.changed.wait_for(lambda: stream.is_over, peers.DEADLINE_S), "the stream ends"


# ---- the card ----

def test_a_sensor_says_what_the_lamp_card_shows(gateway):
    gateway.ticket()
    (sensor,) = gateway.get("/api/v1/sensors")["sensors"]
    assert sensor["id"] == SENSOR and sensor["name"] == EVIL_NAME
    assert sensor["state"] == "alerting" and sensor["limit"] == 55.0 and sensor["level"] > 55 and sensor["level_now"] > 70
    assert sensor["budget_s"] == 0 and sensor["probability"] == 1.0
    assert sensor["limit_next"] == {"at": "2026-03-03T06:00:00.000+08:00", "limit": 70.0}
    assert sensor["answers"] is True and sensor["plausible"] is True
    assert 0 <= sensor["age_s"] < 60 * SPEED and sensor["q"] == "good" and sensor["flag"] == "N"
    assert gateway.get("/api/v1/status")["sensors"][0].keys() == sensor.keys()


# ---- series ----

def test_a_series_is_what_the_store_holds_and_null_where_it_holds_nothing(gateway):
    path = f"/api/v1/sensors/{SENSOR}/series?{DAY_QUERY}&period=1m"
    peers.wait_until(lambda: len(gateway.windows()) >= 5, "some minutes are stored")
    stored = gateway.windows()
    series = gateway.get(path)
    assert (series["sensor"], series["quantity"], series["unit"], series["step_s"]) == (SENSOR, "LAeq", "dBA", 60)
    assert series["from"] == "2026-03-02T00:00:00.000+08:00"
    assert len(series["v"]) == len(series["limit"]) == len(series["ok"]) == 24 * 60
    start = datetime.fromisoformat(series["from"])
    n = 0
    for i, (v, limit, ok) in enumerate(zip(series["v"], series["limit"], series["ok"])):
        at = (start + timedelta(minutes=i)).isoformat(timespec="milliseconds")
        row = stored.get(at)
        if row is None:
            assert at > max(stored) or (v, limit, ok) == (None, None, None), at
            continue
        n += 1
        assert v == row["values"]["LAeq"] and limit == (row["limit"] or {}).get("LAeq") and ok == row["valid_ratio"], at
    assert n >= 5 and 55.0 in series["limit"]
    assert series["v"][:22 * 60] == [None] * (22 * 60)
    # without a period it is minutes; a blank in the place of + is understood
    again = gateway.get(path.replace("&period=1m", "").replace("%2B", "+"))
    assert again["v"][: 23 * 60] == series["v"][: 23 * 60]


@pytest.mark.parametrize("path, status, word", [
    (f"/api/v1/sensors/none/series?{DAY_QUERY}", 404, "not-found"),
    (f"/api/v1/sensors/{SENSOR}/series", 400, "invalid"),
    (f"/api/v1/sensors/{SENSOR}/series?from=2026-03-02&to=2026-03-03", 400, "invalid"),
    (f"/api/v1/sensors/{SENSOR}/series?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z", 400, "invalid"),
    (f"/api/v1/sensors/{SENSOR}/series?from=1960-03-02T00:00:00Z&to=1960-03-02T01:00:00Z", 400, "invalid"),
    (f"/api/v1/sensors/{SENSOR}/series?from=2026-03-02T00:00:00Z&to=2027-03-01T00:00:00Z", 400, "invalid"),
    (f"/api/v1/sensors/{SENSOR}/series?{DAY_QUERY}&period=7m", 400, "invalid"),
    (f"/api/v1/sensors/{SENSOR}/series?{DAY_QUERY}&period=24h", 400, "invalid"),
    (f"/api/v1/sensors/{SENSOR}/series?{DAY_QUERY}&period='%20OR%201", 400, "invalid"),
    ("/api/v1/day", 400, "invalid"), ("/api/v1/day?date=2026-02-30", 400, "invalid"),
    ("/api/v1/day?date=02.03.2026", 400, "invalid"), ("/day/yesterday", 400, "invalid"),
    ("/day/2026-13-01", 400, "invalid"),
    ("/api/v1/export.csv", 400, "invalid"), (f"/api/v1/export.csv?{DAY_QUERY}&period=2m", 400, "invalid"),
    (f"/api/v1/export.csv?{DAY_QUERY}&sensor=none", 404, "not-found"),
    ("/api/v1/export.csv?from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z", 400, "invalid"),
    ("/api/v1/tickets/sw-aaaaaaaaaa", 404, "not-found")])
def test_what_cannot_be_answered_is_a_problem_that_says_why(gateway, path, status, word):
    gateway.problem(path, status, word)


# ---- a day ----

def test_a_day_has_its_limits_work_and_gaps(gateway):
    day = gateway.get(f"/api/v1/day?date={DAY}")
    assert (day["date"], day["from"], day["to"]) == (DAY, "2026-03-02T00:00:00.000+08:00", "2026-03-03T00:00:00.000+08:00")
    assert day["sensors"] == [SENSOR]

    def hours(rows, *fields):
        return sorted((r["from"][11:16], "24:00" if r["to"][:10] > DAY else r["to"][11:16], *[r[f] for f in fields])
                      for r in rows)
    # GB 12523-2025: 70 by day, 55 at night, single peaks at night 15 more
    mean = [row for row in day["limits"] if row["statistic"].startswith("LAeq")]
    assert hours(mean, "limit") == [("00:00", "06:00", 55.0), ("06:00", "22:00", 70.0), ("22:00", "24:00", 55.0)]
    peak = [row for row in day["limits"] if not row["statistic"].startswith("LAeq")]
    assert hours(peak, "limit") == [("00:00", "06:00", 70.0), ("22:00", "24:00", 70.0)]
    assert hours(day["work"], "state", "permit") == [
        ("00:00", "06:00", "prohibited_night", None), ("06:00", "21:00", "scheduled", None),
        ("21:00", "22:00", "unscheduled", None), ("22:00", "24:00", "prohibited_night", None)]
    (gap,) = day["gaps"][:1]
    first = min(gateway.windows())
    assert (gap["sensor"], gap["from"]) == (SENSOR, day["from"]) and first <= gap["to"] <= EPOCH.replace("22:55:00", "22:57:00.000")
    tomorrow = gateway.get("/api/v1/day?date=2026-03-03")
    permitted = [w for w in tomorrow["work"] if w["state"] == "permitted_night"]
    assert [(w["from"], w["to"], w["permit"]) for w in permitted] == [
        ("2026-03-03T22:00:00.000+08:00", "2026-03-04T00:00:00.000+08:00", "沪浦 2026-0303")]
    assert not [g for g in tomorrow["gaps"] if g["from"] > gateway.clock.now.isoformat()]


def test_a_day_on_which_the_clock_changes_is_as_long_as_it_is(siteward, rig):
    site = rig.site(text=(SITE % ('"x"', 1, '"y"')).replace("Asia/Shanghai", "Europe/Berlin").split("schedule:")[0] +
                    "responsibility:\n  - {unit: x, lead: true}\n")
    daemon = rig.daemon(site, peers.Clock("2026-03-30T10:00:00+02:00", 1))
    day = daemon.get("/api/v1/day?date=2026-03-29")[2]
    assert (day["from"], day["to"]) == ("2026-03-29T00:00:00.000+01:00", "2026-03-30T00:00:00.000+02:00")
    series = daemon.get(f"/api/v1/sensors/{SENSOR}/series?from={day['from']}&to={day['to']}".replace("+", "%2B"))[2]
    assert len(series["v"]) == 23 * 60 and set(series["v"]) == {None}


# ---- files ----

def test_an_export_holds_every_stored_minute_and_no_formula(gateway):
    stored = gateway.windows()
    curl = subprocess.run(["curl", "-sS", "-i", "-H", f"Cookie: siteward={gateway.browser().cookie}",
                           f"http://127.0.0.1:{gateway.port}/api/v1/export.csv?{DAY_QUERY}&period=1m"],
                          capture_output=True, timeout=peers.DEADLINE_S, check=True)
    head, body = curl.stdout.split(b"\r\n\r\n", 1)
    assert b" 200 " in head and b"Content-Type: text/csv; charset=utf-8" in head
    assert f'filename="pd-0042-{DAY}-1m.csv"'.encode() in head
    assert body.count(b"\n") == body.count(b"\r\n")
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    assert len(rows) >= 5 and len({row["from"] for row in rows}) == len(rows)
    assert [row["from"] for row in rows][:len(stored)] == [at for at in stored if at < "2026-03-03"][:len(rows)]
    for row in rows:
        assert row["sensor"] == SENSOR and row["name"] == "'" + EVIL_NAME and None not in row.values()
        if document := stored.get(row["from"]):
            assert row["to"] == document["to"] and row["unit"] == document["unit"] and row["quality"] == document["q"]
            assert int(row["n"]) == document["n"]
            for name, value in document["values"].items():
                assert row[name] == ("" if value is None else f"{value:.2f}"), name
            assert row["limit_LAeq"] == f"{document['limit']['LAeq']:.2f}"
    only = gateway.browser().ask("GET", f"/api/v1/export.csv?{DAY_QUERY}&sensor={SENSOR}&period=1h")[2].decode("utf-8-sig")
    assert only.startswith("sensor,name,quantity,unit,period,from,to,") and only.count("\r\n") >= 1
    assert not list((gateway.site.folder / "data").glob(".export*"))


def test_an_export_of_days_is_read_in_slices_and_whole(rig):
    site = rig.site(text=SITE % ('"x"', 1, '"y"'))
    daemon = rig.daemon(site, peers.Clock(EPOCH, 1))
    assert daemon.end() == 0
    start, n = datetime.fromisoformat("2026-02-20T00:00:00+08:00"), 9000
    with contextlib.closing(stored.connect(site.db)) as db:
        for i in range(n):
            at = start + timedelta(minutes=i)
            us = int(at.timestamp()) * 1_000_000
            row = {"from": at.isoformat(timespec="milliseconds"), "values": {"LAeq": i / 100}}
            db.execute("INSERT INTO window VALUES('1m', ?, ?, ?, ?)",
                       (us, SENSOR, us + 60_000_000, stored.window_pack(json.dumps(row))))
        db.commit()
    daemon = rig.daemon(site, peers.Clock(EPOCH, 1))
    with contextlib.closing(peers.UnixHttp(str(site.socket))) as c:
        c.request("GET", "/api/v1/export.csv?from=2026-02-20T00:00:00%2B08:00&to=2026-03-01T00:00:00%2B08:00")
        answer = c.getresponse()
        rows = list(csv.DictReader(io.StringIO(answer.read().decode("utf-8-sig"), newline="")))
    assert [row["LAeq"] for row in rows] == [f"{i / 100:.2f}" for i in range(n)]
    assert [row["from"] for row in rows] == sorted({row["from"] for row in rows})


def test_the_calendar_is_read_by_other_calendar_programs(gateway):
    status, headers, text = gateway.browser().ask("GET", "/api/v1/schedule.ics?lang=zh-CN")
    gateway.openapi.judge("GET", "/api/v1/schedule.ics", status, headers, text)
    assert headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert max(len(line) for line in text.split(b"\r\n")) <= 75 and b"\n" not in text.replace(b"\r\n", b"")
    calendar = icalendar.Calendar.from_ical(text)
    assert calendar["VERSION"] == "2.0" and calendar["X-WR-CALNAME"] == EVIL_SITE
    events = {(e["CATEGORIES"].to_ical().decode(), e["DTSTART"].dt): e for e in calendar.walk("VEVENT")}
    permit = events["permit", datetime.fromisoformat("2026-03-03T22:00:00+08:00")]
    assert permit["DTEND"].dt == datetime.fromisoformat("2026-03-04T06:00:00+08:00")
    assert permit["SUMMARY"] == EVIL_SUMMARY and "沪浦 2026-0303" in permit["DESCRIPTION"]
    assert permit["STATUS"] == "CONFIRMED" and permit["UID"].startswith("permit-1/")
    works = sorted(at for kind, at in events if kind == "work")
    assert len(works) > 90 and len(works) == len({e["UID"] for e in events.values()}) - 1
    assert all(b - a == timedelta(days=1) for a, b in zip(works, works[1:]))
    assert works[0].astimezone(datetime.fromisoformat(EPOCH).tzinfo).hour == 6


class Text(html.parser.HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.cells, self.inside = set(), set(), [], ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}
        self.inside = tag

    def handle_data(self, data):
        if self.inside != "style":
            self.cells.append(data)


def test_the_sheet_of_a_day_is_paper_without_script_whatever_people_wrote(gateway):
    ticket = gateway.ticket()
    status, headers, page = gateway.browser().ask("GET", f"/day/{DAY}")
    gateway.openapi.judge("GET", f"/day/{DAY}", status, headers, page)
    assert status == 200 and headers["Content-Type"] == "text/html; charset=utf-8"
    assert "script" not in headers["Content-Security-Policy"] and "default-src 'none'" in headers["Content-Security-Policy"]
    read = Text(page.decode())
    assert read.tags <= {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "table", "thead", "tbody", "tr",
                         "th", "td"}
    assert not [name for name in read.attributes if name.startswith("on") or name in ("src", "href", "style")]
    assert f"{EVIL_SITE} · {DAY}" in read.cells and EVIL_NAME in read.cells and ticket["number"] in read.cells
    assert "@media print" in page.decode() and "模拟数据,不得作为证据" in read.cells
    worst = max(j["worst"] for row in gateway.windows().values() for j in row["judged"]
                if j["rule"].endswith("/leq-night") and j["worst"] is not None and row["from"][:10] == DAY)
    english = Text(gateway.browser().ask("GET", f"/day/{DAY}?lang=en")[2].decode()).cells
    assert "Worst windows" in english and "Gaps" in english
    assert any(re.fullmatch(r"7\d\.\d dBA", cell.strip()) for cell in english), worst


# ---- figures ----

SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*)\})?'
                    r" (-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|\+?Inf)|NaN)(?: -?\d+)?")


def metrics_of(gateway):
    """After the text format of Prometheus, version 0.0.4: (name, labels, value); each family is told of once, in one
    piece, before its samples."""
    c = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=peers.DEADLINE_S)
    with contextlib.closing(c):
        c.request("GET", "/metrics")
        answer = c.getresponse()
        text = answer.read().decode()
    assert answer.status == 200 and answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert text.endswith("\n")
    kinds, helps, family, found = {}, set(), None, []
    for line in text.splitlines():
        if line.startswith("# HELP "):
            family = line.split(" ", 3)[2]
            assert family not in helps and len(line.split(" ", 3)[3]) > 4, line
            helps.add(family)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name == family and name not in kinds and kind in ("counter", "gauge"), line
            kinds[name] = kind
        else:
            match = SAMPLE.fullmatch(line)
            assert match and match[1] == family, line
            found.append((match[1], match[2] or "", float(match[3])))
    assert len(found) == len({(name, labels) for name, labels, _ in found})
    for name, kind in kinds.items():
        assert name.startswith("siteward_") and (kind == "counter") == name.endswith("_total"), name
    return found


def test_figures_are_prometheus_text_and_true(gateway):
    found = metrics_of(gateway)
    values = {name: value for name, labels, value in found}
    status = gateway.get("/api/v1/status")
    assert values["siteward_tickets_open"] == status["tickets"]["open"] >= 1
    assert values["siteward_uplink_connected"] == 1 and values["siteward_simulated"] == 1
    assert 0 < values["siteward_readings_total"] <= status["store"]["readings"]
    assert 0 < values["siteward_store_commits_total"] <= status["store"]["commits"]
    assert (f'sensor="{SENSOR}",state="alerting"', 1.0) in [(l, v) for n, l, v in found if n == "siteward_sensor_state"]
    assert (f'sensor="{SENSOR}",unit="dBA"', 55.0) in [(l, v) for n, l, v in found if n == "siteward_sensor_limit"]


# ---- tickets ----

def test_a_ticket_shows_its_place_in_the_chain(gateway):
    ticket = gateway.ticket()["id"]
    status, headers, document = gateway.ask(f"/api/v1/tickets/{ticket}")
    assert status == 200 and headers["ETag"] == f'"{document["revision"]}"' and document["history"]
    rows = gateway.site.rows("SELECT r.revision, r.n, lower(hex(c.hash)) FROM ticket_revision r JOIN chain c ON c.n = r.n"
                             f" WHERE r.ticket = '{ticket}' ORDER BY r.revision DESC")
    assert [(c["revision"], c["n"], c["hash"]) for c in document["chain"]] == rows[-len(document["chain"]):] and rows


def test_who_is_logged_in_acts_by_role_and_a_stale_revision_changes_nothing(gateway):
    ticket = gateway.ticket()["id"]
    path = f"/api/v1/tickets/{ticket}/accept"
    etag = gateway.ask(f"/api/v1/tickets/{ticket}")[1]["ETag"]

    def command(revision, account="wang", **more):
        now = gateway.clock.now.isoformat(timespec="milliseconds")
        body = {"schema": "siteward.cmd/1.0", "id": f"web-{account}-{revision}", "at": now} | more
        return gateway.ask(path, "POST", body, {"If-Match": f'"{revision}"'}, account)
    status, _, problem = command(1, account="guest")
    assert (status, problem["type"]) == (403, "urn:siteward:error:forbidden")
    status, headers, problem = command(99)
    assert (status, problem["type"]) == (409, "urn:siteward:error:conflict") and headers["ETag"] == etag
    assert problem["current"]["id"] == ticket and problem["current"]["revision"] == int(etag.strip('"'))
    # another sender in the body is not heard
    status, headers, document = command(int(etag.strip('"')), by={"id": "officer:1", "role": "officer"})
    assert status == 200, document
    after = gateway.get(f"/api/v1/tickets/{ticket}")
    assert after["status"] == "accepted" and int(headers["ETag"].strip('"')) == document["data"]["revision"]
    (act,) = [h for h in after["history"] if h["verb"] == "accept"]
    assert (act["by"]["id"], act["by"]["role"], act["door"]) == ("party:wang", "party", "console")
    assert gateway.wall.wait_for(f"ticket/{ticket}", lambda t: t and t["status"] == "accepted")


def test_nobody_reads_without_a_log_in_but_health_and_figures_of_this_machine(gateway):
    for path in ["/api/v1/status", "/api/v1/sensors", "/api/v1/tickets", f"/api/v1/day?date={DAY}", f"/day/{DAY}",
                 f"/api/v1/sensors/{SENSOR}/series?{DAY_QUERY}", f"/api/v1/export.csv?{DAY_QUERY}", "/api/v1/schedule.ics",
                 "/api/v1/schedule", "/api/v1/alerts"]:
        gateway.problem(path, 401, "login", account=None)
    for path in ["/healthz", "/readyz"]:
        assert gateway.get(path, account=None) == {"status": "ok"}
    assert metrics_of(gateway)
    for path in ["/api/v1/day", "/metrics", "/api/v1/events", f"/day/{DAY}"]:
        status, headers, _ = gateway.browser("boss").ask("POST", path, {})
        assert status in (403, 405), path


def test_the_rest_of_the_interface_is_as_it_is_written_down(gateway):
    gateway.get("/api/v1/session", account=None)
    gateway.get("/api/v1/session")
    gateway.get("/api/v1/schedule")
    gateway.get("/api/v1/alerts")
    gateway.get("/api/v1/tickets")
    gateway.get("/api/v1/users", account="boss")
    gateway.get("/api/v1/audit", account="boss")
    at = (gateway.clock.now - timedelta(minutes=2)).isoformat().replace("+", "%2B")
    gateway.get(f"/api/v1/evidence?at={at}&window=PT2M", account="wang")
    gateway.problem(f"/api/v1/evidence?at={at}&window=PT2M", 403, "forbidden")


# ---- docs/openapi.yaml itself ----

def test_the_description_is_openapi_and_its_references_lead_somewhere(gateway):
    schema = json.loads((peers.ROOT / "tests" / "data" / "openapi" / "openapi-3.1.schema.json").read_text())
    document = gateway.openapi.document
    faults = [f"{e.json_path}: {e.message[:200]}" for e in Draft202012Validator(schema).iter_errors(document)]
    assert not faults, faults

    def references(node):
        if isinstance(node, dict):
            for key, value in node.items():
                if key == "$ref" and isinstance(value, str):
                    yield value
                else:
                    yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)
    for reference in set(references(document)):
        gateway.openapi.resolver.resolve(reference)
