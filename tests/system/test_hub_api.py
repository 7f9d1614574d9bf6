# SPDX-License-Identifier: Apache-2.0
"""The hub's interface for wall and desk, over TCP with a foreign client, beside a real broker: the calls of an evening
answered by the gateways and, when one is gone, by the hub; complaints and commands on their way; roles, and what is
typed by people who mean no good."""
import contextlib
import copy
import http.client
import json
import pathlib
import urllib.parse
from datetime import timedelta

import pytest

import rig as peers
from test_accounts import CODE, PASSWORD, Browser
from test_hub import Hub, publish
from evening import SITE

ROOT = "siteward/1/310115/"
EXAMPLES = pathlib.Path(__file__).parents[1] / "data" / "contract"
EPOCH = "2026-03-02T22:20:00+08:00"  # night: 55 dB(A) by the pack
SPEED = 120
MEASURED = timedelta(minutes=34)


def example(name):
    return json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))


class Desk(Browser):
    """A browser at the hub, whose cookie has a name of its own."""

    def ask(self, method, path, body=None, headers=None, csrf=True):
        path = urllib.parse.quote(path, safe="/?&=%:+,.-_~*")
        more = {"Cookie": f"siteward-hub={self.cookie}"} if self.cookie else {}
        if body is not None:
            more["Content-Type"] = "application/json"
        if self.cookie and self.csrf and csrf and method != "GET":
            more["X-CSRF-Token"] = self.csrf
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=peers.DEADLINE_S)) as c:
            c.request(method, path, None if body is None else json.dumps(body), more | (headers or {}))
            answer = c.getresponse()
            text = answer.read()
            cookie = answer.headers.get("Set-Cookie")
            if cookie is not None:
                assert {"Path=/", "HttpOnly", "SameSite=Strict"} <= set(cookie.split("; ")[1:]), cookie
                self.cookie = cookie.split("; ")[0].removeprefix("siteward-hub=")
            is_json = "json" in answer.headers.get("Content-Type", "")
            return answer.status, answer.headers, json.loads(text) if is_json and text else text

    def document(self, path, status=200):
        got, headers, document = self.ask("GET", path)
        assert got == status, (path, got, document)
        if got >= 300:
            assert headers["Content-Type"] == "application/problem+json" and document["status"] == got, document
            assert document["title"] and document["detail"] and document["type"]
        return document


class Hotline:
    """A hub that serves, with an account of each role."""

    def __init__(self, rig, broker):
        self.port = peers.free_port()
        folder = rig.folder()
        self.hub = rig.add(Hub(folder, broker, f"}}\nlisten: 127.0.0.1:{self.port}\nkeep: {{minutes: 400d"))
        self.hub.wait_connected()
        self.hub.err.wait(lambda line: "questions to gateways go as" in line, "the hub can ask")
        self.hub.err.wait(lambda line: "with this code" in line, "the code is said")
        self.boss = Desk(self.port)
        status, _, document = self.boss.ask("POST", "/api/v1/setup", {
            "code": CODE.search(self.hub.said)[1], "id": "boss", "name": "负责人", "password": PASSWORD})
        assert status == 200, document
        self.boss.csrf = document["csrf"]
        for role in ("viewer", "agent", "officer"):
            status, _, document = self.boss.ask("POST", "/api/v1/users", {
                "id": f"the-{role}", "name": role, "role": role, "password": PASSWORD})
            assert status in (200, 201), document

    def desk(self, role):
        desk = Desk(self.port)
        status, _, document = desk.log_in(f"the-{role}")
        assert status == 200, document
        return desk


@pytest.fixture
def broker(rig):
    return rig.broker(folder=rig.folder(), conf=["autosave_interval 1", "max_inflight_messages 0"])


@pytest.fixture
def hotline(rig, broker):
    return Hotline(rig, broker)


