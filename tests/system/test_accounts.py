# SPDX-License-Identifier: Apache-2.0
"""Accounts of the console, over TCP with a foreign client and over the unix socket with the command line: the first
start, log-in and its limits, sessions, tokens, what each role may, the record, and the file through kills and a full
disk."""
import concurrent.futures
import contextlib
import http.client
import itertools
import json
import os
import pathlib
import re
import signal
import ssl
import threading

import pytest

import pki
import rig as peers
from conftest import SITE
from test_commands import Night
from test_disk_full import fill, small_disk

PASSWORD = "zaojiaolu-night-55"
CODE = re.compile(r"with this code: ([2-9a-hjkmnp-z]{10}) ")
SENSOR = "  gate-noise: {quantity: LAeq, interval: 1s, name: gate, place: boundary}"


class Browser:
    """What a browser does about sessions, and nothing else. Each request is a connection of its own."""

    def __init__(self, port):
        self.port = port
        self.cookie = self.csrf = self.token = None

    def ask(self, method, path, body=None, headers=None, csrf=True):
        """@return status, headers, document"""
        all_headers = {"Content-Type": "application/json"} if body is not None else {}
        if self.cookie:
            all_headers["Cookie"] = f"theme=dark; siteward={self.cookie}; other=1"
        if self.cookie and self.csrf and csrf and method != "GET":
            all_headers["X-CSRF-Token"] = self.csrf
        if self.token:
            all_headers["Authorization"] = f"Bearer {self.token}"
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=peers.DEADLINE_S)) as c:
            c.request(method, path, None if body is None else json.dumps(body), all_headers | (headers or {}))
            answer = c.getresponse()
            text = answer.read()
            self.take_cookie(answer.headers.get("Set-Cookie"))
            is_json = "json" in answer.headers.get("Content-Type", "")
            return answer.status, answer.headers, json.loads(text) if is_json and text else text

    def take_cookie(self, header):
        if header is None:
            return
        value, *attributes = header.split("; ")
        assert {"Path=/", "HttpOnly", "SameSite=Strict"} <= set(attributes), header
        self.cookie = value.removeprefix("siteward=") if "Max-Age=0" not in attributes else None

    def log_in(self, account, password=PASSWORD):
        status, headers, document = self.ask("POST", "/api/v1/session", {"id": account, "password": password})
        if status == 200:
            self.csrf = document["csrf"]
            assert len(self.csrf) >= 40 and len(self.cookie) >= 40 and self.csrf != self.cookie
        return status, headers, document

    def get(self, path):
        return self.ask("GET", path)[0]


class Console:
    """A gateway with its console on a free port."""

    def __init__(self, rig, siteward):
        self.rig = rig
        self.siteward = siteward
        self.site = rig.site(text=SITE.format(zone="Asia/Shanghai", sensors=SENSOR, more=""))
        self.file = self.site.folder / "data" / "accounts.json"
        self.start()

    def start(self):
        self.daemon = self.rig.daemon(self.site, console="127.0.0.1:0")
        self.port = self.daemon.get("/api/v1/status")[2]["console"]["port"]
        return self

    def again(self, how=signal.SIGTERM):
        self.daemon.end(how)
        return self.start()

    def browser(self, account=None):
        b = Browser(self.port)
        if account:
            status, _, document = b.log_in(account)
            assert status == 200, document
        return b

    @property
    def code(self):
        return self.daemon.err.wait(lambda line: "with this code" in line, "the code is said") and \
            CODE.search(self.daemon.said)[1]

    def set_up(self, account="boss"):
        b = self.browser()
        status, _, document = b.ask("POST", "/api/v1/setup", {"code": self.code, "id": account, "name": "负责人",
                                                               "password": PASSWORD})
        assert status == 200, document
        b.csrf = document["csrf"]
        return b

    def user(self, *words, stdin=PASSWORD + "\n", code=0):
        done = self.siteward("user", *words, stdin=stdin.encode(), env={"SITEWARD_SOCKET": str(self.site.socket)})
        assert done.code == code, done.err
        return done

    def audit(self, *words):
        """The record, once everything before is in it: it is written in order."""
        return self.siteward("audit", "--json", *words, env={"SITEWARD_SOCKET": str(self.site.socket)}).lines


@pytest.fixture
def console(rig, siteward):
    return Console(rig, siteward)


