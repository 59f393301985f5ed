/**
 * Step sizes that depend on the state, in the limit d → ∞: γ(t) is a function of averages over coordinates and of their integrals, so
 * the limit closes (docs/theory.md, "Step sizes that depend on the state").
 */
import type { Moment } from '../../statistics/expression.ts';
import { namedStatistic, type StatisticName } from '../../statistics/named.ts';
import { collectMoments, finishStatistics } from '../../statistics/resolve.ts';
import type { StatisticContext } from '../../statistics/statistic.ts';

/** What a step size may use besides averages: σ, m and the gain of the parametrization. */
export type StepSizeContext = Omit<StatisticContext, 'stepSize'>;

/** γ(t) = value(means, integrals, t), where d integrals/dt = rates(means, integrals, t). Pure; means of the moments, in their order. */
export interface StateStepSize {
  readonly moments: readonly Moment[];
  /** How many integrals; each is 0 at t = 0. */
  readonly integrals: number;
  /** Writes d/dt of each integral to out[0 … integrals − 1]. */
  rates(
    means: ArrayLike<number>,
    integrals: ArrayLike<number>,
    t: number,
    context: StepSizeContext,
    out: Float64Array,
  ): void;
  /** γ > 0; NaN where it has no value. */
  value(means: ArrayLike<number>, integrals: ArrayLike<number>, t: number, context: StepSizeContext): number;
}

/** A rule over the named statistics of the state, which it gets in the order of `names`; riskDrift and riskNoise are those of γ = 1. */
export function overStatistics(
  names: readonly StatisticName[],
  rule: {
    readonly rates?: (statistics: Float64Array, context: StepSizeContext) => readonly number[];
    readonly value: (statistics: Float64Array, integrals: ArrayLike<number>, context: StepSizeContext) => number;
  },
): StateStepSize {
  const statistics = names.map(namedStatistic);
  const table = collectMoments(statistics);
  const values = new Float64Array(names.length);
  const read = (means: ArrayLike<number>, context: StepSizeContext) => {
    finishStatistics(statistics, table, means, { ...context, stepSize: 1 }, values);
    return values;
  };
  return {
    moments: table.moments,
    integrals: rule.rates ? 1 : 0,
    rates: (means, _integrals, _t, context, out) => {
      if (rule.rates) out.set(rule.rates(read(means, context), context));
    },
    value: (means, integrals, _t, context) => rule.value(read(means, context), integrals, context),
  };
}
