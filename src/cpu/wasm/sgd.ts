/** SGD on the WebAssembly kernels: hands them chunks of steps, and the state on at save times (docs/paths.md, "SGD"). */
import { divergence } from '../../problem/divergence.ts';
import { type FeatureLaw, type FiniteData, type Problem, stepSizeAt } from '../../problem/index.ts';
import { datasetOf, RowOrder } from '../../random/order.ts';
import { datasetOfProblem } from '../../random/samples.ts';
import { packState, unpackState } from '../workers/pathstate.ts';
import type { Job, PathSink, PathState, RunReplica, SgdPlan } from '../workers/simulator.ts';
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

/** A kernel ready for one problem: advances the replica whose state is in place by some steps; how many it took. */
interface Stepper {
  readonly state: State;
  /** Coordinate-steps to give a call. */
  readonly work: number;
  /** [MOST_STEPS] gain·γ/√d of the steps to come. */
  readonly gains: Float64Array;
  advance(replica: number, step: number, steps: number): number;
  failing(): number;
  close(): void;
}

export async function wasmSgd(job: Job, plan: SgdPlan): Promise<RunReplica> {
  const stepper = plan.algorithm === 'plain' ? await plain(job) : await bridge(job, plan.blockLength);
  return Object.assign((replica: number, sink: PathSink, from?: PathState) => run(stepper, plan, replica, sink, from), {
    close: stepper.close,
  });
}

function* run(
  stepper: Stepper,
  plan: SgdPlan,
  replica: number,
  sink: PathSink,
  from?: PathState,
): Generator<number, void, void> {
  const { state, gains, work } = stepper;
  const { dimension: d, stepSize, horizon } = state.problem;
  const most = stepsOf(work, d);
  const rootD = Math.sqrt(d);
  state.reset();
  let step = 0;
  let first = 0;
  if (from) [first, step] = unpackState(from, 2, [state.p, state.q], plan.saves);
  for (let save = first; save < plan.saves.length; save++) {
    const target = plan.saves[save];
    while (step < target) {
      if (sink.rest?.(() => packState([save, step], [state.p, state.q]))) yield 0;
      const steps = Math.min(most, target - step);
      for (let k = 0; k < steps; k++) gains[k] = (state.gain * stepSizeAt(stepSize, (step + k) / d, horizon)) / rootD;
      const taken = stepper.advance(replica, step, steps);
      step += taken;
      if (taken < steps) {
        sink.failure(save, divergence('|r|', Math.abs(stepper.failing()), state.limits.residual), (step + 1) / d);
        return;
      }
      yield steps * d;
    }
    if (!state.sample(sink, save)) return;
    if (state.problem.data) yield 0;
  }
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
    work: WORK / m,
    gains: new Float64Array(memory.buffer, gains, MOST_STEPS),
    advance: (replica, step, steps) => {
      const numbered = ahead ? ahead(replica, step, steps) : replica;
      return kernel.advance(places.p, places.q, featuresAt, numbered, step, steps, gains);
    },
    failing: kernel.failing,
    close: () => {},
  };
}

/** Writes rows and offsets of the samples of some steps where the kernel reads them; returns the number of the dataset. */
function rowsAhead(
  problem: Problem,
  data: FiniteData,
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
    work: WORK * members,
    gains: new Float64Array(memory.buffer, gains, MOST_STEPS),
    advance: (replica, step, steps) => team.advance(places.p, places.q, featuresAt, replica, step, steps, gains),
    failing: team.failing,
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
