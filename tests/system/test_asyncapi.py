# SPDX-License-Identifier: Apache-2.0
"""docs/asyncapi.yaml against the official schema of AsyncAPI, against the table by which every message of the system
tests is judged (rig.py, seen.py), against what the gateway subscribes to (gateway/doors.c), and its schemas and
examples against each other."""
import copy
import json
import re

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator

import rig as peers
import seen

DOCS = peers.ROOT / "docs"
SITE = {"root": "siteward", "area": "310115", "site": "pd-0042", "gw": "gw-7f3a"}
OF_CONFIGURATION = {"site", "template", "pack", "hotline", "holidays", "hub"}
# A schema that no message carries and no person writes has no place in the folder.
API = yaml.safe_load((DOCS / "asyncapi.yaml").read_text(encoding="utf-8"))


def at(ref, base=API):
    """What a $ref points to: in this file, or a file beside it."""
    if not ref.startswith("#"):
        return json.loads((DOCS / ref).read_text(encoding="utf-8"))
    for step in ref[2:].split("/"):
        base = base[step.replace("~1", "/").replace("~0", "~")]
    return base


def refs(node):
    if isinstance(node, dict):
        if set(node) == {"$ref"}:
            yield node["$ref"]
        for below in node.values():
            yield from refs(below)
    if isinstance(node, list):
        for below in node:
            yield from refs(below)


def kind_of(message):
    ref = at(message["$ref"])["payload"]["schema"]["$ref"]
    return re.fullmatch(r"\.\./config/schema/(.*)\.schema\.json", ref)[1]


def topic_of(channel):
    """The address with its parameters' examples in it."""
    parameters = {n: at(p["$ref"])["examples"][0] for n, p in channel["parameters"].items()} | SITE
    return channel["address"].format(**parameters)


def operations(action):
    """@return (name, channel name, channel, QoS, retained, expiry, kinds)"""
    for name, op in API["operations"].items():
        if op["action"] == action:
            key = op["channel"]["$ref"].removeprefix("#/channels/")
            mqtt = op["bindings"]["mqtt"]
            yield (name, key, API["channels"][key], mqtt["qos"], mqtt["retain"], mqtt.get("messageExpiryInterval"),
                   {kind_of(m) for m in API["channels"][key]["messages"].values()})


def asyncapi_faults(document):
    schema = json.loads((peers.ROOT / "tests/data/asyncapi/asyncapi-3.0.0.schema.json").read_text(encoding="utf-8"))
    # Debian 12's jsonschema takes a *property* of this name for the id of a schema.
    del schema["definitions"]["json-schema-draft-07-schema"]["properties"]["$id"]
    found = sorted(Draft7Validator(schema).iter_errors(document), key=lambda e: list(map(str, e.path)))
    return [f"{e.json_path}: {e.message[:300]}" for e in found[:5]]


def test_it_is_valid_asyncapi():
    assert asyncapi_faults(API) == []


@pytest.mark.parametrize("path, value", [
    (("operations", "publishAgg", "action"), "shout"), (("operations", "publishAgg", "bindings", "mqtt", "qos"), 3),
    (("channels", "summary", "addres"), "x"), (("operations", "takeComplaint", "reply", "address"), 7), (("info",), {})])
def test_what_is_no_asyncapi_is_found(path, value):
    wrong = copy.deepcopy(API)
    below = wrong
    for step in path[:-1]:
        below = below[step]
    below[path[-1]] = value
    assert asyncapi_faults(wrong)


def test_every_reference_leads_somewhere():
    for ref in refs(API):
        assert isinstance(at(ref), dict), ref
    used = set(refs(API))
    for group, things in API["components"].items():
        for name in things if group != "securitySchemes" else ():
            assert f"#/components/{group}/{name}" in used, f"nothing uses {group}/{name}"


def test_a_channel_names_the_parameters_of_its_address_and_their_examples_fit_their_patterns():
    for key, channel in API["channels"].items():
        assert set(re.findall(r"{(\w+)}", channel["address"])) == set(channel["parameters"]), key
    for name, parameter in API["components"]["parameters"].items():
        for example in parameter["examples"] + parameter.get("enum", []):
            assert re.search(parameter["x-pattern"], example), f"{name}: {example}"


