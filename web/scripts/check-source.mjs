// SPDX-License-Identifier: Apache-2.0
// What no source of a page may hold: text of documents goes to the page as text and in no other way, the content policy allows
// neither inline styles nor evaluated code, and nothing is asked of any other machine.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const web = fileURLToPath(new URL('../', import.meta.url));
const LINES_MAX = 150; // of a component

const FORBIDDEN = [
  [/\b(inner|outer)HTML\b|dangerouslySetInnerHTML|insertAdjacentHTML|document\.write|srcdoc|DOMParser|createContextualFragment/, 'markup made of strings'],
  [/\beval\(|new Function\(/, 'evaluated code'],
  [/<[a-z][^>]*\sstyle=|setAttribute\(\s*['"]style/, 'an inline style'],
  [/<script(?![^>]*\bsrc=)[^>]*>|\son[a-z]+="/, 'an inline script'],
  [/["'(]\s*(https?:)?\/\/(?!www\.w3\.org\/2000\/svg)[\w.]+\//, 'an address of another machine'],
  [/@import|@font-face/, 'a style sheet or font from elsewhere'],
];

/** @returns one sentence a fault */
export function faultsOf(name, text) {
  const faults = [];
  text.split('\n').forEach((line, i) => {
    if (/^\s*(\/\/|\*|\/\*)/.test(line)) return;
    for (const [pattern, what] of FORBIDDEN) if (pattern.test(line)) faults.push(`${name}:${i + 1}: ${what}`);
  });
  if (name.endsWith('.tsx') && text.split('\n').length > LINES_MAX) faults.push(`${name}: more than ${LINES_MAX} lines: split it`);
  return faults;
}

function files(folder) {
  return readdirSync(web + folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? files(`${folder}${entry.name}/`) : [`${folder}${entry.name}`],
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const pages = readdirSync(web).filter((name) => name.endsWith('.html'));
  const names = [...files('src/'), ...pages].filter((name) => /\.(tsx?|css|html)$/.test(name));
  const faults = names.flatMap((name) => faultsOf(name, readFileSync(web + name, 'utf8')));
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exit(1);
}
