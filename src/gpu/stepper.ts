/** What advances a batch of replicas: the dispatches that some steps are. */
import type { Device } from './device.ts';
import type { Scratch } from './scratch.ts';

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
  /** What its dispatches leave for each other. */
  readonly scratch: Scratch;
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
  /** Features or block residuals of a mini-batch that a workgroup draws in one dispatch at most; default 2²⁰. */
  readonly sliceDraws?: number;
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

export function subgroupOf(device: Device, { subgroups = true }: StepperOptions): number | null {
  return subgroups ? device.info.subgroupSize : null;
}
