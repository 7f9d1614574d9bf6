// SPDX-License-Identifier: Apache-2.0
// The two doors: log-in, and the first set-up with the code that the gateway printed at its first start.
import { useState } from 'preact/hooks';
import { Problem, api, type Session } from '../shared/api';
import { t, type Key } from '../shared/lang';
import { enter } from './state';

/** A refusal in words that a person can act on. */
export function refusal(p: Problem, ofLogin: Key = 'refused.login', ofInvalid?: Key): string {
  if (p.status === 0) return t('refused.offline');
  if (p.status === 429) return t('refused.wait', { seconds: p.retryAfter ?? 60 });
  if (p.type === 'urn:siteward:error:login') return t(ofLogin);
  if (p.type === 'urn:siteward:error:invalid' && ofInvalid) return `${t(ofInvalid)} ${p.detail}`;
  return p.hint ? `${p.detail} ${p.hint}` : p.detail || t('refused.other', { status: p.status });
}

interface Field {
  name: string;
  label: Key;
  help?: Key;
  type?: string;
  minLength?: number;
  autocomplete: string;
}

interface DoorProps {
  title: Key;
  lead?: Key;
  button: Key;
  refused: Key; // what it means when the gateway does not believe who one is
  invalid?: Key; // and when it does not take what was typed
  fields: Field[];
  onSend(values: Record<string, string>): Promise<Session>;
}

/** An id as it was meant: keyboards of phones add a blank and begin with a capital. */
const idOf = (typed = ''): string => typed.trim().toLowerCase();

function Door({ title, lead, button, refused, invalid, fields, onSend }: DoorProps) {
  const [error, setError] = useState('');
  const [isBusy, setBusy] = useState(false);

  async function submit(e: SubmitEvent): Promise<void> {
    e.preventDefault();
    const values = Object.fromEntries(new FormData(e.currentTarget as HTMLFormElement)) as Record<string, string>;
    setBusy(true);
    setError('');
    try {
      await enter(await onSend(values));
    } catch (fault) {
      if (!(fault instanceof Problem)) throw fault;
      setError(refusal(fault, refused, invalid));
    } finally {
      setBusy(false);
    }
  }

  return (
    <form class="panel door" onSubmit={(e) => void submit(e)}>
      <h2>{t(title)}</h2>
      {lead && <p>{t(lead)}</p>}
      {fields.map((f) => (
        <label key={f.name} class="field">
          <span>{t(f.label)}</span>
          <input
            name={f.name}
            type={f.type ?? 'text'}
            minLength={f.minLength}
            autocomplete={f.autocomplete}
            autocapitalize="none"
            spellcheck={false}
            required
          />
          {f.help && <small>{t(f.help)}</small>}
        </label>
      ))}
      <p class="error" role="alert">
        {error}
      </p>
      <button class="primary" type="submit" disabled={isBusy}>
        {t(button)}
      </button>
    </form>
  );
}

export function LogIn() {
  return (
    <Door
      title="login.title"
      button="login.button"
      refused="refused.login"
      fields={[
        { name: 'id', label: 'login.id', autocomplete: 'username' },
        { name: 'password', label: 'login.password', type: 'password', autocomplete: 'current-password' },
      ]}
      onSend={(v) => api.logIn(idOf(v.id), v.password ?? '')}
    />
  );
}

export function SetUp() {
  return (
    <Door
      title="setup.title"
      lead="setup.lead"
      button="setup.button"
      refused="refused.code"
      invalid="refused.setup"
      fields={[
        { name: 'code', label: 'setup.code', help: 'setup.code.help', autocomplete: 'one-time-code' },
        { name: 'id', label: 'login.id', help: 'setup.id.help', autocomplete: 'username' },
        { name: 'name', label: 'setup.name', autocomplete: 'name' },
        {
          name: 'password',
          label: 'login.password',
          help: 'setup.password.help',
          type: 'password',
          minLength: 10, // as the gateway has it
          autocomplete: 'new-password',
        },
      ]}
      onSend={(v) => api.setUp((v.code ?? '').trim().toLowerCase(), idOf(v.id), v.name ?? '', v.password ?? '')}
    />
  );
}
