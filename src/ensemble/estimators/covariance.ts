/** Covariance over replicas of two statistics at each of some save times. */
import { type Estimator, numbersOf } from './estimator.ts';

export interface CovarianceSpec {
  readonly kind: 'covariance';
  /** Places in the row. */
  readonly pair: readonly [number, number];
  readonly timeIndices: readonly number[];
}

const FIELDS = ['count', 'meanX', 'meanY', 'squaresX', 'squaresY', 'products'] as const;
type State = Readonly<Record<(typeof FIELDS)[number], readonly number[]>>;

/** Welford's update in two variables; replicas where either is not a finite number are left out of both. */
export class Covariance implements Estimator<State> {
  readonly count: Float64Array;
  readonly meanX: Float64Array;
  readonly meanY: Float64Array;
  /** Σ (x − mean)², Σ (y − mean)², Σ (x − mean)(y − mean). */
  readonly squaresX: Float64Array;
  readonly squaresY: Float64Array;
  readonly products: Float64Array;
  readonly #cells: ReadonlyMap<number, number>;

  constructor(readonly spec: CovarianceSpec) {
    const times = spec.timeIndices.length;
    this.#cells = new Map(spec.timeIndices.map((timeIndex, cell) => [timeIndex, cell]));
    this.count = new Float64Array(times);
    this.meanX = new Float64Array(times);
    this.meanY = new Float64Array(times);
    this.squaresX = new Float64Array(times);
    this.squaresY = new Float64Array(times);
    this.products = new Float64Array(times);
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
    this.squaresX[cell] += dx * (x - this.meanX[cell]);
    this.squaresY[cell] += dy * (y - this.meanY[cell]);
    this.products[cell] += dx * (y - this.meanY[cell]);
  }

  /** Unbiased; NaN for fewer than two replicas. */
  covariance(cell: number): number {
    return this.count[cell] > 1 ? this.products[cell] / (this.count[cell] - 1) : Number.NaN;
  }

  /** NaN where one of the two does not vary. */
  correlation(cell: number): number {
    const r = this.products[cell] / Math.sqrt(this.squaresX[cell] * this.squaresY[cell]);
    return Math.max(-1, Math.min(1, r));
  }

  fail(): void {}

  state(): State {
    return Object.fromEntries(FIELDS.map((field) => [field, [...this[field]]])) as unknown as State;
  }

  merge(state: State): void {
    const entries = FIELDS.map((field) => [field, numbersOf(state?.[field], this.count.length, field)]);
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
      const weight = (before * m) / n;
      this.meanX[cell] += (dx * m) / n;
      this.meanY[cell] += (dy * m) / n;
      this.squaresX[cell] += other.squaresX[cell] + dx * dx * weight;
      this.squaresY[cell] += other.squaresY[cell] + dy * dy * weight;
      this.products[cell] += other.products[cell] + dx * dy * weight;
      this.count[cell] = n;
    }
  }
}
