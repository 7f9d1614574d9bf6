// SPDX-License-Identifier: Apache-2.0
// The gateway's HTTP interface as the pages use it: shapes of documents, and one function to ask with.
// Documents only ever gain fields, so nothing here lists all of them.

export type Texts = { 'zh-CN'?: string; en?: string };
export type Role = 'none' | 'viewer' | 'party' | 'officer' | 'agent' | 'admin';
export type SensorState = 'normal' | 'forecast' | 'pending' | 'alerting' | 'recovering' | 'nodata' | 'fault';
export type LampName = 'ok' | 'near' | 'over' | 'nodata';
export type WorkState =
  | 'no_schedule'
  | 'scheduled'
  | 'unscheduled'
  | 'permitted_night'
  | 'prohibited_night'
  | 'quiet_period';
export type TicketStatus =
  | 'open'
  | 'dispatched'
  | 'accepted'
  | 'in_progress'
  | 'resolved'
  | 'closed'
  | 'averted'
  | 'withdrawn';
export type Verb = 'accept' | 'resolve';

export interface Session {
  user: { id: string; name: string; role: Role } | null;
  csrf: string | null;
  setup: boolean; // nobody has an account yet: the page of the first start
  language: string;
  site: { id: string; name: string } | null;
  simulated: boolean;
}

export interface Sensor {
  id: string;
  name: string;
  kind: 'noise' | 'dust' | 'weather' | 'input';
  quantity: string;
  unit: string;
  value: number | null;
  limit: number | null;
  state: string; // a SensorState; an input has words of its own
  budget_s: number | null;
  crosses_at: string | null;
  ts: string | null;
  age_s: number | null; // of the value
  old_after_s: number; // a value that is older tells nothing of now
  limit_next: { at: string; limit: number | null } | null; // null: no change in sight
  held: string | null; // "alerting" while a matter alerts under missing data
  probability: number | null; // that the limit is passed within the horizon
  q: 'good' | 'uncertain' | 'bad' | null;
  flag: string | null; // the letter of HJ 212
}

export interface StatusPage {
  ts: string;
  simulated?: boolean;
  site: { id: string; name: string };
  uplink: { connected: boolean; why: string | null; pending: number } | null;
  sensors: Sensor[];
  alerts?: Alert[];
  notice?: Texts | null;
}

export interface Live {
  sensor: string; // the stream says it, because it has no topics
  ts: string;
  v: number | null;
  q: Sensor['q'];
  flag: string;
  limit: number | null;
}

export interface RuleState {
  rule: string;
  state: SensorState;
  held?: string;
  value: number | null;
  limit: number | null;
  forecast?: { probability: number | null; crosses_at: string | null; budget_s: number | null };
}

export interface StateDocument {
  ts: string;
  sensor: string;
  state: SensorState;
  rule: string | null;
  rules: RuleState[];
}

/** The one line of a site, as the wall shows it; event "status". */
export interface Summary {
  ts: string;
  lamp: LampName;
  headline: Texts;
}

export interface Alert {
  code: string;
  severity: string;
  subject: string;
  since: string;
  text: Texts;
  fix: Texts;
}

export interface Agg {
  id: string; // sensor:period:from
  from: string;
  period: string;
  values: Record<string, number | null>;
  limit: Record<string, unknown> | null;
}

export interface Ticket {
  id: string;
  number: string;
  ts: string;
  revision: number;
  origin: string;
  category: string;
  stage: string | null;
  class: string;
  status: TicketStatus;
  lamp: LampName;
  title: Texts;
  rule: { id: string; limit: number; unit: string } | null;
  forecast: { at: string; probability: number; crosses_at: string | null; budget_s: number | null } | null;
  measured: ({ sensor: string; over_by: number | null; from: string; to: string | null } & Record<string, unknown>) | null;
  work: { state: WorkState; permitted: boolean | null } | null;
  assignee: { unit?: string; person?: string; phone?: string } | null;
  deadlines: { respond_by: string | null; dispatch_by: string | null; resolve_by: string | null };
  flags: { escalated: boolean; returned: boolean; suspended: boolean; forced: boolean; overdue: string[] };
  complaints: { calls: number; callers: number };
  evidence: { id: string; kind: string; at: string; sha256: string; bytes: number }[];
  history: { verb: string; stage?: string; at: string; by: { id: string; role: string }; text?: string; note?: string }[];
  history_total: number;
}

