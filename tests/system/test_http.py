# SPDX-License-Identifier: Apache-2.0
"""HTTP over TCP, tried by foreign clients: curl, http.client, openssl, and raw sockets that misbehave. Most of it on
http_site, which is the door of io/http with a page, an echo and a stream of events behind it; what the gateway itself
adds, on sitewardd."""
import contextlib
import gzip
import http.client
import json
import pathlib
import re
import select
import socket
import ssl
import subprocess
import threading
import time

import pytest

import pki
import rig

SCRIPT = "console.log('a long script that is worth packing');\n" * 200
PAGE = '<!doctype html><html lang="en"><title>page</title><script type="module" src="/assets/a-1b2c.js"></script></html>\n'
SECRET = "root:x:0:0"
TIME_OUTS_S = 60  # the door's own: 15 s of silence, 30 s a request


@pytest.fixture
def place():
    made = rig.Rig()
    with made.stack:
        yield made


class Served(rig.Process):
    """http_site on a free port of an address."""

    def __init__(self, folder, listen="127.0.0.1:0", *tls):
        www = folder / "www"
        (www / "assets").mkdir(parents=True)
        (www / ".git").mkdir()
        (www / "index.html").write_text(PAGE)
        (www / "assets" / "a-1b2c.js").write_text(SCRIPT)
        (www / "assets" / "a-1b2c.js.map").write_text("{}")
        (www / ".git" / "config.txt").write_text("hidden")
        (www / "passwd.txt").symlink_to("/etc/passwd")
        (folder / "beside.txt").write_text(SECRET)
        super().__init__([rig.program("http_site"), listen, www, *tls], stdin=subprocess.PIPE)
        with self.killed_on_failure():
            self.port = int(self.out.wait(lambda line: line.startswith("port "), "http_site does not listen")[5:])
        self.host = re.sub(r":\d+$", "", listen).strip("[]")

    def __enter__(self):
        return self

    def __exit__(self, *why):
        self.end()

    def end(self, how=None):
        self.p.stdin.close()
        return self.wait()

    def order(self, text):
        self.p.stdin.write(text + "\n")
        self.p.stdin.flush()

    def post(self, word, text):
        before = len(self.out.snapshot())
        self.order(f"post {word} {text}")
        return int(self.out.wait(lambda line: line.startswith("id "), "no id of the event", start=before)[3:])

    def counts(self):
        """@return clients, dropped, refused"""
        before = len(self.out.snapshot())
        self.order("counts")
        line = self.out.wait(lambda text: text.startswith("counts "), "no counts", start=before)
        return tuple(map(int, line.split()[1:]))

    def connect(self, source="127.0.0.1"):
        s = socket.create_connection((self.host, self.port), timeout=rig.DEADLINE_S,
                                     source_address=(source, 0) if source else None)
        return s

    def ask(self, path="/", method="GET", body=None, **headers):
        c = http.client.HTTPConnection(self.host, self.port, timeout=rig.DEADLINE_S)
        with contextlib.closing(c):
            c.request(method, path, body=body, headers={k.replace("_", "-"): v for k, v in headers.items()})
            answer = c.getresponse()
            return answer.status, answer.headers, answer.read()

    def raw(self, data, source="127.0.0.1"):
        """What comes until the server closes."""
        with self.connect(source) as s:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                s.sendall(data)
            return drain(s)


def drain(s):
    got = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := s.recv(65536):
            got += piece
    return got


@pytest.fixture
def served(tmp_path):
    with Served(tmp_path) as s:
        yield s


