# SPDX-License-Identifier: Apache-2.0
"""`siteward scan` and `siteward sensor add` at a cabinet of foreign units (pymodbus) and a node of our own: what is found,
that nothing is written, that a gateway on the same line steps aside and goes on, and that what was found becomes a
configuration that works."""
import json
import os
import pty
import select
import signal
import subprocess

import pytest

import rig as peers
from scan_peer import Cabinet, image_of

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
responsibility:
  - {unit: 某某建设 项目部, lead: true}
publish: {live_interval: 0s}
"""

NOISE_9600 = {1: image_of("rs-zs-bz"), 2: image_of("sn-300byh-m-500")}


@pytest.fixture
def cabinet(rig):
    """cabinet(units, …) → a line with units on it."""

    def make(units, **kwargs):
        made = Cabinet(rig.folder() / "port", units, **kwargs)
        rig.stack.callback(made.end)
        return made

    return make


def run(rig, *args, cwd=None, **kwargs):
    """One run of the command, as Process of the rig: exit code, stdout lines, stderr."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("SITEWARD_")} | {
        "SITEWARD_SOCKET": "/nonexistent/ctl.sock", "LANG": "C.UTF-8"}
    done = subprocess.run([peers.program("siteward"), *map(str, args)], capture_output=True, timeout=120,
                          cwd=cwd or rig.folder(), env=env, text=True, encoding="utf-8", **kwargs)
    assert not peers.SANITIZER.search(done.stderr), done.stderr
    return done


def units_of(done):
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines and lines[-1]["kind"] == "summary", done
    return {(u["baud"], u["address"]): u for u in lines if u["kind"] == "unit"}, lines[-1]


def readings(unit):
    return {(v["channel"], v["quantity"]): v["value"] for v in unit["values"]}


def test_a_scan_tells_each_unit_of_a_mixed_cabinet_and_only_reads(rig, cabinet):
    clock = peers.Clock("2026-03-02T10:00:00+08:00", 1)
    folder = rig.folder()
    rig.node(peers.SCENARIOS / "quiet-day" / "node.ndjson", clock, "--pty", folder / "node.pty")
    line = cabinet({9600: NOISE_9600 | {5: {}, 44: image_of("sensecap-one-s500")},
                    4800: {1: image_of("rs-fsjt")}}, garbled=[7], pty={115200: folder / "node.pty"})
    done = run(rig, "scan", "--port", line.path, "--json", "--save", folder / "scan.json")
    assert done.returncode == 0, done.stderr
    units, summary = units_of(done)
    assert line.functions <= {3, 4}, "a scan only reads"
    results = {key: (u["result"], u["template"]) for key, u in units.items()}
    assert results[9600, 1] == ("matched", "rs-zs-bz")
    assert results[9600, 2] == ("matched", "sn-300byh-m-500")
    assert results[9600, 44] == ("matched", "sensecap-one-s500")
    assert results[9600, 5] == ("exception", None) and units[9600, 5]["exception"] == 2
    assert results[9600, 7] == ("garbled", None)
    assert results[4800, 1] == ("matched", "rs-fsjt")
    assert results[115200, 1] == ("matched", "siteward-node")
    assert results[115200, 2] == ("matched", "siteward-node")
    # values as the recordings say, worked out outside of the program
    assert readings(units[9600, 1])["noise", "LAF"] == pytest.approx(65.3)
    assert readings(units[9600, 2])["temp", "temp"] == pytest.approx(-4.6)
    assert readings(units[9600, 44])["pressure", "pressure"] == pytest.approx(1013.25)
    assert readings(units[4800, 1])["wind", "wind_speed"] == pytest.approx(8.3)
    assert 50 < readings(units[115200, 1])["noise", "LAeq"] < 65
    assert summary["complete"] and summary["garbled"] == 1 and summary["exception"] == 1
    assert "these are two units" in done.stderr, "address 1 at two speeds"
    kept = json.loads((folder / "scan.json").read_text())
    assert kept["schema"] == "siteward.scan/1.0" and len(kept["units"]) == len(units)
    first = line.asked[0]
    assert first == (9600, 1), "the speed of most templates first, where they leave the factory"


