#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Validates the YAML files that are shipped against the JSON Schemas in config/schema/, and checks that the schemas
are strict: a spoilt copy of each file must be refused. usage: validate.py SOURCE_DIR"""
import copy
import json
import pathlib
import sys

import jsonschema
import yaml


class Loader(yaml.SafeLoader):
    """YAML 1.2 as far as our files need it: dates and clock times stay texts, as in JSON, and so do `on` and `off`."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for first in "oOyYnN":  # on, off, yes, no: booleans of YAML 1.1 only
    Loader.yaml_implicit_resolvers[first] = [
        (tag, regexp) for tag, regexp in Loader.yaml_implicit_resolvers.get(first, []) if tag != "tag:yaml.org,2002:bool"]

# kind: files, and ways to spoil one (path of keys, wrong value)
FILES = {
    "site": ("config/site.example.yaml", [
        (("site", "id"), "North_Gate"), (("site", "area"), "shanghai"), (("buses", "rs485-1", "baud"), 9601),
        (("devices", "north-gate", "address"), 256), (("devices", "north-gate", "adress"), 1),
        (("publish", "live_interval"), "5"), (("site", "location", "lat"), 91), (("nonsense",), 1),
        (("responsibility", 0, "category"), "smell"), (("version",), 2),
        (("cameras", "gate", "url"), "http://admin:pw@10.0.0.9/"), (("cameras", "gate", "on"), "tickets")]),
    "template": ("sensors/templates/*.yaml", [
        (("id",), "RS-1"), (("interval",), 1), (("channels",), {}), (("source",), "")]),
    "pack": ("rules/packs/*.yaml", [
        (("capture_min",), 2), (("periods", "day", "from"), "6 o'clock"), (("rules",), {}), (("options",), []),
        (("options", "area", "type"), "word"), (("rules", "leq-night", "limit"), "55"),
        (("rules", "leq-night", "statistic"), "l42"), (("rules", "leq-night", "consecutive"), 0),
        (("weather",), {"wind": 5}), (("corrections",), [3, 2])]),
    "holidays": ("config/holidays/*.yaml", [
        (("known_to",), "2027"), (("holidays", 0, "date"), "1 May"), (("holidays",), []), (("source",), ""),
        (("workdays",), ["Sunday"])]),
    "hotline": ("tickets/packs/*.yaml", [
        (("classes", "D"), {}), (("reopen_within",), 24), (("class_a", "over_by"), "ten")]),
}


def spoil(document, path, value):
    spoilt = copy.deepcopy(document)
    at = spoilt
    for key in path[:-1]:
        if isinstance(at, dict) and key not in at:
            return None
        at = at[key]
    at[path[-1]] = value
    return spoilt


def main(root):
    bad = 0
    for kind, (pattern, ways) in FILES.items():
        files = sorted(root.glob(pattern))
        schema = json.loads((root / f"config/schema/{kind}.schema.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        if not files:
            print(f"{kind}: no file to validate", file=sys.stderr)
            bad += 1
        unused = set(range(len(ways)))
        for file in files:
            document = yaml.load(file.read_text(encoding="utf-8"), Loader)
            for error in validator.iter_errors(document):
                print(f"{file}: {error.json_path}: {error.message}", file=sys.stderr)
                bad += 1
            for i, (path, value) in enumerate(ways):
                spoilt = spoil(document, path, value)
                if spoilt is None:  # this file has nothing there; another one must
                    continue
                unused.discard(i)
                if validator.is_valid(spoilt):
                    print(f"{file}: {path} = {value!r} should be refused", file=sys.stderr)
                    bad += 1
        for i in unused:
            print(f"{kind}: no file has {ways[i][0]}", file=sys.stderr)
            bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