class Stream:
    """A client of server-sent events, on a raw socket: chunks joined, split at empty lines."""

    def __init__(self, served, last=None, source="127.0.0.1", wrap=lambda s: s, token=None):
        self.s = wrap(served.connect(source))
        more = f"Last-Event-ID: {last}\r\n" if last is not None else ""
        more += f"Authorization: Bearer {token}\r\n" if token else ""
        self.s.sendall(f"GET /events HTTP/1.1\r\nHost: localhost\r\n{more}\r\n".encode())
        self.file = self.s.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.headers = {}
        while line := self.file.readline().strip():
            name, value = line.decode().split(":", 1)
            self.headers[name.lower()] = value.strip()
        self.text = ""

    def _more(self):
        size = int(self.file.readline() or b"0", 16)
        data = self.file.read(size + 2)[:size]
        if not size:
            raise EOFError
        self.text += data.decode()

    def next(self):
        """The next event as a dict; comments and the retry line are passed over."""
        while True:
            while "\n\n" not in self.text:
                self._more()
            block, self.text = self.text.split("\n\n", 1)
            fields = {}
            for line in block.split("\n"):
                name, _, value = line.partition(":")
                fields[name] = fields[name] + "\n" + value[1:] if name in fields else value[1:]
            if "event" in fields:
                return fields
            self.comment = block

    def close(self):
        self.file.close()
        self.s.close()


# ---- pages ----

def test_the_page_comes_with_the_headers_that_forbid_everything_else(served):
    status, headers, body = served.ask("/")
    assert (status, body.decode()) == (200, PAGE)
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Cache-Control"] == "no-cache"
    policy = dict(rule.strip().split(" ", 1) for rule in headers["Content-Security-Policy"].split(";"))
    assert policy == {"default-src": "'none'", "script-src": "'self'", "style-src": "'self'",
                      "img-src": "'self' data: blob:", "connect-src": "'self'", "form-action": "'self'",
                      "frame-ancestors": "'none'", "base-uri": "'none'"}
    for path in ["/", "/none", "/echo"]:
        headers = served.ask(path)[1]
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin" and headers["Permissions-Policy"]
        assert not [name for name in headers if name.lower().startswith("access-control-")]


def test_a_file_named_by_its_content_is_kept_for_ever_and_comes_packed_to_who_takes_that(served):
    path = "/assets/a-1b2c.js"
    status, headers, body = served.ask(path)
    assert (status, body.decode()) == (200, SCRIPT) and "immutable" in headers["Cache-Control"]
    assert headers["Vary"] == "Accept-Encoding" and "Content-Encoding" not in headers
    plain_tag = headers["ETag"]
    status, headers, body = served.ask(path, Accept_Encoding="br, gzip;q=0.5")
    assert headers["Content-Encoding"] == "gzip" and gzip.decompress(body).decode() == SCRIPT
    assert headers["ETag"] != plain_tag and len(body) < len(SCRIPT) / 10
    assert served.ask(path, Accept_Encoding="gzip;q=0")[2].decode() == SCRIPT
    curl = subprocess.run(["curl", "-sS", "--compressed", f"http://127.0.0.1:{served.port}{path}"], capture_output=True,
                          text=True, timeout=rig.DEADLINE_S, check=True)
    assert curl.stdout == SCRIPT


def test_the_page_has_the_name_that_people_type_too(served):
    assert served.ask("/index.html")[2] == served.ask("/")[2] == PAGE.encode()


def test_a_page_is_read_only_and_its_refusal_says_no_more_than_that(served):
    for path in ["/", "/assets/a-1b2c.js"]:
        status, headers, body = served.ask(path, "POST", b"x", Accept_Encoding="gzip")
        assert (status, headers["Allow"], headers["Cache-Control"]) == (405, "GET, HEAD", "no-store")
        assert headers["Content-Encoding"] is None and json.loads(body)["status"] == 405  # packed is the page alone


def test_who_has_the_page_already_is_told_so(served):
    tag = served.ask("/")[1]["ETag"]
    for names in [tag, f'"x", {tag}', f"W/{tag}", "*"]:
        status, headers, body = served.ask("/", If_None_Match=names)
        assert (status, body, headers["ETag"]) == (304, b"", tag)
        assert int(headers.get("Content-Length", len(PAGE))) == len(PAGE)
    assert served.ask("/", If_None_Match='"other"')[0] == 200


