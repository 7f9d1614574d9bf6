# SPDX-License-Identifier: Apache-2.0
"""Units of other makers that misbehave, as sitewardd meets them: pymodbus servers by TCP, RTU over TCP and a serial line,
and a line of raw bytes. What came of it is read where everybody reads it, from the broker and the gateway's pages."""
import re
import signal

import bus_peers
import rig as peers

TEMPLATE = """\
version: 1
id: three
manufacturer: none
model: three registers
driver: registers
source: "invented for a test"
sure: confirmed
interval: 200ms
max_gap: 0
max_block: 125
channels:
"""
SITE = """\
version: 1
site:
  id: pd-0042
  area: "310115"
  name: 丁香路 12-3 地块
  location: {lat: 31.2237, lon: 121.5441}
  timezone: Asia/Shanghai
  packs: [cn-gb12523-2025]
gateway: {id: gw-7f3a}
responsibility:
  - {unit: 某某建设 项目部, lead: true}
publish: {live_interval: 0s}
"""
PATIENCE = "1s"  # longer than a busy machine takes, short enough for a test of silence


class Field:
    """A site with units u1 … un of three registers on one bus, the broker, and who listens there."""

    def __init__(self, rig, bus, units, more=None, patience=PATIENCE):
        self.rig = rig
        self.site = rig.site(text=SITE)
        (self.site.folder / "templates").mkdir()
        channels = "".join(f"  c{r}: {{values: [{{quantity: PM10, function: holding, register: {r}, type: u16}}]}}\n"
                           for r in range(bus_peers.REGS))
        (self.site.folder / "templates" / "three.yaml").write_text(TEMPLATE + channels)
        rows = "".join(f"  u{u}: {{template: three, bus: line, address: {u}{(more or {}).get(u, '')}}}\n" for u in units)
        self.site.layer(f"buses:\n  line: {{{bus}, response_timeout: {patience}}}\ndevices:\n{rows}", "50-bus.yaml")
        self.broker = rig.broker()
        self.site.connect(self.broker)
        self.wall = rig.subscriber(self.broker)
        self.daemon = rig.daemon(self.site)

    def live(self, unit, register, wanted, after=None):
        """The first live document of a register that is wanted, and comes after so many messages."""
        topic = f"sensor/u{unit}-c{register}/live"
        return self.wall.out.wait(
            lambda m: m.full_topic == peers.PREFIX + topic and wanted(m.body), f"{topic} as wanted",
            start=self.mark if after is None else after).body

    @property
    def mark(self):
        """How many messages there are now."""
        return len(self.wall.out.snapshot())

    def has(self, unit, register, value, after=0):
        return self.live(unit, register, lambda d: d["v"] == value, after)

    def lacks(self, unit, register, flag, after=0):
        said = self.live(unit, register, lambda d: d["v"] is None and d["flag"] == flag, after)
        assert said["q"] == "bad"
        return said

    def lives(self, unit):
        return [m.body for m in self.wall.messages if re.fullmatch(f"sensor/u{unit}-c[0-9]/live", m.topic)]

    def units(self):
        """What the gateway's own page counts, by unit id."""
        return {d["unit_id"]: d for d in self.daemon.get("/api/v1/status")[2]["bus"][0]["devices"]}

    def end(self):
        """Stop; everything that was published fits the contract."""
        assert self.daemon.end() == 0, self.daemon.said
        for m in self.wall.messages:
            kind = peers.contract_of(m.topic)[0]
            assert not peers.faults_of(kind, m.body), m


def serve(rig, kind, where, units):
    server = bus_peers.Server(kind, where, units)
    rig.stack.callback(server.end)
    return server


def thousand(unit):
    """Register r of a unit holds 1000·unit + r."""
    return [1000 * unit + r for r in range(bus_peers.REGS)]


def stays_well(field, unit, start=0):
    """A unit that nothing was wrong with never lacked a value, nor had another one."""
    said = field.lives(unit)[start:]
    assert said and all(d["v"] in thousand(unit) and d["flag"] == "N" for d in said), said


def test_what_is_wrong_with_a_unit_stays_its_own(rig):
    port = peers.free_port()
    server = serve(rig, "tcp", port, {
        1: {"values": thousand(1)},
        3: {"values": thousand(3), "slow_s": 0.15},
        4: {"values": thousand(4), "missing": [1]},
        5: {"values": thousand(5), "broken": True},
        6: {"values": thousand(6), "single": True},
    })
    field = Field(rig, f"kind: tcp, host: 127.0.0.1, port: {port}", range(1, 7))
    for r in range(bus_peers.REGS):
        field.has(1, r, 1000 + r)
        field.has(3, r, 3000 + r)  # slow, and in time
        field.has(6, r, 6000 + r)  # only one register at a time
        field.lacks(5, r, "D")     # exception 04
        field.lacks(2, r, "B")     # nobody there
    field.has(4, 0, 4000)          # exception 02 inside the block: its neighbours are read
    field.has(4, 2, 4002)
    field.lacks(4, 1, "D")
    counted = field.units()
    assert not counted[2]["answers"] and counted[2]["timeouts"] == counted[2]["requests"] > 0
    assert counted[4]["answers"] and counted[4]["exceptions"] > 0 and counted[5]["exceptions"] > 0
    assert counted[3]["round_trip_p50_us"] >= 150000
    for unit in (1, 3, 4, 5, 6):
        assert counted[unit]["timeouts"] == counted[unit]["garbled"] == 0, counted[unit]
    server.order({2: {"values": thousand(2)}, 5: {"values": thousand(5)}})
    for r in range(bus_peers.REGS):
        field.has(2, r, 2000 + r)
        field.has(5, r, 5000 + r)
    stays_well(field, 1)
    stays_well(field, 3)
    assert all(d["answers"] for d in field.units().values())
    field.end()


