# SPDX-License-Identifier: Apache-2.0
"""What a minute tells of the rules, against an independent computation by their text: for each reading of the minute
the energy mean over the 20 minutes that end with it, for aligned rules the mean of the window that ends in it. Exact
integers, nothing shared with the C code."""
import csv
import math
import random
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import pytest
from conftest import SERIES

UTC = timezone.utc
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
US = 1000000
WINDOW_US = 1200 * US
NIGHT = {"rule": "cn-gb12523-2025/leq-night", "statistic": "LAeq,20min", "period": "night", "limit": 55.0}
DAY = {"rule": "cn-gb12523-2025/leq-day", "statistic": "LAeq,20min", "period": "day", "limit": 70.0}
MAX = {"rule": "cn-gb12523-2025/max-night", "statistic": "LAFmax", "period": "night", "limit": 70.0}
HEAD = ("rule", "statistic", "period", "limit")


def us(moment):
    return (moment - EPOCH) // timedelta(microseconds=1)


def instant_us(text):
    return None if text is None else us(datetime.fromisoformat(text))


def half_up(value, step):
    return float((Decimal(repr(value)) / Decimal(step)).quantize(0, ROUND_HALF_UP) * Decimal(step))


def read(path, quantity="LAeq"):
    """[(us, level in 0.01 dB or None when it does not count)] in the order of time; the later of one instant wins."""
    rows = {}
    with open(path, newline="", encoding="utf-8") as f:
        for row in csv.DictReader(f):
            if row["quantity"] != quantity:
                continue
            counts = (row["flag"] or "N") in "NS" and row["value"] != ""
            t = instant_us(row["ts"].replace("Z", "+00:00"))
            rows[t] = half_up(float(row["value"]), "0.01") if counts else None
    return sorted(rows.items())


def period_of(t, zone):
    """Night or day of an instant, and when it began."""
    local = (EPOCH + timedelta(microseconds=t)).astimezone(zone)
    at = local.replace(minute=0, second=0, microsecond=0)
    name = "day" if 6 <= local.hour < 22 else "night"
    while ("day" if 6 <= (at - timedelta(hours=1)).hour < 22 else "night") == name:
        at -= timedelta(hours=1)
    return name, us(at)


