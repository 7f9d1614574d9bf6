#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads the #include lines of the product and explains every breach of the layers.

usage: check_layers.py SOURCE_DIR [--self-test]

Three rules: a folder includes only folders below it; a third party's header is included by its door file alone;
the judging middle (rules, tickets, the engine) does no I/O.
"""
import pathlib
import re
import sys

# folder: the folders whose headers it may include (docs/architecture.md has the picture)
MAY = {
    "common": {"common"},
    "sensors": {"common", "sensors"},
    "rules": {"common", "rules"},
    "tickets": {"common", "rules", "tickets"},
    "config": {"common", "sensors", "rules", "tickets", "config"},
    "io": {"common", "sensors", "rules", "tickets", "io"},
    "gateway": {"common", "sensors", "rules", "tickets", "config", "io", "gateway"},
    "cli": {"common", "sensors", "rules", "tickets", "config", "io", "gateway", "cli"},
    "hub": {"common", "rules", "tickets", "config", "io", "hub"},
    "firmware": {"common", "firmware"},
}
# headers of common/ that allocate nothing and may run on a microcontroller
FIRMWARE_COMMON = {"crc16.h", "regcodec.h", "node_regmap.h", "acoustics.h", "ring.h", "macros.h"}
# third party header: the only file that includes it
DOORS = {
    "modbus": {"sensors/bus_modbus.c"},
    "gpiod.h": {"sensors/gpio_v1.c", "sensors/gpio_v2.c"},
    "MQTT": {"io/mqtt.c", "io/mqtt_link.c", "io/mqtt_int.h"},
    "mosquitto.h": {"io/mqtt_sink.c"},
    "microhttpd.h": {"io/http_int.h"},
    "yaml.h": {"config/tree.c"},
    "curl/": {"cli/client.c", "gateway/snapshot_child/fetch.c"},
    "seccomp.h": {"gateway/snapshot_child/sandbox.c"},
    "csv.h": {"cli/csv.c", "firmware/port/host/sim_csv.c"},
    "systemd/sd-event.h": {"io/loop.c"},
    "libical/": {"cli/ical.c", "cli/ical.h", "cli/ical_rule.c", "cli/ical_words.c"},
}
MIDDLE = ("rules/", "tickets/", "gateway/engine")
NO_IN_MIDDLE = {"time.h": "reading a clock", "unistd.h": "system calls", "pthread.h": "threads",
                "fcntl.h": "files", "sys/": "system calls", "jansson.h": "JSON", "sqlite3.h": "a database"}
NO_JANSSON = ("common/", "sensors/", "rules/", "tickets/")
# of <stdio.h> the middle may use snprintf into a caller's buffer, nothing that reads or writes
STREAMS = re.compile(r"\b(printf|fprintf|puts|fputs|putchar|fopen|fread|fwrite|fgets|scanf|fscanf|perror|fflush)\s*\(")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def own_breach(path, target):
    """A sentence if including our own header `target` from `path` breaks the layers."""
    folder, wanted = path.split("/")[0], target.split("/")[0]
    if "/" not in target:
        return f'write the folder too: #include "{folder}/…/{target}"'
    if wanted not in MAY:
        return f"there is no layer {wanted}/"
    if wanted not in MAY[folder]:
        return f"{folder}/ may include only {', '.join(sorted(MAY[folder]))}; {wanted}/ lies above it or beside it"
    fw_path = path.startswith("firmware/") and not path.startswith("firmware/port/host/")
    if fw_path and wanted == "common" and target.split("/")[1] not in FIRMWARE_COMMON:
        return f"firmware runs without a heap: of common/ only {', '.join(sorted(FIRMWARE_COMMON))}"
    return None


def foreign_breach(path, target):
    """A sentence if including the system or third party header `target` from `path` breaks a rule."""
    for prefix, doors in DOORS.items():
        if (target.startswith(prefix) or prefix == "modbus" and "modbus" in target) and path not in doors:
            return f"<{target}> has one door: {', '.join(sorted(doors))}; call that instead"
    if target == "sqlite3.h" and path not in ("io/db.c", "io/db_space.c", "io/db_int.h") and not re.search(r"/store[a-z_]*\.c$", path):
        return "<sqlite3.h> belongs in io/db*.c and */store*.c"
    if target == "jansson.h" and path.startswith(NO_JANSSON):
        return "jansson reads JSON at the edges, never in common, sensors, rules or tickets"
    if path.startswith(MIDDLE):
        for prefix, what in NO_IN_MIDDLE.items():
            if target.startswith(prefix):
                return f"the judging middle is pure: <{target}> means {what}"
    return None


def breaches_of(path, text):
    for number, line in enumerate(text.splitlines(), 1):
        if path.startswith(MIDDLE) and STREAMS.search(line):
            yield f"{path}:{number}: the judging middle is pure: no reading or writing of streams"
        m = INCLUDE.match(line)
        if not m:
            continue
        breach = (own_breach if m[1] == '"' else foreign_breach)(path, m[2])
        if breach:
            yield f"{path}:{number}: #include {m[1]}{m[2]}{'>' if m[1] == '<' else m[1]}: {breach}"


def self_test():
    """The check itself must be able to fail."""
    cases = [
        ("rules/x.c", '#include "sensors/device.h"', True), ("rules/x.c", '#include "common/err.h"', False),
        ("sensors/x.c", "#include <modbus.h>", True), ("sensors/bus_modbus.c", "#include <modbus.h>", False),
        ("rules/judge.c", "#include <time.h>", True), ("io/x.c", '#include "config/site.h"', True),
        ("tickets/x.c", "#include <jansson.h>", True), ("gateway/core.c", "#include <sqlite3.h>", True),
        ("gateway/store_schema.c", "#include <sqlite3.h>", False), ("firmware/app/x.c", '#include "common/log.h"', True),
        ("firmware/port/host/x.c", '#include "common/log.h"', False), ("cli/x.c", '#include "gateway/engine.h"', False),
        ("rules/x.c", 'printf("x");', True), ("rules/x.c", 'snprintf(buf, 4, "x");', False),
        ("hub/x.c", '#include "gateway/core.h"', True), ("hub/x.c", '#include "io/db.h"', False),
        ("hub/x.c", "#include <mosquitto.h>", True),
        ("gateway/x.c", "#include <MQTTAsync.h>", True), ("common/x.c", '#include "err.h"', True),
    ]
    for path, line, is_breach in cases:
        assert bool(list(breaches_of(path, line))) == is_breach, (path, line)


def main():
    self_test()
    root = pathlib.Path(sys.argv[1])
    files = [p for folder in MAY for p in sorted((root / folder).rglob("*.[ch]"))]
    found = [b for p in files for b in breaches_of(str(p.relative_to(root)), p.read_text(encoding="utf-8"))]
    print("\n".join(found) or f"{len(files)} files keep the layers")
    sys.exit(1 if found or not files else 0)


if __name__ == "__main__":
    main()
