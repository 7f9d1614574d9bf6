# SPDX-License-Identifier: Apache-2.0
"""`siteward pack`: every limit that stands in a pack's file is said, in both languages and for programs, and a site that
uses a pack is told which of its limits nobody has verified. The files are read here by another YAML reader."""
import itertools
import json
import pathlib
import re

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKS = {p.stem: yaml.safe_load(p.read_text(encoding="utf-8")) for p in sorted((ROOT / "rules/packs").glob("*.yaml"))}
LANGS = ["en", "zh"]
UNITS = {"dBA": "dB(A)", "ug/m3": "µg/m³", "mg/m3": "mg/m³"}
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?!\w|\.\d)")

SITE = """\
version: 1
site:
  id: pd-0042
  area: "310115"
  name: pack
  location: {{lat: 31.2237, lon: 121.5441}}
  timezone: Asia/Shanghai
  days: {{exam: ["2026-06-07"]}}
  packs:
    - id: {pack}
      options: {options}
  hotline: hotline-cn-12345
gateway: {{id: gw-7f3a}}
sensors:
  gate-noise: {{quantity: LAeq, interval: 1s, name: gate-noise, place: boundary}}
  gate-tsp: {{quantity: TSP, interval: 60s, name: gate-tsp, place: boundary}}
responsibility:
  - {{unit: Builder, lead: true}}
"""


def figures(limit):
    """Every number of a limit, whatever it depends on."""
    if isinstance(limit, (int, float)):
        return [float(limit)]
    if "from" in limit:
        return [float(limit.get("plus", 0))]
    return [f for key, value in limit.items() if key != "by" for f in figures(value)]


def paragraphs(page):
    """Rule id → what the page says of it."""
    found, current = {}, None
    for line in page.splitlines():
        head = re.match(r"^  ([a-z0-9-]+)(?:  \[.*\])?$", line)
        if head:
            current = head.group(1)
            found[current] = line
        elif line.startswith("      ") and current:
            found[current] += "\n" + line
        elif line and not line.startswith("      "):
            current = None
    return found


def choices(pack):
    """Option sets that together reach every value of every option."""
    options = pack.get("options", {})
    lists = [[(k, v) for v in (o["values"] if o["type"] == "choice" else [o["min"]])] for k, o in options.items()]
    return [dict(c) for c in itertools.product(*lists)]


def in_force(rule, chosen):
    return all(chosen[option] in values for option, values in rule.get("when", {}).items())


def test_there_are_the_eleven_packs(siteward):
    run = siteward("pack", "list")
    assert run.code == 0 and run.err == ""
    ids = [line.split()[0] for line in run.out.splitlines()[1:]]
    assert ids == sorted(PACKS) and len(ids) == 11
    rows = json.loads(siteward("pack", "list", "--json").out)["packs"]
    for row in rows:
        rules = PACKS[row["id"]]["rules"]
        assert row["rules"] == len(rules)
        assert row["unverified"] == sum(r["sure"] == "unverified" for r in rules.values())


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("id", PACKS)
def test_a_page_says_every_limit_its_source_and_how_sure_it_is(siteward, id, lang):
    pack = PACKS[id]
    run = siteward("pack", "show", id, "--lang", lang)
    assert run.code == 0 and run.err == ""
    assert pack["title"]["zh-CN" if lang == "zh" else "en"] in run.out and pack["version"] in run.out
    said = paragraphs(run.out)
    for name, rule in pack["rules"].items():
        text = said[name]
        sentence = text.splitlines()[1]
        numbers = [float(n) for n in NUMBER.findall(sentence)]
        for figure in figures(rule["limit"]):
            assert figure in numbers, f"{id}/{name}: {figure} is not said in: {sentence}"
        assert UNITS.get(rule["unit"], "") in sentence
        for stage in rule.get("stages", []):
            assert stage in sentence
        assert rule["source"] in text
        mark = "[UNVERIFIED]" if lang == "en" else "[未核实]"
        assert (mark in text.splitlines()[0]) == (rule["sure"] == "unverified")
        for deduction in rule.get("deductions", []):
            assert f"{float(deduction['minus'])} dB" in text
        if rule.get("allowed"):
            assert re.search(rf"(?<!\d){rule['allowed']}(?!\d)", text)
        if rule.get("consecutive", 1) > 1:
            assert str(rule["consecutive"]) in text
    for period, times in pack.get("periods", {}).items():
        assert re.search(rf"^  {period} +{times['from']}-{times['to']} ", run.out, re.M)
    for option, o in pack.get("options", {}).items():
        assert o["help"]["zh-CN" if lang == "zh" else "en"] in run.out
        for value in o.get("values", []):
            assert value in run.out
    for c in pack.get("corrections", []):
        assert f"{float(c['minus'])} dB" in run.out
    if "weather" in pack:
        assert f"{float(pack['weather']['wind_below'])} m/s" in run.out


