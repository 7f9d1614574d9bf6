// SPDX-License-Identifier: Apache-2.0
// What each page loads of JavaScript, gzipped, against what a phone on a poor line is asked to bear.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const KILOBYTES_MAX = { index: 60, wall: 100, desk: 100, public: 60 };

/** The scripts of a page: those that it names, and those that they import. */
function scriptsOf(page) {
  const found = new Set();
  const follow = (path) => {
    if (found.has(path)) return;
    found.add(path);
    for (const m of readFileSync(dist + path, 'utf8').matchAll(/["']\.\/([\w.-]+\.js)["']/g)) follow(`assets/${m[1]}`);
  };
  for (const m of readFileSync(`${dist}${page}.html`, 'utf8').matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)) follow(m[1]);
  return [...found];
}

let isTooLarge = false;
for (const [page, most] of Object.entries(KILOBYTES_MAX)) {
  if (!existsSync(`${dist}${page}.html`)) continue;
  const bytes = scriptsOf(page).reduce((sum, path) => sum + gzipSync(readFileSync(dist + path)).length, 0);
  console.log(`${page}: ${(bytes / 1000).toFixed(1)} kB of JavaScript gzipped, at most ${most}`);
  if (bytes > most * 1000) isTooLarge = true;
}
process.exit(isTooLarge ? 1 : 0);
