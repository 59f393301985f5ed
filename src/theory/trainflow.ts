/**
 * Gradient flow on the training risk of finite data (docs/theory.md, "Finite data"). Every plane w of every model moves along its own direction,
 * dw/dZ = −direction(w), so that one number Z_i a coordinate, which lies in the span of the rows, holds all of it: dZ/dτ = (√d/n) Σ_j r_j x_j, τ = ∫γ dt.
 */

import { isSchedule, ruleOf } from '../dynamics/index.ts';
import { genericModel } from '../dynamics/models/compiled.ts';
import { planeTree } from '../dynamics/models/trees.ts';
import { Loop } from '../expression/loop.ts';
import { stepSizeIntegral } from '../problem/schedule.ts';
import type { Dataset, Problem } from '../problem/types.ts';
import { Design } from '../statistics/design.ts';
import { Finisher } from '../statistics/finish.ts';
import { MomentMeans, type WeightState } from '../statistics/means.ts';
import { drive } from './drive.ts';
import { integrateInSlices } from './extrapolation.ts';
import type { FlowOptions, FlowSolution } from './flow.ts';

export interface TrainingFlowSolution extends FlowSolution {
  /** The planes at the last save time. */
  readonly end: WeightState;
}

/** Error of each step in every Z_i, which is a change of log|w| at depth two; relative where |Z_i| > 1. */
export const TRAINING_FLOW_TOLERANCE = 1e-10;

/**
 * Every statistic along u̇ = −γ∇_u R̂, v̇ = −γ∇_v R̂ (with momentum γ/(1 − θ)). Cost: n·d an evaluation of the equation, some dozens of them a step; memory n·d
 * numbers, or none of them beyond 2²⁵, where rows are made again for each evaluation.
 * @throws RangeError for a step size that depends on the state.
 */
export async function solveTrainingFlow(
  problem: Problem,
  dataset: Dataset,
  testSet: Dataset | null,
  { times, statistics, signal, attention, onProgress }: FlowOptions,
): Promise<TrainingFlowSolution> {
  const { dimension: d, b, stepSize, horizon, momentum } = problem;
  if (!isSchedule(stepSize))
    throw new RangeError('gradient flow on the training risk takes a step size that is a schedule');
  const { model, names, start, beta } = genericModel(problem);
  const flows = new Loop(model.planes.map((plane, k) => planeTree(plane, 'flow', names[k], { s: 's' })));
  const design = new Design(dataset, problem, 0);
  const test = testSet && new Design(testSet, problem, 0);
  const planes = names.map(() => new Float64Array(d));
  const columns: Record<string, Float64Array> = {};
  for (const [k, name] of names.entries()) columns[name] = planes[k];
  const state = { p: planes[0], q: planes[1] ?? new Float64Array(d) };
  const e = new Float64Array(d);
  const finisher = new Finisher(problem, statistics, times);
  const means = new MomentMeans(finisher.moments, problem);
  const values = statistics.map(() => new Float64Array(times.length));
  const factor = 1 / (1 - ruleOf(momentum).theta);

  /** Planes and errors of Z. */
  function place(z: Float64Array): void {
    const from: Record<string, Float64Array> = { s: z };
    for (const [k, name] of names.entries()) from[name] = start[k];
    flows.run(from, 0, d, (moved, first, count) => {
      for (let k = 0; k < names.length; k++)
        for (let i = 0; i < count; i++) planes[k][first + i] = start[k][first + i] + moved[k][i];
    });
    beta.run(columns, 0, d, ([found], first, count) => {
      for (let i = 0; i < count; i++) e[first + i] = found[i] - b[first + i];
    });
  }

  function* work(): Generator<void, void> {
    const z = new Float64Array(d);
    const tauOf = (t: number) => factor * stepSizeIntegral(stepSize, t, horizon);
    const end = tauOf(times[times.length - 1]);
    const slope = (_: number, at: Float64Array, out: Float64Array) => {
      place(at);
      design.gradient(e, out);
    };
    const scale = (value: number) => Math.max(1, Math.abs(value));
    const out = new Float64Array(statistics.length);
    let step = 0.01 * end;
    for (const [i, t] of times.entries()) {
      const [from, to] = [i > 0 ? tauOf(times[i - 1]) : 0, tauOf(t)];
      if (to > from) step = yield* integrateInSlices(slope, z, from, to, TRAINING_FLOW_TOLERANCE, scale, step);
      place(z);
      const risks = { trainRisk: design.gradient(e, new Float64Array(d)), testRisk: test?.risk(e) ?? Number.NaN };
      finisher.finish(means.evaluate(state), i, new Float64Array(0), out, 0, risks);
      for (let k = 0; k < out.length; k++) values[k][i] = out[k];
      onProgress?.(t);
      yield;
    }
  }
  await drive(work(), signal, attention);
  return { times, values, end: state };
}
