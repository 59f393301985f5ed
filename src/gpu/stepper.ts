/** Which kernel advances a batch of replicas, how it is cut into workgroups, and the dispatches that some steps are. */
import { bridgeBlocks } from '../problem/index.ts';
import type { EnsembleRequest } from '../statistics/index.ts';
import type { Device } from './device.ts';
import { Flag } from './params.ts';
import { LARGEST_RESIDENT_DIMENSION, scratchOf, sgdKernel } from './scratch.ts';
import type { Variant } from './shaders.ts';
import { fitsRegisters, lanesFor, shapeFor } from './tuning.ts';

/** One dispatch: some steps of all workgroups of a grid, or of a rectangle of it; or a save time. */
export interface Work {
  readonly pipeline: GPUComputePipeline;
  readonly save: boolean;
  /** Workgroups, from (groupX, groupY) of the grid on. */
  readonly x: number;
  readonly y: number;
  readonly groupX: number;
  readonly groupY: number;
  /** What a workgroup costs, in units that are alike for all steps, and for all saves. */
  readonly cost: number;
  /** Number of the first step; for a save the row of the results. */
  readonly first: number;
  readonly count: number;
  readonly flags: number;
  /** Two passes: the first sample of the slice. */
  readonly sample?: number;
}

/** Advances all replicas of a batch. */
export interface Stepper {
  /** Name of the kernel, for reports. */
  readonly kernel: string;
  /** Quads in a block and number of blocks; one block of everything where a workgroup holds a replica. */
  readonly blockQuads: number;
  readonly blocks: number;
  /** Samples of a mini-batch that are handled together, where they are cut. */
  readonly sliceSamples?: number;
  /** Dispatches that a step takes (0 if many steps share one). */
  readonly dispatchesPerStep: number;
  /** Cost of a step of one replica, in the units of `Work`. */
  readonly costPerReplica: number;
  /**
   * Appends the dispatches of steps first, …, first + count − 1, for `replicas` replicas.
   * fromRest: the state is at the start of step `first`, after a save or at the very beginning; toRest: a save follows.
   */
  steps(out: Work[], replicas: number, first: number, count: number, fromRest: boolean, toRest: boolean): void;
  /** Which half of the block sums the next dispatch reads, and whether they are known; absent where dispatches leave none. */
  turn?: Turn;
}

export interface Turn {
  readonly parity: number;
  readonly known: boolean;
}

export interface StepperOptions {
  /** Threads a workgroup; chosen for the device unless given. */
  readonly workgroupSize?: number;
  /** Whether reductions may use subgroups where the device has them. Default true. */
  readonly subgroups?: boolean;
}

const SCHEMES = { strang: 0, euler: 1, 'euler-uv': 2 } as const;

/** The kernel of a request, for `replicas` replicas that run together. */
export function stepperFor(
  device: Device,
  request: EnsembleRequest,
  replicas: number,
  options: StepperOptions,
): Promise<Stepper> {
  const { problem, method } = request;
  if (method.kind === 'sgd') {
    const kernel = sgdKernel(problem);
    if (kernel === 'streamed') return bridgeSgd(device, request, options);
    return kernel === 'resident'
      ? residentSgd(device, request, options)
      : twoPassSgd(device, request, replicas, options);
  }
  if (method.coupling !== 'interacting') return meanFieldSde(device, request, options);
  return problem.dimension <= LARGEST_RESIDENT_DIMENSION
    ? residentSde(device, request, options)
    : streamedSde(device, request, options);
}

/** A dispatch of `count` steps over a whole grid, of which a workgroup costs `each` a step. */
function grid(
  pipeline: GPUComputePipeline,
  x: number,
  y: number,
  each: number,
  first: number,
  count: number,
  flags = 0,
) {
  return { pipeline, save: false, x, y, groupX: 0, groupY: 0, cost: each * count, first, count, flags };
}

/** What the SGD kernels share: the law, its parameter, and whether labels are noisy. */
function sgdVariant({ problem }: EnsembleRequest, constants: NonNullable<Variant['constants']>): Variant {
  const { features, labelNoise } = problem;
  return {
    features: features.kind,
    constants: {
      ...(features.kind === 'student-t' ? { STUDENT_DEGREES: { f32: features.degrees } } : {}),
      LABEL_NOISE: labelNoise > 0,
      ...constants,
    },
  };
}

