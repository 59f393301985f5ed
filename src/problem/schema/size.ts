/**
 * How much an experiment's result would hold: every valid one can be written, and read back within RESULT_LIMITS. Each field is within
 * its own limits; this is about their products.
 */
import type { z } from 'zod';
import { broken } from '../../schema/fields.ts';
import { FILE_LIMITS, type JsonLimits, RESULT_LIMITS } from '../json.ts';
import { type Densities, densitySize, type Laws } from './densities.ts';
import type { Estimate } from './estimates.ts';
import type { methodSchema } from './methods.ts';

/** Values that quantiles are taken of, kept one by one up to so many a save time and statistic (src/ensemble/quantiles.ts). */
const KEPT_REPLICAS = 4096;
/** Of those values: 1 GiB. */
const MOST_KEPT = 2 ** 27;
/** Diverged replicas that a result names, over all methods; more of them are counted only (src/run/order.ts). */
export const MOST_NAMED = 10_000;
/** Values of an event, and of a curve beside its arrays with the event of a statistic that has no value. */
const EVENT_VALUES = 7;
const CURVE_VALUES = 24;
/** Values of all else: the experiment, some hundreds at most but for its methods, statistics and estimates; adapter, seconds, other events. */
const OTHER_VALUES = 16_384;
/** Empty arrays count as one. */
const OTHER_NUMBERS = 64;

type Path = (string | number)[];

export interface Asked {
  /** Save times, t = 0 among them. */
  readonly rows: number;
  readonly field: 'times' | 'samples';
  readonly statistics: readonly unknown[];
  readonly methods: readonly z.output<typeof methodSchema>[];
  readonly estimates: readonly Estimate[];
  readonly densities: Densities | undefined;
  readonly problem: Laws;
}

/** Numbers in flat arrays and other values, as the parser counts them (../json.ts). */
export type Size = JsonLimits;

interface Part extends Size {
  /** Which field to make smaller, and how to call what it gives. */
  readonly path: Path;
  readonly what: string;
}

const isEnsemble = ({ kind }: { readonly kind: string }) => kind === 'sgd' || kind === 'sde';

/** What the parts of a result hold at most, its experiment and events apart. */
function partsOf({ rows, field, statistics, methods, estimates, densities, problem }: Asked): Part[] {
  const ensembles = methods.filter(isEnsemble).length;
  const limits = methods.length - ensembles;
  const pdes = methods.filter(({ kind }) => kind === 'pde').length;
  const curves: Part = {
    path: [field],
    what: `the curves of ${rows - 1} save times, ${statistics.length} statistics and ${methods.length} methods`,
    // times, mean; of ensembles also standardError, two quantiles, counts; of a PDE its error; the layout's mean and error.
    numbers: rows * statistics.length * (6 * ensembles + 2 * limits + pdes + (pdes > 0 && ensembles > 0 ? 2 : 0)),
    values: CURVE_VALUES * statistics.length * methods.length,
  };
  const estimated = estimates.map((estimate, i): Part => {
    const { numbers, values } = estimateSize(estimate, rows);
    return {
      path: ['estimates', i],
      what: `this ${estimate.kind} of ${ensembles} ${ensembles === 1 ? 'method' : 'methods'}`,
      numbers: ensembles * numbers,
      values: ensembles * values,
    };
  });
  if (densities === undefined) return [curves, ...estimated];
  const { numbers, values } = densitySize(densities, problem, pdes);
  return [curves, ...estimated, { path: ['densities'], what: 'the densities', numbers, values }];
}

/** Of one estimate for one method (src/results/estimates.ts). */
function estimateSize(estimate: Estimate, rows: number): Size {
  const values = 40;
  switch (estimate.kind) {
    case 'distribution': {
      // times, mean, standardError, variance, counts; of each quantile its value, low and high.
      const quantiles = estimate.probabilities.length;
      return { numbers: (estimate.times?.length ?? rows) * (5 + 3 * quantiles), values: values + 5 * quantiles };
    }
    case 'histogram':
    case 'beta-histogram': {
      // times, edges, bins (of β: their errors), below, above, counts.
      const times = estimate.times?.length ?? 1;
      return { numbers: times * (2 * estimate.bins + 5) + estimate.bins, values: values + 2 * times };
    }
    case 'covariance':
      return { numbers: (estimate.times?.length ?? rows) * 6, values };
    default:
      return { numbers: 2, values };
  }
}

/** Numbers of the experiment itself: more than a file may have come through the library only, and are not read back. */
function numbersOf(experiment: unknown): number {
  if (typeof experiment !== 'object' || experiment === null) return 0;
  if (Array.isArray(experiment) && (experiment.length === 0 || typeof experiment[0] === 'number'))
    return experiment.length;
  return Object.values(experiment).reduce<number>((sum, entry) => sum + numbersOf(entry), 0);
}

/** What the result of an experiment holds at most: its parts, and all of it. */
export function resultSize(
  asked: Asked,
  experiment: unknown,
): { readonly parts: readonly Part[]; readonly total: Size } {
  const parts = partsOf(asked);
  const named = asked.methods.some(isEnsemble) ? EVENT_VALUES * (MOST_NAMED + asked.methods.length) : 0;
  const own = Math.min(numbersOf(experiment), FILE_LIMITS.numbers);
  return {
    parts,
    total: {
      numbers: parts.reduce((sum, { numbers }) => sum + numbers, OTHER_NUMBERS + own),
      values: parts.reduce((sum, { values }) => sum + values, OTHER_VALUES + named),
    },
  };
}

/** The rules on what a result may hold, and on what is kept in memory for it. */
export function checkSize(context: Parameters<typeof broken>[0], asked: Asked, experiment: unknown): void {
  const { rows, field, statistics, methods } = asked;
  const replicas = methods.reduce(
    (sum, method) =>
      'replicas' in method ? sum + Math.min(KEPT_REPLICAS, Math.max(method.replicas, method.until?.most ?? 0)) : sum,
    0,
  );
  const most = replicas === 0 ? Number.POSITIVE_INFINITY : Math.floor(MOST_KEPT / (statistics.length * replicas));
  if (rows > most) {
    broken(
      context,
      [field],
      `must ask for at most ${most - 1} save times with ${statistics.length} statistics, ${methods.length} methods and their replicas, so that the samples fit in memory`,
      rows - 1,
      `${rows - 1} save times`,
    );
    return;
  }
  const { parts, total: whole } = resultSize(asked, experiment);
  for (const kind of ['numbers', 'values'] as const) {
    const total = whole[kind];
    if (total <= RESULT_LIMITS[kind]) continue;
    const largest = parts.reduce((one, other) => (other[kind] > one[kind] ? other : one));
    const words = kind === 'numbers' ? 'numbers' : 'entries that are no numbers of an array';
    const less = largest.path[0] === field ? 'save times, statistics or methods' : 'times, bins or methods';
    broken(
      context,
      largest.path,
      `must be smaller: a result may hold ${RESULT_LIMITS[kind]} ${words}, and would hold up to ${total}, most of them in ${largest.what}; ask for fewer ${less}`,
      undefined,
      `${largest[kind]} of them`,
    );
    return;
  }
}
