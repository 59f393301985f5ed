/** The named statistics, compiled. */
import { compileScalar } from './closure.ts';
import { closingVariables, definitions, type StatisticName, statisticNames } from './definitions.ts';
import { parseNamedMoment } from './moment.ts';
import { parseTree } from './parse.ts';
import type { Statistic } from './statistic.ts';
import type { Tree } from './tree.ts';

/** The closing formula of a named statistic as a tree over m0, m1, … and the closing variables. */
export function closingTree(name: StatisticName): Tree {
  const { moments, value } = definitions[name];
  return parseTree(value, [...moments.map((_, k) => `m${k}`), ...closingVariables]);
}

const built = new Map<string, Statistic>();

/** A named statistic; the same object every time. */
export function namedStatistic(name: StatisticName): Statistic {
  const known = built.get(name);
  if (known) return known;
  const closing = compileScalar(closingTree(name));
  const statistic: Statistic = {
    name,
    moments: definitions[name].moments.map(parseNamedMoment),
    finish: (means, context) => {
      const { interpolation: _, ...numbers } = context;
      const values: Record<string, number> = { ...numbers };
      for (let k = 0; k < means.length; k++) values[`m${k}`] = means[k];
      return closing(values);
    },
  };
  built.set(name, statistic);
  return statistic;
}

/** All of them, in order. */
export function namedStatistics(): readonly Statistic[] {
  return statisticNames.map(namedStatistic);
}
