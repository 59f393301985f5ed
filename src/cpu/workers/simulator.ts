/**
 * What an engine on the CPU offers to the pool: one replica's path at a time, computed in slices. The pool (./engine.ts) spreads
 * replicas over workers, evaluates statistics, reports progress and cancels; a simulator only follows docs/paths.md.
 */
import type { Problem } from '../../problem/types.ts';
import type { WeightState } from '../../statistics/means.ts';
import type { SdePlan, SgdPlan } from '../../statistics/program.ts';

export type { SdePlan, SgdPlan } from '../../statistics/program.ts';

/** All that a path depends on besides its replica number. Plain data: it is cloned to workers, large arrays shared. */
export interface Job {
  readonly problem: Problem;
  readonly plan: SgdPlan | SdePlan;
  /** Some statistic needs s = log|pq|: a simulator that knows it better than from p and q then passes it with the state. */
  readonly wantsLogInvariant: boolean;
  readonly seed: number;
  /** What of the problem's finite data is wanted at save times: means over its samples, and at the one of this index the solution it leads to. */
  readonly samples?: { readonly means: boolean; readonly interpolationAt: number | null };
  /** Threads that help with this job's replicas, each waiting at the other end of a port (src/cpu/wasm/team.ts); none if absent. */
  readonly helpers?: readonly MessagePort[];
}

/** Where a path's results go. */
export interface PathSink {
  /**
   * The state at save time `timeIndex`, read before the call returns, with the integrals of a step size that depends on it. SGD
   * on finite data yields before it does anything else, as means over samples are taken of the state in slices.
   */
  sample(timeIndex: number, state: WeightState, integrals?: Float64Array): void;
  /**
   * The path diverged on its way to save time `timeIndex`, in a step that ends at `end`, or at that save time if there is none
   * (src/problem/divergence.ts); nothing more is sampled.
   */
  failure(timeIndex: number, message: string, end?: number): void;
  /**
   * Told wherever the path can be left and taken up again, some milliseconds apart at most if a step allows; `state` copies it. If the
   * answer is true, the simulator yields before it does anything else. Absent: nobody leaves.
   */
  rest?(state: () => PathState): boolean;
}

/** A path on its way: numbers that only the simulator that wrote them reads. */
export type PathState = Float64Array;

/**
 * Runs one replica, from its start or `from` where it was left. Each `next()` does a few milliseconds of work and yields the
 * coordinate-steps it did. Throws EngineStateError where `from` is no state of this job.
 */
export type RunReplica = ((replica: number, sink: PathSink, from?: PathState) => Generator<number, void, void>) & {
  /** Lets helpers go; nothing is run afterwards. */
  close?(): void;
};

/** An engine's way into the pool. `open` is called once a job and thread: allocate there, not a replica. */
export interface Simulator {
  open(job: Job): RunReplica | Promise<RunReplica>;
  /** One line on what the reader should know of how the job is run, or null. */
  notice?(job: Job): string | null;
  /** Most threads that are worth putting on one replica; absent: one. */
  mostThreads?(job: Job): number;
}
