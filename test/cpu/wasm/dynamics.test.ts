/** Momentum and step sizes that read the state on the WebAssembly kernels: against the f64 reference, and against the hand-written kernels of plain SGD. */
import { afterAll, describe, expect, test } from 'vitest';
import { createCpuEngine, createReferenceEngine } from '../../../src/cpu/index.ts';
import { referenceSimulator } from '../../../src/cpu/reference/index.ts';
import { wasmSimulator } from '../../../src/cpu/wasm/index.ts';
import {
  type Momentum,
  models,
  momenta,
  type Rule,
  type StepSize,
  stateStepSizes,
} from '../../../src/dynamics/index.ts';
import type { FeatureLaw, Problem } from '../../../src/problem/index.ts';
import { resolveStatistics } from '../../../src/statistics/index.ts';
import type { EnsembleEngine } from '../../../src/statistics/stream.ts';
import { problemOf as problemFor } from '../../dynamics/support.ts';
import { requestFor } from '../../gpu/twin.ts';
import { problemOf } from '../support.ts';
import { runPath, worstDifference } from './paths.ts';

/** f32 features against f64 ones. */
const TOLERANCE = 1e-5;

const hyperbolic = models.flatMap((model) => ('schema' in model ? [] : [model.kind]));
const momentumOf = (kind: string, value = 0.4) => ({ kind, value }) as Momentum;

/** None is at its largest value all the time. */
const parameters: Readonly<Record<string, object>> = {
  'adagrad-norm': { eta: 0.2, b0: 0.5 },
  'stochastic-polyak': { c: 2, max: 5 },
  'line-search': { max: 5 },
  expression: {
    expression: 'min(0.5, 0.2 / (1 + integral(stepSize * risk) + t)) * exp(-l1 / 4) / sqrt(curvature)',
    min: 0.001,
    max: 1,
  },
};
const stateDependent = stateStepSizes.map(({ kind }) => ({ kind, ...parameters[kind] }) as StepSize);
const constant: StepSize = { kind: 'constant', value: 0.05 };

const laws: FeatureLaw[] = [
  { kind: 'gaussian' },
  { kind: 'rademacher' },
  { kind: 'uniform' },
  { kind: 'student-t', degrees: 5 },
];

async function compare(problem: Problem, times: number[], options = {}) {
  const fast = await runPath(wasmSimulator, problem, times, options);
  const reference = await runPath(referenceSimulator, problem, times, options);
  expect(reference.failure).toBeNull();
  expect(fast.failure).toBeNull();
  expect(fast.excess.length).toBe(times.length + 1);
  expect(worstDifference(fast.excess, reference.excess)).toBeLessThan(TOLERANCE);
  expect(fast.done).toBe(reference.done);
  return { fast, reference };
}

