/** Which kernel takes an SGD problem, and what its workgroups leave in memory for each other. */
import { bridgeBlocks, hasFastSde, hasFastSgd, type Problem, sgdAlgorithm, stepsPerPass } from '../problem/index.ts';
import type { EnsembleRequest } from '../statistics/index.ts';
import { genericShape } from './dynamics.ts';

/** Largest dimension that one workgroup holds. */
export const LARGEST_RESIDENT_DIMENSION = 8192;
/** Features of a step that one workgroup draws at most: some 20 ms on a software adapter. A workgroup cannot be cut. */
const LARGEST_DRAW = 2 ** 16;
/** What a sample costs at least, in features: four samples take a sum over the workgroup, however few coordinates there are. */
const LEAST_SAMPLE = 256;
/** Samples of a mini-batch whose residuals the block bridge adds up together. */
export const BRIDGE_GROUP = 4;
/** Bytes of all block residuals of a batch, unless four samples take more. */
export const RESIDUAL_BYTES = 96 << 10;

/** A function of the problem alone, as its sums must not depend on the device. */
export function sgdKernel(problem: Problem): 'resident' | 's-step' | 'streamed' | 'two-pass' {
  const { dimension, batchSize } = problem;
  if (sgdAlgorithm(problem) === 'bridge') return 'streamed';
  if (stepsPerPass(problem) > 1) return 's-step';
  const fits = batchSize === 1 || Math.max(dimension, LEAST_SAMPLE) * batchSize <= LARGEST_DRAW;
  return dimension <= LARGEST_RESIDENT_DIMENSION && fits ? 'resident' : 'two-pass';
}

export interface Scratch {
  /** Bytes of block sums a replica. */
  readonly sums: number;
  /** Samples of a mini-batch that one dispatch handles, in whole groups of the kernel; numbers do not depend on it. 0: all. */
  readonly slice: number;
  /**
   * Planes that change with every step: 2, and a third for the gradient of a mini-batch that takes several slices, or one for each
   * feature that is kept; more for dynamics that run from their expressions (./dynamics.ts).
   */
  readonly planes: number;
}

/** Features of a pass that the next one reads instead of drawing them again: none, those of its first step, or all. */
export type KeptFeatures = 0 | 1 | 2;

/** What may be chosen for a device; numbers do not depend on it. */
export interface ScratchOptions {
  /** Features that a workgroup draws at most in a dispatch of a mini-batch. */
  readonly sliceDraws?: number;
  /** Features kept at most, as far as they fit into the 32 bytes a coordinate and replica that anything takes. */
  readonly keptFeatures?: KeptFeatures;
}

/** What `replicas` replicas that run together leave for the next dispatch. */
export function scratchOf(
  { problem, method }: Pick<EnsembleRequest, 'problem' | 'method'>,
  replicas: number,
  { sliceDraws: draws = LARGEST_DRAW, keptFeatures = 0 }: ScratchOptions = {},
): Scratch {
  const { dimension, batchSize } = problem;
  const { size, count: blocks } = bridgeBlocks(dimension);
  const stride = 4 * Math.ceil(blocks / 4);
  const slices = () => {
    const most = Math.min(
      batchSize,
      RESIDUAL_BYTES / (4 * blocks * replicas),
      draws / Math.max(Math.min(size, dimension), LEAST_SAMPLE),
    );
    return most === batchSize ? 4 * Math.ceil(batchSize / 4) : 4 * Math.max(1, Math.floor(most / 4));
  };
  const isMeanField = method.kind === 'sde' && method.coupling !== 'interacting';
  if (method.kind === 'sgd' ? !hasFastSgd(problem) : !hasFastSde(problem, isMeanField)) {
    const { momentFours, planes } = genericShape({ problem, method });
    const slice = method.kind === 'sgd' ? slices() : 0;
    return { sums: 16 * blocks * (momentFours + 1 + slice / 4), slice, planes };
  }
  if (method.kind === 'sde') {
    const streamed = method.coupling === 'interacting' && dimension > LARGEST_RESIDENT_DIMENSION;
    return { sums: streamed ? 2 * 8 * stride : 0, slice: 0, planes: 2 };
  }
  const kernel = sgdKernel(problem);
  if (kernel === 'resident') return { sums: 0, slice: 0, planes: 2 };
  if (kernel === 's-step') {
    const quads = Math.ceil(dimension / 4);
    const sums = 2 * 16 * blocks;
    // 20 bytes of state, 8 of constants that all replicas share, and 16 of status.
    const spare = 12 * 4 * quads - sums - 16 - (8 * 4 * quads) / replicas;
    return { sums, slice: 0, planes: 2 + Math.min(keptFeatures, Math.floor(spare / (16 * quads))) };
  }
  if (kernel === 'streamed') {
    // Every workgroup draws a normal for each block and sample.
    const slice = BRIDGE_GROUP * Math.max(1, Math.floor(draws / (Math.max(blocks, LEAST_SAMPLE) * BRIDGE_GROUP)));
    return { sums: 2 * 4 * stride + 16 * blocks, slice, planes: 2 };
  }
  const slice = slices();
  return { sums: 4 * blocks * slice, slice, planes: batchSize > slice ? 3 : 2 };
}