def type_of(problem):
    return problem["type"].removeprefix("urn:siteward:error:")


# ---- the first start ----

def test_the_first_start_opens_with_its_code_once_and_nothing_opens_before(console):
    code, b = console.code, console.browser()
    status, _, session = b.ask("GET", "/api/v1/session")
    assert status == 200 and session == {"user": None, "csrf": None, "setup": True, "language": "zh-CN",
                                         "site": {"id": "pd-0042", "name": "丁香路 12-3 地块"}, "simulated": False}
    for path in ["/api/v1/status", "/api/v1/tickets", "/api/v1/evidence?at=2026-03-02T23:40:00Z", "/api/v1/users",
                 "/api/v1/audit", "/api/v1/nothing"]:
        status, _, problem = b.ask("GET", path)
        assert status == 403 and type_of(problem) == "setup", (path, problem)
    assert b.get("/healthz") == 200 and b.get("/readyz") == 200
    wrong = {"code": "a" * 10, "id": "boss", "name": "Boss", "password": PASSWORD}
    status, _, problem = b.ask("POST", "/api/v1/setup", wrong)
    assert status == 401 and type_of(problem) == "login"
    for change in [{"password": "1234567890"}, {"password": "short"}, {"id": "Boss!"}, {"name": ""}, {"name": None}]:
        status, _, problem = b.ask("POST", "/api/v1/setup", wrong | {"code": code} | change)
        assert status == 400 and type_of(problem) == "invalid", (change, problem)
    typed = f"{code[:5].upper()}-{code[5:]}"
    status, headers, session = b.ask("POST", "/api/v1/setup", wrong | {"code": typed})
    assert status == 200 and session["user"] == {"id": "boss", "name": "Boss", "role": "admin"}
    assert session["setup"] is False and session["csrf"] and b.cookie
    status, _, problem = console.browser().ask("POST", "/api/v1/setup", wrong | {"code": code, "id": "second"})
    assert status == 409 and type_of(problem) == "conflict"
    assert b.get("/api/v1/status") == 200 and console.browser().get("/api/v1/status") == 401
    assert console.file.stat().st_mode & 0o777 == 0o600
    for file in (console.site.folder / "data").iterdir():
        if file.is_file():
            held = file.read_bytes()
            assert code.encode() not in held and PASSWORD.encode() not in held, file
    assert not CODE.search(console.again().daemon.said), "a code is said although there is an account"


def test_each_start_without_an_account_says_a_new_code_and_the_old_one_is_gone(console):
    old = console.code
    console.again()
    assert console.code != old
    body = {"code": old, "id": "boss", "name": "Boss", "password": PASSWORD}
    assert console.browser().ask("POST", "/api/v1/setup", body)[0] == 401
    console.user("add", "root-made", "--role", "admin")
    status, _, problem = console.browser().ask("POST", "/api/v1/setup", body | {"code": console.code})
    assert status == 409, problem
    assert console.browser("root-made").get("/api/v1/users") == 200


# ---- log-in ----

def until_429(log_in):
    """Five tries are free; a machine on which one takes longer than the wait behind it needs some more."""
    answers = [log_in(0)]
    while answers[-1][0] != 429:
        assert answers[-1][0] == 401 and len(answers) < 12, answers
        answers.append(log_in(len(answers)))
    assert len(answers) > 5
    return answers


def test_wrong_passwords_wait_longer_each_time_and_the_right_one_gets_in_again(console):
    console.set_up()
    console.user("add", "wang", "--role", "party")
    b = console.browser()
    answers = until_429(lambda i: b.log_in("wang", f"wrong-password-{i}"))
    assert int(answers[-1][1]["Retry-After"]) >= 1
    status, headers, problem = b.log_in("wang")
    assert status == 429 and type_of(problem) == "overloaded"  # the right one waits too: who guesses learns nothing
    assert console.browser("boss").cookie  # another account, from the same address
    peers.wait_until(lambda: b.log_in("wang")[0] == 200, "the right password after the wait")
    until_429(lambda i: console.browser().log_in("nobody-here", f"wrong-{i}"))


def hashing_ns(daemon):
    """What the worker that hashes has cost the processor."""
    for task in pathlib.Path(f"/proc/{daemon.p.pid}/task").iterdir():
        if (task / "comm").read_text().strip() == "accounts":
            return int((task / "schedstat").read_text().split()[0])
    raise AssertionError("there is no worker")


