/**
 * The SDE of any model and step size from their expressions (docs/paths.md, "SDE, generic"). γ and R in the middle of a step are carried there from the
 * states at the starts of this step and the one before, so that strang has weak order 2; along the direction of a step the noise is additive, and its
 * exact flow is the model's own. The drift, with what Itô adds along that flow, is a step of RK4 a half,
 * or several where it is stiff.
 */
import { compileStateStepSize, isSchedule, ruleOf, stateDefinition } from '../../../dynamics/index.ts';
import { genericModel } from '../../../dynamics/models/compiled.ts';
import { planeTree } from '../../../dynamics/models/trees.ts';
import { Loop } from '../../../expression/loop.ts';
import { divergenceLimits, divergenceOfSteps, withoutStepSize } from '../../../problem/divergence.ts';
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

/** Steps of RK4 a drift at most. */
const MOST_PARTS = 64;

export function genericSde(problem: Problem, plan: SdePlan, brownian: BrownianSource): RunReplica {
  const { dimension: d, lambda, b, batchSize: m, labelNoise: sigma } = problem;
  const { scheme, starts, lengths, g: scheduled, saves, increments, end } = plan;
  const { model, names, start, beta, kappa } = genericModel(problem);
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
  /** Coordinates that a part of a drift moves, and in how many parts. */
  const indices = new Int32Array(CHUNK);
  const parts = new Int32Array(CHUNK);

  function errors(lo: number, hi: number): void {
    beta.run(columns, lo, hi, ([values], first, count) => {
      for (let i = 0; i < count; i++) e[first + i] = values[i] - b[first + i];
    });
  }

  function sumOfSquares(): number {
    let sum = 0;
    errors(0, d);
    for (let i = 0; i < d; i++) sum += lambda[i] * e[i] * e[i];
    return sum;
  }

  /**
   * dw/dt = −λ(g e + (I/τ) slope)·direction over time h, coordinates [lo, hi), in steps of RK4: as many as keep gλκh of each below ½, at the state before;
   * share = I/τ. The few coordinates that noise has carried to a large κ would else leave RK4's region of stability.
   */
  function drift(lo: number, hi: number, h: number, g: number, share: number): void {
    let active = hi - lo;
    kappa.run(columns, lo, hi, ([values], first, length) => {
      for (let i = 0; i < length; i++) {
        const at = first + i - lo;
        indices[at] = first + i;
        const wanted = Math.ceil(2 * g * lambda[first + i] * values[i] * h);
        parts[at] = wanted >= 1 ? Math.min(wanted, MOST_PARTS) : 1;
      }
    });
    for (let done = 1; active > 0; done++) {
      step(active, h, g, share);
      let left = 0;
      for (let j = 0; j < active; j++) {
        if (parts[j] <= done) continue;
        indices[left] = indices[j];
        parts[left++] = parts[j];
      }
      active = left;
    }
  }

  /** One part of each of the first `count` coordinates in `indices`. */
  function step(count: number, h: number, g: number, share: number): void {
    for (let k = 0; k < n; k++) {
      for (let j = 0; j < count; j++) stage[k][j] = planes[k][indices[j]];
      total[k].fill(0, 0, count);
    }
    for (const [weight, ahead] of [
      [1 / 6, 0.5],
      [1 / 3, 0.5],
      [1 / 3, 1],
      [1 / 6, 0],
    ]) {
      beta.run(stageColumns, 0, count, ([values], first, length) => {
        for (let i = 0; i < length; i++) stageError[first + i] = values[i] - b[indices[first + i]];
      });
      directions.run(stageColumns, 0, count, (values, first, length) => {
        for (let k = 0; k < n; k++) {
          for (let i = 0; i < length; i++) {
            const at = first + i;
            const along = lambda[indices[at]] * (g * stageError[at] + share * values[n + k][i]);
            const slope = -along * values[k][i];
            total[k][at] += weight * slope;
            stage[k][at] = planes[k][indices[at]] + ahead * (h / parts[at]) * slope;
          }
        }
      });
    }
    for (let k = 0; k < n; k++) for (let j = 0; j < count; j++) planes[k][indices[j]] += (h / parts[j]) * total[k][j];
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
    errors(lo, hi);
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
            sink.failure(save, divergenceOfSteps(twice, limits.twiceRisk), starts[k] + tau);
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
        sink.failure(save, divergenceOfSteps(twice, limits.twiceRisk));
        return;
      }
      sink.sample(save, state, integrals);
    }
    yield cost;
  };
}
