// SPDX-License-Identifier: Apache-2.0
// What the console knows, and how it changes: pages read at the start, then documents as they come.
import { api, Problem, type Alert, type Day, type Live, type Sensor, type Series, type Session, type StateDocument } from '../shared/api';
import type { StatusPage, Ticket } from '../shared/api';
import { dateOf, hearTime, useZone } from '../shared/clock';
import { lampOf, worse } from '../shared/states';
import { startLanguage } from '../shared/lang';
import { createStore } from '../shared/store';
import { listen, type EventName } from '../shared/stream';

export interface SensorView extends Sensor {
  held: string; // "alerting" while a matter alerts under missing data
  probability: number | null;
  q: Live['q'] | null; // null until a reading came
  flag: string;
  heardAt: number; // performance.now() of the last reading
}

export interface Console {
  phase: 'loading' | 'setup' | 'login' | 'down' | 'ready';
  session: Session | null;
  sensors: SensorView[];
  tickets: Ticket[];
  alerts: Alert[];
  page: StatusPage | null;
  day: Day | null;
  series: Series | null;
  strip: string; // the sensor whose day is drawn; "" = the leading one
  isStreaming: boolean;
}

export const OLD_MS = 15_000;
const REFRESH_MS = 60_000;

export const model = createStore<Console>({
  phase: 'loading',
  session: null,
  sensors: [],
  tickets: [],
  alerts: [],
  page: null,
  day: null,
  series: null,
  strip: '',
  isStreaming: false,
});

export const isJudged = (s: Sensor): boolean => s.kind === 'noise' || s.kind === 'dust';
export const isOpen = (t: Ticket): boolean => !['closed', 'averted', 'withdrawn'].includes(t.status);

/** The sensor that stands worst; of equals the one that is nearest to its limit, or over it by most. */
export function leading(sensors: SensorView[]): SensorView | null {
  const margin = (s: SensorView) => (s.limit === null || s.level === null ? -Infinity : s.level - s.limit);
  let found: SensorView | null = null;
  for (const s of sensors.filter(isJudged)) {
    const lamp = lampOf(s.state, s.held);
    const best = found && lampOf(found.state, found.held);
    if (!found || !best || worse(lamp, best) || (lamp === best && margin(s) > margin(found))) found = s;
  }
  return found;
}

/** What the page says of a sensor; what only the stream tells stays from before. */
function viewOf(s: Sensor, before: SensorView | undefined, pageTs: string): SensorView {
  const age = s.ts ? Math.max(0, Date.parse(pageTs) - Date.parse(s.ts)) : Infinity;
  const heardAt = Math.max(performance.now() - age, before?.heardAt ?? -Infinity);
  return { held: '', probability: null, q: null, flag: '', ...before, ...s, heardAt };
}

async function readDay(): Promise<void> {
  const { page, sensors, strip } = model.get();
  const sensor = strip || leading(sensors)?.id;
  if (!page) return;
  const day = await api.day(dateOf(page.ts));
  const series = sensor ? await api.series(sensor, day.from, day.to) : null;
  model.patch({ day, series });
}

export async function readPages(): Promise<void> {
  const [page, tickets] = await Promise.all([api.status(), api.tickets()]);
  const before = new Map(model.get().sensors.map((s) => [s.id, s]));
  hearTime(page.ts);
  model.patch({
    page,
    tickets,
    alerts: page.alerts ?? [],
    sensors: page.sensors.map((s) => viewOf(s, before.get(s.id), page.ts)),
  });
}

/** Keep the picture when one of the questions fails: the age of each value says how old it is. */
async function refresh(): Promise<void> {
  try {
    await readPages();
    await readDay();
  } catch (fault) {
    if (fault instanceof Problem && fault.status === 401) await start();
    else if (!(fault instanceof Problem)) throw fault;
  }
}

export async function showStrip(sensor: string): Promise<void> {
  model.patch({ strip: sensor, series: null });
  await refresh();
}

function changeSensor(id: string | undefined, change: Partial<SensorView>): void {
  model.patch({ sensors: model.get().sensors.map((s) => (s.id === id ? { ...s, ...change } : s)) });
}

function onLive(doc: Live): void {
  const { v, limit, q, flag, ts } = doc;
  changeSensor(doc.sensor, { value: v, limit, q, flag, ts, heardAt: performance.now() });
}

function onState(doc: StateDocument): void {
  const rule = doc.rules.find((r) => r.rule === doc.rule);
  changeSensor(doc.sensor, {
    state: doc.state,
    held: rule?.held ?? '',
    probability: rule?.forecast?.probability ?? null,
    budget_s: rule?.forecast?.budget_s ?? null,
    crosses_at: rule?.forecast?.crosses_at ?? null,
    ...(rule?.forecast && { level: rule.forecast.level_now }),
  });
}

export function putTicket(ticket: Ticket): void {
  const { tickets } = model.get();
  const known = tickets.find((t) => t.id === ticket.id);
  if (known && known.revision > ticket.revision) return; // it was overtaken
  model.patch({ tickets: known ? tickets.map((t) => (t === known ? ticket : t)) : [ticket, ...tickets] });
}

function onDocument(name: EventName, doc: Record<string, unknown>): void {
  if (typeof doc.ts === 'string') hearTime(doc.ts);
  if (name === 'live') onLive(doc as unknown as Live);
  else if (name === 'state') onState(doc as unknown as StateDocument);
  else if (name === 'ticket') putTicket(doc as unknown as Ticket);
  else if (name === 'alert' || name === 'status') void refresh(); // what ended is told by the page alone
}

let stop: (() => void) | null = null;

function follow(): void {
  const stream = listen('/api/v1/events', {
    onOpen: () => {
      model.patch({ isStreaming: true });
      void refresh();
    },
    onLost: () => model.patch({ isStreaming: false }),
    onReset: () => void refresh(),
    onDocument,
  });
  const timer = window.setInterval(() => void refresh(), REFRESH_MS);
  stop = () => {
    window.clearInterval(timer);
    stream();
    stop = null;
  };
}

/** What to show for this session: the first set-up, the log-in, or the site. */
export async function enter(session: Session): Promise<void> {
  stop?.();
  startLanguage(session.language);
  if (session.setup || !session.user) {
    model.patch({ session, phase: session.setup ? 'setup' : 'login', isStreaming: false });
    return;
  }
  await readPages();
  useZone(await api.zone().catch(() => null), model.get().page?.ts ?? '');
  model.patch({ session, phase: 'ready' });
  follow();
}

export async function start(): Promise<void> {
  try {
    await enter(await api.session());
  } catch (fault) {
    if (!(fault instanceof Problem)) throw fault;
    stop?.();
    model.patch({ phase: 'down', isStreaming: false });
  }
}
