import { describe, expect, it } from 'vitest';
import {
  marchenkoPasturDensity,
  marchenkoPasturDistribution,
  marchenkoPasturQuantile,
  normalQuantile,
} from '../../src/problem/index.ts';
import { marchenkoPasturQuantiles } from '../../src/problem/marchenkopastur.ts';

describe('normalQuantile', () => {
  // Computed with mpmath 1.2 at 40 digits from erfc, p the double nearest to the decimal.
  it.each([
    [1e-300, -37.0470962993612],
    [1e-20, -9.262340089798407],
    [1e-10, -6.361340902404057],
    [1e-5, -4.264890793922825],
    [0.001, -3.0902323061678136],
    [0.02425, -1.9729610513118847],
    [0.074, -1.4466320671589785],
    [0.076, -1.4325027208258116],
    [0.2, -0.8416212335729142],
    [0.4999, -0.00025066283008800747],
    [0.925, 1.4395314709384561],
    [0.975, 1.9599639845400538],
    [0.9999, 3.7190164854557084],
  ])('Φ⁻¹(%d) = %d', (p, z) => {
    expect(Math.abs(normalQuantile(p) / z - 1)).toBeLessThan(5e-16);
  });

  it('is antisymmetric, increasing across its three branches, and infinite at the ends', () => {
    expect(normalQuantile(0.5)).toBe(0);
    let before = Number.NEGATIVE_INFINITY;
    for (let i = 1; i < 4096; i++) {
      const z = normalQuantile(i / 4096);
      expect(z).toBeGreaterThan(before);
      expect(normalQuantile(1 - i / 4096)).toBe(-z || 0);
      before = z;
    }
    expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(normalQuantile(1)).toBe(Number.POSITIVE_INFINITY);
    expect(normalQuantile(-0.1)).toBeNaN();
    expect(normalQuantile(1.1)).toBeNaN();
    expect(normalQuantile(Number.NaN)).toBeNaN();
  });
});

const RATIOS = [1e-8, 1e-4, 0.0099, 0.0101, 0.1, 0.5, 0.9, 0.9999, 1];

/** ∫ f over the support below x by the midpoint rule in angle, x = centre − half·cos φ: spectrally accurate for a whole period. */
function integrate(ratio: number, f: (x: number) => number, nodes = 200_000): number {
  const centre = 1 + ratio;
  const half = 2 * Math.sqrt(ratio);
  let sum = 0;
  for (let k = 0; k < nodes; k++) {
    const phi = (Math.PI * (k + 0.5)) / nodes;
    const x = centre - half * Math.cos(phi);
    sum += f(x) * marchenkoPasturDensity(ratio, x) * half * Math.sin(phi);
  }
  return (sum * Math.PI) / nodes;
}

