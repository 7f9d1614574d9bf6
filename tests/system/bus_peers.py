# SPDX-License-Identifier: Apache-2.0
"""Foreign Modbus servers for the system tests. Run as a program it is a pymodbus server (TCP, RTU over TCP, or serial)
whose units are changed by lines of JSON on stdin; imported, it starts that program, pairs of ptys, and a line of raw
bytes for what pymodbus would never do."""
import json
import os
import pathlib
import random
import select
import subprocess
import sys
import termios
import threading
import time

REGS = 3  # holding registers 0 … of a unit; what register r of unit u holds is for the test to say


# The program -----------------------------------------------------------------------------------------------------------


def make_unit(how):
    """A pymodbus unit. how: values, coils, and a fault: slow_s, missing (registers that are not there), broken (it
    fails), single (reads one register at a time), clamp (a register never goes above)."""
    from pymodbus.datastore import ModbusSequentialDataBlock, ModbusSlaveContext, ModbusSparseDataBlock

    class Unit(ModbusSlaveContext):
        def validate(self, fc_as_hex, address, count=1):
            return (not how.get("single") or count == 1) and super().validate(fc_as_hex, address, count)

        def getValues(self, fc_as_hex, address, count=1):
            if how.get("broken"):
                raise RuntimeError("the unit cannot tell")
            time.sleep(how.get("slow_s", 0))
            return super().getValues(fc_as_hex, address, count)

        def setValues(self, fc_as_hex, address, values):
            if "clamp" in how and fc_as_hex in (6, 16):
                values = [min(v, how["clamp"]) for v in values]
            super().setValues(fc_as_hex, address, values)

    there = {r: v for r, v in enumerate(how.get("values", [])) if r not in how.get("missing", [])}
    return Unit(hr=ModbusSparseDataBlock(there or {0: 0}), ir=ModbusSparseDataBlock(there or {0: 0}),
                co=ModbusSequentialDataBlock(0, how.get("coils", [0] * 16)),
                di=ModbusSequentialDataBlock(0, [0] * 16), zero_mode=True)


def serve(kind, where):
    """Until stdin ends. The first order says which units there are (pymodbus looks at them before it waits for a request,
    so they must be there before the line is). Says "ready" once it listens, and "done" after each later order."""
    import asyncio

    from pymodbus.datastore import ModbusServerContext
    from pymodbus.server import StartAsyncSerialServer, StartAsyncTcpServer
    from pymodbus.transaction import ModbusRtuFramer, ModbusSocketFramer

    units = {}
    context = ModbusServerContext(slaves=units, single=False)

    def obey(line):
        order = json.loads(line)
        for unit, how in order.items():
            context._slaves.pop(int(unit), None)  # pylint: disable=protected-access
            if how is not None:
                context._slaves[int(unit)] = make_unit(how)  # pylint: disable=protected-access

    async def run():
        loop = asyncio.get_running_loop()
        if kind == "serial":
            path, baud = where.rsplit(",", 1)
            server = await StartAsyncSerialServer(context, framer=ModbusRtuFramer, port=path, baudrate=int(baud),
                                                  ignore_missing_slaves=True, defer_start=True)
            await server.start()
        else:
            framer = ModbusSocketFramer if kind == "tcp" else ModbusRtuFramer
            server = await StartAsyncTcpServer(context, framer=framer, address=("127.0.0.1", int(where)),
                                               ignore_missing_slaves=True, allow_reuse_address=True, defer_start=True)
        asyncio.ensure_future(server.serve_forever())
        if kind != "serial":
            await server.serving
        print("ready", flush=True)
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            obey(line)
            print("done", flush=True)

    obey(sys.stdin.readline())
    asyncio.run(run())


# For the tests ----------------------------------------------------------------------------------------------------------


class Server:
    """A pymodbus server as a process: it can be killed, and come back."""

    def __init__(self, kind, where, units):
        self.kind, self.where = kind, where
        self.p = None
        self.start(units)

    def start(self, units):
        self.p = subprocess.Popen(["/usr/bin/python3", __file__, self.kind, str(self.where)], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, bufsize=1)
        self._say(units, "ready")

    def order(self, units):
        """{unit: how} as in make_unit; None takes a unit away."""
        self._say(units, "done")

    def _say(self, units, answer):
        self.p.stdin.write(json.dumps(units) + "\n")
        assert self.p.stdout.readline().strip() == answer, f"the pymodbus {self.kind} server is not {answer}"

    def kill(self):
        self.p.kill()
        self.p.wait()
        self.p.stdin.close()
        self.p.stdout.close()

    def end(self):
        if self.p.poll() is None:
            self.kill()


