// SPDX-License-Identifier: Apache-2.0
import { gatewayNow } from '../shared/clock';
import { Chart } from '../shared/chart';
import { t } from '../shared/lang';
import { Legend } from './legend';
import { isJudged, leading, model, showStrip } from './state';
import { bandsOf, curveOf, gapsOf, summaryOf } from './strip';

export function DayStrip() {
  const { sensors, strip, day, series, isDayFailed } = model.use();
  const judged = sensors.filter(isJudged);
  const shown = judged.find((s) => s.id === series?.sensor);
  const curve = series && shown && day && curveOf(series, day, shown.kind, Date.parse(day.to));
  const bands = curve ? bandsOf(day, curve) : [];
  const gaps = curve && shown ? gapsOf(day, curve, shown.id) : [];

  if (judged.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="strip-title">
      <h2 id="strip-title">{t('strip.title')}</h2>
      {judged.length > 1 && (
        <label class="choice">
          <span>{t('strip.sensor')}</span>
          <select value={strip || leading(sensors)?.id} onChange={(e) => void showStrip(e.currentTarget.value)}>
            {judged.map((s) => (
              <option key={s.id} value={s.id}>
                {s.name}
              </option>
            ))}
          </select>
        </label>
      )}
      {curve ? (
        <>
          <Chart
            curve={curve}
            bands={bands}
            gaps={gaps}
            now={gatewayNow()}
            label={summaryOf(curve)}
            hint={summaryOf(curve)}
          />
          <Legend bands={[...bands, ...gaps]} />
        </>
      ) : (
        <p class="quiet">{t(isDayFailed ? 'detail.failed' : 'loading')}</p>
      )}
    </section>
  );
}
