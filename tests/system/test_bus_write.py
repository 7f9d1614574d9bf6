# SPDX-License-Identifier: Apache-2.0
"""Writing to foreign servers (pymodbus by TCP, RTU over TCP and a serial line): coils and registers, one and many. What
the bus worker reports of it is held against what mbpoll, a third program, reads there afterwards."""
import json
import re
import subprocess

import bus_peers
import pytest
import rig as peers


class Writer:
    """tests/support/write_driver: the bus worker alone."""

    def __init__(self, *line):
        self.p = subprocess.Popen([peers.program("write_driver"), *map(str, line)], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1)

    def write(self, unit, fc, address, *values):
        self.p.stdin.write(" ".join(map(str, (unit, fc, address, *values))) + "\n")
        line = self.p.stdout.readline()
        assert line, self.p.stderr.read()
        return json.loads(line)

    def end(self):
        said = self.p.communicate()[1]
        assert self.p.returncode == 0 and not peers.SANITIZER.search(said), said


@pytest.fixture
def start(rig):
    def run(kind, where, units, *line):
        server = bus_peers.Server(kind, where, units)
        rig.stack.callback(server.end)
        writer = Writer(*line)
        rig.stack.callback(writer.end)
        return server, writer
    return run


def mbpoll(port, unit, table, first, count):
    """Values by number, read by a program that shares nothing with ours. table: 0 coils, 4 holding registers"""
    done = subprocess.run(["mbpoll", "-0", "-1", "-o", "2", "-m", "tcp", "-p", str(port), "-a", str(unit), "-t",
                           str(table), "-r", str(first), "-c", str(count), "127.0.0.1"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=20)
    found = {int(r): int(v) for r, v in re.findall(r"^\[(\d+)\]:\s+(\d+)", done.stdout, re.M)}
    return [found[r] for r in sorted(found)]


def test_coils_and_registers_are_written_and_another_master_reads_the_same(start):
    port = peers.free_port()
    server, writer = start("tcp", port, {1: {"values": [0] * 20, "coils": [0] * 16}}, "tcp", "127.0.0.1", port)
    done = writer.write(1, 5, 3, 1)
    assert (done["how"], done["read"]) == ("written", [1]) and mbpoll(port, 1, 0, 0, 6) == [0, 0, 0, 1, 0, 0]
    done = writer.write(1, 6, 2, 54321)
    assert (done["how"], done["read"]) == ("written", [54321]) and mbpoll(port, 1, 4, 1, 3) == [0, 54321, 0]
    done = writer.write(1, 15, 1, 1, 0, 1, 1, 0, 0, 1, 0, 1)  # nine coils: more than a byte
    assert (done["how"], done["read"]) == ("written", [1, 0, 1, 1, 0, 0, 1, 0, 1])
    assert mbpoll(port, 1, 0, 0, 11) == [0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0]
    done = writer.write(1, 16, 5, 1, 2, 65535)
    assert (done["how"], done["read"]) == ("written", [1, 2, 65535]) and mbpoll(port, 1, 4, 4, 5) == [0, 1, 2, 65535, 0]
    done = writer.write(1, 5, 3, 0)
    assert (done["how"], done["read"]) == ("written", [0]) and mbpoll(port, 1, 0, 3, 1) == [0]
    assert server.p.poll() is None


def test_the_truth_is_told_about_orders_that_came_to_nothing(start):
    port = peers.free_port()
    server, writer = start("tcp", port, {1: {"values": [0] * 4, "clamp": 100}}, "tcp", "127.0.0.1", port)
    done = writer.write(1, 6, 1, 500)
    assert done["how"] == "differs" and done["read"] == [100] and done["why"]
    assert mbpoll(port, 1, 4, 0, 4) == [0, 100, 0, 0]
    done = writer.write(1, 6, 50, 1)  # exception 02
    assert done["how"] == "refused" and done["why"]
    done = writer.write(9, 6, 1, 1)
    assert done["how"] == "silent" and done["why"]
    assert writer.write(1, 16, 0, 1, 2)["how"] == "written"  # nobody is punished for it
    assert mbpoll(port, 1, 4, 0, 4) == [1, 2, 0, 0]
    server.kill()
    done = writer.write(1, 6, 1, 7)
    assert done["how"] in ("no line", "silent") and done["why"]
    server.start({1: {"values": [0] * 4}})
    peers.wait_until(lambda: writer.write(1, 6, 1, 7)["how"] == "written", "the server that came back is written to")
    assert mbpoll(port, 1, 4, 0, 4) == [0, 7, 0, 0]


def test_impossible_orders_are_not_taken(start):
    port = peers.free_port()
    _, writer = start("tcp", port, {1: {"values": [0] * 4}}, "tcp", "127.0.0.1", port)
    for order in ((1, 3, 0, 1), (1, 6, 0, 1, 2), (1, 5, 0, 2), (248, 6, 0, 1), (1, 16, 65535, 1, 2)):
        assert writer.write(*order)["how"] == "not taken", order
    assert mbpoll(port, 1, 4, 0, 4) == [0, 0, 0, 0]


def test_writing_by_rtu_over_tcp(start):
    port = peers.free_port()
    _, writer = start("rtu-tcp", port, {1: {"values": [0] * 8}}, "rtu-tcp", "127.0.0.1", port)
    for order, read in (((1, 6, 2, 77), [77]), ((1, 16, 3, 1, 2, 3), [1, 2, 3]), ((1, 5, 7, 1), [1]),
                        ((1, 15, 0, 1, 1, 0), [1, 1, 0])):
        done = writer.write(*order)
        assert (done["how"], done["read"]) == ("written", read), order


def test_writing_on_a_serial_line(start, rig):
    folder = rig.folder()
    cable = bus_peers.PtyPair(folder / "near", folder / "far")
    rig.stack.callback(cable.end)
    _, writer = start("serial", f"{folder}/far,9600", {1: {"values": [0] * 8}}, "rtu", folder / "near", 9600)
    for order, read in (((1, 6, 2, 77), [77]), ((1, 16, 3, 1, 2, 3), [1, 2, 3]), ((1, 5, 7, 1), [1]),
                        ((1, 15, 0, 1, 1, 0), [1, 1, 0])):
        done = writer.write(*order)
        assert (done["how"], done["read"]) == ("written", read), order
    assert writer.write(4, 6, 2, 1)["how"] == "silent"
    assert writer.write(1, 6, 2, 78)["how"] == "written"
