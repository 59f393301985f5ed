/** Running means and variances. */

/** Numbers of a `Spread`, as they go into a file. */
export interface SpreadState {
  readonly count: readonly number[];
  readonly mean: readonly number[];
  readonly squares: readonly number[];
}

/** Welford's running mean and sum of squared deviations for `cells` independent streams. */
export class Spread {
  readonly count: Int32Array;
  readonly mean: Float64Array;
  /** Σ (x − mean)². */
  readonly squares: Float64Array;

  constructor(cells: number) {
    this.count = new Int32Array(cells);
    this.mean = new Float64Array(cells);
    this.squares = new Float64Array(cells);
  }

  add(cell: number, value: number): void {
    const n = ++this.count[cell];
    const delta = value - this.mean[cell];
    this.mean[cell] += delta / n;
    this.squares[cell] += delta * (value - this.mean[cell]);
  }

  /** Unbiased; NaN for fewer than two values. */
  variance(cell: number): number {
    const n = this.count[cell];
    return n > 1 ? this.squares[cell] / (n - 1) : Number.NaN;
  }

  /** Of the mean, √(variance/n); NaN for fewer than two values. */
  standardError(cell: number): number {
    return Math.sqrt(this.variance(cell) / this.count[cell]);
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
        this.squares[cell] = other.squares[cell];
        continue;
      }
      const n = this.count[cell] + m;
      const delta = other.mean[cell] - this.mean[cell];
      this.mean[cell] += (delta * m) / n;
      this.squares[cell] += other.squares[cell] + delta * delta * ((this.count[cell] * m) / n);
      this.count[cell] = n;
    }
  }

  copy(): Spread {
    return Spread.of(this.state());
  }

  state(): SpreadState {
    return { count: [...this.count], mean: [...this.mean], squares: [...this.squares] };
  }

  static of({ count, mean, squares }: SpreadState): Spread {
    const spread = new Spread(count.length);
    spread.count.set(count);
    spread.mean.set(mean);
    spread.squares.set(squares);
    return spread;
  }
}
