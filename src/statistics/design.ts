/** The rows of finite data as a matrix, x_j = √λ ⊙ g_j: kept where it is small, made again where it is not. */
import type { Dataset, Problem } from '../problem/types.ts';

/** Numbers of a design that is kept: 256 MiB. */
export const LARGEST_KEPT = 2 ** 25;

export class Design {
  readonly samples: number;
  readonly dimension: number;
  /** What is subtracted from the residual of each row. */
  readonly noise: Float64Array;
  readonly #dataset: Dataset;
  readonly #replica: number;
  readonly #rootLambda: Float64Array;
  readonly #kept: Float64Array | null;
  readonly #row: Float64Array;

  constructor(dataset: Dataset, { dimension, lambda }: Problem, replica: number) {
    this.samples = dataset.samples;
    this.dimension = dimension;
    this.#dataset = dataset;
    this.#replica = replica;
    this.#rootLambda = lambda.map(Math.sqrt);
    this.noise = Float64Array.from({ length: this.samples }, (_, row) => dataset.noise(replica, row));
    this.#row = new Float64Array(dimension);
    this.#kept = this.samples * dimension <= LARGEST_KEPT ? new Float64Array(this.samples * dimension) : null;
    if (this.#kept)
      for (let row = 0; row < this.samples; row++)
        this.#fill(this.#kept.subarray(row * dimension, (row + 1) * dimension), row, 0);
  }

  #fill(out: Float64Array, row: number, first: number): void {
    this.#dataset.features(out, 0, out.length, this.#replica, row, first);
    for (let i = 0; i < out.length; i++) out[i] *= this.#rootLambda[first + i];
  }

  /** Row j, to be read before the next is asked for. */
  row(j: number): Float64Array {
    const d = this.dimension;
    if (this.#kept) return this.#kept.subarray(j * d, (j + 1) * d);
    this.#fill(this.#row, j, 0);
    return this.#row;
  }

  /** Coordinates first, …, first + count − 1 of all rows, [row][coordinate], into out. */
  columns(first: number, count: number, out: Float64Array): void {
    const d = this.dimension;
    for (let j = 0; j < this.samples; j++) {
      const to = out.subarray(j * count, (j + 1) * count);
      if (this.#kept) to.set(this.#kept.subarray(j * d + first, j * d + first + count));
      else this.#fill(to, j, first);
    }
  }

  /** ½ mean_j r_j² for the errors e = β − b. */
  risk(e: Float64Array): number {
    let squares = 0;
    for (let j = 0; j < this.samples; j++)
      squares += (dot(this.row(j), e) / Math.sqrt(this.dimension) - this.noise[j]) ** 2;
    return (0.5 * squares) / this.samples;
  }

  /** out = (√d/n) Σ_j r_j x_j for the errors e = β − b; returns R̂ = ½ mean_j r_j². */
  gradient(e: Float64Array, out: Float64Array): number {
    const { samples: n, dimension: d } = this;
    const rootD = Math.sqrt(d);
    out.fill(0);
    let squares = 0;
    for (let j = 0; j < n; j++) {
      const x = this.row(j);
      const r = dot(x, e) / rootD - this.noise[j];
      squares += r * r;
      const weight = (rootD / n) * r;
      for (let i = 0; i < d; i++) out[i] += weight * x[i];
    }
    return (0.5 * squares) / n;
  }
}

/** In four strided parts. */
export function dot(x: Float64Array, y: Float64Array): number {
  const n = x.length;
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < n; i += 4) {
    a += x[i] * y[i];
    b += x[i + 1] * y[i + 1];
    c += x[i + 2] * y[i + 2];
    d += x[i + 3] * y[i + 3];
  }
  for (; i < n; i++) a += x[i] * y[i];
  return a + b + (c + d);
}
