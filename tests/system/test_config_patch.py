# SPDX-License-Identifier: Apache-2.0
"""The configuration while the gateway runs: what a platform may change over a real broker and what becomes of a bad
patch, SIGHUP with good and bad files, the documents that report configuration and health, and a second gateway on the
same site. Requests are sent by mosquitto_rr and mosquitto_pub, which know nothing of siteward."""
import json
import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

import rig as peers
from test_commands import Peer, error_of

NOON = "2026-03-02T12:00:00+08:00"
SPEED = 20
CALM = '{"at":"2026-03-02T00:00:00+08:00","unit":1,"set":{"LAeq":50,"LAFmax":55},"jitter_db":1}\n'
SITE = """\
version: 1
site:
  id: pd-0042
  area: "310115"
  name: 丁香路 12-3 地块
  timezone: Asia/Shanghai
  location: {lat: 31.2237, lon: 121.5441}
  packs: [cn-gb12523-2025]
gateway: {id: gw-7f3a}
store: {commit: 200ms}
buses:
  box-1: {kind: tcp, host: 127.0.0.1, port: %d}
devices:
  gate: {template: siteward-node, bus: box-1, address: 1, interval: 1s, channels: [noise], name: 北门}
responsibility:
  - {unit: 某某建设 项目部, lead: true}
publish: {live_interval: 60s}
"""
CMD = "gw/gw-7f3a/cmd/config-patch"
CONFIG = r"gw/gw-7f3a/config"
GOOD = {"publish": {"live_interval": "1s"}}


class Place:
    def __init__(self, rig):
        self.rig = rig
        self.clock = peers.Clock(NOON, SPEED)
        self.broker = rig.broker(folder=rig.folder())
        self.hub = rig.subscriber(self.broker)
        file = rig.folder() / "node.ndjson"
        file.write_text(CALM)
        self.site = rig.site(text=SITE % rig.node(file, self.clock, "--tcp", "127.0.0.1:0").port)
        self.site.connect(self.broker)
        self.remote = self.site.folder / "data" / "remote.yaml"
        self.peer = Peer(self.broker, self.clock)
        self.daemon = self.start()

    def start(self):
        daemon = self.rig.daemon(self.site, self.clock)
        peers.wait_until(lambda: daemon.get("/api/v1/status")[2]["requests"]["subscribed"], "commands are subscribed")
        return daemon

    def restart(self):
        assert self.daemon.end() == 0, self.daemon.said
        self.daemon = self.start()

    @property
    def config(self):
        """The newest configuration that was published."""
        self.hub.wait_for(CONFIG)
        return [m.body for m in self.hub.messages if m.topic == "gw/gw-7f3a/config" and m.body][-1]

    @property
    def status(self):
        return self.daemon.get("/api/v1/status")[2]["config"]

    def patch(self, patch, /, **more):
        return {"schema": "siteward.config-patch/1.0", "id": f"p-{self.peer.now()}-{id(patch)}", "at": self.peer.now(),
                "by": {"id": "host:12345-sh", "role": "platform"}, "base_revision": self.status["revision"],
                "patch": patch} | more

    def ask(self, patch, /, **more):
        return self.peer.res(CMD, self.patch(patch, **more))

    def revision(self, number):
        """The document of a revision, once it is there."""
        return self.hub.wait_for(CONFIG, lambda c: c and c["revision"] == number).body

    def live_steps(self, n, start):
        """Seconds between the n + 1 live values that come first after `start` messages."""
        def enough():
            found = [datetime.fromisoformat(m.body["ts"]) for m in self.hub.messages[start:]
                     if m.topic == "sensor/gate-noise/live" and m.body]
            return found[:n + 1] if len(found) > n else None
        times = peers.wait_until(enough, f"{n + 1} live values")
        return [(b - a).total_seconds() for a, b in zip(times, times[1:])]


@pytest.fixture
def place(rig):
    return Place(rig)


# A change that is taken -------------------------------------------------------------------------------------------------


