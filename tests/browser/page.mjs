// SPDX-License-Identifier: Apache-2.0
// A browser with the console in it, and what it did: its console's errors, and every address that it asked.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';

const web = process.env.SITEWARD_WEB ?? fileURLToPath(new URL('../../web', import.meta.url)); // where npm put the packages
const require = createRequire(`${web}/package.json`);
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export const SIZES = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 900 } };

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: process.getuid() === 0 ? ['--no-sandbox'] : [],
  });

/** @returns a page at `url` in that language, size and colours, with `errors` and `foreign` filled as it runs */
export async function openPage(browser, url, { language = 'en', size = 'phone', colours = 'light', text = 'normal', motion = 'reduce' } = {}) {
  const context = await browser.newContext({ viewport: SIZES[size], colorScheme: colours, reducedMotion: motion, locale: language });
  const page = await context.newPage();
  const errors = [];
  const foreign = [];

  await page.addInitScript(
    ([l, x]) => {
      if (!localStorage.getItem('siteward.language')) localStorage.setItem('siteward.language', l);
      if (!localStorage.getItem('siteward.text')) localStorage.setItem('siteward.text', x);
    },
    [language, text],
  );
  page.on('pageerror', (fault) => errors.push(String(fault)));
  page.on('console', (line) => ['error', 'warning'].includes(line.type()) && errors.push(line.text()));
  page.on('request', (req) => !req.url().startsWith(url) && foreign.push(req.url()));
  await page.goto(url);
  await page.waitForSelector('.door, .card');
  return { page, errors, foreign, close: () => context.close() };
}

export async function logIn(page, id, password) {
  await page.fill('input[name=id]', id);
  await page.fill('input[name=password]', password);
  await page.press('input[name=password]', 'Enter');
  await page.waitForSelector('.card');
}

/** What axe-core finds, one line each. */
export async function axeFaults(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return found.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')}: ${n.failureSummary}`));
}
