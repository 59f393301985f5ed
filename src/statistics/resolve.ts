/** What an experiment asks for → statistics; and the moments that several of them share. */

import { isStatisticName, statisticNames } from '../expression/definitions.ts';
import type { Moment } from '../expression/expression.ts';
import { ExpressionError, largestMean } from '../expression/language.ts';
import { parseMoment } from '../expression/moment.ts';
import { namedStatistic } from '../expression/named.ts';
import type { Statistic, StatisticContext } from '../expression/statistic.ts';

/** As in an experiment file: a name, or a name of one's own with the expression whose mean over coordinates it is. */
export type StatisticSpec = string | { readonly name: string; readonly expression: string };

/** Null if the specification is good, else one line. Does not look for duplicates (resolveStatistics does). */
export function checkStatistic(spec: StatisticSpec): string | null {
  try {
    resolveStatistic(spec);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

export function resolveStatistic(spec: StatisticSpec): Statistic {
  if (typeof spec === 'string') {
    if (isStatisticName(spec)) return namedStatistic(spec);
    const shown = JSON.stringify(spec.slice(0, 64));
    throw new Error(
      `unknown statistic ${shown}; known are ${statisticNames.join(', ')}, or {"name": …, "expression": …}`,
    );
  }
  const shown = JSON.stringify(spec.name.slice(0, 64));
  if (isStatisticName(spec.name)) throw new Error(`name ${shown} is that of a built-in statistic; choose another`);
  if (!/^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/.test(spec.name)) {
    throw new Error(`name ${shown} must begin with a letter or _ and hold 1 to 64 letters, digits, _, - or .`);
  }
  try {
    return { name: spec.name, moments: [parseMoment(spec.expression)], finish: (means) => means[0] };
  } catch (error) {
    if (error instanceof ExpressionError) throw new ExpressionError(`statistic ${shown}: ${error.message}`);
    throw error;
  }
}

/**
 * Resolves a list, in its order.
 * @throws Error naming the first bad or repeated one.
 */
export function resolveStatistics(specs: readonly StatisticSpec[]): Statistic[] {
  const statistics = specs.map(resolveStatistic);
  const seen = new Set<string>();
  for (const { name } of statistics) {
    if (seen.has(name)) throw new Error(`statistic ${JSON.stringify(name)} is asked for twice`);
    seen.add(name);
  }
  return statistics;
}

/** The distinct moments of some statistics, in order of first use, and where each statistic finds its own among them. */
export interface MomentTable {
  readonly moments: readonly Moment[];
  /** indices[k][j] = place in `moments` of moment j of statistic k. */
  readonly indices: readonly (readonly number[])[];
}

/** Moments with the same source are one moment, so what statistics share is evaluated once. */
export function collectMoments(statistics: readonly Statistic[]): MomentTable {
  const places = new Map<string, number>();
  const moments: Moment[] = [];
  const indices = statistics.map((statistic) =>
    statistic.moments.map((moment) => {
      const known = places.get(moment.source);
      if (known !== undefined) return known;
      places.set(moment.source, moments.length);
      return moments.push(moment) - 1;
    }),
  );
  return { moments, indices };
}

/** Infinite beyond `largestMean`. */
function bounded(mean: number): number {
  return Math.abs(mean) > largestMean ? mean * Number.POSITIVE_INFINITY : mean;
}

/** Means of the table's moments → values of the statistics, written to out[offset], out[offset + 1], … */
export function finishStatistics(
  statistics: readonly Statistic[],
  table: MomentTable,
  means: ArrayLike<number>,
  context: StatisticContext,
  out: Float64Array,
  offset = 0,
): void {
  for (let k = 0; k < statistics.length; k++) {
    out[offset + k] = statistics[k].finish(
      table.indices[k].map((i) => bounded(means[i])),
      context,
    );
  }
}