def test_an_unknown_account_costs_as_much_and_is_told_the_same(console):
    console.set_up()
    console.user("add", "wang", "--role", "party")
    console.user("add", "robot", "--role", "viewer", "--no-password")
    spent, said = {"wang": [], "nobody": [], "robot": [], "Not An Id": []}, set()
    for _ in range(4):
        for account, list_of in spent.items():
            before = hashing_ns(console.daemon)
            status, _, problem = console.browser().log_in(account, "a wrong password")
            said.add((status, json.dumps(problem, sort_keys=True)))
            console.audit()  # behind it: the worker does one thing after the other
            list_of.append(hashing_ns(console.daemon) - before)
    assert len(said) == 1 and next(iter(said))[0] == 401, said
    least = {account: min(list_of) for account, list_of in spent.items()}
    assert max(least.values()) < 1.5 * min(least.values()), least


def test_a_crowd_at_the_door_is_told_to_wait_and_the_rest_goes_on(console):
    console.set_up()
    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda i: console.browser().log_in(f"nobody-{i}", "a wrong password"), range(24)))
    statuses = {status for status, _, _ in answers}
    assert statuses <= {401, 429} and 429 in statuses and 401 in statuses
    assert all(int(headers["Retry-After"]) >= 1 for status, headers, _ in answers if status == 429)
    assert console.daemon.get("/api/v1/status")[0] == 200
    peers.wait_until(lambda: console.browser().log_in("boss")[0] == 200, "the door is free again")

    def until_the_end(i):
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            while True:
                console.browser().log_in(f"nobody-{i}", "a wrong password")
                console.daemon.get("/api/v1/audit")
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        crowd = [pool.submit(until_the_end, i) for i in range(6)]
        peers.wait_until(lambda: hashing_ns(console.daemon) > 0, "they are at it")
        assert console.daemon.end() == 0
        for one in crowd:
            one.result(peers.DEADLINE_S)


def memory_kb(daemon, key):
    return int(re.search(rf"^{key}:\s+(\d+)", pathlib.Path(f"/proc/{daemon.p.pid}/status").read_text(), re.M)[1])


def test_memory_for_hashing_is_given_back(console):
    console.set_up()
    for _ in range(3):
        console.browser("boss")
    before = memory_kb(console.daemon, "RssAnon")
    for _ in range(8):
        console.browser("boss")
    console.audit()
    after, most = memory_kb(console.daemon, "RssAnon"), memory_kb(console.daemon, "VmHWM")
    assert after - before < 2048, (before, after)
    assert most - memory_kb(console.daemon, "VmRSS") > 15000, "a hash did not take its memory"


# ---- sessions ----

def test_a_session_changes_things_only_with_its_token_and_from_its_own_page(console):
    b = console.set_up()
    new = {"id": "wang", "role": "party", "password": PASSWORD}
    for headers, csrf in [({}, False), ({"X-CSRF-Token": "x" * 43}, False), ({"X-CSRF-Token": ""}, False),
                          ({"Origin": "https://evil.example"}, True), ({"Origin": "null"}, True)]:
        status, _, problem = b.ask("POST", "/api/v1/users", new, headers, csrf=csrf)
        assert status == 403 and type_of(problem) in ("csrf", "origin"), (headers, problem)
    assert len(json.loads(console.user("list", "--json").out)["users"]) == 1
    thief = console.browser()
    thief.cookie = b.cookie
    assert thief.get("/api/v1/status") == 200  # that is what a stolen cookie can do
    for method, path in [("POST", "/api/v1/users"), ("DELETE", "/api/v1/users/boss"), ("DELETE", "/api/v1/session"),
                         ("POST", "/api/v1/session/password"), ("PUT", "/api/v1/status")]:
        assert thief.ask(method, path, new)[0] == 403, path
    # a form of another page can send this much, and no more
    status, _, _ = console.browser().ask("POST", "/api/v1/session", {"id": "boss", "password": PASSWORD},
                                         {"Content-Type": "text/plain"})
    assert status == 415
    status, _, user = b.ask("POST", "/api/v1/users", new, {"Origin": f"http://127.0.0.1:{console.port}"})
    assert status == 200 and user["id"] == "wang" and user["role"] == "party"


