/**
 * Every registered model, rule and step size on the GPU against the f64 reference, path by path with the same seed: the promise to users is 1e-4
 * relative in the risk.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { formulaOf, type Momentum, type Parametrization, ruleOf, type StepSize } from '../../src/dynamics/index.ts';
import type { Problem } from '../../src/problem/index.ts';
import type { EnsembleRequest } from '../../src/statistics/index.ts';
import { momentumKinds, parametrizations, problemOf, stepSizes } from '../dynamics/support.ts';
import { closeTestDevice, testEngine } from './device.ts';
import { gpuPaths, named, referencePaths, requestFor, worstRelative } from './twin.ts';

afterAll(closeTestDevice);

const statistics = named('risk', 'curvature', 'riskNoise', 'stepSize');

async function compare(
  problem: Problem,
  method: EnsembleRequest['method'],
  times: readonly number[],
  options: Parameters<typeof testEngine>[0] = {},
  count = 1,
): Promise<void> {
  const request = requestFor(problem, times, { statistics, method, replicas: { first: 3, count } });
  const gpu = await gpuPaths(await testEngine(options), request);
  const reference = await referencePaths(request);
  expect(gpu.failures).toEqual(new Map());
  expect(gpu.done).toBe(reference.done);
  statistics.forEach(({ name }, k) => {
    expect(worstRelative(gpu, reference, k), name).toBeLessThanOrEqual(1e-5);
  });
}

/**
 * A software adapter takes some seconds to compile each kernel of a combination, so that CI takes each model, each rule and each step size once, not all
 * products; the reference engine is held to every product (test/dynamics), and the kernels are composed of the same parts. Kernels do not depend on
 * the dimension: one combination is run at several.
 */
type Case = readonly [string, Parametrization, Momentum | undefined, StepSize, readonly number[]];
const forms = parametrizations.filter((p) => typeof p === 'string' || !('depth' in p) || p.depth !== 4);
const DIMENSIONS = [[64], [64, 1000], [64], [64, 20_000]] as const;
const cases = Array.from({ length: Math.max(forms.length, stepSizes.length) }, (_, i): Case => {
  const p = forms[i % forms.length];
  const m = momentumKinds[(i + 1) % momentumKinds.length];
  const s = stepSizes[i % stepSizes.length];
  return [`${formulaOf(p)}, ${ruleOf(m).kind}, ${s.kind}`, p, m, s, DIMENSIONS[i % DIMENSIONS.length]];
});

describe('SGD', () => {
  it.each(cases)('%s', async (_, parametrization, momentum, stepSize, dimensions) => {
    for (const d of dimensions) {
      const steps = d > 8192 ? [0, 6] : [0, 9, 20];
      const times = steps.map((k) => k / d);
      await compare(problemOf(d, { parametrization, momentum, stepSize }), { kind: 'sgd' }, times);
    }
  });
  it('mini-batches in slices, workgroups and chunks of any size', async () => {
    const problem = problemOf(75, {
      parametrization: { kind: 'power-difference', depth: 3 },
      stepSize: stepSizes[1],
      momentum: momentumKinds[1],
      batchSize: 11,
      features: { kind: 'student-t', degrees: 5 },
    });
    for (const options of [
      { workgroupSize: 64, chunkSteps: 3 },
      { workgroupSize: 64, sliceDraws: 512, chunkWorkgroups: 1 },
    ])
      await compare(problem, { kind: 'sgd' }, [0, 7 / 75, 12 / 75], options, 3);
  });
});

describe('the SDE', () => {
  it.each([
    ['strang', { kind: 'power', depth: 3 }, stepSizes[1], momentumKinds[0], [64, 20_000]],
    ['euler', 'product', stepSizes[4], momentumKinds[1], [64]],
    ['euler-uv', { kind: 'power-difference', depth: 4 }, stepSizes[3], momentumKinds[2], [64]],
  ] as const)('%s', async (scheme, parametrization, stepSize, momentum, dimensions) => {
    for (const d of dimensions)
      await compare(
        problemOf(d, { parametrization, stepSize, momentum }),
        { kind: 'sde', scheme, timeStep: 0.05, coupling: 'interacting' },
        d > 8192 ? [0, 0.15] : [0, 0.2, 0.5],
      );
  });
  it('takes the drift of coordinates that noise has carried far in parts', async () => {
    const problem = problemOf(1000, {
      parametrization: 'product',
      stepSize: { kind: 'adagrad-norm', eta: 1, b0: 0.5 },
    });
    const method = { kind: 'sde', scheme: 'strang', timeStep: 0.25, coupling: 'interacting' } as const;
    await compare(problem, method, [0, 0.5, 1]);
  });
  it('tells a time step that is too long for the end of a flow', async () => {
    const problem = problemOf(1000, {
      parametrization: { kind: 'power', depth: 3 },
      stepSize: { kind: 'adagrad-norm', eta: 2, b0: 0.5 },
    });
    const method = { kind: 'sde', scheme: 'strang', timeStep: 0.5, coupling: 'interacting' } as const;
    const request = requestFor(problem, [0, 0.5, 2], { statistics, method });
    for (const { messages } of [await gpuPaths(await testEngine(), request), await referencePaths(request)])
      expect([...messages.values()]).toEqual([expect.stringMatching(/within one time step.*take a smaller timeStep/)]);
  });
  it('of a power, with the risk of the limit', async () => {
    const coupling = {
      end: 10,
      risk: () => 0.1,
      clock: (t: number) => 2e-3 * t,
      stepSize: (t: number) => 0.1 / (1 + t),
    };
    const problem = problemOf(64, { parametrization: { kind: 'power', depth: 3 }, stepSize: stepSizes[1] });
    await compare(problem, { kind: 'sde', scheme: 'strang', timeStep: 0.05, coupling }, [0, 0.2, 0.5]);
  });
});
