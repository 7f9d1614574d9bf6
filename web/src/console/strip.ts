// SPDX-License-Identifier: Apache-2.0
// A series and a day, as a chart wants them.
import type { Day, Sensor, Series } from '../shared/api';
import { timeOf } from '../shared/clock';
import type { Band } from '../shared/chart';
import type { Curve } from '../shared/curve';
import { t } from '../shared/lang';
import { word } from '../shared/words';
import { limitSteps } from './limits';

/** The limit of a minute is what the gateway stored with it; for the minutes to come, what the day says. */
export function curveOf(series: Series, day: Day | null, kind: Sensor['kind'], to: number): Curve {
  const from = Date.parse(series.from);
  const stepMs = series.step_s * 1000;
  const n = Math.max(series.v.length, Math.ceil((to - from) / stepMs));
  const steps = limitSteps(day, kind);
  const planned = (ms: number) => steps.find((s) => s.from <= ms && ms < s.to)?.limit ?? null;

  return {
    from,
    to,
    stepMs,
    unit: series.unit,
    v: Array.from({ length: n }, (_, i) => series.v[i] ?? null),
    limit: Array.from({ length: n }, (_, i) => series.limit[i] ?? planned(from + i * stepMs)),
  };
}

const within = (b: Band, c: Curve): boolean => b.to > c.from && b.from < c.to;

export function bandsOf(day: Day | null, curve: Curve): Band[] {
  return (day?.work ?? [])
    .map((w) => ({
      from: Date.parse(w.from),
      to: Date.parse(w.to),
      kind: w.state,
      word: word('work', w.state),
      title: `${timeOf(w.from)}–${timeOf(w.to)} ${word('work', w.state)}${w.permit ? ` ${w.permit}` : ''}`,
    }))
    .filter((b) => within(b, curve));
}

export function gapsOf(day: Day | null, curve: Curve, sensor: string): Band[] {
  return (day?.gaps ?? [])
    .filter((g) => g.sensor === sensor)
    .map((g) => ({
      from: Date.parse(g.from),
      to: Date.parse(g.to),
      kind: 'gap',
      word: t('strip.gap'),
      title: `${timeOf(g.from)}–${timeOf(g.to)} ${t('strip.gap')}`,
    }))
    .filter((b) => within(b, curve));
}

/** What the drawing shows, for who cannot see it. */
export function summaryOf(curve: Curve): string {
  const known = curve.v.filter((n): n is number => n !== null);
  const over = curve.v.filter((n, i) => n !== null && curve.limit[i] != null && n > curve.limit[i]!).length;
  if (known.length === 0) return t('strip.nothing');
  return t('strip.summary', {
    low: Math.min(...known).toFixed(1),
    high: Math.max(...known).toFixed(1),
    over: Math.round((over * curve.stepMs) / 60_000),
  });
}
