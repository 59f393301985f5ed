/**
 * SGD exactly as written down: the features of every sample, each residual a sum over all coordinates
 * (docs/theory.md §1; path: docs/paths.md, "SGD", plain). Any feature law, any batch size m.
 * Cost: d(m(features + 1 ns) + 2 ns) a step; memory: four arrays of d, five for m > 1.
 */
import { divergence } from '../../problem/divergence.ts';
import { stepSizeAt } from '../../problem/schedule.ts';
import { sampleSource } from '../../random/samples.ts';
import { packState, unpackState } from '../workers/pathstate.ts';
import type { PathSink, PathState, RunReplica, SgdPlan } from '../workers/simulator.ts';
import { limitsOf, type Model, twiceRisk } from './path.ts';
import { addScaled, CHUNK, dot, SLICE, updateCoordinates, weightedErrors } from './sums.ts';

export function plainSgd(model: Model, plan: SgdPlan, seed: number): RunReplica {
  const { problem, d, rootLambda } = model;
  const { b, batchSize: m, stepSize, horizon } = problem;
  const source = sampleSource(problem, seed);
  const p = new Float64Array(d);
  const q = new Float64Array(d);
  const a = new Float64Array(d);
  const g = new Float64Array(d);
  /** (1/m) Σ_j r_j g⁽ʲ⁾; a single sample needs no room of its own. */
  const gradient = m > 1 ? new Float64Array(d) : g;
  const state = { p, q };
  const rootD = Math.sqrt(d);

  return function* run(replica: number, sink: PathSink, from?: PathState) {
    p.set(model.p0);
    q.set(model.q0);
    let sumOfSquares = weightedErrors(a, p, q, b, rootLambda, 0, d);
    const limits = limitsOf(model, sumOfSquares);
    let cost = 0;
    let done = 0;
    let step = 0;
    let first = 0;
    if (from) {
      [first, step] = unpackState(from, 2, [p, q], plan.saves);
      sumOfSquares = weightedErrors(a, p, q, b, rootLambda, 0, d);
    }
    for (let save = first; save < plan.saves.length; save++) {
      for (const target = plan.saves[save]; step < target; step++) {
        if (sink.rest?.(() => packState([save, step], [p, q]))) {
          yield done;
          done = 0;
        }
        let factor = (model.gain * stepSizeAt(stepSize, step / d, horizon)) / rootD;
        if (m > 1) gradient.fill(0);
        for (let j = 0; j < m; j++) {
          let sum = 0;
          for (let lo = 0; lo < d; lo += CHUNK) {
            const hi = Math.min(lo + CHUNK, d);
            source.features(g, lo, hi - lo, replica, step, j, lo);
            sum += dot(a, g, lo, lo, hi);
            cost += hi - lo;
            if (cost >= SLICE) {
              yield done;
              cost = 0;
              done = 0;
            }
          }
          const r = sum / rootD - source.noise(replica, step, j);
          if (!(Math.abs(r) <= limits.residual)) {
            sink.failure(save, divergence('|r|', Math.abs(r), limits.residual), (step + 1) / d);
            return;
          }
          if (m === 1) factor *= r;
          else addScaled(gradient, g, r / m);
        }
        sumOfSquares = updateCoordinates(p, q, a, b, rootLambda, gradient, 0, 0, d, 0, factor);
        done += d;
      }
      const twice = twiceRisk(model, sumOfSquares);
      if (!(twice <= limits.twiceRisk)) {
        sink.failure(save, divergence('2R', twice, limits.twiceRisk));
        return;
      }
      sink.sample(save, state);
      if (problem.data) {
        yield done;
        done = 0;
      }
    }
    yield done;
  };
}
