// SPDX-License-Identifier: Apache-2.0
// The gateway's time, not the phone's: a phone whose clock is wrong must not make readings look fresh or commands late.

let knownMs = Date.now();
let heardAt = performance.now();

/** A document says what time it is over there. Older ones than the last are no news. */
export function hearTime(ts: string): void {
  const ms = Date.parse(ts);
  if (Number.isFinite(ms)) {
    knownMs = ms;
    heardAt = performance.now();
  }
}

export const gatewayNow = (): number => knownMs + performance.now() - heardAt;

let clock: Intl.DateTimeFormat | null = null;
let calendar: Intl.DateTimeFormat | null = null;
let fixedOffsetMs = 0;

/** Times are shown as the site's clocks show them. Without the zone's name the offset of a document must do. */
export function useZone(name: string | null, sampleTs: string): void {
  const m = /([+-])(\d\d):(\d\d)$/.exec(sampleTs);
  fixedOffsetMs = m ? (m[1] === '-' ? -1 : 1) * (Number(m[2]) * 60 + Number(m[3])) * 60_000 : 0;
  clock = calendar = null;
  if (!name) return;
  try {
    clock = new Intl.DateTimeFormat('en-GB', { timeZone: name, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
    calendar = new Intl.DateTimeFormat('sv-SE', { timeZone: name });
  } catch {
    /* a zone that this browser does not know */
  }
}

const shifted = (ms: number): string => new Date(ms + fixedOffsetMs).toISOString();

/** "22:05" at the site. */
export const siteTime = (ms: number): string => clock?.format(ms) ?? shifted(ms).slice(11, 16);

/** "2026-03-02" at the site. */
export const siteDate = (ms: number): string => calendar?.format(ms) ?? shifted(ms).slice(0, 10);

/** "22:05" out of a document's own text, which is the site's time already. */
export const timeOf = (ts: string): string => ts.slice(11, 16);
export const dateOf = (ts: string): string => ts.slice(0, 10);

/** RFC 3339 in UTC, for questions and commands. */
export const isoTime = (ms: number): string => new Date(ms).toISOString();