@pytest.mark.parametrize("path", [
    "/../beside.txt", "/%2e%2e/beside.txt", "/..%2fbeside.txt", "/%2e%2e%2fbeside.txt", "/assets/../../beside.txt",
    "/assets/..%5c..%5cbeside.txt", "/%252e%252e/beside.txt", "//etc/passwd", "/etc/passwd", "/passwd.txt",
    "/./index.html", "/assets", "/assets/", "/index.html/..", "/.git/config.txt", "/%2egit/config.txt",
    "/assets/a-1b2c.js.map", "/assets/a-1b2c.js%00.html", "/%00", "/index.html%00.js", "/%c0%ae%c0%ae/beside.txt",
    "/\x7f", "/%0d%0aX-Evil:1", "http://127.0.0.1/../../etc/passwd", "*", "/" + "a" * 3000])
def test_no_path_reaches_a_file_that_is_not_in_the_table(served, path):
    said = served.raw(b"GET " + path.encode() + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert re.match(rb"HTTP/1\.[01] (400|404|414) ", said), said[:200]
    assert b"root:" not in said and b"hidden" not in said and b"\r\nX-Evil" not in said


# ---- requests that are not as they should be ----

def test_what_is_too_large_is_refused_and_the_door_goes_on(served):
    line = served.raw(b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert re.match(rb"HTTP/1\.[01] (400|414|431) ", line) or line == b""
    many = b"".join(b"X-%d: %s\r\n" % (i, b"v" * 100) for i in range(200))
    header = served.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + many + b"\r\n")
    assert re.match(rb"HTTP/1\.[01] (400|413|431) ", header) or header == b""
    assert served.ask("/echo", "POST", b"x" * 70_000)[0] == 413
    at_once = served.raw(b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n")
    assert at_once.startswith(b"HTTP/1.1 413 ")
    chunked = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert served.raw(chunked + b"".join(b"1000\r\n" + b"x" * 4096 + b"\r\n" for _ in range(30)) + b"0\r\n\r\n") \
        .startswith(b"HTTP/1.1 413 ")
    assert served.ask("/")[0] == 200


@pytest.mark.parametrize("request_line", [
    b"GET / HTTP/1.1\r\n\r\n",  # no Host
    b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\0\0\0\0\r\n\r\n",
    b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: abc\r\n\r\n",
    b"POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"])
def test_what_is_no_http_is_never_answered_with_a_page(served, request_line):
    with served.connect() as s:
        s.sendall(request_line)
        s.shutdown(socket.SHUT_WR)
        said = drain(s)
    assert b" 200 " not in said.split(b"\r\n")[0]
    assert served.ask("/")[0] == 200


def test_head_has_the_headers_and_no_body(served):
    for path in ["/", "/assets/a-1b2c.js", "/none"]:
        get, head = served.ask(path), served.ask(path, "HEAD")
        assert head[0] == get[0] and head[2] == b"" and head[1]["Content-Length"] == str(len(get[2]))
    status, headers, body = served.ask("/events", "HEAD")
    assert (status, headers["Content-Type"], body) == (200, "text/event-stream", b"")
    rig.wait_until(lambda: served.counts()[0] == 0, "the stream of a HEAD is over")


def test_methods_that_nobody_knows_reach_the_handler_as_they_are(served):
    for method in ["PUT", "DELETE", "OPTIONS", "TRACE", "BREW", "M-SEARCH"]:
        assert json.loads(served.ask("/echo", method)[2])["method"] == method


def test_requests_in_one_piece_are_answered_in_order(served):
    ask = b"GET /%d HTTP/1.1\r\nHost: localhost\r\n\r\n"
    said = served.raw(b"".join(ask % i for i in range(20)) + b"GET /echo HTTP/1.1\r\nHost: localhost\r\n"
                      b"Connection: close\r\n\r\n")
    assert re.findall(rb"there is no page /(\d+)", said) == [b"%d" % i for i in range(20)]
    assert said.count(b"HTTP/1.1 ") == 21 and b'"method":"GET"' in said


def test_a_handler_learns_of_address_cookie_and_identity(served):
    status, headers, body = served.ask("/echo", Cookie="x=1; siteward=abc ; y=2", Authorization="Bearer wang")
    assert json.loads(body) == {"method": "GET", "body": 0, "peer": "127.0.0.1", "tls": False, "cookie": "abc",
                                "who": "wang"}
    assert headers.get_all("Set-Cookie") == ["a=1; HttpOnly", "b=2"]
    status, _, body = served.ask("/echo", Authorization="Bearer bad")
    assert status == 401 and json.loads(body)["type"] == "urn:siteward:error:login"


# ---- whose request it is ----

@pytest.mark.parametrize("host,is_ours", [
    ("localhost", True), ("LOCALHOST:8480", True), ("localhost.:1", True), ("127.0.0.1", True), ("192.0.2.7:8480", True),
    ("[::1]:8480", True), ("[2001:db8::1]", True), ("gate.example", True), ("Gate.Example:99", True),
    ("evil.example", False), ("gate.example.evil.example", False), ("evil-gate.example", False), ("", False),
    ("localhost.evil.example", False), ("127.0.0.1.evil.example", False), ("gate.example:99x", False),
    ("gate.example@evil.example", False), ("[::1", False), ("[gate.example]", False), ("127.0.0.1:0", False),
    ("2130706433", False), ("0x7f.1", False)])
def test_a_name_that_points_at_us_is_not_ours_for_that(served, host, is_ours):
    assert served.ask("/", Host=host)[0] == (200 if is_ours else 421 if host else 421)


@pytest.mark.parametrize("headers", [
    b"Host: evil.example\r\nHost: localhost", b"Host: localhost\r\nHost: evil.example",
    b"Host: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
    b"Host: localhost\r\nContent-Length: 5\r\nContent-Length: 6",
    b"Host: localhost\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity"])
def test_what_a_proxy_may_read_otherwise_is_refused_with_what_comes_behind_it(served, headers):
    said = served.raw(b"POST /echo HTTP/1.1\r\n" + headers + b"\r\n\r\n0\r\n\r\nGET /echo HTTP/1.1\r\n"
                      b"Host: localhost\r\nConnection: close\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 400 ") and b" 200 " not in said


@pytest.mark.parametrize("origin,is_ours", [
    ("http://localhost:{port}", True), ("HTTP://LOCALHOST:{port}", True), ("http://localhost", False),
    ("http://evil.example", False), ("http://localhost:{port}.evil.example", False), ("null", False), ("", False),
    ("file://", False), ("http://localhost:{port}/", False)])
def test_a_page_of_somebody_else_changes_nothing(served, origin, is_ours):
    origin = origin.format(port=served.port)
    host = f"localhost:{served.port}"
    status, _, body = served.ask("/echo", "POST", b"", Host=host, Origin=origin)
    assert status == (200 if is_ours else 403)
    assert is_ours or json.loads(body)["type"] == "urn:siteward:error:origin"
    assert served.ask("/echo", Host=host, Origin=origin)[0] == 200  # reading: the browser keeps it from that page
    assert served.ask("/echo", "POST", b"", Host=host, Origin=origin, Authorization="Bearer wang")[0] == 200


# ---- who takes too long, and too much ----

def test_the_slow_are_ended_and_keep_nobody_waiting(served):
    """Headers and bodies that drip, silence, an answer that is not read: all end; others are answered all the while."""
    over = threading.Event()
    ended, answered = {}, 0

    def drip(name, begin, piece):
        with served.connect() as s:
            s.sendall(begin)
            s.settimeout(1)
            began = time.monotonic()
            while time.monotonic() - began < TIME_OUTS_S:
                try:
                    if piece:
                        s.sendall(piece)
                    if not s.recv(4096):
                        break
                except TimeoutError:
                    continue
                except OSError:
                    break
            else:
                return
        ended[name] = True

    def pile_up():
        """Asks for 20 MB and reads nothing until it is cut."""
        ask = b"GET /assets/a-1b2c.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.connect((served.host, served.port))
            s.setblocking(False)
            poll = select.poll()
            poll.register(s, select.POLLRDHUP)
            left = ask * 2000
            began = time.monotonic()
            while time.monotonic() - began < TIME_OUTS_S:
                with contextlib.suppress(BlockingIOError):
                    left = left[s.send(left):]
                if poll.poll(500):
                    ended["unread"] = True
                    return

    cases = {"silent": (b"", b""), "headers": (b"GET / HTTP/1.1\r\n", b"X: y\r\n"), "line": (b"G", b"E"),
             "body": (b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n", b"x"),
             "chunks": (b"POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n")}
    threads = [threading.Thread(target=drip, args=(name, *case)) for name, case in cases.items()]
    threads.append(threading.Thread(target=pile_up))
    for t in threads:
        t.start()
    while any(t.is_alive() for t in threads):
        assert served.ask("/")[0] == 200
        answered += 1
        over.wait(0.2)
    assert ended == dict.fromkeys([*cases, "unread"], True) and answered > 10


def test_one_address_takes_so_many_connections_and_no_more(served):
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(served.connect("127.0.0.2")) for _ in range(40)]
        for s in held:
            with contextlib.suppress(OSError):
                s.sendall(b"GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n")
        def answer(s):
            try:
                return s.recv(4096)
            except OSError:
                return b""

        answers = [answer(s) for s in held]
        assert sum(a.startswith(b"HTTP/1.1 200 ") for a in answers) == 32 and answers.count(b"") == 8
        assert served.ask("/")[0] == 200  # from another address
        held[0].close()
        rig.wait_until(lambda: served.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "127.0.0.2"),
                       "the place of one that left is free")


# ---- events ----

def test_events_come_in_order_with_growing_numbers_and_lines_stay_in_their_event(served):
    stream = Stream(served)
    assert (stream.status, stream.headers["content-type"]) == (200, "text/event-stream")
    rig.wait_until(lambda: served.counts()[0] == 1, "it listens")
    ids = [served.post("live", json.dumps({"n": n})) for n in range(50)]
    got = [stream.next() for _ in ids]
    assert [int(e["id"]) for e in got] == ids == list(range(ids[0], ids[0] + 50))
    assert [json.loads(e["data"])["n"] for e in got] == list(range(50)) and {e["event"] for e in got} == {"live"}
    served.post("ticket", 'a\rid: 7')
    assert stream.next() == {"id": str(ids[-1] + 1), "event": "ticket", "data": "a\nid: 7"}
    stream.close()


def test_a_client_that_comes_again_gets_what_it_missed_or_is_told_to_begin_anew(served):
    ids = [served.post("state", json.dumps({"n": n})) for n in range(10)]
    stream = Stream(served, last=ids[3])
    assert [int(stream.next()["id"]) for _ in range(6)] == ids[4:]
    stream.close()
    stream = Stream(served, last=ids[-1])
    new = served.post("state", "{}")
    assert int(stream.next()["id"]) == new
    stream.close()
    for unknown in ["0", "17", str(new + 1), "99999999999999999999", "-1", "x", "1e3", "", "0x10"]:
        stream = Stream(served, last=unknown)
        assert stream.status == 200
        assert stream.next() == {"id": str(new), "event": "reset", "data": "{}"} or not unknown, unknown
        stream.close()
    served.order("burst 5000 1000")  # through the whole ring
    stream = Stream(served, last=new)
    assert stream.next()["event"] == "reset"
    stream.close()


def test_an_event_that_is_too_large_is_a_reset(served):
    stream = Stream(served)
    served.order("burst 1 66000")
    assert stream.next()["event"] == "reset"
    stream.close()


def test_who_stalls_is_dropped_and_others_get_every_event(served):
    stalled = [Stream(served) for _ in range(5)]
    stream = Stream(served)
    rig.wait_until(lambda: served.counts()[0] == 6, "all listen")
    for turn in range(60):
        served.order("burst 20 2000")
        got = [json.loads(stream.next()["data"])["n"] for _ in range(20)]
        assert got == list(range(20)), turn
    rig.wait_until(lambda: served.counts()[0] == 1, "the stalled ones are dropped")
    assert served.counts()[1] >= 1
    for s in stalled:
        s.close()
    stream.close()


def test_sixty_four_listen_and_one_more_is_told_to_come_again(served):
    streams = [Stream(served) for _ in range(64)]
    assert [s.status for s in streams] == [200] * 64
    assert served.ask("/")[0] == 200
    late = Stream(served)
    assert late.status == 503 and int(late.headers["retry-after"]) > 0
    late.close()
    n = served.post("alert", "{}")
    assert {int(s.next()["id"]) for s in streams} == {n}
    streams.pop().close()

    def there_is_room():
        again = Stream(served)
        streams.append(again)
        return again.status == 200

    rig.wait_until(there_is_room, "the place of one that left is free")
    served.order("end")
    for s in streams[:63]:
        with pytest.raises(EOFError):
            s.next()
    for s in streams:
        s.close()


def test_one_account_leaves_room_for_the_others(served):
    wang = [Stream(served, token="wang") for _ in range(13)]
    li = Stream(served, token="li")
    assert [s.status for s in wang] == [200] * 12 + [503] and li.status == 200
    for s in [*wang, li]:
        s.close()


def test_a_stream_ends_after_its_time_and_who_comes_again_has_missed_nothing(served):
    stream = Stream(served)
    first = served.post("live", "{}")
    assert int(stream.next()["id"]) == first
    served.order("hasty")  # its time is over, as after an hour
    with pytest.raises(EOFError):
        stream.next()
    missed = served.post("live", "{}")
    again = Stream(served, last=first)
    assert int(again.next()["id"]) == missed
    stream.close()
    again.close()


def test_a_quiet_stream_shows_signs_of_life(served):
    stream = Stream(served)
    while not re.search(r"^:$", stream.text, re.M):
        stream._more()
    stream.close()


def test_streams_end_with_the_server_the_stalled_ones_too(tmp_path):
    with Served(tmp_path) as served:
        stream, stalled = Stream(served), Stream(served)
        served.order("burst 20 2000")
        for _ in range(20):
            stream.next()
    with pytest.raises((EOFError, OSError)):
        stream.next()
    stream.close()
    stalled.close()


# ---- TLS ----

def handshake(port, *words):
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-brief", *words], input="",
                          capture_output=True, text=True, timeout=rig.DEADLINE_S)
    return re.search(r"Protocol version: (\S+)", done.stderr + done.stdout)


