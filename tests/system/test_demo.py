# SPDX-License-Identifier: Apache-2.0
"""The demonstration's own promises: its judge says no when it must, and demo.sh leaves nothing behind, whether it is
refused a port or interrupted. That a night gives its ticket is the demonstration itself: ./demo.sh --once."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys

import pytest

import rig as peers

ROOT = peers.ROOT
BUILD_S = 500  # demo.sh builds the release when nobody did
FORECAST = {"ts": "2026-03-02T21:53:43.000+08:00", "revision": 1, "stage": "forecast"}
EXCEEDED = {"ts": "2026-03-02T22:03:13.000+08:00", "revision": 2, "stage": "exceeded"}


def ticket(**changes):
    """A ticket document of the contract, preventive, with some fields of its own."""
    base = json.loads((ROOT / "tests" / "data" / "contract" / "ticket.json").read_text(encoding="utf-8"))
    return base | {"origin": "preventive"} | changes


@pytest.mark.parametrize("documents, good, words", [
    ([ticket(**FORECAST), ticket(**EXCEEDED)], True, "warned 570 simulated seconds"),
    ([ticket(**FORECAST), ticket(**EXCEEDED | {"ts": "2026-03-02T21:54:43.000+08:00"})], True, "warned 60 simulated"),
    ([ticket(**FORECAST), ticket(**EXCEEDED | {"ts": "2026-03-02T21:54:42.000+08:00"})], False, "only 59 s"),
    ([ticket(**EXCEEDED)], False, "no preventive ticket"),
    ([ticket(**EXCEEDED), ticket(**FORECAST)], False, "no preventive ticket"),
    ([ticket(**FORECAST)], False, "no preventive ticket"),
    ([ticket(**FORECAST), ticket(**EXCEEDED | {"id": "sw-zzzzzzzzzz"})], False, "among 2 ticket(s)"),
    ([ticket(origin="exceedance", **FORECAST), ticket(origin="exceedance", **EXCEEDED)], False, "no preventive ticket"),
    ([ticket(**FORECAST), ticket(**EXCEEDED | {"status": "lost"})], False, "$.status"),
    ([ticket(**FORECAST), {k: v for k, v in ticket(**EXCEEDED).items() if k != "deadlines"}], False, "deadlines"),
    ([], False, "among 0 ticket(s)"),
], ids=["good", "just-in-time", "too-late", "no-forecast", "wrong-order", "no-exceedance", "other-ticket", "not-preventive",
        "bad-value", "missing-field", "nothing"])
def test_the_judge_of_the_demo(tmp_path, documents, good, words):
    received = tmp_path / "tickets.ndjson"
    received.write_text("".join(json.dumps(d) + "\n" for d in documents), encoding="utf-8")
    done = subprocess.run([sys.executable, ROOT / "scripts" / "check_tickets.py",
                           ROOT / "config" / "schema" / "ticket.schema.json", received],
                          capture_output=True, text=True, timeout=peers.DEADLINE_S)
    assert (done.returncode == 0) == good and "Traceback" not in done.stderr, done.stderr
    assert words in (done.stdout if good else done.stderr)


class Demo:
    """demo.sh in a session and a folder for temporary files of its own, so that what it leaves can be seen."""

    def __init__(self, folder, *args):
        self.folder = folder
        self.p = subprocess.Popen([ROOT / "demo.sh", *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, env=os.environ | {"TMPDIR": str(folder)},
                                  start_new_session=True)
        self.out = peers.Lines(self.p.stdout)

    def end(self):
        code = self.p.wait(BUILD_S)
        return code, "\n".join(self.out.snapshot())

    def left(self):
        """Processes of its session that still run, by name."""
        found = []
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                name, rest = stat.read_text().rsplit(")", 1)
            except OSError:
                continue  # it ended while we looked
            state, _, _, session = rest.split()[:4]
            if int(session) == self.p.pid and state != "Z":
                found.append(name)
        return found


@pytest.fixture
def demo(tmp_path):
    started = []

    def start(*args):
        started.append(Demo(tmp_path, *args))
        return started[-1]

    yield start
    for d in started:
        if d.left():
            os.killpg(d.p.pid, signal.SIGKILL)


def test_a_taken_port_is_said_and_nothing_is_left_running(demo, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        d = demo("--once", "--port", str(port))
        code, said = d.end()
    assert code == 1 and f"port {port} is taken by another program" in said
    assert d.left() == [] and list(tmp_path.iterdir()) == []


def test_an_unknown_option_is_refused_before_anything_starts(demo, tmp_path):
    d = demo("--onec")
    code, said = d.end()
    assert code == 1 and "unknown option '--onec'" in said
    assert d.left() == [] and list(tmp_path.iterdir()) == []


def test_ctrl_c_ends_everything_that_it_started(demo, tmp_path):
    d = demo()
    d.out.wait(lambda line: line.startswith("A simulated site"), "the demonstration does not start", BUILD_S)
    peers.wait_until(lambda: list(tmp_path.glob("siteward-demo.*/site/run/ctl.sock")), "the daemon's socket")
    assert {"sitewardd", "siteward-node", "mosquitto"} <= {name.split("(")[1] for name in d.left()}
    os.killpg(d.p.pid, signal.SIGINT)  # what a terminal does
    code, said = d.end()
    assert code == 130, said
    assert d.left() == [] and list(tmp_path.iterdir()) == []
