/** Every estimator against its definition, on replicas whose values are known; order of arrival; state and merging. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BlowUp,
  type Convergence,
  type Coordinates,
  type Covariance,
  type Distribution,
  Ensemble,
  type EnsembleInput,
  EnsembleSummary,
  type EstimatorSpec,
  type Histogram,
  type Rate,
  type Tail,
} from '../../src/ensemble/index.ts';

const times = [0, 1, 2, 3];
const REPLICAS = 40;
/** Replica → time of its failure. */
const FAILED = new Map([
  [3, 0.5],
  [11, 2.5],
  [17, 1.5],
]);

const uniform = (replica: number) => (replica * 0.6180339887 + 0.1) % 1;
/** x decays at a rate of its own; y goes with it; then shares of coordinates above −1, 0 and 1. */
function row(replica: number, t: number): number[] {
  const x = 2 * Math.exp(-(0.5 + uniform(replica)) * times[t]) * (replica % 5 === 0 && t === 2 ? 3 : 1);
  const y = x * x + Math.sin(replica);
  return [x, y, 0.9, 0.4 + 0.01 * uniform(replica), 0.1];
}

const specs: EstimatorSpec[] = [
  { kind: 'tail', statistic: 0, timeIndex: 2, above: 0.3 },
  { kind: 'blow-up', before: 2 },
  { kind: 'distribution', statistic: 1, timeIndices: [1, 3] },
  { kind: 'histogram', statistic: 0, timeIndices: [0, 2], edges: [0.1, 0.2, 0.4, 2] },
  { kind: 'coordinates', first: 2, edges: 3, timeIndices: [3] },
  { kind: 'covariance', pair: [0, 1], timeIndices: [1, 2] },
  { kind: 'convergence', statistic: 0, times, constant: 1.5, rate: 0.5 },
  { kind: 'rate', statistic: 0, timeIndices: [1, 2, 3], times: [1, 2, 3] },
];

const alive = (t: number, first = 0, count = REPLICAS) =>
  Array.from({ length: count }, (_, i) => first + i).filter((r) => !((FAILED.get(r) ?? Infinity) < times[t]));

function events(first: number, count: number): EnsembleInput[] {
  const all: EnsembleInput[] = [];
  for (let r = first; r < first + count; r++) {
    const failure = FAILED.get(r);
    times.forEach((time, timeIndex) => {
      const gone = failure !== undefined && failure < time;
      const values = Float64Array.from(row(r, timeIndex), (x) => (gone ? Number.NaN : x));
      all.push({ type: 'samples', timeIndex, firstReplica: r, values });
    });
    if (failure !== undefined) all.push({ type: 'failure', replica: r, time: failure, message: 'diverged' });
  }
  return all;
}

function summaryOf(first: number, count: number, inOrder = events(first, count)): EnsembleSummary {
  const ensemble = new Ensemble({ times, statistics: 5, curves: 2, replicas: { first, count }, estimators: specs });
  for (const event of inOrder) ensemble.add(event);
  return ensemble.summary();
}

const found = <T>(summary: EnsembleSummary, kind: EstimatorSpec['kind']) =>
  summary.estimators[specs.findIndex((spec) => spec.kind === kind)] as unknown as T;
const mean = (x: number[]) => x.reduce((a, b) => a + b, 0) / x.length;

