import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Ensemble,
  type EnsembleInput,
  LONGEST_EXACT,
  Quantiles,
  quantileOfSorted,
  SKETCH_ACCURACY,
} from '../../src/ensemble/index.ts';

const times = [0, 0.5, 1];

/** Unremarkable numbers of very different size, one for each (replica, time, statistic). */
function value(replica: number, time: number, statistic: number): number {
  const x = (replica * 0.6180339887 + time * 0.4142135 + statistic * 0.7320508) % 1;
  return (statistic ? -1 : 1) * Math.exp(10 * (x - 0.7)) + 3;
}

function samples(replica: number, timeIndex: number, statistics = 2): EnsembleInput {
  return {
    type: 'samples',
    timeIndex,
    firstReplica: replica,
    values: Float64Array.from({ length: statistics }, (_, k) => value(replica, timeIndex, k)),
  };
}

function make(count: number, first = 0): Ensemble {
  return new Ensemble({ times, statistics: 2, replicas: { first, count } });
}

function fill(ensemble: Ensemble, first: number, count: number): Ensemble {
  for (let r = first; r < first + count; r++) for (let t = 0; t < times.length; t++) ensemble.add(samples(r, t));
  return ensemble;
}

describe('an ensemble', () => {
  it('has the mean, standard error and quantiles of its definition', () => {
    const { statistics, counts } = fill(make(50), 0, 50).curves();
    expect([...counts]).toEqual([50, 50, 50]);
    for (let k = 0; k < 2; k++) {
      for (let t = 0; t < times.length; t++) {
        const x = Array.from({ length: 50 }, (_, r) => value(r, t, k));
        const mean = x.reduce((a, b) => a + b) / 50;
        const variance = x.reduce((a, b) => a + (b - mean) ** 2, 0) / 49;
        expect(statistics[k].mean[t]).toBeCloseTo(mean, 12);
        expect(statistics[k].standardError[t]).toBeCloseTo(Math.sqrt(variance / 50), 12);
        x.sort((a, b) => a - b);
        // Type 7 at q = 0.1: h = 4.9.
        expect(statistics[k].q10[t]).toBeCloseTo(x[4] + 0.9 * (x[5] - x[4]), 13);
        expect(statistics[k].q90[t]).toBeCloseTo(x[44] + 0.1 * (x[45] - x[44]), 13);
      }
    }
  });

  it('is the same bit for bit for any order of arrival and any batching, failures included', () => {
    const count = 12;
    const failed = new Map([
      [3, 0.25],
      [7, 0.75],
    ]);
    const row = (r: number, t: number) => {
      const gone = times[t] > (failed.get(r) ?? Number.POSITIVE_INFINITY);
      return [0, 1].map((k) => (gone ? Number.NaN : value(r, t, k)));
    };
    const failures = [...failed].map(([replica, time]) => ({
      type: 'failure' as const,
      replica,
      time,
      message: 'diverged',
    }));
    const reference = make(count);
    for (const failure of failures) reference.add(failure);
    for (let r = 0; r < count; r++)
      for (let t = 0; t < 3; t++)
        reference.add({ type: 'samples', timeIndex: t, firstReplica: r, values: Float64Array.from(row(r, t)) });
    expect(reference.complete).toBe(true);
    expect([...reference.curves().counts]).toEqual([12, 11, 10]);

    const batches = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 12, maxLength: 12 }).chain((sizes) => {
      const events: EnsembleInput[] = [...failures];
      for (let t = 0; t < 3; t++) {
        for (let r = 0, i = 0; r < count; i++) {
          const size = Math.min(sizes[i], count - r);
          const values = Array.from({ length: size }, (_, j) => row(r + j, t)).flat();
          events.push({ type: 'samples', timeIndex: t, firstReplica: r, values: Float64Array.from(values) });
          r += size;
        }
      }
      return fc.shuffledSubarray(events, { minLength: events.length });
    });
    fc.assert(
      fc.property(batches, (events) => {
        const ensemble = make(count);
        for (const event of events) {
          ensemble.add(event);
          ensemble.curves(); // reading on the way changes nothing
        }
        expect(ensemble.complete).toBe(true);
        expect(ensemble.curves()).toEqual(reference.curves());
        expect(ensemble.failures).toEqual(reference.failures);
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it('does not wait for samples that a failed replica never sends', () => {
    const ensemble = make(3);
    ensemble.add(samples(0, 0));
    ensemble.add(samples(1, 0));
    for (const r of [0, 2]) for (let t = r === 0 ? 1 : 0; t < 3; t++) ensemble.add(samples(r, t));
    expect(ensemble.complete).toBe(false);
    ensemble.add({ type: 'failure', replica: 1, time: 0.2, message: 'diverged' });
    expect(ensemble.complete).toBe(true);
    expect([...ensemble.curves().counts]).toEqual([3, 2, 2]);
    expect(ensemble.curves().statistics[0].mean[2]).toBeCloseTo((value(0, 2, 0) + value(2, 2, 0)) / 2, 14);
  });

  it('draws what has come so far, early rows included', () => {
    const ensemble = make(5);
    ensemble.add(samples(4, 1));
    const { statistics, counts } = ensemble.curves();
    expect([...counts]).toEqual([0, 1, 0]);
    expect([...statistics[1].mean]).toEqual([Number.NaN, value(4, 1, 1), Number.NaN]);
    expect(statistics[1].standardError[1]).toBeNaN();
    expect(statistics[1].q10[1]).toBe(value(4, 1, 1));
  });

  it('has no average where an alive replica has no finite value', () => {
    const ensemble = make(2);
    for (const [r, x] of [
      [0, Number.NEGATIVE_INFINITY],
      [1, 1],
    ]) {
      ensemble.add({ type: 'samples', timeIndex: 0, firstReplica: r, values: Float64Array.of(x, 2) });
    }
    const { statistics, counts } = ensemble.curves();
    expect(counts[0]).toBe(2);
    expect(statistics[0].mean[0]).toBeNaN();
    expect(statistics[0].q10[0]).toBeNaN();
    expect(statistics[1].mean[0]).toBe(2);
  });

  it('a row of NaN without a failure is an undefined value, not a failure', () => {
    const ensemble = new Ensemble({ times: [0], statistics: 1, replicas: { first: 0, count: 2 } });
    ensemble.add({ type: 'samples', timeIndex: 0, firstReplica: 0, values: Float64Array.of(1, Number.NaN) });
    expect(ensemble.curves().statistics[0].mean[0]).toBeNaN();
    expect([...ensemble.curves().counts]).toEqual([2]);
  });

  it('refuses what does not belong to it', () => {
    const ensemble = make(2, 10);
    expect(() => ensemble.add(samples(9, 0))).toThrow(
      /replicas 9 to 9 at time index 0 are outside the ensemble \(replicas 10 to 11/,
    );
    expect(() => ensemble.add(samples(12, 0))).toThrow(/outside/);
    expect(() => ensemble.add(samples(10, 3))).toThrow(/outside/);
    expect(() => ensemble.add(samples(10, 0, 3))).toThrow(/outside/);
    ensemble.add(samples(11, 0));
    expect(() => ensemble.add(samples(11, 0))).toThrow(/replica 11 at time index 0 came twice/);
    expect(() => ensemble.summary()).toThrow(/only when all/);
  });

  it('a large common offset does not spoil the variance', () => {
    const ensemble = new Ensemble({ times: [0], statistics: 1, replicas: { first: 0, count: 1000 } });
    const x = Float64Array.from({ length: 1000 }, (_, r) => 1e9 + (r % 2));
    ensemble.add({ type: 'samples', timeIndex: 0, firstReplica: 0, values: x });
    expect(ensemble.curves().statistics[0].standardError[0]).toBeCloseTo(Math.sqrt(0.25 / 999), 8);
  });
});

describe('merging', () => {
  it('gives the numbers of one ensemble over all replicas', () => {
    const whole = fill(make(100), 0, 100).summary();
    const merged = fill(make(30), 0, 30).summary();
    merged.merge(fill(make(50, 50), 50, 50).summary());
    merged.merge(fill(make(20, 30), 30, 20).summary());
    const a = whole.curves();
    const b = merged.curves();
    expect(b.counts).toEqual(a.counts);
    for (let k = 0; k < 2; k++) {
      expect(b.statistics[k].q10).toEqual(a.statistics[k].q10);
      expect(b.statistics[k].q90).toEqual(a.statistics[k].q90);
      for (let t = 0; t < 3; t++) {
        expect(Math.abs(b.statistics[k].mean[t] / a.statistics[k].mean[t] - 1)).toBeLessThan(1e-12);
        expect(Math.abs(b.statistics[k].standardError[t] / a.statistics[k].standardError[t] - 1)).toBeLessThan(1e-12);
      }
    }
  });

  it('refuses another shape', () => {
    const other = new Ensemble({ times: [0], statistics: 2, replicas: { first: 0, count: 1 } });
    other.add(samples(0, 0));
    expect(() => fill(make(1), 0, 1).summary().merge(other.summary())).toThrow(
      /3 times × 2 statistics and of 1 × 2 cannot be merged/,
    );
  });
});

describe('quantiles', () => {
  it('type 7', () => {
    // R: quantile(c(1, 2, 4, 8), c(.1, .5, .9)) = 1.3 3.0 6.8
    const x = [1, 2, 4, 8];
    [1.3, 3, 6.8].forEach((y, i) => {
      expect(quantileOfSorted(x, [0.1, 0.5, 0.9][i])).toBeCloseTo(y, 14);
    });
    expect(quantileOfSorted([5], 0.9)).toBe(5);
    expect(quantileOfSorted([], 0.9)).toBeNaN();
  });

  it('beyond the exact limit stay within the sketch bound, for negative, zero and tiny values, in any order and grouping', () => {
    const n = 3 * LONGEST_EXACT;
    const x = Array.from({ length: n }, (_, i) => {
      const y = (i * 0.6180339887) % 1;
      return y < 0.3 ? -Math.exp(-20 * y) : y < 0.4 ? 0 : 1e-14 * Math.exp(40 * y);
    });
    const forward = new Quantiles();
    for (const value of x) forward.add(value);
    const parts = [new Quantiles(), new Quantiles()];
    for (const [i, value] of [...x].reverse().entries()) parts[i < n / 5 ? 0 : 1].add(value);
    parts[0].merge(parts[1]);
    expect(parts.map((p) => p.exact)).toEqual([false, false]);
    const probabilities = [0.05, 0.1, 0.35, 0.5, 0.9, 0.99];
    expect(parts[0].at(probabilities)).toEqual(forward.at(probabilities));
    const sorted = Float64Array.from(x).sort();
    probabilities.forEach((q, i) => {
      const exact = sorted[Math.floor(q * (n - 1))];
      expect(Math.abs(forward.at(probabilities)[i] - exact)).toBeLessThanOrEqual(
        1.0001 * SKETCH_ACCURACY * Math.abs(exact),
      );
    });
  });
});
