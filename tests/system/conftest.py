# SPDX-License-Identifier: Apache-2.0
"""What the system tests share: where the programs are, how to run them, the schemas, sites and readings to order."""
import json
import os
import pathlib
import subprocess
import sys
from datetime import datetime, timedelta, timezone

import pytest
from jsonschema import Draft202012Validator

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERIES = ROOT / "tests" / "data" / "series"
sys.path.insert(0, str(ROOT / "tests" / "support"))


def find_bin():
    """$SW_BIN, else the newest build that holds the programs."""
    if os.environ.get("SW_BIN"):
        return pathlib.Path(os.environ["SW_BIN"])
    built = sorted(ROOT.glob("build/*/bin/siteward"), key=lambda p: p.stat().st_mtime)
    if not built:
        pytest.exit("no build holds bin/siteward: build first, or name the folder in $SW_BIN", returncode=2)
    return built[-1].parent


@pytest.fixture(scope="session")
def bin_dir():
    return find_bin()


class Run:
    """One finished run of the command: exit code, both outputs, and stdout as documents."""

    def __init__(self, done):
        self.code = done.returncode
        self.raw = done.stdout
        self.err = done.stderr.decode()

    @property
    def out(self):
        return self.raw.decode()

    @property
    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def payloads(self, kind):
        """Payloads of one kind of document: 'agg', 'state', 'ticket', 'ticket-event', 'summary', 'live', 'event'."""
        return [x["payload"] for x in self.lines if x["payload"]["schema"] == f"siteward.{kind}/1.0"]


@pytest.fixture(scope="session")
def siteward(bin_dir):
    """siteward('replay', '-c', …) → Run. Never waits longer than a minute."""

    def run(*args, stdin=b"", env=None):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SITEWARD_")} | (env or {})
        done = subprocess.run([bin_dir / "siteward", *map(str, args)], input=stdin, capture_output=True, timeout=60,
                              env=environment)
        return Run(done)

    return run


@pytest.fixture(scope="session")
def validate():
    """validate(payload): fails unless it fits the schema that it names."""
    validators = {}

    def check(payload):
        kind = payload["schema"].removeprefix("siteward.").split("/")[0]
        if kind not in validators:
            schema = json.loads((ROOT / "config" / "schema" / f"{kind}.schema.json").read_text(encoding="utf-8"))
            validators[kind] = Draft202012Validator(schema)
        faults = [f"{e.json_path}: {e.message}" for e in validators[kind].iter_errors(payload)]
        assert not faults, f"{kind}: {faults}\n{payload}"

    return check


SITE = """\
version: 1
site:
  id: pd-0042
  area: "310115"
  name: 丁香路 12-3 地块
  location: {{lat: 31.2237, lon: 121.5441}}
  timezone: {zone}
  packs: [{{id: cn-gb12523-2025}}]
  hotline: hotline-cn-12345
gateway: {{id: gw-7f3a}}
sensors:
{sensors}
responsibility:
  - {{unit: 某某建设 项目部, lead: true}}
{more}"""


@pytest.fixture
def make_site(tmp_path):
    """make_site({'gate-noise': 'LAeq'}) → path of a site file; quantity or (quantity, interval)."""

    def make(sensors, zone="Asia/Shanghai", more="", name="site.yaml"):
        rows = []
        for sensor, what in sensors.items():
            quantity, interval = what if isinstance(what, tuple) else (what, "1s")
            rows.append(f"  {sensor}: {{quantity: {quantity}, interval: {interval}, name: {sensor}, place: boundary}}")
        path = tmp_path / name
        path.write_text(SITE.format(zone=zone, sensors="\n".join(rows), more=more), encoding="utf-8")
        return path

    return make


@pytest.fixture
def make_readings(tmp_path):
    """make_readings([(ts, sensor, quantity, value, flag), …]) → path of a replay file."""

    def make(rows, name="readings.csv"):
        path = tmp_path / name
        path.write_text("ts,sensor,quantity,value,flag\n" + "".join(",".join(map(str, r)) + "\n" for r in rows))
        return path

    return make


def seconds(start, n, step=1):
    """n instants from an RFC 3339 text on, as text in UTC."""
    t = datetime.fromisoformat(start).astimezone(timezone.utc)
    return [(t + timedelta(seconds=i * step)).strftime("%Y-%m-%dT%H:%M:%SZ") for i in range(n)]


@pytest.fixture
def night_pour(make_readings):
    """The case that managers need most: quiet until 21:40, then 63 dB, and the limit falls to 55 at 22:00."""
    ts = seconds("2026-03-02T21:00:00+08:00", 2 * 3600)
    return make_readings([(t, "gate-noise", "LAeq", 52.0 if i < 2400 else 63.0, "N") for i, t in enumerate(ts)])


@pytest.fixture
def rig():
    """Brokers, nodes, daemons and folders of one test; see rig.py."""
    from rig import Rig
    made = Rig()
    yield made
    made.close()


@pytest.fixture(scope="module")
def module_rig():
    """The same for what a whole file looks at."""
    from rig import Rig
    made = Rig()
    yield made
    made.close()