def test_tls_from_1_2_on_for_pages_and_events(tmp_path):
    ca = pki.Authority(tmp_path, "ca")
    cert, key = ca.issue("gate", "DNS:localhost", "IP:127.0.0.1")
    with Served(tmp_path, "127.0.0.1:0", cert, key) as served:
        assert handshake(served.port, "-tls1_2")[1] == "TLSv1.2"
        assert handshake(served.port, "-tls1_3")[1] == "TLSv1.3"
        for old in ["-tls1", "-tls1_1"]:
            assert not handshake(served.port, old, "-cipher", "ALL:@SECLEVEL=0")
        assert not handshake(served.port, "-tls1_2", "-cipher", "NULL:RC4:3DES:@SECLEVEL=0")
        url = f"https://localhost:{served.port}"
        curl = subprocess.run(["curl", "-sS", "--cacert", ca.cert, f"{url}/echo", f"{url}/assets/a-1b2c.js"],
                              capture_output=True, text=True, timeout=rig.DEADLINE_S, check=True)
        assert '"tls":true' in curl.stdout and SCRIPT in curl.stdout
        assert served.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").find(b" 200 ") == -1
        silent = served.connect()  # never says hello, and keeps nobody waiting
        listener = subprocess.Popen(["curl", "-sSN", "--cacert", str(ca.cert), f"{url}/events"], stdout=subprocess.PIPE,
                                    text=True)
        try:
            rig.wait_until(lambda: served.counts()[0] == 1, "it listens")
            for n in range(20):
                served.post("live", json.dumps({"n": n}))
            got = [json.loads(line[6:])["n"] for line in
                   (listener.stdout.readline() for _ in range(2 + 4 * 20)) if line.startswith("data: ")]
            assert got == list(range(20))
            assert drain(silent)[:1] in (b"", b"\x15")  # an alert at most
        finally:
            silent.close()
            listener.kill()
            listener.wait()