def test_a_patch_changes_the_live_rate_is_reported_and_survives_a_restart(place):
    before = place.config
    assert place.live_steps(2, 0)[1] >= 59  # seconds of the site's clock
    answer = place.ask(GOOD)
    assert answer["status"] == "ok", answer
    assert answer["data"]["revision"] == before["revision"] + 1 and answer["data"]["restart_required"] is False
    reported = place.revision(before["revision"] + 1)
    assert reported["config"]["publish"] == {"live_interval": "1s"}
    assert reported["origin"]["/publish/live_interval"] == "remote"
    assert not reported["restart_required"]
    assert {k: v for k, v in reported["config"].items() if k != "publish"} == \
           {k: v for k, v in before["config"].items() if k != "publish"}
    assert max(place.live_steps(5, len(place.hub.messages))) <= 3
    kept = place.remote.read_bytes()
    assert json.loads(b"".join(kept.splitlines(keepends=True)[2:])) == GOOD
    assert (place.site.folder / "site.yaml").read_text(encoding="utf-8").count("live_interval: 60s") == 1

    place.restart()
    assert place.remote.read_bytes() == kept
    assert place.status["revision"] == reported["revision"] and place.status["remote"]
    again = place.hub.out.wait(lambda m: m.topic == "gw/gw-7f3a/config" and m.body == reported, "the same document")
    assert again.retain
    assert max(place.live_steps(5, len(place.hub.messages))) <= 3


def test_the_same_id_again_gets_the_first_answer_and_changes_nothing(place):
    document = place.patch(GOOD)
    first = place.peer.res(CMD, document)
    assert first["status"] == "ok"
    assert place.peer.res(CMD, document) == first
    place.restart()
    assert place.peer.res(CMD, document) == first
    assert error_of(place.peer.res(CMD, document | {"patch": {}})) == "id-reused"
    assert place.status["revision"] == first["data"]["revision"]


def test_what_was_answered_survives_a_kill(place):
    for i in range(2, 6):
        document = place.patch({"publish": {"live_interval": f"{i}s"}})
        answer = place.peer.res(CMD, document)
        assert place.daemon.end(signal.SIGKILL) == -signal.SIGKILL
        assert answer["status"] == "ok", answer
        place.daemon = place.start()
        assert place.status["revision"] == answer["data"]["revision"]
        assert place.peer.res(CMD, document) == answer
        assert place.revision(answer["data"]["revision"])["config"]["publish"]["live_interval"] == f"{i}s"


def test_names_and_language_hold_at_once_and_null_gives_them_back(place):
    first = place.config["revision"]
    assert place.ask({"site": {"name": "新名"}, "gateway": {"name": "Box #1"}, "console": {"language": "en"},
                      "devices": {"gate": {"name": "West: 'gate'"}}})["status"] == "ok"
    info = place.hub.wait_for(r"gw/gw-7f3a/info", lambda i: i["site"]["name"] == "新名").body
    assert info["gateway"]["name"] == "Box #1"
    meta = place.hub.wait_for(r"sensor/gate-noise/meta", lambda m: "West: 'gate'" in m["name"])
    assert meta
    place.hub.wait_for("summary", lambda s: s["name"] == "新名")
    assert place.daemon.get("/api/v1/status")[2]["site"]["name"] == "新名"
    place.revision(first + 1)
    start = len(place.hub.out.snapshot())
    assert place.ask({"site": None, "devices": None})["status"] == "ok"
    reported = place.revision(first + 2)
    assert reported["config"]["site"]["name"] == "丁香路 12-3 地块" and "/site/name" not in reported["origin"]
    assert reported["config"]["gateway"]["name"] == "Box #1" and reported["origin"]["/gateway/name"] == "remote"
    place.hub.out.wait(lambda m: m.topic == "gw/gw-7f3a/info" and m.body["site"]["name"].startswith("丁香路"),
                       "the name of the file", start=start)