export interface Series {
  sensor: string;
  quantity: string;
  unit: string;
  from: string;
  step_s: number;
  v: (number | null)[];
  limit: (number | null)[];
}

export interface Day {
  date: string;
  from: string;
  to: string;
  limits: { from: string; to: string; rule: string; statistic: string; limit: number }[];
  work: { from: string; to: string; state: WorkState; permit: string | null }[];
  gaps: { from: string; to: string; sensor: string }[];
}

export interface Evidence {
  answer: { headline: Texts };
  integrity: { alg: string; n: number; chain_head: string } | null;
}

/** What the gateway refuses, as an RFC 9457 document; status 0 = it could not be reached. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly type: string,
    readonly detail: string,
    readonly hint: string,
    readonly retryAfter: number | null,
  ) {
    super(detail);
  }
}

let csrf: string | null = null;

async function send(method: string, path: string, body: unknown, headers: Record<string, string>): Promise<Response> {
  const all: Record<string, string> = { Accept: 'application/json', ...headers };
  if (body !== undefined) all['Content-Type'] = 'application/json';
  if (method !== 'GET' && csrf) all['X-CSRF-Token'] = csrf;
  try {
    return await fetch(path, {
      method,
      headers: all,
      credentials: 'same-origin',
      cache: 'no-store',
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  } catch {
    throw new Problem(0, 'offline', '', '', null);
  }
}

async function ask<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
  const res = await send(method, path, body, headers);
  const text = await res.text().catch(() => '');
  let doc: unknown = null;
  try {
    doc = text ? JSON.parse(text) : null;
  } catch {
    throw new Problem(res.status || 502, 'about:blank', '', '', null);
  }
  if (res.ok) return doc as T;
  const problem = (doc ?? {}) as { type?: string; detail?: string; title?: string; hint?: string };
  const wait = Number(res.headers.get('Retry-After'));
  throw new Problem(
    res.status,
    problem.type ?? 'about:blank',
    problem.detail ?? problem.title ?? '',
    problem.hint ?? '',
    wait > 0 ? wait : null,
  );
}

async function session(method: string, path: string, body?: unknown): Promise<Session> {
  const s = await ask<Session | null>(method, path, body);
  const known = s ?? (await ask<Session>('GET', '/api/v1/session'));
  csrf = known.csrf;
  return known;
}

const query = (args: Record<string, string>) => new URLSearchParams(args).toString();

export const api = {
  session: () => session('GET', '/api/v1/session'),
  logIn: (id: string, password: string) => session('POST', '/api/v1/session', { id, password }),
  logOut: () => session('DELETE', '/api/v1/session'),
  setUp: (code: string, id: string, name: string, password: string) =>
    session('POST', '/api/v1/setup', { code, id, name, password }),
  status: () => ask<StatusPage>('GET', '/api/v1/status'),
  tickets: () => ask<{ tickets: Ticket[] }>('GET', '/api/v1/tickets').then((page) => page.tickets),
  ticket: (id: string) => ask<Ticket>('GET', `/api/v1/tickets/${encodeURIComponent(id)}`),
  zone: () => ask<{ tz?: string }>('GET', '/api/v1/schedule').then((s) => s.tz ?? null),
  day: (date: string) => ask<Day>('GET', `/api/v1/day?${query({ date })}`),
  series: (sensor: string, from: string, to: string) =>
    ask<Series>('GET', `/api/v1/sensors/${encodeURIComponent(sensor)}/series?${query({ from, to, period: '1m' })}`),
  evidence: (at: string) => ask<Evidence>('GET', `/api/v1/evidence?${query({ at, window: 'PT60M' })}`),
  command: (ticket: Ticket, verb: Verb, command: Record<string, unknown>) =>
    ask<{ status: string }>('POST', `/api/v1/tickets/${encodeURIComponent(ticket.id)}/${verb}`, command, {
      'If-Match': `"${ticket.revision}"`,
    }),
};