def gateway(rig, broker, level, extra):
    """A simulated site whose one noise sensor hears that level."""
    clock = peers.Clock(EPOCH, SPEED)
    file = rig.folder() / "node.ndjson"
    file.write_text(json.dumps({"at": EPOCH, "unit": 1, "set": {"LAeq": level, "LAFmax": level + 3}, "jitter_db": 1}) +
                    "\n", encoding="utf-8")
    node = rig.node(file, clock, "--tcp", "127.0.0.1:0")
    device = "  gate-1: {template: siteward-node, bus: box-1, address: 1, interval: 2s, channels: [noise]}\n"
    site = rig.site(text=SITE % (node.port, device))
    site.layer(f'platform: {{url: "{broker.url}"}}\n', "20-platform.yaml")
    site.layer(extra, "80-own.yaml")
    return rig.daemon(site, clock), clock


LOUD = """\
site: {address: 上海市浦东新区丁香路, serves: [丁香路, 丁香小区], agency_responsible: 浦东新区城管执法局}
schedule: {day_ahead: 24h}
"""
QUIET = """\
site: {id: pd-0043, name: 芳甸路 9 号, address: 上海市浦东新区芳甸路 9 号, location: {lat: 31.25, lon: 121.60}}
gateway: {id: gw-b}
"""


def test_the_calls_of_an_evening_are_answered_also_when_the_gateway_is_gone(rig, broker, hotline):
    loud, clock = gateway(rig, broker, 66, LOUD)
    gateway(rig, broker, 40, QUIET)
    agent = hotline.desk("agent")
    peers.wait_until(lambda: len(agent.document("/api/v1/sites")["features"]) == 2, "both sites are known")
    started = clock.now
    peers.wait_until(lambda: clock.now - started > MEASURED, "half an hour is measured")

    # over the limit, and no permit; the street is what the resident says
    over = agent.document("/api/v1/answer?address=花木街道丁香路 88 弄&at=刚才&window=PT5M")
    assert peers.faults_of("evidence", over) == [] and over["source"] == "gateway"
    # (whose noise it is, a site knows after days, not within the hour)
    assert over["answer"]["code"] == "over_limit_source_unknown" and over["work"]["permitted"] is False, over["answer"]
    assert "没有夜间施工证明" in over["answer"]["say"]["zh-CN"]
    assert over["numbers"][0]["worst"]["over_by"] > 8 and "夜间限值" in over["answer"]["say"]["zh-CN"]
    # within it
    within = agent.document("/api/v1/answer?address=芳甸路&at=2 minutes ago&window=PT5M&lang=en")
    assert within["answer"]["code"].startswith(("within_limit", "no_work")), within["answer"]
    assert list(within["answer"]["say"]) == ["en"]
    # nothing was measured: before the sensor was there
    silent = agent.document("/api/v1/answer?site=pd-0043&at=昨天下午3点")
    assert silent["answer"]["code"] == "no_data"

    # the wall: the loud one first, and what the two say of themselves
    features = agent.document("/api/v1/sites")["features"]
    assert [f["properties"]["site"] for f in features] == ["pd-0042", "pd-0043"]
    assert features[0]["properties"]["severity"] > features[1]["properties"]["severity"]
    assert features[0]["geometry"]["coordinates"] == [121.5441, 31.2237]

    ticket = complaint_comes_back(agent)
    a_command_goes_through(hotline, ticket)

    # the same question to a gateway that is gone
    at = (clock.now - timedelta(minutes=4)).isoformat()
    path = f"/api/v1/answer?site=pd-0042&at={urllib.parse.quote(at)}&window=PT5M"
    by_gateway = agent.document(path)
    assert by_gateway["source"] == "gateway"
    loud.end()
    by_hub = agent.document(path)
    assert peers.faults_of("evidence", by_hub) == []
    assert by_hub["source"] == "hub" and by_hub["as_of"] and by_hub["integrity"] is None
    assert "from-hub" in by_hub["answer"]["caveats"] and by_hub["media"] == []
    same_facts(by_hub, by_gateway)
    evidence_was_noted(hotline)


