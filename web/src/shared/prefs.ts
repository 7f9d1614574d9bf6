// SPDX-License-Identifier: Apache-2.0
// What a person chose on this device. Storage may be closed (private windows): then it lasts as long as the page.

export type PrefName = 'language' | 'theme' | 'text';

const memory = new Map<PrefName, string>();

export const prefs = {
  get(name: PrefName): string | null {
    try {
      return localStorage.getItem(`siteward.${name}`);
    } catch {
      return memory.get(name) ?? null;
    }
  },
  set(name: PrefName, value: string): void {
    memory.set(name, value);
    try {
      localStorage.setItem(`siteward.${name}`, value);
    } catch {
      /* it lasts as long as the page */
    }
  },
};

const isDark = matchMedia('(prefers-color-scheme: dark)');

/** Theme and size of text are attributes of the root: style sheets do the rest. */
export function applyLooks(): void {
  const root = document.documentElement;
  const theme = prefs.get('theme');
  root.dataset.theme = theme === 'light' || theme === 'dark' ? theme : isDark.matches ? 'dark' : 'light';
  root.dataset.text = prefs.get('text') ?? 'normal';
}

isDark.addEventListener('change', applyLooks);
