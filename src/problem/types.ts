/**
 * The validated problem: plain arrays and numbers that every engine, on CPU or GPU, starts from.
 * Symbols follow docs/theory.md: λ (covariance eigenvalues), b (target), σ (label noise), m (batch size), γ (step size).
 */

/** The form of β as a function of the weights: u⊙v, u² − v² or u² (v absent). */
export type Parametrization = 'product' | 'difference' | 'square';

/** Law of one whitened feature coordinate x_i/√λ_i; every law has mean 0 and variance 1, coordinates are independent. */
export type FeatureLaw =
  | { readonly kind: 'gaussian' }
  | { readonly kind: 'rademacher' }
  | { readonly kind: 'uniform' }
  | { readonly kind: 'student-t' /** > 2, so that the variance is finite */; readonly degrees: number };

/** Step-size schedule γ(t), t in units of d steps; see `stepSizeAt` in ./schedule.ts for each formula. */
export type StepSize =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'piecewise'; readonly times: readonly number[]; readonly values: readonly number[] }
  | { readonly kind: 'power'; readonly initial: number; readonly exponent: number; readonly time: number }
  | { readonly kind: 'cosine'; readonly initial: number; readonly final: number };

/** One finite problem of dimension d. The arrays have length d and are never written to after construction. */
export interface Problem {
  readonly dimension: number;
  /** Covariance eigenvalues λ_i > 0. */
  readonly lambda: Float64Array;
  /** Target coefficients b_i. */
  readonly b: Float64Array;
  /** Initial weights; for the square parametrization v0 is all zero and never used. */
  readonly u0: Float64Array;
  readonly v0: Float64Array;
  readonly parametrization: Parametrization;
  /** σ ≥ 0, standard deviation of the label noise. */
  readonly labelNoise: number;
  /** m ≥ 1 fresh samples a step. */
  readonly batchSize: number;
  readonly features: FeatureLaw;
  readonly stepSize: StepSize;
  /** T > 0, in units of d steps; the cosine schedule ends here. */
  readonly horizon: number;
}
