// SPDX-License-Identifier: Apache-2.0
// Pictures of the console for the documentation: node tests/browser/shots.mjs [FOLDER, default docs/img]. Then reduce them to a
// palette, for instance with pngquant --ext .png --force.
import { fileURLToPath } from 'node:url';
import { PASSWORD, startFixture } from './fixture/server.mjs';
import { recorded } from './fixture/site.mjs';
import { launch, logIn, openPage } from './page.mjs';

const folder = process.argv[2] ?? fileURLToPath(new URL('../../docs/img', import.meta.url));
const SHOTS = [
  { name: 'console-phone-zh', language: 'zh-CN', size: 'phone', whole: true },
  { name: 'console-phone-dark', language: 'en', size: 'phone', colours: 'dark' },
  { name: 'console-phone-large', language: 'zh-CN', size: 'phone', text: 'large' },
  { name: 'console-desktop', language: 'en', size: 'desktop', detail: true },
];

const browser = await launch();
for (const shot of SHOTS) {
  const fixture = await startFixture();
  const { page, close } = await openPage(browser, fixture.url, shot);
  await logIn(page, 'wang', PASSWORD);
  await page.waitForSelector('.card[data-old=false]');
  fixture.send('state', recorded('state'));
  fixture.send('status', recorded('summary'));
  fixture.live(63.2);
  if (shot.detail) {
    await page.locator('.ticket details summary').click();
    await page.waitForSelector('.detail .chart');
  }
  await page.waitForSelector('.panel .chart');
  await page.screenshot({ path: `${folder}/${shot.name}.png`, fullPage: shot.whole ?? false });
  await close();
  await fixture.close();
}
await browser.close();
