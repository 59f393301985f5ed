/** Covariance over replicas of two statistics at each of some save times. */
import { norm } from '../spread.ts';
import { countsOf, numbersOf } from '../state.ts';
import type { Estimator } from './estimator.ts';

export interface CovarianceSpec {
  readonly kind: 'covariance';
  /** Places in the row. */
  readonly pair: readonly [number, number];
  readonly timeIndices: readonly number[];
}

const FIELDS = ['count', 'meanX', 'meanY', 'normX', 'normY', 'alike'] as const;
type State = Readonly<Record<(typeof FIELDS)[number], readonly number[]>>;

/** Welford's update in two variables; replicas where either is not a finite number are left out of both. */
export class Covariance implements Estimator<State> {
  readonly count: Float64Array;
  readonly meanX: Float64Array;
  readonly meanY: Float64Array;
  /** √Σ (x − mean)² and √Σ (y − mean)². */
  readonly normX: Float64Array;
  readonly normY: Float64Array;
  /** Σ (x − mean)(y − mean) over the product of both: products of their own would leave the range of f64 before it does. */
  readonly alike: Float64Array;
  readonly #cells: ReadonlyMap<number, number>;

  constructor(readonly spec: CovarianceSpec) {
    const times = spec.timeIndices.length;
    this.#cells = new Map(spec.timeIndices.map((timeIndex, cell) => [timeIndex, cell]));
    this.count = new Float64Array(times);
    this.meanX = new Float64Array(times);
    this.meanY = new Float64Array(times);
    this.normX = new Float64Array(times);
    this.normY = new Float64Array(times);
    this.alike = new Float64Array(times);
  }

  add(timeIndex: number, _replica: number, row: Float64Array): void {
    const cell = this.#cells.get(timeIndex);
    if (cell === undefined) return;
    const x = row[this.spec.pair[0]];
    const y = row[this.spec.pair[1]];
    if (!Number.isFinite(x) || !Number.isFinite(y)) return;
    const n = ++this.count[cell];
    const dx = x - this.meanX[cell];
    const dy = y - this.meanY[cell];
    this.meanX[cell] += dx / n;
    this.meanY[cell] += dy / n;
    this.#take(cell, dx, dy, (n - 1) / n);
  }

  /** Adds (dx, dy) with a weight, and what another has. */
  #take(cell: number, dx: number, dy: number, weight: number, other = { x: 0, y: 0, alike: 0 }): void {
    const [x, y] = [this.normX[cell], this.normY[cell]];
    const root = Math.sqrt(weight);
    const normX = norm(norm(x, other.x), Math.abs(dx) * root);
    const normY = norm(norm(y, other.y), Math.abs(dy) * root);
    this.normX[cell] = normX;
    this.normY[cell] = normY;
    if (normX === 0 || normY === 0) return;
    this.alike[cell] =
      this.alike[cell] * (x / normX) * (y / normY) +
      other.alike * (other.x / normX) * (other.y / normY) +
      weight * (dx / normX) * (dy / normY);
  }

  /** Unbiased; NaN for fewer than two replicas, and where it is below the range of f64. */
  covariance(cell: number): number {
    const root = Math.sqrt(this.count[cell] - 1);
    if (!(root > 0)) return Number.NaN;
    const covariance = this.alike[cell] * (this.normX[cell] / root) * (this.normY[cell] / root);
    return covariance === 0 && this.#varies(cell) && this.alike[cell] !== 0 ? Number.NaN : covariance;
  }

  /** NaN where one of the two does not vary. */
  correlation(cell: number): number {
    return this.#varies(cell) ? Math.max(-1, Math.min(1, this.alike[cell])) : Number.NaN;
  }

  #varies(cell: number): boolean {
    return this.normX[cell] > 0 && this.normY[cell] > 0;
  }

  fail(): void {}

  state(): State {
    return Object.fromEntries(FIELDS.map((field) => [field, [...this[field]]])) as unknown as State;
  }

  merge(state: State): void {
    const entries = FIELDS.map((field) => {
      const read = field === 'count' ? countsOf : numbersOf;
      return [field, read(state?.[field], this.count.length, field)];
    });
    const other: State = Object.fromEntries(entries);
    for (let cell = 0; cell < this.count.length; cell++) {
      const m = other.count[cell];
      if (m === 0) continue;
      const before = this.count[cell];
      if (before === 0) {
        for (const field of FIELDS) this[field][cell] = other[field][cell];
        continue;
      }
      const n = before + m;
      const dx = other.meanX[cell] - this.meanX[cell];
      const dy = other.meanY[cell] - this.meanY[cell];
      this.meanX[cell] += (dx * m) / n;
      this.meanY[cell] += (dy * m) / n;
      const its = { x: other.normX[cell], y: other.normY[cell], alike: other.alike[cell] };
      this.#take(cell, dx, dy, (before * m) / n, its);
      this.count[cell] = n;
    }
  }
}
