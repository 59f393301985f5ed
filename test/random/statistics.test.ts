/**
 * The law of the normals and the independence of neighbouring addresses. Every comparison is a standard score; the seeds are
 * fixed, and the bound 5 means a false alarm of 5.7e-7 a comparison for a random seed (below 1e-4 for all of this file).
 */
import { expect, test } from 'vitest';
import { fillNormals, fillWords } from '../../src/random/index.ts';

const BOUND = 5;

test('moments and tails of 10⁷ draws', () => {
  const n = 10_000_000;
  const size = 100_000;
  const z = new Float64Array(size);
  const sum = [0, 0, 0, 0, 0];
  const cuts = [0.5, 1, 2, 3, 4, 4.5];
  const beyond = cuts.map(() => 0);
  let low = 0;
  let high = 0;
  for (let step = 0; step < n / size; step++) {
    fillNormals(z, 0, size, 2024, 0, 0, step, 0, 0);
    for (let i = 0; i < size; i++) {
      const x = z[i];
      const x2 = x * x;
      sum[1] += x;
      sum[2] += x2;
      sum[3] += x2 * x;
      sum[4] += x2 * x2;
      const y = Math.abs(x);
      if (y > 0.5) {
        for (let c = 0; c < 6 && y > cuts[c]; c++) beyond[c]++;
        if (x < -2) low++;
        else if (x > 2) high++;
      }
    }
  }
  // E zᵏ and Var zᵏ = E z²ᵏ − (E zᵏ)².
  const moment = [1, 0, 1, 0, 3, 0, 15, 0, 105];
  for (let k = 1; k <= 4; k++) {
    const score = (sum[k] / n - moment[k]) / Math.sqrt((moment[2 * k] - moment[k] ** 2) / n);
    expect(Math.abs(score), `moment ${k}: ${sum[k] / n}`).toBeLessThan(BOUND);
  }
  // P(|z| > c) = erfc(c/√2).
  const tails = [
    0.61707507745197, 0.31731050786291, 0.0455002638963584, 0.00269979606326019, 6.33424836662398e-5, 6.79534624947e-6,
  ];
  tails.forEach((tail, c) => {
    const score = (beyond[c] - n * tail) / Math.sqrt(n * tail * (1 - tail));
    expect(Math.abs(score), `P(|z| > ${cuts[c]}): ${beyond[c] / n} against ${tail}`).toBeLessThan(BOUND);
  });
  expect(Math.abs(high - low) / Math.sqrt(n * tails[2])).toBeLessThan(BOUND);
});

test('words: every bit is fair and neighbouring words differ in half of their bits', () => {
  const n = 200_000;
  const w = new Int32Array(n);
  fillWords(w, 11, 0, 0, 0, 0, 0, n);
  const ones = new Array<number>(32).fill(0);
  let flips = 0;
  for (let i = 0; i < n; i++) {
    for (let bit = 0; bit < 32; bit++) ones[bit] += (w[i] >>> bit) & 1;
    if (i > 0) for (let x = w[i] ^ w[i - 1]; x !== 0; x &= x - 1) flips++;
  }
  for (const count of ones) expect(Math.abs(count - n / 2) / Math.sqrt(n / 4)).toBeLessThan(BOUND);
  expect(Math.abs(flips - 16 * (n - 1)) / Math.sqrt(8 * (n - 1))).toBeLessThan(BOUND);
});

/** Correlations of two samples of normals and of their squares, as standard scores. */
function scores(x: Float64Array, y: Float64Array): [number, number] {
  let product = 0;
  let squares = 0;
  for (let i = 0; i < x.length; i++) {
    product += x[i] * y[i];
    squares += (x[i] * x[i] - 1) * (y[i] * y[i] - 1);
  }
  // Var xy = 1, Var (x² − 1)(y² − 1) = 4.
  return [product / Math.sqrt(x.length), squares / Math.sqrt(4 * x.length)];
}

test('neighbouring counters, steps, replicas, samples, streams and seeds are uncorrelated, in value and in square', () => {
  const n = 200_000;
  const fill = (seed: number, replica: number, stream: 0 | 1 | 2 | 3 | 4, step: number, sub: number, first: number) => {
    const z = new Float64Array(n);
    fillNormals(z, 0, n, seed, replica, stream, step, sub, first);
    return z;
  };
  const base = fill(1, 0, 0, 0, 0, 0);
  const others: [string, Float64Array][] = [
    ['replica 1', fill(1, 1, 0, 0, 0, 0)],
    ['replica 2', fill(1, 2, 0, 0, 0, 0)],
    ['step 1', fill(1, 0, 0, 1, 0, 0)],
    ['step 2³²', fill(1, 0, 0, 2 ** 32, 0, 0)],
    ['sub 1', fill(1, 0, 0, 0, 1, 0)],
    ['stream 1', fill(1, 0, 1, 0, 0, 0)],
    ['stream 3', fill(1, 0, 3, 0, 0, 0)],
    ['seed 2', fill(2, 0, 0, 0, 0, 0)],
    ['seed 1 + 2³²', fill(1 + 2 ** 32, 0, 0, 0, 0, 0)],
  ];
  for (const lag of [1, 2, 3, 4, 5, 8, 1024]) others.push([`index + ${lag}`, fill(1, 0, 0, 0, 0, lag)]);
  for (const [name, z] of others) {
    const [value, square] = scores(base, z);
    expect(Math.abs(value), `${name}: values`).toBeLessThan(BOUND);
    expect(Math.abs(square), `${name}: squares`).toBeLessThan(BOUND);
  }
});
