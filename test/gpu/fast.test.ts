/**
 * Every hand-written kernel (shaders/fast) against the kernels that are made from the expressions of the same dynamics, on the same device with the same seed.
 * Each is optional: without it the generic one would run. A kernel that has no row here fails.
 */
import { afterAll, describe, expect, it, vi } from 'vitest';
import { type Model, modelOf, type Parametrization } from '../../src/dynamics/index.ts';
import { fastKernels } from '../../src/gpu/shaders.ts';
import type { Problem } from '../../src/problem/index.ts';
import type { EnsembleRequest, SdeScheme } from '../../src/statistics/index.ts';
import { closeTestDevice, testDevice, testEngine } from './device.ts';
import { gpuPaths, named, requestFor, varied, worstRelative } from './twin.ts';

afterAll(closeTestDevice);

const statistics = named('risk', 'curvature', 'gradientNormSquared', 'l1');

interface Row {
  readonly problem: Problem;
  readonly method: EnsembleRequest['method'];
  readonly times: number[];
  /** Relative: rounding; of an SDE that follows its own risk the two kernels foresee it differently, to second order in the time step. */
  readonly tolerance: number;
}

const sgd = (problem: Problem, steps: number, tolerance = 2e-6): Row => ({
  problem,
  method: { kind: 'sgd' },
  times: [0, steps / 2 / problem.dimension, steps / problem.dimension],
  tolerance,
});
const noisy = { labelNoise: 0.2 } as const;
const student = { kind: 'student-t', degrees: 5 } as const;
const schemes: SdeScheme[] = ['strang', 'euler'];
const path = { end: 10, risk: (t: number) => 0.3 * Math.exp(-t), clock: (t: number) => 0.05 * (1 - Math.exp(-t)) };
const sde = (d: number, coupling: 'interacting' | typeof path, scheme: SdeScheme, tolerance: number): Row => ({
  problem: varied(d, { ...noisy, stepSize: { kind: 'constant', value: 0.1 } }),
  method: { kind: 'sde', scheme, timeStep: 0.002, coupling },
  times: [0, 0.01, 0.02],
  tolerance,
});

/** By kernel; where the numbers of the two are the same. */
const twins: Readonly<Record<string, readonly Row[]>> = {
  'sgd-resident': [
    sgd(varied(300, noisy), 60),
    sgd(
      varied(300, { features: student, parametrization: 'difference', stepSize: { kind: 'constant', value: 0.1 } }),
      60,
    ),
  ],
  'sgd-resident-batch': [sgd(varied(301, { ...noisy, batchSize: 5, features: { kind: 'rademacher' } }), 40)],
  // Seven steps to each save time: three passes of two steps, and one of one.
  'sgd-s-step': [sgd(varied(9000, noisy), 14), sgd(varied(9000, { ...noisy, features: student }), 14)],
  'sgd-two-pass': [
    sgd(varied(9000, { ...noisy, features: { kind: 'uniform' }, batchSize: 2 }), 6),
    sgd(varied(300, { ...noisy, batchSize: 300 }), 6),
  ],
  'sde-mean-field': schemes.map((scheme) => sde(301, path, scheme, 2e-6)),
  'sde-resident': schemes.map((scheme) => sde(301, 'interacting', scheme, 1e-5)),
  'sde-streamed': [sde(9000, 'interacting', 'strang', 1e-5)],
};
/** The same law by other draws: the block bridge of src/problem/algorithm.ts, which generic SGD does not take. */
const inLaw = ['sgd-streamed'];

/** The model as its expressions alone, of which nobody knows that it is of depth two. */
function expressed(parametrization: Parametrization): Model {
  const { hyperbolic: _, ...model } = modelOf(parametrization);
  return model;
}

async function kernelsOf(run: () => Promise<unknown>): Promise<Set<string>> {
  const pipeline = vi.spyOn(await testDevice(), 'pipeline');
  await run();
  const used = new Set(pipeline.mock.calls.map(([kernel]) => kernel as string));
  pipeline.mockRestore();
  return used;
}

async function both(request: EnsembleRequest, kernel: string) {
  const engine = await testEngine();
  const found: Awaited<ReturnType<typeof gpuPaths>>[] = [];
  const generic = {
    ...request,
    problem: { ...request.problem, parametrization: expressed(request.problem.parametrization) },
  };
  for (const [one, name] of [
    [request, kernel],
    [generic, kernel.replace(/-.*/, '-generic')],
  ] as const) {
    const used = await kernelsOf(async () => found.push(await gpuPaths(engine, one)));
    expect([...used]).toContain(name);
  }
  return found;
}

describe.each(fastKernels)('%s', (kernel) => {
  it('does what the expressions say', async () => {
    if (inLaw.includes(kernel)) return lawOf(kernel);
    expect(twins).toHaveProperty(kernel);
    for (const { problem, method, times, tolerance } of twins[kernel]) {
      const request = requestFor(problem, times, { statistics, method, replicas: { first: 3, count: 2 } });
      const [fast, generic] = await both(request, kernel);
      expect(fast.failures).toEqual(new Map());
      expect(generic.failures).toEqual(new Map());
      statistics.forEach(({ name }, k) => {
        expect(worstRelative(fast, generic, k), name).toBeLessThanOrEqual(tolerance);
      });
    }
  });
});

/** Means over replicas after some steps, within 5 standard errors of their difference (four statistics; fixed seeds). */
async function lawOf(kernel: string): Promise<void> {
  const count = 24;
  for (const batchSize of [2, 5]) {
    const problem = varied(8200, { ...noisy, batchSize });
    const request = requestFor(problem, [0, 6 / 8200], { statistics, replicas: { first: 0, count } });
    const [fast, generic] = await both(request, kernel);
    statistics.forEach(({ name }, k) => {
      const [a, b] = [fast, generic].map(({ values }) => {
        const x = values.map((rows) => rows[1][k] - rows[0][k]);
        const mean = x.reduce((sum, y) => sum + y, 0) / count;
        return { mean, variance: x.reduce((sum, y) => sum + (y - mean) ** 2, 0) / (count - 1) / count };
      });
      expect(Math.abs(a.mean - b.mean), name).toBeLessThan(5 * Math.sqrt(a.variance + b.variance));
      expect(Math.abs(Math.log(a.variance / b.variance)), name).toBeLessThan(2.2);
    });
  }
}
