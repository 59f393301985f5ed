/** The steppers of dynamics that run from their expressions (docs/paths.md): several dispatches a step, any dimension and batch. */
import { bridgeBlocks } from '../problem/index.ts';
import type { EnsembleRequest } from '../statistics/index.ts';
import type { Device } from './device.ts';
import { genericVariant, sdeConstants, sgdConstants } from './dynamics.ts';
import type { Scratch } from './scratch.ts';
import type { Variant } from './shaders.ts';
import { grid, modelConstants, type Stepper, type StepperOptions, subgroupOf } from './stepper.ts';
import { lanesFor, shapeFor } from './tuning.ts';

const SCHEMES = { strang: 0, euler: 1, 'euler-uv': 2 } as const;

/** How blocks are cut into threads, as constants of a kernel. */
function blocksOf(device: Device, { problem }: EnsembleRequest, { workgroupSize }: StepperOptions) {
  const { size, count: blocks } = bridgeBlocks(problem.dimension);
  const quads = Math.min(size, 4 * Math.ceil(problem.dimension / 4)) / 4;
  const { workgroup, perThread } = shapeFor(device, quads, 4, workgroupSize);
  const blockItems = Math.ceil(blocks / workgroup);
  return {
    size,
    blocks,
    width: Math.min(size, problem.dimension),
    constants: {
      WORKGROUP: workgroup,
      QUADS: perThread,
      LANES: lanesFor(workgroup, Math.max(perThread, blockItems)),
      BLOCK_ITEMS: blockItems,
      ...modelConstants(problem),
    },
  };
}

/** `residuals` and `gradient` once a slice of the mini-batch, then `update`. */
export async function genericSgd(
  device: Device,
  request: EnsembleRequest,
  scratch: Scratch,
  options: StepperOptions,
): Promise<Stepper> {
  const { features, labelNoise, batchSize } = request.problem;
  const { size, blocks, width, constants } = blocksOf(device, request, options);
  const own = genericVariant(request);
  const variant: Variant = {
    ...own,
    features: features.kind,
    sum: 'vec4f',
    subgroup: subgroupOf(device, options),
    constants: {
      ...own.constants,
      ...constants,
      ...sgdConstants(request),
      LABEL_NOISE: labelNoise > 0,
      ...(features.kind === 'student-t' ? { STUDENT_DEGREES: { f32: features.degrees } } : {}),
    },
  };
  const [residuals, gradient, update] = await Promise.all(
    ['residuals', 'gradient', 'update'].map((entry) => device.pipeline('sgd-generic', entry, variant)),
  );
  const { slice } = scratch;
  return {
    kernel: 'sgd-generic',
    blockQuads: size / 4,
    blocks,
    scratch,
    dispatchesPerStep: 2 * Math.ceil(batchSize / slice) + 1,
    costPerReplica: 2 * width * blocks * (batchSize + 1),
    steps(out, replicas, first, count) {
      for (let k = 0; k < count; k++) {
        for (let sample = 0; sample < batchSize; sample += slice) {
          const cost = width * Math.min(slice, batchSize - sample);
          for (const pipeline of [residuals, gradient]) {
            out.push({ ...grid(pipeline, blocks, replicas, cost, first + k, 1), sample });
          }
        }
        out.push(grid(update, blocks, replicas, 2 * width, first + k, 1));
      }
    },
  };
}

/** `energies` where R is the path's own, then `advance`. */
export async function genericSde(
  device: Device,
  request: EnsembleRequest,
  scratch: Scratch,
  options: StepperOptions,
): Promise<Stepper> {
  const { method } = request;
  const { size, blocks, width, constants } = blocksOf(device, request, options);
  const own = genericVariant(request);
  const variant: Variant = {
    ...own,
    sum: 'vec4f',
    subgroup: subgroupOf(device, options),
    constants: {
      ...own.constants,
      ...constants,
      ...sdeConstants(request),
      SCHEME: method.kind === 'sde' ? SCHEMES[method.scheme] : 0,
    },
  };
  const isInteracting = method.kind === 'sde' && method.coupling === 'interacting';
  const [energies, advance] = await Promise.all(
    ['energies', 'advance'].map((entry) => device.pipeline('sde-generic', entry, variant)),
  );
  const pipelines = isInteracting ? [energies, advance] : [advance];
  return {
    kernel: 'sde-generic',
    blockQuads: size / 4,
    blocks,
    scratch,
    dispatchesPerStep: pipelines.length,
    costPerReplica: 4 * width * blocks * pipelines.length,
    steps(out, replicas, first, count) {
      for (let k = 0; k < count; k++)
        for (const pipeline of pipelines) out.push(grid(pipeline, blocks, replicas, 4 * width, first + k, 1));
    },
  };
}
