// SPDX-License-Identifier: Apache-2.0
// The day's limits as one sensor meets them: the lowest of its kind at each time.
import type { Day, Sensor } from '../shared/api';

export interface Step {
  from: number;
  to: number;
  limit: number;
}

/** A curve of means is held against limits of means: those of single maxima are another matter. */
const concerns = (kind: Sensor['kind'], statistic: string): boolean =>
  kind === 'noise' ? /^LA?eq/i.test(statistic) : kind === 'dust' && !/^L|max/i.test(statistic);

export function limitSteps(day: Day | null, kind: Sensor['kind']): Step[] {
  const rows = (day?.limits ?? [])
    .filter((row) => concerns(kind, row.statistic))
    .map((row) => ({ from: Date.parse(row.from), to: Date.parse(row.to), limit: row.limit }));
  const times = [...new Set(rows.flatMap((row) => [row.from, row.to]))].sort((a, b) => a - b);
  const steps: Step[] = [];

  times.slice(0, -1).forEach((from, i) => {
    const to = times[i + 1]!;
    const inForce = rows.filter((row) => row.from <= from && row.to >= to).map((row) => row.limit);
    const last = steps[steps.length - 1];
    if (inForce.length === 0) return;
    const limit = Math.min(...inForce);
    if (last && last.limit === limit && last.to === from) last.to = to;
    else steps.push({ from, to, limit });
  });
  return steps;
}
