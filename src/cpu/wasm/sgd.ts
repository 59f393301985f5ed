/** SGD on the WebAssembly kernels: hands them chunks of steps, and the state on at save times (docs/paths.md, "SGD"). */
import { isSchedule, modelOf } from '../../dynamics/index.ts';
import { hasFastSgd, stepsPerPass } from '../../problem/algorithm.ts';
import { divergence, withoutStepSize } from '../../problem/divergence.ts';
import { bridgeBlocks, type FeatureLaw, type Problem, stepSizeAt } from '../../problem/index.ts';
import { datasetOf, RowOrder } from '../../random/order.ts';
import { datasetOfProblem } from '../../random/samples.ts';
import { packState, unpackState } from '../workers/pathstate.ts';
import type { Job, PathSink, PathState, RunReplica, SgdPlan } from '../workers/simulator.ts';
import { emitSlots, shapeOf } from './emit/slots.ts';
import { binary as plainBinary } from './generated/sgd-plain.ts';
import { Layout, padded } from './memory.ts';
import { instantiate } from './modules.ts';
import { fillArray, State, takePlaces } from './state.ts';
import { openTeam, share, takeCommand } from './team.ts';

/** Coordinate-steps a call of a kernel: about ten milliseconds. */
const WORK = 1 << 21;
/** Steps a call at most. */
const MOST_STEPS = 4096;
/** Samples of a mini-batch are kept between residual and update up to this many bytes, and made twice beyond. */
const LARGEST_BATCH = 1 << 20;
/** Groups of 16 coordinates in a block of assembly/sgd-generic.ts. */
const GENERIC_BLOCK = 64;

interface PlainKernel {
  prepare(
    groups: number,
    batch: number,
    stored: number,
    law: number,
    degrees: number,
    noise: number,
    dimension: number,
    limit: number,
    root: number,
    fourB: number,
    scratch: number,
    residuals: number,
    key0: number,
    key1: number,
    rows: number,
    offsets: number,
  ): void; // prettier-ignore
  advance(p: number, q: number, features: number, replica: number, step: number, steps: number, gains: number): number; // prettier-ignore
  failing(): number;
}

const LAWS: Record<FeatureLaw['kind'], number> = { gaussian: 0, rademacher: 1, uniform: 2, 'student-t': 3 };

/** Steps a call for so many coordinate-steps. */
function stepsOf(work: number, dimension: number): number {
  return Math.max(1, Math.min(MOST_STEPS, Math.floor(work / dimension)));
}

/** Why a call of a kernel took fewer steps than it was given. */
type Stop = { readonly residual: number } | 'no step size';

/** A kernel ready for one problem: advances the replica whose state is in place by some steps. */
interface Stepper {
  readonly state: State;
  /** What a replica is made of, all that a checkpoint keeps; what follows p and q begins with 0. */
  readonly arrays: readonly Float64Array[];
  /** Integrals of a step size that depends on the state. */
  readonly integrals?: Float64Array;
  /** Coordinate-steps to give a call. */
  readonly work: number;
  /** Steps that a pass takes together, default 1: a call has whole passes, or goes up to a save time. */
  readonly stepsPerPass?: number;
  /** [MOST_STEPS] `perGamma`·γ of the steps to come, where γ is a function of time alone. */
  readonly gammas: Float64Array;
  readonly perGamma: number;
  /** `ahead`: steps of the pass that follows, 0 after the last. `begin`: there was no call before this one that left the state. */
  advance(
    replica: number,
    step: number,
    steps: number,
    ahead: number,
    begin: boolean,
  ): { readonly taken: number; readonly stop?: Stop };
  close(): void;
}

export async function wasmSgd(job: Job, plan: SgdPlan): Promise<RunReplica> {
  return runOf(await open(job, plan), plan);
}

/** Plain SGD of single fresh samples, two steps a pass, at any dimension. */
export async function sStepSgd(job: Job, plan: SgdPlan): Promise<RunReplica> {
  return runOf(await sStep(job), plan);
}

function runOf(stepper: Stepper, plan: SgdPlan): RunReplica {
  return Object.assign((replica: number, sink: PathSink, from?: PathState) => run(stepper, plan, replica, sink, from), {
    close: stepper.close,
  });
}

function open(job: Job, plan: SgdPlan): Promise<Stepper> {
  if (!hasFastSgd(job.problem)) return generic(job);
  if (plan.algorithm === 'bridge') return bridge(job, plan.blockLength);
  return stepsPerPass(job.problem) > 1 ? sStep(job) : plain(job);
}

