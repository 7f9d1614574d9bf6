#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An hour without a broker, at full rate: memory of the gateway meanwhile, and the size of its file before, at the end,
and once everything was delivered. Ten noise sensors at 1 Hz on a simulated clock that runs 30 times as fast, so that an
hour of readings, windows and tickets passes in two minutes. Usage: outage.py PROGRAMS (of a release build)."""
import os
import pathlib
import sys
import time
from datetime import timedelta

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "system"), str(ROOT / "tests" / "support")]
os.environ["SITEWARD_BIN"] = sys.argv[1]

import rig as peers  # noqa: E402  the programs' folder must be known
from evening import Evening  # noqa: E402

SPEED = 30
UNITS = 10
EVERY_S = 5
HOUR_S = 3600 / SPEED


def rss_anon_kb(daemon):
    for line in pathlib.Path(f"/proc/{daemon.p.pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    raise RuntimeError("no RssAnon in /proc: is this Linux?")


def bytes_of(site):
    return sum(p.stat().st_size for p in site.db.parent.iterdir() if p.name.startswith(site.db.name))


def mb(n_bytes):
    return f"{n_bytes / 1e6:.2f} MB"


def watch(daemon, seconds, name):
    """@return RssAnon in MB, every EVERY_S"""
    seen = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(min(EVERY_S, max(end - time.monotonic(), 0)))
        seen.append(rss_anon_kb(daemon) / 1024)
    print(f"    RssAnon {name}: " + " ".join(f"{v:.2f}" for v in seen) + " MB")
    return seen


def main():
    seconds = float(os.environ.get("SW_BENCH_SECONDS", HOUR_S))
    peers_rig = peers.Rig()
    broker = peers_rig.broker()
    evening = Evening(peers_rig, broker, turns=20, units=UNITS, speed=SPEED, interval="1s")
    evening.site.layer(f'platform: {{url: "{broker.url}"}}\npublish: {{backfill_rate: 0}}\n', "20-platform.yaml")
    daemon = evening.daemon()
    print(f"outage\n  ten noise sensors at 1 Hz, simulated clock at {SPEED} x, {seconds * SPEED / 60:.0f} minutes each "
          "(goal: flat within 1 MB)")
    # The engine's own windows fill first: an hour with a broker, so that only the outage is new in the next.
    watch(daemon, seconds, "with a broker  ")
    connected = rss_anon_kb(daemon) / 1024
    daemon.wait_drained()
    before = bytes_of(evening.site)
    first = evening.site.last_seq
    broker.end()
    outage = watch(daemon, seconds, "without        ")
    waiting, size = evening.waiting(), bytes_of(evening.site)
    broker = peers_rig.add(broker.again())
    start = time.monotonic()
    daemon.wait_connected()
    connected_s = time.monotonic() - start
    start = time.monotonic()
    peers.wait_until(lambda: evening.waiting() < UNITS, "what waited has gone", 600)
    drain_s = time.monotonic() - start
    after = watch(daemon, min(seconds, 30), "after draining ")
    print(f"    {evening.site.last_seq - first} documents since; {waiting} waited; connected again after "
          f"{connected_s:.1f} s, delivered in {drain_s:.2f} s more")
    print(f"    file with its log: {mb(before)} before, {mb(size)} at the end of the outage, {mb(bytes_of(evening.site))} "
          "after draining")
    print(f"    outage: lowest {min(outage):.2f}, highest {max(outage):.2f} MB, {max(outage) - connected:+.2f} MB against "
          f"before; after draining {after[-1] - connected:+.2f} MB")
    assert daemon.end() == 0, daemon.said
    print(f"    file after a stop in order: {mb(bytes_of(evening.site))}; simulated {timedelta(seconds=2 * seconds * SPEED)}")
    peers_rig.close()


if __name__ == "__main__":
    main()
