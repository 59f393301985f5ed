import { describe, expect, it, test } from 'vitest';
import { checkAgreement, rowsOf, type Score, takeTurns } from '../../bench/kit/measure.ts';
import {
  averaged,
  disagreement,
  fitLine,
  measured,
  median,
  medianInterval,
  pairedRatios,
  studentQuantile,
} from '../../bench/kit/statistics.ts';
import { clockStep } from '../../bench/kit/stopwatch.ts';
import { normalQuantile } from '../../src/problem/index.ts';
import { word } from '../../src/random/index.ts';

/** Independent standard normals, from the generator's words. */
const normals = (count: number, seed: number) =>
  Array.from({ length: count }, (_, i) => normalQuantile((word(seed, 0, 0, i, 0, 0) + 0.5) / 2 ** 32));

/** P(Bin(n, ½) ≤ k), by summing. */
function binomial(n: number, k: number): number {
  let [sum, term] = [0, 0.5 ** n];
  for (let i = 0; i <= k; i++) {
    sum += term;
    term *= (n - i) / (i + 1);
  }
  return sum;
}

describe('medians', () => {
  it('is the middle, or the mean of the two in the middle, whatever the order', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([7])).toBe(7);
  });

  it('has the interval of order statistics that the binomial law gives', () => {
    for (const n of [1, 2, 3, 5, 6, 9, 15, 30, 101]) {
      const x = Array.from({ length: n }, (_, i) => i + 1);
      const { low, high, level } = medianInterval(x);
      // x₍ₖ₎ = k here; the interval x₍ₖ₎ … x₍ₙ₊₁₋ₖ₎ covers 1 − 2 P(Bin(n, ½) ≤ k − 1).
      expect(low + high).toBe(n + 1);
      expect(level).toBeCloseTo(Math.max(0, 1 - 2 * binomial(n, low - 1)), 12);
      if (n >= 6) {
        expect(level).toBeGreaterThanOrEqual(0.95);
        // One step narrower would not cover.
        expect(1 - 2 * binomial(n, low)).toBeLessThan(0.95);
      } else expect([low, high]).toEqual([1, n]);
    }
  });

  it('covers the median of the law as often as it says', () => {
    const rounds = 2000;
    let covered = 0;
    for (let k = 0; k < rounds; k++) {
      const { low, high } = medianInterval(normals(9, k).map(Math.exp));
      if (low <= 1 && 1 <= high) covered++;
    }
    const { level } = medianInterval([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    // 4 standard errors: a false alarm in 16,000 seeds.
    expect(Math.abs(covered / rounds - level)).toBeLessThan(4 * Math.sqrt((level * (1 - level)) / rounds));
  });

  it('needs samples', () => {
    expect(() => measured([], 's')).toThrow(/no samples/);
  });
});

describe('pairs', () => {
  it('takes the ratio repetition by repetition', () => {
    expect(pairedRatios([2, 9], [1, 3])).toEqual([2, 3]);
    expect(() => pairedRatios([1], [1, 2])).toThrow(/not 1 and 2/);
  });

  it('finds a ratio that a drifting machine hides from the medians', () => {
    const slow = [1, 1.5, 2, 3, 5, 8];
    const { value, low, high } = measured(
      pairedRatios(
        slow.map((x) => 1.25 * x),
        slow,
      ),
      '1',
    );
    expect([value, low, high]).toEqual([1.25, 1.25, 1.25]);
  });
});

describe('Student', () => {
  // Closed forms: one degree of freedom is Cauchy, two have t = a √(2/(1 − a²)).
  test.each([
    [1, 0.95, Math.tan((Math.PI * 0.95) / 2)],
    [2, 0.95, 0.95 * Math.sqrt(2 / (1 - 0.95 ** 2))],
    [2, 0.5, 0.5 * Math.sqrt(2 / 0.75)],
    [1, 0.5, 1],
  ])('%i degrees at %f', (degrees, level, expected) => {
    expect(studentQuantile(degrees, level) / expected).toBeCloseTo(1, 9);
  });

  it('becomes the normal law', () => {
    expect(studentQuantile(1e6)).toBeCloseTo(1.959964, 4);
  });

  it('refuses no degrees of freedom', () => {
    expect(() => studentQuantile(0)).toThrow(/not 0/);
  });

  it('gives the mean of four numbers its interval', () => {
    // Mean 2.5, variance 5/3; t₃(95%) = 3.182446.
    const { value, low, high } = averaged([1, 2, 3, 4], '1');
    expect(value).toBe(2.5);
    expect(high - value).toBeCloseTo(3.182446 * Math.sqrt(5 / 3 / 4), 5);
    expect(value - low).toBeCloseTo(high - value, 12);
  });
});

