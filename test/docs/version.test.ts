/** The version is written in three files, and has an entry in the changelog. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

it('package.json, its lock, CITATION.cff and the changelog agree on the version', () => {
  const { version } = JSON.parse(read('package.json'));
  const lock = JSON.parse(read('package-lock.json'));
  expect([lock.version, lock.packages[''].version]).toEqual([version, version]);
  expect(/^version: (.*)$/m.exec(read('CITATION.cff'))?.[1]).toBe(version);
  // The latest release, below what is not released yet.
  expect([...read('CHANGELOG.md').matchAll(/^## \[(.+?)\]/gm)].map(([, name]) => name).slice(0, 2)).toEqual([
    'Unreleased',
    version,
  ]);
});
