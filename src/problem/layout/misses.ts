/**
 * By how much a layout misses independence: means of λ^i b^j u^k v^l, i, j, k, l ≤ 2, should be products of means. That is: with the polynomials of degree
 * 1 and 2 that are orthonormal over the values of a column, means of products over two or more columns should be 0. And the ingredients of the named
 * statistics should have the means of `targets.ts`. What is made small is the sum of squares of the former and of what is left of the latter beside them,
 * all uncorrelated and of size 1: the sums of correlated ones are long narrow valleys, which exchanges hardly get through.
 */
import type { Hyperbolic } from '../../dynamics/index.ts';
import { gain } from '../hyperbolic.ts';
import {
  type Columns,
  orthonormal,
  type Polynomials,
  PRODUCTS,
  type Remainders,
  remaindersOf,
  STRIDES,
  writePolynomials,
} from './polynomials.ts';
import { INGREDIENTS, ingredients } from './targets.ts';

export interface Matched {
  readonly parametrization: Hyperbolic;
  /** The last three are written to. */
  readonly columns: Columns;
  /** Which columns can be exchanged: means of the others alone are as they are. */
  readonly movable: readonly number[];
  /** Means of the ingredients, those not finite or 0 left alone; null: only products matter. */
  readonly wanted: readonly number[] | null;
  /** What miss of a product is good, in units of 1/d. */
  readonly good: number;
}

/** Of an ingredient, relative to its mean, in units of 1/d. */
const GOOD_INGREDIENT = 0.4;
/** Least scale by which log|pq|, whose mean may be 0, is measured. */
const LEAST_LOG = 0.1;

export class Misses {
  readonly #task: Matched;
  readonly #gain: number;
  #good: number;
  /** Sums over coordinates, less what they should be: products, then ingredients. */
  #miss: Float64Array = new Float64Array(PRODUCTS + INGREDIENTS);
  /** Sums of the remainders. */
  #rest: Float64Array;
  readonly #change = new Float64Array(PRODUCTS + INGREDIENTS);
  readonly #restChange: Float64Array;
  readonly #polynomials: readonly Polynomials[];
  readonly #remainders: Remainders;
  /**
   * For each column, five numbers a product over the others: where to find its factors in `read`, and the means that it is in, with either
   * polynomial of the column.
   */
  readonly #partners: readonly Int32Array[];
  /** Products that are matched, and 1/good of each ingredient (0: not matched). */
  readonly #products: Int32Array;
  readonly #closeness = new Float64Array(INGREDIENTS);
  /** 1 and both polynomials of the four columns, at i and at j. */
  readonly #atI = new Float64Array(12);
  readonly #atJ = new Float64Array(12);
  readonly #values = [0, 1, 2, 3].map(() => new Float64Array(INGREDIENTS));