function subgroupOf(device: Device, { subgroups = true }: StepperOptions): number | null {
  return subgroups ? device.info.subgroupSize : null;
}

function schemeOf({ method }: EnsembleRequest): number {
  return method.kind === 'sde' ? SCHEMES[method.scheme] : 0;
}

async function residentSgd(device: Device, request: EnsembleRequest, options: StepperOptions): Promise<Stepper> {
  const quads = Math.ceil(request.problem.dimension / 4);
  const { workgroup, perThread, lanes } = shapeFor(device, quads, 2, options.workgroupSize);
  const shape = { WORKGROUP: workgroup, QUADS: perThread, LANES: lanes };
  const variant = { ...sgdVariant(request, shape), subgroup: subgroupOf(device, options) };
  const { batchSize } = request.problem;
  const several = batchSize > 1;
  // Features are drawn twice.
  const cost = 4 * quads * (several ? 2 * batchSize : 1);
  const pipeline = several
    ? await device.pipeline('sgd-resident-batch', 'sgd_resident_batch', { ...variant, sum: 'vec4f' })
    : await device.pipeline('sgd-resident', 'sgd_resident', { ...variant, sum: 'f32' });
  return {
    kernel: several ? 'sgd-resident-batch' : 'sgd-resident',
    blockQuads: quads,
    blocks: 1,
    dispatchesPerStep: 0,
    costPerReplica: cost,
    steps: (out, replicas, first, count) => out.push(grid(pipeline, replicas, 1, cost, first, count)),
  };
}

async function bridgeSgd(device: Device, request: EnsembleRequest, options: StepperOptions): Promise<Stepper> {
  const { problem } = request;
  const { size, count: blocks } = bridgeBlocks(problem.dimension);
  const blockQuads = size / 4;
  const { workgroup, perThread } = shapeFor(device, blockQuads, 4, options.workgroupSize);
  const fours = Math.ceil(blocks / 4);
  const blockFours = Math.ceil(fours / workgroup);
  const keep = fitsRegisters(workgroup, perThread);
  const pipeline = await device.pipeline('sgd-streamed', 'sgd_streamed', {
    subgroup: subgroupOf(device, options),
    ...sgdVariant(request, {
      MINI_BATCH: problem.batchSize > 1,
      WORKGROUP: workgroup,
      QUADS: perThread,
      LANES: lanesFor(workgroup, Math.max(perThread, blockFours)),
      BLOCK_FOURS: blockFours,
      // Samples a reduction: one component of the sum carries Σ a g.
      GROUP: problem.batchSize > 1 ? 3 : 1,
      KEEP: keep,
      KEPT: keep ? perThread : 1,
    }),
    sum: problem.batchSize > 1 ? 'vec4f' : 'vec2f',
  });
  let parity = 0;
  const work = (replicas: number, first: number, flags: number): Work => {
    const made = grid(pipeline, blocks, replicas, size, first, 1, flags | (parity * Flag.parity));
    parity = 1 - parity;
    return made;
  };
  let known = false;
  return {
    get turn() {
      return { parity, known };
    },
    set turn(turn: Turn) {
      ({ parity, known } = turn);
    },
    kernel: 'sgd-streamed',
    blockQuads,
    blocks,
    dispatchesPerStep: 1,
    costPerReplica: size * blocks,
    steps(out, replicas, first, count) {
      if (!known) out.push(work(replicas, first, Flag.sumsOnly));
      known = true;
      for (let k = 0; k < count; k++) out.push(work(replicas, first + k, 0));
    },
  };
}

async function twoPassSgd(
  device: Device,
  request: EnsembleRequest,
  atOnce: number,
  options: StepperOptions,
): Promise<Stepper> {
  const { problem } = request;
  const { size, count: blocks } = bridgeBlocks(problem.dimension);
  const blockQuads = size / 4;
  const { workgroup, perThread } = shapeFor(device, blockQuads, 4, options.workgroupSize);
  const blockItems = Math.ceil(blocks / workgroup);
  const { batchSize } = problem;
  const { slice } = scratchOf(request, atOnce);
  const width = Math.min(size, problem.dimension);
  const variant: Variant = {
    subgroup: subgroupOf(device, options),
    ...sgdVariant(request, {
      WORKGROUP: workgroup,
      QUADS: perThread,
      LANES: lanesFor(workgroup, Math.max(perThread, blockItems)),
      BLOCK_ITEMS: blockItems,
    }),
    sum: 'vec4f',
  };
  const [residuals, update] = await Promise.all([
    device.pipeline('sgd-two-pass', 'residuals', variant),
    device.pipeline('sgd-two-pass', 'update', variant),
  ]);
  return {
    kernel: 'sgd-two-pass',
    blockQuads,
    blocks,
    sliceSamples: slice,
    dispatchesPerStep: 2 * Math.ceil(batchSize / slice),
    costPerReplica: 2 * width * blocks * batchSize,
    steps(out, replicas, first, count) {
      for (let k = 0; k < count; k++) {
        for (let sample = 0; sample < batchSize; sample += slice) {
          const cost = width * Math.min(slice, batchSize - sample);
          for (const pipeline of [residuals, update]) {
            out.push({ ...grid(pipeline, blocks, replicas, cost, first + k, 1), sample });
          }
        }
      }
    },
  };
}

