// SPDX-License-Identifier: Apache-2.0
import { api } from '../shared/api';
import { language, setLanguage, t, type Key, type Language } from '../shared/lang';
import { applyLooks, prefs, type PrefName } from '../shared/prefs';
import { enter, model } from './state';

interface Choice {
  label: Key;
  name: PrefName;
  options: [value: string, word: string][];
  value: string;
  onChoice(value: string): void;
}

function Choose({ label, name, options, value, onChoice }: Choice) {
  return (
    <label class="choice">
      <span>{t(label)}</span>
      <select
        name={name}
        value={value}
        onChange={(e) => {
          prefs.set(name, e.currentTarget.value);
          onChoice(e.currentTarget.value);
        }}
      >
        {options.map(([v, word]) => (
          <option key={v} value={v}>
            {word}
          </option>
        ))}
      </select>
    </label>
  );
}

export function Header({ onLanguage }: { onLanguage(): void }) {
  const { session, page } = model.use();
  const site = page?.site.name ?? session?.site?.name ?? 'siteward';

  document.title = `${site} · siteward`;
  return (
    <header>
      <h1>{site}</h1>
      {session?.simulated && <span class="badge">{t('simulated')}</span>}
      <details class="menu">
        <summary>{t('menu')}</summary>
        <div class="menu-body">
          <Choose
            label="menu.language"
            name="language"
            value={language()}
            options={[
              ['zh-CN', '中文'],
              ['en', 'English'],
            ]}
            onChoice={(v) => {
              setLanguage(v as Language);
              onLanguage();
            }}
          />
          <Choose
            label="menu.theme"
            name="theme"
            value={prefs.get('theme') ?? 'system'}
            options={[
              ['system', t('theme.system')],
              ['light', t('theme.light')],
              ['dark', t('theme.dark')],
            ]}
            onChoice={applyLooks}
          />
          <Choose
            label="menu.text"
            name="text"
            value={prefs.get('text') ?? 'normal'}
            options={[
              ['normal', t('text.normal')],
              ['large', t('text.large')],
            ]}
            onChoice={applyLooks}
          />
          {session?.user && (
            <button onClick={() => void api.logOut().then(enter)}>
              {t('menu.logout', { name: session.user.name })}
            </button>
          )}
        </div>
      </details>
    </header>
  );
}
