// SPDX-License-Identifier: Apache-2.0
// What is wrong with the measuring itself, and what to do about it.
import { dateOf, timeOf } from '../shared/clock';
import { ownText, t } from '../shared/lang';
import { model } from './state';

export function Alerts() {
  const { alerts, page } = model.use();
  const uplink = page?.uplink;
  const notice = ownText(page?.notice);

  if (alerts.length === 0 && !notice && (!uplink || uplink.connected)) return null;
  return (
    <section class="panel" aria-labelledby="alerts-title">
      <h2 id="alerts-title">{t('alerts.title')}</h2>
      <ul class="alerts">
        {uplink && !uplink.connected && <li>{t('alerts.uplink', { n: uplink.pending })}</li>}
        {notice && <li>{notice}</li>}
        {alerts.map((a) => (
          <li key={a.code + a.subject}>
            <strong>{ownText(a.text)}</strong>
            <p>{ownText(a.fix)}</p>
            <p class="quiet">{`${a.code} · ${dateOf(a.since)} ${timeOf(a.since)}`}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}
