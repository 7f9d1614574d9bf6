#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs inside the guest: the gateway under a service manager that starts it again, on a machine whose clock is set.
Usage: stepping.py PLAN GATEWAY SITE-FILE

PLAN is JSON: {"rtc": SECONDS, "steps": [STEP, …], "drain": BOOL}. rtc: what the clock of the machine shows when it is
switched on. STEP: {"after": SECONDS, "by": SECONDS} or "to": SECONDS of the epoch, {"synced": BOOL} whether whoever sets
it keeps time by a network, {"in_write": DISK} at a moment at which something is on its way to that disk. drain: end
once the broker has acknowledged everything, gap documents too: each second one may be made. Prints a line of JSON for all that it does to the clock or the gateway:
the file of the machine that takes it outlives a power cut."""
import contextlib
import ctypes
import http.client
import json
import pathlib
import signal
import socket
import subprocess
import sys
import time

AGAIN = 74  # what a clock that is set far away ends it with
ADJ_MAXERROR, ADJ_ESTERROR, ADJ_STATUS, STA_UNSYNC = 4, 8, 16, 64
SOCKET = "/run/siteward/ctl.sock"


class Timex(ctypes.Structure):
    _fields_ = [("modes", ctypes.c_uint), ("offset", ctypes.c_long), ("freq", ctypes.c_long),
                ("maxerror", ctypes.c_long), ("esterror", ctypes.c_long), ("status", ctypes.c_int),
                ("rest", ctypes.c_byte * 256)]


def say(what, **more):
    print(json.dumps({"did": what, "mono": time.monotonic(), "utc": time.time(), **more}), flush=True)


def set_clock(to, is_synced):
    """As `date -s` or a network's time does it: the kernel says then that nobody keeps it right, until somebody does."""
    say("before")
    time.clock_settime(time.CLOCK_REALTIME, to)
    wanted = Timex(modes=ADJ_STATUS | ADJ_MAXERROR | ADJ_ESTERROR, maxerror=1000, esterror=1000,
                   status=0 if is_synced else STA_UNSYNC)
    state = ctypes.CDLL(None).adjtimex(ctypes.byref(wanted))
    assert state >= 0 and (state == 5) == (not is_synced), state
    say("clock", synced=is_synced)


def is_writing(disk):
    return int(pathlib.Path(f"/sys/block/{disk}/inflight").read_text().split()[1]) > 0


def status():
    with contextlib.closing(http.client.HTTPConnection("localhost", timeout=5)) as c:
        c.sock = socket.socket(socket.AF_UNIX)
        c.sock.settimeout(5)
        c.sock.connect(SOCKET)
        c.request("GET", "/api/v1/status")
        return json.loads(c.getresponse().read())["uplink"]


class Guest:
    def __init__(self, plan, words):
        self.plan, self.words = plan, words
        self.began = time.monotonic()
        self.start()

    def start(self):
        say("start")
        self.daemon = subprocess.Popen(self.words)

    def look_after(self):
        """It ended. @return: the exit code if nobody starts it again"""
        code = self.daemon.poll()
        if code is None:
            return None
        say("ended", code=code)
        if code != AGAIN:
            return code
        self.start()
        return None

    def is_due(self, step, since):
        after = time.monotonic() - since - step["after"]
        # a disk that rests for seconds is not waited for
        return after >= 0 and (not step.get("in_write") or after > 5 or is_writing(step["in_write"]))

    def is_drained(self):
        with contextlib.suppress(OSError, ValueError, KeyError, http.client.HTTPException):
            said = status()
            return said["connected"] and said["pending"] == 0
        return False

    def run(self):
        steps, since = list(self.plan["steps"]), time.monotonic()
        code, is_stopping = None, False
        while code is None:
            if steps and self.is_due(steps[0], since):
                step = steps.pop(0)
                set_clock(step["to"] if "to" in step else time.time() + step["by"], step["synced"])
                since = time.monotonic()
            if self.plan.get("drain") and not is_stopping and time.monotonic() - since > 3 and self.is_drained():
                is_stopping = True
                self.daemon.send_signal(signal.SIGTERM)
            time.sleep(0.002 if steps else 0.02)
            code = self.look_after()
        return code


if __name__ == "__main__":
    plan = json.loads(pathlib.Path(sys.argv[1]).read_text())
    set_clock(plan["rtc"], False)
    sys.exit(Guest(plan, [sys.argv[2], "-c", sys.argv[3]]).run())