def test_a_session_ends_with_log_out_and_with_the_program(console):
    first = console.set_up()
    second = console.browser("boss")
    assert first.cookie != second.cookie
    old = second.cookie
    assert second.log_in("boss")[0] == 200 and second.cookie != old
    second.cookie, new = old, second.cookie
    assert second.get("/api/v1/status") == 401, "the old session goes on beside the new one"
    second.cookie = new
    kept = first.cookie
    status, _, session = first.ask("DELETE", "/api/v1/session")
    assert status == 200 and session["user"] is None and first.cookie is None
    first.cookie = kept
    assert first.get("/api/v1/status") == 401
    assert second.ask("GET", "/api/v1/session")[2]["user"]["id"] == "boss"
    console.again()
    second.port = console.port
    assert second.get("/api/v1/status") == 401
    status, _, session = second.ask("GET", "/api/v1/session")
    assert status == 200 and session["user"] is None and session["setup"] is False
    assert second.log_in("boss")[0] == 200  # also with the old cookie


def test_over_tls_the_cookie_is_for_tls_alone(rig, siteward, tmp_path):
    certificate, key = pki.Authority(tmp_path, "site-ca").issue("console", "DNS:localhost", "IP:127.0.0.1")
    console = Console.__new__(Console)
    console.rig, console.siteward = rig, siteward
    console.site = rig.site(text=SITE.format(zone="Asia/Shanghai", sensors=SENSOR, more=""))
    console.site.layer(f'console: {{tls: {{certificate_file: "{certificate}", key_file: "{key}"}}}}\n')
    console.start()
    console.user("add", "wang", "--role", "party")
    trusted = ssl.create_default_context(cafile=certificate.parent / "ca.crt")
    body = json.dumps({"id": "wang", "password": PASSWORD})
    with contextlib.closing(http.client.HTTPSConnection("127.0.0.1", console.port, context=trusted)) as c:
        for method, attributes in [("POST", {"Path=/", "HttpOnly", "SameSite=Strict", "Secure"}),
                                   ("DELETE", {"Path=/", "HttpOnly", "SameSite=Strict", "Secure", "Max-Age=0"})]:
            c.request(method, "/api/v1/session", body, {"Content-Type": "application/json"})
            answer = c.getresponse()
            answer.read()
            assert answer.status == 200 and set(answer.headers["Set-Cookie"].split("; ")[1:]) == attributes


def test_who_changes_a_password_or_removes_an_account_logs_it_out(console):
    boss = console.set_up()
    console.user("add", "wang", "--role", "party", "--name", "王工")
    wang, other = console.browser("wang"), console.browser("wang")
    change = {"old": "not the old one", "password": "another-long-word"}
    assert wang.ask("POST", "/api/v1/session/password", change)[0] == 403
    assert wang.ask("POST", "/api/v1/session/password", change | {"old": PASSWORD})[0] == 200
    assert wang.get("/api/v1/status") == 200 and other.get("/api/v1/status") == 401
    assert console.browser().log_in("wang")[0] == 401 and console.browser().log_in("wang", "another-long-word")[0] == 200
    console.user("passwd", "wang")
    assert wang.get("/api/v1/status") == 401
    wang = console.browser("wang")
    assert boss.ask("DELETE", "/api/v1/users/wang")[0] == 200
    assert wang.get("/api/v1/status") == 401 and wang.log_in("wang")[0] == 401
    assert "last admin" in console.user("remove", "boss", code=1).err
    console.user("remove", "wang", code=3)
    assert "expected" not in console.user("add", "boss", "--role", "admin", code=1).err
    assert "characters" in console.user("add", "li", "--role", "party", stdin="short\n", code=1).err


def test_a_password_that_an_admin_sets_stands_against_the_owner_of_the_old_one(console):
    console.set_up()
    console.user("add", "wang", "--role", "party")
    wang, new = console.browser("wang"), "another-lamp-77"
    done = threading.Event()

    def change_again_and_again():
        while not done.is_set():
            wang.ask("POST", "/api/v1/session/password", {"old": PASSWORD, "password": PASSWORD})

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        changing = pool.submit(change_again_and_again)
        try:
            for _ in range(20):  # "another change is being written" is an answer, too
                run = console.siteward("user", "passwd", "wang", stdin=(new + "\n").encode(),
                                       env={"SITEWARD_SOCKET": str(console.site.socket)})
                if run.code == 0:
                    break
            assert run.code == 0, run.err
        finally:
            done.set()
        changing.result()
    assert console.browser().log_in("wang", new)[0] == 200
    assert console.browser().log_in("wang")[0] == 401