def test_a_tcp_server_that_was_killed_is_found_again(rig):
    port = peers.free_port()
    server = serve(rig, "tcp", port, {1: {"values": thousand(1)}})
    field = Field(rig, f"kind: tcp, host: 127.0.0.1, port: {port}", [1])
    field.has(1, 0, 1000)
    for round_ in range(2):
        mark = field.mark
        server.kill()
        field.lacks(1, 0, "B", mark)
        server.start({1: {"values": [7000 + round_, 1001, 1002]}})
        field.has(1, 0, 7000 + round_, mark)
    assert {d["v"] for d in field.lives(1)} == {1000, 1001, 1002, 7000, 7001, None}
    field.end()


def test_rtu_over_tcp_is_read_through_a_box_that_knows_nothing_of_modbus(rig):
    port = peers.free_port()
    server = serve(rig, "rtu-tcp", port, {1: {"values": thousand(1)}})
    field = Field(rig, f"kind: rtu-tcp, host: 127.0.0.1, port: {port}", [1, 2])
    for r in range(bus_peers.REGS):
        field.has(1, r, 1000 + r)
    field.lacks(2, 0, "B")
    server.order({2: {"values": thousand(2)}})
    field.has(2, 2, 2002)
    mark = field.mark
    server.kill()
    field.lacks(1, 0, "B", mark)
    server.start({1: {"values": thousand(1)}, 2: {"values": thousand(2)}})
    field.has(1, 0, 1000, mark)
    stays = [d["v"] for d in field.lives(1) if d["v"] is not None]
    assert set(stays) == set(thousand(1))
    field.end()


def test_a_serial_adapter_may_be_pulled_and_come_back_as_another_one(rig):
    folder = rig.folder()
    cable = bus_peers.PtyPair(folder / "adapter", folder / "far-end")
    rig.stack.callback(cable.end)
    server = serve(rig, "serial", f"{folder}/far-end,9600", {1: {"values": thousand(1)}, 2: {"values": thousand(2)}})
    field = Field(rig, f"kind: rtu, port: {folder}/adapter, baud: 9600, format: 8N1", [1, 2])
    for r in range(bus_peers.REGS):
        field.has(1, r, 1000 + r)
        field.has(2, r, 2000 + r)
    for round_ in range(2):
        mark = field.mark
        server.kill()
        cable.unplug()
        field.lacks(1, 0, "B", mark)
        absent_from = bus_peers.cpu_s(field.daemon.p.pid)
        for _ in range(10):
            mark = field.mark
            field.lacks(2, 0, "B", mark)
        # ten polls of two units: two seconds. A program that spins would have burnt most of them.
        assert bus_peers.cpu_s(field.daemon.p.pid) - absent_from < 1.0
        cable.plug()
        server.start({1: {"values": [8000 + round_, 1001, 1002]}, 2: {"values": thousand(2)}})
        field.has(1, 0, 8000 + round_, mark)
        field.has(2, 0, 2000, mark)
    field.end()


def test_nothing_false_comes_of_a_line_on_which_everything_goes_wrong(rig):
    bad = bus_peers.BadLine(seed=1)
    folder = rig.folder()
    bad.wire = bus_peers.Wire(folder / "port", bad)
    rig.stack.callback(bad.wire.end)
    field = Field(rig, f"kind: rtu, port: {folder}/port, baud: 115200, format: 8N1", [1, 2, 3], patience="200ms")
    peers.wait_until(lambda: min(bad.done.values()) >= 2, f"each fault happens twice: {bad.done}", 180)
    mark = field.mark
    for unit in (1, 2, 3):
        for r in range(bus_peers.REGS):
            field.live(unit, r, lambda d: d["v"] is not None, mark)
    for m in field.wall.messages:
        found = re.fullmatch("sensor/u([0-9])-c([0-9])/live", m.topic)
        if found and m.body["v"] is not None:
            v = round(m.body["v"])
            assert v in bad.said, f"{m} was never said, or only spoilt"
            assert (v // 10000, v % 10000 // 1000) == (int(found[1]), int(found[2])), f"{m} is another's"
    field.end()


def test_units_of_two_speeds_share_a_pair(rig):
    speaks = {1: (9600, 1), 2: (19200, 2), 3: (4800, 1)}
    folder = rig.folder()

    def answer(request):
        if (request.baud, request.stops) != speaks[request.unit]:
            return None  # noise to this unit
        return bus_peers.reply(request, thousand(request.unit)[request.addr:request.addr + request.nb])

    wire = bus_peers.Wire(folder / "port", answer)
    rig.stack.callback(wire.end)
    field = Field(rig, f"kind: rtu, port: {folder}/port, baud: 9600, format: 8N1", [1, 2, 3],
                  {2: ", baud: 19200, format: 8N2", 3: ", baud: 4800"})
    for _ in range(3):
        mark = field.mark
        for unit in (1, 2, 3):
            for r in range(bus_peers.REGS):
                field.has(unit, r, 1000 * unit + r, mark)
    for unit in (1, 2, 3):
        stays_well(field, unit)
    field.end()


def test_a_killed_gateway_leaves_the_line_to_the_next_one(rig):
    folder = rig.folder()
    wire = bus_peers.Wire(folder / "port", lambda q: bus_peers.reply(q, thousand(q.unit)[q.addr:q.addr + q.nb]))
    rig.stack.callback(wire.end)
    field = Field(rig, f"kind: rtu, port: {folder}/port, baud: 9600, format: 8N1", [1])
    field.has(1, 0, 1000)
    assert field.daemon.end(signal.SIGKILL) == -signal.SIGKILL
    field.daemon = rig.daemon(field.site)
    field.has(1, 0, 1000, field.mark)
    field.end()
