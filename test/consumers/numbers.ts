/** The numbers that every consumer must get: the repository's own, from its sources. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { parseExperimentJson, runExperiment } from '../../src/index.ts';
import { simulate } from './fixtures/simulate.js';

export interface Answer {
  readonly backend: string;
  readonly events: readonly unknown[];
  /** Of every curve in the result. */
  readonly means: readonly (readonly number[])[];
}

export const input = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/experiment.json'), 'utf8'));

export const own = (): Promise<Answer> => simulate({ parseExperimentJson, runExperiment }, input, 'cpu');

/** SGD on the CPU bit for bit; on a GPU to f32 (docs/paths.md: 10⁻⁵ of the risk); the PDE by another engine to rounding. */
export function expectSame(found: Answer, wanted: Answer, backend: 'cpu' | 'gpu'): void {
  expect(found.backend).toBe(backend);
  expect(found.events).toEqual([]);
  expect(found.means.length).toBe(wanted.means.length);
  for (const [i, mean] of found.means.entries()) {
    const isEnsemble = i < wanted.means.length / 2;
    if (isEnsemble && backend === 'cpu') expect(mean).toEqual(wanted.means[i]);
    const worst = Math.max(...mean.map((value, t) => Math.abs(value / wanted.means[i][t] - 1)));
    expect(worst).toBeLessThan(isEnsemble ? 1e-4 : 1e-12);
  }
}
