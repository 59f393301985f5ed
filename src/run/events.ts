/** What a run tells while it goes on: one stream, read alike by the command, the lab and the benchmarks. */
import type { Experiment } from '../problem/index.ts';
import type { Adapter, Backend, Curve, Result, ResultEvent } from '../results/index.ts';
import type { RunCheckpoint } from './checkpoint.ts';
import type { FinishedEnsemble } from './finished.ts';
import type { MethodName } from './name.ts';

/** What a method is expected to take. */
export interface MethodCost extends MethodName {
  /** Likely wall time, and from where to where it may be. */
  readonly seconds: number;
  readonly range: readonly [low: number, high: number];
  /** Beside what the program takes anyway. */
  readonly bytes: number;
}

/** What `runExperiment` yields on the way, told apart by `type`. */
export type RunEvent =
  /** Always first. */
  | {
      readonly type: 'start';
      readonly experiment: Experiment;
      readonly backend: Backend;
      readonly adapter: Adapter | null;
      /** Why this backend, in words. */
      readonly reason: string;
      readonly methods: readonly MethodName[];
    }
  /** What the methods will take, before the first begins; only where asked for (`RunOptions.costs`). */
  | { readonly type: 'costs'; readonly costs: readonly MethodCost[] }
  | (MethodName & {
      readonly type: 'method-start';
      /** Work ahead, in `unit`. */
      readonly total: number;
      /** Coordinate-steps (d · steps · replicas) for ensembles, percent of the horizon for PDE and flow. */
      readonly unit: 'coordinate-steps' | 'percent';
    })
  /** Work done so far; `rate` is in units a second since the method's start. */
  | (MethodName & { readonly type: 'progress'; readonly done: number; readonly total: number; readonly rate: number })
  /** What is done beside a method's own work (the PDE of a mean-field SDE, the layout's part beside a PDE), and how much of it is done, 0 … 1. */
  | (MethodName & { readonly type: 'phase'; readonly what: string; readonly done: number })
  /** New values as the engine gave them, [replica][statistic] row-major from `firstReplica`; NaN where a replica has failed. */
  | (MethodName & {
      readonly type: 'samples';
      readonly timeIndex: number;
      readonly firstReplica: number;
      readonly values: Float64Array;
    })
  /** The method's curves up to now, at most a few times a second, and once when it ends. */
  | (MethodName & { readonly type: 'curves'; readonly curves: readonly Curve[] })
  /** The whole ensemble of a method, when it has ended with every replica in, for whoever merges it with others. */
  | (MethodName & { readonly type: 'ensemble'; readonly ensemble: FinishedEnsemble })
  /** Something happened that changes no number, and that the reader should know: a device that was lost and replaced. */
  | (MethodName & { readonly type: 'notice'; readonly message: string })
  /** Something that the result records: a replica or a method that failed; `error` is what was thrown, where a method failed as a whole. */
  | { readonly type: 'failure'; readonly event: ResultEvent; readonly error?: unknown }
  | (MethodName & {
      readonly type: 'method-end';
      readonly seconds: number;
      readonly outcome: 'finished' | 'failed' | 'interrupted';
    })
  /** All that is needed to go on from here; nothing goes on until the next event is asked for, but limits that run beside. */
  | { readonly type: 'checkpoint'; readonly checkpoint: RunCheckpoint }
  /** The signal was aborted; what is finished follows as the result. */
  | { readonly type: 'interrupted' }
  /** Always last: what the generator returns, for readers that use `for await`. */
  | { readonly type: 'result'; readonly result: Result };
