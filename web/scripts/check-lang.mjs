// SPDX-License-Identifier: Apache-2.0
// One file a language: the same keys with the same places to fill, each of them used, and none used that is not there.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const src = fileURLToPath(new URL('../src/', import.meta.url));

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? sources(`${folder}${entry.name}/`) : /\.tsx?$/.test(entry.name) ? [`${folder}${entry.name}`] : [],
  );
}

const places = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort().join();

/** @returns one sentence a fault */
export function faultsOf(languages, code) {
  const faults = [];
  const [[firstName, first], ...others] = Object.entries(languages);
  for (const [name, words] of others) {
    for (const key of Object.keys(first)) {
      if (!(key in words)) faults.push(`${name}: '${key}' is missing`);
      else if (places(words[key]) !== places(first[key])) faults.push(`${name}: '${key}' has other {places} than ${firstName}`);
    }
    for (const key of Object.keys(words)) if (!(key in first)) faults.push(`${name}: '${key}' is not in ${firstName}`);
  }
  for (const [name, words] of Object.entries(languages))
    for (const key of Object.keys(words)) if (!words[key].trim()) faults.push(`${name}: '${key}' is empty`);

  // t('a.b'), label="a.b" and the like name keys whole; t(`lamp.${…}`) and word('state', …) name all that begin so.
  const quoted = new Set([...code.matchAll(/['"]([a-z][\w.-]*)['"]/g)].map((m) => m[1]));
  const begun = [...code.matchAll(/\bt\(`([\w.]+)\.\$\{/g), ...code.matchAll(/\bword\('(\w+)'/g)].map((m) => `${m[1]}.`);
  for (const key of Object.keys(first))
    if (!quoted.has(key) && !begun.some((head) => key.startsWith(head))) faults.push(`'${key}' is used nowhere`);
  for (const m of code.matchAll(/\bt\(\s*'([^']+)'/g)) if (!(m[1] in first)) faults.push(`'${m[1]}' is used but not there`);
  return faults;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = readdirSync(`${src}lang`).filter((name) => name.endsWith('.json'));
  const languages = Object.fromEntries(names.sort().map((name) => [name, JSON.parse(readFileSync(`${src}lang/${name}`, 'utf8'))]));
  const faults = faultsOf(languages, sources(src).map((path) => readFileSync(path, 'utf8')).join('\n'));
  for (const fault of faults) console.error(`src/lang: ${fault}`);
  if (faults.length > 0) process.exit(1);
}
