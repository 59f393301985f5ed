/**
 * The SDE (docs/theory.md §2, §6.2; path: docs/paths.md, "SDE"), in the state (p, q): log|p| and log|q| are the
 * additive coordinates, so p and q themselves are multiplied, their signs stay, and p = 0 or q = 0 need no case of their own.
 *
 * | scheme   | weak order | a step                                                             |
 * | strang   | 2          | half drift flow (exact), exact Gaussian, half drift flow           |
 * | euler    | 1          | Euler–Maruyama in ζ (additive noise: strong order 1 as well)       |
 * | euler-uv | 1          | Euler–Maruyama in (u, v); signs may flip, stable for small steps only |
 *
 * Interacting coupling walks step by step over all coordinates; mean-field coupling, where coordinates do not meet, takes a few
 * coordinates at a time from one save time to the next.
 */
import { divergence } from '../../problem/divergence.ts';
import { fillNormals, Stream } from '../../random/index.ts';
import { endOfLimit } from '../../statistics/program.ts';
import { packState, unpackState } from '../workers/pathstate.ts';
import type { PathSink, PathState, RunReplica, SdePlan } from '../workers/simulator.ts';
import { driftFlow } from './drift.ts';
import { eulerStep, eulerUvStep, noiseStep } from './noise.ts';
import { limitsOf, type Model, twiceRisk } from './path.ts';
import { CHUNK, SLICE } from './sums.ts';

/** Σ λe² and Σ λ²(κ_p² + 2eβ), κ_p = (p² + q²)/2, added to sums[0] and sums[1]. */
export function riskSums(
  p: Float64Array,
  q: Float64Array,
  b: Float64Array,
  lambda: Float64Array,
  lo: number,
  hi: number,
  sums: Float64Array,
): void {
  let risk = 0;
  let noise = 0;
  for (let i = lo; i < hi; i++) {
    const beta = 0.25 * (p[i] - q[i]) * (p[i] + q[i]);
    const e = beta - b[i];
    const kappa = 0.5 * (p[i] * p[i] + q[i] * q[i]);
    risk += lambda[i] * e * e;
    noise += lambda[i] * lambda[i] * (kappa * kappa + 2 * e * beta);
  }
  sums[0] += risk;
  sums[1] += noise;
}

/** Writes the standard normals of coordinates first, …, first + count − 1 at a step to z[0 … count). */
export type BrownianSource = (z: Float64Array, count: number, replica: number, step: number, first: number) => void;

/** The path's own source (docs/paths.md): stream 3. Tests of convergence put a refinable Brownian motion in its place. */
export function brownianSource(seed: number): BrownianSource {
  return (z, count, replica, step, first) => fillNormals(z, 0, count, seed, replica, Stream.brownian, step, 0, first);
}

