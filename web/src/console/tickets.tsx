// SPDX-License-Identifier: Apache-2.0
// Open tickets, the most urgent first.
import type { Ticket } from '../shared/api';
import { t } from '../shared/lang';
import { isOpen, model } from './state';
import { TicketCard } from './ticketcard';

const opened = (k: Ticket): string => k.history[0]?.at ?? k.ts;
const urgency = (k: Ticket): number =>
  (k.status === 'resolved' ? 8 : 0) + (k.lamp === 'over' ? 0 : 4) + (k.flags.overdue.length > 0 ? 0 : 2);

export function Tickets() {
  const { tickets } = model.use();
  const open = tickets
    .filter(isOpen)
    .sort((a, b) => urgency(a) - urgency(b) || a.class.localeCompare(b.class) || opened(a).localeCompare(opened(b)));

  return (
    <section class="panel" aria-labelledby="tickets-title">
      <h2 id="tickets-title">{t('tickets.title', { n: open.length })}</h2>
      {open.length === 0 && <p class="quiet">{t('tickets.none')}</p>}
      {open.map((ticket) => (
        <TicketCard key={ticket.id} ticket={ticket} />
      ))}
    </section>
  );
}
