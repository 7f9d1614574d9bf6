// SPDX-License-Identifier: Apache-2.0
// Each sensor with two lamps, because they are two questions: does it answer, and can what it says be true?
import { Shape } from '../shared/lamp';
import { t } from '../shared/lang';
import { useSeconds } from '../shared/store';
import { number, unitText } from '../shared/units';
import { span, word } from '../shared/words';
import { isOld, model, type SensorView } from './state';

type Light = 'yes' | 'no' | 'unknown';

function answers(s: SensorView, isStreaming: boolean): Light {
  if (!isStreaming) return 'unknown';
  if (s.kind === 'input') return s.state === 'nodata' ? 'no' : 'yes'; // it speaks only when it changes
  return s.flag === 'B' || s.state === 'nodata' || isOld(s) ? 'no' : 'yes';
}

function plausible(s: SensorView, isAnswering: Light): Light {
  if (s.state === 'fault' || s.q === 'bad') return 'no';
  return isAnswering === 'yes' && s.q !== 'uncertain' ? 'yes' : 'unknown';
}

function TwoLamps({ sensor, isStreaming }: { sensor: SensorView; isStreaming: boolean }) {
  const first = answers(sensor, isStreaming);
  const second = plausible(sensor, first);

  return (
    <span class="lamps">
      <span class={`light light-${first}`} data-answers={first}>
        <Shape name={first} /> {t(`answers.${first}`)}
      </span>
      <span class={`light light-${second}`} data-plausible={second}>
        <Shape name={second} /> {t(`plausible.${second}`)}
      </span>
    </span>
  );
}

function valueOf(s: SensorView): string {
  if (s.kind === 'input') return s.value === null ? '–' : t(s.value > 0 ? 'input.on' : 'input.off');
  return `${number(s.value)} ${unitText(s.unit)}`;
}

export function Sensors() {
  const { sensors, isStreaming } = model.use();
  useSeconds();

  return (
    <section class="panel" aria-labelledby="sensors-title">
      <h2 id="sensors-title">{t('sensors.title')}</h2>
      <ul class="sensors">
        {sensors.map((s) => {
          const age = performance.now() - s.heardAt;
          return (
            <li key={s.id} class={isStreaming && (!isOld(s) || s.kind === 'input') ? '' : 'is-old'} data-sensor={s.id}>
              <span class="name">{s.name}</span>
              <span class="value">{valueOf(s)}</span>
              <TwoLamps sensor={s} isStreaming={isStreaming} />
              <span class="quiet">
                {word('state', s.state)}
                {Number.isFinite(age) && ` · ${t('sensors.age', { age: span(age) })}`}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
