# SPDX-License-Identifier: Apache-2.0
"""`siteward replay` on real series, against the independent computation of tests/support/oracle.py and against what
the publishers of the data computed themselves; then its promises: order, repeatability, bad lines, exit codes."""
import csv
import json
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import oracle
import pytest
from conftest import SERIES, seconds

UTC = timezone.utc
REAL = [
    # folder, site, readings, zone, {sensor: interval_s}
    ("montreal-laeq-1s", "site.yaml", "readings.csv", "America/Toronto", {"street": 1}),
    ("montreal-evening-5s", "site.yaml", "readings.csv", "America/Toronto", {"street": 5}),
    ("berlin-pm25", "site.yaml", "readings.csv", "Europe/Berlin", {"balcony": 60}),
    ("berlin-pm25", "site-10s.yaml", "spike.csv", "Europe/Berlin", {"balcony": 10}),
    ("berlin-pm25", "site-10s.yaml", "gap.csv", "Europe/Berlin", {"balcony": 10}),
    ("ispra-pm10", "site.yaml", "readings.csv", "Europe/Rome",
     {"station-pm10": 600, "station-wind": 600, "station-vane": 600}),
    ("arm-wind-rain", "site.yaml", "readings.csv", "America/Chicago", {"mast-wind": 60, "mast-rain": 60}),
]
TOLERANCE = {"LAeq": 0.05, "LAmax": 0.05, "LAmin": 0.05, "mean": 0.01, "min": 0.01, "max": 0.01}
LN_TOLERANCE = 0.1001  # one class


def instant(text):
    return datetime.fromisoformat(text).astimezone(UTC)


def compare(documents, path, zone, intervals):
    """Every window of the replay with the same window computed by hand: the same set, the same counts, near values."""
    channels = defaultdict(list)
    for r in oracle.read(path):
        channels[r.sensor, r.quantity].append(r)
    start = min(rs[0].ts for rs in channels.values())
    last = max((rs[-1] for rs in channels.values()), key=lambda r: r.ts)
    end = last.ts + timedelta(seconds=max(intervals[s] for s, _ in channels))
    assert len(documents) > 0
    n_values = 0
    for (sensor, quantity), rs in channels.items():
        got = {(d["period"], instant(d["from"])): d for d in documents if d["id"].startswith(sensor + ":")}
        want = oracle.windows(rs, ZoneInfo(zone), intervals[sensor], start, end,
                              periods=oracle.GB12523 if quantity in oracle.NOISE else {},
                              lengths=oracle.LENGTHS if quantity in oracle.NOISE else {"1m": 60, "1h": 3600})
        assert set(want) == set(got), f"{sensor}: other windows than expected"
        for key, w in want.items():
            d = got[key]
            where = f"{sensor} {key[0]} {d['from']}"
            assert d["quantity"] == quantity, where
            assert (instant(d["to"]), d["expected"]) == (w.end, w.expected), where
            assert d["n"] == len(w.values), where
            assert d.get("partial", False) == (w.end > end), where
            for name, value in oracle.statistics(quantity, w.values).items():
                if value is None:
                    assert d["values"][name] is None, f"{where}: {name} of no data"
                    continue
                near = pytest.approx(value, abs=TOLERANCE.get(name, LN_TOLERANCE))
                assert d["values"][name] == near, f"{where}: {name}"
                n_values += 1
    return n_values


@pytest.mark.parametrize("folder, site, file, zone, intervals", REAL, ids=[f"{r[0]}/{r[2]}" for r in REAL])
def test_windows_of_real_series_equal_the_independent_computation(siteward, folder, site, file, zone, intervals):
    readings = SERIES / folder / file
    run = siteward("replay", "-c", SERIES / folder / site, "--readings", readings, "--only", "agg")
    assert run.code == 0, run.err
    assert compare(run.payloads("agg"), readings, zone, intervals) > 100


