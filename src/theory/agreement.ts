/** Two runs of different accuracy compared, statistic by statistic: what can be vouched for. */
import type { Direction } from './law/types.ts';
import type { EvolutionResult } from './request.ts';

/** Rounding: differences below this part of the mean size of a statistic's terms are none, so that a mean that is 0 by symmetry passes. */
const ROUNDING = 1e-12;

/** Errors of the terms of a statistic, in units of the accuracy, that two runs may have in common. */
const TERMS = 0.1;
/** Mean over root mean square below which less than 1e−4 of the mass decides. */
const RARE = 1e-2;
/** Error of what lies beyond the ends of grids, as a part of it. */
const EXTRAPOLATED = 0.3;

export interface Run {
  readonly result: EvolutionResult;
  /** [statistic][time], NaN after its end. */
  readonly values: Float64Array[];
  /** Of these, what the grids themselves hold; and the statistics of the mean sizes of the terms, and of the roots of their mean squares. */
  readonly own: Float64Array[];
  readonly sizes: Float64Array[];
  readonly roots: Float64Array[];
  readonly classes: number;
  /** Of time steps and grids. */
  readonly accuracy: number;
  readonly levels: Record<Direction, number>;
}

export interface Comparison {
  /** By statistic: save times before the first at which the estimate exceeds the tolerance (or nothing is known); and the least of them. */
  readonly goodOf: Int32Array;
  readonly good: number;
  /** Everything up to the horizon or the blow-up is within the tolerance. */
  readonly reached: boolean;
  readonly estimate: number;
  /** Largest difference found, and the largest at the first save time that is not good. */
  readonly worst: number;
  readonly first: number;
}

export function compare(coarse: Run, fine: Run, tolerance: number, trust: number, times: Float64Array): Comparison {
  const count = fine.values.length;
  const blownUp = fine.result.stopped === 'blow-up';
  const known = fine.result.snapshots.indexOf(null);
  const available = known < 0 ? times.length : known;
  const goodOf = new Int32Array(count).fill(available);
  let estimate = 0;
  let worst = 0;
  let first = 0;
  for (let i = 0; i < available; i++) {
    const isFirst = goodOf.every((good) => good >= i);
    for (let k = 0; k < count; k++) {
      const error = errorOf(coarse, fine, k, i, trust);
      worst = Math.max(worst, error);
      if (goodOf[k] < i) continue;
      if (error > tolerance) {
        goodOf[k] = i;
        if (isFirst) first = Math.max(first, error);
      } else estimate = Math.max(estimate, error);
    }
  }
  const good = goodOf.reduce((least, n) => Math.min(least, n), available);
  // What lies within the bracket of a blow-up's time is not asked for.
  const asked = blownUp ? countBefore(times, fine.result.end * (1 - 1e-3)) : times.length;
  const timesAgree =
    !blownUp || (coarse.result.stopped === 'blow-up' && Math.abs(coarse.result.end / fine.result.end - 1) <= 1e-3);
  return { good, goodOf, reached: good >= Math.min(asked, times.length) && timesAgree, estimate, worst, first };
}

/**
 * The relative error of statistic k of the finer run at save time i, 0 below rounding and where both have none: from the difference of the two, but no
 * less than a part of the accuracy of the terms, which matters where they nearly cancel, and of what was extrapolated.
 */
function errorOf(coarse: Run, fine: Run, k: number, i: number, trust: number): number {
  const a = coarse.values[k][i];
  const b = fine.values[k][i];
  if (Object.is(a, b) || a === b) return 0;
  if (Number.isNaN(b) && coarse.result.snapshots[i]) return 0;
  const difference = Math.abs(a - b);
  const size = Math.abs(fine.sizes[k][i]);
  if (difference <= ROUNDING * size) return 0;
  // Where few decide, two runs agree less regularly: then the whole difference.
  const isRare = size < RARE * Math.abs(fine.roots[k][i]);
  const beyond = EXTRAPOLATED * Math.abs(b - fine.own[k][i]);
  const relative = Math.max((isRare ? 1 : trust) * difference, TERMS * fine.accuracy * size, beyond) / Math.abs(b);
  return Number.isNaN(relative) ? Number.POSITIVE_INFINITY : relative;
}

function countBefore(times: Float64Array, end: number): number {
  let n = 0;
  while (n < times.length && times[n] < end) n++;
  return n;
}
