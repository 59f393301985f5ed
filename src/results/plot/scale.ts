/** Which vertical axis shows a statistic best, and which values it can show. */

export interface Axis {
  readonly kind: 'log' | 'linear';
  /** −1 where the statistic is negative throughout and its magnitude is drawn. */
  readonly sign: 1 | -1;
  /** What a reader must be told; empty if nothing. */
  readonly note: string;
  /** Logarithmic axes: where a reader is given a number, and how it is written. */
  readonly ticks?: readonly (readonly [value: number, label: string])[];
}

/** Most labelled decades. */
const MOST_DECADES = 9;

export const LINEAR: Axis = { kind: 'linear', sign: 1, note: '' };

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
  if (positive > 0 === negative > 0 || most < LEAST_RATIO * least) return LINEAR;
  // Mostly zeros: a logarithmic axis would hide what the statistic does.
  if (zeros > positive + negative) return LINEAR;
  const note = zeros > 0 ? 'values equal to 0 are not drawn' : '';
  return { kind: 'log', sign: positive > 0 ? 1 : -1, note, ticks: logTicks(least, most) };
}

/** Powers of ten, every one or every few; 1, 2 and 5 times them where there are fewer than two. */
function logTicks(least: number, most: number): [number, string][] {
  const first = Math.ceil(Math.log10(least) - 1e-9);
  const last = Math.floor(Math.log10(most) + 1e-9);
  const step = Math.ceil((last - first + 1) / MOST_DECADES);
  const plain = first >= -3 && last <= 3;
  if (last - first < 2) {
    const fine: [number, string][] = [];
    for (let n = first - 1; n <= last; n++) {
      for (const m of [1, 2, 5]) {
        const value = Number(`${m}e${n}`);
        if (value >= least * (1 - 1e-9) && value <= most * (1 + 1e-9)) fine.push([value, short(value)]);
      }
    }
    return fine;
  }
  const ticks: [number, string][] = [];
  for (let n = Math.ceil(first / step) * step; n <= last; n += step) {
    ticks.push([Number(`1e${n}`), plain ? String(Number(`1e${n}`)) : `10${superscript(n)}`]);
  }
  return ticks;
}

function short(value: number): string {
  return value >= 1e-4 && value < 1e5 ? String(value) : value.toExponential();
}

function superscript(n: number): string {
  return String(n).replace(/./g, (c) => (c === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(c)]));
}
