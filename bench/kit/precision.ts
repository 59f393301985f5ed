/** Work–precision curves: the time that a program takes to an error. */

/** One way of running it. */
export interface WorkPoint {
  readonly error: number;
  readonly seconds: number;
}

/**
 * Seconds to an error on the curve of the best ways: from the cheapest whose error is no larger to the next larger error that takes less time, straight in
 * log seconds against log error. A curve that does not reach errors so large gives its cheapest way, one that does not reach any so small gives null.
 */
export function secondsTo(error: number, points: readonly WorkPoint[]): number | null {
  const cheapest = (of: readonly WorkPoint[]) => of.reduce((a, b) => (b.seconds < a.seconds ? b : a));
  const good = points.filter((point) => point.error <= error);
  if (good.length === 0) return null;
  const fine = cheapest(good);
  // The corner of the curve on the other side: the smallest error among those that are too large and take less time.
  const cheaper = points.filter((point) => point.error > error && point.seconds < fine.seconds);
  if (cheaper.length === 0) return fine.seconds;
  const coarse = cheaper.reduce((a, b) =>
    b.error < a.error || (b.error === a.error && b.seconds < a.seconds) ? b : a,
  );
  const share = Math.log(error / fine.error) / Math.log(coarse.error / fine.error);
  return fine.seconds * (coarse.seconds / fine.seconds) ** share;
}
