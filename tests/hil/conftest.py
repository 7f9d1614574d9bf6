# SPDX-License-Identifier: Apache-2.0
"""Chips of gpio-sim to order, the peers of the system tests, one line a test. What is in this folder runs inside the
guest only; what is in power/ on this machine, where $HIL_KERNEL names the kernel to boot."""
import os
import pathlib
import sys

import pytest

import simchip

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "system"), str(ROOT / "tests" / "support")]


def pytest_sessionstart(session):
    if "HIL_KERNEL" not in os.environ and not simchip.CONFIG.exists():
        pytest.exit("this is no machine with gpio-sim: run ./test.sh hil", returncode=2)


@pytest.fixture
def chip():
    made = simchip.Chip(names={5: "door-loop"})
    yield made
    made.remove()


@pytest.fixture
def rig():
    """Brokers, daemons and folders of one test; see tests/system/rig.py."""
    from rig import Rig
    made = Rig()
    yield made
    made.close()


def pytest_report_teststatus(report):
    """pytest's own dots are left out."""
    return report.outcome, "", ""


def pytest_runtest_logreport(report):
    """One line a test, and why it failed. A test that fails in its fixtures has failed."""
    if report.when == "call" or report.failed:
        name = report.nodeid.split("::")[-1].removeprefix("test_")
        print(f"{report.outcome}: {name} ({report.duration:.1f} s)", flush=True)
    if report.failed:
        print(report.longreprtext, flush=True)