def cpu_s(process):
    return int(pathlib.Path(f"/proc/{process.p.pid}/schedstat").read_text().split()[0]) / 1e9


def test_no_half_done_client_makes_the_loop_spin(tmp_path):
    """The processor's time is counted, not the clock: while nothing comes and nothing can go, nothing is to be done."""
    ca = pki.Authority(tmp_path, "ca")
    context = ssl.create_default_context(cafile=str(ca.cert))
    with Served(tmp_path / "tls", "127.0.0.1:0", *ca.issue("gate", "DNS:localhost")) as tls, \
            Served(tmp_path / "plain") as plain, contextlib.ExitStack() as stack:
        def client(served, data=b"", secure=False, ends=False):
            s = stack.enter_context(served.connect())
            if secure:
                s = stack.enter_context(context.wrap_socket(s, server_hostname="localhost"))
            s.sendall(data)
            if ends:
                s.shutdown(socket.SHUT_WR)

        half = [b"G", b"GET / HTTP/1.1\r\nX: y", b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx"]
        stream = b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n"
        unread = b"GET /assets/a-1b2c.js HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50
        for data in [b"\x16\x03\x01\x02\x00\x01", b"\x16"]:
            client(tls, data)
        for data in [*half, stream, unread]:
            client(tls, data, secure=True)
            client(plain, data)
        for data in [half[0], half[2], stream]:
            client(plain, data, ends=True)
        rig.wait_until(lambda: tls.counts()[0] and plain.counts()[0], "streams are open")
        for served in [tls, plain]:
            before = cpu_s(served)
            threading.Event().wait(2)  # the stretch that is measured
            assert cpu_s(served) - before < 0.2, served.name


@pytest.mark.parametrize("case", ["no key", "not its key", "no file"])
def test_a_certificate_that_cannot_be_used_is_said_and_nothing_listens(tmp_path, case):
    ca = pki.Authority(tmp_path, "ca")
    cert, key = ca.issue("gate")
    if case == "no key":
        key.write_text("nothing")
    elif case == "not its key":
        key = ca.issue("other")[1]
    else:
        key.unlink()
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "index.html").write_text(PAGE)
    done = subprocess.run([rig.program("http_site"), "127.0.0.1:0", tmp_path / "www", cert, key], capture_output=True,
                          text=True, timeout=rig.DEADLINE_S, stdin=subprocess.DEVNULL)
    assert done.returncode == 1 and "http_site: " in done.stderr and not done.stdout