def test_one_minute_levels_equal_those_that_the_publisher_computed(siteward):
    folder = SERIES / "montreal-laeq-1s"
    run = siteward("replay", "-c", folder / "site.yaml", "--readings", folder / "readings.csv", "--only", "agg")
    got = {instant(d["from"]): d["values"]["LAeq"] for d in run.payloads("agg") if d["period"] == "1m"}
    with open(folder / "published_laeq_1min.csv", newline="") as f:
        published = {instant(row["ts"]): float(row["laeq_1min_dB"]) for row in csv.DictReader(f)}
    assert len(published) == 360
    for t, level in published.items():
        assert got[t] == pytest.approx(level, abs=0.05), t


@pytest.mark.parametrize("folder, site, file", [r[:3] for r in REAL], ids=[f"{r[0]}/{r[2]}" for r in REAL])
def test_every_document_fits_its_schema(siteward, validate, folder, site, file):
    run = siteward("replay", "-c", SERIES / folder / site, "--readings", SERIES / folder / file, "--live")
    assert run.code == 0, run.err
    seen = set()
    for line in run.lines:
        assert set(line) == {"topic", "retain", "payload"}
        validate(line["payload"])
        kind = line["payload"]["schema"].removeprefix("siteward.").split("/")[0]
        assert line["retain"] == (kind in ("live", "state", "summary", "ticket")), line["topic"]
        seen.add(kind)
    assert {"agg", "live", "summary"} <= seen, "something was checked"


def test_the_same_input_gives_the_same_bytes(siteward, make_site, night_pour):
    site = make_site({"gate-noise": "LAeq"})
    one = siteward("replay", "-c", site, "--readings", night_pour, "--live")
    two = siteward("replay", "-c", site, "--readings", night_pour, "--live")
    assert one.code == 0 and len(one.raw) > 100000
    assert one.raw == two.raw


# The night pour -------------------------------------------------------------------------------------------------------


@pytest.fixture
def pour(siteward, make_site, night_pour):
    run = siteward("replay", "-c", make_site({"gate-noise": "LAeq"}), "--readings", night_pour)
    assert run.code == 0, run.err
    return run


def test_a_preventive_ticket_opens_before_the_limit_falls(pour, validate):
    tickets = pour.payloads("ticket")
    for t in tickets:
        validate(t)
    assert len({t["id"] for t in tickets}) == 1, "one matter, one ticket"
    first = tickets[0]
    assert (first["origin"], first["stage"], first["history"][0]["verb"]) == ("preventive", "forecast", "open")
    assert first["status"] == "dispatched", "a site without a platform gives it to its owner at once"
    assert instant(first["ts"]) < instant("2026-03-02T22:00:00+08:00")
    assert first["rule"]["id"] == "cn-gb12523-2025/leq-night" and first["rule"]["limit"] == 55.0
    # by hand: an empty window from 22:00 on, 63 dB; n readings exceed when n·10^6.3 >= 1200·10^5.505, so n = 193
    crosses = instant(first["forecast"]["crosses_at"])
    assert abs((crosses - instant("2026-03-02T22:03:13+08:00")).total_seconds()) <= 2


def test_the_same_ticket_becomes_exceeded_when_the_limit_is_crossed(pour, night_pour):
    exceeded = next(t for t in pour.payloads("ticket") if t["stage"] == "exceeded")
    crossing = oracle.first_crossing(list(oracle.read(night_pour)), ZoneInfo("Asia/Shanghai"))
    assert crossing[1] == "night"
    assert abs((instant(exceeded["ts"]) - crossing[0]).total_seconds()) <= 1
    assert exceeded["origin"] == "preventive" and exceeded["measured"]["over_by"] > 0


def test_states_tell_the_story_in_order(pour):
    story = [s["state"] for s in pour.payloads("state") if s["rule"] == "cn-gb12523-2025/leq-night"]
    assert "forecast" in story and "alerting" in story
    assert story.index("forecast") < story.index("alerting")


def test_time_never_goes_back_in_the_output(pour):
    ts = [instant(line["payload"]["ts"]) for line in pour.lines]
    assert ts == sorted(ts)


