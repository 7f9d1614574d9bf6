# SPDX-License-Identifier: Apache-2.0
"""Recurrence rules expanded by `siteward schedule import` and by python3-dateutil, instance for instance, in four zones.

The rules: all examples of RFC 5545, section 3.8.5.3, moved by the 28 years after which the calendar repeats (the
product's zone tables begin in 2000), and generated combinations of every rule part. Rules that dateutil reads otherwise
than the RFC stand in DIFFERENT_READINGS with the reason, and dates worked out by hand from the RFC's text."""
import json
import random
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr, rruleset

ZONES = ["America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Shanghai"]
HOUR = timedelta(hours=1)
CHUNK = 15  # rules a file: within the product's ceiling of instances

# (DTSTART, RRULE, EXDATEs), as in the RFC
RFC = [
    ("19970902T090000", "FREQ=DAILY;COUNT=10"),
    ("19970902T090000", "FREQ=DAILY;UNTIL=19971224T000000Z"),
    ("19970902T090000", "FREQ=DAILY;INTERVAL=2"),
    ("19970902T090000", "FREQ=DAILY;INTERVAL=10;COUNT=5"),
    ("19980101T090000", "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA"),
    ("19980101T090000", "FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1"),
    ("19970902T090000", "FREQ=WEEKLY;COUNT=10"),
    ("19970902T090000", "FREQ=WEEKLY;UNTIL=19971224T000000Z"),
    ("19970902T090000", "FREQ=WEEKLY;INTERVAL=2;WKST=SU"),
    ("19970902T090000", "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH"),
    ("19970902T090000", "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH"),
    ("19970901T090000", "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR"),
    ("19970902T090000", "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH"),
    ("19970905T090000", "FREQ=MONTHLY;COUNT=10;BYDAY=1FR"),
    ("19970905T090000", "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR"),
    ("19970907T090000", "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU"),
    ("19970922T090000", "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO"),
    ("19970928T090000", "FREQ=MONTHLY;BYMONTHDAY=-3"),
    ("19970902T090000", "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15"),
    ("19970930T090000", "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1"),
    ("19970910T090000", "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15"),
    ("19970902T090000", "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU"),
    ("19970610T090000", "FREQ=YEARLY;COUNT=10;BYMONTH=6,7"),
    ("19970310T090000", "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3"),
    ("19970101T090000", "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200"),
    ("19970519T090000", "FREQ=YEARLY;BYDAY=20MO"),
    ("19970512T090000", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO"),
    ("19970313T090000", "FREQ=YEARLY;BYMONTH=3;BYDAY=TH"),
    ("19970605T090000", "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8"),
    ("19970902T090000", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "19970902T090000"),
    ("19970913T090000", "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13"),
    ("19961105T090000", "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8"),
    ("19970904T090000", "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3"),
    ("19970929T090000", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2"),
    ("19970902T090000", "FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000Z"),
    ("19970902T090000", "FREQ=MINUTELY;INTERVAL=15;COUNT=6"),
    ("19970902T090000", "FREQ=MINUTELY;INTERVAL=90;COUNT=4"),
    ("19970902T090000", "FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40"),
    ("19970902T090000", "FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16"),
    ("19970805T090000", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO"),
    ("19970805T090000", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU"),
    ("20070115T090000", "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5"),
]


class Case:
    def __init__(self, name, start, rule, days, ex=(), more=()):
        self.name, self.start, self.rule, self.days, self.ex, self.more = name, start, rule, days, ex, more


def stamp(t):
    return t.strftime("%Y%m%dT%H%M%S")


def moved(text):
    """Every year of a text 28 years on."""
    out, i = "", 0
    while i < len(text):
        if text[i:i + 8].isdigit() and text[i + 8:i + 9] == "T":
            out += str(int(text[i:i + 4]) + 28) + text[i + 4:i + 15]
            i += 15
        else:
            out += text[i]
            i += 1
    return out


def rfc_cases():
    for i, (start, rule, *ex) in enumerate(RFC):
        frequent = "MINUTELY" in rule or "BYMINUTE" in rule
        yield Case(f"rfc-{i + 1}", datetime.strptime(moved(start), "%Y%m%dT%H%M%S"), moved(rule), 40 if frequent else 1500,
                   [datetime.strptime(moved(x), "%Y%m%dT%H%M%S") for x in ex])


DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def some(rng, values, most):
    return sorted(rng.sample(values, rng.randint(1, min(most, len(values)))))


def join(values):
    return ",".join(map(str, values))


def days_of(rng, with_numbers, low, high):
    days = [DAYS[i] for i in some(rng, list(range(7)), 4)]
    if with_numbers and rng.random() < 0.5:
        return join(f"{rng.choice([n for n in range(low, high + 1) if n])}{d}" for d in days)
    return join(days)


def rule_of(rng, freq):
    """A rule that RFC 5545's table allows for this frequency."""
    parts = {"FREQ": freq}
    if rng.random() < 0.5:
        parts["INTERVAL"] = rng.choice([2, 3, 4, 5, 7])
    if freq == "YEARLY":
        form = rng.choice(["month", "weekno", "yearday", "monthday", "day"])
        if form == "weekno":
            parts |= {"BYWEEKNO": join(some(rng, [2, 3, 10, 20, 33, 50, -3, -10, -40], 3)), "BYDAY": days_of(rng, False, 0, 0)}
        elif form == "yearday":
            parts["BYYEARDAY"] = join(some(rng, [1, 59, 60, 61, 100, 200, 300, 365, -1, -59, -306], 4))
        elif form == "monthday":
            parts |= {"BYMONTH": join(some(rng, list(range(1, 13)), 3)), "BYMONTHDAY": join(some(rng, [1, 15, 28, 29, 30, 31, -1, -5], 3))}
        elif form == "day":
            parts["BYDAY"] = days_of(rng, True, -5, 20)
        else:
            parts["BYMONTH"] = join(some(rng, list(range(1, 13)), 4))
            if rng.random() < 0.6:
                parts["BYDAY"] = days_of(rng, True, -4, 4)
    elif freq == "MONTHLY":
        if rng.random() < 0.3:
            parts["BYMONTH"] = join(some(rng, list(range(1, 13)), 6))
        form = rng.choice(["day", "monthday", "both", "none"])
        if form in ("monthday", "both"):
            parts["BYMONTHDAY"] = join(some(rng, [1, 2, 7, 8, 13, 15, 20, 29, 30, 31, -1, -2, -31], 6))
        if form in ("day", "both"):
            parts["BYDAY"] = days_of(rng, form == "day", -4, 5)
    elif freq == "WEEKLY":
        parts["BYDAY"] = days_of(rng, False, 0, 0)
        if rng.random() < 0.3:
            parts["BYMONTH"] = join(some(rng, list(range(1, 13)), 6))
    else:
        if rng.random() < 0.4:
            parts["BYMONTH"] = join(some(rng, list(range(1, 13)), 8))
        if rng.random() < 0.4:
            parts["BYMONTHDAY"] = join(some(rng, list(range(1, 32)) + [-1, -2], 12))
        if rng.random() < 0.5:
            parts["BYDAY"] = days_of(rng, False, 0, 0)
    if freq in ("HOURLY", "MINUTELY"):
        if freq == "MINUTELY" or rng.random() < 0.5:
            parts["BYHOUR"] = join(some(rng, list(range(24)), 6))
        if freq == "MINUTELY":
            parts["INTERVAL"] = rng.choice([7, 15, 20, 45, 50])
        elif rng.random() < 0.3:
            parts["BYMINUTE"] = join(some(rng, [0, 10, 30, 45], 2))
    elif rng.random() < 0.3:
        parts["BYHOUR"] = join(some(rng, [0, 1, 2, 3, 6, 12, 23], 3))
        if rng.random() < 0.5:
            parts["BYMINUTE"] = join(some(rng, [0, 15, 30], 2))
    if freq in ("YEARLY", "MONTHLY", "WEEKLY") and "BYDAY" in parts and "BYHOUR" not in parts and rng.random() < 0.3:
        parts["BYSETPOS"] = join(some(rng, [1, 2, 3, -1, -2], 2))
    if freq in ("WEEKLY", "YEARLY") and rng.random() < 0.4:
        parts["WKST"] = rng.choice(DAYS)
    return parts


def happens(rule, start):
    """False for a rule that never comes true: one library refuses it, the other searches on."""
    try:
        return next(iter(rrulestr(rule.replace("Z", ""), dtstart=start).xafter(start, count=1, inc=True)), None) is not None
    except ValueError:
        return False


def generated_cases():
    rng = random.Random(5545)
    n = 0
    while n < 240:
        freq = rng.choice(["YEARLY", "YEARLY", "MONTHLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"])
        parts = rule_of(rng, freq)
        start = datetime(2025, 1, 1) + timedelta(days=rng.randrange(700), minutes=15 * rng.randrange(96))
        days = {"YEARLY": 2500, "MONTHLY": 1500, "WEEKLY": 900, "DAILY": 700, "HOURLY": 200, "MINUTELY": 120}[freq]
        ending = rng.random()
        if ending < 0.35:
            parts["COUNT"] = rng.choice([1, 3, 10, 40])
        elif ending < 0.7:
            parts["UNTIL"] = stamp(start + timedelta(days=rng.randrange(1, days), hours=rng.randrange(24))) + "Z"
        rule = ";".join(f"{k}={v}" for k, v in parts.items())
        if not happens(rule, start):
            continue
        n += 1
        more = [start + timedelta(days=rng.randrange(days), hours=rng.randrange(24)) for _ in range(rng.choice([0, 0, 2]))]
        ex = [] if rng.random() < 0.6 else list(rrulestr(rule.replace("Z", ""), dtstart=start).xafter(
            start - HOUR, count=12, inc=True))[1::3]
        yield Case(f"gen-{n}", start, rule, days, ex + more[:1], more)


def night_cases():
    """Times that a change of the clock skips or repeats, in each zone's own night."""
    for i, (hour, minute) in enumerate([(1, 0), (1, 30), (1, 45), (2, 0), (2, 15), (2, 30), (3, 0)]):
        for k, rule in enumerate(["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=SU", "FREQ=DAILY;BYDAY=SA,SU;COUNT=120",
                                  "FREQ=DAILY;UNTIL=20261101T053000Z"]):
            yield Case(f"night-{i}-{k}", datetime(2026, 1, 1, hour, minute), rule, 800)
    for i, rule in enumerate(["FREQ=HOURLY;COUNT=9000", "FREQ=HOURLY;INTERVAL=5", "FREQ=MINUTELY;INTERVAL=30;BYHOUR=0,1,2,3"]):
        yield Case(f"night-steps-{i}", datetime(2026, 3, 1, 0, 30), rule, 300 if "MINUTELY" not in rule else 60)


CASES = [*rfc_cases(), *generated_cases(), *night_cases()]



def ours(siteward, tmp_path, zone, cases, days):
    """{name: [(from, to), …]} of the import."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//oracle//"]
    for c in cases:
        lines += ["BEGIN:VEVENT", f"UID:{c.name}", "DTSTAMP:20250101T000000Z", f"DTSTART;TZID={zone}:{stamp(c.start)}",
                  f"DTEND;TZID={zone}:{stamp(c.start + HOUR)}", f"RRULE:{c.rule}"]
        lines += [f"EXDATE;TZID={zone}:{stamp(t)}" for t in c.ex] + [f"RDATE;TZID={zone}:{stamp(t)}" for t in c.more]
        lines += ["END:VEVENT"]
    lines += ["END:VCALENDAR", ""]
    path = tmp_path / "rules.ics"
    path.write_text("\r\n".join(lines))
    first, last = min(c.start for c in cases) - timedelta(days=2), max(c.start for c in cases) + timedelta(days=days)
    run = siteward("schedule", "import", path, "--json", "--tz", "UTC", "--from", first.strftime("%Y-%m-%d"),
                   "--to", last.strftime("%Y-%m-%d"))
    assert run.code == 0 and run.err == "", run.err
    found = {c.name: [] for c in cases}
    for x in json.loads(run.out)["instances"]:
        found[x["uid"]].append((datetime.fromisoformat(x["from"]), datetime.fromisoformat(x["to"])))
    low, high = (t.replace(hour=0, minute=0, tzinfo=timezone.utc) for t in (first, last))
    return found, low, high


def utc(t):
    return t.astimezone(timezone.utc)


def theirs(case, zone, low, high):
    """Beginnings by dateutil, as instants. A skipped reading is taken by the offset before the gap (PEP 495, as the RFC
    says); what two readings give twice counts once."""
    tz = ZoneInfo(zone)
    rules = rruleset()
    rules.rrule(rrulestr(case.rule, dtstart=case.start.replace(tzinfo=tz)))
    out = {utc(t.replace(tzinfo=tz)) for t in case.ex}
    found = set()
    for t in rules:
        if t.replace(tzinfo=timezone.utc) > high + timedelta(days=2):
            break
        found.add(utc(t))
    found |= {utc(t.replace(tzinfo=tz)) for t in case.more}
    return sorted(t for t in found - out if low < t + HOUR and t < high)


def groups():
    by_days = {}
    for c in CASES:
        by_days.setdefault(c.days, []).append(c)
    for days, cases in sorted(by_days.items()):
        cases.sort(key=lambda c: c.start)
        size = CHUNK if days > 200 else 2
        for i in range(0, len(cases), size):
            yield days, cases[i:i + size]


@pytest.mark.parametrize("zone", ZONES)
def test_rules_expand_as_another_library_expands_them(siteward, tmp_path, zone):
    n_rules = n_instances = 0
    unlike = []
    for days, cases in groups():
        found, low, high = ours(siteward, tmp_path, zone, cases, days)
        for c in cases:
            want = theirs(c, zone, low, high)
            got = [a for a, _ in found[c.name]]
            if got != want:
                unlike.append(f"{c.name} {stamp(c.start)} {c.rule}: only ours {[str(t) for t in got if t not in want][:4]}, "
                              f"only theirs {[str(t) for t in want if t not in got][:4]}")
            assert all(b - a == HOUR for a, b in found[c.name]), c.name
            n_rules += 1
            n_instances += len(got)
    print(f"{zone}: {n_rules} rules, {n_instances} instances alike")
    assert not unlike, "\n".join([f"{len(unlike)} of {n_rules} rules differ in {zone}", *unlike])
    assert n_rules >= 150 and n_instances > 5000


# Where the RFC leaves it to the reader, or dateutil reads it otherwise: rule, the RFC's reading worked out by hand.
DIFFERENT_READINGS = [
    ("week 53 of 2026 ends on 3 January 2027 and is of the year 2026; dateutil cuts weeks at New Year",
     "20260101T090000", "FREQ=YEARLY;INTERVAL=2;BYWEEKNO=53;BYDAY=SU", ["2027-01-03"]),
    ("what a rule leaves out is DTSTART's, the weekday too (3.3.10); dateutil gives all seven days of the week",
     "20260511T090000", "FREQ=YEARLY;BYWEEKNO=20", ["2026-05-11", "2027-05-17"]),
    ("an UNTIL that is a day holds that day as a whole; dateutil ends it at midnight",
     "20260302T090000", "FREQ=DAILY;UNTIL=20260304", ["2026-03-02", "2026-03-03", "2026-03-04"]),
    ("a week's set begins with the week, also in the first one; dateutil begins the first with DTSTART",
     "20260304T090000", "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=1;COUNT=2", ["2026-03-09", "2026-03-16"]),
]


@pytest.mark.parametrize("why, start, rule, want", DIFFERENT_READINGS, ids=[d[2] for d in DIFFERENT_READINGS])
def test_where_the_libraries_differ_the_standard_decides(siteward, tmp_path, why, start, rule, want):
    case = Case("x", datetime.strptime(start, "%Y%m%dT%H%M%S"), rule, 600)
    found, _, high = ours(siteward, tmp_path, "Asia/Shanghai", [case], 600)
    got = [a.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%d") for a, _ in found["x"]]
    assert got == want, why
    naive = rrulestr(rule, dtstart=case.start)
    other = [t.strftime("%Y-%m-%d") for t in naive.between(case.start - HOUR, high.replace(tzinfo=None))]
    assert other != want, f"dateutil now agrees: {rule} may stand among the generated rules"