# ---- where it listens ----

def test_other_machines_reach_it_with_tls_only(tmp_path):
    (tmp_path / "index.html").write_text(PAGE)
    for listen in ["0.0.0.0:0", "[::]:0", "*:0", "[::ffff:0.0.0.0]:0"]:
        done = subprocess.run([rig.program("http_site"), listen, tmp_path], capture_output=True, text=True,
                              timeout=rig.DEADLINE_S, stdin=subprocess.DEVNULL)
        assert done.returncode == 1 and "reached from other machines" in done.stderr
    ca = pki.Authority(tmp_path, "ca")
    with Served(tmp_path / "all", "[::]:0", *ca.issue("gate")) as served:
        for address in ["127.0.0.1", "::1"]:
            subprocess.run(["openssl", "s_client", "-connect", f"[{address}]:{served.port}" if ":" in address else
                            f"{address}:{served.port}"], input="", capture_output=True, text=True, check=True,
                           timeout=rig.DEADLINE_S)


# ---- the gateway ----

SITE = """version: 1
site: {id: pd-0042, area: "310115", timezone: Asia/Shanghai}
gateway: {id: gw-7f3a}
sensors: {north-gate-noise: {quantity: LAF}}
"""


def console_of(daemon):
    return daemon.get("/api/v1/status")[2]["console"]