def same_facts(by_hub, by_gateway):
    """What both can know is the same."""
    assert by_hub["answer"]["code"] == by_gateway["answer"]["code"] or by_hub["work"]["state"] is None
    assert by_hub["work"]["state"] in (None, by_gateway["work"]["state"])
    assert by_hub["window"] == by_gateway["window"] and by_hub["packs"] == by_gateway["packs"]
    ours, theirs = by_hub["numbers"][0], by_gateway["numbers"][0]
    assert ours["worst"] == theirs["worst"] and ours["verdict"] == theirs["verdict"]
    assert (ours["n"], ours["LAeq"], ours["LAmax"]) == (theirs["n"], theirs["LAeq"], theirs["LAmax"])
    assert {t["id"] for t in by_hub["tickets"]} == {t["id"] for t in by_gateway["tickets"]}


def complaint_comes_back(agent):
    body = {"address_string": "丁香小区 3 幢", "at": "刚才", "description": "<b>很吵</b>", "caller": "+86 138 0000 1234"}
    status, _, document = agent.ask("POST", "/api/v1/complaints", body)
    assert status == 200 and document["data"]["outcome"] == "linked", document
    assert document["answer"]["answer"]["code"].startswith("over_limit")
    text = json.dumps(document, ensure_ascii=False)
    assert "1234" not in text and "很吵" not in text
    assert agent.ask("POST", "/api/v1/complaints", body)[2]["data"]["outcome"] == "linked"
    ticket = document["data"]["ticket"]
    peers.wait_until(lambda: agent.document(f"/api/v1/tickets/{ticket}")["complaints"]["calls"] == 2, "both calls count")
    assert agent.document(f"/api/v1/tickets/{ticket}")["complaints"]["callers"] == 1  # one number, one reference
    return ticket


def a_command_goes_through(hotline, ticket):
    officer, path = hotline.desk("officer"), f"/api/v1/tickets/{ticket}"
    status, headers, document = officer.ask("GET", path)
    assert status == 200 and headers["ETag"] == f'"{document["revision"]}"'
    status, headers, answer = officer.ask("POST", f"{path}/ack", {}, {"If-Match": headers["ETag"]})
    assert status == 200 and answer["status"] == "ok", answer
    peers.wait_until(lambda: officer.document(path)["revision"] == answer["data"]["revision"], "the store has it")
    assert officer.document(path)["history"][-1]["by"] == {"id": "officer:the-officer", "role": "officer"}
    status, _, problem = officer.ask("POST", f"{path}/withdraw", {"reason": "晚了"}, {"If-Match": '"1"'})
    assert status == 409 and problem["type"] == "urn:siteward:error:conflict", problem
    status, _, problem = officer.ask("POST", f"{path}/dispatch", {})
    assert status == 403 and "dispatch" in problem["detail"], problem  # the gateway's table of verbs holds
    assert hotline.desk("viewer").ask("POST", f"{path}/ack", {})[0] == 403


def evidence_was_noted(hotline):
    lines = hotline.boss.document("/api/v1/audit?kind=evidence")["entries"]
    assert any(e["who"] == "the-agent" and "pd-0042" in e["subject"] for e in lines), lines


# ---- without gateways: documents as they are in the contract ----

def put(broker, topic, kind, /, **change):
    publish(broker, ROOT + topic, example(kind) | change, "-r")


