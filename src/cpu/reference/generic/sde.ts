/**
 * The SDE of any model and step size from their expressions (docs/paths.md, "SDE, generic"). γ and R in the middle of a step are carried there from the
 * states at the starts of this step and the one before, so that strang has weak order 2; along the direction of a step the noise is additive, and its
 * exact flow is the model's own. The drift, with what Itô adds along that flow, is a step of RK4 a half.
 */
import { compileStateStepSize, isSchedule, ruleOf, stateDefinition } from '../../../dynamics/index.ts';
import { genericModel } from '../../../dynamics/models/compiled.ts';
import { planeTree } from '../../../dynamics/models/trees.ts';
import { Loop } from '../../../expression/loop.ts';
import { divergence, divergenceLimits, withoutStepSize } from '../../../problem/divergence.ts';
import { gain } from '../../../problem/hyperbolic.ts';
import type { Problem } from '../../../problem/types.ts';
import { MomentMeans } from '../../../statistics/means.ts';
import { endOfLimit } from '../../../statistics/program.ts';
import { packState, unpackState } from '../../workers/pathstate.ts';
import type { PathSink, PathState, RunReplica, SdePlan } from '../../workers/simulator.ts';
import type { BrownianSource } from '../sde.ts';
import { CHUNK, SLICE } from '../sums.ts';

/** x carried from the starts of two steps to a time w steps ahead, within a factor 2 of the last: `ahead` = τ_k/(2τ_{k−1}), 0 for the first step. */
function carried(now: number, before: number, ahead: number): number {
  return Math.min(2 * now, Math.max(0.5 * now, now + ahead * (now - before)));
}

