/** The SDE by Strang splitting on the WebAssembly kernels: chunks of steps, knots at the save times (docs/paths.md, "SDE"). */

import { log } from '../../elementary/index.ts';
import { divergence } from '../../problem/divergence.ts';
import type { Problem } from '../../problem/index.ts';
import { endOfLimit } from '../../statistics/program.ts';
import { packState, unpackState } from '../workers/pathstate.ts';
import type { Job, PathSink, PathState, RunReplica, SdePlan } from '../workers/simulator.ts';
import { Layout, padded } from './memory.ts';
import { fillArray, State, takePlaces } from './state.ts';
import { openTeam, share, takeCommand } from './team.ts';

/** Coordinate-steps a call of a kernel: about ten milliseconds. */
const WORK = 1 << 20;
/** Steps a call at most. */
const MOST_STEPS = 4096;
/** Groups of a block of the interacting kernel. */
const BLOCK = 256;

/** What both couplings need in memory besides a replica's state. */
function takeConstants(layout: Layout, dimension: number, members: number) {
  const wide = 8 * padded(dimension);
  return {
    places: takePlaces(layout, dimension),
    fourB: layout.take(wide),
    lambda: layout.take(wide / 2),
    rootLambda: layout.take(wide / 2),
    twoB: layout.take(wide / 2),
    halves: layout.take(8 * (MOST_STEPS + 1)),
    increments: layout.take(8 * MOST_STEPS),
    scratches: Array.from({ length: members }, () => layout.take(28 * 256)),
    barrier: layout.take(8),
    command: takeCommand(layout),
  };
}

function fillConstants(problem: Problem, at: ReturnType<typeof takeConstants>, memory: WebAssembly.Memory): void {
  const { dimension: d, lambda, b } = problem;
  fillArray(Float64Array, memory, at.fourB, d, (i) => 4 * b[i]);
  fillArray(Float32Array, memory, at.lambda, d, (i) => lambda[i]);
  fillArray(Float32Array, memory, at.rootLambda, d, (i) => Math.sqrt(lambda[i]));
  fillArray(Float32Array, memory, at.twoB, d, (i) => 2 * b[i]);
}

/** log|p q| at clock c, s_i(0) − 2λ_i c: known beyond the range in which p or q would underflow. */
function logInvariant(problem: Problem, start: Float64Array, clock: number, out: Float64Array): Float64Array {
  for (let i = 0; i < out.length; i++) out[i] = start[i] - 2 * problem.lambda[i] * clock;
  return out;
}

/** s(0) and room for s, when a statistic wants it. */
function invariantOf({ problem, wantsLogInvariant }: Job, state: State) {
  if (!wantsLogInvariant) return () => undefined;
  const start = Float64Array.from(state.p, (p, i) => log(Math.abs(p)) + log(Math.abs(state.q[i])));
  const s = new Float64Array(start.length);
  return (clock: number) => logInvariant(problem, start, clock, s);
}

export async function wasmSde(job: Job, plan: SdePlan): Promise<RunReplica> {
  return plan.increments ? meanField(job, plan, plan.increments) : interacting(job, plan);
}

async function meanField(job: Job, plan: SdePlan, increments: Float64Array): Promise<RunReplica> {
  const { problem, seed, helpers = [] } = job;
  const members = 1 + helpers.length;
  const { dimension: d } = problem;
  const groups = padded(d) / 16;
  const layout = new Layout();
  const at = takeConstants(layout, d, members);
  const memory = layout.memory(members > 1);
  fillConstants(problem, at, memory);
  const state = new State(problem, at.places, memory);
  const invariant = invariantOf(job, state);
  const halves = new Float64Array(memory.buffer, at.halves, MOST_STEPS + 1);
  const clocks = new Float64Array(memory.buffer, at.increments, MOST_STEPS);
  const constants = (member: number) => [
    member,
    members,
    at.barrier,
    at.fourB,
    at.lambda,
    at.rootLambda,
    at.twoB,
    at.scratches[member],
    seed | 0,
    Math.floor(seed / 2 ** 32),
  ]; // prettier-ignore
  const team = await openTeam('sde-mean-field', memory, at.command, constants, helpers);

  function* run(replica: number, sink: PathSink, from?: PathState) {
    const { p, q } = at.places;
    state.reset();
    let clock = 0;
    let step = 0;
    let begin = 0;
    // Groups below have taken the steps of the present call already.
    let walked = 0;
    if (from) [begin, step, clock, walked] = unpackState(from, 4, [state.p, state.q], plan.saves);
    for (let save = begin; save < plan.saves.length; save++) {
      const target = plan.saves[save];
      if (target > 0 && Number.isNaN(increments[target - 1])) {
        sink.failure(save, endOfLimit(plan.end), plan.end);
        return;
      }
      const start = save > 0 ? plan.saves[save - 1] : 0;
      while (step < target) {
        const steps = Math.min(MOST_STEPS, target - step);
        const ends = step + steps === target;
        fillHalves(halves, plan, step, steps);
        clocks.set(increments.subarray(step, step + steps));
        // Whole stretches of 16 groups, as many as make up the work of a call.
        const length = 16 * members * Math.max(1, Math.floor(WORK / (256 * steps)));
        for (let first = walked; first < groups; first += length) {
          if (sink.rest?.(() => packState([save, step, clock, first], [state.p, state.q]))) yield 0;
          const end = Math.min(first + length, groups);
          const begins = step === start ? 1 : 0;
          team.advance(p, q, first, end, replica, step, steps, at.halves, at.increments, begins, ends ? 1 : 0);
          yield steps * (Math.min(16 * end, d) - 16 * first);
        }
        walked = 0;
        for (let k = step; k < step + steps; k++) clock += increments[k];
        step += steps;
      }
      if (!state.sample(sink, save, { s: invariant(clock) })) return;
    }
  }
  return Object.assign(run, { close: team.close });
}