@pytest.fixture
def known(broker, hotline):
    """Three sites that once sent something, and no gateway that answers."""
    info, ticket = example("info"), example("ticket")
    for n, (site, name, address) in enumerate((("pd-0042", "丁香路 12-3 地块", "上海市浦东新区丁香路"),
                                              ("pd-0050", "丁香路二期", "上海市浦东新区丁香路"),
                                              ("pd-0051", "<script>alert(1)</script>", "世纪大道 \"1\" 号"))):
        mine = copy.deepcopy(info)
        mine["site"] |= {"id": site, "name": name, "address": address, "lat": 31.2 + n / 100, "lon": 121.5, "serves": []}
        publish(broker, f"{ROOT}{site}/gw/gw-{n}/info", mine, "-r")
        put(broker, f"{site}/summary", "summary", name=name, lamp=("over", "near", "ok")[n], worst=None,
            complaints_24h={"calls": 0, "callers": 0}, tickets={"open": 0, "overdue": 0})
    publish(broker, f"{ROOT}pd-0042/ticket/{ticket['id']}", ticket, "-r")
    peers.wait_until(lambda: len(hotline.boss.document("/api/v1/sites")["features"]) == 3, "all are kept")
    peers.wait_until(lambda: hotline.boss.document("/api/v1/tickets")["tickets"], "the ticket is kept")
    return hotline


def test_each_role_may_what_its_table_says(known):
    nobody, ticket = Desk(known.port), example("ticket")["id"]
    paths = {"/healthz": (200, 200, 200, 200), "/readyz": (200, 200, 200, 200), "/public/pd-0042": (200, 200, 200, 200),
             "/api/v1/sites": (401, 200, 200, 200), "/api/v1/tickets": (401, 200, 200, 200),
             f"/api/v1/tickets/{ticket}": (401, 200, 200, 200), "/api/v1/answer?site=pd-0042": (401, 403, 200, 200),
             "/api/v1/users": (401, 403, 403, 403), "/api/v1/nothing": (404, 404, 404, 404)}
    for path, expected in paths.items():
        got = tuple(d.get(path) for d in (nobody, *(known.desk(r) for r in ("viewer", "agent", "officer"))))
        assert got == expected, path
    body = {"site": "pd-0042", "description": "吵"}
    assert [d.ask("POST", "/api/v1/complaints", body)[0] for d in (nobody, known.desk("viewer"), known.desk("officer"))
            ] == [401, 403, 403]
    assert known.desk("agent").ask("POST", "/api/v1/complaints", body, csrf=False)[0] == 403


def test_a_silent_gateway_costs_a_command_and_not_an_answer(known):
    agent = known.desk("agent")
    answer = agent.document("/api/v1/answer?site=pd-0042&at=2026-03-02T23:40:00%2B08:00")
    assert peers.faults_of("evidence", answer) == [] and answer["source"] == "hub"
    assert answer["answer"]["code"] == "no_data" and answer["tickets"][0]["id"] == example("ticket")["id"]
    assert answer["dispatch_basis"]["agency_responsible"] == "浦东新区城管执法局"
    status, _, problem = agent.ask("POST", f"/api/v1/tickets/{example('ticket')['id']}/note", {"text": "来电"})
    assert status == 504 and problem["type"] == "urn:siteward:error:no-answer"


def test_several_sites_that_fit_are_listed(known):
    agent = known.desk("agent")
    several = agent.document("/api/v1/answer?address=丁香路", status=300)
    assert {c["site"] for c in several["candidates"]} == {"pd-0042", "pd-0050"}
    assert agent.document("/api/v1/answer?address=丁香路&lat=31.21&lon=121.5")["gw"] == "gw-7f3a"
    assert agent.ask("GET", "/api/v1/answer?address=丁香路&lat=31.21&lon=121.5")[1]["X-Site"] == "pd-0050"
    far = agent.document("/api/v1/answer?lat=31.20&lon=121.7&lang=en")
    assert far["answer"]["code"] == "no_monitor" and far["distance_m"] > 10_000


