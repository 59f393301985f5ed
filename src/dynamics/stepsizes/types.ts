/** What a step size is: a schedule, known for all times, or a rule that reads the state. */
import type { z } from 'zod';
import type { Moment } from '../../expression/expression.ts';
import type { Tree } from '../../expression/tree.ts';
import type { StepSizeContext } from './state.ts';

/** A step size that is a function of time alone; t in units of d steps, 0 ≤ t ≤ T. One file each. */
export interface ScheduleRule<S extends { readonly kind: string }> {
  readonly kind: S['kind'];
  /** What it is in the lab. */
  readonly label: string;
  readonly schema: z.ZodType<S>;
  /** γ(t). */
  at(s: S, t: number, horizon: number): number;
  /** ∫₀ᵗ γ(s) ds in closed form, good to rounding. */
  integral(s: S, t: number, horizon: number): number;
  /** Times strictly inside (0, horizon) where γ jumps; increasing. */
  breakpoints?(s: S, horizon: number): number[];
}

/** A step size that depends on the state. One file each; everything about it is the plain data of its definition. */
export interface StateRule<S extends { readonly kind: string }> {
  readonly kind: S['kind'];
  /** What it is in the lab. */
  readonly label: string;
  readonly schema: z.ZodType<S>;
  define(s: S): StateStepSizeDefinition;
}

/**
 * γ as expressions: what OpenMM's CustomIntegrator is for forces. Formulas are over named statistics (but those that hold γ itself: riskDrift,
 * riskNoise, stepSize), the own `means`, t (in units of d steps), labelNoise (σ), batchSize (m), horizon (T) and integral_0, integral_1, …; rates may
 * also name what holds γ. Realized formulas of SGD may name sampleLoss, ½ mean_j r_j², and sampleGradient, the squared norm (1/d) Σ κ_i g_i² of its
 * gradient in the weights, g_i = (1/m) Σ_j r_j x_ij.
 */
export interface StateStepSizeDefinition {
  readonly kind: 'definition';
  readonly name: string;
  /** Means over coordinates of the state before the step, by name, as expressions over u, v, beta, b, lambda, e, kappa, bend. */
  readonly means: Readonly<Record<string, string>>;
  /** integral_k, 0 at the start: its rate in the limit; in SGD a step adds 1/d of `realized`, or of `rate` where there is none. */
  readonly integrals: readonly { readonly rate: string; readonly realized?: string }[];
  /** γ in the limit; in SGD `realized` where there is one. */
  readonly value: string;
  readonly realized?: string;
  /** Whatever the formula gives is moved into [min, max]. */
  readonly min: number;
  readonly max: number;
}

/** What a realized step of SGD adds to what is known: of the samples of the step. */
export interface SampleQuantities {
  /** ½ mean_j r_j². */
  readonly loss: number;
  /** (1/d) Σ κ_i g_i². */
  readonly gradient: number;
}

/** The same as SGD takes it: with the samples of the step in place of their mean. */
export interface RealizedStepSize {
  readonly moments: readonly Moment[];
  readonly integrals: number;
  /** Whether γ of a step is known only with the step's samples. */
  readonly needsSample: boolean;
  /** Whether anything reads `sample.gradient`: a sum over coordinates a step. */
  readonly needsGradient: boolean;
  value(
    means: ArrayLike<number>,
    integrals: ArrayLike<number>,
    t: number,
    context: StepSizeContext,
    sample: SampleQuantities,
  ): number;
  /** Writes what the step adds to each integral, times d. */
  increments(
    means: ArrayLike<number>,
    integrals: ArrayLike<number>,
    t: number,
    context: StepSizeContext,
    sample: SampleQuantities,
    out: Float64Array,
  ): void;
}

/** Trees of all formulas, over mean_0, mean_1, …, integral_0, …, t, labelNoise, batchSize, horizon, sampleLoss, sampleGradient: what a kernel compiles. */
export interface StepSizeTrees {
  readonly moments: readonly Moment[];
  readonly value: Tree;
  readonly realized: Tree;
  readonly rates: readonly Tree[];
  readonly increments: readonly Tree[];
}
