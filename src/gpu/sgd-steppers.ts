/** The steppers of SGD (docs/paths.md): how each kernel is cut into workgroups. */
import { bridgeBlocks, stepsPerPass } from '../problem/index.ts';
import type { EnsembleRequest } from '../statistics/index.ts';
import type { Device } from './device.ts';
import { Flag } from './params.ts';
import { BRIDGE_GROUP, type Scratch } from './scratch.ts';
import type { Variant } from './shaders.ts';
import { grid, modelConstants, type Stepper, type StepperOptions, subgroupOf, type Turn } from './stepper.ts';
import { lanesFor, shapeFor } from './tuning.ts';

/** What the SGD kernels share: the law, its parameter, and whether labels are noisy. */
function sgdVariant({ problem }: EnsembleRequest, constants: NonNullable<Variant['constants']>): Variant {
  const { features, labelNoise } = problem;
  return {
    features: features.kind,
    constants: {
      ...(features.kind === 'student-t' ? { STUDENT_DEGREES: { f32: features.degrees } } : {}),
      LABEL_NOISE: labelNoise > 0,
      ...modelConstants(problem),
      ...constants,
    },
  };
}

/** One workgroup a replica. */
export async function residentSgd(
  device: Device,
  request: EnsembleRequest,
  scratch: Scratch,
  options: StepperOptions,
): Promise<Stepper> {
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
    scratch,
    kernel: several ? 'sgd-resident-batch' : 'sgd-resident',
    blockQuads: quads,
    blocks: 1,
    dispatchesPerStep: 0,
    costPerReplica: cost,
    steps: (out, replicas, first, count) => out.push(grid(pipeline, replicas, 1, cost, first, count)),
  };
}

/** Blocks of a streamed kernel, a thread of which keeps nothing from quad to quad and may have any number of them. */
function streamedShape(device: Device, { problem }: EnsembleRequest, { workgroupSize }: StepperOptions) {
  const { size, count: blocks } = bridgeBlocks(problem.dimension);
  const blockQuads = size / 4;
  // Small workgroups fill each other's waits.
  return { size, blocks, blockQuads, ...shapeFor(device, blockQuads, Math.max(3, blockQuads / 256), workgroupSize) };
}

/** Which half of the block sums the next dispatch reads, and whether they are known. */
class BlockSums {
  turn: Turn = { parity: 0, known: false };

  get half(): number {
    return this.turn.parity * Flag.parity;
  }

  /** After `dispatches` that each leave sums for the next one. */
  move(dispatches: number): void {
    this.turn = { parity: (this.turn.parity + dispatches) % 2, known: true };
  }
}

/** Single samples with many workgroups a replica: one dispatch for two steps. */
export async function sStepSgd(
  device: Device,
  request: EnsembleRequest,
  scratch: Scratch,
  options: StepperOptions,
): Promise<Stepper> {
  const { size, blocks, blockQuads, workgroup, perThread } = streamedShape(device, request, options);
  const blockItems = Math.ceil(blocks / workgroup);
  const pipeline = await device.pipeline('sgd-s-step', 'sgd_s_step', {
    subgroup: subgroupOf(device, options),
    ...sgdVariant(request, {
      KEPT: scratch.planes - 2,
      WORKGROUP: workgroup,
      QUADS: perThread,
      LANES: lanesFor(workgroup, Math.max(perThread, blockItems)),
      BLOCK_ITEMS: blockItems,
    }),
    sum: 'vec4f',
  });
  const sums = new BlockSums();
  const together = stepsPerPass(request.problem);
  return {
    get turn() {
      return sums.turn;
    },
    set turn(turn: Turn) {
      sums.turn = turn;
    },
    kernel: 'sgd-s-step',
    blockQuads,
    blocks,
    scratch,
    dispatchesPerStep: 1 / together,
    stepsPerPass: together,
    costPerReplica: size * blocks,
    steps(out, replicas, first, count) {
      const pass = (at: number, steps: number, flags = 0) =>
        grid(pipeline, blocks, replicas, size, at, steps, flags | sums.half);
      if (!sums.turn.known) {
        out.push(pass(first, 1, Flag.sumsOnly));
        sums.move(1);
      }
      const passes = Math.floor(count / together);
      if (passes > 0) {
        out.push({ ...pass(first, together), times: passes });
        sums.move(passes);
      }
      const rest = count % together;
      if (rest > 0) {
        out.push(pass(first + count - rest, rest));
        sums.move(1);
      }
    },
  };
}

/** Mini-batches of Gaussian features, one dispatch a step and slice: the block bridge. */
export async function bridgeSgd(
  device: Device,
  request: EnsembleRequest,
  scratch: Scratch,
  options: StepperOptions,
): Promise<Stepper> {
  const { size, blocks, blockQuads, workgroup, perThread } = streamedShape(device, request, options);
  const blockFours = Math.ceil(blocks / 4 / workgroup);
  const pipeline = await device.pipeline('sgd-streamed', 'sgd_streamed', {
    subgroup: subgroupOf(device, options),
    ...sgdVariant(request, {
      WORKGROUP: workgroup,
      QUADS: perThread,
      LANES: lanesFor(workgroup, Math.max(perThread, blockFours)),
      BLOCK_FOURS: blockFours,
      GROUP: BRIDGE_GROUP,
    }),
    sum: 'vec4f',
  });
  const { batchSize } = request.problem;
  const { slice } = scratch;
  const sums = new BlockSums();
  return {
    get turn() {
      return sums.turn;
    },
    set turn(turn: Turn) {
      sums.turn = turn;
    },
    kernel: 'sgd-streamed',
    blockQuads,
    blocks,
    scratch,
    dispatchesPerStep: Math.ceil(batchSize / slice),
    costPerReplica: (size + blocks * batchSize) * blocks,
    steps(out, replicas, first, count) {
      if (!sums.turn.known) {
        out.push(grid(pipeline, blocks, replicas, size, first, 1, Flag.sumsOnly | sums.half));
        sums.move(1);
      }
      if (slice >= batchSize) {
        const cost = size + blocks * batchSize;
        out.push({ ...grid(pipeline, blocks, replicas, cost, first, 1, sums.half), times: count });
        sums.move(count);
        return;
      }
      for (let k = 0; k < count; k++) {
        for (let sample = 0; sample < batchSize; sample += slice) {
          const last = sample + slice >= batchSize;
          const cost = (last ? size : 0) + blocks * Math.min(slice, batchSize - sample);
          out.push({ ...grid(pipeline, blocks, replicas, cost, first + k, 1, sums.half), sample });
        }
        sums.move(1);
      }
    },
  };
}

/** Two dispatches a step and slice of the mini-batch. */
export async function twoPassSgd(
  device: Device,
  request: EnsembleRequest,
  scratch: Scratch,
  options: StepperOptions,
): Promise<Stepper> {
  const { problem } = request;
  const { size, count: blocks } = bridgeBlocks(problem.dimension);
  const blockQuads = size / 4;
  const { workgroup, perThread } = shapeFor(device, blockQuads, 4, options.workgroupSize);
  const blockItems = Math.ceil(blocks / workgroup);
  const { batchSize } = problem;
  const { slice } = scratch;
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
    scratch,
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
