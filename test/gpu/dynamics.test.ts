/**
 * Every registered model, rule and step size on the GPU against the f64 reference, path by path with the same seed: the promise to users is 1e-4
 * relative in the risk. Small dimensions take every combination; large ones, where a step is dear on a software adapter, some steps of each kind.
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
 * A software adapter takes some ten seconds to compile the kernels of one combination, so that CI takes each model, each rule and each step size at
 * every dimension, not all products; the reference engine is held to every product (test/dynamics), and the kernels are composed of the same parts.
 */
type Case = readonly [string, Parametrization, Momentum | undefined, StepSize];
function covering(shift: number, stride: number): Case[] {
  const forms = parametrizations.filter((p) => typeof p === 'string' || !('depth' in p) || p.depth === 3 + (shift % 3));
  const count = Math.max(forms.length, stepSizes.length);
  return Array.from({ length: Math.ceil(count / stride) }, (_, i): Case => {
    const at = i * stride + shift;
    const p = forms[at % forms.length];
    const m = momentumKinds[(at + 1) % momentumKinds.length];
    const s = stepSizes[(at + shift) % stepSizes.length];
    return [`${formulaOf(p)}, ${ruleOf(m).kind}, ${s.kind}`, p, m, s];
  });
}

describe('SGD', () => {
  it.each(covering(0, 1))('d = 64: %s', async (_, parametrization, momentum, stepSize) => {
    await compare(problemOf(64, { parametrization, momentum, stepSize }), { kind: 'sgd' }, [0, 9 / 64, 30 / 64]);
  });
  it.each(covering(1, 3))('d = 1000: %s', async (_, parametrization, momentum, stepSize) => {
    const d = 1000;
    await compare(problemOf(d, { parametrization, momentum, stepSize }), { kind: 'sgd' }, [0, 20 / d]);
  });
  it.each(covering(2, 3))('d = 20000: %s', async (_, parametrization, momentum, stepSize) => {
    const d = 20_000;
    await compare(problemOf(d, { parametrization, momentum, stepSize }), { kind: 'sgd' }, [0, 6 / d]);
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
  const schemes = ['strang', 'euler', 'euler-uv'] as const;
  const methodOf = (i: number) =>
    ({ kind: 'sde', scheme: schemes[i % 3], timeStep: 0.05, coupling: 'interacting' }) as const;
  it.each(covering(1, 2).map((c, i) => [c[0], i, c] as const))(
    'd = 64: %s',
    async (_, i, [, parametrization, momentum, stepSize]) => {
      await compare(problemOf(64, { parametrization, stepSize, momentum }), methodOf(i), [0, 0.2, 0.5]);
    },
  );
  it.each(covering(0, 4))('d = 20000: %s', async (_, parametrization, momentum, stepSize) => {
    await compare(problemOf(20_000, { parametrization, momentum, stepSize }), methodOf(0), [0, 0.15]);
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
