/** The differences in z as they are computed, against the same ones as the rows of the Jacobian have them; and elimination of its bands. */
import { expect, it } from 'vitest';
import { factorBand, REACH, STRIP, solveBand } from '../../src/theory/band.ts';
import { differentiate, innerRow, stencilAt } from '../../src/theory/stencil.ts';

const FIRST = 3;
const wave = (i: number) => 0.3 * i + Math.sin(1.7 * i) + 0.2 * Math.cos(5.1 * i);

it.each([11, 12, 30])('are the same in both forms at each of %d nodes', (n) => {
  const h = 0.4;
  const y = Float64Array.from({ length: FIRST + n + 2 }, (_, i) => wave(i));
  const tz = new Float64Array(y.length);
  const tzz = new Float64Array(y.length);
  differentiate(y, FIRST, n, h, tz, tzz);
  const [d1, d2, row] = [new Float64Array(STRIP), new Float64Array(STRIP), new Float64Array(STRIP)];
  const times = (weights: Float64Array, j: number) =>
    weights.reduce((sum, weight, k) => (weight === 0 ? sum : sum + weight * y[FIRST + j + k - REACH]), 0);
  // Values of up to 11, weights of up to 3, divided by h²: rounding of 1e−13.
  for (let j = 0; j < n; j++) {
    stencilAt(j, n, d1, d2);
    expect(Math.abs(tz[FIRST + j] - times(d1, j) / h)).toBeLessThan(1e-12);
    expect(Math.abs(tzz[FIRST + j] - times(d2, j) / h ** 2)).toBeLessThan(1e-12);
    if (j < REACH || j >= n - REACH) continue;
    innerRow(row, 0, 0.7, -1.3);
    expect(Math.abs(times(row, j) + 0.7 * h * tz[FIRST + j] - 1.3 * h ** 2 * tzz[FIRST + j])).toBeLessThan(1e-12);
  }
  expect([tz[FIRST - 1], tz[FIRST + n], tzz[FIRST - 1], tzz[FIRST + n]]).toEqual([0, 0, 0, 0]);
});

it('solves with a band between others, and leaves them alone', () => {
  const n = 17;
  const size = FIRST + n + 2;
  const band = new Float64Array(STRIP * size);
  const inside = (i: number) => i >= FIRST && i < FIRST + n;
  for (let i = 0; i < size; i++)
    for (let k = 0; k < STRIP; k++)
      if (inside(i) && inside(i + k - REACH))
        band[STRIP * i + k] = k === REACH ? 5 : (0.5 * wave(i * STRIP + k)) / (1 + i);
  const matrix = band.slice();
  const x = Float64Array.from({ length: size }, (_, i) => wave(i));
  const solution = x.slice();
  factorBand(band, FIRST, n);
  solveBand(band, FIRST, n, solution);
  for (let i = 0; i < size; i++) {
    let value = inside(i) ? 0 : solution[i];
    for (let k = 0; k < STRIP; k++)
      if (matrix[STRIP * i + k] !== 0) value += matrix[STRIP * i + k] * solution[i + k - REACH];
    // The diagonal dominates: rounding of a few 1e−15.
    expect(Math.abs(value - x[i])).toBeLessThan(1e-12);
  }
});
