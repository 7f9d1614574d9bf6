#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How much siteward-hub takes in, through a real mosquitto.

  ceiling   documents that the broker kept while the hub was away: from the start of the hub until the last is committed
  city      200 sites with 3 sensors each as they would send (600 live values, 10 windows and 3 summaries a second), and how far
            the store is behind what was published; then the same ten times as fast

usage: hub.py BIN_DIR [DOCUMENTS [SECONDS]]     prints figures, asserts nothing about time
$SW_BENCH_IN_FLIGHT: what the broker allows to be unacknowledged; 0 = as much as the hub does
"""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

import paho.mqtt.client as mqtt

SITES, SENSORS = 200, 3
AREA = "siteward/1/310115/"


def window(site, sensor, seq, minute):
    text = json.loads((pathlib.Path(__file__).parents[1] / "data/contract/agg.json").read_text(encoding="utf-8"))
    begin = time.gmtime(1772400000 + 60 * minute)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", begin)
    until = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(1772400000 + 60 * minute + 60))
    text |= {"id": f"s{sensor}:1m:{stamp}+00:00", "gw": f"gw-{site}", "epoch": "e1", "seq": seq, "period": "1m",
             "from": f"{stamp}.000+00:00", "to": f"{until}.000+00:00", "ts": f"{until}.020+00:00"}
    return AREA + f"site-{site}/sensor/s{sensor}/agg/1m", json.dumps(text, ensure_ascii=False, separators=(",", ":"))


def live(site, sensor):
    return AREA + f"site-{site}/sensor/s{sensor}/live", json.dumps(
        {"schema": "siteward.live/1.0", "ts": "2026-03-02T23:41:07.000+08:00", "v": 63.2, "unit": "dBA", "quantity": "LAeq",
         "q": "good", "flag": "N", "limit": 55.0, "n": 918273}, separators=(",", ":"))


def summary(site, n):
    return AREA + f"site-{site}/summary", json.dumps(
        {"schema": "siteward.summary/1.0", "ts": "2026-03-02T23:41:02.000+08:00", "lamp": "ok", "name": f"{site} {n}"})


class Bench:
    def __init__(self, folder, bin_dir):
        self.folder, self.bin_dir = pathlib.Path(folder), pathlib.Path(bin_dir)
        self.port = 18777
        conf = self.folder / "m.conf"
        conf.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"
                        f"max_inflight_messages {os.environ.get('SW_BENCH_IN_FLIGHT', 0)}\n")
        mosquitto = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
        self.broker = subprocess.Popen([mosquitto, "-c", conf], stderr=subprocess.DEVNULL)
        (self.folder / "hub.yaml").write_text(f"version: 1\nhub: {{id: hub-bench, data: data}}\nbroker: {{url: "
                                              f"\"mqtt://127.0.0.1:{self.port}\"}}\n")
        self.db = self.folder / "data" / "hub.db"
        self.hub = None
        time.sleep(0.5)

    def start(self):
        self.hub = subprocess.Popen([self.bin_dir / "siteward-hub", "-c", self.folder / "hub.yaml"], text=True,
                                    stderr=subprocess.PIPE)
        for line in self.hub.stderr:
            if ": MQTT " in line:
                break
        threading.Thread(target=self.hub.stderr.read, daemon=True).start()

    def stop(self):
        self.hub.send_signal(signal.SIGTERM)
        self.hub.wait()

    def rows(self):
        try:
            with contextlib.closing(sqlite3.connect(f"file:{self.db}?mode=ro", uri=True)) as db:
                return db.execute("SELECT count(*) FROM window").fetchone()[0]
        except sqlite3.Error:
            return 0

    def cpu_s(self):
        fields = pathlib.Path(f"/proc/{self.hub.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_mb(self):
        status = pathlib.Path(f"/proc/{self.hub.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024

    def client(self):
        c = mqtt.Client(client_id="bench")
        c.max_inflight_messages_set(200)
        c.max_queued_messages_set(0)
        c.connect("127.0.0.1", self.port)
        c.loop_start()
        return c


def ceiling(bench, documents):
    bench.start()
    time.sleep(1)
    bench.stop()  # the session stays
    c = bench.client()
    sent = None
    for i in range(documents):
        n = i // (SITES * SENSORS)
        site, sensor = i // SENSORS % SITES, i % SENSORS
        sent = c.publish(*window(site, sensor, n * SENSORS + sensor + 1, n), qos=1)
    sent.wait_for_publish()
    begin = time.monotonic()
    bench.start()
    while bench.rows() < documents:
        time.sleep(0.02)
    took = time.monotonic() - begin
    print(f"ceiling: {documents} windows in {took:.2f} s, {documents / took:.0f} a second, CPU {bench.cpu_s():.2f} s, "
          f"memory at most {bench.rss_mb():.1f} MB, file {bench.db.stat().st_size / documents:.0f} bytes a window")
    c.loop_stop()
    return documents


def city(bench, known, seconds, factor):
    c = bench.client()
    begin, cpu = time.monotonic(), bench.cpu_s()
    windows = lives = worst = 0
    second = 0
    worst_s = 0.0
    while second < seconds:
        for part in range(10):
            due = begin + second + part / 10
            time.sleep(max(0, due - time.monotonic()))
            for _ in range(factor * 1):
                n = windows
                c.publish(*window(n // SENSORS % SITES, n % SENSORS, factor * 1000000 + n // (SITES * SENSORS) * SENSORS + n % SENSORS,
                                  factor * 1000000 + n // (SITES * SENSORS)), qos=1)
                windows += 1
            for k in range(factor * 60):
                c.publish(*live((lives + k) // SENSORS % SITES, (lives + k) % SENSORS), qos=0)
            lives += factor * 60
            if part % 3 == 0:
                c.publish(*summary(second * 3 % SITES, windows), qos=1, retain=True)
        behind = known + windows - bench.rows()
        worst = max(worst, behind)
        second += 1
    end = time.monotonic()
    while bench.rows() < known + windows and time.monotonic() < end + 60:
        time.sleep(0.01)
    worst_s = time.monotonic() - end
    took = end - begin
    print(f"city x {factor}: {lives / took:.0f} live values and {windows / took:.0f} windows a second for {took:.0f} s; behind by at "
          f"most {worst} windows, the last one {worst_s * 1000:.0f} ms after it was published; CPU {100 * (bench.cpu_s() - cpu) / took:.0f} %, "
          f"memory at most {bench.rss_mb():.1f} MB")
    c.loop_stop()
    return known + windows


def main():
    bin_dir = sys.argv[1]
    documents = int(sys.argv[2]) if len(sys.argv) > 2 else 60000
    seconds = int(os.environ.get("SW_BENCH_SECONDS", sys.argv[3] if len(sys.argv) > 3 else 30))
    with tempfile.TemporaryDirectory(prefix="sw-bench-hub-") as folder:
        bench = Bench(folder, bin_dir)
        try:
            known = ceiling(bench, documents)
            known = city(bench, known, seconds, 1)
            city(bench, known, seconds, 10)
            bench.stop()
        finally:
            if bench.hub and bench.hub.poll() is None:
                bench.hub.kill()
            bench.broker.kill()
            bench.broker.wait()


if __name__ == "__main__":
    main()