export function genericSde(problem: Problem, plan: SdePlan, brownian: BrownianSource): RunReplica {
  const { dimension: d, lambda, b, batchSize: m, labelNoise: sigma } = problem;
  const { scheme, starts, lengths, g: scheduled, saves, increments, end } = plan;
  const { model, names, start, beta } = genericModel(problem);
  const n = names.length;
  // With the PDE's increments γ is the PDE's as well.
  const definition = isSchedule(problem.stepSize) || increments ? null : stateDefinition(problem.stepSize);
  const rule = definition && compileStateStepSize(definition);
  const means = rule && new MomentMeans(rule.moments, problem);
  const found = new Float64Array(rule?.moments.length ?? 0);
  const integrals = new Float64Array(rule?.integrals ?? 0);
  const rates = new Float64Array(integrals.length);
  const ratesBefore = new Float64Array(integrals.length);
  // Fast engines have the gain of their coordinates in g; here it is in the directions.
  const coordinates = gain(problem.parametrization);
  const factor = 1 / (1 - ruleOf(problem.momentum).theta);
  const planes = names.map(() => new Float64Array(d));
  const z = new Float64Array(CHUNK);
  const s0 = new Float64Array(d);
  const s1 = n > 1 ? new Float64Array(d) : s0;
  const e = new Float64Array(d);
  const columns: Record<string, Float64Array> = {};
  for (const [k, name] of names.entries()) columns[name] = planes[k];
  const own = (part: 'direction' | 'slope') => model.planes.map((plane, k) => planeTree(plane, part, names[k]));
  const directions = new Loop([...own('direction'), ...own('slope')]);
  const flows = new Loop(model.planes.map((plane, k) => planeTree(plane, 'flow', names[k], { s: `s${k}` })));
  const nothing = new Float64Array(n === 1 ? d : 0);
  const state = { p: planes[0], q: planes[1] ?? nothing };
  /** Places of RK4: the stage's planes, and the sum of its slopes. */
  const stage = names.map(() => new Float64Array(CHUNK));
  const total = names.map(() => new Float64Array(CHUNK));
  const stageColumns: Record<string, Float64Array> = {};
  for (const [k, name] of names.entries()) stageColumns[name] = stage[k];
  const stageError = new Float64Array(CHUNK);

  function errors(
    from: Readonly<Record<string, Float64Array>>,
    lo: number,
    hi: number,
    shift: number,
    out: Float64Array,
  ): void {
    beta.run(from, lo, hi, ([values], first, count) => {
      for (let i = 0; i < count; i++) out[first + i] = values[i] - b[first + i + shift];
    });
  }

  function sumOfSquares(): number {
    let sum = 0;
    errors(columns, 0, d, 0, e);
    for (let i = 0; i < d; i++) sum += lambda[i] * e[i] * e[i];
    return sum;
  }

  /** dw/dt = −λ(g e + (I/τ) slope)·direction over time h, coordinates [lo, hi), a step of RK4; share = I/τ. */
  function drift(lo: number, hi: number, h: number, g: number, share: number): void {
    const count = hi - lo;
    for (let k = 0; k < n; k++) {
      stage[k].set(planes[k].subarray(lo, hi));
      total[k].fill(0);
    }
    for (const [weight, ahead] of [
      [1 / 6, 0.5],
      [1 / 3, 0.5],
      [1 / 3, 1],
      [1 / 6, 0],
    ]) {
      errors(stageColumns, 0, count, lo, stageError);
      directions.run(stageColumns, 0, count, (values, first, length) => {
        for (let k = 0; k < n; k++) {
          for (let i = 0; i < length; i++) {
            const at = first + i;
            const along = lambda[lo + at] * (g * stageError[at] + share * values[n + k][i]);
            const slope = -along * values[k][i];
            total[k][at] += weight * slope;
            stage[k][at] = planes[k][lo + at] + ahead * h * slope;
          }
        }
      });
    }
    for (let k = 0; k < n; k++) for (let i = 0; i < count; i++) planes[k][lo + i] += h * total[k][i];
  }

  /** Flows by s0, s1 along the directions. */
  function flow(lo: number, hi: number): void {
    flows.run({ ...columns, s0, s1 }, lo, hi, (values, first, count) => {
      for (let k = 0; k < n; k++) for (let i = 0; i < count; i++) planes[k][first + i] += values[k][i];
    });
  }

  function advance(k: number, replica: number, lo: number, hi: number, g: number, I: number): void {
    const tau = lengths[k];
    brownian(z, hi - lo, replica, k, lo);
    if (scheme === 'strang') drift(lo, hi, 0.5 * tau, g, I / tau);
    if (scheme === 'strang') {
      for (let i = lo; i < hi; i++) {
        const noise = Math.sqrt(2 * lambda[i] * I) * z[i - lo];
        s0[i] = -noise;
        s1[i] = -noise;
      }
      flow(lo, hi);
      drift(lo, hi, 0.5 * tau, g, I / tau);
      return;
    }
    errors(columns, lo, hi, 0, e);
    directions.run(columns, lo, hi, (values, first, count) => {
      for (let j = 0; j < n; j++) {
        const s = j === 0 ? s0 : s1;
        for (let i = 0; i < count; i++) {
          const at = first + i;
          const along = g * tau * lambda[at] * e[at] - Math.sqrt(2 * lambda[at] * I) * z[at - lo];
          if (scheme === 'euler') s[at] = along + lambda[at] * I * values[n + j][i];
          else s[at] = -along * values[j][i];
        }
      }
    });
    if (scheme === 'euler') flow(lo, hi);
    else for (let j = 0; j < n; j++) for (let i = lo; i < hi; i++) planes[j][i] += (j === 0 ? s0 : s1)[i];
  }

  return function* run(replica: number, sink: PathSink, from?: PathState) {
    for (const [k, values] of start.entries()) planes[k].set(values);
    integrals.fill(0);
    ratesBefore.fill(0);
    const limits = divergenceLimits(sumOfSquares() / d + sigma * sigma);
    let cost = 0;
    let k = 0;
    let first = 0;
    let gammaBefore = 0;
    let riskBefore = 0;
    const arrays = [...planes, integrals, ratesBefore];
    if (from) [first, k, gammaBefore, riskBefore] = unpackState(from, 4, arrays, saves);
    for (let save = first; save < saves.length; save++) {
      if (saves[save] > 0 && increments && Number.isNaN(increments[saves[save] - 1])) {
        sink.failure(save, endOfLimit(end), end);
        return;
      }
      for (const target = saves[save]; k < target; k++) {
        if (sink.rest?.(() => packState([save, k, gammaBefore, riskBefore], arrays))) {
          yield cost;
          cost = 0;
        }
        const tau = lengths[k];
        let g = scheduled[k] / coordinates;
        let I: number;
        if (increments) I = increments[k] / coordinates ** 2;
        else {
          const twice = sumOfSquares() / d + sigma * sigma;
          if (!(twice <= limits.twiceRisk)) {
            sink.failure(save, divergence('2R', twice, limits.twiceRisk), starts[k] + tau);
            return;
          }
          const ahead = k > 0 ? tau / (2 * lengths[k - 1]) : 0;
          if (rule && means && definition) {
            means.evaluate(state, found);
            const gamma = rule.value(found, integrals, starts[k], problem);
            rule.rates(found, integrals, starts[k], problem, rates);
            if (Number.isNaN(gamma) || rates.some(Number.isNaN)) {
              sink.failure(save, withoutStepSize(), starts[k] + tau);
              return;
            }
            const middle = carried(gamma, gammaBefore, ahead);
            g = factor * Math.min(definition.max, Math.max(definition.min, middle));
            gammaBefore = gamma;
            for (let j = 0; j < integrals.length; j++) {
              integrals[j] += tau * (rates[j] + ahead * (rates[j] - ratesBefore[j]));
              ratesBefore[j] = rates[j];
            }
          }
          const risk = 0.5 * twice;
          I = (g * g * carried(risk, riskBefore, ahead) * tau) / m;
          riskBefore = risk;
        }
        for (let lo = 0; lo < d; lo += CHUNK) {
          const hi = Math.min(lo + CHUNK, d);
          advance(k, replica, lo, hi, g, I);
          cost += hi - lo;
          if (8 * cost >= SLICE) {
            yield cost;
            cost = 0;
          }
        }
      }
      const twice = sumOfSquares() / d + sigma * sigma;
      if (!(twice <= limits.twiceRisk)) {
        sink.failure(save, divergence('2R', twice, limits.twiceRisk));
        return;
      }
      sink.sample(save, state, integrals);
    }
    yield cost;
  };
}
