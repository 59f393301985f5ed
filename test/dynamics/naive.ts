/** SGD and the SDE in (u, v) as a textbook writes them, in f64 and without any of src/dynamics: what the reference engine is held to. */

import type { FeatureLaw, Problem } from '../../src/problem/index.ts';
import { fillFeatures, fillNormals, normal, Stream } from '../../src/random/index.ts';

export interface Setup {
  readonly lambda: readonly number[];
  readonly b: readonly number[];
  readonly u: readonly number[];
  readonly v: readonly number[];
  readonly form: 'product' | 'difference' | 'square' | 'power' | 'power-difference';
  readonly depth: number;
  readonly momentum?: { readonly kind: 'heavy-ball' | 'nesterov'; readonly value: number };
  readonly stepSize: 'constant' | 'adagrad-norm' | 'stochastic-polyak' | 'line-search' | 'expression';
  readonly noise: number;
  readonly batch: number;
  readonly features: FeatureLaw;
  readonly seed: number;
}

/** β, its derivatives in u and v, and Itô's second derivative along the gradient, of one coordinate. */
export function forms({ form, depth: L }: Setup, u: number, v: number) {
  switch (form) {
    case 'product':
      return { beta: u * v, du: v, dv: u, bend: 2 * u * v };
    case 'difference':
      return { beta: u * u - v * v, du: 2 * u, dv: -2 * v, bend: 8 * u * u - 8 * v * v };
    case 'square':
      return { beta: u * u, du: 2 * u, dv: 0, bend: 8 * u * u };
    case 'power':
      return { beta: u ** L, du: L * u ** (L - 1), dv: 0, bend: L ** 3 * (L - 1) * u ** (3 * L - 4) };
    case 'power-difference':
      return {
        beta: u ** L - v ** L,
        du: L * u ** (L - 1),
        dv: -L * v ** (L - 1),
        bend: L ** 3 * (L - 1) * (u ** (3 * L - 4) - v ** (3 * L - 4)),
      };
  }
}

const GAMMA = 0.05;

export function setupOf(problem: Problem, seed: number): Setup {
  const { parametrization, stepSize, momentum } = problem;
  const isNamed = typeof parametrization === 'string';
  return {
    lambda: Array.from(problem.lambda),
    b: Array.from(problem.b),
    u: Array.from(problem.u0),
    v: Array.from(problem.v0),
    form: (isNamed ? parametrization : parametrization.kind) as Setup['form'],
    depth: typeof parametrization === 'object' && 'depth' in parametrization ? parametrization.depth : 2,
    momentum: momentum as Setup['momentum'],
    stepSize: stepSize.kind as Setup['stepSize'],
    noise: problem.labelNoise,
    batch: problem.batchSize,
    features: problem.features,
    seed,
  };
}