def test_what_an_electrician_reads_names_unit_value_and_wire(rig, cabinet):
    line = cabinet({9600: {1: image_of("rs-zs-bz"), 5: {}}}, garbled=[7], scraps=[8])
    done = run(rig, "scan", "--port", line.path, "--baud", 9600)
    assert done.returncode == 0
    assert "rs-zs-bz: Renke RS-ZS-BZ (register list confirmed)" in done.stdout
    assert "65.3 dBA" in done.stdout and "485-A" in done.stdout
    assert "exception 2 (there is no such register)" in done.stdout
    assert "   7  9600 8N1    garbled" in done.stdout and "   8  9600 8N1    garbled" in done.stdout
    assert "at 2 addresses" in done.stderr and "two units with this same address" in done.stderr
    assert "\r" not in done.stderr and "\033" not in done.stderr + done.stdout, "no bar in a pipe"
    zh = subprocess.run([peers.program("siteward"), "scan", "--port", str(line.path), "--baud", "9600",
                         "--explain", "1"], capture_output=True, timeout=120, text=True, encoding="utf-8",
                        env=os.environ | {"LANG": "zh_CN.UTF-8", "SITEWARD_SOCKET": "/nonexistent"})
    assert "接线" in zh.stdout


def test_a_terminal_gets_a_bar_with_the_time_left(rig, cabinet):
    line = cabinet({9600: {1: image_of("rs-zs-bz")}})
    master, slave = pty.openpty()
    p = subprocess.Popen([peers.program("siteward"), "scan", "--port", str(line.path), "--baud", "9600"],
                         stdout=subprocess.PIPE, stderr=slave, cwd=rig.folder(),
                         env=os.environ | {"SITEWARD_SOCKET": "/nonexistent"})
    os.close(slave)
    seen = b""
    while select.select([master], [], [], 60)[0]:
        try:
            data = os.read(master, 4096)
        except OSError:  # the last writer has gone
            break
        seen += data
    out, _ = p.communicate(timeout=60)
    os.close(master)
    assert p.returncode == 0 and b"65.3 dBA" in out and b"\033" not in out
    assert b"9600 8N1 address" in seen and b" s left" in seen


def test_nobody_at_a_line_is_told_with_what_to_check(rig, cabinet):
    line = cabinet({9600: {200: image_of("rs-zs-bz")}})
    done = run(rig, "scan", "--port", line.path, "--baud", 9600)
    assert done.returncode == 3
    assert "Nobody answers" in done.stderr and "exchange the two wires" in done.stderr
    assert "Tried were 9600 8N1" in done.stderr
    missing = run(rig, "scan", "--port", "/dev/no-such-port")
    assert missing.returncode == 1 and "/dev/no-such-port" in missing.stderr
    assert run(rig, "scan", "--port", line.path, "--baud", 9601).returncode == 1


def test_a_full_scan_goes_beyond_sixteen_and_ctrl_c_ends_it_with_what_was_found(rig, cabinet):
    line = cabinet({115200: {20: image_of("rs-zs-bz")}})
    folder = rig.folder()
    scan = rig.add(peers.Process([peers.program("siteward"), "scan", "--port", line.path, "--baud", 115200, "--full",
                                  "--json", "--save", folder / "scan.json"], env={"SITEWARD_SOCKET": "/nonexistent"},
                                 take=json.loads))
    unit = scan.out.wait(lambda d: d["kind"] == "unit", "the unit at 20")
    assert unit["address"] == 20 and unit["template"] == "rs-zs-bz"
    assert unit["candidates"][0]["factory_speed"] is False, "the template says 9600"
    scan.p.send_signal(signal.SIGINT)
    assert scan.wait() == 0
    assert scan.out.snapshot()[-1]["kind"] == "summary" and scan.out.snapshot()[-1]["complete"] is False
    assert json.loads((folder / "scan.json").read_text())["units"][0]["template"] == "rs-zs-bz"
    assert [a for _, a in line.asked if a != 20][::2][:18] == [*range(1, 20)][:18], "each address, twice a function"


