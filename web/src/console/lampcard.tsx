// SPDX-License-Identifier: Apache-2.0
// The one thing to see at a glance: how the site stands, and how long that may go on.
import type { LampName, WorkState } from '../shared/api';
import { gatewayNow, timeOf } from '../shared/clock';
import { Lamp } from '../shared/lamp';
import { ownText, t } from '../shared/lang';
import { lampOf, worse } from '../shared/states';
import { useSeconds } from '../shared/store';
import { number, unitText } from '../shared/units';
import { span, word } from '../shared/words';
import { isJudged, isOld, leading, model, type Console, type SensorView } from './state';

function siteLamp({ sensors, tickets }: Console): LampName {
  const judged = sensors.filter(isJudged);
  let lamp: LampName = judged.length > 0 ? 'ok' : 'nodata';
  for (const s of judged) if (worse(lampOf(s.state, s.held), lamp)) lamp = lampOf(s.state, s.held);
  return tickets.some((k) => k.stage === 'exceeded' && k.status !== 'resolved' && !isEnded(k.status)) ? 'over' : lamp;
}

const isEnded = (status: string): boolean => ['closed', 'averted', 'withdrawn'].includes(status);

function Limit({ sensor }: { sensor: SensorView }) {
  const next = sensor.limit_next;
  const left = next ? Date.parse(next.at) - gatewayNow() : -1;

  return (
    <div class="fact">
      <dt>{t('card.limit')}</dt>
      <dd>
        {sensor.limit === null ? t('card.nolimit') : `${number(sensor.limit, 0)} ${unitText(sensor.unit)}`}
        {next && left > 0 && (
          <small>
            {next.limit === null
              ? t('card.until', { time: timeOf(next.at), left: span(left) })
              : t('card.then', { time: timeOf(next.at), left: span(left), limit: number(next.limit, 0) })}
          </small>
        )}
      </dd>
    </div>
  );
}

function Budget({ sensor }: { sensor: SensorView }) {
  const p = sensor.probability;

  if (sensor.budget_s === null) return null;
  return (
    <div class="fact">
      <dt>{t('card.budget')}</dt>
      <dd>
        {sensor.budget_s > 0 ? span(sensor.budget_s * 1000) : t('card.used')}
        {p !== null && sensor.budget_s > 0 && <small>{t('card.likely', { percent: Math.round(p * 100) })}</small>}
      </dd>
    </div>
  );
}

function Work({ console: c }: { console: Console }) {
  const now = gatewayNow();
  const work = c.day?.work.find((w) => Date.parse(w.from) <= now && now < Date.parse(w.to));

  if (!work) return null;
  return (
    <div class="fact">
      <dt>{t('card.work')}</dt>
      <dd>
        {word('work', work.state satisfies WorkState)}
        {work.permit && <small>{t('card.permit', { permit: work.permit })}</small>}
      </dd>
    </div>
  );
}

function Age({ sensor, isStreaming }: { sensor: SensorView; isStreaming: boolean }) {
  const age = performance.now() - sensor.heardAt;
  const text = !Number.isFinite(age) ? t('card.never') : t('card.updated', { age: span(age) });

  return <p class="age">{isStreaming ? text : `${t('card.lost')} ${text}`}</p>;
}

export function LampCard() {
  const c = model.use();
  const sensor = leading(c.sensors);
  const lamp = siteLamp(c);
  useSeconds();

  if (!sensor)
    return (
      <section class="panel card lampcard-nodata">
        <Lamp name="nodata" />
        <p>{t('card.nosensor')}</p>
      </section>
    );
  const headline = c.summary?.lamp === lamp ? ownText(c.summary.headline) : ''; // of another lamp it would be old
  const isGrey = !c.isStreaming || isOld(sensor);
  return (
    <section class={`panel card lampcard-${lamp}${isGrey ? ' is-old' : ''}`} aria-labelledby="card-lamp" data-old={isGrey}>
      <h2 id="card-lamp">
        <span role="status">
          <Lamp name={lamp} />
        </span>
        {isGrey && <span class="badge">{t('card.old')}</span>}
      </h2>
      {headline !== t(`lamp.${lamp}`) && headline && <p>{headline}</p>}
      <p class="level">
        <strong>{number(sensor.value)}</strong> <span>{unitText(sensor.unit)}</span>
      </p>
      <p class="where">{sensor.name}</p>
      <dl class="facts">
        <Limit sensor={sensor} />
        <Budget sensor={sensor} />
        <Work console={c} />
      </dl>
      <Age sensor={sensor} isStreaming={c.isStreaming} />
    </section>
  );
}
