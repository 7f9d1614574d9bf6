# SPDX-License-Identifier: Apache-2.0
"""What the store packs, read by other eyes: blocks of readings after gateway/block_columns.c and documents of windows
after io/window_text.h, in plain Python and its zlib. `connect` knows window_json in SQL, as the gateway's connections do."""
import pathlib
import re
import sqlite3
import struct
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
MASK = (1 << 64) - 1
NAN = struct.pack("<Q", 0x7FF8000000000000)
SEGMENT, QUOTIENT_MAX = 256, 20


def dictionary():
    source = (ROOT / "io" / "window_text.c").read_text(encoding="utf-8")
    text = re.search(r"dictionary\[\] =\s*(.*?);\n", source, re.S).group(1)
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', text)).replace('\\"', '"').encode()


DICTIONARY = dictionary()


def crc16(data):
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


def window_json(body):
    if body is None:
        return None
    assert crc16(body[:-2]) == struct.unpack("<H", body[-2:])[0], "a packed document is damaged"
    if body[0] == 0:
        return body[1:-2].decode()
    unpack = zlib.decompressobj(-12, zdict=DICTIONARY)
    text = unpack.decompress(body[1:-2]) + unpack.flush()
    assert body[0] == 1 and unpack.eof and not unpack.unused_data
    return text.decode()


def window_pack(text):
    """As it is: what readers take too."""
    body = b"\0" + text.encode()
    return body + struct.pack("<H", crc16(body))


def add_functions(db):
    db.create_function("window_json", 1, window_json, deterministic=True)
    db.create_function("window_pack", 1, window_pack, deterministic=True)
    return db


def connect(path, **more):
    return add_functions(sqlite3.connect(path, **more))


def signed(value):
    value &= MASK
    return value - (1 << 64) if value >> 63 else value


class Bits:
    def __init__(self, data):
        self.data, self.at, self.bit = data, 0, 0

    def u8(self):
        self.at += 1
        return self.data[self.at - 1]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.u8()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def zigzag(self):
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def bits(self, width):
        value = 0
        for i in range(width):
            value |= (self.data[self.at] >> self.bit & 1) << i
            self.bit = (self.bit + 1) % 8
            self.at += self.bit == 0
        return value

    def whole_byte(self):
        self.at += self.bit != 0
        self.bit = 0


def column_of(b):
    head = b.u8()
    column = {"order": head % 3, "coding": head // 3, "base": b.zigzag(), "step": 0, "width": 0, "unit": 1}
    if column["order"]:
        column["step"] = b.zigzag()
    if column["coding"]:
        column["width"], column["unit"] = b.u8(), b.varint()
    return column


def residual_of(b, column):
    if column["coding"] == 0:
        return 0
    if column["coding"] == 2:
        return b.bits(column["width"]) * column["unit"]
    quotient = 0
    while quotient < QUOTIENT_MAX and b.bits(1):
        quotient += 1
    if quotient == QUOTIENT_MAX:
        raw = b.bits(b.bits(6) + 1)
    else:
        raw = quotient << column["width"] | b.bits(column["width"])
    return ((raw >> 1) ^ -(raw & 1)) * column["unit"]


def value_of(number, form):
    number = signed(number)
    if form <= 6:
        return struct.pack("<d", number / 10 ** form)
    if form == 7:
        return struct.pack("<d", struct.unpack("<f", struct.pack("<I", number if number >= 0 else
                                                                 ~number & 0xFFFFFFFF | 0x80000000))[0])
    if form == 8:
        return struct.pack("<Q", number if number >= 0 else ~number & MASK | 1 << 63)
    return struct.pack("<d", number * float(f"1e-{form - 8}"))


def items_of(body):
    """A block of version 2: (number, arrival, utc, mono in us, 8 bytes of the value, flag, late, unsynced, sensor's
    number) each; the last is None but in the tail, whose blocks are of several series."""
    b = Bits(body)
    assert b.u8() == 2
    is_mixed = b.u8() == 1
    left = b.varint()
    while left:
        n = min(left, SEGMENT)
        columns = [column_of(b) for _ in range(7 if is_mixed else 5)]
        form = b.u8()
        columns.append(column_of(b))
        before = [0] * len(columns)
        for i in range(n):
            for at, c in enumerate(columns):
                if c["order"] == 1:
                    before[at] = c["base"] if i == 0 else before[at] + c["step"] + residual_of(b, c)
                else:
                    before[at] = c["base"] + i * c["step"] + residual_of(b, c)
            number, arrival, lag, offset, mark, *series, value = before
            kind = mark >> 17
            raw = struct.pack("<Q", b.bits(64)) if kind == 2 else NAN if kind == 1 else value_of(value, form)
            yield (number & MASK, signed(arrival), signed(arrival - lag), signed(arrival - lag - offset), raw, mark & 0xFF,
                   bool(mark >> 16 & 1), mark >> 8 & 0xFF != 0, series[0] if is_mixed else None)
        b.whole_byte()
        left -= n
    assert b.at == len(body)


def block_of(body, minute=None):
    """What of a block of one series is chained: (number, mono_us, 8 bytes of the value, flag, late, unsynced) each; of
    what arrived in this minute."""
    for number, arrival, _, mono, raw, flag, late, unsynced, sensor in items_of(body):
        assert sensor is None
        if minute is None or arrival // 60_000_000 == minute:
            yield number, mono, raw, flag, late, unsynced