def test_first_crossing_of_a_rising_level_is_found_at_the_same_reading(siteward, make_site, make_readings):
    """A slow rise across the day limit: the oracle slides its window over every second."""
    ts = seconds("2026-03-02T14:00:00+08:00", 5400)
    readings = make_readings([(t, "gate-noise", "LAeq", f"{62 + i / 400:.2f}", "N") for i, t in enumerate(ts)])
    run = siteward("replay", "-c", make_site({"gate-noise": "LAeq"}), "--readings", readings, "--only", "state")
    want = oracle.first_crossing(list(oracle.read(readings)), ZoneInfo("Asia/Shanghai"))
    rules = [r for s in run.payloads("state") for r in s["rules"] if r["rule"] == "cn-gb12523-2025/leq-day"]
    first = next(r for r in rules if r["state"] == "alerting")
    assert want[1] == "day"
    assert abs((instant(first["since"]) - want[0]).total_seconds()) <= 1


def test_a_real_evening_is_foreseen_and_its_crossing_found_to_the_reading(siteward, validate):
    """A street at 58 dB when the limit falls to 55: foreseen minutes ahead, alerting where the oracle first is over."""
    folder = SERIES / "montreal-evening-5s"
    run = siteward("replay", "-c", folder / "site.yaml", "--readings", folder / "readings.csv", "--only", "ticket")
    tickets = run.payloads("ticket")
    for t in tickets:
        validate(t)
    assert len({t["id"] for t in tickets}) == 1
    assert (tickets[0]["origin"], tickets[0]["stage"]) == ("preventive", "forecast")
    assert instant(tickets[0]["ts"]) < instant("2022-08-11T22:00:00-04:00")
    readings = list(oracle.read(folder / "readings.csv"))
    crossing = oracle.first_crossing(readings, ZoneInfo("America/Toronto"), interval_s=5)
    exceeded = next(t for t in tickets if t["stage"] == "exceeded")
    assert instant(exceeded["ts"]) == crossing[0] and crossing[1] == "night"
    assert exceeded["measured"]["LAeq"] == pytest.approx(crossing[2], abs=0.05)


# The end of the file --------------------------------------------------------------------------------------------------


def test_windows_cut_off_by_the_end_are_partial_and_never_judged(siteward, make_site, make_readings):
    """Readings up to 10:10:58: the minute that a reading more would have filled is partial as well."""
    ts = seconds("2026-03-02T10:00:00+08:00", 659)
    readings = make_readings([(t, "gate-noise", "LAeq", 80.0, "N") for t in ts])
    run = siteward("replay", "-c", make_site({"gate-noise": "LAeq"}), "--readings", readings, "--only", "agg")
    cut = {(d["period"], d["from"][11:16]): d for d in run.payloads("agg") if d.get("partial")}
    assert set(cut) == {("1m", "10:10"), ("20m", "10:00"), ("1h", "10:00"), ("day", "06:00")}
    assert cut["1m", "10:10"]["n"] == 59 and cut["1m", "10:10"]["expected"] == 60
    assert cut["20m", "10:00"]["n"] == 659 and cut["20m", "10:00"]["expected"] == 1200


def test_a_file_that_ends_on_a_boundary_has_no_empty_windows_behind_it(siteward, make_site, make_readings):
    ts = seconds("2026-03-02T10:00:00+08:00", 3600)
    readings = make_readings([(t, "gate-noise", "LAeq", 60.0, "N") for t in ts])
    run = siteward("replay", "-c", make_site({"gate-noise": "LAeq"}), "--readings", readings, "--only", "agg")
    cut = {(d["period"], d["from"][11:16]) for d in run.payloads("agg") if d.get("partial")}
    assert cut == {("day", "06:00")}


# What is read ---------------------------------------------------------------------------------------------------------


def replay_text(siteward, site, text, *more):
    return siteward("replay", "-c", site, "--readings", "-", *more, stdin=text.encode())


HEAD = "ts,sensor,quantity,value,flag\n"
GOOD = "2026-03-02T10:00:00Z,gate-noise,LAeq,60.0,N\n"