@contextlib.contextmanager
def stream_of(console, **headers):
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", console.port, timeout=peers.DEADLINE_S)) as c:
        c.request("GET", "/api/v1/events", headers=headers)
        stream = c.getresponse()
        assert stream.status == 200 and stream.headers["Content-Type"].startswith("text/event-stream")
        yield stream


def ends(stream):
    while stream.read1():
        pass  # else this times out


@pytest.mark.parametrize("way", ["its token is removed", "another logs in in its place", "its session gives way"])
def test_what_is_over_keeps_no_stream(console, way):
    console.set_up()
    console.user("add", "wang", "--role", "viewer")
    if way == "its token is removed":
        token = console.user("token", "wang", "--label", "gate", "--scopes", "read").out.strip()
        with stream_of(console, Authorization=f"Bearer {token}") as stream:
            users = json.loads(console.user("list", "--json").out)["users"]
            console.user("token", "wang", "--remove", next(t["id"] for u in users for t in u["tokens"]))
            ends(stream)
        return
    wang = console.browser("wang")
    with stream_of(console, Cookie=f"siteward={wang.cookie}") as stream:
        if way == "another logs in in its place":
            assert wang.log_in("boss")[0] == 200
        else:
            for _ in range(8):
                console.browser("wang")
        ends(stream)


def test_who_is_logged_out_hears_nothing_more(console):
    console.set_up()
    console.user("add", "wang", "--role", "viewer")
    for end in ["passwd", "remove", "log-out"]:
        if end == "log-out":
            console.user("add", "wang", "--role", "viewer")
        wang = console.browser("wang")
        with stream_of(console, Cookie=f"siteward={wang.cookie}") as stream:
            if end == "log-out":
                assert wang.ask("DELETE", "/api/v1/session")[0] == 200
            else:
                console.user(end, "wang")
            ends(stream)


# ---- who may what ----

MAY = {  # role: what it may besides reading
    "viewer": set(), "party": {"tickets", "evidence"}, "officer": {"tickets", "evidence"},
    "agent": {"tickets", "complaints", "evidence"}, "admin": {"tickets", "evidence", "admin"}}
PAGES = [("GET", "/api/v1/status", "read"), ("GET", "/api/v1/sensors", "read"), ("GET", "/api/v1/tickets", "read"),
         ("GET", "/api/v1/schedule", "read"), ("GET", "/api/v1/alerts", "read"),
         ("GET", "/api/v1/evidence?at=2026-03-02T23:40:00Z", "evidence"), ("GET", f"/api/v1/media/{'0' * 64}", "evidence"),
         ("GET", "/api/v1/users", "admin"), ("GET", "/api/v1/audit", "admin"), ("POST", "/api/v1/users", "admin"),
         ("DELETE", "/api/v1/users/nobody", "admin"), ("POST", "/api/v1/users/nobody/tokens", "admin"),
         ("POST", "/api/v1/tickets/sw-aaaaaaaaaa/note", "tickets"), ("POST", "/api/v1/complaints", "complaints"),
         ("POST", "/api/v1/outputs/mist/on", None), ("POST", "/api/v1/buses/a/pause", None),
         ("PUT", "/api/v1/status", None), ("DELETE", "/api/v1/tickets/sw-aaaaaaaaaa", None)]


def test_each_role_may_what_its_row_says_and_nobody_anything(console):
    console.set_up()
    nobody = console.browser()
    for method, path, _ in PAGES:
        status, _, problem = nobody.ask(method, path, {} if method == "POST" else None)
        assert status == 401 and type_of(problem) == "login", (path, problem)
    for role, may in MAY.items():
        console.user("add", f"the-{role}", "--role", role)
        b = console.browser(f"the-{role}")
        for method, path, right in PAGES:
            status, _, answer = b.ask(method, path, {} if method == "POST" else None)
            if right == "read" or right in may:
                assert status not in (401, 403), (role, path, answer)
            else:
                assert status == 403 and type_of(answer) == "forbidden", (role, path, answer)


