# SPDX-License-Identifier: Apache-2.0
"""Pictures of a camera when a sensor or a ticket asks: a real camera server, a real broker, the real child. Whatever the
camera does, the measuring goes on."""
import collections
import json
import os
import pathlib
import signal
import subprocess

import pytest

import camera_peer
import rig as peers

NIGHT = "2026-03-02T22:10:00+08:00"
NOISE, TRIGGER = 16, 24  # registers of the box
TEMPLATE = """\
version: 1
id: test-box
manufacturer: test
model: a noise level and a trigger input
driver: registers
source: "tests/system/camera_peer.py"
sure: confirmed
serial: {baud: 9600, format: 8N1}
interval: 100ms
channels:
  noise:
    values:
      - {quantity: LAeq, function: input, register: 16, type: u16, scale: 0.01}
      - {quantity: LAFmax, function: input, register: 17, type: u16, scale: 0.01}
  trigger:
    values:
      - {quantity: camera, function: input, register: 24, type: u16}
"""
SITE = """\
version: 1
site:
  id: pd-0042
  area: "310115"
  name: 丁香路 12-3 地块
  location: {lat: 31.2237, lon: 121.5441}
  timezone: Asia/Shanghai
  packs: [cn-gb12523-2025]
gateway: {id: gw-7f3a}
store: {commit: 200ms}
buses: {box-1: {kind: tcp, host: 127.0.0.1, port: %d}}
devices: {gate: {template: test-box, bus: box-1, address: 1, name: 大门}}
responsibility: [{unit: 某某建设 项目部, lead: true}]
"""
Row = collections.namedtuple("Row", "camera sha256 content_type bytes sensor event ticket requested_us taken_us "
                                    "latency_ms first_byte_ms status error gone_us")


class Place:
    """A gateway, a box with a trigger, a camera."""

    def __init__(self, rig):
        self.rig = rig
        self.box = rig.add(camera_peer.Box({NOISE: 5000, NOISE + 1: 5200, TRIGGER: 0}))
        self.camera = rig.add(camera_peer.CameraServer())
        self.site = rig.site(text=SITE % self.box.port)
        (self.site.folder / "templates").mkdir()
        (self.site.folder / "templates" / "test-box.yaml").write_text(TEMPLATE)
        self.password = self.site.folder / "gate.pw"
        self.password.write_text(camera_peer.PASSWORD + "\n", encoding="utf-8")
        self.password.chmod(0o600)
        self.daemon = self.clock = None

    def cameras(self, **cameras):
        """id=url, or id={keys}; names with _ for -."""
        said = {}
        for key, keys in cameras.items():
            keys = keys if isinstance(keys, dict) else {"url": keys}
            said[key.replace("_", "-")] = {"on": ["gate-trigger"], "least_interval": "1s"} | keys
        self.site.layer("cameras: " + json.dumps(said) + "\n", "30-cameras.yaml")

    def start(self, **kwargs):
        self.clock = self.clock or peers.Clock(NIGHT, 1)
        self.daemon = self.rig.daemon(self.site, self.clock, **kwargs)
        self.wait_polls(2)
        return self.daemon

    def login(self, path, **keys):
        return {"url": self.camera.url(path), "username": camera_peer.USER, "password_file": str(self.password)} | keys

    def wait_polls(self, n):
        want = self.box.requests + n
        peers.wait_until(lambda: self.box.requests >= want, f"{n} more polls of the box")

    def trigger(self):
        """The input goes off and on again, each seen by the gateway."""
        for value in (0, 1):
            self.box.registers[TRIGGER] = value
            self.wait_polls(2)

    def rows(self, n=1):
        """The rows of the store once there are n."""
        def enough():
            found = self.site.rows(f"SELECT {', '.join(Row._fields)} FROM media ORDER BY id")
            return found if len(found) >= n else None

        return [Row(*r) for r in peers.wait_until(enough, f"{n} rows of pictures")]

    def status(self):
        return {c["id"]: c for c in self.daemon.get("/api/v1/status")[2]["cameras"]}

    def picture(self, sha256):
        return next((self.site.folder / "data" / "media" / sha256[:2]).glob(sha256 + ".*"))

    def children(self):
        """Process ids of the siteward-snapshot that run for the gateway."""
        said = subprocess.run(["ps", "-o", "pid=,comm=", "--ppid", str(self.daemon.p.pid)], text=True,
                              capture_output=True, check=False).stdout
        return [int(line.split()[0]) for line in said.splitlines() if "siteward-snapsh" in line]