/** Weights and γ after `steps` steps of replica 0; `sample`: where samples are not fresh. */
export function naiveSgd(
  setup: Setup,
  steps: number,
  sample?: (step: number, j: number) => { readonly x: number[]; readonly noise: number },
): { u: number[]; v: number[]; gamma: number } {
  const { lambda, b, noise, batch: m, features, momentum, seed } = setup;
  const d = lambda.length;
  const u = [...setup.u];
  const v = [...setup.v];
  const mu = u.map(() => 0);
  const mv = u.map(() => 0);
  let squares = 0;
  let past = 0;
  let gamma = 0;
  for (let k = 0; k < steps; k++) {
    const at = u.map((_, i) => forms(setup, u[i], v[i]));
    const e = at.map(({ beta }, i) => beta - b[i]);
    const x: number[][] = [];
    const r: number[] = [];
    for (let j = 0; j < m; j++) {
      const given = sample?.(k, j);
      const g = new Float64Array(d);
      if (!given) fillFeatures(features, g, 0, d, seed, 0, k, j, 0);
      x.push(given?.x ?? Array.from(g, (z, i) => Math.sqrt(lambda[i]) * z));
      const dot = x[j].reduce((sum, xi, i) => sum + xi * e[i], 0);
      r.push(dot / Math.sqrt(d) - (given?.noise ?? noise * normal(seed, 0, Stream.labelNoise, k, 0, j)));
    }
    const loss = r.reduce((sum, rj) => sum + rj * rj, 0) / (2 * m);
    const g = u.map((_, i) => r.reduce((sum, rj, j) => sum + rj * x[j][i], 0) / m / Math.sqrt(d));
    const gradient = g.reduce((sum, gi, i) => sum + gi * gi * (at[i].du ** 2 + at[i].dv ** 2), 0);
    const mean = (f: (i: number) => number) => u.reduce((sum, _, i) => sum + f(i), 0) / d;
    const risk = 0.5 * (mean((i) => lambda[i] * e[i] ** 2) + noise ** 2);
    const kappa = (i: number) => at[i].du ** 2 + at[i].dv ** 2;
    switch (setup.stepSize) {
      case 'constant':
        gamma = GAMMA;
        break;
      case 'adagrad-norm':
        gamma = 0.1 / Math.sqrt(0.25 + squares / d);
        break;
      case 'stochastic-polyak':
        gamma = Math.min(0.1, loss / gradient);
        break;
      case 'line-search': {
        const A = mean((i) => lambda[i] ** 2 * e[i] ** 2 * kappa(i));
        const B = (risk * mean((i) => lambda[i] ** 2 * (kappa(i) ** 2 + e[i] * at[i].bend))) / m;
        gamma = B > 0 ? Math.min(0.1, A / (2 * B)) : 0.1;
        break;
      }
      case 'expression':
        gamma = Math.min(0.1, Math.max(0.001, 0.1 / (1 + past / d + k / d)));
    }
    squares += gradient;
    past += gamma * risk;
    const theta = momentum?.value ?? 0;
    for (let i = 0; i < d; i++) {
      const [gu, gv] = [g[i] * at[i].du, g[i] * at[i].dv];
      mu[i] = theta * mu[i] + gu;
      mv[i] = theta * mv[i] + gv;
      const isNesterov = momentum?.kind === 'nesterov';
      u[i] -= gamma * (isNesterov ? gu + theta * mu[i] : mu[i]);
      v[i] -= gamma * (isNesterov ? gv + theta * mv[i] : mv[i]);
    }
  }
  return { u, v, gamma };
}

/** Weights after Euler–Maruyama in u and v (euler-uv) of replica 0 with constant γ and R from the path, `steps` steps of length τ. */
export function naiveEuler(setup: Setup, steps: number, tau: number): { u: number[]; v: number[] } {
  const { lambda, b, noise, batch: m, seed } = setup;
  const d = lambda.length;
  const u = [...setup.u];
  const v = [...setup.v];
  let before = 0;
  for (let k = 0; k < steps; k++) {
    const at = u.map((_, i) => forms(setup, u[i], v[i]));
    const e = at.map(({ beta }, i) => beta - b[i]);
    const risk = 0.5 * (e.reduce((sum, ei, i) => sum + lambda[i] * ei * ei, 0) / d + noise ** 2);
    // R in the middle of the step, from this one and the one before.
    const middle = k === 0 ? risk : Math.min(2 * risk, Math.max(risk / 2, risk + 0.5 * (risk - before)));
    before = risk;
    const z = new Float64Array(d);
    fillNormals(z, 0, d, seed, 0, Stream.brownian, k, 0, 0);
    for (let i = 0; i < d; i++) {
      const kick = GAMMA * lambda[i] * e[i] * tau - GAMMA * Math.sqrt((2 * middle * lambda[i] * tau) / m) * z[i];
      u[i] -= at[i].du * kick;
      v[i] -= at[i].dv * kick;
    }
  }
  return { u, v };
}