@pytest.mark.parametrize("line, word", [
    ("2026-03-02T10:00:01Z,gate,LAeq,60,N", "no sensor 'gate'"),
    ("2026-03-02T10:00:01Z,gate-noise,PM10,60,N", "does not measure PM10"),
    ("2026-03-02T10:00:01Z,gate-noise,loud,60,N", "not a quantity"),
    ("2026-03-02T10:00:01Z,gate-noise,LAeq,sixty,N", "not a decimal number"),
    ("2026-03-02T10:00:01Z,gate-noise,LAeq,nan,N", "not a decimal number"),
    ("2026-03-02T10:00:01Z,gate-noise,LAeq,0x41,N", "not a decimal number"),
    ('2026-03-02T10:00:01Z,gate-noise,LAeq,"60,5",N', "not a decimal number"),
    ("2026-03-02T10:00:01Z,gate-noise,LAeq,60,X", "flag 'X'"),
    ("2026-03-02T10:00:01Z,gate-noise,LAeq,60,NN", "flag 'NN'"),
    ("2026-03-02T10:00:01,gate-noise,LAeq,60,N", "offset"),
    ("2026-02-30T10:00:01Z,gate-noise,LAeq,60,N", "does not exist"),
    ("1999-12-31T10:00:01Z,gate-noise,LAeq,60,N", "outside 2000"),
    ("2029-03-02T10:00:01Z,gate-noise,LAeq,60,N", "year"),
    ("2026-03-02T09:59:59Z,gate-noise,LAeq,60,N", "goes back by 1.000 s"),
    ("2026-03-02T10:00:01Z,gate-noise,LAeq", "3 columns"),
    pytest.param("x" * 70000, "longer than 65536", id="70000 bytes"),
])
def test_a_bad_line_is_named_skipped_and_counted(siteward, make_site, line, word):
    site = make_site({"gate-noise": "LAeq"})
    good = "".join(f"{t},gate-noise,LAeq,60.0,N\n" for t in seconds("2026-03-02T10:00:02+00:00", 118))
    run = replay_text(siteward, site, HEAD + GOOD + line + "\n" + good, "--only", "agg")
    assert run.code == 0, run.err
    assert "-:3: " in run.err and word in run.err
    assert "1 of 120 lines" in run.err and "119 readings" in run.err
    minutes = [d for d in run.payloads("agg") if d["period"] == "1m"]
    assert minutes[0]["n"] == 59, "the bad line's second is missing, the others count"


def test_more_than_one_bad_line_in_a_hundred_ends_with_exit_1(siteward, make_site):
    site = make_site({"gate-noise": "LAeq"})
    good = "".join(f"{t},gate-noise,LAeq,60.0,N\n" for t in seconds("2026-03-02T10:00:00+00:00", 99))
    assert replay_text(siteward, site, HEAD + good + "bad\n").code == 0, "1 of 100"
    run = replay_text(siteward, site, HEAD + good[:-1].rsplit("\n", 1)[0] + "\nbad\n")
    assert run.code == 1 and "more than 1 %" in run.err, "1 of 99"


def test_only_the_first_twenty_bad_lines_are_said(siteward, make_site):
    run = replay_text(siteward, make_site({"gate-noise": "LAeq"}), HEAD + GOOD + "bad\n" * 500)
    assert run.code == 1
    said = [line for line in run.err.splitlines() if line.startswith("-:")]
    assert [line.split(":")[1] for line in said[:20]] == [str(n) for n in range(3, 23)]
    assert said[20:] == ["-: more bad lines follow; they are counted", "-: 500 of 501 lines were bad and skipped"]


def test_columns_in_any_order_crlf_and_byte_order_mark(siteward, make_site):
    site = make_site({"gate-noise": "LAeq"})
    plain = replay_text(siteward, site, HEAD + GOOD)
    odd = "\ufeffnote,value,quantity,sensor,ts\r\n\"a, b\",60.0,LAeq,gate-noise,2026-03-02T18:00:00.000+08:00\r\n"
    other = replay_text(siteward, site, odd)
    assert plain.code == other.code == 0
    assert plain.raw == other.raw