def sliding(rows, zone, d):
    """Of each reading: (t, period, value or None, from, to)."""
    sums, counts, out, tail = [0], [0], [], 0
    for _, level in rows:
        sums.append(sums[-1] + (0 if level is None else round(10 ** (level / 10) * 2**40)))
        counts.append(counts[-1] + (level is not None))
    expected, periods, good = WINDOW_US // d, {}, rows[0][0]
    for i, (t, level) in enumerate(rows):
        name, begin = periods.setdefault(t // (3600 * US), period_of(t, zone))
        limit = 70 if name == "day" else 55
        lo = max(t + d - WINDOW_US, begin)
        while rows[tail][0] < lo:
            tail += 1
        total, n = sums[i + 1] - sums[tail], counts[i + 1] - counts[tail]
        value, good = None, t if level is not None else good
        if t - good >= 60 * US:  # no data: nothing is judged
            pass
        elif t + d - WINDOW_US >= begin and n >= math.ceil(0.75 * expected - 1e-9):
            value = 10 * math.log10(total / 2**40 / n)
        elif total and is_over(10 * math.log10(total / 2**40 / expected), limit):  # though all the rest be silent
            value = 10 * math.log10(total / 2**40 / expected)
        out.append((t, name, value, lo, t + d))
    return out


def is_over(value, limit):
    return half_up(half_up(value, "0.01"), "0.1") > limit


def by_minute(judgements):
    minutes = {}
    for one in judgements:
        minutes.setdefault(one[0] // (60 * US) * 60 * US, []).append(one)
    return minutes


def check_minute(document, judgements, maxima, d):
    """One document with what was to be judged in its minute. @return judgements that were compared"""
    got = {e["rule"]: e for e in document["judged"]}
    names = {j[1] for j in judgements}
    assert len(names) == 1, "periods change on the minute"
    rule = DAY if names == {"day"} else NIGHT
    assert set(got) == ({DAY["rule"]} if rule is DAY else {NIGHT["rule"], MAX["rule"]}), document["from"]
    e = got[rule["rule"]]
    assert {k: e[k] for k in HEAD} == rule
    values = [j for j in judgements if j[2] is not None]
    assert e["n"] == len(values), document["from"]
    sure = sum(is_over(j[2] - 0.006, rule["limit"]) for j in values)
    maybe = sum(is_over(j[2] + 0.006, rule["limit"]) for j in values)
    assert sure <= e["over"] <= maybe, document["from"]
    if not values:
        assert (e["worst"], e["from"], e["to"]) == (None, None, None)
    else:
        worst = max(j[2] for j in values)
        assert e["worst"] == pytest.approx(worst, abs=0.0101), document["from"]
        where = next(j for j in judgements if j[4] == instant_us(e["to"]))
        assert instant_us(e["from"]) == where[3] and where[2] == pytest.approx(worst, abs=0.0101)
    if rule is NIGHT:
        e = got[MAX["rule"]]
        loud = sum(is_over(level, MAX["limit"]) for level in maxima)
        assert {k: e[k] for k in HEAD} == MAX
        assert (e["n"], e["over"], e["worst"]) == (len(maxima), loud, max(maxima, default=None)), document["from"]
        if maxima:
            assert instant_us(e["to"]) - instant_us(e["from"]) == d
    return len(values)


def check_run(run, validate, path, zone, d):
    assert run.code == 0, run.err
    judged = by_minute(sliding(read(path), zone, d))
    maxima = by_minute(one for one in read(path, "LAFmax") if one[1] is not None)
    n = {"minutes": 0, "judgements": 0, "over": 0, "loud": 0, "in vain": 0}
    for document in run.payloads("agg"):
        validate(document)
        if document["period"] != "1m":
            assert "judged" not in document and "work_detected" not in document
            continue
        assert document["work_detected"] is None, "less than three days are no background"
        start = instant_us(document["from"])
        if start not in judged:
            continue
        n["minutes"] += 1
        n["judgements"] += check_minute(document, judged[start], [level for _, level in maxima.get(start, [])], d)
        for e in document["judged"]:
            n["over"] += e["over"] if e["statistic"] != "LAFmax" else 0
            n["loud"] += e["over"] if e["statistic"] == "LAFmax" else 0
            n["in vain"] += e["n"] == 0
    assert n["minutes"] == len(judged)
    return n


@pytest.mark.parametrize("folder, d, least", [("montreal-laeq-1s", US, {"judgements": 20000}),
                                              ("montreal-evening-5s", 5 * US, {"judgements": 900, "over": 20})])
def test_minutes_of_real_series_tell_what_the_text_of_the_rules_says(siteward, validate, folder, d, least):
    path = SERIES / folder / "readings.csv"
    run = siteward("replay", "-c", SERIES / folder / "site.yaml", "--readings", path, "--only", "agg")
    n = check_run(run, validate, path, ZoneInfo("America/Toronto"), d)
    assert all(n[what] > few for what, few in least.items()), n


def test_minutes_tell_over_within_and_what_could_not_be_judged(siteward, validate, make_site, make_readings):
    """Two hours about 22:00 in Shanghai: loud and quiet in turn, blows over 70 dB, and two minutes of nothing."""
    rng, rows = random.Random(11), []
    start = datetime.fromisoformat("2026-03-02T21:10:00+08:00")
    for s in range(2 * 3600):
        base = 58 if s // 1000 % 2 else 50
        base = 68.5 if s < 2000 else base
        level = round(rng.gauss(base, 3), 2) + (25 if rng.random() < 0.002 else 0)
        flag = "D" if 4300 < s < 4420 or rng.random() < 0.1 else "N"
        at = (start + timedelta(seconds=s)).isoformat()
        rows.append((at, "gate-noise", "LAeq", round(level, 2), flag))
        rows.append((at, "gate-noise", "LAFmax", round(level + rng.uniform(3, 9), 2), flag))
    path = make_readings(rows)
    run = siteward("replay", "-c", make_site({"gate-noise": "LAeq"}), "--readings", path, "--only", "agg")
    n = check_run(run, validate, path, ZoneInfo("Asia/Shanghai"), US)
    assert n["judgements"] > 3000 and n["over"] > 500 and n["loud"] > 5 and n["in vain"] >= 10, n


def test_an_aligned_rule_is_named_in_the_minute_that_its_window_ends_with(siteward, validate, make_readings, tmp_path):
    """Three quarters of an hour of TSP over the 1.0 mg/m3 of DB31/964 and under its 2.0; the last lacks too much."""
    start = datetime.fromisoformat("2026-03-02T10:00:00+08:00")
    quarters = [(1500.0, 900), (800.0, 900), (1100.0, 500), (500.0, 900)]
    rows = [((start + timedelta(seconds=900 * q + s)).isoformat(), "north-gate-tsp", "TSP", value, "N")
            for q, (value, n) in enumerate(quarters) for s in range(n)]
    site = SERIES / "two-packs.yaml"
    run = siteward("replay", "-c", site, "--readings", make_readings(rows), "--only", "agg")
    assert run.code == 0, run.err
    told = {}
    for document in run.payloads("agg"):
        validate(document)
        if document["period"] == "1m" and document["judged"]:
            told[document["from"][11:16]] = {
                e["rule"].split("/")[1]: (e["n"], e["over"], e["worst"], e["limit"], (e["from"] or "")[11:16],
                                          (e["to"] or "")[11:16]) for e in document["judged"]}
    assert told == {
        "10:14": {"tsp-1000": (1, 1, 1500.0, 1000.0, "10:00", "10:15"),
                  "tsp-2000": (1, 0, 1500.0, 2000.0, "10:00", "10:15")},
        "10:29": {"tsp-1000": (1, 0, 800.0, 1000.0, "10:15", "10:30"),
                  "tsp-2000": (1, 0, 800.0, 2000.0, "10:15", "10:30")},
        "10:44": {"tsp-1000": (0, 0, None, 1000.0, "", ""), "tsp-2000": (0, 0, None, 2000.0, "", "")},
        "10:59": {"tsp-1000": (1, 0, 500.0, 1000.0, "10:45", "11:00"),
                  "tsp-2000": (1, 0, 500.0, 2000.0, "10:45", "11:00")},
    }


def test_work_that_a_camera_sees_is_told_by_the_minutes_of_the_noise_sensor(siteward, validate, make_readings):
    """An edge counts as work for ten minutes, here until 10:15:30, and so does the five-minute window that it fills,
    until the next has closed, at 10:20. Else nobody knows: three days without work were not heard yet."""
    start = datetime.fromisoformat("2026-03-02T10:00:00+08:00")

    def at(s):
        return (start + timedelta(seconds=s)).isoformat()

    rows = [(at(s), sensor, quantity, 60.0, "N") for s in range(1200)
            for sensor, quantity in (("north-gate-noise", "LAeq"), ("north-gate-tsp", "TSP"))]
    rows += [(at(0), "gate-camera", "camera", 0, "N"), (at(330), "gate-camera", "camera", 1, "N"),
             (at(331), "gate-camera", "camera", 0, "N")]
    run = siteward("replay", "-c", SERIES / "two-packs.yaml", "--readings", make_readings(sorted(rows)), "--only",
                   "agg")
    assert run.code == 0, run.err
    told = {"LAeq": {}, "TSP": {}}
    for document in run.payloads("agg"):
        validate(document)
        if document["period"] == "1m":
            told[document["quantity"]][int(document["to"][14:16])] = document["work_detected"]
    assert told["LAeq"] == {m: True if 6 <= m <= 19 else None for m in range(1, 21)}
    assert told["TSP"] == {m: None for m in range(1, 21)}, "a dust sensor hears no work"
