/** The `estimates` of an experiment file: what is estimated from the replicas of every SGD and SDE method, besides the curves. */
import {
  broken,
  choice,
  firstDescent,
  hint,
  integer,
  LARGEST,
  list,
  POSITIVE,
  real,
  record,
  tag,
  variants,
  word,
} from '../../schema/fields.ts';
import { z } from '../../schema/zod.ts';
import { STATISTIC_NAMES } from './statistics.ts';

/** Edges of a histogram of β at most: each is one more average over all coordinates at every save time. */
const MOST_BETA_BINS = 128;

const statistic = z
  .string({ error: 'must be the name of a statistic' })
  .describe('A statistic by name: a built-in one, or one of the experiment’s own.');
const confidence = real('Confidence level of the intervals.', { above: 0, max: 0.999999 }).default(0.95);
const interval = word(
  'How the interval of a probability is made: wilson (score), or clopper-pearson (exact: covers at least the confidence level).',
  ['wilson', 'clopper-pearson'],
).default('wilson');
const time = real('A save time; default: the last one.', { min: 0, max: LARGEST });
const times = (otherwise: string) =>
  list(`Save times, strictly increasing; default: ${otherwise}.`, time, 100_000).optional();
const range = z
  .tuple([real('Lower end.', { min: -LARGEST, max: LARGEST }), real('Upper end.', { min: -LARGEST, max: LARGEST })], {
    error: 'must be two numbers [low, high]',
  })
  .check((context) => {
    const [low, high] = context.value;
    if (!(low < high)) broken(context, [], 'must be [low, high] with low < high', context.value);
  });
const scale = word('Whether the bins are equally wide in x or in log x.', ['linear', 'log']).default('linear');

export const estimateSchema = variants('One estimate from the replicas of each SGD and SDE method.', [
  record('Mean, variance and quantiles of a statistic over replicas, with intervals of the quantiles.', {
    kind: tag('distribution', 'Mean, variance, quantiles.'),
    statistic: statistic.default('risk'),
    times: times('every one'),
    probabilities: list(
      'Probabilities of the quantiles, strictly increasing.',
      real('A probability strictly between 0 and 1.', { above: 0, max: 1 - 2 ** -40 }),
      100,
    ).default(() => [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99]),
    confidence,
  }),
  record('A histogram of a statistic over replicas.', {
    kind: tag('histogram', 'How many replicas fall into each bin.'),
    statistic: statistic.default('risk'),
    times: times('the last one'),
    bins: integer('Number of bins.', { min: 1, max: 1000 }).default(40),
    range: range
      .describe(
        'Ends of the bins. Default: smallest and largest value, known when all replicas are; beyond 4096 replicas bins are then good to 0.5% of their place.',
      )
      .optional(),
    scale,
  }),
  record('The share of the coordinates whose β falls into each bin, averaged over replicas.', {
    kind: tag('beta-histogram', 'The law of β over coordinates.'),
    times: times('the last one'),
    bins: integer('Number of bins; each costs one more average over coordinates at every save time.', {
      min: 1,
      max: MOST_BETA_BINS,
    }).default(40),
    range: range.describe('Ends of the bins.'),
  }),
  record('Covariance and correlation of two statistics over replicas.', {
    kind: tag('covariance', 'Covariance of two statistics.'),
    statistics: z
      .tuple([statistic, statistic], { error: 'must be the names of two statistics' })
      .describe('The two statistics.'),
    times: times('every one'),
    confidence,
  }),
  record('P(statistic > above at a save time), among the replicas that have not diverged by then.', {
    kind: tag('tail', 'The probability that a statistic exceeds a value.'),
    statistic: statistic.default('risk'),
    above: real('The value.'),
    time: time.optional(),
    confidence,
    interval,
  }),
  record('P(a replica has diverged by a time).', {
    kind: tag('blow-up', 'The probability of blow-up.'),
    before: real('The time, included, at most the last save time; default: that one.', POSITIVE).optional(),
    confidence,
    interval,
  }),
  record('P(R(t) ≤ C e^(−ct) R(0) at every save time t ≤ T); a replica that has diverged by T does not.', {
    kind: tag('convergence', 'The probability of exponential convergence.'),
    constant: real('C.', { min: 1, max: LARGEST }),
    rate: real('c.', POSITIVE),
    time: time.describe('T, a save time; default: the last one.').optional(),
    confidence,
    interval,
  }),
  record('Each replica’s own rate of exponential decay: minus the slope of log x(t) over a window, by least squares.', {
    kind: tag('rate', 'The law of the measured rate of convergence.'),
    statistic: statistic.default('risk'),
    from: real('Start of the window; default: half the last save time.', { min: 0, max: LARGEST }).optional(),
    to: real('End of the window, at most the last save time; default: that one.', POSITIVE).optional(),
    confidence,
  }),
]);

