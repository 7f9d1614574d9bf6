// SPDX-License-Identifier: Apache-2.0
import { useReducer } from 'preact/hooks';
import { Patterns } from '../shared/chart';
import { t } from '../shared/lang';
import { Alerts } from './alerts';
import { DayStrip } from './daystrip';
import { Header } from './header';
import { LampCard } from './lampcard';
import { Links } from './links';
import { LogIn, SetUp } from './login';
import { Sensors } from './sensors';
import { model, start } from './state';
import { Tickets } from './tickets';

function Down() {
  return (
    <section class="panel door" role="alert">
      <h2>{t('down.title')}</h2>
      <p>{t('down.text')}</p>
      <button class="primary" onClick={() => void start()}>
        {t('down.again')}
      </button>
    </section>
  );
}

/** In the order in which they matter on a phone; a wide screen puts what is to do beside what is. */
function Site() {
  return (
    <div class="grid">
      <LampCard />
      <div class="column todo">
        <Tickets />
        <Alerts />
      </div>
      <DayStrip />
      <div class="column">
        <Sensors />
        <Links />
      </div>
    </div>
  );
}

export function App() {
  const { phase } = model.use();
  const [, redraw] = useReducer<number, void>((n) => n + 1, 0); // another language, other words everywhere

  return (
    <>
      <a class="skip" href="#main">
        {t('skip')}
      </a>
      <Patterns />
      <Header onLanguage={() => redraw()} />
      <main id="main" tabIndex={-1}>
        {phase === 'loading' && <p class="panel">{t('loading')}</p>}
        {phase === 'down' && <Down />}
        {phase === 'login' && <LogIn />}
        {phase === 'setup' && <SetUp />}
        {phase === 'ready' && <Site />}
      </main>
    </>
  );
}
