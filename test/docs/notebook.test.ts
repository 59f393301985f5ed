/** examples/notebook.ipynb: its cells run, and print what stands in the file. */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { pythonWith } from '../setup/python.ts';

const NOTEBOOK = fileURLToPath(new URL('../../examples/notebook.ipynb', import.meta.url));
const RUNNER = fileURLToPath(new URL('notebook.py', import.meta.url));

interface Cell {
  readonly cell_type: 'code' | 'markdown';
  readonly outputs?: readonly { readonly text: readonly string[] }[];
}

test('prints what stands in it', () => {
  const python = pythonWith();
  if (python === null)
    throw new Error('no Python with NumPy, pandas and matplotlib: npm test says how to install them');
  // Where the command is that the notebook asks npx for.
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const { stdout, stderr, status } = spawnSync(python, [RUNNER, NOTEBOOK], { cwd, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const { cells } = JSON.parse(readFileSync(NOTEBOOK, 'utf8')) as { cells: Cell[] };
  const stored = cells
    .filter(({ cell_type }) => cell_type === 'code')
    .map(({ outputs }) => outputs!.flatMap(({ text }) => text).join(''));
  // To store what it prints now: python3 test/docs/notebook.py examples/notebook.ipynb --write
  expect(JSON.parse(stdout)).toEqual(stored);
}, 180_000);

test('is small: no pictures are kept in it', () => {
  expect(statSync(NOTEBOOK).size).toBeLessThan(20_000);
});
