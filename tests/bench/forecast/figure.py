# SPDX-License-Identifier: Apache-2.0
"""The figure of the forecast benchmark, as SVG written by hand: crossings warned against false episodes a day, and
stated probability against what came true. What the numbers mean is run.py's."""

WIDTH, HEIGHT = 920, 400
COLOURS = ("#8c8c8c", "#b07d2b", "#3b7a57", "#a34a6b", "#5b6fb5", "#d98c8c", "#c0392b", "#e59866")
FALSE_MAX = 30.0


class Axes:
    def __init__(self, left, x_max, y_max):
        self.left, self.top, self.width, self.height = left, 40, 340, 270
        self.x_max, self.y_max = x_max, y_max

    def at(self, x, y):
        return (self.left + self.width * min(x, self.x_max) / self.x_max,
                self.top + self.height * (1 - min(y, self.y_max) / self.y_max))

    def frame(self, title, x_name, y_name, x_ticks, y_ticks):
        bottom, right = self.top + self.height, self.left + self.width
        out = [f'<rect x="{self.left}" y="{self.top}" width="{self.width}" height="{self.height}" fill="none" stroke="#444"/>',
               text(self.left + self.width / 2, self.top - 14, title, "middle", 14),
               text(self.left + self.width / 2, bottom + 36, x_name, "middle"),
               f'<text x="{self.left - 38}" y="{self.top + self.height / 2}" text-anchor="middle" '
               f'transform="rotate(-90 {self.left - 38} {self.top + self.height / 2})">{y_name}</text>']
        for value, label in x_ticks:
            x = self.at(value, 0)[0]
            out += [f'<path d="M{x:.1f} {bottom}v4" stroke="#444"/>', text(x, bottom + 18, label, "middle")]
        for value, label in y_ticks:
            y = self.at(0, value)[1]
            out += [f'<path d="M{self.left} {y:.1f}H{right}" stroke="#e4e4e4"/>', text(self.left - 6, y + 4, label, "end")]
        return out


def text(x, y, words, anchor="start", size=12):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{words}</text>'


def line(axes, points, colour, width, dash=""):
    path = " ".join(f"{'M' if i == 0 else 'L'}{x:.1f} {y:.1f}" for i, (x, y) in enumerate(axes.at(*p) for p in points))
    dash = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{dash}/>'


def draw(total, reliability, model, unlearned):
    warned = Axes(60, FALSE_MAX, 1.0)
    out = warned.frame("Crossings warned at least 2 min ahead", "false episodes a day", "share warned",
                       [(x, str(x)) for x in (0, 5, 10, 15, 20, 25, 30)], [(y / 10, f"{y * 10} %") for y in range(0, 11, 2)])
    for i, (method, points) in enumerate(total.points.items()):
        curve = [(p.false / total.days, p.warned / total.crossings) for p in reversed(points)]
        curve = [p for p in curve if p[0] <= FALSE_MAX]
        colour = COLOURS[i % len(COLOURS)]
        out.append(line(warned, curve, colour, 2.6 if method == model else 1.4, "5 3" if method == unlearned else ""))
        x, y = warned.left + 112, warned.top + 150 + 16 * i
        dash = ' stroke-dasharray="5 3"' if method == unlearned else ""
        out += [f'<path d="M{x} {y}h22" stroke="{colour}" stroke-width="{2.6 if method == model else 1.4}"{dash}/>',
                text(x + 28, y + 4, method)]
    said = Axes(530, 1.0, 1.0)
    tenths = [(x / 10, f"{x / 10:g}") for x in range(0, 11, 2)]
    out += said.frame("Stated probability and what came true", "stated: crossed within 10 min", "came true", tenths, tenths)
    out.append(line(said, [(0, 0), (1, 1)], "#444", 1, "4 4"))
    for method, colour in ((unlearned, COLOURS[5]), (model, COLOURS[6])):
        rows = reliability.get(method, [])
        out.append(line(said, [r[:2] for r in rows], colour, 2.2 if method == model else 1.2, "" if method == model else "5 3"))
        for stated, came, n in rows:
            x, y = said.at(stated, came)
            out.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{4 if method == model else 2.5}" fill="{colour}"><title>'
                       f"{method}: stated {stated:.2f}, came true {came:.2f}, {n} minutes</title></circle>")
    out.append(text(WIDTH / 2, HEIGHT - 12, f"{total.crossings} crossings in {total.days:.0f} days of a series against a limit",
                    "middle"))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
            'font-family="sans-serif" font-size="12" fill="#222">\n'
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n' + "\n".join(out) + "\n</svg>\n")