describe('every rule with every step size', () => {
  const combinations = hyperbolic.flatMap((parametrization) =>
    [undefined, ...momenta.map(({ kind }) => momentumOf(kind))].flatMap((momentum) =>
      [constant, ...stateDependent].flatMap((stepSize) =>
        momentum === undefined && stepSize === constant
          ? []
          : [
              [
                parametrization,
                momentum?.kind ?? 'sgd',
                stepSize.kind,
                { parametrization, momentum, stepSize },
              ] as const,
            ],
      ),
    ),
  );
  test.each(combinations)('%s, %s, %s', async (_parametrization, _rule, _kind, dynamics) => {
    // Odd and even dimensions, below and beyond a group, a segment and a block; batches, laws and label noise in turn.
    for (const [k, d] of [1, 2, 15, 258, 1027].entries()) {
      const batchSize = [1, 3, 1, 18, 2][k];
      await compare(problemFor(d, { ...dynamics, batchSize, features: laws[k % laws.length] }), [0.4, 1]);
    }
    await compare(problemFor(64, { ...dynamics, labelNoise: 0 }), [0.5, 2]);
  });

  test('large dimensions, with batches that are kept and that are drawn twice', async () => {
    const dynamics = { parametrization: 'product', momentum: momentumOf('nesterov') } as const;
    for (const stepSize of stateDependent) {
      await compare(problemFor(30_001, { ...dynamics, stepSize }), [0.001]);
      await compare(problemFor(20_000, { ...dynamics, stepSize, batchSize: 16 }), [0.0005]);
    }
  });

  test.each(['with-replacement', 'shuffled', 'cyclic'] as const)('finite data, %s', async (order) => {
    const data = { kind: 'finite', samples: 40, order, shared: false } as const;
    const momentum = momentumOf('heavy-ball');
    for (const stepSize of [constant, ...stateDependent]) {
      await compare(problemFor(100, { parametrization: 'product', momentum, stepSize, data }), [0.5, 1.5]);
      await compare(problemFor(301, { parametrization: 'square', momentum, stepSize, data, batchSize: 7 }), [0.5]);
    }
  });

  test('the realized step size is told', async () => {
    for (const stepSize of stateDependent) {
      const problem = problemFor(300, { parametrization: 'difference', momentum: momentumOf('heavy-ball'), stepSize });
      const [fast, reference] = await Promise.all(
        [createCpuEngine({ workers: 0 }), createReferenceEngine({ workers: 0 })].map((engine) =>
          samples(engine, problem),
        ),
      );
      expect(fast.length).toBe(4);
      for (const [k, [gamma, curvature]] of fast.entries()) {
        expect(Math.abs(gamma / reference[k][0] - 1)).toBeLessThan(TOLERANCE);
        expect(Math.abs(curvature / reference[k][1] - 1)).toBeLessThan(TOLERANCE);
      }
      expect(new Set(fast.map(([gamma]) => gamma)).size).toBe(4);
    }
  });
});

async function samples(engine: EnsembleEngine, problem: Problem, change = {}): Promise<number[][]> {
  const statistics = resolveStatistics(['stepSize', 'curvature', 'risk']);
  const found: number[][] = [];
  for await (const event of engine.run({ ...requestFor(problem, [0, 0.2, 0.5, 1], { statistics }), ...change })) {
    if (event.type === 'failure') throw new Error(event.message);
    if (event.type === 'samples') found[event.timeIndex] = Array.from(event.values);
  }
  return found;
}

describe('no stagnation', () => {
  test.each([
    ['heavy ball', { momentum: momentumOf('heavy-ball', 0.9), stepSize: { kind: 'constant', value: 0.02 } }],
    ['Nesterov', { momentum: momentumOf('nesterov', 0.9), stepSize: { kind: 'constant', value: 0.02 } }],
    ['AdaGrad-Norm', { stepSize: { kind: 'adagrad-norm', eta: 0.4, b0: 0.5 } }],
    ['stochastic Polyak', { stepSize: { kind: 'stochastic-polyak', c: 1, max: 5 } }],
    ['line search', { stepSize: { kind: 'line-search', max: 5 } }],
  ] as [string, Pick<Problem, 'momentum' | 'stepSize'>][])('%s, to 10⁻¹⁰ of the first risk', async (_, dynamics) => {
    const fields = { dimension: 64, initialization: { kind: 'constant', u: 1.5, v: 0.2 } };
    const { reference } = await compare({ ...problemOf(fields, 0.4, 40), ...dynamics }, [10, 20, 40]);
    expect(reference.excess.at(-1)! / reference.excess[0]).toBeLessThan(1e-10);
  });
});

