/**
 * What a benchmark is: a section, the default export of a file in bench/suites/<suite>/, measures one thing and says how to draw it.
 * bench/main.ts lists, runs, checks and writes; it times nothing itself.
 */
import type { GpuEngine } from '../src/gpu/index.ts';
import type { Peers } from './peers/index.ts';

export const SUITES = ['accuracy', 'throughput', 'pde'] as const;
export type SuiteName = (typeof SUITES)[number];

/** Which way is better; 'none' for figures that describe and are never compared. */
export type Better = 'lower' | 'higher' | 'none';

/** One measured number. */
export interface Quantity {
  /** SI, or what is counted: 's', 'coordinate-steps/s', 'bytes', '1' for ratios. */
  readonly unit: string;
  readonly better: Better;
  /** Every repetition, in the order they were taken; empty for what was fitted or counted. */
  readonly samples: readonly number[];
  /** Median of the samples, or the fitted or counted value. */
  readonly value: number;
  /** Interval for it; both ends are the value where it is exact. */
  readonly low: number;
  readonly high: number;
  /** Probability with which the interval covers; 1 where the value is exact. */
  readonly level: number;
}

/** One configuration. Table and labels together name it: they are the same in every run with the same parameters. */
export interface Row {
  readonly table: string;
  readonly labels: Readonly<Record<string, string | number>>;
  /** Somebody else's program, or the bare machine: its changes are no regressions of this project. */
  readonly foreign: boolean;
  readonly quantities: Readonly<Record<string, Quantity>>;
}

/** A picture of one table: a point a row that has both `x` and `y`, with its interval. */
export interface Plot {
  readonly table: string;
  readonly title: string;
  /** A numeric label or a quantity. */
  readonly x: string;
  /** A quantity. */
  readonly y: string;
  /** Labels whose values together name a line; none: one line. */
  readonly series: readonly string[];
  readonly scales: readonly ['linear' | 'log', 'linear' | 'log'];
  /** A straight line in the coordinates of a log-log plot through the first point of the first series, or the diagonal y = x. */
  readonly guide?: { readonly slope: number } | 'diagonal';
}

export interface SectionResult {
  readonly rows: readonly Row[];
  readonly plots: readonly Plot[];
  /** What a reader must know: what was skipped and why, what limited the sizes. */
  readonly notes: readonly string[];
}

export interface SectionContext {
  /** Small sizes: all of `--quick` ends in two to three minutes on two cores. */
  readonly quick: boolean;
  /** Seconds of this section in a quick run; its repetitions end there (three at least are taken). */
  readonly seconds: number;
  readonly peers: Peers;
  /** The GPU engine of the run, opened on the first call; null where there is no adapter, and `why` says so. */
  gpu(): Promise<{ readonly engine: GpuEngine | null; readonly why: string }>;
  /** One line of progress on stderr. */
  log(line: string): void;
}

export interface Section {
  readonly name: string;
  readonly title: string;
  /** Share of a quick run's time, relative to the others; default 1. */
  readonly weight?: number;
  run(context: SectionContext): Promise<SectionResult>;
}
