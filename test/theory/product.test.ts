/** Product laws, whose classes are solved one by one: against the same classes solved together, and against finer solutions. */
import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../src/problem/index.ts';
import { collectMoments } from '../../src/statistics/resolve.ts';
import { limitLaw, type PopulationState, solvePde } from '../../src/theory/index.ts';
import { errorsAndCurvatures } from '../../src/theory/population.ts';
import { ProductRuns } from '../../src/theory/product.ts';
import type { EvolutionResult } from '../../src/theory/request.ts';
import { accuracy, evolveNow, statistics } from './support.ts';

const covariance = { kind: 'marchenko-pastur', ratio: 0.5 };
const gaussian = { kind: 'gaussian', scale: 1 };
const start = (scale: number) => ({ kind: 'gaussian', scale });

const lawOf = (problem: object, stepSize: number | object, horizon: number) =>
  limitLaw(
    parseExperiment({ problem: { dimension: 1000, ...problem }, stepSize, horizon, methods: [{ kind: 'pde' }] }),
  );

function finish<T>(run: Generator<void, T>): T {
  for (;;) {
    const { done, value } = run.next();
    if (done) return value;
  }
}

const at = (level: number) => ({ covariance: level, target: level, start: level });

/** Largest relative difference of two runs' averages at the save times. */
function farthest(a: EvolutionResult, b: EvolutionResult): number {
  let most = 0;
  a.snapshots.forEach((snapshot, i) => {
    snapshot!.means.forEach((mean, k) => {
      most = Math.max(most, Math.abs(mean / b.snapshots[i]!.means[k] - 1));
    });
  });
  return most;
}

describe('classes one by one', () => {
  it.each([
    ['three directions', { covariance, target: gaussian, initialization: start(0.8) }, 0.4, 3],
    ['label noise, sparse targets', { covariance, labelNoise: 0.5, initialization: start(0.6) }, 0.4, 6],
    [
      'a rich start, late',
      { covariance, target: gaussian, initialization: { kind: 'constant', u: 0.1, v: 0 } },
      0.5,
      12,
    ],
    [
      'a schedule with a jump, in batches',
      { covariance, target: gaussian, batchSize: 2 },
      { kind: 'piecewise', times: [0, 1.5], values: [0.6, 0.2] },
      4,
    ],
    ['near the critical step size', { covariance, target: gaussian }, 0.75, 6],
    // p = q = 0 never moves, and is a part of R all the same.
    [
      'an exchanged start',
      { covariance, target: gaussian, initialization: { kind: 'constant', u: 0.7, v: -0.7 } },
      0.4,
      4,
    ],
  ])('are those that are solved together: %s', { timeout: 240_000 }, (_, problem, stepSize, horizon) => {
    const law = lawOf(problem, stepSize, horizon);
    const times = Float64Array.of(0, 0.2 * horizon, 0.6 * horizon, horizon);
    const { moments } = collectMoments(statistics(['risk', 'curvature', 'distance']));
    const classes = (level: number) =>
      law.classes({ levels: at(level), clock: 0.2, drift: 0.4 * horizon, cutoff: 1e-4 });
    const fine = 1e-4;
    const asked = { setting: law, times, moments };
    const together = evolveNow({ ...asked, classes: classes(0), accuracy: { ...accuracy(fine), shared: true } });
    const runs = new ProductRuns(asked, classes(-1));
    expect(finish(runs.begin(accuracy(fine)))).toBe(true);
    const apart = [0, 1].map(
      () => finish(runs.run({ classes: classes(0), accuracy: { ...accuracy(fine), shared: true } }))!,
    );
    const errors = apart.map((run) => farthest(run, together));
    // The coarse rule's R is off by per cents or tens of them; what the classes make of it by less, and of that by far less.
    expect(errors[0]).toBeLessThan(0.03);
    expect(errors[1]).toBeLessThan(10 * fine);
    expect(Math.abs(apart[1].path.lastRisk / together.path.lastRisk - 1)).toBeLessThan(10 * fine);
  });

  it('hands on the state of all of them', async () => {
    const law = lawOf({ covariance, target: gaussian, initialization: start(0.8) }, 0.4, 2);
    const states = new Map<number, PopulationState>();
    const solution = await solvePde(law, {
      times: Float64Array.of(0, 1, 2),
      statistics: statistics(['risk', { name: 'u', expression: 'u^2' }]),
      tolerance: 1e-2,
      onState: (i, state) => states.set(i, state),
    });
    expect([...states.keys()]).toEqual([0, 1, 2]);
    for (const [i, { population, layout, delta, clock }] of states) {
      expect(population.classes.length).toBe(solution.work.classes);
      const e = new Float64Array(delta.length);
      const kappa = new Float64Array(delta.length);
      let twice = 0;
      layout!.grids.forEach(({ count }, c) => {
        const first = layout!.first[c];
        errorsAndCurvatures(population, c, clock, delta, first, count, e, kappa);
        for (let j = first; j < first + count; j++)
          twice += population.weight[c] * population.lambda[c] * layout!.w[j] * e[j] * e[j];
      });
      expect(Math.abs((0.5 * twice) / solution.values[0][i] - 1)).toBeLessThan(5e-3);
    }
  });

  it('are given up where the limit blows up, which is told as ever', async () => {
    const law = lawOf({ covariance, target: gaussian, initialization: { kind: 'constant', u: 2, v: 0 } }, 1.5, 4);
    const { events, known } = await solvePde(law, {
      times: Float64Array.of(0, 0.01, 4),
      statistics: statistics(['risk']),
      tolerance: 1e-2,
    });
    expect(events.map(({ kind }) => kind)).toEqual(['blow-up']);
    expect(known).toBe(2);
  });
});

describe('the error estimate of product laws', () => {
  it.each([
    ['two directions', { covariance, target: gaussian }, 0.3, 4],
    [
      'a rich start',
      { covariance: { kind: 'power-law', exponent: 1.5 }, initialization: { kind: 'constant', u: 0.05, v: 0 } },
      0.4,
      16,
    ],
    [
      'Gaussian start, sparse targets, label noise',
      { covariance, labelNoise: 0.4, initialization: start(0.5) },
      0.3,
      8,
    ],
    [
      'cosine',
      { covariance, target: gaussian, initialization: start(0.5) },
      { kind: 'cosine', initial: 0.6, final: 0.06 },
      3,
    ],
  ])('is not too low: %s', { timeout: 240_000 }, async (_, problem, stepSize, horizon) => {
    const law = lawOf(problem, stepSize, horizon);
    const options = {
      times: Float64Array.of(0, 0.3 * horizon, horizon),
      statistics: statistics(['risk', 'curvature', 'distance', 'l1']),
    };
    const tolerance = 1e-2;
    const coarse = await solvePde(law, { ...options, tolerance });
    const fine = await solvePde(law, { ...options, tolerance: 0.1 * tolerance });
    expect([coarse.failed, fine.failed]).toEqual([false, false]);
    fine.values.forEach((row, k) => {
      row.forEach((value, i) => {
        const error = Math.abs(coarse.values[k][i] - value);
        expect(error).toBeLessThanOrEqual(tolerance * Math.abs(value) + 1e-12);
        // An estimate is no bound (docs/pde.md, "Error control").
        expect(error).toBeLessThan(2 * (coarse.errors[k][i] + fine.errors[k][i]) + 1e-12);
      });
    });
  });
});
