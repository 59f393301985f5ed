/** Which vertical axis shows a statistic best, and which values it can show. */

export interface Axis {
  readonly kind: 'log' | 'linear';
  /** −1 where the statistic is negative throughout and its magnitude is drawn. */
  readonly sign: 1 | -1;
  /** What a reader must be told; empty if nothing. */
  readonly note: string;
}

/** Values that span less than this factor are easier to read off a linear axis. */
const LEAST_RATIO = 4;

/**
 * Logarithmic where all values have one sign and span more than a factor of 4 (negative ones by their magnitude; zeros are left
 * out, and the note says so), else linear.
 */
export function chooseAxis(values: Iterable<number>): Axis {
  let zeros = 0;
  let positive = 0;
  let negative = 0;
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (const x of values) {
    if (x === 0) zeros++;
    else if (x > 0) positive++;
    else negative++;
    if (x !== 0) {
      least = Math.min(least, Math.abs(x));
      most = Math.max(most, Math.abs(x));
    }
  }
  const linear: Axis = { kind: 'linear', sign: 1, note: '' };
  if (positive > 0 === negative > 0 || most < LEAST_RATIO * least) return linear;
  // Mostly zeros: a logarithmic axis would hide what the statistic does.
  if (zeros > positive + negative) return linear;
  const note = zeros > 0 ? `${zeros} ${zeros === 1 ? 'value' : 'values'} equal to 0 not drawn` : '';
  return { kind: 'log', sign: positive > 0 ? 1 : -1, note };
}
