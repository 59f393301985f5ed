/** Every registered combination of model, rule and step size, as problems. */
import { referenceSimulator } from '../../src/cpu/reference/index.ts';
import {
  type Momentum,
  models,
  momenta,
  type Parametrization,
  type StepSize,
  stateStepSizes,
} from '../../src/dynamics/index.ts';
import type { Problem } from '../../src/problem/index.ts';
import { toU, toV } from '../../src/problem/index.ts';
import type { EnsembleRequest } from '../../src/statistics/index.ts';
import { programOf } from '../../src/statistics/program.ts';

/** One of each kind, by the registries: a new file there is run here by itself. */
export const parametrizations: Parametrization[] = models.flatMap((model): Parametrization[] =>
  'schema' in model ? [3, 4, 5].map((depth) => ({ kind: model.kind, depth }) as Parametrization) : [model.kind],
);
export const momentumKinds: (Momentum | undefined)[] = [
  undefined,
  ...momenta.map(({ kind }) => ({ kind, value: 0.7 }) as Momentum),
];
const parameters: Readonly<Record<string, object>> = {
  'adagrad-norm': { eta: 0.1, b0: 0.5 },
  'stochastic-polyak': { c: 1, max: 0.1 },
  'line-search': { max: 0.1 },
  expression: { expression: '0.1 / (1 + integral(stepSize * risk) + t)', min: 0.001, max: 0.1 },
};
export const stepSizes: StepSize[] = [
  { kind: 'constant', value: 0.05 },
  ...stateStepSizes.map(({ kind }) => ({ kind, ...parameters[kind] }) as StepSize),
];

/** A fixed, unremarkable sequence in (0, 1). */
const sequence = (n: number, shift: number) =>
  Float64Array.from({ length: n }, (_, i) => (0.5 + (i + 1) * Math.SQRT2 + shift * Math.E) % 1);

/** Weights of order one, spectra and targets without structure. */
export function problemOf(
  dimension: number,
  dynamics: Pick<Problem, 'parametrization' | 'stepSize'> & Partial<Problem>,
): Problem {
  const { parametrization } = dynamics;
  const hasV =
    parametrization !== 'square' && !(typeof parametrization === 'object' && parametrization.kind === 'power');
  return {
    dimension,
    lambda: sequence(dimension, 1).map((x) => 0.5 + x),
    b: sequence(dimension, 2).map((x) => x - 0.2),
    u0: sequence(dimension, 3).map((x) => 0.5 + 0.5 * x),
    v0: sequence(dimension, 4).map((x) => (hasV ? x - 0.4 : 0)),
    labelNoise: 0.2,
    batchSize: 1,
    features: { kind: 'gaussian' },
    horizon: 1,
    ...dynamics,
  };
}

/** Weights of the reference engine at the last save time, replica 0. */
export async function referenceWeights(request: EnsembleRequest): Promise<{ u: number[]; v: number[] }> {
  const run = await referenceSimulator.open({
    problem: request.problem,
    plan: programOf(request),
    seed: request.seed,
    wantsLogInvariant: false,
  });
  let found = { u: [] as number[], v: [] as number[] };
  const { parametrization } = request.problem;
  const work = run(0, {
    sample: (_, { p, q }) => {
      found = {
        u: Array.from(p, (x, i) => toU(parametrization, x, q[i])),
        v: Array.from(p, (x, i) => toV(parametrization, x, q[i])),
      };
    },
    failure: (_, message) => {
      throw new Error(message);
    },
  });
  while (!work.next().done);
  return found;
}
