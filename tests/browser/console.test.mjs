// SPDX-License-Identifier: Apache-2.0
// The console in a real browser. Before the fixture of this folder, or before a daemon: SITEWARD_URL=http://127.0.0.1:8480
// SITEWARD_USER=wang SITEWARD_PASSWORD=… (an account of the party; what only the fixture can bring about is left out then).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { CODE, PASSWORD, startFixture } from './fixture/server.mjs';
import { recorded } from './fixture/site.mjs';
import { axeFaults, launch, logIn, openPage } from './page.mjs';

const real = process.env.SITEWARD_URL?.replace(/\/$/, '');
const account = [process.env.SITEWARD_USER ?? 'wang', process.env.SITEWARD_PASSWORD ?? PASSWORD];
const fixtureOnly = { skip: real ? 'a daemon does not do that on demand' : false };
const words = (language) => JSON.parse(readFileSync(new URL(`../../web/src/lang/${language}.json`, import.meta.url), 'utf8'));
const HTML = '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script><b>fat</b>';
const BEFORE_NIGHT = '2026-03-02T21:29:59.500+08:00';
const EXPECTED = /Failed to load resource/; // the browser's own line for a refusal or a cut stream

let browser;
before(async () => void (browser = await launch()));
after(() => browser.close());

/** The console, logged in, before a site of its own. */
async function atSite(look, run, options) {
  const fixture = real ? null : await startFixture(options);
  const view = await openPage(browser, real ?? fixture.url, look);
  try {
    await logIn(view.page, ...account);
    await run({ ...view, fixture, t: words(look.language ?? 'en') });
    assert.deepEqual(view.foreign, [], 'requests to elsewhere');
    assert.deepEqual(view.errors.filter((line) => !EXPECTED.test(line)), [], 'errors in the browser');
  } finally {
    await view.close();
    await fixture?.close();
  }
}

const lampText = (page) => page.textContent('.card h2 .lamp');
const alerting = (state) => ({ ...recorded('state'), state, rule: recorded('state').rules[0].rule });
const streaming = (page) => page.waitForSelector('.card[data-old=false]');

for (const language of ['en', 'zh-CN'])
  for (const size of ['phone', 'desktop'])
    describe(`${language}, ${size}`, () => {
      const look = { language, size };

      it('shows the lamp with its word, and nothing is wider than the screen', () =>
        atSite(look, async ({ page, t }) => {
          const lamps = ['ok', 'near', 'over', 'nodata'].map((lamp) => t[`lamp.${lamp}`]);
          assert.ok(lamps.includes(await lampText(page)));
          assert.equal(await page.locator('.card h2 .lamp svg').count(), 1);
          assert.equal(await page.getAttribute('html', 'lang'), language);
          assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'it scrolls sideways');
        }));

      it('turns the lamp when the state of a sensor turns', fixtureOnly, () =>
        atSite({ ...look }, async ({ page, fixture, t }) => {
          await streaming(page);
          assert.equal(await lampText(page), t['lamp.ok']);
          fixture.send('state', alerting('forecast'));
          await page.waitForSelector('.lampcard-near');
          assert.equal(await lampText(page), t['lamp.near']);
          fixture.send('state', alerting('alerting'));
          await page.waitForSelector('.lampcard-over');
          fixture.send('status', recorded('summary'));
          await page.getByText(recorded('summary').headline[language]).waitFor();
          fixture.send('state', alerting('nodata'));
          await page.waitForSelector('.lampcard-nodata');
          fixture.send('state', alerting('normal'));
          await page.waitForSelector('.lampcard-ok');
        }, { ticket: { stage: 'forecast' } }));

      const isSecond = real && !(language === 'en' && size === 'phone');
      const once = { skip: isSecond ? 'a daemon has one ticket to work on' : false };
      it('accepts and resolves a ticket with revision and token, and asks for a reason where proof is missing', once, () =>
        atSite(look, async ({ page, t }) => {
          const posts = [];
          page.on('request', (req) => req.method() === 'POST' && posts.push(req));
          const card = page.locator('.ticket').first();
          assert.equal(await card.locator('button.primary').count(), 1);
          await card.getByRole('button', { name: t['action.accept'] }).click();
          await card.locator('.badge', { hasText: t['status.accepted'] }).waitFor();

          await card.getByRole('button', { name: t['action.resolve'] }).click();
          assert.equal(await card.locator('button.primary').count(), 1);
          await card.locator('select[name=measure]').selectOption('stopped-machine');
          await card.locator('textarea').fill('01:05 混凝土泵停机,撤场');
          await card.getByRole('button', { name: t['action.send'] }).click();
          await card.locator('input[name=reason]').fill('测量点被洒水');
          await card.getByRole('button', { name: t['action.send'] }).click();
          await card.locator('.badge', { hasText: t['status.resolved'] }).waitFor();
          assert.equal(await card.locator('button.primary').count(), 0);

          const said = posts.map((req) => ({ verb: new URL(req.url()).pathname.split('/').pop(), body: req.postDataJSON(), headers: req.headers() }));
          assert.deepEqual(said.map((s) => s.verb), ['accept', 'resolve', 'resolve']);
          for (const { headers, body } of said) {
            assert.match(headers['if-match'], /^"\d+"$/);
            assert.ok(headers['x-csrf-token']);
            assert.equal(body.schema, 'siteward.cmd/1.0');
          }
          assert.equal(new Set(said.map((s) => s.body.id)).size, 3, 'a refused command needs a new id');
          assert.equal(said[2].body.force, true);
        }));

      it('goes grey when the stream breaks', fixtureOnly, () =>
        atSite(look, async ({ page, fixture, t }) => {
          await streaming(page);
          fixture.cut();
          await page.waitForSelector('.card.is-old');
          assert.match(await page.textContent('.card'), new RegExp(t['card.lost']));
          assert.match(await page.textContent('.card h2'), new RegExp(t['card.old']));
        }));

      for (const colours of ['light', 'dark'])
        it(`has nothing that axe-core objects to, ${colours}`, () =>
          atSite({ ...look, colours }, async ({ page, fixture }) => {
            fixture?.send('state', alerting('alerting'));
            await page.locator('.menu summary').click();
            await page.locator('.ticket details summary').first().click();
            await page.waitForSelector('.detail .history');
            assert.deepEqual(await axeFaults(page), []);
          }));
    });