@pytest.mark.parametrize("text, word", [
    ("", "empty"),
    ("ts,sensor,value\n", 'no column "quantity"'),
    (GOOD, "no column"),
    (HEAD, "no reading"),
])
def test_a_file_that_cannot_be_used_ends_with_exit_1(siteward, make_site, text, word):
    run = replay_text(siteward, make_site({"gate-noise": "LAeq"}), text)
    assert run.code == 1 and word in run.err


def test_missing_values_and_flags_are_excluded_by_their_reason(siteward, make_site, make_readings):
    ts = seconds("2026-03-02T10:00:00+08:00", 120)
    odd = [("", "N"), (60, "D"), (60, "T"), (60, "C"), (60, "M"), ("", "B"), (60, "F"), (60, "S")]
    rows = [(t, "gate-noise", "LAeq", *(odd[i] if i < len(odd) else (60, "N"))) for i, t in enumerate(ts)]
    del rows[10]
    site = make_site({"gate-noise": "LAeq"})
    run = siteward("replay", "-c", site, "--readings", make_readings(rows), "--only", "agg")
    d = next(d for d in run.payloads("agg") if d["period"] == "1m")
    assert d["n"] == 52 and d["flag"] == "S"
    assert d["excluded"] == {"weather": 0, "overload": 1, "calibration": 2, "fault": 3, "missing": 2}


def test_windows_follow_the_local_clock_through_a_change(siteward, make_site, make_readings):
    """Europe/Berlin springs forward on 2026-03-29 at 02:00: the night has seven hours."""
    ts = seconds("2026-03-28T20:00:00+01:00", 12 * 60, step=60)
    readings = make_readings([(t, "gate-noise", "LAeq", 40 + i % 7, "N") for i, t in enumerate(ts)])
    site = make_site({"gate-noise": ("LAeq", "1m")}, zone="Europe/Berlin")
    run = siteward("replay", "-c", site, "--readings", readings, "--only", "agg")
    night = next(d for d in run.payloads("agg") if d["period"] == "night")
    assert (night["from"][:16], night["to"][:16], night["expected"]) == ("2026-03-28T22:00", "2026-03-29T06:00", 420)
    assert compare(run.payloads("agg"), readings, "Europe/Berlin", {"gate-noise": 60}) > 100


# Options --------------------------------------------------------------------------------------------------------------


def test_only_leaves_the_other_documents_out(siteward, make_site, night_pour):
    site = make_site({"gate-noise": "LAeq"})
    everything = siteward("replay", "-c", site, "--readings", night_pour)
    parts = {kind: siteward("replay", "-c", site, "--readings", night_pour, "--only", kind)
             for kind in ("agg", "state", "ticket", "event", "summary")}
    for kind, part in parts.items():
        wanted = {"event": ("event", "ticket-event")}.get(kind, (kind,))
        assert part.lines, kind
        assert all(x["payload"]["schema"].removeprefix("siteward.").split("/")[0] in wanted for x in part.lines), kind
    assert sorted(everything.out.splitlines()) == sorted(line for p in parts.values() for line in p.out.splitlines())
    both = siteward("replay", "-c", site, "--readings", night_pour, "--only", "agg,ticket")
    assert len(both.lines) == len(parts["agg"].lines) + len(parts["ticket"].lines)


def test_live_values_come_only_when_asked_for(siteward, make_site, night_pour):
    site = make_site({"gate-noise": "LAeq"})
    assert not siteward("replay", "-c", site, "--readings", night_pour).payloads("live")
    live = siteward("replay", "-c", site, "--readings", night_pour, "--only", "live").payloads("live")
    assert len(live) == 7200
    assert [d["n"] for d in live] == list(range(1, 7201))


@pytest.mark.parametrize("option, word", [
    (["--only", "aggs"], "did you mean 'agg'"),
    (["--schedule", "x.ics"], "x.ics"),
    (["--state", "x.db"], "empty ticket store"),
    (["--commands", "/nowhere.ndjson"], "/nowhere.ndjson"),
    (["extra"], "one word too many"),
])
def test_options_that_cannot_be_followed_are_refused_by_a_sentence(siteward, make_site, night_pour, option, word):
    run = siteward("replay", "-c", make_site({"gate-noise": "LAeq"}), "--readings", night_pour, *option)
    assert run.code == 1 and word in run.err and run.out == ""


