/** What advances a batch of replicas: the dispatches that some steps are. */
import type { Problem } from '../problem/index.ts';
import type { Device } from './device.ts';
import { Flag } from './params.ts';
import type { KeptFeatures, Scratch } from './scratch.ts';

/** One dispatch, or several equal ones: some steps of all workgroups of a grid, or of a rectangle of it; or a save time. */
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
  /** The first sample of the slice of a mini-batch. */
  readonly sample?: number;
  /**
   * How many dispatches of `count` steps each, one after the other; default 1. They alternate between the halves of the block sums, and the
   * GPU counts them, so that they need no entries of their own.
   */
  readonly times?: number;
}

/** Advances all replicas of a batch. */
export interface Stepper {
  /** Name of the kernel, for reports. */
  readonly kernel: string;
  /** Quads in a block and number of blocks; one block of everything where a workgroup holds a replica. */
  readonly blockQuads: number;
  readonly blocks: number;
  /** What its dispatches leave for each other. */
  readonly scratch: Scratch;
  /** Dispatches that a step takes (0 if many steps share one). */
  readonly dispatchesPerStep: number;
  /**
   * Steps that one pass takes together, default 1. Passes are counted from a save time on, and the last one before the next is the
   * shorter one, so that their sums do not depend on how steps are handed out: in whole passes, or up to a save time.
   */
  readonly stepsPerPass?: number;
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
  /** Features or block residuals of a mini-batch that a workgroup draws in one dispatch at most; default 2¹⁶. */
  readonly sliceDraws?: number;
  /** Features of a pass of plain SGD that are kept for the next one instead of drawn again; default: for the adapter. */
  readonly keptFeatures?: KeptFeatures;
}

/** A dispatch of `count` steps over a whole grid, of which a workgroup costs `each` a step. */
export function grid(
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

/** The dispatches of `work` one by one. */
export function singly(work: Work): Work[] {
  const { times = 1, first, count, flags } = work;
  if (times === 1) return [work];
  return Array.from({ length: times }, (_, k) => ({
    ...work,
    times: 1,
    first: first + k * count,
    flags: flags ^ (k % 2 === 1 ? Flag.parity : 0),
  }));
}

/** Constants that lib/model.wgsl needs. */
export function modelConstants({ dimension, lambda }: Problem): { readonly UNIT_SPECTRUM: boolean } {
  let same = dimension % 4 === 0;
  for (let i = 0; same && i < dimension; i++) same = lambda[i] === 1;
  return { UNIT_SPECTRUM: same };
}

export function subgroupOf(device: Device, { subgroups = true }: StepperOptions): number | null {
  return subgroups ? device.info.subgroupSize : null;
}
