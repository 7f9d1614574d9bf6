# SPDX-License-Identifier: Apache-2.0
"""Real peers for the system tests: a mosquitto of our own, mosquitto_sub as the foreign client, siteward-node on a pty
or TCP line, sitewardd, and folders and clocks for them. Waiting is always for a line, a message or an answer, with a
deadline. Judging what came is left to the tests."""
import contextlib
import http.client
import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
from datetime import datetime, timedelta

from jsonschema import Draft202012Validator

import stored

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCENARIOS = ROOT / "config" / "scenarios"
PREFIX = "siteward/1/310115/pd-0042/"
DEADLINE_S = 60  # for what should come at once; a slow machine under sanitizers is no fault
SANITIZER = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error:|ThreadSanitizer")


LEAKS = re.compile(r"=+\n==\d+==ERROR: LeakSanitizer.*?SUMMARY: [^\n]* leaked[^\n]*", re.S)


def without_library_leaks(said):
    """Paho (1.3.12) does not free topic and payload of what waits inside it unsent when a connection is lost; that is
    bounded by what may be in flight. A report of nothing else, after such a loss, is not ours. Without a loss it is."""
    report = LEAKS.search(said)
    if not report or not re.search("connection lost|does not take us", said[:report.start()]):
        return said
    leaks = re.split("(?:Direct|Indirect) leak of", report[0])[1:]
    is_library = leaks and all(re.search(r"#1 [^\n]*libpaho-mqtt", leak) for leak in leaks)
    return said[:report.start()] + said[report.end():] if is_library else said


def program(name):
    """A program of this build: $SITEWARD_BIN or $SW_BIN, else the newest build/*/bin."""
    folder = os.environ.get("SITEWARD_BIN") or os.environ.get("SW_BIN")
    found = [pathlib.Path(folder) / name] if folder else sorted(
        ROOT.glob(f"build/*/bin/{name}"), key=lambda p: p.stat().st_mtime)
    assert found and found[-1].exists(), f"{name} is not built: build first, or name its folder in $SITEWARD_BIN"
    return str(found[-1])


def wait_until(condition, what, deadline_s=DEADLINE_S):
    """Ask until the answer is true; for peers that can only be asked."""
    end = time.monotonic() + deadline_s
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < end, f"within {deadline_s} s: {what}"
        time.sleep(0.02)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Lines:
    """What a process says, line by line, on a thread of its own, so that any number of waits can look at it. `take` makes
    something of a line; None = nothing."""

    def __init__(self, stream, take=lambda line: line):
        self.items = []
        self.ended = False
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self._read, args=(stream, take), daemon=True)
        self.thread.start()

    def _read(self, stream, take):
        for line in stream:
            item = take(line.rstrip("\n"))
            if item is None:
                continue
            with self.changed:
                self.items.append(item)
                self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def wait(self, wanted, what, deadline_s=DEADLINE_S, start=0):
        """The first item from index `start` on that is wanted."""
        end = time.monotonic() + deadline_s
        at = start
        with self.changed:
            while True:
                for at in range(at, len(self.items)):
                    if wanted(self.items[at]):
                        return self.items[at]
                at = max(start, len(self.items))
                left = end - time.monotonic()
                assert not self.ended and left > 0, f"{what}: {'the process ended' if self.ended else 'did not come'}" \
                    f" after {len(self.items)} lines, the last ones: {self.items[-3:]}"
                self.changed.wait(left)

    def snapshot(self):
        with self.changed:
            return list(self.items)


class Process:
    """A program that runs until it is told to stop. Its stderr is kept; a sanitizer's report in it is a failure."""

    def __init__(self, argv, env=None, take=lambda line: line, within=(), stdin=subprocess.DEVNULL):
        """@param within  words before the command: in which namespace of the network it runs"""
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("SITEWARD_", "NOTIFY_", "JOURNAL_"))}
        environment["LSAN_OPTIONS"] = "exitcode=0"  # what it finds is judged by its words
        environment["SITEWARD_CONSOLE"] = "off"  # there are many gateways at once
        self.name = pathlib.Path(argv[0]).name
        self.p = subprocess.Popen([str(a) for a in (*within, *argv)], stdin=stdin, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, encoding="utf-8",
                                  errors="surrogateescape", bufsize=1, env=environment | (env or {}))
        self.out = Lines(self.p.stdout, take)
        self.err = Lines(self.p.stderr)

    @contextlib.contextmanager
    def killed_on_failure(self):
        """A program that does not do what is waited for does not stay."""
        try:
            yield
        except BaseException:
            self.p.kill()
            self.p.wait()
            raise

    def wait(self, deadline_s=DEADLINE_S):
        """Its exit code, once it ended by itself."""
        with self.killed_on_failure():
            code = self.p.wait(deadline_s)
        for lines in (self.out, self.err):
            lines.thread.join(deadline_s)
        said = "\n".join(self.err.snapshot())
        assert not SANITIZER.search(without_library_leaks(said)), f"{self.name}: {said}"
        return code

    def end(self, how=signal.SIGTERM):
        """Stop it. @return its exit code, below zero: the signal it died of"""
        if self.p.poll() is None:
            self.p.send_signal(how)
        return self.wait()

    @property
    def said(self):
        return "\n".join(self.err.snapshot())