describe('whatever the language', () => {
  it('goes grey when nothing new came for 15 s', fixtureOnly, () =>
    atSite({}, async ({ page, fixture }) => {
      await streaming(page);
      fixture.live(51.5);
      await page.getByText('51.5').first().waitFor();
      await page.waitForSelector('.card.is-old', { timeout: 25_000 });
      fixture.live(52.5);
      await streaming(page);
    }));

  it('comes back by itself when the gateway does', fixtureOnly, () =>
    atSite({}, async ({ page, fixture }) => {
      await streaming(page);
      fixture.cut();
      await page.waitForSelector('.card.is-old');
      fixture.state.ticket.status = 'accepted'; // and what happened meanwhile is read
      fixture.state.isDown = false;
      await streaming(page);
      await page.locator('.ticket .badge', { hasText: words('en')['status.accepted'] }).waitFor();
    }));

  it('sends a command that was not answered again as the same command', fixtureOnly, () =>
    atSite({}, async ({ page, fixture, t }) => {
      const ids = [];
      page.on('request', (req) => req.method() === 'POST' && ids.push(req.postDataJSON().id));
      await page.route('**/accept', (route) => route.abort(), { times: 1 });
      await page.click('.ticket button.primary');
      await page.getByText(t['refused.offline']).waitFor();
      await page.click('.ticket button.primary');
      await page.locator('.ticket .badge', { hasText: t['status.accepted'] }).waitFor();
      assert.equal(ids.length, 2);
      assert.equal(ids[0], ids[1]);
      assert.equal(fixture.state.ticket.history.filter((h) => h.verb === 'accept').length, 1);
    }));

  it('shows what a ticket is now when somebody else was faster', fixtureOnly, () =>
    atSite({}, async ({ page, fixture, t }) => {
      await page.waitForSelector('.ticket');
      fixture.state.ticket = { ...fixture.state.ticket, revision: 4, status: 'accepted' };
      await page.click('.ticket button.primary');
      await page.getByText(t['refused.conflict']).waitFor();
      await page.locator('.ticket .badge', { hasText: t['status.accepted'] }).waitFor();
    }));

  it('shows texts of documents as text, whatever they hold', fixtureOnly, () =>
    atSite({}, async ({ page, fixture }) => {
      await streaming(page);
      fixture.send('ticket', { ...fixture.state.ticket, revision: 9, assignee: { unit: HTML, person: HTML, phone: HTML } });
      await page.locator('.ticket details summary').click();
      await page.waitForSelector('.detail .history');
      for (const place of ['h1', '.ticket h3', '.where', '.sensors .name', '.ticket'])
        assert.ok((await page.locator(place).first().textContent()).includes(HTML), place);
      assert.equal(await page.locator('main b, main img, main script, header img').count(), 0);
      assert.equal(await page.evaluate(() => window.hurt), undefined);
    }, { site: HTML, sensor: { name: HTML, value: 54.9 }, ticket: { title: { en: HTML }, number: HTML } }));

  it('says how long this may go on, and when the limit changes', fixtureOnly, () =>
    atSite({}, async ({ page, fixture }) => {
      await streaming(page);
      const state = alerting('forecast');
      state.rules[0].forecast = { probability: 0.83, crosses_at: null, budget_s: 560, level_now: 63.1 };
      fixture.send('state', { ...state, ts: BEFORE_NIGHT });
      await page.waitForSelector('.lampcard-near');
      const facts = await page.textContent('.card .facts');
      assert.match(facts, /Left at this level9 min83 % likely/);
      assert.match(facts, /from 22:00, in 30 min: 55/);
    }, { ts: BEFORE_NIGHT, sensor: { limit: 70, limit_next: { at: '2026-03-02T22:00:00.000+08:00', limit: 55 } }, ticket: { stage: 'forecast' } }));

  it('leaves the curve open where nothing was measured', fixtureOnly, () =>
    atSite({}, async ({ page }) => {
      const curve = page.locator('.chart .curve').first();
      await curve.waitFor();
      assert.equal((await curve.getAttribute('d')).split('M').length - 1, 2, 'one gap, two strokes');
      assert.equal(await page.locator('.chart .band-gap').count(), 1);
      const limit = await page.locator('.chart .limit').first().getAttribute('d');
      assert.equal(limit.split('H').length - 1, 3, 'night, day, night');
    }));

  it('shows the half hour around midnight with the schedule of both days', fixtureOnly, () =>
    atSite({}, async ({ page, fixture }) => {
      await page.locator('.ticket details summary').click();
      await page.waitForSelector('.detail .chart');
      const days = fixture.state.requests.filter((r) => r.path === '/api/v1/day').map((r) => r.query);
      assert.deepEqual([...new Set(days)].sort(), ['?date=2026-03-02', '?date=2026-03-03']);
      assert.equal(await page.locator('.detail .chart .band').count(), 2);
    }, { ticket: { measured: { ...recorded('ticket').measured, from: '2026-03-02T23:50:00.000+08:00' } } }));

  it('works by keyboard alone: skip link, settings, accept', fixtureOnly, () =>
    atSite({ size: 'desktop' }, async ({ page, t }) => {
      const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '');
      await page.reload(); // from the top
      await page.waitForSelector('.ticket');
      await page.keyboard.press('Tab');
      assert.equal((await focused()).trim(), t.skip);
      for (let i = 0; i < 20 && (await focused()) !== t.menu; i++) await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.waitForSelector('.menu[open]');
      for (let i = 0; i < 30 && (await focused()) !== t['action.accept']; i++) await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.locator('.ticket').first().locator('.badge', { hasText: t['status.accepted'] }).waitFor();
    }));

  it('keeps language, colours and size of text, and obeys them', () =>
    atSite({}, async ({ page }) => {
      await page.locator('.menu summary').click();
      const size = () => page.evaluate(() => parseFloat(getComputedStyle(document.querySelector('h1')).fontSize));
      const before = await size();
      await page.selectOption('select[name=text]', 'large');
      assert.ok((await size()) > before * 1.2);
      await page.selectOption('select[name=theme]', 'dark');
      await page.selectOption('select[name=language]', 'zh-CN');
      await page.reload();
      await page.waitForSelector('.card');
      assert.equal(await page.getAttribute('html', 'lang'), 'zh-CN');
      assert.equal(await page.getAttribute('html', 'data-theme'), 'dark');
      assert.equal(await page.getAttribute('html', 'data-text'), 'large');
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'it scrolls sideways');
      assert.deepEqual(await axeFaults(page), []);
    }));

  it('moves nothing for who asked for less motion', () =>
    atSite({ motion: 'reduce' }, async ({ page }) => {
      const moving = () => page.evaluate(() => getComputedStyle(document.querySelector('.panel')).transitionDuration);
      assert.equal(await moving(), '0s');
      await page.emulateMedia({ reducedMotion: 'no-preference' });
      assert.notEqual(await moving(), '0s');
    }));

  it('offers no button to who may only look', fixtureOnly, () =>
    atSite({}, async ({ page }) => {
      await page.waitForSelector('.ticket');
      assert.equal(await page.locator('.ticket button').count(), 0);
    }, { role: 'viewer' }));

  it('says what is wrong with a log-in, and sets up the first account', fixtureOnly, async () => {
    const fixture = await startFixture({ needsSetup: true });
    const { page, close, errors } = await openPage(browser, fixture.url);
    const t = words('en');
    try {
      assert.deepEqual(await axeFaults(page), []);
      await page.fill('input[name=code]', CODE.toUpperCase());
      await page.fill('input[name=id]', 'Wang '); // as keyboards of phones write it
      await page.fill('input[name=name]', '王工');
      await page.fill('input[name=password]', 'wang123456');
      await page.click('button.primary');
      await page.getByText(`${t['refused.setup']} among the first that anybody would try`).waitFor();
      await page.fill('input[name=password]', PASSWORD);
      await page.click('button.primary');
      await page.waitForSelector('.card');
      await page.locator('.menu summary').click();
      await page.locator('.menu button').click();
      await page.waitForSelector('input[name=password]');
      await page.fill('input[name=id]', 'wang');
      await page.fill('input[name=password]', 'wrong');
      await page.click('button.primary');
      await page.getByText(t['refused.login']).waitFor();
      assert.deepEqual(await axeFaults(page), []);
      assert.deepEqual(errors.filter((line) => !EXPECTED.test(line)), []);
    } finally {
      await close();
      await fixture.close();
    }
  });
});
