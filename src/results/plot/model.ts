/** What a plot shows, free of how it is drawn: the canvas, the SVG, the table and the CSV all read this. */
import type { MethodKind } from '../format.ts';

export const SCALES = ['linear', 'log', 'symlog'] as const;
export type ScaleKind = (typeof SCALES)[number];

/** A window of a plot, in the numbers of its axes. */
export interface Zoom {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** A colour by meaning; the theme gives it a value. */
export type Ink = MethodKind | 'failure' | 'muted' | 'drift' | 'noise' | 'sum';

export interface Series {
  /** The same for the same thing as a run goes on. */
  readonly id: string;
  readonly label: string;
  readonly ink: Ink;
  readonly width: number;
  readonly dash: readonly number[];
  /** 1 for the current run, less for those laid over it. */
  readonly opacity: number;
  /** Increasing. */
  readonly x: ArrayLike<number>;
  /** NaN where there is no value. */
  readonly y: ArrayLike<number>;
  readonly band: { readonly low: ArrayLike<number>; readonly high: ArrayLike<number>; readonly label: string } | null;
  /** Standard errors, for the readout. */
  readonly error?: ArrayLike<number> | null;
  /** Constant from each x to the next. */
  readonly steps?: boolean;
  /** Marks at the points. */
  readonly points?: boolean;
  /** Fill down to y = 0. */
  readonly fill?: boolean;
  /** Single replicas, at the same x: thin lines under the mean. */
  readonly replicas?: readonly ArrayLike<number>[];
  /** Instead of the ink: a place from 0 to 1 on the palette's scale, where runs are told apart by the value of a field. */
  readonly shade?: number;
  /** Where this is true the vertical axis does not stretch for it. */
  readonly aside?: boolean;
  /** The run that it is of, where several are drawn. */
  readonly run?: string;
  /** What stands in the legend; hidden from it where false. */
  readonly inLegend?: boolean;
}

export interface Axis {
  /** Word and symbol. */
  readonly label: string;
  readonly scale: ScaleKind;
  /** What a symlog axis shows linearly: |value| below this. */
  readonly threshold: number;
  /** Everything that can be shown. */
  readonly range: readonly [number, number];
  /** Where labels stand, instead of round numbers: the values of a sweep. */
  readonly at?: readonly number[];
}

/** A vertical line with a few words. */
export interface Mark {
  readonly x: number;
  readonly label: string;
  readonly ink: Ink;
}

/** A horizontal line or stripe that the eye needs. */
export interface Guide {
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

export interface PlotModel {
  /** Changes where a zoom would no longer make sense. */
  readonly key: string;
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  /** In drawing order, last on top. */
  readonly series: readonly Series[];
  readonly marks: readonly Mark[];
  readonly guides: readonly Guide[];
  /** What a reader must know of what is not shown. */
  readonly notes: readonly string[];
  /** What is missing when there is no series. */
  readonly empty: string;
}
