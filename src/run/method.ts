/** What the pipeline asks of a method: a stream of events, and the curves of what has come so far. */
import type { Problem } from '../problem/index.ts';
import type { Curve, DensityResult, InterpolationResult, ResultEvent } from '../results/index.ts';
import type { Attention, Statistic } from '../statistics/index.ts';
import type { PdeSolution } from '../theory/index.ts';
import type { EnsembleProgress, MethodCheckpoint } from './checkpoint.ts';
import type { EstimatePlan } from './estimates.ts';
import type { RunEvent } from './events.ts';
import type { FinishedEnsemble } from './finished.ts';
import type { Shard } from './shard.ts';

/** What every method of one experiment is given. */
export interface MethodContext {
  /** Where each replica has its own: that of replica 0. */
  readonly problem: Problem;
  /** The problem of each replica, where they differ in λ, b, u or v. */
  readonly problemOf?: (replica: number) => Problem;
  readonly times: Float64Array;
  readonly statistics: readonly Statistic[];
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Whether somebody waits for the next event of the run. */
  readonly attention?: Attention;
  /** How the replicas are watched. */
  readonly estimates: EstimatePlan;
  /** Only these replicas; absent: all. */
  readonly shard?: Shard;
  /** Asked often: whether a checkpoint should be made now; absent: never. */
  readonly checkpointDue?: () => boolean;
  /** Where each method had got to, by index. */
  readonly from?: ReadonlyMap<number, MethodCheckpoint>;
}

/** An event of one method, before the pipeline puts its name to it. */
export type MethodEvent =
  | {
      readonly type: 'samples';
      readonly timeIndex: number;
      readonly firstReplica: number;
      readonly values: Float64Array;
    }
  | { readonly type: 'failure'; readonly event: Omit<ResultEvent, 'method' | 'index'> }
  /** Work done since the last one. */
  | { readonly type: 'progress'; readonly done: number }
  /** Where it stands. */
  | { readonly type: 'checkpoint'; readonly progress: EnsembleProgress }
  /** Something beside its own work: what, and how much of it is done, 0 … 1. */
  | { readonly type: 'phase'; readonly what: string; readonly done: number }
  /** Something happened that changes no number. */
  | { readonly type: 'notice'; readonly message: string };

export interface Method {
  /** Work ahead; may grow while it runs. */
  readonly total: number;
  readonly unit: Extract<RunEvent, { type: 'method-start' }>['unit'];
  /** Runs it, once. Throws where it fails as a whole, and the signal's reason on abort; `curves` still holds what had come. */
  run(): AsyncIterable<MethodEvent>;
  curves(): Curve[];
  /** The ensemble, to be asked once, when it has run; null where replicas are missing. Absent for PDE and flow. */
  ensemble?(): FinishedEnsemble | null;
  /** Where it stands when it has run; null where replicas are missing. Absent for PDE and flow. */
  progress?(): EnsembleProgress | null;
  /** Of a PDE: the limit of the finite problem itself, where it was solved; to be asked when it has run. */
  layoutPath?(): PdeSolution | null;
  /** The densities of a PDE, to be asked when it has run. */
  densities?(): readonly DensityResult[];
  /** Where a gradient flow on finite data ended, to be asked when it has run. */
  interpolation?(): readonly InterpolationResult[];
}

/** A method ended before the horizon for a reason of its own, told as an event of this kind. */
export class MethodFailure extends Error {
  override readonly name = 'MethodFailure';
  readonly kind: 'blow-up' | 'failed';
  readonly time: number | null;
  constructor(kind: 'blow-up' | 'failed', time: number | null, message: string) {
    super(message);
    this.kind = kind;
    this.time = time;
  }
}