def test_what_is_asked_wrongly_is_a_problem_with_a_sentence(known):
    agent = known.desk("agent")
    for path, status, word in (("/api/v1/answer", 400, "address"), ("/api/v1/answer?site=pd-0042&at=从前", 400, "昨晚11点"),
                               ("/api/v1/answer?site=pd-0042&window=1h", 400, "PT30M"),
                               ("/api/v1/answer?site=pd-9999", 404, "pd-9999"),
                               ("/api/v1/answer?address=天安门", 404, "天安门"),
                               ("/api/v1/answer?lat=91&lon=0", 400, "degrees"),
                               ("/api/v1/answer?site=pd-0042&lang=fr", 400, "zh-CN"),
                               ("/api/v1/sites?bbox=1,2,3", 400, "bbox"), ("/api/v1/sites?state=red", 400, "over"),
                               ("/api/v1/tickets?cursor=x", 400, "cursor"), ("/api/v1/tickets?limit=0", 400, "limit"),
                               ("/api/v1/tickets?status=gone", 400, "status"), ("/api/v1/tickets/sw-0000000000", 404, "sw-"),
                               ("/api/v1/sites/pd-0042/series", 400, "sensor"), ("/public/pd-9999", 404, "pd-9999")):
        assert word in agent.document(path, status)["detail"], path
    assert agent.ask("POST", "/api/v1/complaints", [])[0] == 400
    assert agent.ask("PUT", "/api/v1/sites", {})[0] == 405


def test_what_people_type_stays_text(known):
    viewer = known.desk("viewer")
    status, headers, document = viewer.ask("GET", "/api/v1/sites?state=ok")
    assert [f["properties"]["name"] for f in document["features"]] == ["<script>alert(1)</script>"]
    for path in ("/api/v1/sites", "/public/pd-0051", "/api/v1/tickets", "/api/v1/nothing/<script>"):
        status, headers, _ = viewer.ask("GET", path)
        assert "json" in headers["Content-Type"] and headers["X-Content-Type-Options"] == "nosniff", path
        assert "default-src 'none'" in headers["Content-Security-Policy"], path


def test_the_public_page_shows_no_person_and_no_ticket(known):
    public = Desk(known.port).document("/public/pd-0042")
    assert public["noise"]["limit"] == 55 and public["lamp"] == "over"
    assert {"worst", "tickets", "complaints_24h", "assignee"}.isdisjoint(public)


def test_tickets_come_page_by_page(known, broker):
    ticket = example("ticket")
    for n in range(5):
        publish(broker, f"{ROOT}pd-0050/ticket/sw-page{n}aaaaa", ticket | {"id": f"sw-page{n}aaaaa", "seq": n + 1,
                "ts": f"2026-03-03T00:0{n}:00.000+08:00"}, "-r")
    viewer = known.desk("viewer")
    peers.wait_until(lambda: len(viewer.document("/api/v1/tickets")["tickets"]) == 6, "all are kept")
    seen, cursor = [], ""
    while cursor is not None:
        page = viewer.document(f"/api/v1/tickets?limit=2&cursor={cursor}")
        seen += [(t["site"], t["ticket"]["id"]) for t in page["tickets"]]
        cursor = page["next"]
    assert len(seen) == 6 == len(set(seen))
    assert len(viewer.document("/api/v1/tickets?site=pd-0042")["tickets"]) == 1


def test_the_stream_tells_what_happens(known, broker):
    viewer = known.desk("viewer")
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", known.port, timeout=peers.DEADLINE_S)) as c:
        c.request("GET", "/api/v1/events", headers={"Cookie": f"siteward-hub={viewer.cookie}"})
        stream = c.getresponse()
        assert stream.status == 200 and stream.headers["Content-Type"].startswith("text/event-stream")
        put(broker, "pd-0042/summary", "summary", lamp="near", name="丁香路 12-3 地块")
        lines = iter(stream.readline, b"")
        assert next(line for line in lines if line.startswith(b"event: ")) == b"event: site\n"
        data = json.loads(next(line for line in lines if line.startswith(b"data: "))[6:])
        assert (data["site"], data["document"]["lamp"]) == ("pd-0042", "near")