function* run(
  { state, arrays, integrals, work, stepsPerPass: pass = 1, gammas, perGamma, advance }: Stepper,
  plan: SgdPlan,
  replica: number,
  sink: PathSink,
  from?: PathState,
): Generator<number, void, void> {
  const { dimension: d, stepSize, horizon } = state.problem;
  const most = pass * Math.max(1, Math.floor(stepsOf(work, d) / pass));
  state.reset();
  for (const array of arrays.slice(2)) array.fill(0);
  let step = 0;
  let first = 0;
  let begin = true;
  if (from) [first, step] = unpackState(from, 2, arrays, plan.saves);
  for (let save = first; save < plan.saves.length; save++) {
    const target = plan.saves[save];
    while (step < target) {
      if (sink.rest?.(() => packState([save, step], arrays))) yield 0;
      const steps = Math.min(most, target - step);
      if (isSchedule(stepSize))
        for (let k = 0; k < steps; k++) gammas[k] = perGamma * stepSizeAt(stepSize, (step + k) / d, horizon);
      const ahead = Math.min(pass, stepsLeft(plan, save, step + steps));
      const { taken, stop } = advance(replica, step, steps, ahead, begin);
      begin = false;
      step += taken;
      if (stop !== undefined) {
        const message =
          stop === 'no step size'
            ? withoutStepSize()
            : divergence('|r|', Math.abs(stop.residual), state.limits.residual);
        sink.failure(save, message, (step + 1) / d);
        return;
      }
      yield steps * d;
    }
    if (!state.sample(sink, save, { integrals })) return;
    if (state.problem.data) yield 0;
  }
}

/** Steps from `step` to the next save time after it, from number `save` on; 0 where there is none. */
function stepsLeft({ saves }: SgdPlan, save: number, step: number): number {
  while (save < saves.length && saves[save] <= step) save++;
  return save < saves.length ? saves[save] - step : 0;
}

async function plain({ problem, seed }: Job): Promise<Stepper> {
  const { dimension: d, batchSize: m, features, labelNoise, data } = problem;
  const groups = padded(d) / 16;
  const layout = new Layout();
  const places = takePlaces(layout, d);
  const root = layout.take(64 * groups);
  const fourB = layout.take(128 * groups);
  const stored = m === 1 || 64 * groups * m <= LARGEST_BATCH;
  const featuresAt = layout.take(stored ? 64 * groups * m : 0);
  const scratch = layout.take(16 * 256 + 64 * Math.ceil(m / 16));
  const residuals = layout.take(16 * m);
  const gains = layout.take(8 * MOST_STEPS);
  const samples = data ? m * stepsOf(WORK / m, d) : 0;
  const rowsAt = layout.take(4 * samples);
  const offsetsAt = layout.take(8 * samples);
  const memory = layout.memory(false);
  const kernel = await instantiate<PlainKernel>(plainBinary, memory);
  fillConstants(problem, memory, root, fourB);
  const state = new State(problem, places, memory);
  const degrees = features.kind === 'student-t' ? features.degrees : 0;
  kernel.prepare(
    groups,
    m,
    stored ? 1 : 0,
    LAWS[features.kind],
    degrees,
    labelNoise,
    d,
    state.limits.residual,
    root,
    fourB,
    scratch,
    residuals,
    seed | 0,
    Math.floor(seed / 2 ** 32),
    data ? rowsAt : 0,
    data ? offsetsAt : 0,
  ); // prettier-ignore
  const ahead = data && rowsAhead(problem, data, seed, memory, rowsAt, offsetsAt);
  return {
    state,
    arrays: [state.p, state.q],
    work: WORK / m,
    gammas: new Float64Array(memory.buffer, gains, MOST_STEPS),
    perGamma: state.gain / Math.sqrt(d),
    advance: (replica, step, steps) => {
      const numbered = ahead ? ahead(replica, step, steps) : replica;
      const taken = kernel.advance(places.p, places.q, featuresAt, numbered, step, steps, gains);
      return taken < steps ? { taken, stop: { residual: kernel.failing() } } : { taken };
    },
    close: () => {},
  };
}