describe('lines', () => {
  it('meets the closed form', () => {
    // x = 0 … 4, residuals of a parabola: slope and its error by hand. y = x² has slope 4, intercept −2, residuals 2, −1, −2, −1, 2.
    const { slope, intercept } = fitLine([0, 1, 2, 3, 4], [0, 1, 4, 9, 16]);
    expect(slope.value).toBeCloseTo(4, 12);
    expect(intercept.value).toBeCloseTo(-2, 12);
    const scale = Math.sqrt(14 / 3);
    expect(slope.high - slope.value).toBeCloseTo((studentQuantile(3) * scale) / Math.sqrt(10), 9);
    expect(intercept.high - intercept.value).toBeCloseTo(studentQuantile(3) * scale * Math.sqrt(1 / 5 + 4 / 10), 9);
  });

  it('is exact on a line, and covers the slope as often as it says', () => {
    expect(fitLine([1, 2, 5], [1, 3, 9]).slope).toMatchObject({ value: 2, low: 2, high: 2 });
    const rounds = 2000;
    const x = [1, 2, 3, 5, 8, 13];
    let covered = 0;
    for (let k = 0; k < rounds; k++) {
      const noise = normals(x.length, 10_000 + k);
      const { slope } = fitLine(
        x,
        x.map((value, i) => -0.5 * value + noise[i]),
      );
      if (slope.low <= -0.5 && -0.5 <= slope.high) covered++;
    }
    // 4 standard errors.
    expect(Math.abs(covered / rounds - 0.95)).toBeLessThan(4 * Math.sqrt((0.95 * 0.05) / rounds));
  });

  it('refuses what is no line', () => {
    expect(() => fitLine([1, 2], [1, 2])).toThrow(/three points/);
    expect(() => fitLine([1, 1, 1], [1, 2, 3])).toThrow(/two different places/);
  });
});

describe('turns', () => {
  it('take turns, warm up once, and keep the warm-up out of the times', async () => {
    const order: string[] = [];
    const contestant = (name: string) => ({
      name,
      measure: async (seed: number) => {
        order.push(`${name}${seed}`);
        return { seconds: seed, results: [seed] };
      },
    });
    const scores = await takeTurns([contestant('a'), contestant('b')], { most: 2 });
    expect(order).toEqual(['a999', 'b999', 'a1000', 'b1000', 'a1001', 'b1001']);
    expect(scores[0].seconds).toEqual([1000, 1001]);
    expect(scores[0].results).toEqual([999, 1000, 1001]);
  });

  it('end when the time is over, but not before three', async () => {
    const quick = { name: 'a', measure: async () => ({ seconds: 1, results: [1] }) };
    const [{ seconds }] = await takeTurns([quick], { most: 50, seconds: 0 });
    expect(seconds).toHaveLength(3);
  });

  it.each([
    [{ seconds: Number.NaN, results: [1] }],
    [{ seconds: 1, results: [1, Number.POSITIVE_INFINITY] }],
    [{ seconds: 1, cpuSeconds: Number.NaN, results: [1] }],
  ])('fail on what is not finite: %j', async (turn) => {
    await expect(takeTurns([{ name: 'broken', measure: async () => turn }], { most: 1 })).rejects.toThrow(
      /broken: .*not a finite number/,
    );
  });

  const score = (name: string, results: readonly number[], seconds = [1, 2, 3]): Score => ({
    name,
    foreign: name !== 'own',
    seconds,
    cpuSeconds: seconds,
    results,
  });

  it('count for nothing when the statistics disagree', () => {
    const x = normals(100, 1);
    const own = score('own', x);
    expect(() => checkAgreement('x', [own, score('same law', normals(100, 2))])).not.toThrow();
    const shifted = normals(100, 3).map((y) => y + 1);
    // A shift by one standard deviation is √50 ≈ 7 standard errors.
    expect(disagreement(x, shifted)).toBeGreaterThan(5);
    expect(() => checkAgreement('log risk', [own, score('other', shifted)])).toThrow(
      /log risk: other and own differ by .* The timings do not count/,
    );
  });

  it('become rows: rates, and ratios pair by pair', () => {
    const work = { table: 't', labels: { d: 3 }, amount: 12, unit: 'steps' };
    const [own, other] = rowsOf(work, [score('own', [1]), score('other', [1], [2, 4, 9])]);
    expect(own.quantities.rate).toMatchObject({ value: 6, samples: [12, 6, 4], unit: 'steps/s', better: 'higher' });
    expect(other.foreign).toBe(true);
    expect(other.quantities.firstTimesAsFast.samples).toEqual([2, 2, 3]);
    expect(other.labels).toEqual({ d: 3, contestant: 'other' });
  });
});

describe('clocks', () => {
  it('knows the step to which timestamps are rounded', () => {
    expect(clockStep([5n, 5n + 65_536n, 5n + 3n * 65_536n])).toBeCloseTo(65_536e-9, 15);
    expect(clockStep([100n, 107n, 90n])).toBeCloseTo(1e-9, 15);
    expect(clockStep([1n, 1n])).toBe(0);
  });
});