def test_a_site_file_with_faults_names_them_and_prints_nothing(siteward, tmp_path, night_pour):
    site = tmp_path / "bad.yaml"
    site.write_text("version: 1\nsite: {id: BAD ID}\n")
    run = siteward("replay", "-c", site, "--readings", night_pour)
    assert run.code == 1 and "bad.yaml:2:" in run.err and run.out == ""


# Commands -------------------------------------------------------------------------------------------------------------


def command(ticket, verb, at, role, **more):
    by = {"id": f"{role}:x", "role": role}
    payload = {"schema": "siteward.cmd/1.0", "id": f"c-{verb}", "at": at, "by": by} | more
    return json.dumps({"topic": f"cmd/ticket/{ticket}/{verb}", "payload": payload}) + "\n"


def test_a_recorded_complaint_is_decided_by_what_was_found_then(siteward, make_site, night_pour, tmp_path, pour):
    ticket = pour.payloads("ticket")[0]
    opened = instant(ticket["ts"])

    def line(number, found, seconds):
        at = (opened + timedelta(seconds=seconds)).isoformat()
        return json.dumps({"topic": "cmd/complaint", "distance_m": 150, "payload": {
            "schema": "siteward.complaint/1.0", "id": f"k-{number}", "at": at,
            "by": {"id": "agent:1", "role": "agent"}, "service_request_id": f"r-{number}",
            "service_code": "noise.construction", "occurred": {"at": at, "window": "PT10M"},
            "caller_ref": "h:" + "6c" * 16}} | ({"found": found} if found else {})) + "\n"

    calls = tmp_path / "calls.ndjson"
    over = {"code": "over_limit_unpermitted", "worst": 61.8, "limit": 55.0, "over_by": 6.8,
            "work": {"state": "prohibited_night", "permitted": False}}
    calls.write_text(line(1, over, 60) + line(1, over, 70) + line(2, {"code": "loud"}, 80) + line(3, None, 90))
    run = siteward("replay", "-c", make_site({"gate-noise": "LAeq"}), "--readings", night_pour, "--commands", calls)
    assert run.code == 0, run.err
    linked = [e for e in run.payloads("ticket-event") if e["verb"] == "link" and e["ticket"] == ticket["id"]]
    assert linked and instant(linked[0]["at"]) == opened + timedelta(seconds=60)
    last = [t for t in run.payloads("ticket") if t["id"] == ticket["id"]][-1]
    assert last["complaints"]["calls"] == 2, "the repeated one counts once, the one without a measurement too"
    assert "calls.ndjson:3: \"found\": \"code\" is 'loud'" in run.err


def test_commands_are_merged_by_time_and_refusals_said(siteward, make_site, night_pour, tmp_path, pour):
    ticket = pour.payloads("ticket")[0]["id"]
    opened = instant(pour.payloads("ticket")[0]["ts"])
    at = lambda s: (opened + timedelta(seconds=s)).isoformat()
    commands = tmp_path / "crew.ndjson"
    commands.write_text(
        command(ticket, "ack", at(10), "officer")
        + "not json\n"
        + command("sw-aaaaaaaaaa", "ack", at(20), "officer")
        + command(ticket, "note", at(30), "party", text="正在停机")
        + command(ticket, "accept", at(5), "party", revision=1))
    run = siteward("replay", "-c", make_site({"gate-noise": "LAeq"}), "--readings", night_pour, "--commands", commands)
    assert run.code == 0, run.err
    events = {e["verb"]: e for e in run.payloads("ticket-event")}
    assert instant(events["ack"]["at"]) == opened + timedelta(seconds=10)
    assert events["note"]["note"] == "正在停机"
    assert "accept" not in events
    assert ":2: not JSON" in run.err
    assert ":3: refused:" in run.err
    assert ":5: \"at\" goes back" in run.err
