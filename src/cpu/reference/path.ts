/** What all algorithms start from, and when a path counts as diverged (docs/paths.md, "SGD" and "SDE"). */
// Modules by name, not the room's index: a worker starts faster without the schema and expression libraries.
import { hyperbolicStart } from '../../problem/coordinates.ts';
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

/** |r_j| above which an SGD replica has failed, 10⁶(1 + √(2R(0))), from Σ a_i² at the start. */
export function residualLimit(model: Model, sumOfSquares: number): number {
  return 1e6 * (1 + Math.sqrt(twiceRisk(model, sumOfSquares)));
}

/** 2R above which an interacting SDE replica has failed, 10¹²(1 + √(2R(0)))². */
export function riskLimit(model: Model, sumOfSquares: number): number {
  return residualLimit(model, sumOfSquares) ** 2;
}

/** The first λe²/d that exceeds `limit` or is not finite: a mean-field path has then failed. Null where there is none. */
export function exceedingShare(
  p: Float64Array,
  q: Float64Array,
  { dimension: d, lambda, b }: Problem,
  limit: number,
): number | null {
  for (let i = 0; i < d; i++) {
    const e = 0.25 * (p[i] - q[i]) * (p[i] + q[i]) - b[i];
    const share = (lambda[i] * e * e) / d;
    if (!(share <= limit)) return share;
  }
  return null;
}

/** 2R = Σ a_i²/d + σ², a_i = √λ_i e_i. */
export function twiceRisk({ d, problem }: Model, sumOfSquares: number): number {
  return sumOfSquares / d + problem.labelNoise * problem.labelNoise;
}

/** The message of a failure: rule, value, limit, and what to do. */
export function divergence(quantity: string, value: number, limit: number): string {
  return `the path diverged: ${quantity} is ${value.toPrecision(3)}, the limit is ${limit.toPrecision(3)}. Take a smaller step size or initialization.`;
}