@pytest.mark.parametrize("id", PACKS)
def test_json_has_the_numbers_of_the_file(siteward, id):
    run = siteward("pack", "show", id, "--json")
    assert run.code == 0 and run.err == ""
    page = json.loads(run.out)
    assert page["id"] == id and page["version"] == PACKS[id]["version"] and len(page["sha256"]) == 64
    for name, rule in PACKS[id]["rules"].items():
        rows = [x for x in page["limits"] if x["rule"] == name]
        said = [x["plus"] if x["limit"] is None else x["limit"] for x in rows]
        assert said == figures(rule["limit"]), name
        for row in rows:
            assert row["unit"] == rule["unit"] and row["sure"] == rule["sure"] and row["source"] == rule["source"]
            assert row["period"] == rule.get("period") and row["allowed"] == rule.get("allowed", 0)
            assert row["consecutive"] == rule.get("consecutive", 1) and row["stages"] == rule.get("stages", [])


@pytest.mark.parametrize("id", PACKS)
def test_check_lists_the_unverified_limits_of_a_site(siteward, tmp_path, id):
    pack = PACKS[id]
    for chosen in choices(pack):
        path = tmp_path / "site.yaml"
        path.write_text(SITE.format(pack=id, options=json.dumps(chosen)), encoding="utf-8")
        run = siteward("check", "-c", path, "--json")
        report = json.loads(run.out)
        assert run.code == 0 and report["ok"], f"{chosen}: {report['faults']}"
        told = {m.group(1) for f in report["faults"] if f["severity"] == "warning"
                for m in [re.match(r"the limit '([^']+)' .* is unverified", f["message"])] if m}
        assert told == {name for name, rule in pack["rules"].items()
                        if rule["sure"] == "unverified" and in_force(rule, chosen)}, chosen


def test_an_option_puts_its_figure_in(siteward):
    run = siteward("pack", "show", "de-avv", "--option", "area=residential")
    said = paragraphs(run.out)
    assert run.code == 0 and "at most 50.0 dB(A)." in said["lr-day"] and "35.0" in said["lr-night"]
    assert "70.0" not in said["lr-day"]
    run = siteward("pack", "show", "au-nsw-icng", "-o", "rbl=41.5", "-o", "rbl-outside=33")
    said = paragraphs(run.out)
    assert "51.5 dB(A)" in said["leq-weekday"] and "38.0 dB(A)" in said["leq-outside"]
    run = siteward("pack", "show", "hk-eiao", "-o", "area=designated", "-o", "position=free-field")
    said = paragraphs(run.out)
    assert "cnp-night" not in said and "designated-night" in said and "3.0 dB(A)" in said["leq-day"]
    assert "3 left out" in run.out


@pytest.mark.parametrize("arguments, words", [
    (["show", "de-aav"], ["de-aav", "did you mean 'de-avv'"]),
    (["show", "no-such-pack-at-all"], ["no-such-pack-at-all", "pack list"]),
    (["show", "../packs/de-avv"], ["../packs/de-avv"]),
    (["show", "de-avv", "-o", "aera=spa"], ["did you mean 'area'"]),
    (["show", "de-avv", "-o", "area=spas"], ["spas", "did you mean 'spa'"]),
    (["show", "au-nsw-icng", "-o", "rbl=900"], ["rbl", "900"]),
    (["show", "de-avv", "-o", "area"], ["name=value"]),
    (["show", "de-avv", "--lang", "fr"], ["fr"]),
    (["shwo", "de-avv"], ["did you mean 'show'"]),
    (["show"], ["id"]),
    ([], ["siteward pack list"]),
])
def test_what_was_asked_wrongly_is_said(siteward, arguments, words):
    run = siteward("pack", *arguments)
    assert run.code == 1 and run.out == ""
    for word in words:
        assert word in run.err


def test_help_begins_with_examples(siteward):
    run = siteward("pack", "--help")
    assert run.code == 0 and run.err == ""
    assert run.out.splitlines()[2].startswith("  siteward pack ")


def test_language_follows_the_environment(siteward):
    run = siteward("pack", "show", "cn-gb12523-2025", env={"LANG": "zh_CN.UTF-8"})
    assert run.code == 0 and "限值" in run.out
    run = siteward("pack", "show", "cn-gb12523-2025", env={"LANG": "C.UTF-8"})
    assert run.code == 0 and "Limits" in run.out


def test_a_pack_with_faults_is_told_with_its_line(siteward, tmp_path):
    (tmp_path / "packs").mkdir()
    text = (ROOT / "rules/packs/de-avv.yaml").read_text(encoding="utf-8").replace("statistic: max", "statistic: maxx")
    (tmp_path / "packs" / "de-avv.yaml").write_text(text, encoding="utf-8")
    line = text.splitlines().index("    statistic: maxx") + 1
    run = siteward("pack", "show", "de-avv", "-c", tmp_path / "site.yaml")
    assert run.code == 1 and run.out == "" and f"de-avv.yaml:{line}:" in run.err and "did you mean 'max'" in run.err
