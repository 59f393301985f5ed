/**
 * A statistic is a function of the state at one time: means over coordinates of one or more moments φ(u, v, β, b, λ), and a
 * closing formula. Each is written once; the JavaScript function, the WGSL text and the PDE average come from that definition.
 */
import type { Moment } from './expression.ts';

/** What the closing formula may use besides the means (`closingVariables`). */
export interface StatisticContext {
  /** γ(t), as the file's step size gives it. */
  readonly stepSize: number;
  /** θ of heavy ball or Nesterov, 0 without: in the limit γ/(1 − θ) stands for γ. */
  readonly momentum: number;
  /** σ. */
  readonly labelNoise: number;
  /** m. */
  readonly batchSize: number;
  /** R̂ of finite data; NaN where there is none. */
  readonly trainRisk: number;
  readonly testRisk: number;
  /** Where training ends, at the last save time (src/statistics/interpolation.ts); absent elsewhere. */
  readonly interpolation?: readonly number[];
}

/** A function of averages over coordinates, the same for every backend: made by `resolveStatistics`. */
export interface Statistic {
  readonly name: string;
  /** Moments whose means over coordinates it needs, in the order `finish` takes them. */
  readonly moments: readonly Moment[];
  /** Means of the moments → value. Pure. */
  finish(means: ArrayLike<number>, context: StatisticContext): number;
}