def test_figures_need_no_account_on_this_machine_and_through_a_proxy_on_it_they_do(console):
    console.set_up()
    b = console.browser()
    assert b.get("/metrics") == 200
    for header in [{"X-Forwarded-For": "192.0.2.7"}, {"Forwarded": "for=192.0.2.7"}, {"Via": "1.1 gate"},
                   {"X-Real-IP": "192.0.2.7"}, {"Host": "192.0.2.1"}]:
        assert b.ask("GET", "/metrics", headers=header)[0] == 401, header
    console.user("add", "wang", "--role", "viewer")
    assert console.browser("wang").ask("GET", "/metrics", headers={"X-Forwarded-For": "192.0.2.7"})[0] == 200


def test_the_sender_of_a_command_is_who_is_logged_in_whatever_the_body_says(rig, siteward):
    night = Night.__new__(Night)
    night.start = lambda: rig.daemon(night.site, night.clock, console="127.0.0.1:0")
    Night.__init__(night, rig)
    console = Console.__new__(Console)
    console.siteward, console.site, console.daemon = siteward, night.site, night.daemon
    console.port = night.daemon.get("/api/v1/status")[2]["console"]["port"]
    b = {}
    for role in MAY:
        console.user("add", f"my-{role}", "--role", role)
        b[role] = console.browser(f"my-{role}")
    ticket = night.ticket()["id"]

    def do(role, verb, **more):
        forged = night.peer.command(by="host:12345-sh", role="platform") | more
        return b[role].ask("POST", f"/api/v1/tickets/{ticket}/{verb}", {k: v for k, v in forged.items() if v is not None})

    for role, verb in [("viewer", "note"), ("officer", "note"), ("agent", "accept"), ("party", "ack"), ("admin", "close")]:
        status, _, problem = do(role, verb, text="x", revision=night.now(ticket)["revision"])
        assert status == 403 and type_of(problem) == "forbidden", (role, verb, problem)
    for role, sender in [("party", "party:my-party"), ("agent", "agent:my-agent"), ("admin", "party:my-admin")]:
        status, headers, answer = do(role, "note", text=f"from {role}", **({"by": None} if role == "agent" else {}))
        assert status == 200, answer
        last = night.now(ticket)["history"][-1]
        assert last["by"] == {"id": sender, "role": sender.split(":")[0]} and last["door"] == "console", last
    note = night.peer.command(text="once") | {"by": None}
    path = f"/api/v1/tickets/{ticket}/note"
    first = b["party"].ask("POST", path, note)[2]
    total = night.now(ticket)["history_total"]
    assert b["party"].ask("POST", path, note)[2] == first and night.now(ticket)["history_total"] == total
    assert b["party"].ask("POST", f"/api/v1/tickets/{ticket}/accept", night.peer.command(), {"If-Match": '"1"'})[0] == 409
    complaint = night.peer.complaint(1) | {"by": {"id": "agent:someone-else", "role": "agent"}}
    assert b["party"].ask("POST", "/api/v1/complaints", complaint)[0] == 403
    status, _, answer = b["agent"].ask("POST", "/api/v1/complaints", complaint)
    assert status == 200 and answer["status"] == "ok", answer
    question = {"schema": "siteward.evidence-request/1.0", "id": "q-1", "at": night.peer.now(-60), "window": "PT2M",
                "by": {"id": "agent:0317", "role": "agent"}}
    night.peer.ask("cmd/evidence", question)
    looked = [(e["who"], e["role"], e["from"]) for e in console.audit("--kind", "evidence")]
    assert ("agent:my-agent", "agent", "console") in looked and ("agent:0317", "agent", "mqtt") in looked, looked


