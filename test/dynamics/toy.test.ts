/** A model, a rule and a step size from outside src/: plain data, run by the reference engine and on the GPU as the registered ones are. */
import { afterAll, expect, it } from 'vitest';
import type { Model, Rule, StateStepSizeDefinition } from '../../src/dynamics/index.ts';
import { fillFeatures } from '../../src/random/index.ts';
import { closeTestDevice, testEngine } from '../gpu/device.ts';
import { gpuPaths, named, referencePaths, requestFor, worstRelative } from '../gpu/twin.ts';
import { problemOf, referenceWeights } from './support.ts';

afterAll(closeTestDevice);

/** β = eʷ − 1: dβ/dw = eʷ, along which e^(−w) grows linearly. */
const exponential: Model = {
  kind: 'exponential',
  planes: [
    {
      start: 'u',
      direction: 'exp(w)',
      slope: 'exp(w)',
      moved: 'exp(w) * expm1(d)',
      flow: '-log1p(exp(w) * s)',
    },
  ],
  u: 'p',
  v: '0',
  beta: 'expm1(p)',
  kappa: 'exp(2 * p)',
  bend: 'exp(3 * p)',
  withoutLimit: 'nobody has derived its limit',
};

/** Gradient clipped softly, with a memory. */
const clipped: Rule = { kind: 'clipped', theta: 0, memory: '0.5 * m + 0.5 * g', step: 'm / (1 + abs(m))' };

const cautious: StateStepSizeDefinition = {
  kind: 'definition',
  name: 'cautious',
  means: { spread: 'abs(e)' },
  integrals: [{ rate: 'spread', realized: 'sqrt(2 * sampleLoss)' }],
  value: '0.2 / (1 + spread + integral_0)',
  min: 0,
  max: 1,
};

const d = 50;
const steps = 30;
const problem = {
  ...problemOf(d, { parametrization: exponential, momentum: clipped, stepSize: cautious, labelNoise: 0 }),
  v0: new Float64Array(d),
};

it('runs on the reference engine as it is written down', async () => {
  const request = requestFor(problem, [0, steps / d], { seed: 7 });
  const { u } = await referenceWeights(request);
  const w = Array.from(problem.u0);
  const m = w.map(() => 0);
  let integral = 0;
  for (let k = 0; k < steps; k++) {
    const g = new Float64Array(d);
    fillFeatures({ kind: 'gaussian' }, g, 0, d, 7, 0, k, 0, 0);
    const x = Array.from(g, (z, i) => Math.sqrt(problem.lambda[i]) * z);
    const e = w.map((wi, i) => Math.exp(wi) - 1 - problem.b[i]);
    const r = x.reduce((sum, xi, i) => sum + xi * e[i], 0) / Math.sqrt(d);
    const gamma = 0.2 / (1 + e.reduce((sum, ei) => sum + Math.abs(ei), 0) / d + integral);
    integral += Math.abs(r) / d;
    w.forEach((wi, i) => {
      m[i] = 0.5 * m[i] + (0.5 * r * x[i] * Math.exp(wi)) / Math.sqrt(d);
      w[i] = wi - (gamma * m[i]) / (1 + Math.abs(m[i]));
    });
  }
  expect(Math.max(...w.map((wi, i) => Math.abs(wi - u[i])))).toBeLessThan(1e-12);
});

it('runs on the GPU as on the reference engine', async () => {
  const statistics = named('risk', 'curvature', 'stepSize');
  for (const method of [
    { kind: 'sgd' },
    { kind: 'sde', scheme: 'strang', timeStep: 0.05, coupling: 'interacting' },
  ] as const) {
    const request = requestFor(problem, [0, 0.2, 0.6], { statistics, method });
    const gpu = await gpuPaths(await testEngine(), request);
    const reference = await referencePaths(request);
    statistics.forEach(({ name }, k) => {
      expect(worstRelative(gpu, reference, k), name).toBeLessThanOrEqual(1e-5);
    });
  }
});