  /** O(d). */
  constructor(task: Matched) {
    const { parametrization, columns, movable, wanted } = task;
    this.#task = task;
    this.#good = task.good;
    this.#gain = gain(parametrization);
    this.#polynomials = columns.map(orthonormal);
    this.#measure();
    const degrees = this.#polynomials.map(({ first, second }) => (first === 0 ? 0 : second === 0 ? 1 : 2));
    const degreesOf = (k: number) => STRIDES.map((stride) => Math.floor(k / stride) % 3);
    this.#products = Int32Array.from({ length: PRODUCTS }, (_, k) => k).filter((k) => {
      const own = degreesOf(k);
      return (
        own.filter((n) => n > 0).length > 1 &&
        own.every((n, column) => n <= degrees[column]) &&
        movable.some((column) => own[column] > 0)
      );
    });
    this.#partners = STRIDES.map((_, column) => this.#partnersOf(column));
    const d = columns[0].length;
    wanted?.forEach((mean, r) => {
      const scale = r === INGREDIENTS - 1 ? Math.max(Math.abs(mean), LEAST_LOG) : Math.abs(mean);
      if (!Number.isFinite(mean) || !(scale > 0) || !Number.isFinite(this.#miss[PRODUCTS + r])) return;
      this.#miss[PRODUCTS + r] -= d * mean;
      this.#closeness[r] = 1 / (GOOD_INGREDIENT * scale);
    });
    const used = Array.from(this.#closeness, (x) => x > 0);
    this.#remainders = used.some((x) => x)
      ? remaindersOf(parametrization, columns, this.#polynomials, used)
      : { factors: [], less: [] };
    this.#rest = new Float64Array(this.#remainders.factors.length);
    this.#restChange = new Float64Array(this.#rest.length);
    this.#remain(this.#miss, this.#rest);
  }

  /** The largest miss, in units of what is good. */
  get worst(): number {
    let worst = this.worstIngredient;
    for (const k of this.#products) worst = Math.max(worst, Math.abs(this.#miss[k]) / this.#good);
    return worst;
  }

  /** The same of the ingredients alone. */
  get worstIngredient(): number {
    let worst = 0;
    this.#closeness.forEach((x, r) => {
      if (x > 0) worst = Math.max(worst, Math.abs(this.#miss[PRODUCTS + r]) * x);
    });
    return worst;
  }

  /** Holds products to less: what is good of them becomes `times` as large. */
  relax(times: number): void {
    this.#good *= times;
  }

  /** The sum of squares. */
  get total(): number {
    let sum = 0;
    for (const k of this.#products) sum += this.#miss[k] * this.#miss[k];
    for (const x of this.#rest) sum += x * x;
    sum /= this.#good * this.#good;
    this.#closeness.forEach((x, r) => {
      if (x > 0) sum += (this.#miss[PRODUCTS + r] * x) ** 2;
    });
    return sum;
  }

  snapshot(): readonly [Float64Array, Float64Array] {
    return [this.#miss.slice(), this.#rest.slice()];
  }

  restore([miss, rest]: readonly [Float64Array, Float64Array]): void {
    this.#miss = miss;
    this.#rest = rest;
  }

  /** Exchanges the values of a column at i and j if that is for the better. */
  propose(column: number, i: number, j: number): boolean {
    const x = this.#task.columns[column];
    if (x[i] === x[j]) return false;
    if (this.#exchange(column, i, j) > 0) {
      this.#accept();
      return true;
    }
    swap(x, i, j);
    return false;
  }

  /** Exchanges them, unless some mean would be lost. */
  force(column: number, i: number, j: number): boolean {
    const x = this.#task.columns[column];
    if (Number.isFinite(this.#exchange(column, i, j))) {
      this.#accept();
      return true;
    }
    swap(x, i, j);
    return false;
  }

  #accept(): void {
    const [miss, change] = [this.#miss, this.#change];
    for (const k of this.#products) miss[k] += change[k];
    for (let k = PRODUCTS; k < miss.length; k++) miss[k] += change[k];
    for (let n = 0; n < this.#rest.length; n++) this.#rest[n] += this.#restChange[n];
  }

  /** By how much `total` falls. */
  #exchange(column: number, i: number, j: number): number {
    const { columns, parametrization } = this.#task;
    const x = columns[column];
    const atI = this.#atI;
    const atJ = this.#atJ;
    const change = this.#change;
    const miss = this.#miss;
    this.#read(i, atI);
    this.#read(j, atJ);
    for (let k = 0; k < PRODUCTS; k++) change[k] = 0;
    const first = atJ[3 * column + 1] - atI[3 * column + 1];
    const second = atJ[3 * column + 2] - atI[3 * column + 2];
    const partners = this.#partners[column];
    for (let n = 0; n < partners.length; n += 5) {
      const a = partners[n];
      const c = partners[n + 1];
      const e = partners[n + 2];
      const difference = atI[a] * atI[c] * atI[e] - atJ[a] * atJ[c] * atJ[e];
      change[partners[n + 3]] = first * difference;
      change[partners[n + 4]] = second * difference;
    }
    if (this.#rest.length > 0) {
      const factor = this.#gain;
      const [lambda, b, u, v] = columns;
      const [oldI, oldJ, newI, newJ] = this.#values;
      ingredients(parametrization, factor, lambda[i], b[i], u[i], v[i], oldI);
      ingredients(parametrization, factor, lambda[j], b[j], u[j], v[j], oldJ);
      swap(x, i, j);
      ingredients(parametrization, factor, lambda[i], b[i], u[i], v[i], newI);
      ingredients(parametrization, factor, lambda[j], b[j], u[j], v[j], newJ);
      for (let r = 0; r < INGREDIENTS; r++) change[PRODUCTS + r] = newI[r] + newJ[r] - (oldI[r] + oldJ[r]);
      this.#remain(change, this.#restChange);
    } else {
      swap(x, i, j);
    }
    let better = 0;
    const products = this.#products;
    for (let n = 0; n < products.length; n++) {
      const k = products[n];
      better -= (2 * miss[k] + change[k]) * change[k];
    }
    for (let n = 0; n < this.#rest.length; n++)
      better -= (2 * this.#rest[n] + this.#restChange[n]) * this.#restChange[n];
    better /= this.#good * this.#good;
    if (this.#rest.length === 0) return better;
    for (let r = 0; r < INGREDIENTS; r++) {
      const closeness = this.#closeness[r];
      const k = PRODUCTS + r;
      if (closeness > 0) better -= (2 * miss[k] + change[k]) * change[k] * closeness * closeness;
    }
    return better;
  }

  /** The remainders of sums, or of a change of them. */
  #remain(sums: Float64Array, out: Float64Array): void {
    const { factors, less } = this.#remainders;
    const products = this.#products;
    for (let n = 0; n < out.length; n++) {
      const factor = factors[n];
      const off = less[n];
      let sum = 0;
      for (let r = 0; r < INGREDIENTS; r++) if (factor[r] !== 0) sum += factor[r] * sums[PRODUCTS + r];
      for (let m = 0; m < products.length; m++) sum -= off[products[m]] * sums[products[m]];
      out[n] = sum;
    }
  }

  #read(i: number, at: Float64Array): void {
    for (let column = 0; column < 4; column++)
      writePolynomials(this.#polynomials[column], this.#task.columns[column][i], at, 3 * column);
  }

  #measure(): void {
    const { columns, wanted, parametrization } = this.#task;
    const factor = this.#gain;
    const d = columns[0].length;
    const sums = this.#miss;
    const [values] = this.#values;
    const at = this.#atI;
    for (let i = 0; i < d; i++) {
      this.#read(i, at);
      let k = 0;
      for (let a = 0; a < 3; a++)
        for (let c = 3; c < 6; c++)
          for (let e = 6; e < 9; e++) {
            const x = at[a] * at[c] * at[e];
            sums[k] += x;
            sums[k + 1] += x * at[10];
            sums[k + 2] += x * at[11];
            k += 3;
          }
      if (!wanted) continue;
      ingredients(parametrization, factor, columns[0][i], columns[1][i], columns[2][i], columns[3][i], values);
      for (let r = 0; r < INGREDIENTS; r++) sums[PRODUCTS + r] += values[r];
    }
  }

  #partnersOf(column: number): Int32Array {
    const own = STRIDES[column];
    const [o, m, n] = [0, 1, 2, 3].filter((other) => other !== column);
    const partners: number[] = [];
    for (let a = 0; a < 3; a++)
      for (let c = 0; c < 3; c++)
        for (let e = 0; e < 3; e++) {
          const first = a * STRIDES[o] + c * STRIDES[m] + e * STRIDES[n] + own;
          if (this.#products.includes(first) || this.#products.includes(first + own))
            partners.push(3 * o + a, 3 * m + c, 3 * n + e, first, first + own);
        }
    return Int32Array.from(partners);
  }
}

function swap(x: Float64Array, i: number, j: number): void {
  const kept = x[i];
  x[i] = x[j];
  x[j] = kept;
}
