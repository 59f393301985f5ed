/** Ways of drawing the normals of mean-field paths, and the grid in the clock that they drive. */
import { normalQuantile } from '../../src/problem/index.ts';
import { fillNormals, Stream } from '../../src/random/index.ts';
import type { RiskPath } from '../../src/statistics/stream.ts';
import type { Grid } from './paths.ts';
import { DIMENSIONS, scramble, sobol } from './sobol.ts';

/** Paths of a class at a time. */
export const PATHS = 512;

export function gridOf(path: RiskPath, stepSize: number, horizon: number, step: number): Grid {
  const n = Math.round(horizon / step);
  const at = (k: number) => path.clock(Math.min(path.end, (horizon * k) / n));
  return {
    gTau: new Float64Array(n).fill((stepSize * horizon) / n),
    increments: Float64Array.from({ length: n }, (_, k) => at(k + 1) - at(k)),
  };
}

/** Fills z, [step][path], for one batch. */
export type Sampler = (z: Float64Array, steps: number, batch: number, weights: Float64Array) => void;

export const independent: Sampler = (z, steps, batch) => {
  for (let k = 0; k < steps; k++) fillNormals(z, k * PATHS, PATHS, 1, batch, Stream.brownian, k, 0, 0);
};

/** Paths 2j and 2j + 1 mirror each other. */
export const antithetic: Sampler = (z, steps, batch) => {
  for (let k = 0; k < steps; k++) {
    const row = z.subarray(k * PATHS, (k + 1) * PATHS);
    fillNormals(row, PATHS / 2, PATHS / 2, 1, batch, Stream.brownian, k, 0, 0);
    for (let i = 0; i < PATHS / 2; i++) {
      row[2 * i] = row[PATHS / 2 + i];
      row[2 * i + 1] = -row[2 * i];
    }
  }
};

/**
 * Scrambled Sobol' points for the first levels of a Brownian bridge in the clock, independent normals below: z of a step is then
 * conditioned on the sum over its segment.
 */
export function quasi({ increments }: Grid): Sampler {
  const n = increments.length;
  const clock = new Float64Array(n + 1);
  for (let k = 0; k < n; k++) clock[k + 1] = clock[k] + increments[k];
  // Knots at equal parts of the clock, so that each segment carries the same variance.
  const knots = [0];
  for (let j = 1; j < DIMENSIONS; j++) {
    let k = knots[j - 1] + 1;
    while (k < n - (DIMENSIONS - j) && clock[k] < (clock[n] * j) / DIMENSIONS) k++;
    knots.push(k);
  }
  knots.push(n);
  const order = bridgeOrder(knots.length - 1);
  return (z, steps, batch, weights) => {
    independent(z, steps, batch, weights);
    const at = new Float64Array(knots.length);
    for (let i = 0; i < PATHS; i++) {
      order.forEach(({ left, middle, right }, dimension) => {
        const word = scramble(sobol(i, dimension), Math.imul(batch * DIMENSIONS + dimension + 1, 0x9e3779b1));
        const normal = normalQuantile((word + 0.5) / 2 ** 32);
        const t = clock[knots[middle]];
        if (left < 0) at[middle] = Math.sqrt(t) * normal;
        else {
          const [a, b] = [clock[knots[left]], clock[knots[right]]];
          const share = (t - a) / (b - a);
          at[middle] = at[left] + share * (at[right] - at[left]) + Math.sqrt(((t - a) * (b - t)) / (b - a)) * normal;
        }
      });
      for (let j = 0; j + 1 < knots.length; j++) {
        let sum = 0;
        for (let k = knots[j]; k < knots[j + 1]; k++) sum += Math.sqrt(increments[k]) * z[k * PATHS + i];
        const missing = (at[j + 1] - at[j] - sum) / (clock[knots[j + 1]] - clock[knots[j]]);
        for (let k = knots[j]; k < knots[j + 1]; k++) z[k * PATHS + i] += Math.sqrt(increments[k]) * missing;
      }
    }
  };
}

/**
 * Scrambled points in one dimension along the linearized path, Σ c_k z_k, independent normals across it: the direction that decides most
 * of the statistic at the end.
 */
export const along: Sampler = (z, steps, batch, weights) => {
  independent(z, steps, batch, weights);
  const size = Math.sqrt(weights.reduce((sum, c) => sum + c * c, 0));
  const missing = new Float64Array(PATHS);
  for (let k = 0; k < steps; k++) {
    for (let i = 0; i < PATHS; i++) missing[i] -= (weights[k] / size) * z[k * PATHS + i];
  }
  for (let i = 0; i < PATHS; i++) {
    const word = scramble(sobol(i, 0), Math.imul(batch + 1, 0x9e3779b1));
    missing[i] += normalQuantile((word + 0.5) / 2 ** 32);
  }
  for (let k = 0; k < steps; k++) {
    for (let i = 0; i < PATHS; i++) z[k * PATHS + i] += (weights[k] / size) * missing[i];
  }
};

/** The last knot first, then always the middle of the widest gap. */
function bridgeOrder(last: number): { left: number; middle: number; right: number }[] {
  const order = [{ left: -1, middle: last, right: -1 }];
  const gaps: [number, number][] = [[0, last]];
  while (order.length < last) {
    gaps.sort(([a, b], [c, d]) => d - c - (b - a));
    const [left, right] = gaps.shift()!;
    if (right - left < 2) break;
    const middle = (left + right) >> 1;
    order.push({ left, middle, right });
    gaps.push([left, middle], [middle, right]);
  }
  return order;
}
