/** The mean-field SDE with a control variate: the same paths, the same mean, a smaller error. */
import { describe, expect, test } from 'vitest';
import type { Curve, Result } from '../../src/results/index.ts';
import { parseExperiment, runExperiment } from '../../src/run/index.ts';

async function run(file: object): Promise<Result> {
  const events = runExperiment(parseExperiment(file), { backend: 'reference', workers: 0 });
  for (;;) {
    const step = await events.next();
    if (step.done) return step.value;
  }
}

const SDE = { kind: 'sde', coupling: 'mean-field', timeStep: 0.05 };
const controlled = { ...SDE, varianceReduction: 'control-variate' };
const of = ({ curves }: Result, index: number, statistic: string): Curve =>
  curves.find((curve) => curve.index === index && curve.statistic === statistic)!;

describe('a control variate', () => {
  test.each([
    ['product', {}],
    [
      'difference, two eigenvalues',
      {
        parametrization: 'difference',
        initialization: { kind: 'constant', u: 0.7, v: 0.1 },
        covariance: { kind: 'two-level' },
      },
    ],
    [
      'square',
      {
        parametrization: 'square',
        target: { kind: 'constant', value: 1 },
        initialization: { kind: 'constant', u: 0.8 },
      },
    ],
  ])('leaves the mean where it is and makes its error several times smaller (%s)', async (_, problem) => {
    const result = await run({
      problem: { dimension: 256, ...problem },
      stepSize: 0.3,
      horizon: 4,
      samples: 2,
      statistics: ['risk', 'curvature'],
      methods: [
        { ...SDE, replicas: 40 },
        { ...controlled, replicas: 40 },
        { kind: 'pde', tolerance: 1e-7 },
      ],
    });
    for (const statistic of ['risk', 'curvature']) {
      const [plain, better, exact] = [0, 1, 2].map((index) => of(result, index, statistic));
      for (const k of [1, 2]) {
        const error = better.standardError![k]!;
        expect(error, `${statistic} at ${k}`).toBeLessThan(plain.standardError![k]! / 2.5);
        // 12 comparisons at |t| < 5 with 39 degrees of freedom: a false alarm in 7,000 seeds; 1e−3 for the step (weak order 2).
        expect(Math.abs(better.mean[k]! - exact.mean[k]!)).toBeLessThan(5 * error + 1e-3 * exact.mean[k]!);
      }
    }
  });

  test('follows the paths of the reference engine: classes too small to correct give its numbers', async () => {
    const { curves } = await run({
      problem: { dimension: 40, labelNoise: 0.1, initialization: { kind: 'constant', u: 0.9, v: 0.2 } },
      stepSize: 0.4,
      horizon: 2,
      samples: 4,
      statistics: ['risk', 'l1', 'effectiveInitialization', { name: 'mine', expression: 'u*v + lambda' }],
      methods: [
        { ...SDE, replicas: 3 },
        { ...controlled, replicas: 3 },
      ],
    });
    const [plain, same] = [0, 1].map((index) => curves.filter((curve) => curve.index === index));
    plain.forEach(({ mean, quantiles }, k) => {
      mean.forEach((value, t) => {
        expect(Math.abs(same[k].mean[t]! - value!)).toBeLessThan(1e-12);
        expect(Math.abs(same[k].quantiles!['0.1'][t]! - quantiles!['0.1'][t]!)).toBeLessThan(1e-12);
      });
    });
  });

  test('ends where the limit explodes, as the other engines do', async () => {
    const { events } = await run({
      problem: { dimension: 64, initialization: { kind: 'constant', u: 2, v: 0 } },
      stepSize: 1,
      horizon: 1,
      samples: 10,
      methods: [{ ...controlled, timeStep: 0.01, replicas: 2 }],
    });
    expect(events.map(({ kind }) => kind)).toEqual(['diverged', 'diverged', 'failed']);
    expect(events[0].time).toBeCloseTo(0.33, 2);
  });

  test('is refused where there is none', () => {
    const file = (method: object) => ({ problem: { dimension: 4 }, horizon: 1, methods: [method] });
    expect(() => parseExperiment(file({ ...controlled, coupling: 'interacting' }))).toThrow(
      /^methods\[0\]\.varianceReduction: must be left out, or go with the coupling mean-field and the scheme strang/,
    );
    expect(() => parseExperiment(file({ ...controlled, scheme: 'euler' }))).toThrow(/here mean-field, euler/);
  });
});
