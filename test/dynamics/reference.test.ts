/** The reference engine on every registered combination: against textbook SGD in (u, v), and against tables of the limit. */
import { describe, expect, it } from 'vitest';
import { createReferenceEngine } from '../../src/cpu/index.ts';
import { formulaOf, type Momentum, type Parametrization, ruleOf, type StepSize } from '../../src/dynamics/index.ts';
import type { Problem } from '../../src/problem/index.ts';
import { type EnsembleRequest, namedStatistic } from '../../src/statistics/index.ts';
import { naiveEuler, naiveSgd, setupOf } from './naive.ts';
import { momentumKinds, parametrizations, problemOf, referenceWeights, stepSizes } from './support.ts';

const D = 37;
const STEPS = 40;

function requestOf(problem: Problem, method: EnsembleRequest['method'], end: number): EnsembleRequest {
  return {
    problem,
    method,
    times: Float64Array.of(0, end),
    statistics: [namedStatistic('risk')],
    replicas: { first: 0, count: 1 },
    seed: 7,
  };
}

/** Largest difference over the largest weight: rounding of some hundred operations a step. */
function worst(found: { u: number[]; v: number[] }, expected: { u: number[]; v: number[] }): number {
  let off = 0;
  for (const key of ['u', 'v'] as const) {
    expect(found[key]).toHaveLength(expected[key].length);
    found[key].forEach((x, i) => {
      off = Math.max(off, Math.abs(x - expected[key][i]));
    });
  }
  return off;
}

const combinations: [string, Parametrization, Momentum | undefined, StepSize][] = parametrizations.flatMap((p) =>
  momentumKinds.flatMap((m) =>
    stepSizes.map((s): [string, Parametrization, Momentum | undefined, StepSize] => [
      `${formulaOf(p)}, ${ruleOf(m).kind}, ${s.kind}`,
      p,
      m,
      s,
    ]),
  ),
);

describe('SGD of the reference engine is that of the textbook', () => {
  it.each(combinations)('%s', async (_, parametrization, momentum, stepSize) => {
    for (const more of [{}, { batchSize: 3, features: { kind: 'rademacher' } }] as Partial<Problem>[]) {
      const problem = problemOf(D, { parametrization, stepSize, momentum, ...more });
      const found = await referenceWeights(requestOf(problem, { kind: 'sgd' }, STEPS / D));
      expect(worst(found, naiveSgd(setupOf(problem, 7), STEPS))).toBeLessThan(1e-11);
    }
  });
});

describe('the SDE of the reference engine', () => {
  const deep = parametrizations.filter((p) => typeof p === 'object');
  it.each(deep.map((p) => [formulaOf(p), p] as const))('euler-uv is Euler–Maruyama in u and v, %s', async (_, p) => {
    const problem = problemOf(D, { parametrization: p, stepSize: { kind: 'constant', value: 0.05 }, batchSize: 2 });
    const method = { kind: 'sde', scheme: 'euler-uv', timeStep: 0.05, coupling: 'interacting' } as const;
    const found = await referenceWeights(requestOf(problem, method, 0.5));
    expect(worst(found, naiveEuler(setupOf(problem, 7), 10, 0.05))).toBeLessThan(1e-11);
  });
});

/**
 * Risk (and γ) of the limit, by a particle method that shares no code with this repository (December 2026): λ ∈ {0.5, 1.5} and b ∈ {0, 1} in equal
 * shares, u = 1, v = 0; and λ = 1, half of b = 1, for depth 3 and 4.
 */
const TABLE: [string, Partial<Problem> & Pick<Problem, 'stepSize'>, number, number[], number[] | null][] = [
  [
    'adagrad-norm',
    { stepSize: { kind: 'adagrad-norm', eta: 1, b0: 0.5 } },
    1,
    [0.138324, 0.061901],
    [1.16193, 1.03621],
  ],
  ['line-search', { stepSize: { kind: 'line-search', max: 5 } }, 1, [0.0961229, 0.0451371], [0.587411, 0.504018]],
  [
    'stochastic-polyak',
    { stepSize: { kind: 'stochastic-polyak', c: 1, max: 5 } },
    1,
    [0.107747, 0.0549827],
    [0.420256, 0.378853],
  ],
  [
    'u³',
    { parametrization: { kind: 'power', depth: 3 }, stepSize: { kind: 'constant', value: 0.1 } },
    0.7,
    [0.0870022, 0.05279],
    null,
  ],
  [
    'u⁴',
    { parametrization: { kind: 'power', depth: 4 }, stepSize: { kind: 'constant', value: 0.05 } },
    0.8,
    [0.0852873, 0.0557357],
    null,
  ],
  // Plain SGD with γ = 0.5 is the limit of heavy ball with 0.05 and θ = 0.9.
  [
    'heavy-ball',
    { momentum: { kind: 'heavy-ball', value: 0.9 }, stepSize: { kind: 'constant', value: 0.05 } },
    1,
    [0.1144, Number.NaN],
    null,
  ],
];

describe('ensembles tend to the limit', () => {
  const engine = createReferenceEngine({ workers: 0 });
  const [d, count] = [400, 6];
  const methods = [
    { kind: 'sgd' },
    { kind: 'sde', scheme: 'strang', timeStep: 0.02, coupling: 'interacting' },
  ] as const;
  const cases = methods.flatMap((method) => TABLE.map((row) => [`${method.kind}, ${row[0]}`, method, row] as const));
  // 24 comparisons of risks and 12 of γ at 4 standard errors of six replicas (Student's t of 5 degrees: 1% each), and 10/d besides.
  it.each(cases)('%s', async (_, method, [, dynamics, u, risks, gammas]) => {
    const twoLevel = dynamics.parametrization === undefined && gammas !== null;
    const problem: Problem = {
      ...problemOf(d, { parametrization: 'product', ...dynamics }),
      lambda: Float64Array.from({ length: d }, (_, i) => (twoLevel ? [0.5, 1.5][i % 2] : 1)),
      b: Float64Array.from({ length: d }, (_, i) => (i % 4 < 2 ? 1 : 0)),
      u0: new Float64Array(d).fill(u),
      v0: new Float64Array(d),
      labelNoise: 0,
    };
    const request: EnsembleRequest = {
      problem,
      method,
      times: Float64Array.of(0, 1, 2),
      statistics: [namedStatistic('risk'), namedStatistic('stepSize')],
      replicas: { first: 0, count },
      seed: 3,
    };
    const values: number[][][] = [[], [], []];
    for await (const event of engine.run(request)) {
      if (event.type === 'failure') throw new Error(event.message);
      if (event.type === 'samples') values[event.timeIndex].push(Array.from(event.values));
    }
    for (const [k, expected] of [risks, gammas].entries()) {
      for (const time of [1, 2]) {
        const limit = expected?.[time - 1] ?? Number.NaN;
        if (Number.isNaN(limit)) continue;
        const found = values[time].map((row) => row[k]);
        expect(found).toHaveLength(count);
        const mean = found.reduce((sum, x) => sum + x, 0) / count;
        const error = Math.sqrt(found.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (count - 1) / count);
        expect(Math.abs(mean - limit)).toBeLessThan(4 * error + (10 / d) * limit);
      }
    }
  });
});
