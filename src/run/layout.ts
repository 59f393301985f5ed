/** What part of a gap to the limit is the layout's (docs/layout.md, "What a gap is made of"). */
import { modelOf, stateDefinition } from '../dynamics/index.ts';
import { genericModel } from '../dynamics/models/compiled.ts';
import { hyperbolicStart, type Problem } from '../problem/index.ts';
import type { Curve, LayoutGap } from '../results/index.ts';
import { Finisher } from '../statistics/finish.ts';
import { evaluateMeans, type Statistic, type WeightState } from '../statistics/index.ts';

/**
 * Statistics of the start of a problem beside those of its limit; undefined where no PDE is among the curves. O(d) time for each
 * moment.
 */
export function layoutGaps(
  problem: Problem,
  times: Float64Array,
  statistics: readonly Statistic[],
  curves: readonly Curve[],
): LayoutGap[] | undefined {
  const limits = curves.filter(({ method }) => method === 'pde');
  if (limits.length === 0) return undefined;
  const finisher = new Finisher(problem, statistics, times);
  const means = evaluateMeans(finisher.moments, problem, startOf(problem));
  const integrals = new Float64Array(stateDefinition(problem.stepSize)?.integrals.length ?? 0);
  const values = new Float64Array(statistics.length);
  finisher.finish(means, 0, integrals, values);
  return statistics.map(({ name }, k) => ({
    statistic: name,
    value: Number.isFinite(values[k]) ? values[k] : null,
    limit: limits.find(({ statistic }) => statistic === name)?.mean[0] ?? null,
  }));
}

function startOf(problem: Problem): WeightState {
  if (modelOf(problem.parametrization).hyperbolic) return hyperbolicStart(problem);
  const [p, q = new Float64Array(problem.dimension)] = genericModel(problem).start;
  return { p, q };
}
