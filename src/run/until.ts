/** How many replicas an `until` asks for. */
import type { ResolvedUntil } from '../problem/index.ts';
import type { Curve } from '../results/index.ts';

/** With fewer the standard error itself is not known (to 13% with 32). */
const LEAST = 32;

/** Replicas after the first batch. */
export function firstBatch(replicas: number, until: ResolvedUntil): number {
  return Math.min(until.most, Math.max(replicas, LEAST));
}

/** Replicas after the next batch, a quarter more: a function of the count alone, so that batches are the same everywhere. */
export function nextTotal(count: number, until: ResolvedUntil): number {
  return Math.min(until.most, count + Math.ceil(count / 4));
}

/** Standard error over |mean| at a save time; null where it is not known, or the mean is 0. */
export function relativeError(curve: Curve, timeIndex: number): number | null {
  const mean = curve.mean[timeIndex];
  const error = curve.standardError?.[timeIndex];
  if (mean === null || error === null || error === undefined) return null;
  if (error === 0) return 0;
  return mean === 0 ? null : error / Math.abs(mean);
}

/** What to say when the most replicas were not enough. */
export function notReached(until: ResolvedUntil, time: number, reached: number | null): string {
  const { statistic, most } = until;
  const asked = `a standard error of ${until.relativeError} of the mean of ${statistic} at t = ${time}`;
  if (reached === null)
    return `${asked} cannot be met: after ${most} replicas there is no mean other than 0 with an error`;
  const needed = most * (reached / until.relativeError) ** 2;
  return `${asked} was not met by ${most} replicas, which give ${reached.toPrecision(2)}; about ${needed.toPrecision(2)} would: raise until.most, or ask for less`;
}
