// SPDX-License-Identifier: Apache-2.0
// The checks that a build of the pages goes through, held against faults made on purpose.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { faultsOf as languageFaults } from '../../web/scripts/check-lang.mjs';
import { faultsOf as sourceFaults } from '../../web/scripts/check-source.mjs';

const code = "t('a.b'); word('state', x); t(`lamp.${l}`)";
const en = { 'a.b': 'Wait {s}', 'state.ok': 'ok', 'lamp.ok': 'ok' };
const languages = (change) => ({ en, 'zh-CN': { ...en, ...change } });

it('takes languages that say the same', () => assert.deepEqual(languageFaults(languages({}), code), []));

for (const [name, made, wanted] of [
  ['a key that a language lacks', () => languageFaults({ en, 'zh-CN': { 'a.b': '{s}', 'lamp.ok': '好' } }, code), /'state.ok' is missing/],
  ['a key that only one language has', () => languageFaults(languages({ more: 'x' }), code), /'more' is not in en/],
  ['an empty text', () => languageFaults(languages({ 'state.ok': ' ' }), code), /'state.ok' is empty/],
  ['another place to fill', () => languageFaults(languages({ 'a.b': '{t}' }), code), /'a.b' has other/],
  ['a key that nothing uses', () => languageFaults({ en: { ...en, old: 'x' } }, code), /'old' is used nowhere/],
  ['a key that is not there', () => languageFaults({ en }, `${code}; t('new.one')`), /'new.one' is used but not there/],
  ['markup made of strings', () => sourceFaults('a.tsx', 'x.innerHTML = title'), /markup/],
  ['markup made of strings, the other way', () => sourceFaults('a.tsx', '<p dangerouslySetInnerHTML={x} />'), /markup/],
  ['an inline style', () => sourceFaults('a.html', '<p style="color:red">'), /inline style/],
  ['an inline script', () => sourceFaults('a.html', '<script>go()</script>'), /inline script/],
  ['evaluated code', () => sourceFaults('a.ts', 'eval(text)'), /evaluated/],
  ['a font of another machine', () => sourceFaults('a.css', 'src: url("https://fonts.example/x.woff2")'), /another machine/],
  ['a component that grew too long', () => sourceFaults('a.tsx', '\n'.repeat(151)), /split it/],
])
  it(`refuses ${name}`, () => {
    const faults = made();
    assert.equal(faults.length, 1, faults.join('; '));
    assert.match(faults[0], wanted);
  });

it('locks every package by its hash, and names no server to fetch it from', () => {
  const lock = JSON.parse(readFileSync(new URL('../../web/package-lock.json', import.meta.url), 'utf8'));
  const { dependencies, devDependencies } = JSON.parse(readFileSync(new URL('../../web/package.json', import.meta.url), 'utf8'));
  for (const [path, row] of Object.entries(lock.packages).filter(([path]) => path !== '')) {
    assert.ok(row.integrity, path);
    assert.equal(row.resolved, undefined, path);
  }
  for (const version of Object.values({ ...dependencies, ...devDependencies })) assert.match(version, /^\d+\.\d+\.\d+$/);
});