@pytest.fixture
def place(rig):
    return Place(rig)


def get_bytes(daemon, path, method="GET"):
    c = peers.UnixHttp(str(daemon.site.socket))
    try:
        c.request(method, path)
        answer = c.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        c.close()


# A picture -----------------------------------------------------------------------------------------------------------


def test_a_trigger_brings_a_picture_that_is_kept_by_its_hash_and_told(place):
    broker = place.rig.broker()
    place.site.connect(broker)
    place.cameras(gate=place.login("/digest"))
    subscriber = place.rig.subscriber(broker)
    place.start()
    place.trigger()
    row, = place.rows()
    given, = place.camera.given
    file = place.picture(row.sha256)
    foreign = subprocess.run(["sha256sum", file], capture_output=True, text=True, check=True).stdout.split()[0]
    assert file.read_bytes() == given and foreign == row.sha256 and file.suffix == ".jpg"
    assert (row.camera, row.content_type, row.bytes) == ("gate", "image/jpeg", len(given))
    assert (row.sensor, row.ticket, row.status, row.error) == ("gate-trigger", None, 200, None)
    assert row.latency_ms >= row.first_byte_ms >= 0 and row.taken_us >= row.requested_us

    event = subscriber.wait_for("sensor/gate-trigger/event", lambda d: d["kind"] == "camera-trigger" and d["active"])
    told = subscriber.wait_for("sensor/gate-trigger/event", lambda d: d["kind"] == "media")
    assert event.body["media"] == [] and event.body["seq"] < told.body["seq"]
    assert told.body["of"] == event.body["id"] == row.event and told.body["ticket"] is None
    assert told.body["camera"] == "gate" and told.body["latency_ms"] == row.latency_ms
    media, = told.body["media"]
    assert (media["sha256"], media["bytes"], media["kind"]) == (row.sha256, row.bytes, "image")
    assert not peers.faults_of("event", told.body)
    assert told.user["id"] == told.body["id"] != event.body["id"]

    status, headers, body = get_bytes(place.daemon, f"/api/v1/media/{row.sha256}")
    assert (status, headers["Content-Type"], body) == (200, "image/jpeg", given)
    assert get_bytes(place.daemon, f"/api/v1/media/{row.sha256}", "POST")[0] == 405
    for nothing in ("0" * 64, "..%2f..%2fsiteward.db", ""):
        assert get_bytes(place.daemon, f"/api/v1/media/{nothing}")[0] == 404
    shown = place.status()["gate"]
    assert (shown["taken"], shown["failed"], shown["error"]) == (1, 0, None)
    assert shown["latency_ms"] == row.latency_ms


@pytest.mark.parametrize("path,auth", [("/basic", "auto"), ("/basic", "basic"), ("/digest", "auto"),
                                       ("/digest", "digest"), ("/digest-old", "auto"), ("/digest-sha256", "digest")])
def test_the_gateway_logs_in_the_way_the_camera_wants(place, path, auth):
    place.cameras(gate=place.login(path, auth=auth))
    place.start()
    place.trigger()
    row, = place.rows()
    assert row.sha256 and row.error is None, row