export const estimatesSchema = list(
  'What is estimated from the replicas of every SGD and SDE method.',
  estimateSchema,
  64,
);

export const untilSchema = record(
  'Adds replicas, in batches that do not depend on the numbers, until a mean is known well enough: first `replicas` of them (at least 32), then a quarter more each time.',
  {
    statistic: statistic.describe('The statistic whose mean is wanted, one of the experiment’s.'),
    relativeError: real('Standard error of the mean over the mean that is asked for.', { above: 0, max: 1 }),
    time: real('The save time at which it is wanted; default: the last one.', POSITIVE).optional(),
    most: integer('Replicas at which to give up.', { min: 32, max: 1_000_000 }).default(100_000),
  },
);

export type Estimate = z.output<typeof estimateSchema>;
export type Until = z.output<typeof untilSchema>;

/** Place of t among the save times (0 included); −1 if it is none of them, to rounding. */
export function timeIndexOf(times: ArrayLike<number>, t: number): number {
  const slack = 1e-9 * times[times.length - 1];
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < t - slack) low = middle + 1;
    else high = middle;
  }
  return Math.abs(times[low] - t) <= slack ? low : -1;
}

interface Surroundings {
  /** Save times, 0 first; the last is where the run ends. */
  readonly times: ArrayLike<number>;
  /** Names of the experiment's statistics. */
  readonly statistics: readonly string[];
}

type Context = Parameters<typeof broken>[0];
type Path = (string | number)[];

/** The rules between an estimate and the rest of the file. */
export function checkEstimate(context: Context, path: Path, estimate: Estimate, around: Surroundings): void {
  const { times } = around;
  const end = times[times.length - 1];
  const isSaveTime = (t: number | undefined, at: Path) => checkTime(context, [...path, ...at], t, around);
  const known = [...new Set([...STATISTIC_NAMES, ...around.statistics])];
  const isKnown = (name: string, at: Path) => {
    if (!known.includes(name)) broken(context, [...path, ...at], `must be ${choice(known)}${hint(name, known)}`, name);
  };
  if ('statistic' in estimate) isKnown(estimate.statistic, ['statistic']);
  if ('times' in estimate && estimate.times) {
    const descent = firstDescent(estimate.times);
    if (descent > 0)
      broken(
        context,
        [...path, 'times', descent],
        `must be greater than the time before it (${estimate.times[descent - 1]})`,
        estimate.times[descent],
      );
    estimate.times.some((t, i) => !isSaveTime(t, ['times', i]));
  }
  switch (estimate.kind) {
    case 'distribution': {
      const at = firstDescent(estimate.probabilities);
      if (at > 0)
        broken(
          context,
          [...path, 'probabilities', at],
          'must be greater than the one before it',
          estimate.probabilities[at],
        );
      return;
    }
    case 'histogram':
      if (estimate.scale === 'log' && estimate.range && estimate.range[0] <= 0)
        broken(context, [...path, 'range', 0], 'must be greater than 0 where the scale is log', estimate.range[0]);
      return;
    case 'covariance':
      for (const [i, name] of estimate.statistics.entries()) isKnown(name, ['statistics', i]);
      return;
    case 'tail':
    case 'convergence':
      isSaveTime(estimate.time, ['time']);
      return;
    case 'blow-up':
      if (estimate.before !== undefined && isBeyond(times, estimate.before))
        broken(context, [...path, 'before'], atMost(end), estimate.before);
      return;
    case 'rate': {
      const { from, to } = { ...defaultsOf(estimate, end), ...given(estimate) } as Resolved<typeof estimate>;
      if (!(from < to)) broken(context, [...path, 'from'], `must be less than the window’s end (${to})`, from);
      else if (isBeyond(times, to)) broken(context, [...path, 'to'], atMost(end), to);
      else if (windowOf(times, from, to).length < 2)
        broken(context, [...path, 'from'], `must leave two save times at least up to the window’s end (${to})`, from);
      return;
    }
  }
}

