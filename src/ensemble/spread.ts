/** Running means and deviations. Squares are never kept: those of 10⁻¹⁷⁰ would be 0, those of 10¹⁷⁰ infinite. */
import { countsOf, numbersOf } from './state.ts';

/** √(a² + b²) for a, b ≥ 0, to rounding wherever it is a number; the same bits everywhere, which Math.hypot does not promise. */
export function norm(a: number, b: number): number {
  const squares = a * a + b * b;
  if (squares > 1e-280 && squares < 1e300) return Math.sqrt(squares);
  const most = Math.max(a, b);
  if (most === 0 || !Number.isFinite(most)) return most;
  return most * Math.sqrt((a / most) ** 2 + (b / most) ** 2);
}

/** Numbers of a `Spread`, as they go into a file. */
export interface SpreadState {
  readonly count: readonly number[];
  readonly mean: readonly number[];
  readonly norm: readonly number[];
}

/** Welford's running mean, and the norm of the deviations from it, for `cells` independent streams. */
export class Spread {
  readonly count: Int32Array;
  readonly mean: Float64Array;
  /** √Σ (x − mean)². */
  readonly norm: Float64Array;

  constructor(cells: number) {
    this.count = new Int32Array(cells);
    this.mean = new Float64Array(cells);
    this.norm = new Float64Array(cells);
  }

  add(cell: number, value: number): void {
    const n = ++this.count[cell];
    const delta = value - this.mean[cell];
    this.mean[cell] += delta / n;
    this.norm[cell] = norm(this.norm[cell], Math.abs(delta) * Math.sqrt((n - 1) / n));
  }

  /** √ of the unbiased variance; NaN for fewer than two values. */
  standardDeviation(cell: number): number {
    const n = this.count[cell];
    return n > 1 ? this.norm[cell] / Math.sqrt(n - 1) : Number.NaN;
  }

  /** Unbiased; NaN for fewer than two values, and where values differ by so little that it is below the range of f64. */
  variance(cell: number): number {
    const deviation = this.standardDeviation(cell);
    const variance = deviation * deviation;
    return variance === 0 && deviation > 0 ? Number.NaN : variance;
  }

  /** Of the mean, √(variance/n); NaN for fewer than two values. */
  standardError(cell: number): number {
    return this.standardDeviation(cell) / Math.sqrt(this.count[cell]);
  }

  /** Chan, Golub & LeVeque's update: as if the other's values had been added here. */
  merge(other: Spread): void {
    for (let cell = 0; cell < this.count.length; cell++) {
      const m = other.count[cell];
      if (m === 0) continue;
      if (this.count[cell] === 0) {
        // To the last bit, so that a stream can be taken up where it was left.
        this.count[cell] = m;
        this.mean[cell] = other.mean[cell];
        this.norm[cell] = other.norm[cell];
        continue;
      }
      const n = this.count[cell] + m;
      const delta = other.mean[cell] - this.mean[cell];
      const apart = Math.abs(delta) * Math.sqrt((this.count[cell] * m) / n);
      this.mean[cell] += (delta * m) / n;
      this.norm[cell] = norm(norm(this.norm[cell], other.norm[cell]), apart);
      this.count[cell] = n;
    }
  }

  copy(): Spread {
    return Spread.of(this.state());
  }

  state(): SpreadState {
    return { count: [...this.count], mean: [...this.mean], norm: [...this.norm] };
  }

  static of({ count, mean, norm }: SpreadState): Spread {
    const spread = new Spread(count.length);
    spread.count.set(count);
    spread.mean.set(mean);
    spread.norm.set(norm);
    return spread;
  }

  /** Of a state that comes from a file. @throws RangeError where it is not that of so many cells. */
  static read(state: Partial<SpreadState> | undefined, cells: number): Spread {
    return Spread.of({
      count: countsOf(state?.count, cells, 'spread.count'),
      mean: numbersOf(state?.mean, cells, 'spread.mean'),
      norm: numbersOf(state?.norm, cells, 'spread.norm'),
    });
  }
}