def test_digest_alone_never_tells_the_password(place):
    place.cameras(gate=place.login("/basic", auth="digest"))
    place.start()
    place.trigger()
    row, = place.rows()
    assert row.sha256 is None and "refuses the login (HTTP 401)" in row.error
    assert place.camera.asked and not any((said or "").startswith("Basic") for _, said in place.camera.asked)


def test_the_same_picture_is_one_file_and_two_rows(place):
    place.camera.changes = False
    place.cameras(gate=place.camera.url("/pic"))
    place.start()
    place.trigger()
    place.rows(1)
    peers.wait_until(lambda: place.trigger() or len(place.rows()) > 1, "a second picture")
    rows = place.rows(2)
    assert rows[0].sha256 == rows[1].sha256 and rows[0].event != rows[1].event
    assert len([p for p in (place.site.folder / "data" / "media").rglob("*") if p.is_file()]) == 1


def test_a_ticket_that_opens_asks_for_a_picture(place):
    broker = place.rig.broker()
    place.site.connect(broker)
    place.cameras(gate={"url": place.camera.url("/pic"), "on": ["tickets"]})
    subscriber = place.rig.subscriber(broker)
    place.start()
    place.trigger()  # not its business
    place.box.registers[NOISE + 1] = 9000  # LAFmax 90, the night's maximum is 70: a ticket at once
    row, = place.rows()
    ticket, = place.site.rows("SELECT id FROM ticket")
    assert (row.ticket, row.sensor, row.event) == (ticket[0], None, None) and row.sha256
    told = subscriber.wait_for("sensor/gate-noise/event", lambda d: d["kind"] == "media")
    assert told.body["ticket"] == ticket[0] and told.body["of"] is None
    assert told.body["media"][0]["sha256"] == row.sha256
    shown = subscriber.wait_for(f"ticket/{ticket[0]}", lambda d: d["evidence"])
    evidence, = shown.body["evidence"]
    assert (evidence["sha256"], evidence["bytes"], evidence["at"]) == (row.sha256, row.bytes, told.body["ts"])
    assert not peers.faults_of("ticket", shown.body)

    # A start from the store knows it, and a replay of the store finds it at the same moment again.
    place.daemon.end()
    place.start()
    kept, = [t for t in place.daemon.get("/api/v1/tickets")[2]["tickets"] if t["id"] == ticket[0]]
    assert kept["evidence"] == shown.body["evidence"]
    place.daemon.end()
    said = subprocess.run([peers.program("siteward"), "replay", "--store", place.site.db, "--only", "ticket"], text=True,
                          capture_output=True, check=True).stdout
    again = [d["payload"] for line in said.splitlines() if (d := json.loads(line))["topic"] == f"ticket/{ticket[0]}"]
    assert [t for t in again if t["evidence"]][0] == {k: v for k, v in shown.body.items() if k not in ("seq", "epoch")}


# What a camera may do ------------------------------------------------------------------------------------------------


def test_whatever_a_camera_does_the_measuring_goes_on(place):
    url = place.camera.url
    want = {
        "drip": "was not complete within 4000 ms", "silent": "did not answer within 4000 ms",
        "endless": "larger than max_size, 1000000 bytes", "large": "larger than max_size, 1000000 bytes",
        "missing": "HTTP 404", "redirect": "redirects are not followed", "html": "begins with '<html>please log in",
        "empty": "an empty answer", "off": "onnect", "wrong": "refuses the login (HTTP 401)",
    }
    off = f"http://127.0.0.1:{peers.free_port()}/pic"
    wrong = place.site.folder / "wrong.pw"
    wrong.write_text("other\n")
    keys = {"timeout": "4s", "max_size": "1MB"}
    place.cameras(**{name: keys | {"url": off if name == "off" else url(f"/{name}")} for name in want if name != "wrong"},
                  wrong=place.login("/digest", password_file=str(wrong), **keys))
    place.start()
    readings = place.daemon.get("/api/v1/status")[2]["store"]["readings"]
    place.trigger()
    peers.wait_until(place.children, "a child")
    before = place.box.requests
    peers.wait_until(lambda: place.box.requests > before + 3 and place.children(), "polls while children run")
    rows = {r.camera: r for r in place.rows(len(want))}
    for name, sentence in want.items():
        assert sentence in rows[name].error, rows[name]
        assert rows[name].sha256 is None and rows[name].bytes is None and rows[name].latency_ms >= 0
    assert rows["missing"].status == 404 and rows["off"].status is None
    page = place.daemon.get("/api/v1/status")[2]
    assert page["store"]["readings"] > readings and page["store"]["readings_dropped"] == 0
    assert {c["id"]: c["failed"] for c in page["cameras"]} == dict.fromkeys(want, 1)
    assert not place.camera.given, "a redirect was followed, or a wrong login taken"
    assert not list((place.site.folder / "data").rglob("*.jpg"))


