// SPDX-License-Identifier: Apache-2.0
// What is asked of the gateway when somebody looks into a ticket.
import { api, Problem, type Day, type Evidence, type Series, type Ticket } from '../shared/api';
import { isoTime, siteDate } from '../shared/clock';

export const AROUND_MS = 30 * 60_000;

export interface Behind {
  day: Day;
  series: Series | null;
  evidence: Evidence | null;
}

export const beginOf = (k: Ticket): string => k.measured?.from ?? k.history[0]?.at ?? k.ts;

/** The day, or, around midnight, both days as one. */
async function daysBetween(from: number, to: number): Promise<Day> {
  const dates = [...new Set([siteDate(from), siteDate(to)])];
  const [first, last] = await Promise.all(dates.map(api.day));
  if (!last) return first!;
  return {
    ...first!,
    to: last.to,
    limits: [...first!.limits, ...last.limits],
    work: [...first!.work, ...last.work],
    gaps: [...first!.gaps, ...last.gaps],
  };
}

export async function readBehind(ticket: Ticket): Promise<Behind> {
  const begin = beginOf(ticket);
  const ms = Date.parse(begin);
  const sensor = ticket.measured?.sensor;
  const refused = (fault: unknown) => {
    if (fault instanceof Problem && (fault.status === 403 || fault.status === 404)) return null; // not for this account
    throw fault;
  };
  const [day, series, evidence] = await Promise.all([
    daysBetween(ms - AROUND_MS, ms + AROUND_MS),
    sensor ? api.series(sensor, isoTime(ms - AROUND_MS), isoTime(ms + AROUND_MS)).catch(refused) : null,
    api.evidence(begin).catch(refused),
  ]);
  return { day, series, evidence };
}