class PtyPair:
    """A serial cable: socat with a pty at each end, by two names."""

    def __init__(self, a, b):
        self.a, self.b = pathlib.Path(a), pathlib.Path(b)
        self.p = None
        self.plug()

    def plug(self):
        self.p = subprocess.Popen(["socat", f"pty,raw,echo=0,link={self.a}", f"pty,raw,echo=0,link={self.b}"],
                                  stderr=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while not (self.a.exists() and self.b.exists()):
            assert self.p.poll() is None and time.monotonic() < end, "socat makes no ptys"
            time.sleep(0.01)

    def unplug(self):
        self.p.terminate()
        self.p.wait()

    def end(self):
        if self.p.poll() is None:
            self.unplug()


def crc16(frame):
    """MODBUS over Serial Line V1.02, 6.2.2."""
    crc = 0xFFFF
    for byte in frame:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return bytes([crc & 0xFF, crc >> 8])


def sealed(*parts):
    body = b"".join(bytes([p]) if isinstance(p, int) else p for p in parts)
    return body + crc16(body)


class Wire:
    """A line of raw bytes behind a pty. `answer(request)` is called in the line's thread and returns the bytes to send
    (None: nothing); request has unit, fc, addr, nb, baud, stops and n, the number of the request."""

    def __init__(self, path, answer):
        self.path = pathlib.Path(path)
        self.answer = answer
        self.n = 0
        self.late = b""  # sent as soon as somebody else is asked
        self.master, self.slave = os.openpty()
        attributes = termios.tcgetattr(self.slave)
        attributes[0] = attributes[1] = attributes[3] = 0
        termios.tcsetattr(self.slave, termios.TCSANOW, attributes)
        os.symlink(os.ttyname(self.slave), self.path)
        self.stop_r, self.stop_w = os.pipe()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        buffered = b""
        while True:
            readable = select.select([self.master, self.stop_r], [], [])[0]
            if self.stop_r in readable:
                return
            buffered += os.read(self.master, 256)
            while len(buffered) >= 8 and crc16(buffered[:6]) != buffered[6:8]:
                buffered = buffered[1:]
            if len(buffered) >= 8:
                self._on_request(buffered[:8])
                buffered = b""

    def _on_request(self, frame):
        class Request:
            unit, fc = frame[0], frame[1]
            addr, nb = frame[2] << 8 | frame[3], frame[4] << 8 | frame[5]
            n = self.n
            attributes = termios.tcgetattr(self.master)
            baud = {termios.B9600: 9600, termios.B19200: 19200, termios.B4800: 4800}.get(attributes[5])
            stops = 2 if attributes[2] & termios.CSTOPB else 1

        self.n += 1
        late, self.late = self.late, b""
        reply = self.answer(Request)
        if late and late[0] != Request.unit:  # of the very unit that is asked again no master can tell it
            os.write(self.master, late)
        if reply:
            os.write(self.master, reply)

    def end(self):
        os.write(self.stop_w, b"x")
        self.thread.join()
        self.path.unlink()
        for fd in (self.master, self.slave, self.stop_r, self.stop_w):
            os.close(fd)


def reply(request, values):
    return sealed(request.unit, request.fc, 2 * len(values), b"".join(bytes([v >> 8, v & 0xFF]) for v in values))


class BadLine:
    """Answers of three units, spoilt in turn by a seed. Register r of unit u holds 10000·u + 1000·r + a count."""

    faults = ["bad crc", "turned bit", "garbage", "half", "foreign", "other unit", "twice", "late", "exception", "silent",
              "rubbish after"]

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.said = set()  # values that a unit really gave, in whole, right replies to whom it was asked
        self.done = dict.fromkeys(self.faults, 0)
        self.bag = []  # each fault once, then each once more
        self.wire = None

    def values(self, request, unit):
        return [10000 * unit + 1000 * r + request.n % 1000 for r in range(request.addr, request.addr + request.nb)]

    def __call__(self, request):
        right = reply(request, self.values(request, request.unit))
        self.bag = self.bag or self.random.sample(self.faults, len(self.faults))
        fault = self.bag.pop() if self.random.random() < 0.4 else None
        if fault is None or fault in ("twice", "rubbish after"):
            self.said.update(self.values(request, request.unit))
        if fault is None:
            return right
        self.done[fault] += 1
        return self.spoil(fault, request, right)

    def spoil(self, fault, request, right):
        other = request.unit % 3 + 1
        if fault == "bad crc":
            return right[:-1] + bytes([right[-1] ^ 0x55])
        if fault == "turned bit":
            at = self.random.randrange(3, len(right))
            return right[:at] + bytes([right[at] ^ 1 << self.random.randrange(8)]) + right[at + 1:]
        if fault == "garbage":
            return bytes([0xF8 | self.random.randrange(8) for _ in range(self.random.randrange(1, 40))])
        if fault == "half":
            return right[:len(right) // 2]
        if fault == "foreign":
            return sealed(77, 3, 4, b"\x12\x34\x56\x78")
        if fault == "other unit":
            return sealed(other, right[1:-2])
        if fault == "twice":
            return right + right
        if fault == "late":
            self.wire.late = right
            return None
        if fault == "exception":
            return sealed(request.unit, request.fc | 0x80, 4)
        if fault == "rubbish after":
            return right + bytes([0xF9, 0xFA, 0xFB])
        return None


def cpu_s(pid):
    """CPU time of a process so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2])
