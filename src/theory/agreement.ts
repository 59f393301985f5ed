/** Two runs of different accuracy compared, statistic by statistic: what can be vouched for. */
import type { Direction } from './law/types.ts';
import type { EvolutionResult } from './request.ts';

/** Rounding: differences below this part of the mean size of a statistic's terms are none, so that a mean that is 0 by symmetry passes. */
const ROUNDING = 1e-12;

/** Errors of the terms of a statistic, in units of the accuracy, that two runs may have in common. */
const TERMS = 0.1;
/** Mean over root mean square below which less than 1e−4 of the mass decides. */
const RARE = 1e-2;
/** Value over the mean size of its terms below which they nearly cancel. */
const CANCELLED = 1e-2;
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
  /** Relative error that a value is never said to be below: rules of neighbouring levels may agree by chance. */
  readonly least: number;
}

/** What is asked of a statistic at a save time: an error of at most relative·|value|, or of at most an absolute part. */
export interface Tolerance {
  readonly relative: number;
  /** Absent: a part of the statistic's own scale, see `absoluteParts`. */
  readonly absolute?: number;
}

export interface Comparison {
  /** [statistic][time]: estimated errors of the finer run's values, absolute; infinite where nothing is known of them, NaN after its end. */
  readonly errors: Float64Array[];
  /** [statistic][time]: 1 where the error is within the tolerance. */
  readonly within: Uint8Array[];
  /** [statistic][time]: error over what is worth aiming for, which is the relative part alone where a finer run may still reach it. */
  readonly ratios: Float64Array[];
  /** Save times of which something is known. */
  readonly known: number;
  /** Everything up to the horizon or the blow-up has what is worth aiming for; is within the tolerance. */
  readonly settled: boolean;
  readonly reached: boolean;
  /** Values that have what is worth aiming for. */
  readonly good: number;
  /** Largest relative error of those within the relative tolerance. */
  readonly estimate: number;
}

export function compare(coarse: Run, fine: Run, asked: Tolerance, trust: number, times: Float64Array): Comparison {
  const { relative } = asked;
  const blownUp = fine.result.stopped === 'blow-up';
  const end = (run: Run) => {
    const first = run.result.snapshots.indexOf(null);
    return first < 0 ? times.length : first;
  };
  const known = end(fine);
  const rows = () => fine.values.map(() => new Float64Array(times.length).fill(Number.NaN));
  const [errors, ratios] = [rows(), rows()];
  const within = fine.values.map(() => new Uint8Array(times.length));
  const parts = fine.values.map((row) => asked.absolute ?? absolutePart(row.subarray(0, known), relative));
  // What lies within the bracket of a blow-up's time is not asked for.
  const count = blownUp ? countBefore(times, fine.result.end * (1 - 1e-3)) : times.length;
  let estimate = 0;
  let good = 0;
  let settled = known >= count;
  let reached = settled;
  for (let k = 0; k < errors.length; k++) {
    for (let i = 0; i < known; i++) {
      const error = errorOf(coarse, fine, k, i, trust);
      const size = Math.abs(fine.values[k][i]);
      const own = error === 0 ? 0 : error / (relative * size);
      const absolute = error === 0 ? 0 : error / parts[k];
      const ends = asked.absolute !== undefined || isHopeless(fine, k, i);
      errors[k][i] = error;
      ratios[k][i] = ends ? Math.min(own, absolute) : own;
      if (own <= 1) estimate = Math.max(estimate, relative * own);
      if (own <= 1 || absolute <= 1) within[k][i] = 1;
      else if (i < count) reached = false;
      if (ratios[k][i] <= 1) good++;
      else if (i < count) settled = false;
    }
  }
  const timesAgree =
    !blownUp || (coarse.result.stopped === 'blow-up' && Math.abs(coarse.result.end / fine.result.end - 1) <= 1e-3);
  return {
    errors,
    within,
    ratios,
    known,
    settled: settled && timesAgree,
    reached: reached && timesAgree,
    good,
    estimate,
  };
}

/** Parts of the largest value over the run: of a statistic that keeps its sign, and of one that passes through 0. */
const PART = 1e-5;
const PART_THROUGH_ZERO = 1e-2;

/** The error that a statistic may have anywhere although its own value there is smaller, from its values over the run. */
function absolutePart(values: Float64Array, relative: number): number {
  let [least, most] = [0, 0];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  const part = least < 0 && most > 0 ? PART_THROUGH_ZERO : PART;
  return relative * part * Math.max(-least, most);
}

/** Whether a finer run can hardly do better in relative terms: where few decide, or where terms nearly cancel. */
function isHopeless(run: Run, k: number, i: number): boolean {
  const size = Math.abs(run.sizes[k][i]);
  return size < RARE * Math.abs(run.roots[k][i]) || Math.abs(run.values[k][i]) < CANCELLED * size;
}

/** Whether a run brought anything over the one before: more values that are good, or half of the errors too large at most half as large. */
export function isBetter(now: Comparison, before: Comparison): boolean {
  if (now.good > before.good) return true;
  const changes: number[] = [];
  now.ratios.forEach((row, k) => {
    row.forEach((ratio, i) => {
      const change = ratio / before.ratios[k][i];
      if (ratio > 1) changes.push(Number.isNaN(change) ? 1 : change);
    });
  });
  changes.sort((a, b) => a - b);
  return changes.length > 0 && changes[changes.length >> 1] < 0.5;
}

/**
 * The error of statistic k of the finer run at save time i, 0 below rounding and where both have none: from the difference of the two, but no
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
  const least = Math.max(TERMS * fine.accuracy * size, fine.least * Math.abs(b));
  const error = Math.max((isRare ? 1 : trust) * difference, least, beyond);
  return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
}

function countBefore(times: Float64Array, end: number): number {
  let n = 0;
  while (n < times.length && times[n] < end) n++;
  return n;
}
