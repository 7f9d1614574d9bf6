// SPDX-License-Identifier: Apache-2.0
// Words of the pages: one file a language in src/lang. A key is a type, so one that is not there does not compile.
import en from '../lang/en.json';
import zhCN from '../lang/zh-CN.json';
import type { Texts } from './api';
import { prefs } from './prefs';

export type Key = keyof typeof en;
export type Language = 'en' | 'zh-CN';

const words: Record<Language, Record<Key, string>> = { en, 'zh-CN': zhCN };
const isLanguage = (s: string | null | undefined): s is Language => s === 'en' || s === 'zh-CN';

let current: Language = 'en';

export const language = (): Language => current;

export function setLanguage(next: Language): void {
  current = next;
  document.documentElement.lang = next;
}

/** What the person chose on this device, else what the gateway is set to, else what the browser speaks. */
export function startLanguage(ofGateway: string | null): void {
  const chosen = prefs.get('language');
  const spoken = navigator.language.startsWith('zh') ? 'zh-CN' : 'en';
  setLanguage(isLanguage(chosen) ? chosen : isLanguage(ofGateway) ? ofGateway : spoken);
}

/** The words of a key; {name} is replaced by values.name. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return words[current][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** A document's own text in the reader's language, else in any that it has. */
export function ownText(texts: Texts | null | undefined): string {
  return texts?.[current] ?? texts?.en ?? texts?.['zh-CN'] ?? '';
}
