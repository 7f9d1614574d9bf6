// SPDX-License-Identifier: Apache-2.0
// The next step of a ticket: sign for it, then say what was done. One button, never two.
import { useRef, useState } from 'preact/hooks';
import { api, Problem, type Role, type Ticket, type Verb } from '../shared/api';
import { gatewayNow, isoTime } from '../shared/clock';
import { t, type Key } from '../shared/lang';
import { refusal } from './login';
import { model, putTicket, start } from './state';

const TEXT_MAX = 199; // bytes of UTF-8
const MEASURES: [name: string, label: Key][] = [
  ['stopped-machine', 'measure.stopped-machine'],
  ['reduced-work', 'measure.reduced-work'],
  ['moved-work', 'measure.moved-work'],
  ['screened', 'measure.screened'],
  ['sprayed-water', 'measure.sprayed-water'],
  ['repaired', 'measure.repaired'],
  ['other', 'measure.other'],
];

function nextVerb({ status }: Ticket): Verb | null {
  if (status === 'open' || status === 'dispatched') return 'accept';
  return status === 'accepted' || status === 'in_progress' ? 'resolve' : null;
}

/** Nobody may guess it. crypto.randomUUID is not there on plain http. */
const newId = (): string =>
  `web-${[...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(16).padStart(2, '0')).join('')}`;

interface Sent {
  content: string;
  command: Record<string, unknown>;
}

/** Sends a command. What was not answered is sent again as the same command, so that nothing is done twice. */
function useCommand(ticket: Ticket) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const unanswered = useRef<Sent | null>(null);

  async function send(verb: Verb, fields: Record<string, unknown>): Promise<boolean> {
    const content = JSON.stringify([verb, ticket.revision, fields]);
    const user = model.get().session?.user;
    if (unanswered.current?.content !== content)
      unanswered.current = {
        content,
        command: {
          schema: 'siteward.cmd/1.0',
          id: newId(),
          at: isoTime(gatewayNow()),
          by: { id: user?.id, role: 'party' }, // the gateway puts the account in its place
          ...fields,
        },
      };
    setBusy(true);
    try {
      await api.command(ticket, verb, unanswered.current.command);
      unanswered.current = null;
      setProblem(null);
      putTicket(await api.ticket(ticket.id));
      return true;
    } catch (fault) {
      if (!(fault instanceof Problem)) throw fault;
      if (fault.status !== 0) unanswered.current = null;
      setProblem(fault);
      if (fault.status === 401) await start(); // the session is over
      if (fault.type.endsWith(':conflict') || fault.type.endsWith(':not-legal'))
        await api.ticket(ticket.id).then(putTicket, () => undefined); // show what it is now
      return false;
    } finally {
      setBusy(false);
    }
  }
  return { send, problem, isBusy };
}

function words(problem: Problem): string {
  if (problem.type.endsWith(':conflict')) return t('refused.conflict');
  if (problem.type.endsWith(':no-proof')) return `${t('refused.no-proof')} ${problem.detail}`;
  if (problem.type.endsWith(':forbidden')) return t('refused.forbidden');
  return refusal(problem);
}

function ResolveFields({ askForce }: { askForce: boolean }) {
  return (
    <>
      <label class="field">
        <span>{t('resolve.measure')}</span>
        <select name="measure" required>
          <option value="">{t('resolve.choose')}</option>
          {MEASURES.map(([name, label]) => (
            <option key={name} value={name}>
              {t(label)}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>{t('resolve.text')}</span>
        <textarea name="text" rows={2} required maxLength={TEXT_MAX} />
      </label>
      {askForce && (
        <label class="field">
          <span>{t('resolve.reason')}</span>
          <input name="reason" maxLength={TEXT_MAX} />
          <small>{t('resolve.reason.help')}</small>
        </label>
      )}
    </>
  );
}

export function TicketAction({ ticket, role }: { ticket: Ticket; role: Role }) {
  const { send, problem, isBusy } = useCommand(ticket);
  const [isAsking, setAsking] = useState(false);
  const [isTooLong, setTooLong] = useState(false);
  const verb = nextVerb(ticket);
  const isAskingNow = isAsking && verb === 'resolve';

  async function submit(e: SubmitEvent): Promise<void> {
    e.preventDefault();
    if (!verb) return;
    if (verb === 'resolve' && !isAskingNow) return setAsking(true);
    const { reason, ...fields } = Object.fromEntries(new FormData(e.currentTarget as HTMLFormElement)) as Record<string, string>;
    const bytes = (s = '') => new TextEncoder().encode(s).length;
    const tooLong = bytes(fields.text) > TEXT_MAX || bytes(reason) > TEXT_MAX;
    setTooLong(tooLong);
    if (!tooLong && (await send(verb, reason ? { ...fields, force: true, reason } : fields))) setAsking(false);
  }

  if ((role !== 'party' && role !== 'admin') || !verb) return null;
  return (
    <form class="action" onSubmit={(e) => void submit(e)}>
      {isAskingNow && <ResolveFields askForce={problem?.type.endsWith(':no-proof') ?? false} />}
      <p class="error" role="alert">
        {isTooLong ? t('resolve.toolong') : problem && words(problem)}
      </p>
      <button class="primary" type="submit" disabled={isBusy}>
        {t(verb === 'accept' ? 'action.accept' : isAskingNow ? 'action.send' : 'action.resolve')}
      </button>
    </form>
  );
}