describe('an estimator has the value of its definition', () => {
  const summary = summaryOf(0, REPLICAS);

  it('tail: replicas alive at the time, strictly above', () => {
    const { hits, count } = found<Tail>(summary, 'tail');
    expect(count).toBe(38);
    expect(hits).toBe(alive(2).filter((r) => row(r, 2)[0] > 0.3).length);
    expect(hits).toBeGreaterThan(5);
    expect(hits).toBeLessThan(35);
  });

  it('blow-up: failures before the time', () => {
    expect(found<BlowUp>(summary, 'blow-up').hits).toBe(2);
  });

  it('distribution: mean, variance and quantiles of the time', () => {
    const { spread, quantiles } = found<Distribution>(summary, 'distribution');
    [1, 3].forEach((t, cell) => {
      const y = alive(t).map((r) => row(r, t)[1]);
      const m = mean(y);
      expect(spread.count[cell]).toBe(y.length);
      expect(spread.mean[cell]).toBeCloseTo(m, 13);
      expect(spread.variance(cell)).toBeCloseTo(y.reduce((a, b) => a + (b - m) ** 2, 0) / (y.length - 1), 13);
      y.sort((a, b) => a - b);
      const h = (y.length - 1) * 0.5;
      expect(quantiles[cell].at([0.5])[0]).toBeCloseTo((y[Math.floor(h)] + y[Math.ceil(h)]) / 2, 13);
    });
  });

  it('histogram: bins closed below, the last one at both ends, and what lies outside', () => {
    const { counts, below, above } = found<Histogram>(summary, 'histogram');
    // At t = 0 every replica has x = 2, the last edge, but none at t = 2.
    expect([...counts.slice(0, 3)]).toEqual([0, 0, REPLICAS]);
    const x = alive(2).map((r) => row(r, 2)[0]);
    const within = (low: number, high: number) => x.filter((value) => value >= low && value < high).length;
    expect([...counts.slice(3)]).toEqual([within(0.1, 0.2), within(0.2, 0.4), within(0.4, 2)]);
    expect([below[1], above[1]]).toEqual([within(0, 0.1), x.filter((value) => value > 2).length]);
  });

  it('coordinates: shares between the edges, with their error over replicas', () => {
    const { spread } = found<Coordinates>(summary, 'coordinates');
    const middle = alive(3).map((r) => row(r, 3)[3]);
    const shares = [0.1, 0.9 - mean(middle), mean(middle) - 0.1, 0.1];
    shares.forEach((share, bin) => {
      expect(spread.mean[bin]).toBeCloseTo(share, 14);
    });
    expect(spread.standardError(0)).toBeCloseTo(0, 14);
    const m = mean(middle);
    const variance = middle.reduce((a, b) => a + (b - m) ** 2, 0) / (middle.length - 1);
    expect(spread.standardError(1)).toBeCloseTo(Math.sqrt(variance / middle.length), 14);
  });

  it('covariance and correlation', () => {
    const estimator = found<Covariance>(summary, 'covariance');
    const x = alive(1).map((r) => row(r, 1)[0]);
    const y = alive(1).map((r) => row(r, 1)[1]);
    const product = (a: number[], b: number[]) => a.reduce((sum, v, i) => sum + (v - mean(a)) * (b[i] - mean(b)), 0);
    expect(estimator.covariance(0)).toBeCloseTo(product(x, y) / (x.length - 1), 13);
    expect(estimator.correlation(0)).toBeCloseTo(product(x, y) / Math.sqrt(product(x, x) * product(y, y)), 13);
  });

  it('convergence: below the envelope at every save time; who fails before T does not converge', () => {
    const { hits, count } = found<Convergence>(summary, 'convergence');
    expect(count).toBe(REPLICAS);
    const below = (r: number) => times.every((t, i) => row(r, i)[0] <= 1.5 * Math.exp(-0.5 * t) * row(r, 0)[0]);
    expect(hits).toBe(alive(3).filter(below).length);
    expect(hits).toBeLessThan(alive(3).length);
  });

  it('rate: the slope of each replica that reached the end', () => {
    const { spread, unfitted, quantiles } = found<Rate>(summary, 'rate');
    const rates = alive(3).map((r) => {
      const y = [1, 2, 3].map((t) => Math.log(row(r, t)[0]));
      return -(y[2] - y[0]) / 2; // least squares over three equidistant points
    });
    expect(spread.count[0]).toBe(37);
    expect(unfitted).toBe(0);
    expect(spread.mean[0]).toBeCloseTo(mean(rates), 13);
    expect(quantiles.at([1])[0]).toBeCloseTo(Math.max(...rates), 13);
  });
});

describe('estimators', () => {
  it('are the same bit for bit for any order of arrival', () => {
    const reference = summaryOf(0, REPLICAS).state();
    fc.assert(
      fc.property(fc.shuffledSubarray(events(0, REPLICAS), { minLength: events(0, REPLICAS).length }), (shuffled) => {
        const state = summaryOf(0, REPLICAS, shuffled).state();
        const sorted = (x: unknown) => (Array.isArray(x) ? [...x].sort((a, b) => a - b) : x);
        expect(state.quantiles.map(sorted)).toEqual(reference.quantiles.map(sorted));
        expect(state.spread).toEqual(reference.spread);
        expect(state.estimators).toEqual(reference.estimators);
      }),
      { seed: 5, numRuns: 40 },
    );
  });

  it('merged from states that went through JSON are those of the whole: counts exactly, the rest to 1e−12', () => {
    const whole = summaryOf(0, REPLICAS);
    const merged = new EnsembleSummary(times.length, 2, specs);
    for (const [first, count] of [
      [0, 13],
      [13, 0],
      [13, 9],
      [22, 18],
    ]) {
      const state = JSON.parse(JSON.stringify(summaryOf(first, count).state()));
      merged.merge(EnsembleSummary.of(state, times.length, 2, specs));
    }
    const same = (a: unknown, b: unknown, path: string) => {
      if (typeof a === 'number' && typeof b === 'number') {
        expect(Math.abs(a - b), path).toBeLessThanOrEqual(1e-12 * Math.max(1e-3, Math.abs(a)));
        if (/count|hits|alive|below|above|undefined/.test(path)) expect(b, path).toBe(a);
      } else if (typeof a === 'object' && a !== null) {
        for (const key of Object.keys(a)) {
          same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key], `${path}.${key}`);
        }
      } else expect(b).toEqual(a);
    };
    same(whole.state(), merged.state(), '');
  });

  it('keep memory for the replicas in flight only', () => {
    const rate: EstimatorSpec = { kind: 'rate', statistic: 0, timeIndices: [0, 1], times: [0, 1] };
    const size = (count: number) => {
      const replicas = { first: 0, count };
      const ensemble = new Ensemble({ times: [0, 1], statistics: 1, replicas, estimators: [rate, specs[0]] });
      for (let r = 0; r < count; r++) {
        for (const t of [0, 1]) {
          const values = Float64Array.of(Math.exp(-t * (1 + uniform(r))));
          ensemble.add({ type: 'samples', timeIndex: t, firstReplica: r, values });
        }
      }
      return JSON.stringify(ensemble.summary().state()).length;
    };
    // Beyond 4096 replicas only the digits of the counters grow.
    expect(size(100_000)).toBeLessThan(1.2 * size(10_000));
  });

  it('refuse a state that is not theirs', () => {
    const state = summaryOf(0, 5).state();
    const broken = { ...state, estimators: [{ hits: 'many' }, ...state.estimators.slice(1)] };
    expect(() => EnsembleSummary.of(broken, times.length, 2, specs)).toThrow(/hits must be an integer of 0 or more/);
    expect(() => EnsembleSummary.of({ ...state, alive: [1] }, times.length, 2, specs)).toThrow(
      /4 times × 2 statistics/,
    );
  });
});