def test_a_token_does_what_its_scopes_say_until_it_is_removed(console):
    console.set_up()
    console.user("add", "wall", "--role", "party", "--no-password")
    token = console.user("token", "wall", "--label", "屏幕", "--scopes", "read", "--days", "30").out.strip()
    assert re.fullmatch(r"sw_[A-Za-z0-9_-]{43}", token)
    b = console.browser()
    b.token = token
    assert b.get("/api/v1/status") == 200
    assert b.ask("GET", "/api/v1/session")[2]["user"]["id"] == "wall"
    for method, path in [("GET", "/api/v1/evidence?at=2026-03-02T23:40:00Z"), ("GET", "/api/v1/users"),
                         ("POST", "/api/v1/tickets/sw-aaaaaaaaaa/note")]:
        status, _, problem = b.ask(method, path, {} if method == "POST" else None)
        assert status == 403 and "token" in problem["detail"], problem
    more = console.browser()
    more.token = console.user("token", "wall", "--label", "b", "--scopes", "tickets,evidence").out.strip()
    assert more.get("/api/v1/evidence?at=2026-03-02T23:40:00Z") == 200 and more.get("/api/v1/status") == 403
    assert more.ask("POST", "/api/v1/tickets/sw-aaaaaaaaaa/note", {})[0] not in (401, 403)  # neither CSRF nor Origin
    assert "may not do" in console.user("token", "wall", "--label", "c", "--scopes", "admin", code=1).err
    assert console.browser().log_in("wall")[0] == 401
    listed = json.loads(console.user("list", "--json").out)["users"]
    ids = [t["id"] for u in listed if u["id"] == "wall" for t in u["tokens"]]
    assert len(ids) == 2 and token not in console.file.read_text() and token[3:] not in console.file.read_text()
    console.again()  # tokens, unlike sessions, last
    b.port = more.port = console.port
    assert b.get("/api/v1/status") == 200
    console.user("token", "wall", "--remove", ids[0])
    status, headers, problem = b.ask("GET", "/api/v1/status")
    assert status == 401 and headers["WWW-Authenticate"].startswith("Bearer") and type_of(problem) == "login"
    assert more.get("/api/v1/tickets") == 403
    b.token = "sw_" + "A" * 43
    assert b.get("/api/v1/status") == 401
    for i in range(7):
        console.user("token", "wall", "--label", f"n{i}", "--scopes", "read")
    assert "8 tokens" in console.user("token", "wall", "--label", "one-more", "--scopes", "read", code=1).err


def test_the_record_says_who_did_what_and_keeps_no_secret(console):
    boss = console.set_up()
    console.user("add", "wang", "--role", "party")
    console.browser().log_in("wang", "my secret guess")
    console.browser().log_in("password typed as id", "x")
    wang = console.browser("wang")
    assert wang.get("/api/v1/evidence?at=2026-03-02T23:40:00Z&window=PT30M") == 200
    assert console.siteward("evidence", "--at", "2026-03-02T23:40:00+08:00",
                            env={"SITEWARD_SOCKET": str(console.site.socket)}).code == 0
    token = console.user("token", "wang", "--label", "t", "--scopes", "read").out.strip()
    boss.ask("DELETE", "/api/v1/users/wang")
    boss.ask("DELETE", "/api/v1/session")
    entries = console.audit()
    seen = [(e["kind"], e["what"], e["who"], e["from"]) for e in entries]
    uid = f"uid:{os.getuid()}"
    for wanted in [("account", "setup", "boss", "127.0.0.1"), ("account", "user-add", uid, "socket"),
                   ("failed", "log-in", "wang", "127.0.0.1"), ("failed", "log-in", None, "127.0.0.1"),
                   ("access", "log-in", "wang", "127.0.0.1"), ("evidence", "look-up", "wang", "127.0.0.1"),
                   ("evidence", "look-up", uid, "socket"), ("account", "token-add", uid, "socket"),
                   ("account", "user-remove", "boss", "127.0.0.1"), ("access", "log-out", "boss", "127.0.0.1")]:
        assert wanted in seen, (wanted, seen)
    assert [e["at"] for e in entries] == sorted(e["at"] for e in entries)
    assert any(e["subject"].startswith("at 2026-03-02T23:40:00Z") for e in entries if e["kind"] == "evidence")
    said = json.dumps(entries) + console.daemon.said
    for secret in ["my secret guess", "password typed", PASSWORD, token, token[3:], boss.csrf]:
        assert secret not in said
    assert {e["kind"] for e in console.audit("--kind", "failed")} == {"failed"}
    console.user("add", "li", "--role", "party")
    assert console.browser("li").get("/api/v1/evidence?at=%1b%5d0;owned%07%c2%9b31m%0ax") == 400
    said = console.siteward("audit", env={"SITEWARD_SOCKET": str(console.site.socket)}).out
    assert "?]0;owned???31m?x" in said and not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", said), said
    assert len(console.audit("--limit", "2")) == 2
    for file in (console.site.folder / "data").glob("audit-*"):
        assert file.stat().st_mode & 0o777 == 0o600
    console.again(signal.SIGKILL)
    assert console.audit()[:len(entries)] == entries