def test_what_was_changed_is_in_the_chain_and_in_a_replay(place, siteward):
    assert place.ask(GOOD)["status"] == "ok"
    assert error_of(place.ask({"site": {"id": "SECRET"}})) == "forbidden"
    assert place.daemon.end() == 0, place.daemon.said
    rows = [json.loads(r[0]) for r in place.site.rows("SELECT json FROM command WHERE kind = 'config' ORDER BY n")]
    assert [r["payload"].get("patch") for r in rows] == [GOOD, None]
    assert rows[0]["topic"] == CMD and rows[0]["door"] == "mqtt" and rows[0]["payload"]["by"]["role"] == "platform"
    done = siteward("verify", place.site.db)
    assert done.code == 0, done.err + done.out
    place.daemon = place.start()  # a run whose configuration has the layer
    assert place.daemon.end() == 0, place.daemon.said
    place.remote.write_text("{}")  # what lies there now is none of the replay's business
    done = siteward("replay", "--store", place.site.folder / "data")
    assert done.code == 0, done.err


def test_a_patch_whose_record_a_power_cut_took_is_done_when_it_is_sent_again(place):
    """The layer has its name, and the turn with the record is lost: so it lies there at the next start."""
    sent = place.patch(GOOD)
    assert place.peer.res(CMD, sent)["status"] == "ok"
    layer = place.remote.read_bytes()
    assert place.ask({"publish": None})["data"]["revision"] == 3
    assert place.daemon.end() == 0, place.daemon.said
    place.remote.write_bytes(layer)
    place.daemon = place.start()
    assert place.status["revision"] == 4
    lost = place.patch(GOOD, base_revision=3)
    for base, error in ((2, "conflict"), (5, "conflict")):
        assert error_of(place.ask(GOOD, base_revision=base)) == error
    assert error_of(place.ask({"publish": {"live_interval": "2s"}}, base_revision=3)) == "conflict", "it says otherwise"
    for _ in range(2):
        assert place.peer.res(CMD, lost)["data"]["revision"] == 4
    assert place.remote.read_bytes() == layer and place.status["revision"] == 4


# Changes that are not taken ---------------------------------------------------------------------------------------------

BAD = [
    ("a key that is only for the site", {"platform": {"url": "mqtt://evil:1883"}}, {}, "forbidden", "/platform"),
    ("limits", {"site": {"packs": []}}, {}, "forbidden", "/site/packs"),
    ("one bad key beside a good one", GOOD | {"schedule": {"files": []}}, {}, "forbidden", "/schedule"),
    ("another role", GOOD, {"by": {"id": "officer:1", "role": "officer"}}, "forbidden", "role"),
    ("a number without a unit", {"publish": {"live_interval": 10}}, {}, "invalid", "/publish/live_interval"),
    ("out of bounds", {"publish": {"live_interval": "2h"}}, {}, "invalid", "/publish/live_interval"),
    ("a list for a map", {"publish": ["1s"]}, {}, "invalid", "/publish"),
    ("no such key", {"publish": {"speed": "1s"}}, {}, "invalid", "/publish/speed"),
    ("a device that is not there", {"devices": {"gone": {"name": "x"}}}, {}, "invalid", "/devices/gone"),
    ("a sensor that is not there", {"sensors": {"gone": {"name": "x"}}}, {}, "invalid", "gone"),
    ("a name of two lines", {"site": {"name": "a\nb"}}, {}, "invalid", "/site/name"),
    ("no patch", GOOD, {"patch": [1]}, "invalid", "patch"),
    ("no base revision", GOOD, {"base_revision": None}, "invalid", "base_revision"),
    ("a stale revision", GOOD, {"base_revision": 0}, "conflict", "revision 1"),
    ("a revision to come", GOOD, {"base_revision": 99}, "conflict", "revision 1"),
    ("too late", GOOD, {"expires": "2026-03-02T11:00:00.000+08:00"}, "expired", "passed"),
    ("40 KiB", {"site": {"name": "x" * 40000}}, {}, "invalid", "32 KiB"),
]


