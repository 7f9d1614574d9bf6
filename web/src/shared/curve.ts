// SPDX-License-Identifier: Apache-2.0
// From numbers to paths: no more than geometry, so that it can be read (and drawn wrong) in one place.

export interface Curve {
  from: number; // ms
  to: number;
  stepMs: number;
  unit: string;
  v: (number | null)[];
  limit: (number | null)[];
}

type Place = (n: number) => number;

/** Round numbers around all that is drawn: at least ten units high, a mark every five or more. */
export function scaleOf({ v, limit }: Curve): { bottom: number; top: number; marks: number[] } {
  let low = Infinity;
  let high = -Infinity;
  for (const n of [...v, ...limit])
    if (n !== null) {
      low = Math.min(low, n);
      high = Math.max(high, n);
    }
  if (low > high) [low, high] = [30, 70];
  const step = [5, 10, 20, 50, 100, 200, 500].find((s) => (high - low) / s <= 5) ?? 1000;
  const bottom = Math.floor((low - 1) / step) * step;
  const top = Math.max(Math.ceil((high + 1) / step) * step, bottom + 2 * step);
  const marks: number[] = [];
  for (let n = bottom; n <= top; n += step) marks.push(n);
  return { bottom, top, marks };
}

const fixed = (n: number): string => n.toFixed(1);

/** The curve; it is taken off the paper at each gap. A lone minute between gaps is still a short stroke. */
export function pathOf({ from, stepMs, v }: Curve, x: Place, y: Place): string {
  let path = '';
  v.forEach((n, i) => {
    if (n === null) return;
    const start = i === 0 || v[i - 1] === null;
    path += `${start ? 'M' : 'L'}${fixed(x(from + (i + 0.5) * stepMs))} ${fixed(y(n))}`;
    if (start && v[i + 1] == null) path += 'h.8';
  });
  return path;
}

/** The limit, as steps. */
export function stepPath({ from, to, stepMs, limit }: Curve, x: Place, y: Place): string {
  let path = '';
  limit.forEach((n, i) => {
    const before = i === 0 ? null : limit[i - 1];
    if (n === null || n === before) return;
    let end = i;
    while (end + 1 < limit.length && limit[end + 1] === n) end++;
    path += `${before == null ? 'M' : 'L'}${fixed(x(from + i * stepMs))} ${fixed(y(n))}`;
    path += `H${fixed(x(Math.min(to, from + (end + 1) * stepMs)))}`;
  });
  return path;
}

/** Where times are written: whole steps that leave about 70 px for each. */
export function minutesOf(from: number, to: number, width: number): number[] {
  const most = Math.max(2, Math.floor(width / 70));
  const minute = 60_000;
  const step = [10, 15, 30, 60, 120, 180, 240, 360, 720].find((m) => (to - from) / (m * minute) <= most) ?? 1440;
  const times: number[] = [];
  for (let ms = from; ms < to - step * minute * 0.3; ms += step * minute) times.push(ms);
  return times;
}