class Broker(Process):
    """A mosquitto on a free loopback port. `folder` makes it keep sessions and messages over a restart. `address` is
    where others than its own subscribers reach it. `conf`: lines of its configuration besides."""

    def __init__(self, port=None, folder=None, address="127.0.0.1", within=(), conf=()):
        self.port = port or free_port()
        self.conf = conf
        self.folder = folder
        self.address = address
        self.within = within
        rows = [f"listener {self.port}" + (" 127.0.0.1" if address == "127.0.0.1" else ""), "allow_anonymous true", "max_queued_messages 0", "log_dest stderr",
                f"persistence {'true' if folder else 'false'}"]
        rows += conf
        if folder:
            rows.append(f"persistence_location {folder}/")
        if os.geteuid() == 0:
            rows.append("user root")  # else it could not write the folder
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as conf:
            conf.write("\n".join(rows) + "\n")
            conf.flush()
            where = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
            super().__init__([shutil.which("mosquitto", path=where) or "mosquitto", "-c", conf.name],
                             within=within)
            with self.killed_on_failure():
                self.err.wait(lambda line: line.endswith(" running"), "mosquitto does not start")

    @property
    def url(self):
        return f"mqtt://{self.address}:{self.port}"

    def again(self):
        """The same broker after it was stopped: same port, same folder."""
        return Broker(self.port, self.folder, self.address, self.within, self.conf)


def no_constant(word):
    raise ValueError(f"{word} is no JSON")


def document_of(said):
    """@return document (None = a deletion), its text; ValueError when it is no UTF-8 or no JSON object"""
    text = said["payload"]
    if text is None:
        return None, ""
    if len(text.encode("utf-8")) != said["payloadlen"]:  # encode raises at a byte that was no UTF-8
        raise ValueError("a NUL in the text")
    body = json.loads(text, parse_constant=no_constant)
    if not isinstance(body, dict):
        raise ValueError("not an object")
    return body, text


class Message:
    """One MQTT message as mosquitto_sub shows it. `text` is the payload, `body` its document, None = a deletion."""

    def __init__(self, said):
        self.at_us = time.monotonic_ns() // 1000  # when it came
        self.body, self.text = document_of(said)
        self.full_topic = said["topic"]
        self.topic = said["topic"].removeprefix(PREFIX)
        self.qos = said["qos"]
        self.retain = bool(said["retain"])
        self.properties = said.get("properties", {})
        self.user = self.properties.get("user-properties", {})

    def __repr__(self):
        return f"{self.topic} {json.dumps(self.body, ensure_ascii=False)[:200]}"


class Subscriber(Process):
    """mosquitto_sub, which knows nothing of siteward. With `client_id` its session outlives it. What is no JSON object
    is no message here: `unreadable` holds its topic and what is wrong. Every message is judged when the test ends: see
    seen.py."""

    ids = itertools.count()

    def __init__(self, broker, *topics, client_id=None):
        mark = f"rig/ready/{next(self.ids)}"
        self.unreadable = []
        subprocess.run([*broker.within, "mosquitto_pub", "-h", "127.0.0.1", "-p", str(broker.port), "-r", "-q", "1",
                        "-t", mark, "-m", "{}"], check=True, timeout=DEADLINE_S)
        session = ["-i", client_id, "-c", "-x", "3600"] if client_id else []
        filters = [word for topic in topics or [PREFIX + "#"] for word in ("-t", topic)]
        super().__init__(["mosquitto_sub", "-h", "127.0.0.1", "-p", broker.port, "-V", "mqttv5", "-q", "1", *session,
                          "--retain-as-published", "-F", "%j", *filters, "-t", mark], take=self._take,
                         within=broker.within)
        # The marker's filter is the last of the SUBSCRIBE, so the others hold when it comes.
        with self.killed_on_failure():
            self.out.wait(lambda m: m.full_topic == mark, "mosquitto_sub does not subscribe")

    def _take(self, line):
        said = json.loads(line)
        try:
            return Message(said)
        except ValueError as why:
            self.unreadable.append((said["topic"], str(why)))
            return None

    @property
    def messages(self):
        return [m for m in self.out.snapshot() if m.full_topic.startswith(PREFIX)]

    def wait_for(self, topic, wanted=lambda body: True, deadline_s=DEADLINE_S):
        """The first message of a topic (regular expression) whose document is wanted."""
        match = re.compile(topic).fullmatch
        return self.out.wait(lambda m: m.full_topic.startswith(PREFIX) and match(m.topic) and wanted(m.body), topic,
                             deadline_s)


