// SPDX-License-Identifier: Apache-2.0
// One entry page a face. What comes out depends on nothing but the sources: no times, no paths of this machine.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));
const pages = ['index', 'wall', 'desk', 'public'].filter((name) => existsSync(`${here}${name}.html`));

export default defineConfig({
  root: here,
  base: '/',
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none' },
  build: {
    target: 'es2020',
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0, // the content policy lets pages load files, not data
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: { input: pages.map((name) => `${here}${name}.html`) },
  },
});
