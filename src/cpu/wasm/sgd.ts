/** SGD on the WebAssembly kernels: hands them chunks of steps, and the state on at save times (docs/paths.md, "SGD"). */
import { type FeatureLaw, type Problem, stepSizeAt } from '../../problem/index.ts';
import { divergence } from '../reference/path.ts';
import type { PathSink, RunReplica, SgdPlan } from '../workers/simulator.ts';
import { binary as bridgeBinary } from './generated/sgd-bridge.ts';
import { binary as plainBinary } from './generated/sgd-plain.ts';
import { Layout, padded } from './memory.ts';
import { instantiate } from './modules.ts';
import { fillArray, State, takePlaces } from './state.ts';

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
  ): void; // prettier-ignore
  advance: Advance;
  failingResidual(): number;
}

interface BridgeKernel {
  prepare(
    groups: number,
    blockGroups: number,
    blocks: number,
    firstBlock: number,
    endBlock: number,
    members: number,
    place: number,
    batch: number,
    noise: number,
    dimension: number,
    limit: number,
    root: number,
    fourB: number,
    scratch: number,
    energies: number,
    key0: number,
    key1: number,
  ): void; // prettier-ignore
  advance: Advance;
  failingResidual(): number;
}

type Advance = (
  p: number,
  q: number,
  features: number,
  replica: number,
  step: number,
  steps: number,
  gains: number,
) => number;

const LAWS: Record<FeatureLaw['kind'], number> = { gaussian: 0, rademacher: 1, uniform: 2, 'student-t': 3 };

/** A kernel ready for one problem: advances the replica whose state is in place by some steps; how many it took. */
interface Stepper {
  readonly state: State;
  /** [MOST_STEPS] gain·γ/√d of the steps to come. */
  readonly gains: Float64Array;
  advance(replica: number, step: number, steps: number): number;
  failingResidual(): number;
}

export async function wasmSgd(problem: Problem, plan: SgdPlan, seed: number): Promise<RunReplica> {
  const stepper =
    plan.algorithm === 'plain' ? await plain(problem, seed) : await bridge(problem, plan.blockLength, seed);
  return (replica, sink) => run(stepper, plan, replica, sink);
}

function* run(stepper: Stepper, plan: SgdPlan, replica: number, sink: PathSink): Generator<number, void, void> {
  const { state, gains } = stepper;
  const { dimension: d, batchSize, stepSize, horizon } = state.problem;
  const most = Math.max(1, Math.min(MOST_STEPS, Math.floor(WORK / (d * (plan.algorithm === 'plain' ? batchSize : 1)))));
  const rootD = Math.sqrt(d);
  state.reset();
  let step = 0;
  for (let save = 0; save < plan.saves.length; save++) {
    const target = plan.saves[save];
    while (step < target) {
      const steps = Math.min(most, target - step);
      for (let k = 0; k < steps; k++) gains[k] = (state.gain * stepSizeAt(stepSize, (step + k) / d, horizon)) / rootD;
      const taken = stepper.advance(replica, step, steps);
      step += taken;
      if (taken < steps) {
        sink.failure(step / d, divergence('|r|', Math.abs(stepper.failingResidual()), state.residualLimit));
        return;
      }
      yield steps * d;
    }
    if (!state.sample(sink, save, step / d)) return;
  }
}

async function plain(problem: Problem, seed: number): Promise<Stepper> {
  const { dimension: d, batchSize: m, features, labelNoise } = problem;
  const groups = padded(d) / 16;
  const layout = new Layout();
  const places = takePlaces(layout, d);
  const root = layout.take(128 * groups);
  const fourB = layout.take(128 * groups);
  const stored = m === 1 || 64 * groups * m <= LARGEST_BATCH;
  const featuresAt = layout.take(stored ? 64 * groups * m : 0);
  const scratch = layout.take(20 * 512 + 64 * Math.ceil(m / 16));
  const residuals = layout.take(16 * m);
  const gains = layout.take(8 * MOST_STEPS);
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
    state.residualLimit,
    root,
    fourB,
    scratch,
    residuals,
    seed | 0,
    Math.floor(seed / 2 ** 32),
  ); // prettier-ignore
  return {
    state,
    gains: new Float64Array(memory.buffer, gains, MOST_STEPS),
    advance: (replica, step, steps) => kernel.advance(places.p, places.q, featuresAt, replica, step, steps, gains),
    failingResidual: kernel.failingResidual,
  };
}

async function bridge(problem: Problem, blockLength: number, seed: number): Promise<Stepper> {
  const { dimension: d, batchSize: m, labelNoise } = problem;
  const groups = padded(d) / 16;
  const blocks = Math.ceil(d / blockLength);
  const layout = new Layout();
  const places = takePlaces(layout, d);
  const root = layout.take(128 * groups);
  const fourB = layout.take(128 * groups);
  const featuresAt = layout.take(64 * groups);
  const scratch = layout.take(8 * 512 + 24 * blocks + 16 + 64 * Math.ceil(blocks / 16) + 64 * Math.ceil(m / 16));
  const energies = layout.take(16 * blocks);
  const barrier = layout.take(8);
  const gains = layout.take(8 * MOST_STEPS);
  const memory = layout.memory(false);
  const kernel = await instantiate<BridgeKernel>(bridgeBinary, memory);
  fillConstants(problem, memory, root, fourB);
  const state = new State(problem, places, memory);
  kernel.prepare(
    groups,
    blockLength / 16,
    blocks,
    0,
    blocks,
    1,
    barrier,
    m,
    labelNoise,
    d,
    state.residualLimit,
    root,
    fourB,
    scratch,
    energies,
    seed | 0,
    Math.floor(seed / 2 ** 32),
  ); // prettier-ignore
  return {
    state,
    gains: new Float64Array(memory.buffer, gains, MOST_STEPS),
    advance: (replica, step, steps) => kernel.advance(places.p, places.q, featuresAt, replica, step, steps, gains),
    failingResidual: kernel.failingResidual,
  };
}

function fillConstants(
  { dimension, lambda, b }: Problem,
  memory: WebAssembly.Memory,
  root: number,
  fourB: number,
): void {
  fillArray(Float64Array, memory, root, dimension, (i) => Math.sqrt(lambda[i]));
  fillArray(Float64Array, memory, fourB, dimension, (i) => 4 * b[i]);
}
