/** One backward sweep for all output times at once, at a fixed resolution in time and in z. */

import type { Schedule } from '../../dynamics/index.ts';
import { breakpoints, stepSizeAt } from '../../problem/schedule.ts';
import { evolve } from '../evolution.ts';
import type { LimitClass, LimitSetting } from '../law/types.ts';
import { rateOf } from '../population.ts';
import type { Accuracy, PopulationState } from '../request.ts';
import { IntervalGenerator, type NoiseStrength, type Response } from './generator.ts';
import { normalGrid, profileOf } from './profile.ts';

export interface Resolution {
  /** Intervals of √t from 0 to the last output time. */
  readonly intervals: number;
  /** Cells in z. */
  readonly cells: number;
}

/** Parts of the variance of X at every output time; NaN from the time on at which the limit blows up. */
export type SweepResult = readonly NoiseStrength[];

/** |z| up to which the normal law is represented. */
const REACH = 7;

/** γ by a schedule. */
type Setting = LimitSetting & { readonly stepSize: Schedule };

export function* sweep(
  setting: Setting,
  classes: readonly LimitClass[],
  /** Increasing, > 0. */
  outputs: Float64Array,
  resolution: Resolution,
  accuracy: Accuracy,
): Generator<void, SweepResult> {
  const ends = endpoints(setting, outputs, resolution.intervals);
  // Times at which the population is needed: the middle of every interval, and the outputs.
  const middle = (k: number) => 0.5 * (ends[k] + ends[k + 1]);
  const times = Float64Array.from(
    [0, ...Array.from(ends.slice(1), (_, k) => middle(k)), ...outputs].sort((a, b) => a - b),
  ).filter((t, i, all) => i === 0 || t > all[i - 1]);
  const states = new Map<number, PopulationState>();
  const evolution = yield* evolve({
    setting,
    classes,
    times,
    moments: [],
    accuracy,
    onState: (index, state) => states.set(times[index], state),
  });
  if (evolution.stopped === 'stuck')
    throw new Error(
      `the PDE could be followed to t = ${evolution.end} only, and so could its fluctuations: ${evolution.message}`,
    );
  const noise = Array.from(outputs, (t): NoiseStrength => {
    const start = states.has(t) ? 0 : Number.NaN;
    return { independent: start, projected: start, clock: start };
  });
  const first = states.get(0);
  if (!first || first.population.classes.length === 0) return noise;
  const { population } = first;
  const grid = normalGrid(REACH, resolution.cells);
  const generator = new IntervalGenerator(
    { weight: population.weight, lambda: population.lambda, batchSize: setting.batchSize },
    grid,
  );
  const path = evolution.path.toPath();
  const n = population.classes.length;
  const active: { index: number; response: Response }[] = [];
  let next = outputs.length - 1;
  for (let k = ends.length - 2; k >= 0; k--) {
    const to = ends[k + 1];
    while (next >= 0 && outputs[next] >= to) {
      const state = states.get(outputs[next]);
      if (state) {
        const response = { f: new Float64Array(n * grid.count), g: new Float64Array(n) };
        generator.observeRisk(profileOf(state, grid), response);
        active.push({ index: next, response });
      }
      next--;
    }
    if (active.length === 0) continue;
    const t = middle(k);
    const state = states.get(t);
    if (!state) continue;
    const length = to - ends[k];
    const g = rateOf(setting) * stepSizeAt(setting.stepSize, t, setting.horizon);
    generator.prepare(profileOf(state, grid), path.risk(Math.min(t, path.end)), g, length);
    for (const { index, response } of active) {
      generator.step(response, length, noise[index]);
      yield;
    }
  }
  noise.forEach(({ independent, projected, clock }, i) => {
    if (states.has(outputs[i]) && !Number.isFinite(independent + projected + clock))
      throw new Error(`the spread of the risk at t = ${outputs[i]} is not a finite number; ask for earlier times`);
  });
  return noise;
}

/** 0, then points equally spaced in √t, with the outputs and the jumps of the schedule among them. */
function endpoints(setting: Setting, outputs: Float64Array, intervals: number): Float64Array {
  const horizon = outputs[outputs.length - 1];
  const fixed = [...outputs, ...breakpoints(setting.stepSize, horizon)].sort((a, b) => a - b);
  const ends = [0];
  const spacing = Math.sqrt(horizon) / intervals;
  for (const t of fixed) {
    const from = Math.sqrt(ends[ends.length - 1]);
    const span = Math.sqrt(t) - from;
    if (!(span > 0)) continue;
    const parts = Math.max(1, Math.ceil(span / spacing - 1e-9));
    for (let i = 1; i < parts; i++) ends.push((from + (span * i) / parts) ** 2);
    ends.push(t);
  }
  return Float64Array.from(ends);
}
