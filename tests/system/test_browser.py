# SPDX-License-Identifier: Apache-2.0
"""The console as the daemon serves it, in a real browser: tests/browser/console.test.mjs pointed at a gateway with a ticket to
work on. Needs node, Chromium and the packages of web/ ($SITEWARD_WEB says where they are; ./test.sh web sees to it)."""
import os
import pathlib
import shutil
import subprocess

import pytest

from conftest import ROOT
from test_commands import Night

PASSWORD = "zaojiaolu-night-55"
WEB = pathlib.Path(os.environ.get("SITEWARD_WEB", ROOT / "web"))


def lacks():
    missing = [name for name in ("node", "chromium") if not shutil.which(name)]
    if not (WEB / "node_modules" / "playwright-core").is_dir():
        missing.append(f"the packages of {WEB}")
    return "not there: " + ", ".join(missing) if missing else ""


@pytest.fixture
def night(rig):
    """A loud night behind a console on a free port."""

    class Shown(Night):
        def start(self):
            return self.rig.daemon(self.site, self.clock, console="127.0.0.1:0")

    return Shown(rig)


@pytest.mark.skipif(bool(lacks()), reason=lacks())
def test_the_console_of_a_daemon_works_in_a_browser(night, siteward):
    ticket = night.ticket()
    port = night.daemon.get("/api/v1/status")[2]["console"]["port"]
    made = siteward("user", "add", "wang", "--role", "party", stdin=(PASSWORD + "\n").encode(),
                    env={"SITEWARD_SOCKET": str(night.site.socket)})
    assert made.code == 0, made.err

    done = subprocess.run(["node", "--test", "--test-reporter=tap", ROOT / "tests/browser/console.test.mjs"],
                          env=os.environ | {"SITEWARD_URL": f"http://127.0.0.1:{port}", "SITEWARD_USER": "wang",
                                            "SITEWARD_PASSWORD": PASSWORD, "SITEWARD_WEB": str(WEB)},
                          capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout
    history = [(h["verb"], h["door"]) for h in night.now(ticket["id"])["history"]]
    assert ("accept", "console") in history and ("resolve", "console") in history