def test_a_bad_patch_leaves_everything_as_it_was(place):
    place.rig.bad_on_purpose("config-patch")
    assert place.ask(GOOD)["status"] == "ok" and place.ask({"publish": None})["status"] == "ok"
    place.restart()
    assert place.ask(GOOD)["status"] == "ok"
    revision = place.status["revision"]
    reported = place.revision(revision)
    layer, status = place.remote.read_bytes(), place.status
    for what, patch, more, error, words in BAD:
        if "base_revision" in more and more["base_revision"] == 99:
            more = {"base_revision": revision + 1}
        answer = place.ask(patch, **more)
        assert error_of(answer) == error, f"{what}: {answer}"
        assert words.replace("revision 1", f"revision {revision}") in answer["error"]["detail"], f"{what}: {answer}"
        assert place.remote.read_bytes() == layer, what
        assert place.status == status, what
    for text in ("", "{", "[]", "\ufeff{}", "null", json.dumps(place.patch(GOOD)) + "}", '{"a":1,"a":2}'):
        if text:
            assert error_of(place.peer.res(CMD, text)) == "invalid"
    place.peer.publish(CMD, json.dumps(place.patch({"site": {"name": "x" * 300000}})))
    place.peer.publish(CMD, json.dumps(place.patch({"publish": {"live_interval": "7s"}})), "-r")
    peers.wait_until(lambda: place.daemon.get("/api/v1/status")[2]["requests"]["not_taken"]["retained"] == 1,
                     "the retained one was refused")
    peers.wait_until(lambda: place.daemon.get("/api/v1/status")[2]["requests"]["not_taken"]["too_large"] == 1,
                     "the large one was refused")
    assert place.remote.read_bytes() == layer and place.status == status
    assert place.config == reported
    assert list(place.remote.parent.glob("remote.yaml*")) == [place.remote]


def test_files_with_faults_refuse_every_patch_and_are_named(place):
    place.site.layer("console: {language: fr}\n", "50-bad.yaml")
    answer = place.ask(GOOD)
    assert error_of(answer) == "invalid" and "50-bad.yaml:1:" in answer["error"]["detail"], answer
    assert not place.remote.exists()


def test_a_disk_that_takes_nothing_refuses_the_patch(place):
    beside = place.remote.parent / "remote.yaml.new"
    beside.mkdir()
    answer = place.ask(GOOD)
    assert error_of(answer) == "overloaded" and "remote.yaml" in answer["error"]["detail"], answer
    assert not place.remote.exists() and place.status["revision"] == 1
    beside.rmdir()
    assert place.ask(GOOD)["status"] == "ok"


def test_a_disk_that_takes_its_time_holds_up_nothing_but_the_answer(place):
    beside = place.remote.parent / "remote.yaml.new"
    os.mkfifo(beside)  # opening it for writing takes until somebody reads
    taken = place.daemon.get("/api/v1/status")[2]["requests"]["taken"]
    document = place.patch(GOOD)
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(place.peer.res, CMD, document) for _ in range(2)]
        peers.wait_until(lambda: place.daemon.get("/api/v1/status")[2]["requests"]["taken"] == taken + 2, "both came")
        place.live_steps(1, len(place.hub.messages))
        other = place.ask(GOOD)
        assert error_of(other) == "overloaded" and "another change" in other["error"]["detail"], other
        place.site.layer("console: {language: en}\n", "50-other.yaml")
        place.daemon.p.send_signal(signal.SIGHUP)
        peers.wait_until(lambda: "reading configuration" in place.daemon.said, "the reload is asked for")
        assert place.status["revision"] == 1 and not any(a.done() for a in asked)
        place.remote.parent.joinpath("remote.yaml.new").read_bytes()  # nor does a pipe take an fsync
        for answer in (a.result(peers.DEADLINE_S) for a in asked):
            assert error_of(answer) == "overloaded" and "remote.yaml" in answer["error"]["detail"], answer
    assert place.revision(2)["config"]["console"] == {"language": "en"}, "the reload came after it"
    assert not place.remote.exists()
    assert place.ask(GOOD)["status"] == "ok"


# What was set earlier ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ['{"publish": {"live_interval": "2s"}, "devices": {"gone": {"name": "x"}}}',
                                  '{"publish": {"live_interval": "2s"}, "sensors": {"gone": {"name": "x"}}}',
                                  '{"publish": {"live_interval": "2s"}, "site": {"packs": []}}'])