@pytest.fixture
def gateway(place):
    """Starts sitewardd with these keys of the console."""

    def start(keys):
        site = place.site(text=SITE)
        site.layer(f"console: {keys}\n", "50-console.yaml")
        return place.daemon(site, console="")

    return start


def ask_tcp(port, path, method="GET", **headers):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=rig.DEADLINE_S)
    with contextlib.closing(c):
        c.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = c.getresponse()
        return answer.status, answer.headers, answer.read()


def test_the_gateway_serves_its_page_and_nothing_else_to_who_is_not_logged_in(gateway):
    daemon = gateway('{listen: "127.0.0.1:0"}')
    daemon.err.wait(lambda line: "the console is at http://127.0.0.1:" in line, "the port is told")
    console = console_of(daemon)
    assert console["port"] and console["why"] is None and console["tls"] is False
    assert ask_tcp(console["port"], "/healthz")[0] == 200
    page = ask_tcp(console["port"], "/")[2]
    assert page == (rig.ROOT / "web" / "dist" / "index.html").read_bytes()
    scripts = re.findall(rb'(?:src|href)="(/assets/[^"]+)"', page)
    assert scripts and all(ask_tcp(console["port"], path.decode())[0] == 200 for path in scripts)
    assert ask_tcp(console["port"], "/", "POST")[0] in (403, 405)
    for path in ["/api/v1/status", "/api/v1/sensors", "/api/v1/tickets", "/api/v1/evidence", "/api/v1/none"]:
        status, headers, body = ask_tcp(console["port"], path)
        assert status in (401, 403) and json.loads(body)["type"] in ("urn:siteward:error:login", "urn:siteward:error:setup")
        assert ask_tcp(console["port"], path, "POST")[0] in (401, 403), path
    assert daemon.get("/api/v1/status")[0] == 200  # the unix socket, as ever


