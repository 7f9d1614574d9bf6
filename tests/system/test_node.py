# SPDX-License-Identifier: Apache-2.0
"""siteward-node read by foreign Modbus masters (mbpoll, pymodbus) on a real pty and real TCP.

The clock of most tests runs at a thousandth of real speed, so that a scenario stands still at its instant and values
can be compared. The binary is looked for in $SITEWARD_BIN, then in the newest build/<preset>/bin.
"""
import glob
import os
import re
import select
import signal
import socket
import subprocess
import time

import pytest
from pymodbus.client import ModbusTcpClient
from pymodbus.exceptions import ModbusIOException

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCENARIOS = os.path.join(ROOT, "config", "scenarios")
SCENARIO = """{"scenario":"test"}
{"at":"2026-03-02T21:39:00+08:00","unit":1,"set":{"LAeq":63.25,"LAFmax":70.5,"LCpeak":88,"LAF":62.5}}
{"at":"2026-03-02T21:39:00+08:00","unit":1,"set":{"PM10":85.5,"PM2.5":40,"TSP":150,"temp":-5.5,"rh":60,"pressure":1013.2}}
{"at":"2026-03-02T21:39:00+08:00","unit":2,"map":"rs-zs-bz"}
{"at":"2026-03-02T21:39:00+08:00","unit":2,"set":{"LAF":53.6}}
{"at":"2026-03-02T21:39:00+08:00","unit":3,"map":"rs-fsjt"}
{"at":"2026-03-02T21:39:00+08:00","unit":3,"set":{"wind_speed":2.1}}
"""
STILL = ["--sim-epoch", "2026-03-02T21:40:00+08:00", "--sim-speed", "0.001"]


def binary():
    where = os.environ.get("SITEWARD_BIN")
    found = [os.path.join(where, "siteward-node")] if where else sorted(
        glob.glob(os.path.join(ROOT, "build", "*", "bin", "siteward-node")), key=os.path.getmtime)
    assert found and os.path.exists(found[-1]), "siteward-node is not built: set SITEWARD_BIN to the folder it is in"
    return found[-1]