def test_what_can_not_stand_any_more_is_left_out_and_told(place, siteward, text):
    assert place.daemon.end() == 0
    place.remote.write_text(text)
    done = siteward("check", "-c", place.site.file)
    assert done.code == 0 and "warning: " in done.out and "is left out" in done.out, done.out + done.err
    place.daemon = place.start()
    reported = place.revision(2)
    assert reported["config"]["publish"]["live_interval"] == "2s"
    assert "gone" not in json.dumps(reported) and reported["config"]["site"]["packs"] == ["cn-gb12523-2025"]
    assert place.ask({"console": {"language": "en"}})["status"] == "ok"
    assert json.loads("".join(place.remote.read_text().splitlines(keepends=True)[2:])) == {
        "publish": {"live_interval": "2s"}, "console": {"language": "en"}}


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe\x00", b"[1, 2]", b'{"publish": {"live_interval": "2'])
def test_a_damaged_layer_keeps_nobody_from_starting(place, damage):
    assert place.ask(GOOD)["status"] == "ok"
    assert place.daemon.end() == 0
    place.remote.write_bytes(damage)
    place.daemon = place.start()
    assert place.revision(3)["config"]["publish"]["live_interval"] == "60s"
    assert place.ask(GOOD)["data"]["revision"] == 4


def test_a_patch_stands_although_the_files_lost_what_an_earlier_one_named(place):
    place.site.layer("devices: {hut: {template: siteward-node, bus: box-1, address: 2, channels: [noise]}}\n", "40-hut.yaml")
    place.restart()
    assert place.ask({"devices": {"hut": {"name": "棚"}}} | GOOD)["status"] == "ok"
    (place.site.folder / "conf.d" / "40-hut.yaml").unlink()
    answer = place.ask({"console": {"language": "en"}})
    assert answer["status"] == "ok" and answer["data"]["restart_required"], answer
    assert json.loads("".join(place.remote.read_text().splitlines(keepends=True)[2:])) == GOOD | {
        "console": {"language": "en"}}
    assert "hut" not in place.revision(answer["data"]["revision"])["config"]["devices"]
    assert error_of(place.ask({"devices": {"hut": {"name": "x"}}})) == "invalid"


# SIGHUP -----------------------------------------------------------------------------------------------------------------


def test_a_reload_takes_what_can_change_and_names_what_waits_for_a_restart(place):
    first = place.config["revision"]
    place.site.layer("publish: {live_interval: 2s}\nsite: {name: 改名}\n", "50-live.yaml")
    place.daemon.p.send_signal(signal.SIGHUP)
    reported = place.revision(first + 1)
    assert not reported["restart_required"] and reported["origin"]["/publish"].endswith("conf.d/50-live.yaml")
    assert max(place.live_steps(3, len(place.hub.messages))) <= 4
    place.hub.wait_for(r"gw/gw-7f3a/info", lambda i: i["site"]["name"] == "改名")

    place.site.layer("store: {commit: 1s}\ndevices: {gate: {height: 4}}\n", "60-other.yaml")
    place.daemon.p.send_signal(signal.SIGHUP)
    assert place.revision(first + 2)["restart_required"]
    assert sorted(place.status["restart_keys"]) == ["/devices/gate/height", "/store/commit"]
    answer = place.ask({"publish": {"live_interval": "3s"}})
    assert answer["data"] == {"ticket": None, "status": None, "revision": first + 3, "restart_required": True}
    place.restart()
    assert place.status["revision"] == first + 3 and not place.status["restart_required"]


def test_a_bad_reload_keeps_the_last_good_configuration_and_says_so(place, siteward):
    first = place.config
    place.site.layer("publish: {live_interval: 2s, sped: 1}\nconsole: {language: fr}\n", "50-bad.yaml")
    place.daemon.p.send_signal(signal.SIGHUP)
    status = peers.wait_until(lambda: place.status if place.status["faults"] else None, "the faults are known")
    assert status["faults"] == 2 and "50-bad.yaml:1:" in status["fault"] and status["revision"] == first["revision"]
    shown = siteward("status", env={"SITEWARD_SOCKET": str(place.site.socket)})
    assert "the files have faults" in shown.out and "50-bad.yaml:1:" in shown.out, shown.out + shown.err
    said = place.daemon.said
    assert said.count("50-bad.yaml:") >= 2, said
    assert place.config == first
    (place.site.folder / "conf.d" / "50-bad.yaml").unlink()
    place.daemon.p.send_signal(signal.SIGHUP)
    peers.wait_until(lambda: place.status["faults"] == 0, "the files are good again")
    assert place.status["revision"] == first["revision"]