async function interacting(job: Job, plan: SdePlan): Promise<RunReplica> {
  const { problem, seed, helpers = [] } = job;
  const members = 1 + helpers.length;
  const { dimension: d, batchSize, labelNoise } = problem;
  const groups = padded(d) / 16;
  const blocks = Math.ceil(groups / BLOCK);
  const layout = new Layout();
  const at = takeConstants(layout, d, members);
  const variancesAt = layout.take(8 * MOST_STEPS);
  const lengthsAt = layout.take(8 * MOST_STEPS);
  const sums = layout.take(32 * blocks);
  const memory = layout.memory(members > 1);
  fillConstants(problem, at, memory);
  const state = new State(problem, at.places, memory);
  const invariant = invariantOf(job, state);
  const limit = state.limits.twiceRisk;
  const halves = new Float64Array(memory.buffer, at.halves, MOST_STEPS + 1);
  const increments = new Float64Array(memory.buffer, at.increments, MOST_STEPS);
  const variances = new Float64Array(memory.buffer, variancesAt, MOST_STEPS);
  const lengths = new Float64Array(memory.buffer, lengthsAt, MOST_STEPS);
  /** What a call that ends between two knots leaves for the next one. */
  const left = new Float64Array(memory.buffer, sums, 4 * blocks);
  const most = Math.max(1, Math.min(MOST_STEPS, Math.floor((WORK * members) / d)));
  const constants = (member: number) => {
    const { first, end } = share(blocks, member, members);
    return [
      groups,
      first,
      end,
      members,
      at.barrier,
      d,
      labelNoise,
      limit,
      at.fourB,
      at.lambda,
      at.rootLambda,
      at.twoB,
      at.scratches[member],
      sums,
      seed | 0,
      Math.floor(seed / 2 ** 32),
    ]; // prettier-ignore
  };
  const team = await openTeam('sde-interacting', memory, at.command, constants, helpers);

  function* run(replica: number, sink: PathSink, from?: PathState) {
    const { p, q } = at.places;
    state.reset();
    let clock = 0;
    let step = 0;
    let begin = 0;
    if (from) [begin, step, clock] = unpackState(from, 3, [state.p, state.q, left], plan.saves);
    for (let save = begin; save < plan.saves.length; save++) {
      const target = plan.saves[save];
      const start = save > 0 ? plan.saves[save - 1] : 0;
      while (step < target) {
        if (sink.rest?.(() => packState([save, step, clock], [state.p, state.q, left]))) yield 0;
        const steps = Math.min(most, target - step);
        fillHalves(halves, plan, step, steps);
        for (let k = 0; k < steps; k++) {
          variances[k] = plan.g[step + k] ** 2 / batchSize;
          lengths[k] = plan.lengths[step + k];
        }
        const taken = team.advance(
          p,
          q,
          replica,
          step,
          steps,
          at.halves,
          variancesAt,
          lengthsAt,
          at.increments,
          step === start ? 1 : 0,
          step + steps === target ? 1 : 0,
        ); // prettier-ignore
        for (let k = 0; k < taken; k++) clock += increments[k];
        step += taken;
        if (taken < steps) {
          sink.failure(save, divergence('2R', team.failing(), limit), plan.starts[step] + plan.lengths[step]);
          return;
        }
        yield steps * d;
      }
      if (!state.sample(sink, save, { s: invariant(clock) })) return;
    }
  }
  return Object.assign(run, { close: team.close });
}

/** ½gτ of the steps to come, and of the one after them, which a chunk that ends between two knots runs into. */
function fillHalves(halves: Float64Array, plan: SdePlan, step: number, steps: number): void {
  for (let k = 0; k <= steps; k++) {
    halves[k] = step + k < plan.g.length ? 0.5 * plan.g[step + k] * plan.lengths[step + k] : 0;
  }
}