/** The rules between an `until` and the rest of the file. */
export function checkUntil(context: Context, path: Path, until: Until, replicas: number, around: Surroundings): void {
  const { statistics } = around;
  if (!statistics.includes(until.statistic))
    broken(
      context,
      [...path, 'statistic'],
      `must be one of the experiment’s statistics (${statistics.join(', ')})`,
      until.statistic,
    );
  checkTime(context, [...path, 'time'], until.time, around);
  if (until.most < replicas)
    broken(
      context,
      [...path, 'most'],
      `must be at least replicas (${replicas}), which are run in any case`,
      until.most,
    );
}

function checkTime(context: Context, path: Path, t: number | undefined, { times }: Surroundings): boolean {
  if (t === undefined || timeIndexOf(times, t) >= 0) return true;
  const nearest = Array.from(times).reduce((a, b) => (Math.abs(b - t) < Math.abs(a - t) ? b : a));
  broken(context, path, `must be a save time of the run (the nearest is ${nearest}); see samples and times`, t);
  return false;
}

/** Whether t is later than every save time, by more than rounding: nobody is simulated up to there. */
function isBeyond(times: ArrayLike<number>, t: number): boolean {
  return t > times[times.length - 1] * (1 + 1e-9);
}

function atMost(end: number): string {
  return `must be at most the last save time (${end}), where the run ends; see samples and times`;
}

/** Indices of the save times in [from, to], to rounding. */
export function windowOf(times: ArrayLike<number>, from: number, to: number): number[] {
  const slack = 1e-9 * times[times.length - 1];
  return Array.from(times, (_, i) => i).filter((i) => times[i] >= from - slack && times[i] <= to + slack);
}

/** Of each kind, the fields whose defaults follow from the last save time. */
interface Timed {
  readonly distribution: never;
  readonly histogram: 'times';
  readonly 'beta-histogram': 'times';
  readonly covariance: never;
  readonly tail: 'time';
  readonly 'blow-up': 'before';
  readonly convergence: 'time';
  readonly rate: 'from' | 'to';
}
type Resolved<E extends Estimate> = E extends unknown
  ? E & { readonly [K in Timed[E['kind']] & keyof E]-?: NonNullable<E[K]> }
  : never;

/** With every default that follows from the save times written out; lists of times that mean every one stay away. */
export type ResolvedEstimate = Resolved<Estimate>;
export type ResolvedUntil = Until & { readonly time: number };

/** An estimate of a run whose last save time is `end`, its fields in the schema's order. */
export function resolveEstimate(estimate: Estimate, end: number): ResolvedEstimate {
  return estimateSchema.parse({ ...defaultsOf(estimate, end), ...given(estimate) }) as ResolvedEstimate;
}

/** The same for an `until`. */
export function resolveUntil(until: Until, end: number): ResolvedUntil {
  return untilSchema.parse({ time: end, ...given(until) }) as ResolvedUntil;
}

/** The fields that are there. */
function given<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function defaultsOf({ kind }: Estimate, end: number): object {
  switch (kind) {
    case 'histogram':
    case 'beta-histogram':
      return { times: [end] };
    case 'tail':
    case 'convergence':
      return { time: end };
    case 'blow-up':
      return { before: end };
    case 'rate':
      return { from: end / 2, to: end };
    default:
      return {};
  }
}
