/** Intervals for a probability that was estimated by counting. */
import { normalQuantile } from '../problem/normalquantile.ts';
import { betaQuantile } from './beta.ts';

export const INTERVAL_RULES = ['wilson', 'clopper-pearson'] as const;
export type IntervalRule = (typeof INTERVAL_RULES)[number];

/**
 * Two-sided interval for the probability behind `hits` of `count` independent trials, inside [0, 1]; [0, 1] for no trials.
 *
 * wilson (1927): the p that a score test does not reject; covers `confidence` on average over p. clopper-pearson (1934): the p that
 * neither one-sided exact binomial test rejects; covers at least `confidence` for every p, so it is wider.
 * At 0 hits the lower end is exactly 0, at `count` hits the upper end exactly 1. Cost: a microsecond, clopper-pearson O(√count).
 */
export function proportionInterval(
  hits: number,
  count: number,
  confidence = 0.95,
  rule: IntervalRule = 'wilson',
): [low: number, high: number] {
  if (!Number.isInteger(count) || count < 0 || !Number.isInteger(hits) || hits < 0 || hits > count) {
    throw new RangeError(`hits and count must be integers with 0 ≤ hits ≤ count, got ${hits} and ${count}.`);
  }
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(`confidence must lie strictly between 0 and 1, got ${confidence}.`);
  }
  if (count === 0) return [0, 1];
  return rule === 'wilson' ? wilson(hits, count, confidence) : clopperPearson(hits, count, confidence);
}

function wilson(hits: number, n: number, confidence: number): [number, number] {
  const z = -normalQuantile((1 - confidence) / 2);
  const p = hits / n;
  const scale = 1 + (z * z) / n;
  const centre = p + (z * z) / (2 * n);
  const half = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return [hits === 0 ? 0 : Math.max(0, (centre - half) / scale), hits === n ? 1 : Math.min(1, (centre + half) / scale)];
}

function clopperPearson(hits: number, n: number, confidence: number): [number, number] {
  const tail = (1 - confidence) / 2;
  return [
    hits === 0 ? 0 : betaQuantile(tail, hits, n - hits + 1),
    // By symmetry, so that a probability close to 1 keeps its distance from 1.
    hits === n ? 1 : 1 - betaQuantile(tail, n - hits, hits + 1),
  ];
}
