# SPDX-License-Identifier: Apache-2.0
"""`siteward evidence` asks a running daemon: a simulated night from node to signed document, checked by the schema and
by `siteward verify`, which shares no code with who signs but the chain's own."""
import json
import pathlib
import subprocess
from datetime import datetime, timedelta

import pytest

from rig import faults_of, wait_until


@pytest.fixture
def site():
    """Short: a socket's path must fit into 108 bytes."""
    folder = pathlib.Path(subprocess.check_output(["mktemp", "-d", "/tmp/sw-evi.XXXXXX"], text=True).strip())
    yield folder / "s"
    subprocess.run(["rm", "-rf", folder], check=True)


@pytest.fixture
def night(bin_dir, site):
    """A night pour at 60 times the speed of life."""
    command = [bin_dir / "siteward", "sim", "--scenario", "night-pour", "--dir", site, "--speed", "60"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as sim:
        yield {"SITEWARD_SOCKET": str(site / "run" / "ctl.sock")}
        sim.terminate()
        sim.communicate(timeout=60)


def test_a_question_to_a_running_daemon_gets_a_signed_answer(siteward, night, tmp_path):
    def now():
        run = siteward("status", "--json", env=night)
        return json.loads(run.out)["ts"] if run.code == 0 else None

    started = datetime.fromisoformat(wait_until(now, "the daemon answers"))
    wait_until(lambda: datetime.fromisoformat(now()) - started > timedelta(minutes=4), "four minutes are measured")
    run = siteward("evidence", "--at", now(), "--window", "PT2M", "--lat", "31.2221", "--lon", "121.5432", "--json",
                   env=night)
    assert run.code == 0, run.err
    answer = json.loads(run.out)
    assert faults_of("evidence", answer) == []
    assert answer["simulated"] is True
    assert answer["distance_m"] == 200  # 198 m by hand: 178 m south, 86 m west
    numbers = {n["sensor"]: n for n in answer["numbers"]}
    assert numbers["north-gate-noise"]["n"] >= 0.9 * numbers["north-gate-noise"]["expected"] > 0
    assert 50 < numbers["north-gate-noise"]["LAeq"] < 65  # the scenario goes from 52 to 63 dB
    assert len(answer["series"]["v"]) == 120 and answer["series"]["step_s"] == 1
    path = tmp_path / "answer.json"
    path.write_text(run.out, encoding="utf-8")
    assert siteward("verify", str(path)).code == 0
    answer["numbers"][0]["LAeq"] = 40.0
    path.write_text(json.dumps(answer, ensure_ascii=False), encoding="utf-8")
    assert siteward("verify", str(path)).code == 1

    text = siteward("evidence", "--at", now(), "--window", "PT2M", "--lang", "en", env=night)
    assert text.code == 0 and "north-gate-noise" in text.out and "I can " in " ".join(text.out.split())
    assert max(map(len, text.out.splitlines())) <= 80, text.out
    future = siteward("evidence", "--at", "2099-01-01T00:00:00Z", env=night)
    assert future.code == 1 and "future" in future.err
    assert siteward("evidence", env=night).code == 1  # no --at


def test_without_a_daemon_it_says_so(siteward, tmp_path):
    run = siteward("evidence", "--at", "2026-03-02T23:40:00+08:00",
                   env={"SITEWARD_SOCKET": str(tmp_path / "nobody.sock")})
    assert run.code == 4 and "no daemon" in run.err
