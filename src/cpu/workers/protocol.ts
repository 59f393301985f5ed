/** What passes between the pool and its workers: plain data only. */
import type { Job, PathState } from './simulator.ts';

/** Engines that the worker can load; see ./registry.ts. */
export type SimulatorName = 'reference' | 'cpu';

/** A job as it travels: moments as their sources, compiled again where they are evaluated. */
export interface JobSpec extends Omit<Job, 'helpers'> {
  readonly simulator: SimulatorName;
  readonly moments: readonly string[];
  /** Threads that a replica may have, this many or fewer as they are free; 1: no helpers. */
  readonly threadsPerReplica: number;
}

/** Replicas first, …, first + count − 1; the first of them goes on `from` where it was left, if that is given. */
export interface Range {
  readonly first: number;
  readonly count: number;
  readonly from?: PathState;
}

export type PathEvent =
  /** Means of the job's moments at a save time. */
  | {
      readonly kind: 'sample';
      readonly replica: number;
      readonly timeIndex: number;
      readonly means: Float64Array;
      /** Of a step size that depends on the state; else empty. */
      readonly integrals: Float64Array;
      /** R̂, where it is wanted. */
      readonly trainRisk?: number;
      readonly testRisk?: number;
      /** [INTERPOLATION] at the last save time, where it is wanted. */
      readonly interpolation?: readonly number[];
    }
  /** As in `PathSink`. */
  | {
      readonly kind: 'failure';
      readonly replica: number;
      readonly timeIndex: number;
      readonly end: number | undefined;
      readonly message: string;
    };

/** Results of a slice of work; `done` in coordinate-steps. */
export interface Batch {
  readonly events: readonly PathEvent[];
  readonly done: number;
}

export type ToWorker =
  /** `helpers`: a port to each thread that was told to assist. */
  | { readonly kind: 'open'; readonly job: number; readonly spec: JobSpec; readonly helpers: readonly MessagePort[] }
  /** Help the thread at the other end of the port; that thread, not the pool, says when it is over. */
  | { readonly kind: 'assist'; readonly job: number; readonly port: MessagePort }
  | { readonly kind: 'run'; readonly job: number; readonly range: Range }
  /** Rest, or go on: whoever reads the results has enough of them. */
  | { readonly kind: 'hold'; readonly job: number; readonly held: boolean }
  /** Stop where the path can be left, say what is left of the range, and wait for `go`. */
  | { readonly kind: 'leave'; readonly job: number }
  | { readonly kind: 'go'; readonly job: number }
  /** Forget the job; a range that is running ends at its next slice. */
  | { readonly kind: 'close'; readonly job: number };

export type FromWorker =
  /** Once, as soon as it listens. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'batch'; readonly job: number; readonly batch: Batch }
  /** The answer to `leave`, unless the range ends before: what remains, after all batches that were sent. */
  | { readonly kind: 'left'; readonly job: number; readonly range: Range }
  /** The range asked for is over: finished, or given up because the job was closed. */
  | { readonly kind: 'idle'; readonly job: number }
  /** The simulator threw. The worker itself goes on; the range is over. */
  | { readonly kind: 'error'; readonly job: number; readonly message: string; readonly stack: string };