class Clock:
    """The clock that a simulated site's programs share."""

    def __init__(self, epoch, speed):
        self.epoch = epoch
        self.speed = speed
        self.origin_us = time.monotonic_ns() // 1000

    @property
    def now(self):
        return self.at(time.monotonic_ns() // 1000)

    def at(self, mono_us):
        """What it shows when the machine's monotonic clock shows mono_us."""
        return datetime.fromisoformat(self.epoch) + timedelta(microseconds=(mono_us - self.origin_us) * self.speed)

    @property
    def args(self):
        return ["--sim-epoch", self.epoch, "--sim-speed", f"{self.speed:g}", "--sim-origin", self.origin_us]


class Node(Process):
    """siteward-node: the sensors of the site."""

    def __init__(self, scenario, clock, *args, within=()):
        super().__init__([program("siteward-node"), "--scenario", scenario, *clock.args, *args], within=within)
        with self.killed_on_failure():
            ready = self.out.wait(lambda line: line.startswith("ready "), "siteward-node is not ready")
        said = dict(word.split("=", 1) for word in ready.split()[1:])
        self.port = int(said["tcp"].rsplit(":", 1)[1]) if "tcp" in said else None


class UnixHttp(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=DEADLINE_S)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Daemon(Process):
    """sitewardd on a site's folder, after it told the service manager that it is ready. `console`: where its page is; "" =
    as the site file says."""

    def __init__(self, site, clock=None, wait=True, within=(), console="off"):
        self.site = site
        with tempfile.TemporaryDirectory(prefix="sw-", dir="/tmp") as folder, \
                socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(f"{folder}/notify")
            super().__init__([program("sitewardd"), "-c", site.file, *(clock.args if clock else [])],
                             env={"NOTIFY_SOCKET": f"{folder}/notify", "SITEWARD_CONSOLE": console}, within=within)
            with self.killed_on_failure():
                if wait:
                    self._wait_ready(manager)

    def _wait_ready(self, manager):
        manager.settimeout(0.1)
        end = time.monotonic() + DEADLINE_S
        while True:
            with contextlib.suppress(TimeoutError):
                if "READY=1" in manager.recv(4096).decode().split("\n"):
                    return
            assert self.p.poll() is None and time.monotonic() < end, f"sitewardd does not start: {self.said}"

    def get(self, path, method="GET"):
        """@return status, headers, document"""
        with contextlib.closing(UnixHttp(str(self.site.socket))) as c:
            c.request(method, path)
            answer = c.getresponse()
            text = answer.read()
            return answer.status, answer.headers, json.loads(text) if text else None

    def wait_connected(self):
        wait_until(lambda: self.get("/api/v1/status")[2]["uplink"]["connected"], "the uplink is connected")

    def wait_drained(self):
        """Everything that waits in the outbox was acknowledged by the broker."""
        wait_until(lambda: self.get("/api/v1/status")[2]["uplink"]["pending"] == 0, "the outbox is empty")


class Site:
    """A folder with a site's configuration, and the store that grows in it."""

    def __init__(self, folder, text=None, scenario=None):
        self.folder = pathlib.Path(folder)
        self.file = self.folder / "site.yaml"
        self.socket = self.folder / "run" / "ctl.sock"
        self.db = self.folder / "data" / "siteward.db"
        if scenario:
            shutil.copytree(SCENARIOS / scenario, folder, dirs_exist_ok=True)
        if text:
            self.file.write_text(text, encoding="utf-8")
        (self.folder / "conf.d").mkdir()
        self.layer(f'gateway: {{data: "{folder}/data", runtime: "{folder}/run"}}\n', "10-folders.yaml")

    def layer(self, text, name="90-test.yaml"):
        """A layer of configuration over the site file."""
        (self.folder / "conf.d" / name).write_text(text, encoding="utf-8")

    def connect(self, broker):
        self.layer(f'platform: {{url: "{broker if isinstance(broker, str) else broker.url}"}}\n', "20-platform.yaml")

    def rows(self, sql):
        """What the store holds. The daemon may run."""
        with contextlib.closing(stored.connect(f"file:{self.db}?mode=ro", uri=True, timeout=DEADLINE_S)) as db:
            return db.execute(sql).fetchall()

    @property
    def last_seq(self):
        return int((self.rows("SELECT value FROM meta WHERE key = 'seq'") or [[0]])[0][0])


class Rig:
    """Makes folders and programs, and ends and removes them all, the newest first."""

    def __init__(self):
        self.stack = contextlib.ExitStack()
        self.sites, self.subscribers, self.bad = [], [], []

    def bad_on_purpose(self, *topics):
        """Messages on these topics (regular expressions, found anywhere in the whole topic) are not judged at the end:
        the test itself sent them, and sent bad ones."""
        self.bad += topics

    def folder(self):
        """Below /tmp, not below pytest's folder: a socket's path has only 107 bytes."""
        return pathlib.Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="sw-", dir="/tmp")))

    def site(self, **kwargs):
        self.sites.append(Site(self.folder(), **kwargs))
        return self.sites[-1]

    def add(self, process):
        self.stack.callback(process.end)
        return process

    def broker(self, **kwargs):
        return self.add(Broker(**kwargs))

    def subscriber(self, broker, *topics, **kwargs):
        self.subscribers.append(self.add(Subscriber(broker, *topics, **kwargs)))
        return self.subscribers[-1]

    def node(self, scenario, clock, *args, **kwargs):
        return self.add(Node(scenario, clock, *args, **kwargs))

    def daemon(self, site, clock=None, **kwargs):
        return self.add(Daemon(site, clock, **kwargs))

    def close(self):
        """Ends everything, then judges every message that was seen."""
        import seen  # it imports this module
        speaks_5 = not any("3.1.1" in f.read_text(encoding="utf-8") for s in self.sites for f in s.folder.rglob("*.yaml"))
        self.stack.close()
        found = seen.faults(self.subscribers, self.bad, speaks_5)
        assert not found, "messages that break the contract:\n" + "\n".join(found)


