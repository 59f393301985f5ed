/** SGD, SDE and PDE through the whole pipeline tell the same story, to the errors they state. */
import { describe, expect, test } from 'vitest';
import { curveOf, run } from './helpers.ts';

/**
 * Two-sided normal quantile for a false alarm once in 10⁶ a comparison; with some 30 comparisons here the file as a whole is wrong
 * less than once in 30,000 changes of the seed. The bias of a finite problem is O(1/d): BIAS of the value at d = 1000.
 */
const SIGMAS = 4.9;
const BIAS = 5 / 1000;

const base = {
  problem: { dimension: 1000 },
  stepSize: 0.5,
  horizon: 4,
  samples: 5,
  statistics: ['risk', 'curvature'],
};

describe('case A at d = 1000', () => {
  test('SGD and both couplings of the SDE lie within the errors they state of the PDE; the flow does not', async () => {
    const { result } = await run(
      {
        ...base,
        methods: [
          { kind: 'sgd', replicas: 16 },
          { kind: 'sde', replicas: 16, timeStep: 0.05 },
          { kind: 'sde', replicas: 16, timeStep: 0.05, coupling: 'mean-field' },
          { kind: 'pde', tolerance: 1e-6 },
          { kind: 'flow' },
        ],
      },
      { backend: 'cpu', workers: 2 },
    );
    expect(result.events).toEqual([]);
    for (const statistic of base.statistics) {
      const limit = curveOf(result, 'pde', statistic).mean as number[];
      for (const [method, index] of [
        ['sgd', 0],
        ['sde', 1],
        ['sde', 2],
      ] as const) {
        const { mean, standardError } = curveOf(result, method, statistic, index);
        limit.forEach((value, i) => {
          const allowed = SIGMAS * standardError![i]! + BIAS * value;
          expect(Math.abs(mean[i]! - value), `${statistic} of ${method}[${index}] at time ${i}`).toBeLessThan(allowed);
        });
      }
      const flow = curveOf(result, 'flow', statistic).mean as number[];
      expect(Math.abs(flow.at(-1)! - limit.at(-1)!)).toBeGreaterThan(0.05 * limit.at(-1)!);
    }
  });
});

describe('mean-field coupling', () => {
  const meanField = { kind: 'sde', replicas: 2, timeStep: 0.1, coupling: 'mean-field' };

  test('solves the PDE by itself where the file does not ask for it, to better than a file would', async () => {
    const alone = await run({ ...base, methods: [meanField] });
    const beside = await run({ ...base, methods: [meanField, { kind: 'pde', tolerance: 1e-8 }] });
    expect(alone.result.curves.map(({ method }) => method)).toEqual(['sde', 'sde']);
    expect(curveOf(alone.result, 'sde').mean).toEqual(curveOf(beside.result, 'sde').mean);
  });

  test('does not depend on whether the PDE comes before or after it', async () => {
    const pde = { kind: 'pde', tolerance: 1e-5 };
    const after = await run({ ...base, methods: [meanField, pde] });
    const before = await run({ ...base, methods: [pde, meanField] });
    for (const method of ['sde', 'pde'] as const) {
      expect(curveOf(before.result, method).mean).toEqual(curveOf(after.result, method).mean);
    }
  });
});

describe('the prediction', () => {
  test('is that of theory where the PDE was solved, and null without it', async () => {
    const long = { ...base, horizon: 30, methods: [{ kind: 'pde', tolerance: 1e-6 }] };
    const { result } = await run(long);
    // The slope of log R between the independently computed reference values R(20) = 7.1737e−8 and R(40) = 5.7165e−14 of case A.
    expect(result.prediction!.terminalRate).toBeCloseTo(Math.log(7.1737e-8 / 5.7165e-14) / 20, 4);
    expect(result.prediction!.criticalStepSize).toBeGreaterThan(0.5);
    // The risk really decays at that rate: slope of log R over the last save interval.
    const { mean, times } = curveOf(result, 'pde');
    const slope = Math.log(mean.at(-2)! / mean.at(-1)!) / (times.at(-1)! - times.at(-2)!);
    expect(slope).toBeCloseTo(result.prediction!.terminalRate!, 3);
    expect((await run({ ...base, methods: [{ kind: 'flow' }] })).result.prediction).toBeNull();
  });
});