def test_a_port_that_is_taken_costs_the_console_and_nothing_else_until_it_is_free(gateway):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        daemon = gateway(f'{{listen: "127.0.0.1:{port}"}}')
        daemon.err.wait(lambda line: "no console: port" in line and "taken" in line, "it is said")
        console = console_of(daemon)
        assert console["port"] is None and "taken" in console["why"]
    rig.wait_until(lambda: console_of(daemon)["port"] == port, "it listens once the port is free")
    assert ask_tcp(port, "/healthz")[0] == 200


def test_a_certificate_that_is_put_right_is_used_without_a_restart(gateway, tmp_path):
    ca = pki.Authority(tmp_path, "ca")
    cert, key = ca.issue("gate", "IP:127.0.0.1")
    good = key.read_text()
    key.write_text("nothing")
    port = rig.free_port()
    daemon = gateway(f'{{listen: "127.0.0.1:{port}", tls: {{certificate_file: {cert}, key_file: {key}}}}}')
    daemon.err.wait(lambda line: "no console: " in line, "it is said")
    assert console_of(daemon)["why"]
    key.write_text(good)
    rig.wait_until(lambda: console_of(daemon)["port"] == port, "it listens with the right key")
    said = subprocess.run(["curl", "-sS", "--cacert", ca.cert, f"https://127.0.0.1:{port}/healthz"], capture_output=True,
                          text=True, timeout=rig.DEADLINE_S, check=True).stdout
    assert json.loads(said) == {"status": "ok"} and console_of(daemon)["tls"]


def test_off_is_off(gateway):
    daemon = gateway('{listen: "off"}')
    assert console_of(daemon) is None
