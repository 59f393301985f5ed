/**
 * When a path has diverged: the one rule of all engines (docs/paths.md, "Divergence"). With L = 10⁶(1 + √(2R(0))) it has
 *
 * - in the first step of SGD in which some |r_j| > L, of the interacting SDE at whose sums 2R > L²,
 * - at the first save time with 2R > L², whatever the method,
 *
 * where a number that is not finite exceeds every limit. It then has no value at that save time, nor at any later one.
 */

export interface DivergenceLimits {
  /** L, of |r_j|. Finite: `!(Math.abs(r) <= residual)` is true of NaN and of the infinities too. */
  readonly residual: number;
  /** L², of 2R. */
  readonly twiceRisk: number;
}

/** The limits of a problem, from 2R at its start. */
export function divergenceLimits(twiceRiskAtStart: number): DivergenceLimits {
  const most = Number.MAX_VALUE;
  const residual = Math.min(most, 1e6 * (1 + Math.sqrt(twiceRiskAtStart)));
  return { residual, twiceRisk: Math.min(most, residual * residual) };
}

/** The message of a divergence: rule, value, limit, and what to do. */
export function divergence(quantity: '|r|' | '2R', value: number, limit: number): string {
  const shown = Number.isFinite(value) ? value.toPrecision(3) : 'not a finite number';
  return `the path diverged: ${quantity} is ${shown}, the limit is ${limit.toPrecision(3)}. Take a smaller step size or initialization.`;
}

/** The same of 2R in an SDE that runs from expressions: what is far beyond the limit after one step may be the fault of its length. */
export function divergenceOfSteps(value: number, limit: number): string {
  if (value <= limit * limit) return divergence('2R', value, limit);
  return `the path left the numbers within one time step: 2R is ${Number.isFinite(value) ? value.toPrecision(3) : 'not a finite number'}, the limit is ${limit.toPrecision(3)}. The noise of a step took a weight beyond the end of its flow, or its drift was too stiff: take a smaller timeStep; if that does not help, a smaller step size or initialization.`;
}

/**
 * The time told for a path that left on its way to save time number `save`, in a step that ends at `end`: that end, in the interval
 * (times[save − 1], times[save]]. So the replicas in the averages at t are those that leave after t, whatever the rounding of steps.
 */
export function leavingTime(times: ArrayLike<number>, save: number, end = Number.POSITIVE_INFINITY): number {
  const isInside = end <= times[save] && (save === 0 || end > times[save - 1]);
  return isInside ? end : times[save];
}

/** What is told where the formula of a step size that depends on the state has no value. */
export function withoutStepSize(): string {
  return 'the path ended: its step size has no value there, as its expression leaves the domain of a function or the range of numbers. Guard it, for instance with max(…, 1e-6).';
}