export function sde(model: Model, plan: SdePlan, wantsLogInvariant: boolean, brownian: BrownianSource): RunReplica {
  const { problem, d } = model;
  const { b, lambda, batchSize: m } = problem;
  const { scheme, starts, lengths, g, saves, increments, end } = plan;
  const p = new Float64Array(d);
  const q = new Float64Array(d);
  const z = new Float64Array(Math.min(CHUNK, d));
  const sums = new Float64Array(2);
  // (u, v) Euler does not keep log|pq| on its clock; the other two do, beyond the range in which p or q would underflow.
  const s = wantsLogInvariant && scheme !== 'euler-uv' ? new Float64Array(d) : undefined;

  function explicitStep(k: number, replica: number, I: number, lo: number, hi: number): void {
    brownian(z, hi - lo, replica, k, lo);
    const gTau = g[k] * lengths[k];
    if (scheme === 'euler') eulerStep(p, q, b, lambda, z, lo, hi, gTau, I);
    else if (scheme === 'euler-uv') eulerUvStep(p, q, b, lambda, z, lo, hi, gTau, I);
    else {
      noiseStep(p, q, lambda, z, lo, hi, I);
      driftFlow(p, q, b, lambda, lo, hi, 0.5 * gTau);
    }
  }

  function sample(sink: PathSink, save: number, clock: number, limit: number): boolean {
    sums.fill(0);
    riskSums(p, q, b, lambda, 0, d, sums);
    const twice = twiceRisk(model, sums[0]);
    if (!(twice <= limit)) {
      sink.failure(save, divergence('2R', twice, limit));
      return false;
    }
    if (s) {
      for (let i = 0; i < d; i++) {
        s[i] = Math.log(Math.abs(model.p0[i])) + Math.log(Math.abs(model.q0[i])) - 2 * lambda[i] * clock;
      }
    }
    sink.sample(save, { p, q, s });
    return true;
  }

  function* interacting(replica: number, sink: PathSink, from?: PathState): Generator<number, void, void> {
    riskSums(p, q, b, lambda, 0, d, sums.fill(0));
    const limit = limitsOf(model, sums[0]).twiceRisk;
    let cost = 0;
    let clock = 0;
    let k = 0;
    let first = 0;
    if (from) [first, k, clock] = unpackState(from, 3, [p, q], saves);
    for (let save = first; save < saves.length; save++) {
      for (const target = saves[save]; k < target; k++) {
        if (sink.rest?.(() => packState([save, k, clock], [p, q]))) {
          yield cost;
          cost = 0;
        }
        const tau = lengths[k];
        sums.fill(0);
        for (let lo = 0; lo < d; lo += CHUNK) {
          const hi = Math.min(lo + CHUNK, d);
          if (scheme === 'strang') driftFlow(p, q, b, lambda, lo, hi, 0.5 * g[k] * tau);
          riskSums(p, q, b, lambda, lo, hi, sums);
        }
        const twice = twiceRisk(model, sums[0]);
        if (!(twice <= limit)) {
          sink.failure(save, divergence('2R', twice, limit), starts[k] + lengths[k]);
          return;
        }
        const variance = (g[k] * g[k]) / m;
        let I = 0.5 * twice * variance * tau;
        // R in the middle of the step: the noise lets it grow at the rate N/R.
        if (scheme === 'strang') I *= Math.exp(0.5 * tau * Math.min((variance * sums[1]) / d, 1 / tau));
        clock += I;
        for (let lo = 0; lo < d; lo += CHUNK) {
          const hi = Math.min(lo + CHUNK, d);
          explicitStep(k, replica, I, lo, hi);
          cost += hi - lo;
          if (cost >= SLICE) {
            yield cost;
            cost = 0;
          }
        }
      }
      if (!sample(sink, save, clock, limit)) return;
    }
    yield cost;
  }

  function* meanField(
    replica: number,
    sink: PathSink,
    increment: Float64Array,
    from?: PathState,
  ): Generator<number, void, void> {
    riskSums(p, q, b, lambda, 0, d, sums.fill(0));
    const limit = limitsOf(model, sums[0]).twiceRisk;
    let cost = 0;
    let clock = 0;
    let k = 0;
    let first = 0;
    // Coordinates below have taken the steps to the next save time already.
    let walked = 0;
    if (from) [first, k, clock, walked] = unpackState(from, 4, [p, q], saves);
    for (let save = first; save < saves.length; save++) {
      const target = saves[save];
      if (target > 0 && Number.isNaN(increment[target - 1])) {
        sink.failure(save, endOfLimit(end), end);
        return;
      }
      if (target > k) {
        for (let lo = walked; lo < d; lo += CHUNK) {
          if (sink.rest?.(() => packState([save, k, clock, lo], [p, q]))) {
            yield cost;
            cost = 0;
          }
          const hi = Math.min(lo + CHUNK, d);
          for (let j = k; j < target; j++) {
            if (scheme === 'strang') driftFlow(p, q, b, lambda, lo, hi, 0.5 * g[j] * lengths[j]);
            explicitStep(j, replica, increment[j], lo, hi);
            cost += hi - lo;
            if (cost >= SLICE) {
              yield cost;
              cost = 0;
            }
          }
        }
        for (; k < target; k++) clock += increment[k];
      }
      walked = 0;
      if (!sample(sink, save, clock, limit)) return;
    }
    yield cost;
  }

  return (replica, sink, from) => {
    p.set(model.p0);
    q.set(model.q0);
    return increments ? meanField(replica, sink, increments, from) : interacting(replica, sink, from);
  };
}