def test_what_a_camera_says_reaches_people_as_plain_text(place):
    place.cameras(gate={"url": place.camera.url("/odd")})
    place.start()
    place.trigger()
    row, = place.rows(1)
    assert "begins with '.[2Jno picture'" in row.error and "text/" in row.error
    table = subprocess.run([peers.program("siteward"), "status", "-c", place.site.file], text=True, capture_output=True,
                           check=True).stdout
    assert any(line.split()[:4] == ["gate", "0", "1", "0"] and row.error in line for line in table.splitlines()), table
    said = row.error + place.daemon.get("/api/v1/status")[2]["cameras"][0]["error"] + place.daemon.said
    assert all(c == "\n" or 0x20 <= ord(c) < 0x7f for c in said if ord(c) < 0xa0), said
    assert "\ufffd" not in said, "bytes that are no text"


def test_two_at_once_eight_wait_the_rest_is_counted(place):
    place.cameras(**{f"c{i}": {"url": place.camera.url("/silent"), "timeout": "1s"} for i in range(11)})
    place.start()
    place.trigger()
    peers.wait_until(lambda: len(place.children()) == 2, "two children")
    rows = place.rows(10)
    assert sum(c["superseded"] for c in place.status().values()) == 1
    assert len({r.camera for r in rows}) == 10


def test_a_storm_of_triggers_brings_one_picture(place):
    place.cameras(gate={"url": place.camera.url("/pic"), "least_interval": "1h"})
    place.start()
    for _ in range(10):
        place.trigger()
    peers.wait_until(lambda: place.status()["gate"]["superseded"] == 9, "nine that came too soon")
    assert len(place.rows()) == 1 and len(place.camera.asked) == 1


def test_a_child_that_is_killed_is_told_and_the_next_one_comes(place):
    place.cameras(gate={"url": place.camera.url("/silent"), "timeout": "60s"})
    place.start()
    place.trigger()
    child, = peers.wait_until(place.children, "the child")
    os.kill(child, signal.SIGKILL)
    row, = place.rows()
    assert "signal 9" in row.error
    peers.wait_until(lambda: place.trigger() or place.children(), "another child")


def test_the_child_tells_nobody_the_password_and_ends_with_the_gateway(place):
    place.cameras(gate=place.login("/silent", timeout="60s"))
    place.start()
    place.trigger()
    peers.wait_until(lambda: place.camera.asked, "the child asks the camera")
    child, = place.children()
    for what in ("cmdline", "environ"):
        if os.geteuid() == 0:  # others may not read it at all
            said = pathlib.Path(f"/proc/{child}/{what}").read_bytes()
            assert b"s3cret" not in said and b"http" not in said, said
    status = pathlib.Path(f"/proc/{child}/status").read_text()
    assert "NoNewPrivs:\t1" in status and "Seccomp:\t2" in status
    place.daemon.end(signal.SIGKILL)
    peers.wait_until(lambda: not os.path.exists(f"/proc/{child}"), "the child is gone")


