/**
 * The one interface between whoever computes (engines on CPU and GPU, the PDE, the flow) and whoever reads (ensemble, command
 * line, lab, benchmarks): a request, and an async stream of samples of statistics at the save times.
 */

import type { Statistic } from '../expression/statistic.ts';
import type { Problem } from '../problem/types.ts';
import type { Attention } from './attention.ts';

/** Coefficients shared by every coordinate, as functions of time: what a mean-field path needs from the PDE. */
export interface RiskPath {
  /** Last time up to which the path is known (the blow-up time, or the horizon). */
  readonly end: number;
  /** R(t), 0 ≤ t ≤ end. */
  risk(t: number): number;
  /** ∫₀ᵗ g(s)² R(s)/m ds with g = gain·γ: the variance clock of a mean-field path of batch size m. Cost O(log nodes). */
  clock(t: number): number;
  /** γ(t) of the limit, where the step size depends on the state; absent for a schedule. */
  readonly stepSize?: (t: number) => number;
}

/** SGD itself, one pass over fresh samples; all else is the problem's. */
export interface SgdRequest {
  readonly kind: 'sgd';
}

/** Paths of the SDE (docs/theory.md §3). */
export interface SdeRequest {
  readonly kind: 'sde';
  /** Largest time step h; each interval between knots is cut into equal steps no longer than this (src/problem/timegrid.ts). */
  readonly timeStep: number;
  readonly scheme: SdeScheme;
  /** 'interacting': R from the path's own coordinates. Otherwise R(t) from the PDE. */
  readonly coupling: 'interacting' | RiskPath;
}

/** Strang splitting, of weak order 2; Euler–Maruyama in (log-)coordinates of the model, and in (u, v): order 1. */
export type SdeScheme = 'strang' | 'euler' | 'euler-uv';

/** What to simulate. */
export interface EnsembleRequest {
  readonly problem: Problem;
  readonly method: SgdRequest | SdeRequest;
  /** Save times, strictly increasing, the first is 0. */
  readonly times: Float64Array;
  readonly statistics: readonly Statistic[];
  /** Replicas first, …, first + count − 1. */
  readonly replicas: { readonly first: number; readonly count: number };
  /** Integer, 0 ≤ seed ≤ 2⁵³ − 1. */
  readonly seed: number;
  readonly signal?: AbortSignal;
  /** Whether somebody waits for the run that this is a part of; default: whoever waits for the next event. */
  readonly attention?: Attention;
  /** Asked often while it runs: when it says true, a `checkpoint` comes as soon as the engine can give one. Default: never. */
  readonly checkpointDue?: () => boolean;
  /** Go on from here: the state of a checkpoint of the same request and engine (on a GPU: and adapter). */
  readonly from?: EngineState;
}

/**
 * What an engine needs to go on in the middle of its paths: plain data with typed arrays, for the same engine alone to read. `engine`
 * says whose it is.
 */
export interface EngineState {
  readonly engine: string;
  readonly [part: string]: unknown;
}

/** A state that an engine cannot go on from; `message` says why in one line. */
export class EngineStateError extends Error {
  override readonly name = 'EngineStateError';
}

/** What an engine yields. Order between replicas and times is free; a (replica, time) comes exactly once unless it failed. */
export type EngineEvent =
  | {
      readonly type: 'samples';
      readonly timeIndex: number;
      readonly firstReplica: number;
      /** [replica][statistic], row-major, replicas firstReplica, firstReplica + 1, …; NaN where a replica has failed. */
      readonly values: Float64Array;
    }
  | {
      /** A replica diverged at `time`; its samples at every save time from then on (t ≥ time) are NaN. */
      readonly type: 'failure';
      readonly replica: number;
      readonly time: number;
      readonly message: string;
    }
  /** Work done since the last progress event, in coordinate-steps (d·steps·replicas). */
  | { readonly type: 'progress'; readonly done: number }
  /** Whoever has read all events up to here, and then reads those of a run `from` this state, has read an unbroken run, bit for bit. */
  | { readonly type: 'checkpoint'; readonly state: EngineState }
  /** Something happened that changes no number, and that the reader should know, in one line. */
  | { readonly type: 'notice'; readonly message: string };

/** An engine for SGD and SDE ensembles. Aborting ends the iteration with the signal's reason thrown. */
export interface EnsembleEngine {
  readonly name: 'reference' | 'cpu' | 'gpu';
  /** Samples, failures and progress as they come, in no promised order of replicas; nothing is computed before it is read. */
  run(request: EnsembleRequest): AsyncIterable<EngineEvent>;
  /** Frees workers, devices and buffers; the engine cannot be used afterwards. */
  dispose(): void | Promise<void>;
}
