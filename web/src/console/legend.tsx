// SPDX-License-Identifier: Apache-2.0
import type { Band } from '../shared/chart';
import { t } from '../shared/lang';

/** Pattern and word of everything that a chart shows. */
export function Legend({ bands }: { bands: Band[] }) {
  const kinds = new Map(bands.map((b) => [b.kind, b.word]));

  return (
    <ul class="legend">
      <li>
        <span class="key key-curve" /> {t('strip.curve')}
      </li>
      <li>
        <span class="key key-limit" /> {t('strip.limit')}
      </li>
      {[...kinds].map(([kind, word]) => (
        <li key={kind}>
          <span class={`key band-${kind}`} /> {word}
        </li>
      ))}
    </ul>
  );
}