# Health -----------------------------------------------------------------------------------------------------------------


def test_health_comes_each_minute_and_knows_what_it_can(place):
    first, second = (place.hub.out.wait(lambda m, i=i: m.topic == "gw/gw-7f3a/health" and m.body["uptime_s"] >= i,
                                        "health") for i in (0, 55))
    assert first.qos == 0 and second.body["uptime_s"] - first.body["uptime_s"] >= 55
    body = second.body
    assert body["bus"][0]["id"] == "box-1" and body["bus"][0]["polls"] > 10
    assert body["disk_free_bytes"] > 0 and body["memory_bytes"] > 1e6
    assert body["db_bytes"] >= place.site.db.stat().st_size
    assert body["clock"] == {"synced": None, "offset_ms": None}  # an invented clock
    assert body["cpu_temp_c"] is None or -40 < body["cpu_temp_c"] < 120


# A second gateway -------------------------------------------------------------------------------------------------------


def status_of(state, since):
    return {"schema": "siteward.status/1.0", "state": state, "boot": "01JNZ5Q0T7", "since": since, "ts": since}


def publish(place, gateway, document):
    subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(place.broker.port), "-q", "1", "-r", "-V", "mqttv5",
                    "-D", "publish", "content-type", "application/json", "-D", "publish", "payload-format-indicator",
                    "1", "-t", f"{peers.PREFIX}gw/{gateway}/status",
                    *(["-m", json.dumps(document)] if document else ["-n"])], check=True, timeout=peers.DEADLINE_S)


def summaries(place):
    return [m for m in place.hub.messages if m.topic == "summary"]


@pytest.mark.parametrize("is_older", [False, True], ids=["that began later", "that began before"])
def test_another_gateway_on_the_site_raises_an_alert(place, is_older):
    peers.wait_until(lambda: summaries(place), "a summary")
    since = (datetime.fromisoformat(NOON) + timedelta(days=-1 if is_older else 1)).isoformat(timespec="milliseconds")
    publish(place, "gw-other", status_of("ready", since))
    alert = place.hub.wait_for(r"gw/gw-7f3a/alert/sw-n001-gw-other", lambda a: a is not None).body
    assert alert["subject"] == "gateway/gw-other" and set(alert["text"]) == {"zh-CN", "en"}
    n = len(summaries(place))
    place.live_steps(2, len(place.hub.messages))  # two minutes of the site's clock: a summary each
    assert (len(summaries(place)) > n) is not is_older
    publish(place, "gw-other", status_of("lost", since) if is_older else None)
    place.hub.out.wait(lambda m: m.topic == "gw/gw-7f3a/alert/sw-n001-gw-other" and m.body is None, "it is solved")
    n = len(summaries(place))
    peers.wait_until(lambda: len(summaries(place)) > n, "a summary again")
    assert place.hub.out.wait(lambda m: m.topic == "sensor/gate-noise/live", "live values go on all the time")


def test_the_own_status_and_what_is_no_status_are_no_neighbour(place):
    place.rig.bad_on_purpose("gw/gw-bad/status", "gw/NO-ID/status")
    subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(place.broker.port), "-q", "1", "-t",
                    f"{peers.PREFIX}gw/gw-bad/status", "-m", '{"state": ["ready"]}'], check=True)
    subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(place.broker.port), "-q", "1", "-t",
                    f"{peers.PREFIX}gw/NO-ID/status", "-m", '{"state": "ready"}'], check=True)
    assert place.ask(GOOD)["status"] == "ok"  # it came after them
    assert not [a for a in place.daemon.get("/api/v1/status")[2]["alerts"] if a["code"] == "SW-N001"]
