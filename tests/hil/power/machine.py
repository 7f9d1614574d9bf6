# SPDX-License-Identifier: Apache-2.0
"""A machine whose power can be cut: a user-mode kernel with a disk of its own, its serial line wired to a broker on
this machine, and the evening of tests/system on it. Between two boots the disk is looked at as it was left."""
import json
import os
import pathlib
import shutil
import signal
import subprocess

import rig as peers
from evening import SITE, UNITS, scenario

HERE = pathlib.Path(__file__).resolve().parent
DISK_BYTES = 96 << 20
NODE_PORT = 1502
SECONDS = 120  # a guest that is not cut ends by itself


def run(*words, codes=(0,)):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=120,
                          env=os.environ | {"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"})
    assert done.returncode in codes, f"{words[0]}: {done.stdout}{done.stderr}"
    return done.stdout


class Machine:
    def __init__(self, rig, broker, *, turns, speed=120, interval="2s"):
        self.broker = broker
        self.folder = rig.folder()
        self.clock = peers.Clock("2026-03-02T20:50:00+08:00", speed)
        self.disk = self.folder / "disk.img"
        with open(self.disk, "wb") as f:
            f.truncate(DISK_BYTES)
        run("mke2fs", "-q", "-t", "ext4", "-E", "lazy_itable_init=0,lazy_journal_init=0", self.disk)
        self.scenario = self.folder / "node.ndjson"
        self.scenario.write_text(scenario(turns, UNITS, self.clock.epoch))
        self.site = self.folder / "guest.yaml"
        rows = "".join(f"  gate-{u}: {{template: siteward-node, bus: box-1, address: {u}, interval: {interval}, "
                       "channels: [noise]}\n" for u in range(1, UNITS + 1))
        folders = "gateway: {id: gw-7f3a, data: /run/disk/data, runtime: /run/siteward}"
        self.site.write_text(SITE.replace("gateway: {id: gw-7f3a}", folders) % (NODE_PORT, rows) +
                             'publish: {live_interval: 0s}\nplatform: {url: "mqtt://127.0.0.1:1883"}\n')
        self.guest = self.wire = self.log = None
        rig.stack.callback(self.close)

    def close(self):
        if self.guest and self.guest.poll() is None:
            self.cut()
        if self.log:
            self.log.close()

    def boot(self, program=HERE / "guest.sh", env=(), seconds=SECONDS, plan=None):
        """@param plan  the gateway lives by the guest's own clock, which is set so; see stepping.py"""
        tty = self.folder / "tty"
        self.wire = subprocess.Popen(["socat", f"PTY,link={tty},rawer,wait-slave", f"TCP:127.0.0.1:{self.broker.port}"],
                                     stderr=subprocess.DEVNULL)
        peers.wait_until(tty.exists, "socat makes the serial line")
        # The guest's monotonic clock begins at 0.
        clock = ["--sim-epoch", self.clock.now.isoformat(timespec="milliseconds"), "--sim-speed",
                 f"{self.clock.speed:g}", "--sim-origin", "0"]
        if self.log:
            self.log.close()
        self.log = open(self.folder / "guest.log", "w+b")
        if plan is not None:
            (self.folder / "plan.json").write_text(json.dumps(plan))
            env = (*env, f"STEPS={self.folder / 'plan.json'}")
        self.guest = subprocess.Popen(
            [HERE.parent / "boot.sh", "-t", str(seconds), "-k", f"ubd0={self.disk}", "-k", f"ssl0=tty:{tty}",
             os.environ["HIL_KERNEL"], "env", *env, program, pathlib.Path(peers.program("sitewardd")).parent, self.site,
             self.scenario, str(NODE_PORT), *clock], stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=subprocess.STDOUT, env=os.environ | {"TMPDIR": str(self.folder)})

    def has_ended(self):
        return self.guest.poll() is not None

    def wait(self, seconds):
        """Let it run. It must not end by itself."""
        try:
            self.guest.wait(seconds)
        except subprocess.TimeoutExpired:
            return
        raise AssertionError(f"the machine ended by itself: {self.printed()}")

    def cut(self):
        """The power goes."""
        self.guest.send_signal(signal.SIGUSR1)
        code = self.guest.wait(60)
        self._unplug()
        # The other: it had not begun to boot.
        assert code in (137, -signal.SIGUSR1), f"{code}: {self.printed()}"

    def end(self):
        """@return its exit code, once it has ended by itself"""
        code = self.guest.wait(SECONDS + 30)
        self._unplug()
        return code

    def _unplug(self):
        self.wire.kill()
        self.wire.wait()

    def printed(self):
        self.log.flush()
        return pathlib.Path(self.log.name).read_text(errors="replace")

    def look(self, repair="-fp"):
        """The data folder as the disk holds it: the journal is played back as the next boot will do it, on a copy.
        @return the folder"""
        copy, out = self.folder / "copy.img", self.folder / "looked-at"
        run("cp", "--sparse=always", self.disk, copy)
        # 1 = something was put right, which playing back the journal is too
        run("e2fsck", repair, copy, codes=(0, 1))
        run("e2fsck", "-fn", copy)
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        run("debugfs", "-R", f"rdump /data {out}", copy)
        return out / "data"