# ---- the file ----

def test_a_kill_at_any_moment_leaves_the_old_accounts_or_the_new_ones(console):
    console.set_up()
    acknowledged, n = {"boss"}, 0
    for delay_ms in range(0, 60, 4):
        stop = threading.Timer(delay_ms / 1000, console.daemon.p.kill)
        stop.start()
        with contextlib.suppress(OSError, http.client.HTTPException):
            while True:
                name, n = f"user-{n}", n + 1
                with contextlib.closing(peers.UnixHttp(str(console.site.socket))) as c:
                    c.request("POST", "/api/v1/users", json.dumps({"id": name, "role": "viewer"}))
                    assert c.getresponse().status == 200
                    acknowledged.add(name)
        stop.join()
        held = {a["id"] for a in json.loads(console.file.read_text())["accounts"]}
        assert acknowledged <= held <= acknowledged | {name}
        acknowledged = held
        console.again(signal.SIGKILL)
        assert {u["id"] for u in json.loads(console.user("list", "--json").out)["users"]} == held
    assert len(acknowledged) > 15


def test_a_full_disk_leaves_the_accounts_as_they_were_and_people_log_in(rig, siteward):
    site = rig.site(text=SITE.format(zone="Asia/Shanghai", sensors=SENSOR, more=""))
    with small_disk(site.db.parent) as disk, contextlib.ExitStack() as stack:
        console = Console.__new__(Console)
        console.rig, console.siteward, console.site = rig, siteward, site
        console.file = disk / "accounts.json"
        console.start()
        stack.callback(lambda: console.daemon.p.poll() is None and console.daemon.end())
        console.set_up()
        console.user("add", "wang", "--role", "party")
        ids = itertools.count()

        def is_refused(verb):
            """The store gives its reserve away for tickets meanwhile: what becomes free is taken again."""
            fill(disk)
            before = console.file.read_bytes()
            words = ["add", f"more-{next(ids)}", "--role", "party"] if verb == "add" else ["passwd", "wang"]
            done = siteward("user", *words, stdin=PASSWORD.encode() + b"\n", env={"SITEWARD_SOCKET": str(site.socket)})
            if done.code == 0:
                return False
            assert "nothing was changed" in done.err and console.file.read_bytes() == before
            return True
        for verb in ("add", "passwd"):
            peers.wait_until(lambda v=verb: is_refused(v), "the disk is full")

        def is_lost():
            fill(disk)
            return console.browser("wang") and console.daemon.get("/api/v1/status")[2]["accounts"]["record_lost"]
        peers.wait_until(is_lost, "lines that are lost are counted")
        b = console.browser("wang")
        assert b.get("/api/v1/evidence?at=2026-03-02T23:40:00Z") in (200, 503)
        (disk / "filler").unlink()
        peers.wait_until(lambda: siteward("user", "add", "li", "--role", "party", stdin=PASSWORD.encode() + b"\n",
                                          env={"SITEWARD_SOCKET": str(site.socket)}).code == 0, "there is room again")
        assert console.browser("li").get("/api/v1/status") == 200
        assert not list(disk.glob("*.new"))
        console.daemon.end()


@pytest.mark.parametrize("harm", ["text", "rights"])
def test_a_file_that_cannot_be_used_keeps_everybody_out_and_is_left_alone(console, harm):
    console.set_up()
    console.daemon.end()
    if harm == "text":
        console.file.write_text(console.file.read_text().replace('"role": "admin"', '"role": "god"'))
    else:
        console.file.chmod(0o644)
    held = console.file.read_bytes()
    console.start()
    assert "nobody can log in" in console.daemon.said and not CODE.search(console.daemon.said)
    b = console.browser()
    assert b.log_in("boss")[0] == 503 and b.get("/api/v1/status") == 503
    assert b.ask("GET", "/api/v1/session")[2]["setup"] is False
    assert b.ask("POST", "/api/v1/setup", {"code": "a" * 10, "id": "x", "name": "x", "password": PASSWORD})[0] == 503
    console.user("list", code=1)
    assert "nothing was changed" in console.user("add", "li", "--role", "admin", code=1).err
    assert str(console.file) in console.daemon.get("/api/v1/status")[2]["accounts"]["fault"]  # it measures all the same
    assert console.file.read_bytes() == held