describe('the kernel of expressions and the hand-written ones', () => {
  /** Plain SGD, that no engine knows as such. */
  const plain: Rule = { kind: 'plain', theta: 0, memory: '0 * m + g', step: 'g' };
  const rows = hyperbolic.flatMap((p) => laws.flatMap((law) => [1, 4].map((m) => [p, law.kind, m, law] as const)));
  test.each(rows)('%s, %s, m = %d', async (parametrization, _law, batchSize, features) => {
    const problem = problemFor(777, { parametrization, stepSize: constant, batchSize, features });
    const hand = await runPath(wasmSimulator, problem, [0.3, 1]);
    const own = await runPath(wasmSimulator, { ...problem, momentum: plain }, [0.3, 1]);
    expect(worstDifference(own.excess, hand.excess)).toBeLessThan(TOLERANCE);
    expect(hand.excess).not.toEqual(own.excess);
  });
});

describe('paths that end', () => {
  test.each([300, 40_000])('by divergence at the same step, d = %d', async (dimension) => {
    const start = { dimension, initialization: { kind: 'constant', u: 3, v: 0.5 } };
    const problem = { ...problemOf(start, 4, 3), momentum: momentumOf('heavy-ball', 0.9) };
    const fast = await runPath(wasmSimulator, problem, [0.001, 3]);
    const reference = await runPath(referenceSimulator, problem, [0.001, 3]);
    expect(reference.failure?.time).toBeGreaterThan(0);
    expect(fast.failure?.time).toBe(reference.failure?.time);
    expect(fast.failure?.message).toMatch(/diverged: \|r\| is .*limit/);
    expect(fast.excess.length).toBe(reference.excess.length);
  });

  test.each(['0.1 * sqrt(0.5 - t)', '0.1 / (1 - integral(1 / (0.5 - t)))'])('where %s has no value', async (text) => {
    const stepSize = { kind: 'expression', expression: text, min: 0, max: 1 } as const;
    const problem = problemFor(100, { parametrization: 'product', stepSize });
    const fast = await runPath(wasmSimulator, problem, [0.3, 1]);
    const reference = await runPath(referenceSimulator, problem, [0.3, 1]);
    expect(reference.failure?.message).toMatch(/its step size has no value/);
    expect(fast.failure).toEqual(reference.failure);
    expect(fast.excess.length).toBe(reference.excess.length);
  });
});

describe('teams', () => {
  const engines = [0, 2].map((workers) => createCpuEngine({ workers, smallestShared: 0 }));
  afterAll(() => Promise.all(engines.map((engine) => engine.dispose())));
  const rich = { momentum: momentumOf('heavy-ball'), stepSize: stateDependent[0] };

  test.each([
    ['one sample', { ...rich }],
    ['a mini-batch, whose gradient needs a second meeting', { ...rich, batchSize: 3 }],
    ['means of an expression', { stepSize: stateDependent[3], batchSize: 2 }],
    ['stochastic Polyak', { stepSize: stateDependent[1] }],
  ])('%s: the same bit for bit', async (_, dynamics) => {
    const problem = problemFor(50_001, { parametrization: 'product', ...dynamics });
    const change = { times: Float64Array.of(0, 0.0002, 0.0008, 0.0012) };
    const [alone, team] = await Promise.all(engines.map((engine) => samples(engine, problem, change)));
    expect(team).toEqual(alone);
    expect(team).toHaveLength(4);
  });
});

test('the reference engine runs what has no kernel, with a notice', async () => {
  const depth = problemFor(50, { parametrization: { kind: 'power', depth: 3 }, stepSize: constant });
  const engine = createCpuEngine({ workers: 0 });
  const notices: string[] = [];
  for await (const event of engine.run(requestFor(depth, [0, 1])))
    if (event.type === 'notice') notices.push(event.message);
  expect(notices).toEqual([expect.stringMatching(/no kernel for these dynamics \(β = u³.*reference engine/)]);
  expect(await samples(engine, depth)).toEqual(await samples(createReferenceEngine({ workers: 0 }), depth));
  for await (const event of engine.run(
    requestFor(problemFor(50, { parametrization: 'square', stepSize: stateDependent[0] }), [0, 1]),
  )) // prettier-ignore
    expect(event.type).not.toBe('notice');
});