def test_explain_shows_registers_and_the_word_order_that_makes_sense(rig, cabinet):
    # 23.5, 65.3 and 1013.25 as floats, low word first; no template knows this unit
    unit = {"3": {str(r): v for r, v in enumerate([0x0000, 0x41BC, 0x999A, 0x4282, 0x5000, 0x447D], 40)}, "4": {}}
    line = cabinet({9600: {12: unit}})
    done = run(rig, "scan", "--port", line.path, "--explain", 12)
    assert done.returncode == 0, done.stderr
    assert "no template knows it" in done.stdout or "refuses" in done.stdout
    assert "41  0x41BC  16828" in done.stdout
    assert "f32 from 40:  ABCD 0 of 3  BADC 0 of 3  CDAB 3 of 3  DCBA 1 of 3" in done.stdout
    assert "CDAB 1013.25" in done.stdout
    assert line.functions <= {3, 4}
    none = run(rig, "scan", "--port", line.path, "--baud", 9600, "--explain", 13)
    assert none.returncode == 3 and "no answer" in none.stdout


def test_units_behind_a_modbus_tcp_box_are_found(rig):
    from bus_peers import Server as TcpServer
    port = peers.free_port()
    server = TcpServer("tcp", port, {1: {"values": [653]}, 9: {"values": [9999]}})
    rig.stack.callback(server.end)
    done = run(rig, "scan", "--host", f"127.0.0.1:{port}", "--json")
    units, _ = units_of(done)
    assert set(units) == {(None, 1), (None, 9)}, done.stderr
    assert units[None, 1]["result"] == "matched"
    assert "rs-zs-bz" in [c["template"] for c in units[None, 1]["candidates"]]
    through = TcpServer("rtu-tcp", peers.free_port(), {3: {"values": [653]}})
    rig.stack.callback(through.end)
    done = run(rig, "scan", "--host", f"127.0.0.1:{through.where}", "--rtu-over-tcp", "--explain", 3)
    assert done.returncode == 0 and "0  0x028D    653  65.3 dBA" in done.stdout, done
    refused = run(rig, "scan", "--host", f"127.0.0.1:{peers.free_port()}")
    assert refused.returncode == 1 and "127.0.0.1" in refused.stderr


# Beside a gateway that polls the line ------------------------------------------------------------------------------------


def polled_site(rig, line, devices):
    site = rig.site(text=SITE + f"""\
buses:
  rs485-1: {{kind: rtu, port: "{line.path}", baud: 9600, format: 8N1, response_timeout: 500ms}}
devices:
{devices}""")
    broker = rig.broker()
    site.connect(broker)
    return site, rig.subscriber(broker)


DEVICE = "  gate: {template: rs-zs-bz, bus: rs485-1, address: 1, place: boundary, interval: 200ms}\n"


def test_a_gateway_steps_aside_for_a_scan_and_goes_on(rig, cabinet):
    line = cabinet({9600: NOISE_9600})
    site, wall = polled_site(rig, line, DEVICE)
    daemon = rig.daemon(site)
    wall.wait_for("sensor/gate-noise/live", lambda d: d["v"] == 65.3)
    buses = daemon.get("/api/v1/bus")[2]["buses"]
    assert [(b["id"], b["kind"], b["port"], b["paused"]) for b in buses] == [("rs485-1", "rtu", str(line.path), False)]
    done = run(rig, "scan", "--bus", "rs485-1", "-c", site.file, "--baud", 9600, "--json")
    units, _ = units_of(done)
    assert done.returncode == 0 and "leaves bus rs485-1 to this scan" in done.stderr, done.stderr
    assert units[9600, 1]["configured"] == "gate" and units[9600, 2]["configured"] is None
    assert units[9600, 2]["template"] == "sn-300byh-m-500"
    assert (site.folder / "data" / "scan.json").exists(), "kept in the gateway's data folder"
    meanwhile = wall.wait_for("sensor/gate-noise/live", lambda d: d["flag"] == "M").body
    assert meanwhile["v"] is None, "nobody asked: the unit is not to blame"
    line.set(9600, 1, 0, 702)
    wall.wait_for("sensor/gate-noise/live", lambda d: d["v"] == 70.2)
    assert daemon.get("/api/v1/bus")[2]["buses"][0]["paused"] is False
    assert daemon.end() == 0 and line.functions <= {3, 4}


