/** Small steps are not lost in f32 (docs/theory.md, "Keeping small steps in f32"): R follows the f64 path as far down as asked. */
import { afterAll, expect, it } from 'vitest';
import type { Problem } from '../../src/problem/index.ts';
import { closeTestDevice, testEngine } from './device.ts';
import { sStepPaths } from './s-step.ts';
import { gpuPaths, halfSparse, referencePaths, requestFor } from './twin.ts';

afterAll(closeTestDevice);

it('d = 256: R falls by 12 orders of magnitude and stays within 1e-4 of the f64 path', async () => {
  const times = [0, 4, 12, 20, 28, 36, 44];
  const request = requestFor(halfSparse(256, 0.5, 1, 44), times);
  const gpu = (await gpuPaths(await testEngine(), request)).values[0].map(([risk]) => risk);
  const reference = (await referencePaths(request)).values[0].map(([risk]) => risk);
  expect(reference[6] / reference[0]).toBeLessThan(1e-12);
  gpu.forEach((risk, i) => {
    expect(Math.abs(risk / reference[i] - 1)).toBeLessThanOrEqual(1e-4);
  });
});

// At the dimensions that take this kernel a whole descent is minutes: it is given one that others would be taken for.
it('two steps a pass, d = 264: R falls by 10 orders of magnitude and stays within 1e-4 of the f64 path', async () => {
  const request = requestFor(halfSparse(264, 0.5, 1, 36), [0, 7 / 264, 12, 24, 36]);
  const gpu = (await sStepPaths(request)).map(([risk]) => risk);
  const reference = (await referencePaths(request)).values[0].map(([risk]) => risk);
  expect(reference[4] / reference[0]).toBeLessThan(1e-10);
  gpu.forEach((risk, i) => {
    expect(Math.abs(risk / reference[i] - 1)).toBeLessThanOrEqual(1e-4);
  });
}, 240_000);

it.each<[string, number, Partial<Problem>]>([
  ['heavy-ball momentum', 0.15, { momentum: { kind: 'heavy-ball', value: 0.7 } }],
  ['depth 3', 0.1, { parametrization: { kind: 'power', depth: 3 } }],
])('%s: R falls by 10 orders of magnitude and stays within 1e-4 of the f64 path', async (_, stepSize, change) => {
  const d = 64;
  const horizon = 32;
  const ones = new Float64Array(d).fill(1);
  const problem = halfSparse(d, stepSize, 1, horizon, {
    b: ones,
    u0: ones.map((_, i) => 0.7 + 0.4 * ((i % 8) / 8)),
    v0: new Float64Array(d),
    ...change,
  });
  const request = requestFor(problem, [0, 8, 16, 24, 32]);
  const gpu = (await gpuPaths(await testEngine(), request)).values[0].map(([risk]) => risk);
  const reference = (await referencePaths(request)).values[0].map(([risk]) => risk);
  expect(reference[4] / reference[0]).toBeLessThan(1e-10);
  gpu.forEach((risk, i) => {
    expect(Math.abs(risk / reference[i] - 1)).toBeLessThanOrEqual(1e-4);
  });
});

// A whole descent at this dimension is some 10^13 coordinate-steps; instead the start is put at each depth in turn. A plain
// f32 p (1 − α) loses every step here: α is 4e-4 √(2R) and R goes down to 5e-17, 10^-12 of what a start 1% off has.
it.each([1e-2, 1e-5, 1e-8])(
  'd = 2^20, started %s from the solution: the change of R is that of the f64 path',
  async (depth) => {
    const d = 2 ** 20;
    const problem = halfSparse(d, 0.4, 1, 1, {
      b: new Float64Array(d).fill(1),
      u0: Float64Array.from({ length: d }, (_, i) => 1 + depth * Math.sin(i)),
      v0: Float64Array.from({ length: d }, (_, i) => 1 + depth * Math.cos(3 * i)),
    });
    const request = requestFor(problem, [0, 4 / d], { seed: 3 });
    const gpu = (await gpuPaths(await testEngine(), request)).values[0];
    const reference = (await referencePaths(request)).values[0];
    expect(Math.abs(gpu[0][0] / reference[0][0] - 1)).toBeLessThanOrEqual(1e-6);
    const change = (rows: number[][]) => rows[1][0] / rows[0][0] - 1;
    expect(Math.abs(change(reference))).toBeGreaterThan(1e-6);
    expect(change(gpu) / change(reference)).toBeGreaterThan(0.95);
    expect(change(gpu) / change(reference)).toBeLessThan(1.05);
  },
);
