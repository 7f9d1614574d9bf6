#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The forecast model a second time, for tests/unit/test_p5.c: floating point, lists and brute force, nothing shared with
rules/p5*.c but the published figures. Prints the table of expected probabilities. The streams are described twice, here
and in the test; both draw them from the same small generator.

    p5_reference.py            prints {stream, minute, limit, probability} rows
"""
import math

W0 = [0.019, 0.238, 0.158, 0.091, 0.078, 0.182, 0.078]
D = [1.00, 5.11, 3.11, 2.26, 1.07, 1.86, 11.56]
HIST0 = [int(x) for x in """1 0 0 0 0 0 0 2 4 4 4 9 13 26 34 58 93 177 280 461 725 1037 1266 1288 1140 920 691 508 354
237 178 126 81 56 42 36 24 22 18 18 10 6 6 5 5 5 4 4 4 1 1 2 2 2 2 6""".split()]
N0 = 1440
MINUTE, STEP = 60, 10


class Generator:
    """32-bit linear congruential generator; the upper bits are drawn."""
    def __init__(self, seed):
        self.state = seed

    def draw(self, below):
        self.state = (self.state * 1664525 + 1013904223) % 2 ** 32
        return (self.state >> 8) % below


def stream(kind):
    """(start in seconds, interval, level in hundredths or None) in order."""
    g = Generator(7 + kind)
    wander = 0
    if kind == 0:  # 10 h at 10 s: a restless place with a slow swing and louder half hours
        for i in range(3600):
            wander += g.draw(61) - 30 - wander // 50
            loud = 600 if (i // 180) % 4 == 2 else 0
            yield i * 10, 10, 6000 + wander + loud + g.draw(401) - 200
    elif kind == 1:  # 3 days at 1 min with 15 minutes missing now and then
        for i in range(4320):
            wander += g.draw(121) - 60 - wander // 30
            value = 5500 + wander + g.draw(301)
            yield i * 60, 60, None if (i // 15) % 29 == 7 else value  # 29 quarters: no period of a day
    else:  # 2 h at 1 s: quiet, then a machine that comes nearer
        for i in range(7200):
            rise = max(0, i - 4800) * 2000 // 2400
            yield i, 1, 5200 + rise + g.draw(201)


def energy(level):
    return 10.0 ** (level / 1000.0)


def lg(e):
    return 10.0 * math.log10(e)


def mean_level(readings, begin, end):
    inside = [energy(v) for t, v in readings if begin <= t < end]
    return lg(sum(inside) / len(inside)) if inside else None


def solve(a, b):
    """Gauss with pivots."""
    n = len(b)
    m = [row[:] + [b[i]] for i, row in enumerate(a)]
    for c in range(n):
        p = max(range(c, n), key=lambda r: abs(m[r][c]))
        m[c], m[p] = m[p], m[c]
        for r in range(n):
            if r != c:
                f = m[r][c] / m[c][c]
                m[r] = [x - f * y for x, y in zip(m[r], m[c])]
    return [m[i][n] / m[i][i] for i in range(n)]


class Model:
    def __init__(self):
        self.readings = []  # (seconds, hundredths) of the last hour and a little
        self.minutes = {}   # minute → mean of its step levels, dB
        self.v, self.l1_before = 1.5, None
        self.a = [[N0 * D[i] if i == j else 0.0 for j in range(7)] for i in range(7)]
        self.b = [N0 * D[i] * W0[i] for i in range(7)]
        self.w = W0[:]
        self.hist = [N0 * h / sum(HIST0) for h in HIST0]
        self.waiting = {}   # minute → (x, L20, sd)
        self.learned = 0

    def add(self, t, level):
        self.readings.append((t, level))

    def forget(self, now):
        self.readings = [(t, v) for t, v in self.readings if t >= now - 3700]

    def features(self, now):
        minute = now // MINUTE
        l = {m: mean_level(self.readings, now - m * MINUTE, now) for m in (1, 3, 5, 10, 20, 60)}
        if now < 20 * MINUTE or l[1] is None or sum(m in self.minutes for m in range(minute - 20, minute)) < 15:
            return None
        day = [v for m, v in self.minutes.items() if minute - 1440 <= m < minute]
        x = [1.0] + [l[m] - l[20] for m in (1, 3, 5, 10, 60)] + [sum(day) / len(day) - l[20]]
        return x, l[20], math.sqrt(0.917 + 0.570 * self.v ** 2)

    def end_minute(self, now):
        """now = the end of a minute, in seconds."""
        minute = now // MINUTE - 1
        steps = [mean_level(self.readings, t, t + STEP) for t in range(now - MINUTE, now, STEP)]
        steps = [s for s in steps if s is not None]
        if steps:
            self.minutes[minute] = sum(steps) / len(steps)
        l1 = mean_level(self.readings, now - MINUTE, now)
        if l1 is not None and self.l1_before is not None:
            self.v += (abs(l1 - self.l1_before) - self.v) / 30
        self.l1_before = l1
        then = self.waiting.pop(minute + 1 - 5, None)
        if then and all(m in self.minutes for m in range(minute - 4, minute + 1)):
            self.learn(then, mean_level(self.readings, now - 300, now))
        found = self.features(now)
        if found:
            self.waiting[minute + 1] = found
        self.forget(now)

    def learn(self, then, level):
        x, l20, sd = then
        y = level - l20
        u = (y - sum(p * q for p, q in zip(self.w, x))) / sd
        self.hist[min(55, max(0, math.floor((u + 6) / 0.25)))] += 1
        for i in range(7):
            for j in range(7):
                self.a[i][j] += x[i] * x[j]
            self.b[i] += x[i] * y
        self.learned += 1
        if self.learned % 60 == 0:
            fade = math.exp(-60 / 10080)
            self.a = [[v * fade for v in row] for row in self.a]
            self.b = [v * fade for v in self.b]
            self.hist = [v * fade for v in self.hist]
            self.w = solve(self.a, self.b)

    def probability(self, now, interval, window, limit):
        """window = (seconds, hundredths) of the last 20 min; limit in dB, rounded to 0.1 dB."""
        found = self.features(now)
        if found is None:
            return None
        x, l20, sd = found
        stay = [energy(v) for t, v in window if t >= now - 900]
        n_in = 300 // interval
        # over = rounded to a hundredth, then to a tenth, above the limit: from 0.045 dB on
        need = energy(limit * 100 + 4.5) * (len(stay) + n_in) - sum(stay)
        if need <= 0:
            return 1.0
        u = (lg(need / n_in) - l20 - sum(p * q for p, q in zip(self.w, x))) / sd
        at = (u + 6) / 0.25
        share = sum(h * min(1.0, max(0.0, i + 1 - at)) for i, h in enumerate(self.hist)) / sum(self.hist)
        share = min(0.9995, max(share, 0.001 * math.exp(-max(at, 0) / 20)))
        return 1 / (1 + math.exp(-(0.535 + 0.859 * math.log(share / (1 - share)))))


ASKED = {  # stream → [(minute, limit, …)]
    0: [(19, 61.5), (20, 61.5), (45, 61.5), (62, 62.5), (90, 67.0), (180, 61.0), (301, 62.0), (424, 61.5), (599, 61.5)],
    1: [(30, 57.5), (300, 57.5), (545, 57.0), (1439, 54.5), (1441, 55.0), (2000, 56.0), (2900, 57.0), (4000, 58.5),
        (4319, 56.5), (4320, 50.0)],
    2: [(60, 53.0), (81, 53.5), (88, 54.5), (92, 56.0), (96, 58.0), (100, 60.0), (105, 62.5), (110, 80.0)],
}


def main():
    for kind, asked in ASKED.items():
        model, limits = Model(), dict(asked)
        interval = 10 if kind == 0 else 60 if kind == 1 else 1
        for t, interval, level in stream(kind):
            if level is not None:
                model.add(t, level)
            end = t + interval
            if end % MINUTE:
                continue
            model.end_minute(end)
            if end // MINUTE in limits:
                window = [(s, v) for s, v in model.readings if s >= end - 1200]
                p = model.probability(end, interval, window, limits[end // MINUTE])
                print(f"    {{{kind}, {end // MINUTE}, {limits[end // MINUTE]:.1f}, {'NAN' if p is None else f'{p:.4f}'}}},")


if __name__ == "__main__":
    main()