/** Writes rows and offsets of the samples of some steps where the kernel reads them; returns the number of the dataset. */
function rowsAhead(
  problem: Problem,
  data: NonNullable<Problem['data']>,
  seed: number,
  memory: WebAssembly.Memory,
  rowsAt: number,
  offsetsAt: number,
): (replica: number, step: number, steps: number) => number {
  const { batchSize: m, labelNoise } = problem;
  const order = new RowOrder(data, m, seed);
  const dataset = datasetOfProblem(problem, seed)!;
  /** σε of every row of the dataset in use. */
  const noise = new Float64Array(labelNoise > 0 ? data.samples : 0);
  let filled = -1;
  return (replica, step, steps) => {
    const number = datasetOf(data, replica);
    if (filled !== number && noise.length > 0)
      for (let row = 0; row < data.samples; row++) noise[row] = dataset.noise(replica, row);
    filled = number;
    const rows = new Int32Array(memory.buffer, rowsAt, steps * m);
    const offsets = new Float64Array(memory.buffer, offsetsAt, steps * m);
    for (let k = 0; k < steps; k++) {
      for (let j = 0; j < m; j++) {
        const row = order.row(replica, step + k, j);
        rows[k * m + j] = row;
        if (noise.length > 0) offsets[k * m + j] = noise[row];
      }
    }
    return number;
  };
}

async function bridge({ problem, seed, helpers = [] }: Job, blockLength: number): Promise<Stepper> {
  const { dimension: d, batchSize: m, labelNoise } = problem;
  const members = 1 + helpers.length;
  const groups = padded(d) / 16;
  const blocks = Math.ceil(d / blockLength);
  const layout = new Layout();
  const places = takePlaces(layout, d);
  const root = layout.take(64 * groups);
  const fourB = layout.take(128 * groups);
  const fourA = layout.take(64 * groups);
  const featuresAt = layout.take(64 * groups);
  const scratchBytes = 24 * blocks + 16 + 64 * Math.ceil(blocks / 16) + 64 * Math.ceil(m / 16);
  const scratches = Array.from({ length: members }, () => layout.take(scratchBytes));
  const energies = layout.take(16 * blocks);
  const barrier = layout.take(8);
  const gains = layout.take(8 * MOST_STEPS);
  const command = takeCommand(layout);
  const memory = layout.memory(members > 1);
  fillConstants(problem, memory, root, fourB);
  const state = new State(problem, places, memory);
  const constants = (member: number) => {
    const { first, end } = share(blocks, member, members);
    return [
      groups,
      blockLength / 16,
      blocks,
      first,
      end,
      members,
      barrier,
      m,
      labelNoise,
      d,
      state.limits.residual,
      root,
      fourB,
      fourA,
      scratches[member],
      energies,
      seed | 0,
      Math.floor(seed / 2 ** 32),
    ]; // prettier-ignore
  };
  const team = await openTeam('sgd-bridge', memory, command, constants, helpers);
  return {
    state,
    arrays: [state.p, state.q],
    work: WORK * members,
    gammas: new Float64Array(memory.buffer, gains, MOST_STEPS),
    perGamma: state.gain / Math.sqrt(d),
    advance: (replica, step, steps) => {
      const taken = team.advance(places.p, places.q, featuresAt, replica, step, steps, gains);
      return taken < steps ? { taken, stop: { residual: team.failing() } } : { taken };
    },
    close: team.close,
  };
}

async function sStep({ problem, seed, helpers = [] }: Job): Promise<Stepper> {
  const { dimension: d, features, labelNoise } = problem;
  const members = 1 + helpers.length;
  const groups = padded(d) / 16;
  const { size, count: blocks } = bridgeBlocks(d);
  const layout = new Layout();
  const places = takePlaces(layout, d);
  const root = layout.take(64 * groups);
  const fourB = layout.take(128 * groups);
  const featuresAt = layout.take(2 * 64 * groups);
  const scratches = Array.from({ length: members }, () => layout.take(16 * 256));
  const sums = layout.take(2 * 32 * blocks);
  const barrier = layout.take(8);
  const gains = layout.take(8 * MOST_STEPS);
  const command = takeCommand(layout);
  const memory = layout.memory(members > 1);
  fillConstants(problem, memory, root, fourB);
  const state = new State(problem, places, memory);
  const constants = (member: number) => {
    const { first, end } = share(blocks, member, members);
    return [
      groups,
      size / 16,
      blocks,
      first,
      end,
      members,
      barrier,
      LAWS[features.kind],
      features.kind === 'student-t' ? features.degrees : 0,
      labelNoise,
      d,
      state.limits.residual,
      root,
      fourB,
      scratches[member],
      sums,
      seed | 0,
      Math.floor(seed / 2 ** 32),
    ]; // prettier-ignore
  };
  const team = await openTeam('sgd-s-step', memory, command, constants, helpers);
  return {
    state,
    arrays: [state.p, state.q],
    work: WORK * members,
    stepsPerPass: 2,
    gammas: new Float64Array(memory.buffer, gains, MOST_STEPS),
    perGamma: state.gain / Math.sqrt(d),
    advance: (replica, step, steps, ahead, begin) => {
      const taken = team.advance(places.p, places.q, featuresAt, replica, step, steps, ahead, Number(begin), gains);
      return taken < steps ? { taken, stop: { residual: team.failing() } } : { taken };
    },
    close: team.close,
  };
}