# The contract, as far as a receiver can see it: topic → schema, QoS, retained.
CONTRACT = [
    (r"gw/[^/]+/status", "status", 1, True),
    (r"gw/[^/]+/info", "info", 1, True),
    (r"gw/[^/]+/checkpoint", "checkpoint", 1, True),
    (r"gw/[^/]+/gap", "gap", 1, False),
    (r"gw/[^/]+/config", "config", 1, True),
    (r"gw/[^/]+/health", "health", 0, True),
    (r"gw/[^/]+/alert/sw-[a-z][0-9]{3}-[a-z0-9-]+", "alert", 1, True),
    (r"sensor/[^/]+/meta", "sensor", 1, True),
    (r"sensor/[^/]+/live", "live", 0, True),
    (r"sensor/[^/]+/agg/[a-z0-9]+", "agg", 1, False),
    (r"sensor/[^/]+/backfill/[a-z0-9]+", "agg", 1, False),
    (r"sensor/[^/]+/event", "event", 1, False),
    (r"sensor/[^/]+/state", "state", 1, True),
    (r"output/[^/]+/state", "output", 1, True),
    (r"summary", "summary", 1, True),
    (r"schedule", "schedule", 1, True),
    (r"ticket/[^/]+", "ticket", 1, True),
    (r"ticket/[^/]+/event", "ticket-event", 1, False),
    (r"res/[^/]+/[^/]+", "res", 1, False),
]
VALIDATORS = {}


def contract_of(topic):
    """@return kind, QoS, retained"""
    found = [row[1:] for row in CONTRACT if re.fullmatch(row[0], topic)]
    assert len(found) == 1, f"{topic} is no topic of the contract"
    return found[0]


def faults_of(kind, document):
    """What a document breaks of its JSON Schema, in words."""
    if kind not in VALIDATORS:
        schema = json.loads((ROOT / "config" / "schema" / f"{kind}.schema.json").read_text(encoding="utf-8"))
        VALIDATORS[kind] = Draft202012Validator(schema)
    return [f"{e.json_path}: {e.message}" for e in VALIDATORS[kind].iter_errors(document)]