def test_a_clean_stop_does_not_wait_for_the_camera(place):
    place.cameras(gate={"url": place.camera.url("/silent"), "timeout": "60s"})
    place.start()
    place.trigger()
    child, = peers.wait_until(place.children, "the child")
    assert place.daemon.end() == 0
    assert not os.path.exists(f"/proc/{child}")
    row, = place.rows()
    assert "the gateway was stopped" in row.error


def test_three_failures_in_a_row_are_an_alert_until_a_picture_comes(place):
    broker = place.rig.broker()
    place.site.connect(broker)
    place.cameras(gate=place.login("/basic"))
    place.password.write_text("wrong\n")
    subscriber = place.rig.subscriber(broker)
    place.start()
    for n in range(1, 4):
        assert not [m for m in subscriber.messages if "/alert/" in m.topic]
        peers.wait_until(lambda: place.trigger() or len(place.rows()) >= n, f"failure {n}")
    raised = subscriber.wait_for("gw/gw-7f3a/alert/sw-c001-gate")
    assert raised.body["code"] == "SW-C001" and raised.body["subject"] == "camera/gate"
    assert place.status()["gate"]["error"].startswith("the camera refuses the login")
    assert place.daemon.end() == 0
    place.start()  # it holds over a restart
    place.password.write_text(camera_peer.PASSWORD + "\n", encoding="utf-8")
    peers.wait_until(lambda: place.trigger() or place.status()["gate"]["taken"], "a picture")
    subscriber.wait_for("gw/gw-7f3a/alert/sw-c001-gate", lambda body: not body)


def test_old_pictures_go_when_the_room_is_full(place):
    place.camera.size = 400_000
    place.site.layer("store: {media_max: 1048576B}\n", "31-store.yaml")
    place.cameras(gate=place.camera.url("/pic"))
    place.start()
    for n in range(1, 4):
        peers.wait_until(lambda: place.trigger() or len(place.rows()) >= n, f"picture {n}")
    gone = peers.wait_until(lambda: [r for r in place.rows() if r.gone_us], "a picture that went")
    assert [r.sha256 for r in gone] == [place.rows()[0].sha256]
    assert get_bytes(place.daemon, f"/api/v1/media/{gone[0].sha256}")[0] == 404
    assert get_bytes(place.daemon, f"/api/v1/media/{place.rows()[-1].sha256}")[0] == 200


def test_a_disk_that_takes_no_pictures_goes_on_with_the_readings(place):
    place.cameras(gate=place.camera.url("/pic"))
    (place.site.folder / "data").mkdir()
    (place.site.folder / "data" / "media").write_text("a file where the folder belongs")
    place.start()
    readings = place.daemon.get("/api/v1/status")[2]["store"]["readings"]
    place.trigger()
    row, = place.rows()
    assert row.sha256 is None and "cannot be stored: Not a directory" in row.error
    place.wait_polls(3)
    store = place.daemon.get("/api/v1/status")[2]["store"]
    assert store["readings"] > readings and not store["failing"]


# TLS -----------------------------------------------------------------------------------------------------------------


def test_a_certificate_of_the_cameras_own_must_be_named_or_waived(place):
    pem = place.site.folder / "camera.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", pem, "-out", place.site.folder / "cert.pem"],
                   check=True, capture_output=True)
    pem.write_text(pem.read_text() + (place.site.folder / "cert.pem").read_text())
    camera = place.rig.add(camera_peer.CameraServer(pem))
    place.cameras(named={"url": camera.url("/pic"), "ca_file": str(place.site.folder / "cert.pem")},
                  unknown=camera.url("/pic"), waived={"url": camera.url("/pic"), "insecure": True},
                  other={"url": camera.url("/pic", "localhost"), "ca_file": str(place.site.folder / "cert.pem")})
    place.start()
    place.trigger()
    rows = {r.camera: r for r in place.rows(4)}
    assert rows["named"].sha256 and rows["waived"].sha256, rows
    assert "certificate is not trusted" in rows["unknown"].error, rows["unknown"]
    assert "certificate is not trusted" in rows["other"].error, "a certificate of another name was taken"