async function generic({ problem, seed, helpers = [] }: Job): Promise<Stepper> {
  const { dimension: d, batchSize: m, labelNoise, features, data } = problem;
  const shape = shapeOf(problem);
  const members = 1 + helpers.length;
  const groups = padded(d) / 16;
  const blocks = Math.ceil(groups / GENERIC_BLOCK);
  const layout = new Layout();
  const places = takePlaces(layout, d);
  const memories = Array.from({ length: shape.memories }, () => layout.take(128 * groups));
  const root = layout.take(64 * groups);
  const b = layout.take(128 * groups);
  const stored = m === 1 || 64 * groups * m <= LARGEST_BATCH;
  const featuresAt = layout.take(stored ? 64 * groups * m : 0);
  const sums = shape.moments.length + 1 + m;
  const scratchBytes = 16 * 256 + 64 * Math.ceil(m / 16) + 8 * (shape.integrals + sums);
  const scratches = Array.from({ length: members }, () => layout.take(scratchBytes));
  const partials = layout.take(16 * blocks * sums);
  const integralsAt = layout.take(8 * shape.integrals);
  const barrier = layout.take(8);
  const gammas = layout.take(8 * MOST_STEPS);
  const work = (WORK * members) / m;
  const samples = data ? m * stepsOf(work, d) : 0;
  const rowsAt = layout.take(4 * samples);
  const offsetsAt = layout.take(8 * samples);
  const command = takeCommand(layout);
  const memory = layout.memory(members > 1);
  fillArray(Float32Array, memory, root, d, (i) => Math.sqrt(problem.lambda[i]));
  fillArray(Float64Array, memory, b, d, (i) => problem.b[i]);
  const state = new State(problem, places, memory);
  const integrals = new Float64Array(memory.buffer, integralsAt, shape.integrals);
  const constants = (member: number) => {
    const { first, end } = share(blocks, member, members);
    return [
      groups,
      blocks,
      first,
      end,
      members,
      member === 0 ? 1 : 0,
      barrier,
      m,
      stored ? 1 : 0,
      LAWS[features.kind],
      features.kind === 'student-t' ? features.degrees : 0,
      labelNoise,
      d,
      state.limits.residual,
      featuresAt,
      scratches[member],
      partials,
      integralsAt,
      shape.moments.length,
      shape.integrals,
      shape.readsState ? 1 : 0,
      shape.needsGradient ? 1 : 0,
      seed | 0,
      Math.floor(seed / 2 ** 32),
      data ? rowsAt : 0,
      data ? offsetsAt : 0,
    ]; // prettier-ignore
  };
  const planes = [places.p, places.q].slice(0, modelOf(problem.parametrization).planes.length);
  const slots = emitSlots(problem, { planes, memories, root, b }, members > 1);
  const ahead = data && rowsAhead(problem, data, seed, memory, rowsAt, offsetsAt);
  const team = await openTeam('sgd-generic', memory, command, constants, helpers, slots);
  return {
    state,
    arrays: [state.p, state.q, ...memories.map((at) => new Float64Array(memory.buffer, at, d)), integrals],
    integrals,
    work,
    gammas: new Float64Array(memory.buffer, gammas, MOST_STEPS),
    perGamma: 1,
    advance: (replica, step, steps) => {
      const numbered = ahead ? ahead(replica, step, steps) : replica;
      const answer = team.advance(numbered, step, steps, gammas);
      if (answer < 0) return { taken: -1 - answer, stop: 'no step size' };
      return answer < steps ? { taken: answer, stop: { residual: team.failing() } } : { taken: answer };
    },
    close: team.close,
  };
}

function fillConstants(
  { dimension, lambda, b }: Problem,
  memory: WebAssembly.Memory,
  root: number,
  fourB: number,
): void {
  fillArray(Float32Array, memory, root, dimension, (i) => Math.sqrt(lambda[i]));
  fillArray(Float64Array, memory, fourB, dimension, (i) => 4 * b[i]);
}