def test_a_lease_ends_by_itself_when_a_scan_dies(rig, cabinet):
    line = cabinet({9600: NOISE_9600})
    site, wall = polled_site(rig, line, DEVICE)
    daemon = rig.daemon(site)
    wall.wait_for("sensor/gate-noise/live", lambda d: d["v"] == 65.3)
    path = "/api/v1/bus/rs485-1/lease"
    status, _, answer = daemon.get(f"{path}?seconds=2", "POST")
    assert status == 200 and answer["bus"] == "rs485-1" and answer["seconds"] == 2
    wall.wait_for("sensor/gate-noise/live", lambda d: d["flag"] == "M")
    line.set(9600, 1, 0, 611)
    wall.wait_for("sensor/gate-noise/live", lambda d: d["v"] == 61.1)
    assert daemon.get(f"{path}?seconds=60", "POST")[0] == 200
    peers.wait_until(lambda: daemon.get(f"{path}?seconds=60", "POST")[2]["paused"], "the worker lets go")
    line.set(9600, 1, 0, 622)
    assert daemon.get(path, "DELETE")[2] == {"bus": "rs485-1", "seconds": 0, "paused": False}
    wall.wait_for("sensor/gate-noise/live", lambda d: d["v"] == 62.2)
    for method, where, want in [("POST", f"{path}?seconds=61", 400), ("POST", path, 400), ("POST", f"{path}?seconds=x", 400),
                                ("GET", path, 405), ("POST", "/api/v1/bus/other/lease?seconds=1", 404),
                                ("POST", "/api/v1/bus", 405), ("GET", "/api/v1/bus/rs485-1", 404),
                                ("POST", "/api/v1/bus//lease?seconds=1", 404), ("GET", "/api/v1/busy", 404)]:
        assert daemon.get(where, method)[0] == want, (method, where)


# From a scan to a configuration ------------------------------------------------------------------------------------------


def test_what_a_scan_found_becomes_a_configuration_that_measures(rig, cabinet):
    line = cabinet({9600: NOISE_9600 | {5: {}}, 4800: {9: image_of("rs-fsjt")}})
    site = rig.site(text=SITE)
    broker = rig.broker()
    site.connect(broker)
    scan = run(rig, "scan", "--port", line.path, "-c", site.file, "--save", site.folder / "s.json")
    assert scan.returncode == 0, scan.stderr
    added = run(rig, "sensor", "add", f"--from-scan={site.folder / 's.json'}", "--name", "1=north-gate")
    assert added.returncode == 0, added.stderr
    layer = site.folder / "conf.d" / "50-scan-port.yaml"
    assert str(layer) in added.stdout and "1 unit of the scan match" in added.stdout
    assert "north-gate: rs-zs-bz at address 1" in added.stdout
    assert run(rig, "check", "-c", site.file).returncode == 0
    text = layer.read_text(encoding="utf-8")
    assert "kind: rtu" in text and f'port: "{line.path}"' in text and "place: boundary # edit" in text

    wall = rig.subscriber(broker)
    daemon = rig.daemon(site)
    wall.wait_for("sensor/north-gate-noise/live", lambda d: d["v"] == 65.3)
    wall.wait_for("sensor/sn-300byh-m-500-2-temp/live", lambda d: d["v"] == -4.6)
    wall.wait_for("sensor/rs-fsjt-9-wind/live", lambda d: d["v"] == 8.3)  # at 4800 on the same pair
    assert daemon.end() == 0

    again = run(rig, "sensor", "add", f"--from-scan={site.folder / 's.json'}", "-c", site.file)
    assert again.returncode == 0 and "nothing to add" in again.stderr and layer.read_text(encoding="utf-8") == text
    by_hand = run(rig, "sensor", "add", "rs-fxjt", "--bus", "port", "--address", 11, "--id", "mast", "-c", site.file)
    assert by_hand.returncode == 0, by_hand.stderr
    assert layer.read_text(encoding="utf-8").startswith(text) and "  mast:\n    template: rs-fxjt" in layer.read_text()
    assert run(rig, "check", "-c", site.file).returncode == 0


