/** The steppers of the SDE (docs/paths.md): how each kernel is cut into workgroups. */
import { bridgeBlocks } from '../problem/index.ts';
import type { EnsembleRequest } from '../statistics/index.ts';
import type { Device } from './device.ts';
import { Flag } from './params.ts';
import type { Scratch } from './scratch.ts';
import type { Variant } from './shaders.ts';
import {
  grid,
  modelConstants,
  type Stepper,
  type StepperOptions,
  subgroupOf,
  type Turn,
  type Work,
} from './stepper.ts';
import { lanesFor, shapeFor } from './tuning.ts';

const SCHEMES = { strang: 0, euler: 1, 'euler-uv': 2 } as const;

function sdeConstants({ problem, method }: EnsembleRequest): NonNullable<Variant['constants']> {
  return { SCHEME: method.kind === 'sde' ? SCHEMES[method.scheme] : 0, ...modelConstants(problem) };
}

/** One workgroup a replica. */
export async function residentSde(
  device: Device,
  request: EnsembleRequest,
  scratch: Scratch,
  options: StepperOptions,
): Promise<Stepper> {
  const quads = Math.ceil(request.problem.dimension / 4);
  const { workgroup, perThread, lanes } = shapeFor(device, quads, 2, options.workgroupSize);
  const pipeline = await device.pipeline('sde-resident', 'sde_resident', {
    subgroup: subgroupOf(device, options),
    constants: { ...sdeConstants(request), WORKGROUP: workgroup, QUADS: perThread, LANES: lanes },
    sum: 'vec2f',
  });
  return {
    scratch,
    kernel: 'sde-resident',
    blockQuads: quads,
    blocks: 1,
    dispatchesPerStep: 0,
    costPerReplica: 4 * quads,
    steps: (out, replicas, first, count, fromRest, toRest) =>
      out.push(grid(pipeline, replicas, 1, 4 * quads, first, count, rests(fromRest, toRest))),
  };
}

/** One dispatch a step. */
export async function streamedSde(
  device: Device,
  request: EnsembleRequest,
  scratch: Scratch,
  options: StepperOptions,
): Promise<Stepper> {
  const { size, count: blocks } = bridgeBlocks(request.problem.dimension);
  const blockQuads = size / 4;
  const { workgroup, perThread } = shapeFor(device, blockQuads, 4, options.workgroupSize);
  const blockItems = Math.ceil(blocks / workgroup);
  const pipeline = await device.pipeline('sde-streamed', 'sde_streamed', {
    subgroup: subgroupOf(device, options),
    constants: {
      ...sdeConstants(request),
      WORKGROUP: workgroup,
      QUADS: perThread,
      LANES: lanesFor(workgroup, Math.max(perThread, blockItems)),
      BLOCK_ITEMS: blockItems,
    },
    sum: 'vec2f',
  });
  let parity = 0;
  const work = (replicas: number, first: number, times: number, flags: number): Work => {
    const made = grid(pipeline, blocks, replicas, size, first, 1, flags | (parity * Flag.parity));
    parity = (parity + times) % 2;
    return { ...made, times };
  };
  return {
    get turn() {
      return { parity, known: true };
    },
    set turn(turn: Turn) {
      ({ parity } = turn);
    },
    scratch,
    kernel: 'sde-streamed',
    blockQuads,
    blocks,
    dispatchesPerStep: 1,
    costPerReplica: size * blocks,
    steps(out, replicas, first, count, fromRest, toRest) {
      if (fromRest) out.push(work(replicas, first, 1, Flag.fromRest));
      const last = toRest ? 1 : 0;
      if (count > last) out.push(work(replicas, first, count - last, 0));
      if (toRest) out.push(work(replicas, first + count - 1, 1, Flag.toRest));
    },
  };
}

/** A thread carries four coordinates over many steps. */
export async function meanFieldSde(
  device: Device,
  request: EnsembleRequest,
  scratch: Scratch,
  options: StepperOptions,
): Promise<Stepper> {
  const quads = Math.ceil(request.problem.dimension / 4);
  const workgroup = options.workgroupSize ?? 64;
  const pipeline = await device.pipeline('sde-mean-field', 'sde_mean_field', {
    constants: { ...sdeConstants(request), WORKGROUP: workgroup },
    subgroup: null,
  });
  const x = Math.ceil(quads / workgroup);
  return {
    scratch,
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