async function residentSde(device: Device, request: EnsembleRequest, options: StepperOptions): Promise<Stepper> {
  const quads = Math.ceil(request.problem.dimension / 4);
  const { workgroup, perThread, lanes } = shapeFor(device, quads, 2, options.workgroupSize);
  const pipeline = await device.pipeline('sde-resident', 'sde_resident', {
    subgroup: subgroupOf(device, options),
    constants: { SCHEME: schemeOf(request), WORKGROUP: workgroup, QUADS: perThread, LANES: lanes },
    sum: 'vec2f',
  });
  return {
    kernel: 'sde-resident',
    blockQuads: quads,
    blocks: 1,
    dispatchesPerStep: 0,
    costPerReplica: 4 * quads,
    steps: (out, replicas, first, count, fromRest, toRest) =>
      out.push(grid(pipeline, replicas, 1, 4 * quads, first, count, rests(fromRest, toRest))),
  };
}

async function streamedSde(device: Device, request: EnsembleRequest, options: StepperOptions): Promise<Stepper> {
  const { size, count: blocks } = bridgeBlocks(request.problem.dimension);
  const blockQuads = size / 4;
  const { workgroup, perThread } = shapeFor(device, blockQuads, 4, options.workgroupSize);
  const blockItems = Math.ceil(blocks / workgroup);
  const pipeline = await device.pipeline('sde-streamed', 'sde_streamed', {
    subgroup: subgroupOf(device, options),
    constants: {
      SCHEME: schemeOf(request),
      WORKGROUP: workgroup,
      QUADS: perThread,
      LANES: lanesFor(workgroup, Math.max(perThread, blockItems)),
      BLOCK_ITEMS: blockItems,
    },
    sum: 'vec2f',
  });
  let parity = 0;
  const work = (replicas: number, first: number, flags: number): Work => {
    const made = grid(pipeline, blocks, replicas, size, first, 1, flags | (parity * Flag.parity));
    parity = 1 - parity;
    return made;
  };
  return {
    get turn() {
      return { parity, known: true };
    },
    set turn(turn: Turn) {
      ({ parity } = turn);
    },
    kernel: 'sde-streamed',
    blockQuads,
    blocks,
    dispatchesPerStep: 1,
    costPerReplica: size * blocks,
    steps(out, replicas, first, count, fromRest, toRest) {
      if (fromRest) out.push(work(replicas, first, Flag.fromRest));
      for (let k = 0; k < count; k++) {
        out.push(work(replicas, first + k, rests(false, toRest && k === count - 1)));
      }
    },
  };
}

async function meanFieldSde(device: Device, request: EnsembleRequest, options: StepperOptions): Promise<Stepper> {
  const quads = Math.ceil(request.problem.dimension / 4);
  const workgroup = options.workgroupSize ?? 64;
  const pipeline = await device.pipeline('sde-mean-field', 'sde_mean_field', {
    constants: { SCHEME: schemeOf(request), WORKGROUP: workgroup },
    subgroup: null,
  });
  const x = Math.ceil(quads / workgroup);
  return {
    kernel: 'sde-mean-field',
    blockQuads: quads,
    blocks: 1,
    dispatchesPerStep: 0,
    costPerReplica: 4 * workgroup * x,
    steps: (out, replicas, first, count, fromRest, toRest) =>
      out.push(grid(pipeline, x, replicas, 4 * workgroup, first, count, rests(fromRest, toRest))),
  };
}

function rests(fromRest: boolean, toRest: boolean): number {
  return (fromRest ? Flag.fromRest : 0) | (toRest ? Flag.toRest : 0);
}
