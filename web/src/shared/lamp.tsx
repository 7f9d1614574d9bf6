// SPDX-License-Identifier: Apache-2.0
// A lamp is colour, shape and word at once: who sees no colours reads the shape, who sees no shapes hears the word.
import type { LampName } from './api';
import { t } from './lang';

const SHAPES: Record<LampName | 'yes' | 'no' | 'unknown', string> = {
  ok: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm-1.4 14.2-4-4 1.7-1.7 2.3 2.3 5-5 1.7 1.7Z',
  near: 'M12 2 1 21h22Zm-1 7h2v6h-2Zm0 7.5h2v2h-2Z',
  over: 'M7.9 2h8.2L22 7.9v8.2L16.1 22H7.9L2 16.1V7.9ZM11 6v8h2V6Zm0 9.7v2.2h2v-2.2Z',
  nodata: 'M3 3h18v18H3Zm4 8v2h10v-2Z',
  yes: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm-1.4 14.2-4-4 1.7-1.7 2.3 2.3 5-5 1.7 1.7Z',
  no: 'M7.9 2h8.2L22 7.9v8.2L16.1 22H7.9L2 16.1V7.9Zm.3 4.8L6.8 8.2 10.6 12l-3.8 3.8 1.4 1.4 3.8-3.8 3.8 3.8 1.4-1.4-3.8-3.8 3.8-3.8-1.4-1.4-3.8 3.8Z',
  unknown: 'M3 3h18v18H3Zm4 8v2h10v-2Z',
};

export function Shape({ name }: { name: keyof typeof SHAPES }) {
  return (
    <svg class={`shape shape-${name}`} viewBox="0 0 24 24" aria-hidden="true">
      <path fill-rule="evenodd" d={SHAPES[name]} />
    </svg>
  );
}

export function Lamp({ name }: { name: LampName }) {
  return (
    <span class={`lamp lamp-${name}`}>
      <Shape name={name} />
      <span>{t(`lamp.${name}`)}</span>
    </span>
  );
}
