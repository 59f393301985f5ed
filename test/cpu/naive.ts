/**
 * docs/paths.md written down once more, coordinate by coordinate and in its own variables (u and v for SGD, y = log|p| and s for
 * the SDE), with none of the engine's code but the single draws: what the engines are compared with. Slow; no failure rule.
 */
import type { SdePlan, SgdPlan } from '../../src/cpu/workers/simulator.ts';
import { gain, type Problem, stepSizeAt, toP, toQ, toU, toV } from '../../src/problem/index.ts';
import { normal, Stream, studentFromWords, uniformFromWord, word } from '../../src/random/index.ts';

export interface NaiveState {
  readonly p: number[];
  readonly q: number[];
  /** SGD: Π(1 − α²) since the start. */
  readonly shrink: number[];
  /** SDE: s = log|pq|. */
  readonly s: number[];
}

function feature(problem: Problem, seed: number, replica: number, step: number, sub: number, i: number): number {
  const law = problem.features;
  if (law.kind === 'gaussian') return normal(seed, replica, Stream.features, step, sub, i);
  const w = word(seed, replica, Stream.features, step, sub, i);
  if (law.kind === 'rademacher') return w < 2 ** 31 ? 1 : -1;
  if (law.kind === 'uniform') return uniformFromWord(w);
  return studentFromWords(w, word(seed, replica, Stream.featuresAuxiliary, step, sub, i), law.degrees);
}

export function naiveSgd(problem: Problem, plan: SgdPlan, seed: number, replica: number): NaiveState[] {
  const { dimension: d, lambda, b, parametrization, batchSize: m, labelNoise } = problem;
  const u = [...problem.u0];
  const v = [...problem.v0];
  const shrink = u.map(() => 1);
  const states: NaiveState[] = [];
  const beta = (i: number) =>
    parametrization === 'product' ? u[i] * v[i] : parametrization === 'difference' ? u[i] ** 2 - v[i] ** 2 : u[i] ** 2;
  let step = 0;
  for (const target of Array.from(plan.saves)) {
    for (; step < target; step++) {
      const a = u.map((_, i) => Math.sqrt(lambda[i]) * (beta(i) - b[i]));
      const G =
        plan.algorithm === 'plain'
          ? plainGradient(problem, a, seed, replica, step)
          : bridgeGradient(a, plan.blockLength, m, labelNoise, seed, replica, step);
      const gamma = stepSizeAt(problem.stepSize, step / d, problem.horizon);
      for (let i = 0; i < d; i++) {
        // c = (γ/√d)·(x r)_i; u moves along ∂β/∂u and v along ∂β/∂v.
        const c = (gamma / Math.sqrt(d)) * Math.sqrt(lambda[i]) * G[i];
        const [ui, vi] = [u[i], v[i]];
        if (parametrization === 'product') {
          u[i] = ui - c * vi;
          v[i] = vi - c * ui;
        } else {
          u[i] = ui - 2 * c * ui;
          if (parametrization === 'difference') v[i] = vi + 2 * c * vi;
        }
        shrink[i] *= 1 - (gain(parametrization) * c) ** 2;
      }
    }
    states.push({
      p: u.map((_, i) => toP(parametrization, u[i], v[i])),
      q: u.map((_, i) => toQ(parametrization, u[i], v[i])),
      shrink: [...shrink],
      s: [],
    });
  }
  return states;
}

function plainGradient(problem: Problem, a: number[], seed: number, replica: number, step: number): number[] {
  const { dimension: d, batchSize: m, labelNoise } = problem;
  const G = a.map(() => 0);
  for (let j = 0; j < m; j++) {
    const g = a.map((_, i) => feature(problem, seed, replica, step, j, i));
    const r =
      a.reduce((sum, ai, i) => sum + ai * g[i], 0) / Math.sqrt(d) -
      labelNoise * normal(seed, replica, Stream.labelNoise, step, 0, j);
    for (let i = 0; i < d; i++) G[i] += (r * g[i]) / m;
  }
  return G;
}

function bridgeGradient(
  a: number[],
  blockLength: number,
  m: number,
  labelNoise: number,
  seed: number,
  replica: number,
  step: number,
): number[] {
  const d = a.length;
  const blocks = Math.ceil(d / blockLength);
  const inBlock = (k: number) => a.map((_, i) => i).filter((i) => Math.floor(i / blockLength) === k);
  const g = a.map((_, i) => normal(seed, replica, Stream.features, step, 0, i));
  const S = Array.from({ length: blocks }, (_, k) => inBlock(k).reduce((sum, i) => sum + a[i] ** 2, 0));
  const s = Array.from({ length: blocks }, (_, k) => inBlock(k).reduce((sum, i) => sum + a[i] * g[i], 0));
  const parts = Array.from({ length: m }, (_, j) =>
    S.map((Sk, k) => Math.sqrt(Sk) * normal(seed, replica, Stream.bridge, step, j, k)),
  );
  const r = parts.map(
    (part, j) =>
      part.reduce((sum, x) => sum + x, 0) / Math.sqrt(d) -
      labelNoise * normal(seed, replica, Stream.labelNoise, step, 0, j),
  );
  const rho = (Math.sign(r[0]) * Math.sqrt(r.reduce((sum, x) => sum + x * x, 0))) / m;
  return a.map((ai, i) => {
    const k = Math.floor(i / blockLength);
    if (S[k] === 0) return rho * g[i];
    const A = r.reduce((sum, rj, j) => sum + rj * parts[j][k], 0) / (m * S[k]);
    return A * ai + rho * (g[i] - (ai * s[k]) / S[k]);
  });
}