# What is built -------------------------------------------------------------------------------------------------------


def needed_by(name):
    said = subprocess.run(["readelf", "-d", peers.program(name)], text=True, capture_output=True, check=True).stdout
    return [line.split("[")[1].rstrip("]") for line in said.splitlines() if "(NEEDED)" in line]


def test_libcurl_is_in_the_child_and_not_in_the_gateway():
    assert any(n.startswith("libcurl") for n in needed_by("siteward-snapshot"))
    assert not any(n.startswith("libcurl") for n in needed_by("sitewardd"))


def test_the_service_lets_the_child_shut_itself_in():
    unit = (pathlib.Path(__file__).parents[2] / "systemd" / "sitewardd.service").read_text(encoding="utf-8")
    filters = [line.partition("=")[2] for line in unit.splitlines() if line.startswith("SystemCallFilter=")]
    wanted = {"landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "seccomp"}
    last_taken = max(i for i, line in enumerate(filters) if line.startswith("~"))
    assert wanted <= set(" ".join(filters[last_taken + 1:]).split()), "no set of systemd 252 holds these: without them it goes unprotected"


def test_the_child_does_nothing_by_itself():
    for given in (b"", b"GET", bytes(8192)):
        said = subprocess.run([peers.program("siteward-snapshot")], input=given, capture_output=True, check=False)
        assert said.returncode == os.EX_DATAERR and said.stdout == b""
    said = subprocess.run([peers.program("siteward-snapshot"), "http://camera/"], input=b"", capture_output=True,
                          check=False)
    assert said.returncode == os.EX_USAGE and b"started by sitewardd" in said.stderr


# What check says -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("keys,fault", [
    ({"url": "rtsp://10.0.0.9/stream"}, "must be where the camera gives a picture"),
    ({"url": "http://admin:pw@10.0.0.9/pic"}, "holds a login: put it into 'username' and 'password_file'"),
    ({"url": "http://:80/pic"}, "must be where the camera gives a picture"),
    ({"url": "http://10.0.0.9:99999/pic"}, "must be where the camera gives a picture"),
    ({"on": ["gate-triger"]}, "no sensor is named 'gate-triger': did you mean 'gate-trigger'"),
    ({"on": ["gate-noise"]}, "sensor 'gate-noise' is no 0/1 input"),
    ({"on": ["ticket"]}, "did you mean 'tickets'"),
    ({"auth": "bearer"}, "'auth'"),
    ({"max_size": "40MB"}, "'max_size'"),
    ({"password_file": "gate.pw"}, "without 'username': who logs in?"),
    ({"url": "https://10.0.0.9/", "insecure": True, "ca_file": "ca.pem"}, "exclude each other"),
])
def test_faults_of_a_camera_are_named_by_place(place, keys, fault):
    place.cameras(gate={"url": "http://10.0.0.9/pic"} | keys)
    said = subprocess.run([peers.program("siteward"), "check", "-c", place.site.file], text=True, capture_output=True,
                          check=False)
    assert said.returncode == 1 and fault in said.stdout + said.stderr, said
    assert "30-cameras.yaml:1:" in said.stdout + said.stderr


def test_what_is_unwise_is_warned_of(place):
    place.password.chmod(0o644)
    place.cameras(gate=place.login("/digest"), old={"url": "http://10.0.0.9/snap.cgi?usr=a&pwd=b"},
                  lone={"url": "http://10.0.0.9/", "username": "viewer"})
    said = subprocess.run([peers.program("siteward"), "check", "-c", place.site.file], text=True, capture_output=True,
                          check=False)
    text = said.stdout + said.stderr
    assert said.returncode == 0, said
    assert "gate.pw can be read by everyone" in text and "seems to hold a password ('pwd=…')" in text
    assert "logs in with an empty password" in text
