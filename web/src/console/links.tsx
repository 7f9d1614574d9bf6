// SPDX-License-Identifier: Apache-2.0
import { language, t } from '../shared/lang';
import { model } from './state';

export function Links() {
  const { day } = model.use();

  if (!day) return null;
  const range = new URLSearchParams({ from: day.from, to: day.to, period: '1m' });
  return (
    <nav class="panel" aria-label={t('links.title')}>
      <ul class="links">
        <li>
          <a href={`/api/v1/export.csv?${range}`} download={`${day.date}.csv`}>
            {t('links.csv')}
          </a>
        </li>
        <li>
          <a href={`/day/${day.date}?lang=${language()}`}>{t('links.sheet')}</a>
        </li>
        <li>
          <a href={`/api/v1/schedule.ics?lang=${language()}`}>{t('links.ics')}</a>
        </li>
      </ul>
    </nav>
  );
}
