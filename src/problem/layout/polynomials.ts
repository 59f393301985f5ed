/** Orthonormal polynomials of the values of each column (λ, b, u, v), and what is left of other functions of a coordinate beside their products. */
import type { Hyperbolic } from '../../dynamics/index.ts';
import { gain } from '../hyperbolic.ts';
import { INGREDIENTS, ingredients } from './targets.ts';

/** λ, b, u, v of all coordinates. */
export type Columns = readonly [Float64Array, Float64Array, Float64Array, Float64Array];

/** Products of 1 and the two polynomials over the four columns, by Σ stride·degree. */
export const PRODUCTS = 81;
export const STRIDES = [27, 9, 3, 1];

/** y = (x − mean)·first and (y² − slope·y − 1)·second have mean 0, mean square 1 and mean product 0; factors are 0 where the column has too few values. */
export interface Polynomials {
  readonly mean: number;
  readonly first: number;
  readonly slope: number;
  readonly second: number;
}

export function orthonormal(x: Float64Array): Polynomials {
  const d = x.length;
  let sum = 0;
  for (const value of x) sum += value;
  const mean = sum / d;
  const moments = [0, 0, 0];
  for (const value of x) {
    const y = value - mean;
    moments[0] += y * y;
    moments[1] += y * y * y;
    moments[2] += y * y * y * y;
  }
  const square = moments[0] / d;
  // Rounding of a constant.
  if (!(square > 1e-24 * mean * mean)) return { mean, first: 0, slope: 0, second: 0 };
  const first = 1 / Math.sqrt(square);
  const slope = (moments[1] / d) * first * first * first;
  const left = (moments[2] / d) * first * first * first * first - slope * slope - 1;
  return { mean, first, slope, second: left > 1e-9 ? 1 / Math.sqrt(left) : 0 };
}

/** Writes 1 and both polynomials of a value to out[at …]. */
export function writePolynomials(
  { mean, first, slope, second }: Polynomials,
  x: number,
  out: Float64Array,
  at: number,
) {
  const y = (x - mean) * first;
  out[at] = 1;
  out[at + 1] = y;
  out[at + 2] = (y * y - slope * y - 1) * second;
}

/** Marsaglia's xorshift32 (2003): numbers in [0, 1). */
export function generator(): () => number {
  let state = 0x2545f491;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) * 2 ** -32;
  };
}

/** Combinations of the ingredients and the products that are uncorrelated with the latter and of size 1, were the columns independent. */
export interface Remainders {
  /** For each: factors of the ingredients. */
  readonly factors: readonly Float64Array[];
  /** For each: what goes off, factors of the 81 products. */
  readonly less: readonly Float64Array[];
}

const SAMPLES = 1024;
/** What is left of less than this share of the variance is rounding, or noise of the sample. */
const LEAST_SHARE = 1e-3;

/** From a sample of the product law. */
export function remaindersOf(
  parametrization: Hyperbolic,
  columns: Columns,
  polynomials: readonly Polynomials[],
  used: readonly boolean[],
): Remainders {
  const d = columns[0].length;
  const factor = gain(parametrization);
  const random = generator();
  const at = new Float64Array(12);
  const rows: { products: Float64Array; values: Float64Array }[] = [];
  for (let n = 0; n < SAMPLES; n++) {
    const [lambda, b, u, v] = columns.map((x, column) => {
      const value = x[Math.floor(random() * d)];
      writePolynomials(polynomials[column], value, at, 3 * column);
      return value;
    });
    const products = new Float64Array(PRODUCTS);
    let k = 0;
    for (let a = 0; a < 3; a++)
      for (let c = 3; c < 6; c++)
        for (let e = 6; e < 9; e++) for (let g = 9; g < 12; g++) products[k++] = at[a] * at[c] * at[e] * at[g];
    const values = new Float64Array(INGREDIENTS);
    ingredients(parametrization, factor, lambda, b, u, v, values);
    if (values.every((x, r) => !used[r] || Number.isFinite(x))) rows.push({ products, values });
  }
  const factors: Float64Array[] = [];
  const less: Float64Array[] = [];
  const residuals: Float64Array[] = [];
  for (let r = 0; r < INGREDIENTS; r++) {
    if (!used[r]) continue;
    const factor = new Float64Array(INGREDIENTS);
    factor[r] = 1;
    const off = new Float64Array(PRODUCTS);
    let variance = 0;
    for (const { products, values } of rows) {
      for (let k = 0; k < PRODUCTS; k++) off[k] += (values[r] * products[k]) / rows.length;
      variance += (values[r] * values[r]) / rows.length;
    }
    const rest = Float64Array.from(rows, ({ products, values }) => {
      let sum = values[r];
      for (let k = 0; k < PRODUCTS; k++) sum -= off[k] * products[k];
      return sum;
    });
    // Less those before it.
    residuals.forEach((other, n) => {
      const along = dot(rest, other) / rows.length;
      for (let i = 0; i < rest.length; i++) rest[i] -= along * other[i];
      for (let k = 0; k < PRODUCTS; k++) off[k] -= along * less[n][k];
      for (let m = 0; m < INGREDIENTS; m++) factor[m] -= along * factors[n][m];
    });
    const left = dot(rest, rest) / rows.length;
    if (!(left > LEAST_SHARE * (variance - off[0] * off[0]))) continue;
    const scale = 1 / Math.sqrt(left);
    factors.push(factor.map((x) => x * scale));
    less.push(off.map((x) => x * scale));
    residuals.push(rest.map((x) => x * scale));
  }
  return { factors, less };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