def test_only_what_was_asked_for_is_added(rig, cabinet):
    line = cabinet({9600: NOISE_9600})
    site = rig.site(text=SITE)
    run(rig, "scan", "--port", line.path, "--baud", 9600, "-c", site.file, "--save", site.folder / "s.json")
    args = ["sensor", "add", "--from-scan", site.folder / "s.json", "-c", site.file]
    assert run(rig, *args, "--only", "3").returncode == 1
    assert run(rig, *args, "--only", "2").returncode == 0
    text = (site.folder / "conf.d" / "50-scan-port.yaml").read_text()
    assert "sn-300byh-m-500-2:" in text and "rs-zs-bz" not in text
    assert run(rig, *args).returncode == 0
    assert "rs-zs-bz-1:" in (site.folder / "conf.d" / "50-scan-port.yaml").read_text()


def test_a_file_of_a_person_and_a_sound_configuration_are_not_harmed(rig, cabinet):
    line = cabinet({9600: NOISE_9600})
    site = rig.site(text=SITE)
    run(rig, "scan", "--port", line.path, "--baud", 9600, "-c", site.file, "--save", site.folder / "s.json")
    args = ["sensor", "add", f"--from-scan={site.folder / 's.json'}", "-c", site.file]
    layer = site.folder / "conf.d" / "50-scan-port.yaml"
    layer.write_text("# mine\n")
    refused = run(rig, *args)
    assert refused.returncode == 1 and "not written by this command" in refused.stderr
    assert layer.read_text() == "# mine\n"
    layer.unlink()
    # an id that a sensor has already: the whole would not hold, so the file is taken back
    site.layer("sensors: {gate-noise: {quantity: LAF, interval: 1s}}\n")
    clash = run(rig, *args, "--only", "1", "--name", "1=gate")
    assert clash.returncode == 1 and "was taken back" in clash.stderr, clash.stderr
    assert not layer.exists()
    wrong = run(rig, "sensor", "add", "rs-zs-bz", "--bus", "nowhere", "--address", "3", "-c", site.file)
    assert wrong.returncode == 1 and "no bus 'nowhere'" in wrong.stderr
    site.layer(f"buses: {{b1: {{kind: rtu, port: {line.path}, baud: 9600}}}}\n")
    bad = run(rig, "sensor", "add", "rs-zs-bx", "--bus", "b1", "--address", "3", "-c", site.file)
    assert bad.returncode == 1 and "did you mean 'rs-zs-bz'" in bad.stderr and "was taken back" in bad.stderr
    assert not (site.folder / "conf.d" / "50-scan-b1.yaml").exists()
    assert run(rig, "check", "-c", site.file).returncode == 0


def test_templates_are_listed_and_shown_to_an_installer(siteward):
    listed = siteward("template", "list", "--json")
    ids = {t["id"]: t for t in listed.lines[0]["templates"]}
    assert ids["rs-fsjt"]["address"] == 1 and ids["rs-fsjt"]["serial"] == "4800 8N1"
    assert "RS-FSJT-N01" in siteward("template", "list").out
    zh = siteward("template", "show", "rs-fsjt", env={"LANG": "zh_CN.UTF-8"})
    assert "出厂站号 1" in zh.out
    en = siteward("template", "show", "rs-fsjt", env={"LANG": "en_GB.UTF-8"})
    assert "factory        address 1, 4800 8N1" in en.out and "Leaves the factory" in en.out
    wrong = siteward("template", "show", "rs-fsjx")
    assert wrong.code == 1 and "did you mean 'rs-fsjt'" in wrong.err