describe('the Marchenko–Pastur law', () => {
  it.each([0.01, 0.1, 0.5, 0.9])('has the density of moments 1, 1, 1 + r, 1 + 3r + r² at r = %d', (r) => {
    expect(integrate(r, () => 1)).toBeCloseTo(1, 10);
    expect(integrate(r, (x) => x)).toBeCloseTo(1, 10);
    expect(integrate(r, (x) => x * x)).toBeCloseTo(1 + r, 10);
    expect(integrate(r, (x) => x ** 3)).toBeCloseTo(1 + 3 * r + r * r, 10);
  });

  it.each(RATIOS)('has the integral of its density as distribution function, r = %d', (r) => {
    const low = (1 - Math.sqrt(r)) ** 2;
    const high = (1 + Math.sqrt(r)) ** 2;
    expect(marchenkoPasturDistribution(r, low)).toBe(0);
    expect(marchenkoPasturDistribution(r, high)).toBe(1);
    // Between neighbouring points by 20-point Gauss–Legendre of the density away from the edges.
    for (const [from, to] of [
      [0.2, 0.3],
      [0.45, 0.55],
      [0.7, 0.85],
    ]) {
      const a = low + from * (high - low);
      const b = low + to * (high - low);
      let mass = 0;
      for (const [node, weight] of GAUSS_10) {
        for (const sign of [-1, 1])
          mass += weight * marchenkoPasturDensity(r, (a + b) / 2 + (sign * node * (b - a)) / 2);
      }
      mass *= (b - a) / 2;
      const difference = marchenkoPasturDistribution(r, b) - marchenkoPasturDistribution(r, a);
      // At small r the width of the support, and so x itself, carries a relative rounding error of 1e−16/√r.
      expect(Math.abs(difference - mass)).toBeLessThan(1e-12 + 1e-15 / Math.sqrt(r));
    }
  });

  it.each(RATIOS)('has a quantile function that inverts it, r = %d', (r) => {
    const points = [
      1e-12,
      1e-6,
      1e-3,
      0.01,
      ...Array.from({ length: 199 }, (_, i) => (i + 1) / 200),
      0.999,
      1 - 1e-6,
      1 - 1e-12,
    ];
    let before = (1 - Math.sqrt(r)) ** 2;
    for (const p of points.sort((a, b) => a - b)) {
      const x = marchenkoPasturQuantile(r, p);
      expect(x).toBeGreaterThanOrEqual(before);
      before = x;
      expect(Math.abs(marchenkoPasturDistribution(r, x) - p)).toBeLessThan(1e-13 + 2e-16 / Math.sqrt(r));
    }
    expect(marchenkoPasturQuantile(r, 0)).toBeCloseTo((1 - Math.sqrt(r)) ** 2, 14);
    expect(marchenkoPasturQuantile(r, 1)).toBeCloseTo((1 + Math.sqrt(r)) ** 2, 14);
  });

  it.each(RATIOS)('is laid out by single quantiles, strictly increasing, r = %d', (r) => {
    const d = 3000;
    const all = marchenkoPasturQuantiles(r, d);
    for (let i = 0; i < d; i += 7)
      expect(Math.abs(all[i] / marchenkoPasturQuantile(r, (i + 0.5) / d) - 1)).toBeLessThan(1e-12);
    for (let i = 1; i < d; i++) expect(all[i]).toBeGreaterThan(all[i - 1]);
  });

  it('has an accurate lower edge at r = 1, where F(x) ≈ (2/π)√x', () => {
    for (const p of [1e-3, 1e-5, 1e-7]) {
      // F = (2/π) asin(√x/2) + √(x(4 − x))/(2π) = (2/π)√x (1 − x/24 − …).
      const root = Math.sqrt(marchenkoPasturQuantile(1, p));
      expect(Math.abs((2 / Math.PI) * root * (1 - root ** 2 / 24) - p) / p).toBeLessThan(1e-9);
    }
  });

  it.each([
    [0.1, 100_000],
    [0.5, 100_000],
    [1, 100_000],
  ])('gives the moments of the law to O(d^(−5/3)), r = %d, d = %i', (r, d) => {
    const lambda = marchenkoPasturQuantiles(r, d);
    const moment = (k: number) => lambda.reduce((sum, x) => sum + x ** k, 0) / d;
    const scale = 20 * d ** (-5 / 3);
    expect(Math.abs(moment(1) - 1)).toBeLessThan(scale);
    expect(Math.abs(moment(2) - (1 + r))).toBeLessThan(4 * scale);
    expect(Math.abs(moment(3) - (1 + 3 * r + r * r))).toBeLessThan(12 * scale);
  });
});

/** Positive nodes and weights of the 10-point Gauss–Legendre rule (Abramowitz & Stegun, table 25.4). */
const GAUSS_10 = [
  [0.1488743389816312, 0.2955242247147529],
  [0.4333953941292472, 0.2692667193099963],
  [0.6794095682990244, 0.219086362515982],
  [0.8650633666889845, 0.1494513491505806],
  [0.9739065285171717, 0.0666713443086881],
];