class Node:
    """A running siteward-node and what its ready line says."""

    def __init__(self, *args):
        self.process = subprocess.Popen([binary(), *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert select.select([self.process.stdout], [], [], 20)[0], "no ready line within 20 s"
        self.ready = self.process.stdout.readline().strip()
        if not self.ready.startswith("ready "):
            self.process.wait(20)
            raise AssertionError("not ready: " + self.ready + self.process.stderr.read())
        said = dict(word.split("=", 1) for word in self.ready.split()[1:])
        self.pty = said.get("pty")
        self.port = int(said["tcp"].rsplit(":", 1)[1]) if "tcp" in said else None

    def end(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        out, err = self.process.communicate(timeout=20)
        return self.process.returncode, out + err


@pytest.fixture
def start():
    nodes = []

    def run(*args):
        nodes.append(Node(*args))
        return nodes[-1]

    yield run
    for node in nodes:
        code, said = node.end()
        assert code == 0, f"exit {code}: {said}"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "node.ndjson").write_text(SCENARIO)
    return tmp_path


@pytest.fixture
def node(start, folder):
    return start("--scenario", str(folder / "node.ndjson"), "--pty", str(folder / "bus.pty"), "--tcp", "127.0.0.1:0",
                 "--control", str(folder / "node.ctl"), "--baud", "115200", *STILL)


def refused(*args):
    return subprocess.run([binary(), *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=20)


def mbpoll(*args):
    """Values by register number, and everything it said."""
    done = subprocess.run(["mbpoll", "-0", "-1", "-o", "0.5", *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=20)
    values = {int(r): int(v) for r, v in re.findall(r"^\[(\d+)\]:\s+(-?\d+)", done.stdout, re.M)}
    return values, done.stdout


def mbpoll_rtu(node, unit, table, first, count):
    return mbpoll("-m", "rtu", "-b", "115200", "-P", "none", "-a", str(unit), "-t", str(table), "-r", str(first),
                  "-c", str(count), node.pty)


def mbpoll_tcp(node, unit, table, first, count):
    return mbpoll("-m", "tcp", "-p", str(node.port), "-a", str(unit), "-t", str(table), "-r", str(first),
                  "-c", str(count), "127.0.0.1")


@pytest.fixture
def client(node):
    c = ModbusTcpClient("127.0.0.1", port=node.port, timeout=1, retries=0, retry_on_empty=False)
    assert c.connect()
    yield c
    c.close()


class Control:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        self.socket.connect(str(path))
        self.file = self.socket.makefile("rw", newline="\n")

    def say(self, line):
        self.file.write(line + "\n")
        self.file.flush()
        return self.file.readline().strip()

    def close(self):
        self.file.close()
        self.socket.close()


@pytest.fixture
def control(node, folder):
    c = Control(folder / "node.ctl")
    yield c
    c.close()


LEVELS = {16: 6325, 17: 7050, 18: 8800, 19: 6250}


@pytest.mark.parametrize("read", [mbpoll_rtu, mbpoll_tcp])
def test_mbpoll_reads_levels_from_both_transports(node, read):
    values, said = read(node, 1, 3, 16, 4)
    assert values == LEVELS, said


@pytest.mark.parametrize("read", [mbpoll_rtu, mbpoll_tcp])
def test_mbpoll_reads_foreign_maps_of_the_other_units(node, read):
    assert read(node, 2, 4, 0, 1)[0] == {0: 536}
    assert read(node, 3, 4, 0, 1)[0] == {0: 21}


def test_mbpoll_reads_head_and_holding_registers(node):
    values, said = mbpoll_rtu(node, 1, 3, 0, 5)
    assert values[0] == 1 and values[1] == 0, said
    assert values[2] == 0 and values[3] == 0, "the domain clock stands, so must the uptime: " + said
    values, said = mbpoll_rtu(node, 1, 4, 0, 2)
    assert values == {0: 1, 1: 1152}, said


def test_pymodbus_reads_the_whole_map_in_one_block(client):
    regs = client.read_input_registers(0, 38, slave=1).registers
    assert regs[0:2] == [1, 0]
    assert regs[16:20] == [6325, 7050, 8800, 6250]
    assert regs[20:24] == [0xFFFF] * 4, "reserved registers are no value"
    assert regs[24:27] == [855, 400, 1500]
    assert regs[32:35] == [0xFFFF] * 3, "a unit without wind says so"
    assert regs[35:38] == [0x10000 - 55, 600, 10132]


@pytest.mark.parametrize("first, count, code", [(37, 2, 2), (38, 1, 2), (0, 125, 2)])
def test_registers_that_are_not_there_are_exception_02(client, first, count, code):
    answer = client.read_input_registers(first, count, slave=1)
    assert answer.isError() and answer.exception_code == code


def test_functions_that_are_not_served_are_exception_01(client):
    assert client.read_coils(0, 1, slave=1).exception_code == 1
    assert client.write_register(0, 5, slave=1).exception_code == 1


def test_a_unit_that_is_not_there_is_silent_and_its_neighbour_answers(client, node):
    assert isinstance(client.read_input_registers(16, 1, slave=77), ModbusIOException)
    assert "timed out" in mbpoll_rtu(node, 77, 3, 16, 1)[1]
    assert mbpoll_rtu(node, 1, 3, 16, 4)[0] == LEVELS


def test_faults_show_on_the_line_and_end(node, control):
    for fault, words in [("silent", "timed out"), ("exception 2", "Illegal data address"), ("exception", "failure"),
                         ("bad-crc", "Invalid CRC")]:
        assert control.say(f"fault 1 {fault}") == "ok"
        values, said = mbpoll_rtu(node, 1, 3, 16, 4)
        assert values == {} and words in said, f"{fault}: {said}"
        assert mbpoll_rtu(node, 2, 4, 0, 1)[0] == {0: 536}, f"{fault}: the neighbour suffers"
    assert control.say("fault 1 none") == "ok"
    assert mbpoll_rtu(node, 1, 3, 16, 4)[0] == LEVELS


def test_a_spoilt_tcp_reply_belongs_to_nobodys_request(node, control):
    assert control.say("fault 1 bad-crc") == "ok"
    with socket.create_connection(("127.0.0.1", node.port), timeout=10) as s:
        s.sendall(bytes.fromhex("000700000006 010400100001"))
        assert s.recv(64)[:2] == bytes.fromhex("5A07")


def test_the_control_socket_explains_what_it_does_not_understand(control):
    assert control.say("fault 1 dead") == 'error: there is no fault "dead": use none, silent, exception or bad-crc'
    assert control.say("fault 99 silent") == "error: there is no unit 99 here"
    assert control.say("hello").startswith('error: "hello" is not understood')
    assert control.say("fault 1 none") == "ok"


def test_garbage_on_the_line_costs_one_request_and_no_more(node):
    line = os.open(node.pty, os.O_RDWR | os.O_NOCTTY)
    os.write(line, b"\xff\x00\x01\x03garbage")
    os.close(line)
    read = [mbpoll_rtu(node, 1, 3, 16, 4)[0] for _ in range(3)]
    assert read[1:] == [LEVELS, LEVELS]


def test_a_peer_that_talks_http_is_hung_up_on(node):
    with socket.create_connection(("127.0.0.1", node.port), timeout=10) as s:
        s.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert s.recv(64) == b""


def test_the_thirty_third_connection_is_refused_and_a_place_that_gets_free_is_taken(node):
    ask = bytes.fromhex("000700000006 010400100001")
    held = [socket.create_connection(("127.0.0.1", node.port), timeout=10) for _ in range(32)]
    for s in held:
        s.sendall(ask)
        assert s.recv(64)[-2:] == (6325).to_bytes(2, "big")
    with socket.create_connection(("127.0.0.1", node.port), timeout=10) as one_more:
        assert one_more.recv(64) == b""
    held.pop().close()
    # The place is free once the node has seen the end of that connection; it reads ends before it accepts.
    with socket.create_connection(("127.0.0.1", node.port), timeout=10) as s:
        s.sendall(ask)
        assert s.recv(64)[-2:] == (6325).to_bytes(2, "big")
    for s in held:
        s.close()


def test_two_nodes_with_one_clock_show_the_same_second(start, folder):
    rows = (folder / "moving.ndjson")
    rows.write_text('{"at":"2026-03-02T21:00:00+08:00","unit":1,"set":{"LAeq":60,"PM10":80},"jitter_db":3,"jitter":20}\n')
    args = ["--scenario", str(rows), "--tcp", "127.0.0.1:0", "--sim-epoch", "2026-03-02T21:40:00.5+08:00",
            "--sim-speed", "0.001", "--sim-origin"]
    origin = str(time.monotonic_ns() // 1000)
    seen = []
    for _ in range(2):
        c = ModbusTcpClient("127.0.0.1", port=start(*args, origin).port, timeout=5)
        assert c.connect()
        seen.append(c.read_input_registers(16, 11, slave=1).registers)
        c.close()
    assert seen[0] == seen[1]
    assert 5700 <= seen[0][0] <= 6300 and seen[0][0] != 6000, "jitter is there and bounded"


def test_a_recording_is_shown_by_the_unit_it_is_given_to(start, folder):
    (folder / "rec.csv").write_text("ts,sensor,quantity,value,flag\n"
                                    "2026-03-02T13:39:58Z,north-gate-noise,LAeq,61.2,N\n"
                                    "2026-03-02T13:39:59Z,north-gate-noise,LAeq,64.7,N\n"
                                    "2026-03-02T13:40:01Z,north-gate-noise,LAeq,99.9,N\n")
    node = start("--csv", str(folder / "rec.csv"), "--csv-unit", "north-gate-noise=9", "--tcp", "127.0.0.1:0", *STILL)
    assert mbpoll_tcp(node, 9, 3, 16, 1)[0] == {16: 6470}


def test_the_load_map_has_125_different_registers_in_both_tables(start):
    node = start("--map", "1=ramp", "--tcp", "127.0.0.1:0", *STILL)
    for table in (3, 4):
        values, said = mbpoll_tcp(node, 1, table, 0, 125)
        assert len(set(values.values())) == 125, said


def test_it_ends_on_sigint_and_sigterm_and_leaves_nothing_behind(start, folder):
    for how in (signal.SIGINT, signal.SIGTERM):
        node = start("--units", "1", "--pty", str(folder / "b.pty"), "--control", str(folder / "c"), *STILL)
        assert os.path.islink(folder / "b.pty")
        assert node.end(how)[0] == 0
        assert not os.path.lexists(folder / "b.pty") and not os.path.exists(folder / "c")


def test_a_killed_node_is_followed_by_one_on_the_same_paths(folder):
    args = ["--units", "1", "--pty", str(folder / "b.pty"), "--control", str(folder / "c"), *STILL]
    first = Node(*args)
    assert first.end(signal.SIGKILL)[0] == -signal.SIGKILL
    second = Node(*args)
    assert mbpoll_rtu(second, 1, 4, 0, 1)[0] == {0: 1}
    assert second.end()[0] == 0


@pytest.mark.parametrize("args, code, says", [
    (["--units", "1"], 64, "nobody could read it: give --pty or --tcp"),
    (["--tcp", "127.0.0.1:0"], 64, "there would be no unit"),
    (["--tcp", "127.0.0.1:0", "--units", "1-248"], 64, '--units "1-248"'),
    (["--tcp", "127.0.0.1:0", "--map", "1=node"], 64, 'no register map "node"; there are siteward-node, rs-zs-bz'),
    (["--tcp", "127.0.0.1:0", "--units", "1", "--sim-speed", "20"], 64, "mean nothing without --sim-epoch"),
    (["--tcp", "127.0.0.1:0", "--units", "1", "--sim-epoch", "2026-03-02T21:40:00"], 64, "--sim-epoch: "),
    (["--tcp", "127.0.0.1:0", "--units", "1", "--bogus"], 64, "--bogus: there is no such option"),
    (["--tcp", "nowhere", "--units", "1"], 69, '"nowhere" is no HOST:PORT'),
    (["--tcp", "127.0.0.1:0", "--scenario", "/nonexistent.ndjson"], 66, "/nonexistent.ndjson: cannot be opened"),
    (["--tcp", "127.0.0.1:0", "--csv", "x.csv"], 64, "--csv needs at least one --csv-unit"),
])
def test_what_it_cannot_do_it_refuses_with_a_sentence(args, code, says):
    done = refused(*args)
    assert done.returncode == code and says in done.stderr and done.stdout == "", done.stderr


def test_a_bad_row_is_named_with_file_and_line(folder):
    (folder / "bad.ndjson").write_text('{"scenario":"x"}\n{"at":"2026-03-02T21:40:00Z","unit":1,"set":{"LAeq":600}}\n')
    done = refused("--tcp", "127.0.0.1:0", "--scenario", str(folder / "bad.ndjson"))
    assert done.returncode == 65
    assert done.stderr.strip().endswith("bad.ndjson:2: LAeq 600 is not in 0 … 150 dBA"), done.stderr


def test_a_taken_port_and_a_file_in_the_way_are_named(node, folder):
    done = refused("--units", "1", "--tcp", f"127.0.0.1:{node.port}")
    assert done.returncode == 69 and "Address already in use" in done.stderr
    (folder / "precious").write_text("data")
    done = refused("--units", "1", "--pty", str(folder / "precious"))
    assert done.returncode == 69 and "is not a symbolic link: it is left alone" in done.stderr
    assert (folder / "precious").read_text() == "data"


# What the scenarios that ship promise, at the instants that matter: LAeq with its jitter of 1.2 or 1.5 dB.
@pytest.mark.parametrize("name, at, unit, low_db, high_db", [
    ("night-pour", "2026-03-02T21:36:00+08:00", 1, 50.8, 53.2),
    ("night-pour", "2026-03-02T21:36:00+08:00", 2, 50.8, 53.2),
    ("night-pour", "2026-03-02T21:40:22+08:00", 1, 61.8, 64.2),
    ("night-pour", "2026-03-02T22:30:00+08:00", 1, 61.8, 64.2),
    ("night-pour", "2026-03-02T22:30:00+08:00", 2, 50.8, 53.2),
    ("night-pour", "2026-03-02T22:42:00+08:00", 1, 43.8, 46.2),
    ("quiet-day", "2026-03-02T10:00:00+08:00", 1, 55.0, 58.5),
    ("quiet-day", "2026-03-02T10:30:00+08:00", 1, 59.0, 62.0),
    ("dead-sensor", "2026-03-02T10:02:59+08:00", 2, 55.0, 58.0),
    ("dead-sensor", "2026-03-02T10:23:01+08:00", 2, 55.0, 58.0),
])
def test_shipped_scenarios_keep_their_levels(start, name, at, unit, low_db, high_db):
    node = start("--scenario", os.path.join(SCENARIOS, name, "node.ndjson"), "--tcp", "127.0.0.1:0", "--sim-epoch", at,
                 "--sim-speed", "0.001")
    values, said = mbpoll_tcp(node, unit, 3, 16, 2)
    assert low_db <= values[16] / 100 <= high_db, said
    assert values[17] / 100 <= 70, "a peak over the limit for maxima would decide before the mean does"


def test_the_dead_sensor_is_dead_and_its_neighbours_are_not(start):
    node = start("--scenario", os.path.join(SCENARIOS, "dead-sensor", "node.ndjson"), "--tcp", "127.0.0.1:0",
                 "--sim-epoch", "2026-03-02T10:03:00+08:00", "--sim-speed", "0.001")
    assert "timed out" in mbpoll_tcp(node, 2, 3, 16, 1)[1]
    assert 16 in mbpoll_tcp(node, 1, 3, 16, 1)[0]
    assert 12 <= mbpoll_tcp(node, 3, 4, 0, 1)[0][0] <= 24
