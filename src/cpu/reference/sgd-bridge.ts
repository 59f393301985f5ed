/**
 * One-pass SGD by the block bridge, exactly in law (docs/theory.md §6.1; path: docs/paths.md, "SGD", bridge): the
 * residuals are drawn block by block from their law, then the features given the residuals, so a step is one pass over
 * coordinates that reads only its own block, and any batch size costs one normal a coordinate. Gaussian features.
 * Cost: about 14 ns a coordinate and step, most of it the normals; memory: three arrays of d.
 */
import { divergence } from '../../problem/divergence.ts';
import { stepSizeAt } from '../../problem/schedule.ts';
import { fillNormals, normal, Stream } from '../../random/index.ts';
import { packState, unpackState } from '../workers/pathstate.ts';
import type { PathSink, PathState, RunReplica, SgdPlan } from '../workers/simulator.ts';
import { limitsOf, type Model, twiceRisk } from './path.ts';
import { dot, SLICE, updateCoordinates, weightedErrors } from './sums.ts';

export function bridgeSgd(model: Model, plan: SgdPlan, seed: number): RunReplica {
  const { problem, d, rootLambda } = model;
  const { b, batchSize: m, labelNoise: sigma, stepSize, horizon } = problem;
  const length = plan.blockLength;
  const blocks = Math.ceil(d / length);
  const p = new Float64Array(d);
  const q = new Float64Array(d);
  const a = new Float64Array(d);
  const g = new Float64Array(length);
  /** S_b. */
  const energy = new Float64Array(blocks);
  /** r_{b,j} for one j. */
  const blockResiduals = new Float64Array(blocks);
  /** Σ_j r_j r_{b,j}. */
  const products = new Float64Array(blocks);
  const state = { p, q };
  const rootD = Math.sqrt(d);

  function measure(): void {
    for (let k = 0; k < blocks; k++) {
      energy[k] = weightedErrors(a, p, q, b, rootLambda, k * length, Math.min((k + 1) * length, d));
    }
  }

  return function* run(replica: number, sink: PathSink, from?: PathState) {
    p.set(model.p0);
    q.set(model.q0);
    measure();
    const limits = limitsOf(model, total(energy));
    let cost = 0;
    let step = 0;
    let start = 0;
    if (from) {
      [start, step] = unpackState(from, 2, [p, q], plan.saves);
      measure();
    }
    for (let save = start; save < plan.saves.length; save++) {
      for (const target = plan.saves[save]; step < target; step++) {
        if (sink.rest?.(() => packState([save, step], [p, q]))) {
          yield cost;
          cost = 0;
        }
        let first = 0;
        let squares = 0;
        products.fill(0);
        for (let j = 0; j < m; j++) {
          fillNormals(blockResiduals, 0, blocks, seed, replica, Stream.bridge, step, j, 0);
          let r = 0;
          for (let k = 0; k < blocks; k++) {
            blockResiduals[k] *= Math.sqrt(energy[k]);
            r += blockResiduals[k];
          }
          r /= rootD;
          if (sigma > 0) r -= sigma * normal(seed, replica, Stream.labelNoise, step, 0, j);
          if (!(Math.abs(r) <= limits.residual)) {
            sink.failure(save, divergence('|r|', Math.abs(r), limits.residual), (step + 1) / d);
            return;
          }
          if (j === 0) first = r;
          squares += r * r;
          for (let k = 0; k < blocks; k++) products[k] += r * blockResiduals[k];
        }
        const factor = (model.gain * stepSizeAt(stepSize, step / d, horizon)) / rootD;
        const rho = (Math.sign(first) * Math.sqrt(squares)) / m;
        for (let k = 0; k < blocks; k++) {
          const lo = k * length;
          const hi = Math.min(lo + length, d);
          fillNormals(g, 0, hi - lo, seed, replica, Stream.features, step, 0, lo);
          // G = A a + ρ(g − a s/S) = (A − ρ s/S) a + ρ g.
          const S = energy[k];
          const along = S > 0 ? (products[k] / m - rho * dot(a, g, 0, lo, hi)) / S : 0;
          energy[k] = updateCoordinates(p, q, a, b, rootLambda, g, 0, lo, hi, factor * along, factor * rho);
          cost += hi - lo;
          if (cost >= SLICE) {
            yield cost;
            cost = 0;
          }
        }
      }
      const twice = twiceRisk(model, total(energy));
      if (!(twice <= limits.twiceRisk)) {
        sink.failure(save, divergence('2R', twice, limits.twiceRisk));
        return;
      }
      sink.sample(save, state);
    }
    yield cost;
  };
}

function total(x: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i];
  return sum;
}
