/** One of several machines: which replicas of an ensemble are its own. */

export interface Shard {
  /** From 1 to `of`. */
  readonly index: number;
  readonly of: number;
}

/** Most shards of one run. */
export const MOST_SHARDS = 100_000;

/**
 * The shard's own of `count` replicas (or points): a contiguous range, none where there are fewer than shards. The ranges of all shards
 * are disjoint and cover 0 … count − 1.
 */
export function shareOf(count: number, shard: Shard | undefined): { readonly first: number; readonly count: number } {
  if (shard === undefined) return { first: 0, count };
  const first = Math.floor((count * (shard.index - 1)) / shard.of);
  return { first, count: Math.floor((count * shard.index) / shard.of) - first };
}
