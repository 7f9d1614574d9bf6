// SPDX-License-Identifier: Apache-2.0
// Words for names that documents use, and for spans of time.
import en from '../lang/en.json';
import { t, type Key } from './lang';

/** The word for a name of the contract; a name that is newer than this page stands for itself. */
export function word(group: 'state' | 'work' | 'verb' | 'status' | 'quantity', name: string): string {
  const key = `${group}.${name}`;
  return key in en ? t(key as Key) : name;
}

/** "2 h 5 min", "9 min", "40 s": never more exact than somebody can use. */
export function span(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  const minutes = Math.floor(s / 60);
  if (s < 120) return t('span.s', { s });
  if (minutes < 60) return t('span.min', { min: minutes });
  if (minutes < 48 * 60) return t('span.h', { h: Math.floor(minutes / 60), min: minutes % 60 });
  return t('span.d', { d: Math.floor(minutes / 1440) });
}
