// SPDX-License-Identifier: Apache-2.0
// One ticket: what it is, why, who and by when, and the one thing to do next.
import { useState } from 'preact/hooks';
import type { Ticket } from '../shared/api';
import { gatewayNow, timeOf } from '../shared/clock';
import { Lamp } from '../shared/lamp';
import { ownText, t } from '../shared/lang';
import { useSeconds } from '../shared/store';
import { number, unitText } from '../shared/units';
import { span, word } from '../shared/words';
import { model } from './state';
import { TicketAction } from './ticketaction';
import { TicketDetail } from './ticketdetail';

/** The deadline that counts next: what was met, by a look or a dispatch, counts no more. */
function deadlineOf({ status, deadlines, history }: Ticket): string | null {
  if (status === 'resolved') return null;
  const isSeen = status === 'accepted' || status === 'in_progress' || history.some((h) => h.verb === 'ack');
  const open = [isSeen ? null : deadlines.respond_by, status === 'open' ? deadlines.dispatch_by : null, deadlines.resolve_by];
  return open.find((due) => due !== null) ?? null;
}

function Due({ ticket }: { ticket: Ticket }) {
  const due = deadlineOf(ticket);
  useSeconds();

  if (ticket.flags.suspended) return <p>{t('ticket.suspended')}</p>;
  if (!due) return null;
  const left = Date.parse(due) - gatewayNow();
  return (
    <p class={left < 0 ? 'late' : ''}>
      {left < 0
        ? t('ticket.late', { time: timeOf(due), span: span(-left) })
        : t('ticket.due', { time: timeOf(due), span: span(left) })}
    </p>
  );
}

/** Which rule, what was measured or foreseen, and what was allowed then. */
function Why({ ticket }: { ticket: Ticket }) {
  const { rule, measured, forecast, work } = ticket;
  const unit = unitText(rule?.unit ?? '');
  const over = measured?.over_by ?? null;

  return (
    <p class="why">
      <span>{t('ticket.why')} </span>
      {over !== null && over > 0 && rule
        ? t('why.over', { over: number(over), unit, limit: number(rule.limit, 0) })
        : forecast && rule && forecast.probability !== null
          ? t('why.forecast', { percent: Math.round(forecast.probability * 100), limit: number(rule.limit, 0), unit })
          : rule
            ? t('why.rule', { limit: number(rule.limit, 0), unit })
            : t('why.other')}
      {work && ` · ${word('work', work.state)}`}
      {ticket.complaints.calls > 0 && ` · ${t('why.calls', { n: ticket.complaints.calls })}`}
    </p>
  );
}

/** A number that can be rung is a link; anything else is text. */
function Phone({ phone = '' }: { phone?: string }) {
  return /^[+\d][\d -]{2,30}$/.test(phone) ? (
    <a class="phone" href={`tel:${phone.replace(/ /g, '')}`}>
      {phone}
    </a>
  ) : (
    <>{phone}</>
  );
}

export function TicketCard({ ticket }: { ticket: Ticket }) {
  const { session } = model.use();
  const [isShown, setShown] = useState(false);
  const { assignee } = ticket;

  return (
    <article class={`ticket ticket-${ticket.lamp}`} aria-labelledby={`t-${ticket.id}`} data-ticket={ticket.id}>
      <h3 id={`t-${ticket.id}`}>{ownText(ticket.title)}</h3>
      <p class="line">
        <Lamp name={ticket.lamp} />
        <span class="badge">{t('ticket.class', { class: ticket.class })}</span>
        <span class="badge">{word('status', ticket.status)}</span>
        {ticket.flags.escalated && <span class="badge">{t('ticket.escalated')}</span>}
      </p>
      <Why ticket={ticket} />
      <Due ticket={ticket} />
      {assignee && (
        <p>
          {[assignee.unit, assignee.person].filter(Boolean).join(' · ')} <Phone phone={assignee.phone} />
        </p>
      )}
      <TicketAction ticket={ticket} role={session?.user?.role ?? 'none'} />
      <details onToggle={(e) => setShown(e.currentTarget.open)}>
        <summary>
          {t('ticket.detail')} <span class="quiet">{ticket.number}</span>
        </summary>
        {isShown && <TicketDetail ticket={ticket} />}
      </details>
    </article>
  );
}
