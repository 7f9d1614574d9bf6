// SPDX-License-Identifier: Apache-2.0
// What stands behind a ticket: the curve half an hour around it with the limit and the schedule of then, its history, and the
// hashes by which a copy can be checked.
import { useEffect, useState } from 'preact/hooks';
import type { Evidence, Ticket } from '../shared/api';
import { dateOf, timeOf } from '../shared/clock';
import { Chart } from '../shared/chart';
import { t } from '../shared/lang';
import { word } from '../shared/words';
import { AROUND_MS, beginOf, readBehind, type Behind } from './behind';
import { Legend } from './legend';
import { model } from './state';
import { bandsOf, curveOf, gapsOf, summaryOf } from './strip';

function Around({ ticket, behind }: { ticket: Ticket; behind: Behind }) {
  const { sensors } = model.use();
  const { day, series } = behind;
  const ms = Date.parse(beginOf(ticket));
  const kind = sensors.find((s) => s.id === series?.sensor)?.kind ?? 'noise';

  if (!series) return <p class="quiet">{t('detail.nocurve')}</p>;
  const curve = curveOf(series, day, kind, ms + AROUND_MS);
  const bands = bandsOf(day, curve);
  const gaps = gapsOf(day, curve, series.sensor);
  return (
    <>
      <Chart
        curve={curve}
        bands={bands}
        gaps={gaps}
        now={ms}
        label={summaryOf(curve)}
        hint={t('detail.around', { time: timeOf(beginOf(ticket)) })}
      />
      <Legend bands={[...bands, ...gaps]} />
    </>
  );
}

function History({ ticket }: { ticket: Ticket }) {
  return (
    <>
      <h4>{t('detail.history')}</h4>
      <ol class="history">
        {ticket.history.map((h, i) => (
          <li key={i}>
            <time dateTime={h.at}>{`${dateOf(h.at).slice(5)} ${timeOf(h.at)}`}</time>{' '}
            {word('verb', h.verb)} <span class="quiet">{h.by.id}</span>
            {(h.text ?? h.note) && <q>{h.text ?? h.note}</q>}
          </li>
        ))}
      </ol>
      {ticket.history_total > ticket.history.length && (
        <p class="quiet">{t('detail.more', { n: ticket.history_total - ticket.history.length })}</p>
      )}
    </>
  );
}

function Hashes({ ticket, evidence }: { ticket: Ticket; evidence: Evidence | null }) {
  return (
    <dl class="hashes">
      {evidence?.integrity && (
        <div>
          <dt>{t('detail.chain', { n: evidence.integrity.n })}</dt>
          <dd>
            <code>{evidence.integrity.chain_head}</code>
          </dd>
        </div>
      )}
      {ticket.evidence.map((e) => (
        <div key={e.id}>
          <dt>{t('detail.media', { time: timeOf(e.at) })}</dt>
          <dd>
            <code>{e.sha256}</code>
          </dd>
        </div>
      ))}
    </dl>
  );
}

export function TicketDetail({ ticket }: { ticket: Ticket }) {
  const [behind, setBehind] = useState<Behind | null>(null);
  const [isFailed, setFailed] = useState(false);

  useEffect(() => {
    let isGone = false;
    readBehind(ticket).then(
      (b) => !isGone && setBehind(b),
      () => !isGone && setFailed(true),
    );
    return () => void (isGone = true);
  }, [ticket.id]);

  return (
    <div class="detail">
      {behind && <Around ticket={ticket} behind={behind} />}
      {!behind && <p class="quiet">{isFailed ? t('detail.failed') : t('loading')}</p>}
      {ticket.rule && (
        <p>
          {t('detail.rule')} <code>{ticket.rule.id}</code>
        </p>
      )}
      <History ticket={ticket} />
      <Hashes ticket={ticket} evidence={behind?.evidence ?? null} />
    </div>
  );
}
