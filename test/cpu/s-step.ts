/**
 * Plain SGD of single samples in s steps a pass, in f64 (docs/theory.md, "Several steps a pass"): the twin of what the kernels do with
 * s = 2, for any s. The residual of step j of a pass is a polynomial in what the steps before it multiply the weights by, whose
 * coefficients are sums over coordinates at the state before the pass: 3^j of them, (3^s − 1)/2 a pass.
 */

import { limitsOf, type Model, twiceRisk } from '../../src/cpu/reference/path.ts';
import type { PathSink, RunReplica, SgdPlan } from '../../src/cpu/workers/simulator.ts';
import { divergence } from '../../src/problem/divergence.ts';
import { stepSizeAt } from '../../src/problem/index.ts';
import { fillFeatures, normal, Stream } from '../../src/random/index.ts';

/** Coefficients of monomials w_0^n_0 w_1^n_1 …, n_j = 0, 1, 2 the digits of the index to base 3. */
type Polynomial = Float64Array;

/** Sums that a pass of s steps takes. */
export function sumsOf(s: number): number {
  return (3 ** s - 1) / 2;
}

export function sStepSgd(model: Model, plan: SgdPlan, seed: number, s: number): RunReplica {
  const { problem, d, rootLambda } = model;
  const { b, features, labelNoise: sigma, stepSize, horizon } = problem;
  const rootD = Math.sqrt(d);
  const x = Array.from({ length: s }, () => new Float64Array(d));

  return function* run(replica: number, sink: PathSink) {
    const p = Float64Array.from(model.p0);
    const q = Float64Array.from(model.q0);
    const energy = () =>
      p.reduce((sum, _, i) => sum + problem.lambda[i] * ((p[i] - q[i]) * (p[i] + q[i]) * 0.25 - b[i]) ** 2, 0);
    const limits = limitsOf(model, energy());
    let step = 0;
    for (let save = 0; save < plan.saves.length; save++) {
      while (step < plan.saves[save]) {
        const n = Math.min(s, plan.saves[save] - step);
        for (let j = 0; j < n; j++) {
          fillFeatures(features, x[j], 0, d, seed, replica, step + j, 0, 0);
          for (let i = 0; i < d; i++) x[j][i] *= rootLambda[i];
        }
        const sums = Array.from({ length: n }, (_, j) => new Float64Array(3 ** j));
        for (let i = 0; i < d; i++) {
          let e: Polynomial = Float64Array.of(0.25 * (p[i] - q[i]) * (p[i] + q[i]) - b[i]);
          let kappa: Polynomial = Float64Array.of(0.5 * (p[i] ** 2 + q[i] ** 2));
          let beta: Polynomial = Float64Array.of(0.25 * (p[i] - q[i]) * (p[i] + q[i]));
          for (let j = 0; j < n; j++) {
            const xi = x[j][i];
            const size = e.length;
            for (let k = 0; k < size; k++) sums[j][k] += xi * e[k];
            // p(1 − a), q(1 + a), a = w_j x: e − aκ + a²β, κ(1 + a²) − 4aβ, β(1 + a²) − aκ.
            const join = (zero: Polynomial, one: (k: number) => number, two: Polynomial) =>
              Float64Array.from({ length: 3 * size }, (_, k) =>
                k < size ? zero[k] : k < 2 * size ? -xi * one(k - size) : xi * xi * two[k - 2 * size],
              );
            const [K, B] = [kappa, beta];
            e = join(e, (k) => K[k], B);
            kappa = join(K, (k) => 4 * B[k], K);
            beta = join(B, (k) => K[k], B);
          }
        }
        const w: number[] = [];
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let k = 0; k < sums[j].length; k++) {
            let term = sums[j][k];
            for (let l = 0, digits = k; l < j; l++, digits = Math.floor(digits / 3)) term *= w[l] ** (digits % 3);
            sum += term;
          }
          let r = sum / rootD;
          if (sigma > 0) r -= sigma * normal(seed, replica, Stream.labelNoise, step + j, 0, 0);
          if (!(Math.abs(r) <= limits.residual)) {
            sink.failure(save, divergence('|r|', Math.abs(r), limits.residual), (step + j + 1) / d);
            return;
          }
          w.push((model.gain * stepSizeAt(stepSize, (step + j) / d, horizon) * r) / rootD);
        }
        for (let i = 0; i < d; i++) {
          for (let j = 0; j < n; j++) {
            p[i] *= 1 - w[j] * x[j][i];
            q[i] *= 1 + w[j] * x[j][i];
          }
        }
        step += n;
        yield n * d;
      }
      const twice = twiceRisk(model, energy());
      if (!(twice <= limits.twiceRisk)) {
        sink.failure(save, divergence('2R', twice, limits.twiceRisk));
        return;
      }
      sink.sample(save, { p, q });
    }
  };
}