def test_what_is_published_is_the_table_of_the_system_tests_and_the_other_way_round():
    rows = set()
    for name, key, channel, qos, retained, expiry, kinds in operations("send"):
        topic = topic_of(channel).removeprefix(peers.PREFIX)
        found = [row for row in peers.CONTRACT if re.fullmatch(row[0], topic)]
        assert len(found) == 1, f"{name}: {topic} is on {len(found)} rows of rig.py"
        kind = found[0][1]
        assert (qos, retained) == found[0][2:4], name
        assert kinds == ({"res", "evidence"} if kind == "res" else {kind}), name
        assert expiry == seen.EXPIRY_S.get(kind), name
        rows.add(found[0][0])
    assert rows == {row[0] for row in peers.CONTRACT}


def test_what_is_taken_is_the_table_of_the_system_tests_and_the_other_way_round():
    rows = set()
    for name, key, channel, qos, retained, expiry, kinds in operations("receive"):
        topic = topic_of(channel)
        found = [row for row in seen.DOWN if re.fullmatch(row[0], topic)]
        if not found:  # what other gateways publish
            assert [r for r in peers.CONTRACT if re.fullmatch(peers.PREFIX + r[0], topic)], f"{name}: {topic}"
            continue
        assert len(found) == 1 and (qos, retained, kinds) == (1, found[0][2], {found[0][1]}), name
        assert ("reply" in API["operations"][name]) == ("/cmd/" in topic), name
        rows.add(found[0][0])
    assert rows == {row[0] for row in seen.DOWN}


def filters():
    """What gateway/doors.c subscribes to, as whole filters of this site."""
    doors = (peers.ROOT / "gateway/doors.c").read_text(encoding="utf-8")
    words = dict(re.findall(r'#define (SW_TOPIC_\w+) "([^"]*)"', (peers.ROOT / "io/topic.h").read_text(encoding="utf-8")))
    under = {"SITE": peers.PREFIX, "GATEWAY": peers.PREFIX + "gw/gw-7f3a/", "AREA": "siteward/1/310115/", "ROOT": "siteward/1/"}
    table = re.search(r"wanted\[\] = {(.*?)\n};", doors, re.S)[1]
    rows = re.findall(r'{UNDER_(\w+), ("[^"]*"|\w+)}', table)
    assert len(rows) == table.count("UNDER_") > 0
    return [under[u] + (leaf.strip('"') if leaf.startswith('"') else words[leaf]) for u, leaf in rows]


def test_every_subscription_of_the_gateway_is_a_channel_that_it_takes_from_and_the_other_way_round():
    taken = {topic_of(channel) for _, _, channel, *_ in operations("receive")}
    for f in filters():
        pattern = re.escape(f).replace(r"\+", "[^/]+")
        met = {t for t in taken if re.fullmatch(pattern, t)}
        assert met, f"{f} is no channel"
        taken -= met
    assert not taken, f"nothing subscribes to {taken}"


@pytest.mark.parametrize("key", API["components"]["messages"])
def test_the_examples_of_a_message_fit_its_schema(key):
    message = API["components"]["messages"][key]
    validator = Draft202012Validator(at(message["payload"]["schema"]["$ref"]))
    assert message["examples"]
    for example in message["examples"]:
        document = at(example["payload"]["$ref"])
        assert not [e.message for e in validator.iter_errors(document)], example["name"]
        assert document["schema"].startswith(f"siteward.{message['name']}/1."), example["name"]


def test_every_example_and_every_schema_belongs_to_a_message():
    said = set(refs(API["components"]["messages"]))
    for path in (peers.ROOT / "tests/data/contract").glob("*.json"):
        assert f"../tests/data/contract/{path.name}" in said, path.name
    for path in (peers.ROOT / "config/schema").glob("*.schema.json"):
        kind = path.name.removesuffix(".schema.json")
        assert (f"../config/schema/{path.name}" in said) != (kind in OF_CONFIGURATION), path.name


def test_events_and_nothing_else_carry_the_attributes_of_cloudevents():
    assert {m["name"] for m in API["components"]["messages"].values() if "headers" in m} == seen.EVENTS
    assert set(API["components"]["schemas"]["cloudEvent"]["required"]) == seen.CLOUD


def test_the_verbs_are_those_of_the_life_of_a_ticket():
    page = (DOCS / "reference" / "ticket-life.md").read_text(encoding="utf-8")
    table = page.split("<!-- table: states by verbs -->")[1].split("\n\n")[1]
    assert API["components"]["parameters"]["verb"]["enum"] == re.findall(r"^\| `(\w+)` \|", table, re.M)
