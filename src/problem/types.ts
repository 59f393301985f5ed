/**
 * The validated problem: plain arrays and numbers that every engine, on CPU or GPU, starts from.
 * Symbols follow docs/theory.md: λ (covariance eigenvalues), b (target), σ (label noise), m (batch size), γ (step size).
 */
import type { FiniteData, Momentum, Order, Parametrization, StepSize } from '../dynamics/index.ts';

export type { FiniteData, Momentum, Parametrization, StepSize } from '../dynamics/index.ts';

/** Law of one whitened feature coordinate x_i/√λ_i; every law has mean 0 and variance 1, coordinates are independent. */
export type FeatureLaw =
  | { readonly kind: 'gaussian' }
  | { readonly kind: 'rademacher' }
  | { readonly kind: 'uniform' }
  | { readonly kind: 'student-t' /** > 2, so that the variance is finite */; readonly degrees: number };

/** Rows of a table with their labels. */
export interface Samples {
  readonly samples: number;
  /** [sample][coordinate], f32. */
  readonly features: Float32Array;
  /** As they stand in a file; in a problem what b leaves of them, y − ⟨x, b⟩/√d. */
  readonly labels: Float64Array;
}

/** Samples from files (src/data), held once. */
export interface TableData {
  readonly kind: 'files';
  /** n. */
  readonly samples: number;
  readonly order: Order;
  readonly shared: true;
  readonly train: Samples;
  readonly test: Samples | null;
  /** Whether b was given; else it is 0 here, and what needs it has no value. */
  readonly knowsTarget: boolean;
}

/** The samples of finite data by row. */
export interface Dataset {
  readonly samples: number;
  /** g = x/√λ of a row of a replica's dataset, coordinates first, …, first + count − 1, into out[at …). */
  features(out: Float64Array, at: number, count: number, replica: number, row: number, first: number): void;
  /** What is subtracted from its residual ⟨x, β − b⟩/√d: σε. */
  noise(replica: number, row: number): number;
}

/** One finite problem of dimension d. The arrays have length d and are never written to after construction. */
export interface Problem {
  readonly dimension: number;
  /** Covariance eigenvalues λ_i > 0. */
  readonly lambda: Float64Array;
  /** Target coefficients b_i. */
  readonly b: Float64Array;
  /** Initial weights; where the parametrization has no v, v0 is all zero and never used. */
  readonly u0: Float64Array;
  readonly v0: Float64Array;
  readonly parametrization: Parametrization;
  /** σ ≥ 0, standard deviation of the label noise. */
  readonly labelNoise: number;
  /** m ≥ 1 samples a step. */
  readonly batchSize: number;
  readonly features: FeatureLaw;
  readonly stepSize: StepSize;
  /** Samples that are used again and again; absent: fresh ones in every step. */
  readonly data?: FiniteData | TableData;
  /** Absent: plain SGD. */
  readonly momentum?: Momentum;
  /** T > 0, in units of d steps; the cosine schedule ends here. */
  readonly horizon: number;
}
