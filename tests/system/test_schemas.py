# SPDX-License-Identifier: Apache-2.0
"""The JSON Schemas of config/schema against three things: the contract's examples (tests/data/contract), the same
examples with one required field taken away or one wrong value put in, and what the renderer really writes
(`test_document --dump`). Needs the unit tests built: $SW_BIN is their folder, else build/*/bin, newest first."""
import copy
import json
import os
import pathlib
import subprocess

import pytest
from jsonschema import Draft202012Validator

ROOT = pathlib.Path(__file__).resolve().parents[2]
KINDS = ["status", "info", "sensor", "live", "agg", "state", "event", "summary", "schedule", "ticket",
         "ticket-event", "output", "alert", "evidence", "checkpoint", "res", "config", "health", "gap"]
ASKED = ["cmd", "complaint", "evidence-request", "config-patch", "cmd-schedule", "quiet", "host"]  # what others write
VALIDATORS = {}


def validator(kind):
    if kind not in VALIDATORS:
        schema = json.loads((ROOT / "config" / "schema" / f"{kind}.schema.json").read_text(encoding="utf-8"))
        Draft202012Validator.check_schema(schema)
        VALIDATORS[kind] = Draft202012Validator(schema)
    return VALIDATORS[kind]


def kind_of(document):
    """'siteward.ticket-event/1.0' → 'ticket-event'"""
    return document["schema"].removeprefix("siteward.").split("/")[0]


def faults(document, kind=None):
    found = validator(kind or kind_of(document)).iter_errors(document)
    return [f"{error.json_path}: {error.message}" for error in found]


def examples():
    return sorted((ROOT / "tests" / "data" / "contract").glob("*.json"))


def required_paths(kind, schema, value, path=()):
    """Paths of all required fields that this document really has, found by walking schema and document together."""
    root = validator(kind).schema
    while "$ref" in schema:
        referred = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        schema = {**referred, **{k: v for k, v in schema.items() if k != "$ref"}}
    branches = [schema]
    for branch in schema.get("oneOf", []) + schema.get("anyOf", []):
        if validator(kind).evolve(schema=branch).is_valid(value):
            branches.append(branch)
    if "if" in schema:
        holds = validator(kind).evolve(schema=schema["if"]).is_valid(value)
        branches.append(schema.get("then" if holds else "else", {}))
    for branch in branches:
        if branch is not schema:
            yield from required_paths(kind, branch, value, path)
            continue
        if isinstance(value, dict):
            for name in branch.get("required", []):
                yield path + (name,)
            for name, below in branch.get("properties", {}).items():
                if name in value:
                    yield from required_paths(kind, below, value[name], path + (name,))
        if isinstance(value, list) and "items" in branch:
            for i, item in enumerate(value):
                yield from required_paths(kind, branch["items"], item, path + (i,))


def holder(document, path):
    for step in path[:-1]:
        document = document[step]
    return document


