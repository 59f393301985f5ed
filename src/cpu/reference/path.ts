/** What all algorithms start from (docs/paths.md, "SGD" and "SDE"). */
// Modules by name, not the room's index: a worker starts faster without the schema and expression libraries.
import { hyperbolicStart } from '../../problem/coordinates.ts';
import { type DivergenceLimits, divergenceLimits } from '../../problem/divergence.ts';
import { gain } from '../../problem/hyperbolic.ts';
import type { Problem } from '../../problem/types.ts';

/** Constants of a problem in the form the loops want, computed once a job. */
export interface Model {
  readonly problem: Problem;
  readonly d: number;
  /** √λ_i. */
  readonly rootLambda: Float64Array;
  readonly p0: Float64Array;
  readonly q0: Float64Array;
  readonly gain: 1 | 2;
}

export function modelOf(problem: Problem): Model {
  const { p, q } = hyperbolicStart(problem);
  return {
    problem,
    d: problem.dimension,
    rootLambda: problem.lambda.map(Math.sqrt),
    p0: p,
    q0: q,
    gain: gain(problem.parametrization),
  };
}

/** 2R = Σ a_i²/d + σ², a_i = √λ_i e_i. */
export function twiceRisk({ d, problem }: Model, sumOfSquares: number): number {
  return sumOfSquares / d + problem.labelNoise * problem.labelNoise;
}

/** The limits of the paths of a model, from Σ a_i² at the start. */
export function limitsOf(model: Model, sumOfSquares: number): DivergenceLimits {
  return divergenceLimits(twiceRisk(model, sumOfSquares));
}
