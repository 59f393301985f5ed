/**
 * Step sizes that depend on the state, in the limit d → ∞: γ(t) is a function of averages over coordinates and of their integrals, so
 * the limit closes (docs/theory.md, "Step sizes that depend on the state").
 */
import type { Moment } from '../../expression/expression.ts';

/** What a step size may read besides the state and the time. */
export interface StepSizeContext {
  /** σ. */
  readonly labelNoise: number;
  /** m. */
  readonly batchSize: number;
  /** T. */
  readonly horizon: number;
}

/**
 * γ(t) = value(means, integrals, t); d integrals/dt = rates(means, …): the limit d → ∞ of a state-dependent step size; also what SDEs use. With
 * momentum it is the γ of the file: the limit moves by γ/(1 − θ).
 */
export interface StateStepSize {
  /** Means over coordinates it reads, variables as in src/expression/expression.ts. */
  readonly moments: readonly Moment[];
  /** Number of integrals, all 0 at t = 0. */
  readonly integrals: number;
  rates(
    means: ArrayLike<number>,
    integrals: ArrayLike<number>,
    t: number,
    context: StepSizeContext,
    out: Float64Array,
  ): void;
  /** NaN where the formula has no value for this state. */
  value(means: ArrayLike<number>, integrals: ArrayLike<number>, t: number, context: StepSizeContext): number;
}
