# SPDX-License-Identifier: Apache-2.0
"""Sites of the guest: contacts and relays on the lines of a chip, and what a receiver hears of them."""
import pathlib
import time

import rig as peers

CALM_S = 12  # after a storm it takes 10 until an input is believed again
DEADLINE_S = 30

SITE = """\
version: 1
site:
  id: pd-0042
  area: "310115"
  name: 丁香路 12-3 地块
  location: {{lat: 31.2237, lon: 121.5441}}
  timezone: Asia/Shanghai
  packs: [cn-gb12523-2025]
gateway: {{id: gw-7f3a}}
store: {{commit: 200ms}}
sensors:
  south-gate-noise: {{quantity: LAF, interval: 1s, name: 南门噪声, place: boundary}}
{rows}
responsibility:
  - {{unit: 某某建设 项目部, lead: true}}
"""


def contact(template, chip, line, by=None, **keys):
    """The row of a device on a chip's line; `by`: what the chip is called, if not its path. The simulated world pulls at the line, so the machine's own resistor is left alone."""
    keys = {"template": template, "line": f'"{by or chip.path}:{line}"', "active": "high", "bias": "as-is"} | keys
    return "{" + ", ".join(f"{key}: {value}" for key, value in keys.items()) + "}"


class Place:
    """A broker, a receiver and the gateway's folder."""

    def __init__(self, rig, devices=None, outputs=None):
        rows = []
        for title, of in (("devices", devices), ("outputs", outputs)):
            if of:
                rows += [f"{title}:", *(f"  {name}: {row}" for name, row in of.items())]
        self.rig = rig
        self.site = rig.site(text=SITE.format(rows="\n".join(rows)))
        self.broker = rig.broker()
        self.site.connect(self.broker)
        self.heard = rig.subscriber(self.broker)

    def daemon(self):
        daemon = self.rig.daemon(self.site)
        daemon.wait_connected()
        return daemon

    def events(self, sensor):
        """What came of a sensor's changes so far, each one a document as the contract has it."""
        bodies = [m.body for m in self.heard.messages if m.topic == f"sensor/{sensor}/event"]
        for body in bodies:
            assert not peers.faults_of("event", body), peers.faults_of("event", body)
        return bodies

    def wait_event(self, sensor, n):
        """The n-th event of a sensor, from 0: that is the level that was found at the first start."""
        return peers.wait_until(lambda: self.events(sensor)[n:n + 1], f"event {n} of {sensor}", DEADLINE_S)[0]

    def wait_level(self, sensor, active, settled_s=0):
        """Its last event says so, and none has come for a while."""
        n, since = -1, 0.0

        def is_so():
            nonlocal n, since
            events = self.events(sensor)
            if len(events) != n:
                n, since = len(events), time.monotonic()
            return n > 0 and events[-1]["active"] == active and time.monotonic() >= since + settled_s

        peers.wait_until(is_so, f"{sensor} is {'active' if active else 'at rest'}", DEADLINE_S)

    def sum_of_live(self, sensor):
        """Of all values of a sensor that came."""
        return sum(m.body["v"] or 0 for m in self.heard.messages if m.topic == f"sensor/{sensor}/live")

    def wait_alert(self, code, device, n=1):
        """The n-th time that a retained alert came for a device, or, at every second time, that it was deleted."""
        topic = f"gw/gw-7f3a/alert/{code.lower()}-{device}"
        peers.wait_until(lambda: len([m for m in self.heard.messages if m.topic == topic]) >= n,
                         f"{code} of {device}, message {n}", DEADLINE_S)
        told = [m for m in self.heard.messages if m.topic == topic][n - 1]
        assert told.retain and bool(told.body) == (n % 2 == 1), told
        if told.body:
            assert told.body["code"] == code and not peers.faults_of("alert", told.body), told


def cpu_s(daemon):
    """Processor seconds that a daemon has used."""
    words = pathlib.Path(f"/proc/{daemon.p.pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(words[11]) + int(words[12])) / 100
