/**
 * A worker's entry is never imported by anything, in any build: WebKit evaluates it again for a chunk that imports it, and the page's
 * runs are then computed twice.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';

const files = readdirSync('dist', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.js'))
  .map((name) => ({ name: join('dist', name), text: readFileSync(join('dist', name), 'utf8') }));

/** Names of the files that some file starts a worker from. */
const entries = new Set(
  files.flatMap(({ text }) =>
    [...text.matchAll(/new URL\(\s*["'`]([^"'`]+\.js)["'`]/g)].map(([, path]) => basename(path)),
  ),
);
/** Imports of one another, however they are written. */
const IMPORT = /(?:\bfrom\s*|\bimport\s*\(?\s*)["'`]([^"'`]+\.js)["'`]/g;

it('finds the entries of the lab and of the library', () => {
  expect(entries).toContain('worker.js');
  expect([...entries].filter((name) => /^worker-.+\.js$/.test(name)).length).toBeGreaterThanOrEqual(2);
});

it('nothing imports them', () => {
  const imports = files.flatMap(({ name, text }) =>
    [...text.matchAll(IMPORT)].filter(([, path]) => entries.has(basename(path))).map(([, path]) => `${name}: ${path}`),
  );
  expect(imports).toEqual([]);
});
