# SPDX-License-Identifier: Apache-2.0
"""A cabinet for the tests of the scan: one line (a pty) with units at several bit rates. Behind each rate stands a
pymodbus server of its own, or a siteward-node; a pty carries no rate, so the line looks at the settings that the asker
chose and lets only those units hear it. Run as a program it is one pymodbus server on a serial port."""
import json
import os
import pathlib
import select
import subprocess
import sys
import termios
import threading
import time

RATES = {termios.B4800: 4800, termios.B9600: 9600, termios.B19200: 19200, termios.B38400: 38400, termios.B115200: 115200}
RECORDINGS = pathlib.Path(__file__).resolve().parents[1] / "data" / "recordings"


# The program -------------------------------------------------------------------------------------------------------------


def serve(path, baud):
    """Units come as one line of JSON: {"1": {"3": {"0": 653}, "4": {}}}, function → register → value. What is not there
    is refused with exception 2. Later lines change values: ["1", "3", "0", 700]."""
    import asyncio

    from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext, ModbusSparseDataBlock
    from pymodbus.server import StartAsyncSerialServer
    from pymodbus.transaction import ModbusRtuFramer

    def block(registers):
        there = {int(r): v for r, v in registers.items()}
        return ModbusSparseDataBlock(there or {65535: 0})  # an empty one means "all registers" to pymodbus

    def make(image):
        return ModbusSlaveContext(hr=block(image.get("3", {})), ir=block(image.get("4", {})), zero_mode=True)

    units = {int(u): make(image) for u, image in json.loads(sys.stdin.readline()).items()}

    async def run():
        loop = asyncio.get_running_loop()
        server = await StartAsyncSerialServer(ModbusServerContext(slaves=units, single=False), framer=ModbusRtuFramer,
                                              port=path, baudrate=int(baud), ignore_missing_slaves=True,
                                              defer_start=True)
        await server.start()
        print("ready", flush=True)
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            unit, function, register, value = json.loads(line)
            units[int(unit)].setValues(int(function), int(register), [value])
            print("done", flush=True)

    asyncio.run(run())


# For the tests ----------------------------------------------------------------------------------------------------------


def image_of(template, case=0):
    """The registers that the recorded frames of a template show: function → register → value."""
    recording = json.loads((RECORDINGS / f"{template}.json").read_text(encoding="utf-8"))
    image = {"3": {}, "4": {}}
    for exchange in recording["cases"][case]["exchanges"]:
        request, reply = bytes.fromhex(exchange["request"]), bytes.fromhex(exchange["reply"])
        first = request[2] << 8 | request[3]
        for i in range(reply[2] // 2):
            image[str(reply[1])][str(first + i)] = reply[3 + 2 * i] << 8 | reply[4 + 2 * i]
    return image


def raw_pty():
    master, slave = os.openpty()
    attributes = termios.tcgetattr(slave)
    attributes[0] = attributes[1] = attributes[3] = 0
    termios.tcsetattr(slave, termios.TCSANOW, attributes)
    return master, slave


class Server:
    """A pymodbus server behind a pty of its own."""

    def __init__(self, baud, units):
        self.master, self.slave = raw_pty()
        self.p = subprocess.Popen(["/usr/bin/python3", __file__, os.ttyname(self.slave), str(baud)],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                  bufsize=1)
        self.say({str(u): image for u, image in units.items()}, "ready")

    def say(self, order, answer="done"):
        self.p.stdin.write(json.dumps(order) + "\n")
        assert self.p.stdout.readline().strip() == answer, "the pymodbus server has gone"

    def end(self):
        self.p.kill()
        self.p.wait()
        self.p.stdin.close()
        self.p.stdout.close()
        os.close(self.master)
        os.close(self.slave)


class Cabinet:
    """units: {baud: {address: image}}. garbled, scraps: addresses (at 9600) whose answer has a
    wrong check sum, or is a few bytes of nothing. pty: {baud: path} of a
    unit with a line of its own. Notes every request: `functions`, `asked` ((baud, address) in order)."""

    def __init__(self, path, units, garbled=(), scraps=(), pty=None):
        self.path = pathlib.Path(path)
        self.garbled, self.scraps = set(garbled), set(scraps)
        self.servers = {baud: Server(baud, images) for baud, images in units.items()}
        self.far = {baud: server.master for baud, server in self.servers.items()}
        self.opened = []
        for baud, other in (pty or {}).items():
            fd = os.open(other, os.O_RDWR | os.O_NOCTTY)
            self.opened.append(fd)
            self.far[baud] = fd
        self.functions, self.asked = set(), []
        self.master, self.slave = raw_pty()
        os.symlink(os.ttyname(self.slave), self.path)
        self.stop_r, self.stop_w = os.pipe()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def set(self, baud, unit, register, value, function=3):
        self.servers[baud].say([unit, function, register, value])

    def _run(self):
        frame = b""
        while True:
            ready = select.select([self.master, self.stop_r, *self.far.values()], [], [])[0]
            if self.stop_r in ready:
                return
            for fd in ready:
                data = os.read(fd, 512)
                if fd != self.master:
                    os.write(self.master, data)
                    continue
                frame += data
                while len(frame) >= 8:  # every request of a reader has eight bytes
                    self._pass_on(frame[:8])
                    frame = frame[8:]

    def _pass_on(self, frame):
        baud = RATES.get(termios.tcgetattr(self.master)[5], 0)
        self.functions.add(frame[1])
        self.asked.append((baud, frame[0]))
        if baud == 9600 and frame[0] in self.garbled:
            os.write(self.master, bytes([frame[0], frame[1], 2, 0xFF, 0x00, 0xDE, 0xAD]))
        elif baud == 9600 and frame[0] in self.scraps:
            os.write(self.master, bytes([0xFE, 0x00, 0xF0, 0xFF]))
        elif baud in self.far:
            os.write(self.far[baud], frame)

    def end(self):
        os.write(self.stop_w, b"x")
        self.thread.join(10)
        self.path.unlink()
        for server in self.servers.values():
            server.end()
        for fd in [self.master, self.slave, self.stop_r, self.stop_w, *self.opened]:
            os.close(fd)


def wait_for(condition, what, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.02)


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2])
