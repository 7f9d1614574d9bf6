#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes <template>.json beside this file: requests and replies on the wire with the readings they must give.

Nothing of the product is used: the maps are written down here a second time from the same published lists, values are
turned into bytes here, and so is the check sum. "published" frames are copied from a document as they stand there;
"composed" ones were never on a wire: they are what a device with the published map would send.
Run it after a change: the files are kept in the repository.
"""
import json
import os
import struct


def crc(frame):
    c = 0xFFFF
    for byte in frame:
        c ^= byte
        for _ in range(8):
            c = (c >> 1) ^ 0xA001 if c & 1 else c >> 1
    return frame + bytes([c & 0xFF, c >> 8])


def text(frame):
    return " ".join("%02X" % b for b in frame)


def words(kind, raw):
    """Registers of a raw value, high word first."""
    fmt = {"u16": ">H", "s16": ">h", "u32": ">I", "s32": ">i", "f32": ">f"}[kind]
    data = struct.pack(fmt, raw)
    return [data[i] << 8 | data[i + 1] for i in range(0, len(data), 2)]


def exchange(unit, fc, start, count, image):
    regs = [image.get(r, 0) for r in range(start, start + count)]
    reply = struct.pack(">BBB", unit, fc, 2 * count) + b"".join(struct.pack(">H", r) for r in regs)
    return {"origin": "composed", "request": text(crc(struct.pack(">BBHH", unit, fc, start, count))),
            "reply": text(crc(reply))}


def composed(why, unit, fc, blocks, fills, readings, probes=()):
    """fills: (register, type, raw). blocks and probes: (start, count) of requests; a probe may name its own function."""
    image = {}
    for register, kind, raw in fills:
        for i, w in enumerate(words(kind, raw)):
            image[register + i] = w
    asked = [(fc, *b) for b in blocks] + [p if len(p) == 3 else (fc, *p) for p in probes]
    return {"why": why, "unit": unit, "exchanges": [exchange(unit, f, s, n, image) for f, s, n in dict.fromkeys(asked)],
            "readings": readings}


def r(channel, quantity, value):
    """A reading; a value that is a letter is the flag of a reading without a value."""
    if isinstance(value, str):
        return {"channel": channel, "quantity": quantity, "value": None, "flag": value}
    return {"channel": channel, "quantity": quantity, "value": value, "flag": "N"}


NOTE = "Composed from the published register list by compose.py; not recorded from a device."
ALL = {}


def add(name, *cases, note=NOTE):
    ALL[name] = {"template": name, "note": note, "cases": list(cases)}


add("rs-fsjt",
    composed("a fresh breeze", 1, 3, [(0, 1)], [(0, "u16", 83), (2000, "u16", 1)], [r("wind", "wind_speed", 8.3)],
             [(2000, 1)]),
    composed("faster than the sensor can tell", 1, 3, [(0, 1)], [(0, "u16", 900)], [r("wind", "wind_speed", "D")]))
add("rs-fxjt",
    composed("south-west", 1, 3, [(1, 1)], [(0, "u16", 5), (1, "u16", 225), (2000, "u16", 1)],
             [r("wind-dir", "wind_dir", 225)], [(0, 2), (2000, 1)]),
    composed("no such direction", 1, 3, [(1, 1)], [(1, "u16", 400)], [r("wind-dir", "wind_dir", "D")]))
add("rs-zs-bz",
    composed("a street", 1, 3, [(0, 1)], [(0, "u16", 653)], [r("noise", "LAF", 65.3)]),
    composed("0 is no level", 1, 3, [(0, 1)], [(0, "u16", 0)], [r("noise", "LAF", "D")]))
add("sn-300byh-m",
    composed("a warm day", 1, 3, [(0, 6)],
             [(0, "u16", 585), (1, "s16", 271), (3, "u16", 643), (4, "u16", 352), (5, "u16", 61)],
             [r("rh", "rh", 58.5), r("temp", "temp", 27.1), r("pm10", "PM10", 64.3), r("pm2-5", "PM2.5", 35.2),
              r("noise", "LAF", 61)], [(5, 1)]),
    composed("below zero: the temperature is signed", 1, 3, [(0, 6)],
             [(0, "u16", 900), (1, "s16", -125), (3, "u16", 0), (4, "u16", 0), (5, "u16", 40)],
             [r("rh", "rh", 90), r("temp", "temp", -12.5), r("pm10", "PM10", 0), r("pm2-5", "PM2.5", 0),
              r("noise", "LAF", 40)]),
    note="Composed from the published register list by compose.py; the request 01 03 00 00 00 06 C5 C8 is published, "
         "the replies were not recorded from a device.")
add("sn-300byh-m-500",
    composed("a frosty night", 2, 3, [(500, 3)], [(500, "u16", 812), (501, "s16", -46), (502, "u16", 447)],
             [r("rh", "rh", 81.2), r("temp", "temp", -4.6), r("noise", "LAF", 44.7)], [(502, 1)]))
add("cwt-uwd",
    composed("everything fitted", 1, 3, [(500, 10)],
             [(500, "u16", 345), (501, "u16", 3), (502, "u16", 6), (503, "u16", 270), (504, "u16", 623),
              (505, "s16", -31), (506, "u16", 715), (507, "u16", 38), (508, "u16", 92), (509, "u16", 1013),
              (2000, "u16", 1)],
             [r("wind", "wind_speed", 3.45), r("wind-dir", "wind_dir", 270), r("rh", "rh", 62.3),
              r("temp", "temp", -3.1), r("noise", "LAF", 71.5), r("pm2-5", "PM2.5", 38), r("pm10", "PM10", 92),
              r("pressure", "pressure", 1013)], [(503, 1), (504, 1), (2000, 1)]),
    composed("no noise probe, no pressure probe: 0 is neither", 1, 3, [(500, 10)],
             [(500, "u16", 0), (503, "u16", 0), (504, "u16", 400), (505, "s16", 150)],
             [r("wind", "wind_speed", 0), r("wind-dir", "wind_dir", 0), r("rh", "rh", 40), r("temp", "temp", 15),
              r("noise", "LAF", "D"), r("pm2-5", "PM2.5", 0), r("pm10", "PM10", 0),
              r("pressure", "pressure", "D")]))
add("sm7901b",
    {"why": "the maker's own sample: 02 18 is 536, which is 53.6 dB", "unit": 1,
     "exchanges": [{"origin": "published", "request": "01 03 00 00 00 01 84 0A", "reply": "01 03 02 02 18 B9 2E"}],
     "readings": [r("noise", "LAF", 53.6)]},
    composed("a jackhammer", 1, 3, [(0, 1)], [(0, "u16", 978), (100, "u16", 7901), (101, "u16", 1)],
             [r("noise", "LAF", 97.8)], [(100, 1), (101, 1)]),
    note="The first case is published by the maker; the other is composed from the register list by compose.py.")
add("sensecap-one-s200",
    composed("near north, a light wind", 44, 4, [(12, 8)],
             [(12, "s32", 359100), (14, "s32", 1200), (16, "s32", 4100), (18, "s32", 2600)],
             [r("wind", "wind_speed", 2.6), r("wind-dir", "wind_dir", 359.1)],
             [(3, 4096, 1), (3, 4097, 1)]))
add("sensecap-one-s500",
    composed("a cold day", 44, 4, [(0, 20)],
             [(0, "s32", -7250), (2, "s32", 71340), (4, "s32", 101325000), (12, "s32", 182500), (18, "s32", 5300)],
             [r("temp", "temp", -7.25), r("rh", "rh", 71.34), r("pressure", "pressure", 1013.25),
              r("wind-dir", "wind_dir", 182.5), r("wind", "wind_speed", 5.3)],
             [(2, 4), (4, 1), (3, 4096, 1), (3, 4097, 1)]))
for case in ALL["sensecap-one-s200"]["cases"] + ALL["sensecap-one-s500"]["cases"]:
    for e in case["exchanges"]:  # the holding registers of the two: unit id and bit rate / 100
        if e["request"].startswith("2C 03 10 00"):
            e["reply"] = text(crc(bytes([44, 3, 2, 0, 44])))
        if e["request"].startswith("2C 03 10 01"):
            e["reply"] = text(crc(bytes([44, 3, 2, 0, 96])))
add("pmbsense",
    composed("dust of a saw", 1, 4, [(10, 2)], [(9, "u16", 101), (10, "u16", 484), (11, "u16", 1537)],
             [r("pm2-5", "PM2.5", 48.4), r("pm10", "PM10", 153.7)], [(0, 12)]))
add("xm8189b",
    composed("a breeze from the east", 1, 3, [(0, 2)], [(0, "u16", 412), (1, "u16", 9025)],
             [r("wind", "wind_speed", 4.12), r("wind-dir", "wind_dir", 90.25)], [(1, 1)]))
add("greenio-aq",
    composed("a winter day: 40 degrees are added", 255, 3, [(7, 4)],
             [(3, "u16", 4), (4, "u16", 21), (5, "u16", 1), (6, "u16", 30), (7, "u16", 44), (8, "u16", 71),
              (9, "u16", 3350), (10, "u16", 6275)],
             [r("pm2-5", "PM2.5", 44), r("pm10", "PM10", 71), r("temp", "temp", -6.5), r("rh", "rh", 62.75)],
             [(3, 8), (9, 1), (10, 1)]))
add("sen0662",
    composed("floats that are exact in binary", 87, 4, [(8, 4)],
             [(0, "u16", 0x0296), (1, "u16", 0x3343), (2, "u16", 1), (3, "u16", 4), (8, "f32", 12.5),
              (10, "f32", 18.25)],
             [r("pm2-5", "PM2.5", 12.5), r("pm10", "PM10", 18.25)], [(0, 4), (1, 1), (3, 1)]),
    composed("a float that is no number", 87, 4, [(8, 4)], [(8, "f32", float("nan")), (10, "f32", 20)],
             [r("pm2-5", "PM2.5", "D"), r("pm10", "PM10", 20)]))
add("metsens200",
    composed("a breeze from the west", 1, 3, [(0, 4)], [(0, "f32", 270.5), (2, "f32", 4.75)],
             [r("wind-dir", "wind_dir", 270.5), r("wind", "wind_speed", 4.75)], [(2, 1)]))
add("metsens550",
    composed("a cold morning", 1, 3, [(0, 12)],
             [(0, "f32", 45), (2, "f32", 1.5), (4, "f32", 10), (6, "f32", 998.5), (8, "f32", 87.25),
              (10, "f32", -3.125)],
             [r("wind-dir", "wind_dir", 45), r("wind", "wind_speed", 1.5), r("pressure", "pressure", 998.5),
              r("rh", "rh", 87.25), r("temp", "temp", -3.125)], [(6, 1)]))
add("wb-msw2",
    composed("an office", 1, 4, [(0, 1), (1, 1), (3, 1)], [(0, "s16", 214), (1, "u16", 386), (3, "u16", 4735)],
             [r("temp", "temp", 21.4), r("rh", "rh", 38.6), r("noise", "LAF", 47.35)]),
    composed("its patterns for no value", 1, 4, [(0, 1), (1, 1), (3, 1)],
             [(0, "u16", 0x7FFF), (1, "u16", 0xFFFF), (3, "u16", 4735)],
             [r("temp", "temp", "D"), r("rh", "rh", "D"), r("noise", "LAF", 47.35)]))
add("wsd-1",
    composed("82 is 8.2 m/s", 1, 3, [(201, 2)],
             [(200, "u16", 0), (201, "s16", 82), (202, "s16", 1375)],
             [r("wind", "wind_speed", 8.2), r("wind-dir", "wind_dir", 137.5)], [(200, 3), (201, 1), (202, 1)]))
add("ua-1",
    composed("a squall", 1, 3, [(201, 2)], [(201, "s16", 191), (202, "s16", 3102), (207, "s16", 263)],
             [r("wind", "wind_speed", 19.1), r("wind-dir", "wind_dir", 310.2)], [(201, 8), (202, 1), (207, 1)]))
add("boling-dust",
    {"why": "the maker's own sample: 42 hex is 66", "unit": 1, "level": "single",
     "exchanges": [{"origin": "published", "request": "01 03 00 02 00 02 65 CB",
                    "reply": "01 03 04 00 00 00 42 7A 02"}],
     "readings": [r("pm10", "PM10", 66)]},
    {"why": "the maker's own reply, 35 hex is 53; the request's check sum there is a misprint and is put right",
     "unit": 1, "level": "single",
     "exchanges": [{"origin": "published", "request": "01 03 00 04 00 02 85 CA",
                    "reply": "01 03 04 00 00 00 35 3A 24"}],
     "readings": [r("pm2-5", "PM2.5", 53)]},
    composed("more than 16 bits hold", 1, 3, [(0, 6)], [(0, "u32", 70000), (2, "u32", 66), (4, "u32", 53)],
             [r("tsp", "TSP", 70000), r("pm10", "PM10", 66), r("pm2-5", "PM2.5", 53)], [(2, 1), (4, 1)]),
    note="Two replies are published by the maker; the last case is composed from the register list by compose.py.")
add("pm2510th-od",
    composed("a frosty day", 1, 3, [(0, 5)],
             [(0, "u16", 704), (1, "s16", -18), (2, "u16", 9), (3, "u16", 17), (4, "u16", 26)],
             [r("rh", "rh", 70.4), r("temp", "temp", -1.8), r("pm2-5", "PM2.5", 17), r("pm10", "PM10", 26)],
             [(0, 6)]))
NODE = [(0, "u16", 1), (16, "u16", 6532), (17, "u16", 7418), (18, "u16", 9105), (24, "u16", 643), (25, "u16", 352),
        (26, "u16", 1204), (32, "u16", 345), (33, "u16", 270), (34, "u16", 12), (35, "s16", -125), (36, "u16", 585),
        (37, "u16", 10132)]
NODE_SAYS = [r("noise", "LAeq", 65.32), r("noise", "LAFmax", 74.18), r("noise", "LCpeak", 91.05),
             r("pm10", "PM10", 64.3), r("pm2-5", "PM2.5", 35.2), r("tsp", "TSP", 120.4),
             r("wind", "wind_speed", 3.45), r("wind-dir", "wind_dir", 270), r("rain", "rain", 1.2),
             r("temp", "temp", -12.5), r("rh", "rh", 58.5), r("pressure", "pressure", 1013.2)]
add("siteward-node",
    composed("a second of a busy site", 1, 4, [(16, 22)], NODE, NODE_SAYS, [(0, 38)]),
    composed("no microphone, over range, no thermometer", 1, 4, [(16, 22)],
             [(a, k, {16: 0xFFFF, 17: 0xFFFE, 24: 0xFFFE, 35: 0x7FFF}.get(a, v)) for a, k, v in NODE],
             [r(x["channel"], x["quantity"], {"LAeq": "D", "LAFmax": "T", "PM10": "T", "temp": "D"}.get(
                 x["quantity"], x["value"])) for x in NODE_SAYS]),
    note="Composed from docs/reference/node-registers.md by compose.py; not recorded from a device.")

for name, recording in ALL.items():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".json")
    with open(path, "w", encoding="utf-8") as f:
        json.dump(recording, f, indent=1)
        f.write("\n")
