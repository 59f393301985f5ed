import { describe, expect, it } from 'vitest';
import { betaDistribution, betaQuantile, logGamma } from '../../src/ensemble/beta.ts';
import { proportionInterval } from '../../src/ensemble/index.ts';

/** hits, count, confidence, Clopper–Pearson, Wilson. Source: SciPy 1.10, stats.beta.ppf/isf and stats.binomtest().proportion_ci. */
const TABLE: [number, number, number, [number, number], [number, number]][] = [
  [0, 10, 0.95, [0, 0.3084971078187607], [0, 0.27753279986288926]],
  [1, 10, 0.95, [0.0025285785444617865, 0.4450161170281954], [0.017876213095072896, 0.4041500267952385]],
  [5, 10, 0.95, [0.18708602844739855, 0.8129139715526015], [0.236593090512564, 0.7634069094874361]],
  [10, 10, 0.95, [0.6915028921812392, 1], [0.7224672001371109, 1]],
  [3, 1000, 0.99, [0.00033814452906649344, 0.01093377742040524], [0.0007581012310614683, 0.011793516682924922]],
  [123, 4567, 0.9, [0.023108676610791173, 0.03121406445491654], [0.02326342837294318, 0.03116142265719711]],
  [999999, 1000000, 0.95, [0.9999944283693448, 0.9999999746821924], [0.9999943350881957, 0.9999998234754233]],
  [2, 1000000, 0.95, [2.422093703160033e-7, 7.2246687944522814e-6], [5.484723095960564e-7, 7.29295638857263e-6]],
];

describe('the interval of a probability', () => {
  it.each(TABLE)('%i of %i at %f agrees with tabulated values', (hits, count, confidence, exact, wilson) => {
    for (const [rule, expected] of [
      ['clopper-pearson', exact],
      ['wilson', wilson],
    ] as const) {
      const found = proportionInterval(hits, count, confidence, rule);
      found.forEach((end, i) => {
        expect(Math.abs(end - expected[i])).toBeLessThanOrEqual(1e-8 * Math.min(expected[i], 1 - expected[i]) + 1e-14);
      });
    }
  });

  it('clopper-pearson covers at least its confidence for every p, wilson on average, both exactly counted', () => {
    const n = 40;
    const logChoose = (k: number) => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
    const coverage = (rule: 'wilson' | 'clopper-pearson') =>
      Array.from({ length: 199 }, (_, i) => {
        const p = (i + 1) / 200;
        let inside = 0;
        for (let k = 0; k <= n; k++) {
          const [low, high] = proportionInterval(k, n, 0.9, rule);
          if (low <= p && p <= high) inside += Math.exp(logChoose(k) + k * Math.log(p) + (n - k) * Math.log1p(-p));
        }
        return inside;
      });
    expect(Math.min(...coverage('clopper-pearson'))).toBeGreaterThanOrEqual(0.9);
    const wilson = coverage('wilson');
    const mean = wilson.reduce((a, b) => a + b) / wilson.length;
    expect(Math.abs(mean - 0.9)).toBeLessThan(0.01);
  });

  it('has its ends exactly at 0 and 1 where nothing, or everything, was hit, and knows nothing from no trials', () => {
    for (const rule of ['wilson', 'clopper-pearson'] as const) {
      expect(proportionInterval(0, 7, 0.95, rule)[0]).toBe(0);
      expect(proportionInterval(7, 7, 0.95, rule)[1]).toBe(1);
      expect(proportionInterval(0, 0, 0.95, rule)).toEqual([0, 1]);
    }
  });

  it('refuses what is no count or no confidence', () => {
    expect(() => proportionInterval(3, 2)).toThrow(/0 ≤ hits ≤ count, got 3 and 2/);
    expect(() => proportionInterval(1.5, 2)).toThrow(/integers/);
    expect(() => proportionInterval(1, 2, 1)).toThrow(/between 0 and 1, got 1/);
  });
});

describe('the Beta distribution', () => {
  it('is a polynomial for integer parameters, symmetric, and inverted by its quantile', () => {
    // I_x(2, 3) = 6x² − 8x³ + 3x⁴.
    for (const x of [1e-6, 0.1, 0.4, 0.9]) {
      const exact = 6 * x ** 2 - 8 * x ** 3 + 3 * x ** 4;
      expect(Math.abs(betaDistribution(x, 2, 3) / exact - 1)).toBeLessThan(1e-13);
      expect(betaDistribution(x, 2.5, 0.7) + betaDistribution(1 - x, 0.7, 2.5)).toBeCloseTo(1, 13);
    }
    for (const p of [1e-9, 0.025, 0.5, 0.975]) {
      expect(Math.abs(betaDistribution(betaQuantile(p, 3.5, 8), 3.5, 8) / p - 1)).toBeLessThan(1e-12);
    }
  });
});
