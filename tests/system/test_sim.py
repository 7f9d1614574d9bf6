# SPDX-License-Identifier: Apache-2.0
"""`siteward sim`: the node and the daemon of this build on a real pty. It ends what it started, however it ends."""
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time

import pytest


def processes_of(folder):
    """Pids of running processes whose command line names the folder."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if state != "Z" and any(str(folder).encode() in w for w in words):
            found.append(int(entry.name))
    return found


def wait_for(what, condition, limit_s=20.0):
    until = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < until, f"waited {limit_s} s for {what}"
        time.sleep(0.02)


@pytest.fixture
def site(tmp_path):
    """Short: a socket's path must fit into 108 bytes."""
    folder = pathlib.Path(subprocess.check_output(["mktemp", "-d", "/tmp/sw-sim.XXXXXX"], text=True).strip())
    yield folder / "s"
    subprocess.run(["rm", "-rf", folder], check=True)


def start(bin_dir, site, *more):
    command = [bin_dir / "siteward", "sim", "--scenario", "quiet-day", "--dir", site, "--speed", "60", *more]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE)


def test_a_run_of_a_given_length_measures_and_ends_cleanly(bin_dir, siteward, site):
    with start(bin_dir, site, "--duration", "240") as sim:
        seen = {}

        def measured():
            run = siteward("status", "--json", env={"SITEWARD_SOCKET": str(site / "run" / "ctl.sock")})
            if run.code == 0:
                seen.update({row["id"]: row["value"] for row in json.loads(run.out)["sensors"]})
            return bool(seen) and all(v is not None for v in seen.values())

        wait_for("all sensors to have a value", measured)
        out, err = sim.communicate(timeout=60)
    assert sim.returncode == 0, err.decode()
    assert out == b"", "messages belong on stderr"
    assert 45 < seen["north-gate-noise"] < 75
    assert processes_of(site) == []
    assert (site / "data").is_dir(), "a folder that was asked for stays"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_all_and_is_a_clean_end(bin_dir, site, number):
    with start(bin_dir, site) as sim:
        wait_for("the daemon's socket", (site / "run" / "ctl.sock").exists)
        assert len(processes_of(site)) == 3
        sim.send_signal(number)
        _, err = sim.communicate(timeout=60)
    assert sim.returncode == 0, err.decode()
    assert processes_of(site) == []


def test_nothing_is_left_when_sim_itself_is_killed(bin_dir, site):
    with start(bin_dir, site) as sim:
        wait_for("the daemon's socket", (site / "run" / "ctl.sock").exists)
        sim.kill()
        sim.wait(timeout=60)
        wait_for("node and daemon to end", lambda: processes_of(site) == [])


def test_a_child_that_dies_ends_the_run_with_exit_1(bin_dir, site):
    with start(bin_dir, site) as sim:
        wait_for("the daemon's socket", (site / "run" / "ctl.sock").exists)
        node = next(p for p in processes_of(site)
                    if pathlib.Path(f"/proc/{p}/cmdline").read_bytes().startswith(b"siteward-node"))
        os.kill(node, signal.SIGKILL)
        _, err = sim.communicate(timeout=60)
    assert sim.returncode == 1 and b"siteward-node ended by itself, by signal 9" in err
    assert processes_of(site) == []


def test_a_temporary_folder_is_removed_unless_kept(siteward):
    with tempfile.TemporaryDirectory(prefix="sw.", dir="/tmp") as tmp:
        command = ["sim", "--scenario", "quiet-day", "--speed", "60", "--duration", "60"]
        run = siteward(*command, env={"TMPDIR": tmp})
        assert run.code == 0, run.err
        assert os.listdir(tmp) == []
        run = siteward(*command, "--keep", env={"TMPDIR": tmp})
        assert run.code == 0, run.err
        assert len(os.listdir(tmp)) == 1
