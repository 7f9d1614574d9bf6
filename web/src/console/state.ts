// SPDX-License-Identifier: Apache-2.0
// What the console knows, and how it changes: pages read at the start, then documents as they come.
import { api, Problem, type Alert, type Day, type Live, type Sensor, type Series, type Session, type StateDocument } from '../shared/api';
import type { StatusPage, Summary, Ticket } from '../shared/api';
import { dateOf, hearTime, useZone } from '../shared/clock';
import { lampOf, worse } from '../shared/states';
import { startLanguage } from '../shared/lang';
import { createStore } from '../shared/store';
import { listen, type EventName } from '../shared/stream';

export interface SensorView extends Sensor {
  heardAt: number; // performance.now() of the last reading
}

export interface Console {
  phase: 'loading' | 'setup' | 'login' | 'down' | 'ready';
  session: Session | null;
  sensors: SensorView[];
  tickets: Ticket[];
  alerts: Alert[];
  page: StatusPage | null;
  summary: Summary | null;
  day: Day | null;
  series: Series | null;
  isDayFailed: boolean; // the last question for day and series was not answered
  strip: string; // the sensor whose day is drawn; "" = the leading one
  isStreaming: boolean;
}

const REFRESH_MS = 60_000;

export const model = createStore<Console>({
  phase: 'loading',
  session: null,
  sensors: [],
  tickets: [],
  alerts: [],
  page: null,
  summary: null,
  day: null,
  series: null,
  isDayFailed: false,
  strip: '',
  isStreaming: false,
});

export const isJudged = (s: Sensor): boolean => s.kind === 'noise' || s.kind === 'dust';
export const isOld = (s: SensorView): boolean => !(performance.now() - s.heardAt <= s.old_after_s * 1000);
export const isOpen = (t: Ticket): boolean => !['closed', 'averted', 'withdrawn'].includes(t.status);

/** The sensor that stands worst; of equals the one that is nearest to its limit, or over it by most. */
export function leading(sensors: SensorView[]): SensorView | null {
  const margin = (s: SensorView) => (s.limit === null || s.value === null ? -Infinity : s.value - s.limit);
  let found: SensorView | null = null;
  for (const s of sensors.filter(isJudged)) {
    const lamp = lampOf(s.state, s.held);
    const best = found && lampOf(found.state, found.held);
    if (!found || !best || worse(lamp, best) || (lamp === best && margin(s) > margin(found))) found = s;
  }
  return found;
}

const viewOf = (s: Sensor): SensorView => ({ ...s, heardAt: performance.now() - (s.age_s ?? Infinity) * 1000 });

async function readDay(): Promise<void> {
  const { page, sensors, strip } = model.get();
  const sensor = strip || leading(sensors)?.id;
  if (!page) return;
  const day = await api.day(dateOf(page.ts));
  const series = sensor ? await api.series(sensor, day.from, day.to) : null;
  model.patch({ day, series, isDayFailed: false });
}

export async function readPages(): Promise<void> {
  const [page, tickets] = await Promise.all([api.status(), api.tickets()]);
  hearTime(page.ts);
  model.patch({
    page,
    tickets,
    alerts: page.alerts ?? [],
    sensors: page.sensors.map(viewOf),
  });
}

/** Keep the picture when one of the questions fails: the age of each value says how old it is. */
async function refresh(): Promise<void> {
  try {
    await readPages();
    await readDay();
  } catch (fault) {
    if (fault instanceof Problem && fault.status === 401) await start();
    else if (fault instanceof Problem) model.patch({ isDayFailed: true });
    else throw fault;
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
    held: rule?.held ?? null,
    probability: rule?.forecast?.probability ?? null,
    budget_s: rule?.forecast?.budget_s ?? null,
    crosses_at: rule?.forecast?.crosses_at ?? null,
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
  if (doc.ended || name === 'alert') void refresh(); // what else stands is told by the pages
  else if (name === 'live') onLive(doc as unknown as Live);
  else if (name === 'state') onState(doc as unknown as StateDocument);
  else if (name === 'ticket') putTicket(doc as unknown as Ticket);
  else if (name === 'status') model.patch({ summary: doc as unknown as Summary });
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