def dump():
    folders = [pathlib.Path(os.environ["SW_BIN"])] if "SW_BIN" in os.environ else sorted(
        ROOT.glob("build/*/bin"), key=lambda p: p.stat().st_mtime, reverse=True)
    for folder in folders:
        program = folder / "test_document"
        if program.exists():
            done = subprocess.run([program, "--dump"], capture_output=True, check=True, timeout=60)
            return [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    raise AssertionError(f"test_document is not built in any of {[str(f) for f in folders]}: build the preset `asan`, "
                         "or name the folder of the programs in $SW_BIN")


def test_every_kind_of_document_has_a_schema_and_an_example_of_the_contract():
    assert sorted(p.name for p in (ROOT / "config" / "schema").glob("*.schema.json")
                  if p.name.removesuffix(".schema.json") in KINDS + ASKED) == sorted(
                      f"{k}.schema.json" for k in KINDS + ASKED)
    assert {kind_of(json.loads(p.read_text(encoding="utf-8"))) for p in examples()} == set(KINDS + ASKED)


@pytest.mark.parametrize("kind", KINDS + ASKED)
def test_a_schema_has_the_name_that_events_give_in_dataschema(kind):
    schema = validator(kind).schema
    assert schema["$id"] == f"urn:siteward:{kind}:1.0"
    assert schema["additionalProperties"] is True


@pytest.mark.parametrize("path", examples(), ids=lambda p: p.stem)
def test_an_example_of_the_contract_is_valid(path):
    assert faults(json.loads(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", examples(), ids=lambda p: p.stem)
def test_an_example_without_a_required_field_is_not_valid(path):
    document = json.loads(path.read_text(encoding="utf-8"))
    kind = kind_of(document)
    paths = sorted(set(required_paths(kind, validator(kind).schema, document)), key=str)
    assert len(paths) >= 2
    for field in paths:
        cut = copy.deepcopy(document)
        del holder(cut, field)[field[-1]]
        assert faults(cut, kind), f"{path.name} is still valid without {'.'.join(map(str, field))}"


@pytest.mark.parametrize("path", examples(), ids=lambda p: p.stem)
def test_no_required_field_takes_a_value_of_any_type(path):
    """An object in an array fits no field of the contract."""
    document = json.loads(path.read_text(encoding="utf-8"))
    kind = kind_of(document)
    for field in sorted(set(required_paths(kind, validator(kind).schema, document)), key=str):
        wrong = copy.deepcopy(document)
        holder(wrong, field)[field[-1]] = [{"no": "such thing"}]
        assert faults(wrong, kind), f"{path.name} takes anything for {'.'.join(map(str, field))}"


@pytest.mark.parametrize("path", examples(), ids=lambda p: p.stem)
def test_a_field_that_a_later_minor_version_adds_is_ignored(path):
    document = json.loads(path.read_text(encoding="utf-8"))
    later = {**document, "schema": document["schema"].replace("/1.0", "/1.7"), "added_later": {"x": 1}}
    assert faults(later) == []


WRONG = [
    ("live", ("ts",), "2026-03-02T23:41:07+08:00", "a ts without milliseconds"),
    ("live", ("ts",), "2026-03-02T15:41:07.000Z", "a ts without the site's offset"),
    ("live", ("schema",), "siteward.live/2.0", "another major version"),
    ("live", ("v",), "63.2", "a number as text"),
    ("live", ("unit",), "µg/m3", "a unit that is not ASCII"),
    ("live", ("flag",), "X", "a letter that HJ 212 does not have"),
    ("live", ("q",), "fine", "a quality of another word"),
    ("agg", ("seq",), 1.5, "half a number"),
    ("agg", ("excluded", "fault"), -1, "a negative count"),
    ("agg", ("values",), {"LAeq": 61.8}, "half a noise window"),
    ("agg", ("values",), {}, "a window without values"),
    ("agg", ("limit", "rules"), [], "a limit of no rule"),
    ("agg", ("simulated",), False, "simulated that is not"),
    ("state", ("state",), "loud", "a state of another word"),
    ("state", ("rules", 0, "forecast", "probability"), 1.2, "more than certain"),
    ("state", ("rules", 0, "reason"), "", "an empty reason"),
    ("sensor", ("id",), "North-Gate", "an id in upper case"),
    ("sensor", ("id",), "a" * 65, "an id that is too long"),
    ("sensor", ("interval_ms",), 5, "faster than 10 ms"),
    ("status", ("state",), "fine", "a state of another word"),
    ("info", ("packs", 0, "sha256"), "9f2c", "a cut hash"),
    ("summary", ("lamp",), "red", "a lamp of another word"),
    ("summary", ("headline",), {"en": "x"}, "one language only"),
    ("ticket", ("id",), "7k2m4q5xza", "a ticket id without sw-"),
    ("ticket", ("status",), "done", "a status of another word"),
    ("ticket", ("class",), "D", "a class that does not exist"),
    ("ticket", ("measured",), {"sensor": "a", "over_by": 1, "from": "2026-03-02T23:31:00.000+08:00", "to": None,
                               "q": "good"}, "measured without a value"),
    ("ticket", ("history",), [], "a ticket that nobody opened"),
    ("ticket", ("flags", "overdue"), ["late"], "a deadline of another word"),
    ("ticket-event", ("verb",), "accepted", "the past instead of the verb"),
    ("ticket-event", ("by", "role"), "boss", "a role of another word"),
    ("event", ("count",), None, "an unknown count"),
    ("alert", ("code",), "S014", "a code without SW-"),
    ("alert", ("subject",), "north-gate-pm10", "a subject without its kind"),
    ("alert", ("fix",), {"en": "x"}, "what to do in one language only"),
    ("res", ("status",), "fine", "an answer of another word"),
    ("res", ("data",), {"ticket": "sw-7k2m4q5xza"}, "half of what became of it"),
    ("cmd", ("by", "role"), "king", "a role of another word"),
    ("cmd", ("revision",), 0, "a revision before the first"),
    ("complaint", ("caller_ref",), "021-5555 1234", "a telephone number"),
    ("complaint", ("lat",), 91, "a place beyond the pole"),
    ("complaint", ("occurred", "window"), "30 min", "a window that is no duration"),
    ("evidence", ("answer", "code"), "fine", "a code that is not of the eleven"),
    ("evidence", ("answer", "caveats"), ["Boundary"], "a caveat that is no word"),
    ("evidence", ("distance_m",), -1, "an unknown distance as a number"),
    ("evidence", ("numbers", 0, "verdict"), None, "no verdict"),
    ("evidence", ("integrity", "chain_head"), "c0ff", "a cut hash of the head"),
    ("evidence-request", ("series_points",), 100000, "more points than there are"),
    ("cmd-schedule", ("op",), "delete", "an op of another word"),
    ("cmd-schedule", ("base_revision",), -1, "a schedule before the first"),
    ("cmd-schedule", ("items",), [], "a change of nothing"),
    ("cmd-schedule", ("items", 0, "dtstart"), "tonight", "a beginning that is no time"),
    ("cmd-schedule", ("items", 0, "status"), "unconfirmed", "an authority that is not sure"),
    ("quiet", ("id",), "Gaokao", "an id of a quiet period in upper case"),
    ("quiet", ("duration",), "5 days", "a quiet period whose length is no duration"),
    ("host", ("online",), 1, "a host that is there by number"),
    ("config", ("revision",), 0, "a revision before the first"),
    ("config", ("origin",), {"/publish": None}, "an origin that is no file"),
    ("config", ("incomplete",), False, "incomplete that is not"),
    ("health", ("disk_free_bytes",), -1, "an unknown size as a number"),
    ("health", ("outbox", "pending"), None, "an unknown number of documents"),
    ("config-patch", ("by", "role"), "party", "a patch by somebody else"),
    ("config-patch", ("patch",), [], "a patch that is a list"),
]


@pytest.mark.parametrize("kind, field, value, why", WRONG, ids=[w[3] for w in WRONG])
def test_a_wrong_value_is_not_valid(kind, field, value, why):
    document = json.loads((ROOT / "tests" / "data" / "contract" / f"{kind}.json").read_text(encoding="utf-8"))
    holder(document, field)[field[-1]] = value
    assert faults(document, kind), why


@pytest.mark.parametrize("kind", ["agg", "event", "ticket", "ticket-event"])
def test_a_number_of_the_outbox_comes_with_its_epoch_or_not_at_all(kind):
    document = json.loads((ROOT / "tests" / "data" / "contract" / f"{kind}.json").read_text(encoding="utf-8"))
    for alone in ("seq", "epoch"):
        assert faults({k: v for k, v in document.items() if k != alone}), f"{kind} is valid without {alone}"
    assert faults({k: v for k, v in document.items() if k not in ("seq", "epoch")}) == []


def test_only_the_will_has_no_ts():
    will = json.loads((ROOT / "tests" / "data" / "contract" / "status-will.json").read_text(encoding="utf-8"))
    assert faults({**will, "state": "ready"})


def test_what_the_renderer_writes_is_valid_and_covers_every_kind():
    documents = dump()
    for document in documents:
        assert faults(document) == [], json.dumps(document, ensure_ascii=False)
    assert {kind_of(d) for d in documents} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_renderer_writes_the_fields_of_the_contract_in_its_order(kind):
    """Of each kind some rendered document has exactly the keys of the example, in the example's order."""
    example = json.loads((ROOT / "tests" / "data" / "contract" / f"{kind}.json").read_text(encoding="utf-8"))
    orders = [list(d) for d in dump() if kind_of(d) == kind]
    assert list(example) in orders


def test_the_examples_of_the_reference_page_are_valid_and_cover_every_kind():
    page = (ROOT / "docs" / "reference" / "documents.md").read_text(encoding="utf-8")
    documents = [json.loads(block.split("```")[0]) for block in page.split("```json\n")[1:]]
    for document in documents:
        assert faults(document) == [], json.dumps(document, ensure_ascii=False)
    assert {kind_of(d) for d in documents} == set(KINDS)


def test_the_examples_of_the_page_of_commands_are_valid_and_cover_every_kind():
    page = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    documents = [json.loads(block.split("```")[0]) for block in page.split("```json\n")[1:]]
    for document in documents:
        assert faults(document) == [], json.dumps(document, ensure_ascii=False)
    assert {kind_of(d) for d in documents} == set(ASKED + ["res"])