/** One coordinate of the SDE in (y, s), for p ≠ 0. */
interface Log {
  y: number;
  s: number;
  b: number;
  /** +1, or −1 for the mirror image (p = 0). */
  side: number;
}

export function naiveSde(problem: Problem, plan: SdePlan, seed: number, replica: number): NaiveState[] {
  const { dimension: d, lambda, parametrization, batchSize: m, labelNoise } = problem;
  const p0 = Array.from(problem.u0, (u, i) => toP(parametrization, u, problem.v0[i]));
  const q0 = Array.from(problem.u0, (u, i) => toQ(parametrization, u, problem.v0[i]));
  const c: Log[] = p0.map((p, i) => {
    const side = p !== 0 ? 1 : -1;
    const [near, far] = side === 1 ? [p, q0[i]] : [q0[i], p];
    return {
      y: Math.log(Math.abs(near)),
      s: Math.log(Math.abs(near)) + Math.log(Math.abs(far)),
      b: side * problem.b[i],
      side,
    };
  });
  // Euler in (u, v) is stated in p and q.
  const p = [...p0];
  const q = [...q0];
  const still = p0.map((x, i) => x === 0 && q0[i] === 0);
  const betaOf = ({ y, s }: Log) => (Math.exp(2 * y) - Math.exp(2 * s - 2 * y)) / 4;
  const kappaOf = ({ y, s }: Log) => (Math.exp(2 * y) + Math.exp(2 * s - 2 * y)) / 2;
  const error = (i: number) =>
    plan.scheme === 'euler-uv'
      ? (p[i] ** 2 - q[i] ** 2) / 4 - problem.b[i]
      : still[i]
        ? -c[i].b
        : betaOf(c[i]) - c[i].b;
  const twiceRisk = () => lambda.reduce((sum, l, i) => sum + l * error(i) ** 2, 0) / d + labelNoise ** 2;

  const halfDrift = (g: number, tau: number) => {
    c.forEach((x, i) => {
      if (still[i]) return;
      const h = Math.exp(x.s);
      const A = Math.exp(2 * x.y);
      const root = Math.sqrt(4 * x.b ** 2 + h ** 2);
      if (root === 0) {
        x.y -= 0.5 * Math.log(1 + (g * lambda[i] * A * tau) / 4);
        return;
      }
      const E = Math.exp((-g * lambda[i] * root * tau) / 2);
      const D = A * (1 - E) + (2 * x.b + root) * E + Math.abs(2 * x.b - root);
      x.y += 0.5 * Math.log(1 - (4 * (betaOf(x) - x.b) * (1 - E)) / D);
    });
  };

  const states: NaiveState[] = [];
  let k = 0;
  for (const target of Array.from(plan.saves)) {
    for (; k < target; k++) {
      const [tau, g] = [plan.lengths[k], plan.g[k]];
      const z = p0.map((_, i) => normal(seed, replica, Stream.brownian, k, 0, i));
      if (plan.scheme === 'strang') halfDrift(g, tau);
      let I = (g * g * twiceRisk() * tau) / (2 * m);
      if (plan.scheme === 'strang') {
        const sum = c.reduce(
          (total, x, i) =>
            total + (still[i] ? 0 : lambda[i] ** 2 * (kappaOf(x) ** 2 + 2 * (betaOf(x) - x.b) * betaOf(x))),
          0,
        );
        I *= Math.exp(0.5 * tau * Math.min((g * g * sum) / (m * d), 1 / tau));
      }
      if (plan.increments) I = plan.increments[k];
      const e = p0.map((_, i) => error(i));
      c.forEach((x, i) => {
        const noise = Math.sqrt(2 * lambda[i] * I);
        const alpha = g * lambda[i] * e[i] * tau - noise * z[i];
        p[i] *= 1 - alpha;
        q[i] *= 1 + alpha;
        x.y += -lambda[i] * I + noise * x.side * z[i] - (plan.scheme === 'euler' ? g * lambda[i] * e[i] * tau : 0);
        x.s -= 2 * lambda[i] * I;
      });
      if (plan.scheme === 'strang') halfDrift(g, tau);
    }
    const uv = plan.scheme === 'euler-uv';
    const near = c.map(({ y }) => Math.exp(y));
    const far = c.map(({ y, s }) => (s === Number.NEGATIVE_INFINITY ? 0 : Math.exp(s - y)));
    states.push({
      p: uv ? [...p] : c.map((x, i) => Math.sign(p0[i]) * (x.side === 1 ? near[i] : far[i])),
      q: uv ? [...q] : c.map((x, i) => Math.sign(q0[i]) * (x.side === 1 ? far[i] : near[i])),
      shrink: [],
      s: c.map(({ s }) => s),
    });
  }
  return states;
}

/** (u, v) of a state. */
export function weights(problem: Problem, p: ArrayLike<number>, q: ArrayLike<number>, i: number): [number, number] {
  return [toU(problem.parametrization, p[i], q[i]), toV(problem.parametrization, p[i], q[i])];
}
