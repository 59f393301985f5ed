/** What passes between the page and its worker: plain data, numbers in transferable arrays. */
import type { Experiment } from '../../problem/index.ts';
import type { Adapter, Backend, MethodKind, Result, ResultEvent } from '../../results/index.ts';
import type { PackedCurve } from '../../results/plot/packed.ts';
import type { BackendChoice } from '../../run/index.ts';
import type { PortraitData, PortraitState, ToPortrait } from '../portrait/protocol.ts';

export interface MethodName {
  readonly method: MethodKind;
  readonly index: number;
}

/** The engine's own names for what it runs on. */
export interface Surroundings {
  /** Adapters that WebGPU names here, hardware first; empty where there is none. */
  readonly adapters: readonly { readonly name: string; readonly software: boolean }[];
  /** Why there is no adapter; empty if there is one. */
  readonly reason: string;
  readonly threads: number;
  readonly simd: boolean;
}

/** A run that was left before its end, and that can be gone on with. */
export interface KeptRun {
  /** Under which it is kept. */
  readonly key: string;
  readonly name: string;
  readonly experiment: Experiment;
  readonly backend: Backend;
  /** When the checkpoint was made, in milliseconds since 1970. */
  readonly saved: number;
  /** Share of the ensembles' work done, 0 to 1. */
  readonly share: number;
}

export type ToWorker =
  | { readonly type: 'look' }
  /** Asks for the runs that were left. */
  | { readonly type: 'unfinished' }
  | { readonly type: 'forget'; readonly key: string }
  | {
      readonly type: 'start';
      readonly run: number;
      readonly experiment: Experiment;
      readonly backend: BackendChoice;
      /** Under which its checkpoints are kept, and what to call it there; null for a run that is not worth keeping. */
      readonly keep: { readonly key: string; readonly name: string } | null;
      /** Whether to go on from the last of them. */
      readonly goOn: boolean;
      /** Whether the portrait follows it. */
      readonly main: boolean;
      /** Ends of the bins of β in which the limit is measured too; null for none. */
      readonly edges: Float64Array | null;
    }
  | ToPortrait
  | { readonly type: 'pause' | 'resume' | 'stop'; readonly run: number }
  | { readonly type: 'self-test'; readonly backend: 'gpu' | 'cpu' };

/** A result without its curves, which have come before. */
export type Ending = Omit<Result, 'curves'>;

export type FromWorker =
  | PortraitState
  | PortraitData
  | { readonly type: 'surroundings'; readonly surroundings: Surroundings }
  | {
      readonly type: 'start';
      readonly run: number;
      readonly backend: Backend;
      readonly adapter: Adapter | null;
    }
  | (MethodName & {
      readonly type: 'method-start';
      readonly run: number;
      readonly total: number;
      readonly unit: 'coordinate-steps' | 'percent';
    })
  | (MethodName & {
      readonly type: 'progress';
      readonly run: number;
      readonly done: number;
      readonly total: number;
      readonly rate: number;
    })
  /** What is done beside the method's own work, and how much of it, 0 … 1. */
  | (MethodName & { readonly type: 'phase'; readonly run: number; readonly what: string; readonly done: number })
  | (MethodName & { readonly type: 'curves'; readonly run: number; readonly curves: readonly PackedCurve[] })
  | { readonly type: 'failure'; readonly run: number; readonly event: ResultEvent }
  | (MethodName & {
      readonly type: 'method-end';
      readonly run: number;
      readonly seconds: number;
      readonly outcome: 'finished' | 'failed' | 'interrupted';
    })
  | { readonly type: 'unfinished'; readonly kept: readonly KeptRun[] }
  /** The GPU went away; the run goes on on what `next` says, from its last checkpoint or from t = 0. */
  | {
      readonly type: 'device-lost';
      readonly run: number;
      readonly message: string;
      readonly next: BackendChoice;
      readonly goesOn: boolean;
    }
  /** Something that the reader should know, once. */
  | { readonly type: 'notice'; readonly run: number; readonly message: string }
  | { readonly type: 'paused'; readonly run: number; readonly paused: boolean }
  | { readonly type: 'end'; readonly run: number; readonly ending: Ending; readonly interrupted: boolean }
  /** The run could not begin, or the program is at fault. */
  | { readonly type: 'error'; readonly run: number; readonly message: string }
  | { readonly type: 'check'; readonly check: Check }
  | { readonly type: 'checks-end'; readonly passed: boolean };

/** One line of the self-test. */
export interface Check {
  readonly name: string;
  readonly passed: boolean;
  /** What was found, and what was asked. */
  readonly detail: string;
}
