/** Sweep file → the experiment of each point of its grid, or one error that names the field. */
import type { z } from 'zod';
import { log, pow } from '../elementary/index.ts';
import { ExperimentError, preview, toExperimentError } from './errors.ts';
import {
  type Experiment,
  type ExperimentInput,
  LONGEST_TEXT,
  type ParseOptions,
  parseExperiment,
  plain,
} from './experiment.ts';
import { at, type FieldPath, parsePath, replaced } from './fieldpath.ts';
import { FILE_LIMITS, JsonSyntaxError, parseJson } from './json.ts';
import type { DeepReadonly } from './readonly.ts';
import { METHOD_MEANS, MOST_MEANS, MOST_POINTS, type SweepAxis, sweepSchema } from './schema/sweep.ts';

/** A sweep as it is written; the fields of the axes may be left out of the experiment if they have a default. */
export type SweepInput = DeepReadonly<Omit<z.input<typeof sweepSchema>, 'experiment'>> & {
  readonly experiment: ExperimentInput;
};

export interface Axis {
  /** Path of the field. */
  readonly field: string;
  readonly values: readonly number[];
  /** How the values are spread, for drawing. */
  readonly scale: 'linear' | 'log';
}

/** A resolved sweep: plain JSON data. */
export interface Sweep {
  /** As given, fields of the axes at their first value, every default written out. */
  readonly experiment: Experiment;
  readonly axes: readonly Axis[];
}

/** A valid sweep with its grid laid out. Experiments are made when they are asked for: memory does not grow with the grid. */
export interface ParsedSweep {
  readonly sweep: Sweep;
  /** Points of the grid, the last axis varying fastest. */
  readonly count: number;
  /** The values of the axes at point i, 0 ≤ i < count. */
  valuesAt(i: number): number[];
  /** Its experiment. Every one is known to be valid. */
  experimentAt(i: number): Experiment;
}

/** How many points a grid has. */
export function pointsOf(axes: Sweep['axes']): number {
  return axes.reduce((product, { values }) => product * values.length, 1);
}

/** The sweep of a JSON text, `seed` instead of the experiment's. Throws `ExperimentError`. */
export function parseSweepText(text: string, options: ParseOptions = {}, seed?: number): ParsedSweep {
  if (text.length > LONGEST_TEXT)
    throw new ExperimentError('', `a sweep file must have at most ${LONGEST_TEXT} characters`, `${text.length}`);
  try {
    return parseSweep(parseJson(text, FILE_LIMITS), options, seed);
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw new ExperimentError('', `not valid JSON: ${error.message}`);
    throw error;
  }
}

/**
 * The sweep of a value read from JSON. Every point is validated: the cost is that of reading an experiment file, times the number of
 * points. Throws `ExperimentError`.
 */
export function parseSweep(input: unknown, options: ParseOptions = {}, seed?: number): ParsedSweep {
  const data = plain(input, [], []);
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    throw new ExperimentError('', 'a sweep must be an object with experiment and axes', preview(data));
  const parsed = sweepSchema.safeParse(data);
  if (!parsed.success) throw toExperimentError(parsed.error.issues, data);
  const given: Json = seed === undefined ? parsed.data.experiment : { ...parsed.data.experiment, seed };
  const axes = parsed.data.axes.map(resolveAxis);
  const count = pointsOf(axes);
  if (count > MOST_POINTS)
    throw new ExperimentError(
      'axes',
      `must span at most ${MOST_POINTS} points`,
      `${axes.map(({ values }) => values.length).join(' × ')} = ${count}`,
    );
  const size = entriesOf(data);
  if (count * size > MOST_WORK)
    throw new ExperimentError(
      'axes',
      `must span at most ${Math.floor(MOST_WORK / size)} points, for a file of ${size} values, all of which are checked at each`,
      `${count}`,
    );
  axes.forEach(({ field }, k) => {
    const twin = axes.findIndex((axis) => axis.field === field);
    if (twin < k) throw new ExperimentError(`axes[${k}].field`, `must not be that of axes[${twin}]`, preview(field));
  });
  const valuesAt = (i: number): number[] => {
    const values = new Array<number>(axes.length);
    let rest = i;
    for (let k = axes.length - 1; k >= 0; k--) {
      const { length } = axes[k].values;
      values[k] = axes[k].values[rest % length];
      rest = Math.floor(rest / length);
    }
    return values;
  };
  // Fields that are left out have their defaults, which are known once the rest has been read.
  const paths = axes.map(({ field }) => parsePath(field));
  const first = valuesAt(0);
  const defaults = readDefaults(given, options, paths, first);
  axes.forEach(({ field }, k) => {
    const found = at(defaults, paths[k]);
    if (paths[k].length === 0 || typeof found !== 'number')
      throw new ExperimentError(
        `axes[${k}].field`,
        'must be the path of a numeric field of the experiment, as in stepSize, problem.dimension or methods[1].timeStep',
        `${preview(field)}${paths[k].length > 0 && found !== undefined ? `, which is ${preview(found)}` : ''}`,
      );
  });
  const experimentAt = (i: number): Experiment => {
    const values = valuesAt(i);
    const filled = paths.reduce((file, path, k) => replaced(file, path, values[k], defaults), given as unknown);
    try {
      return parseExperiment(filled, options);
    } catch (error) {
      if (!(error instanceof ExperimentError)) throw error;
      const where = axes.map(({ field }, k) => `${field} = ${values[k]}`).join(', ');
      throw new ExperimentError('experiment', `${error.message} (at the point ${where})`);
    }
  };
  const lengths = axes.map(({ values }) => values.length);
  // Whatever is wrong with a field alone, or at the edge of the grid, is found before everything is gone through.
  const { methods, statistics } = experimentAt(0);
  const means = methods.length * (statistics.length + METHOD_MEANS);
  if (count * means > MOST_MEANS)
    throw new ExperimentError(
      'axes',
      `must span at most ${Math.floor(MOST_MEANS / means)} points, for ${methods.length} methods with ${statistics.length} statistics`,
      `${count}`,
    );
  for (const i of edges(lengths)) experimentAt(i);
  for (let i = 0; i < count; i++) experimentAt(i);
  return { sweep: { experiment: experimentAt(0), axes }, count, valuesAt, experimentAt };
}

/** The points of a grid on each axis, the others at their first value, and its corners; the last axis varies fastest. */
function edges(lengths: readonly number[]): number[] {
  const strides = lengths.map((_, k) => lengths.slice(k + 1).reduce((product, length) => product * length, 1));
  const lines = lengths.flatMap((length, k) => Array.from({ length }, (_, i) => i * strides[k]));
  const corners = lengths.reduce<number[]>(
    (points, length, k) => points.flatMap((point) => [point, point + (length - 1) * strides[k]]),
    [0],
  );
  return [...lines, ...corners];
}

/** Points times values of the file: a few seconds of checking. */
const MOST_WORK = 1e8;

/** Values in plain data, itself included. */
function entriesOf(data: unknown): number {
  if (typeof data !== 'object' || data === null) return 1;
  if (Array.isArray(data) && typeof data[0] === 'number') return data.length;
  return Object.values(data).reduce<number>((sum, entry) => sum + entriesOf(entry), 1);
}

type Json = Readonly<Record<string, unknown>>;

/** Integer fields of an experiment: values between two given ends are rounded. */
const INTEGERS = new Set(['dimension', 'batchSize', 'replicas', 'samples', 'seed', 'most', 'bins']);

function resolveAxis({ field, values, from, to, count, scale = 'linear' }: SweepAxis): Axis {
  if (values) {
    const sorted = [...values].sort((a, b) => a - b);
    return { field, values, scale: isGeometric(sorted) ? 'log' : 'linear' };
  }
  const isInteger = INTEGERS.has(String(parsePath(field).at(-1)));
  const spread = Array.from({ length: count! }, (_, i) => {
    const share = i / (count! - 1);
    const value =
      i === 0
        ? from!
        : i === count! - 1
          ? to!
          : scale === 'log'
            ? from! * pow(to! / from!, share)
            : from! + (to! - from!) * share;
    return isInteger ? Math.round(value) : value;
  });
  return { field, values: [...new Set(spread)], scale };
}

/** Whether values are better spread on a logarithmic axis: their ratios vary less than their differences. */
function isGeometric(sorted: readonly number[]): boolean {
  if (sorted.length < 3 || sorted[0] <= 0) return false;
  const spread = (x: readonly number[]) => {
    const steps = x.slice(1).map((value, i) => value - x[i]);
    return Math.max(...steps) / Math.min(...steps);
  };
  return spread(sorted.map(log)) < spread(sorted);
}

/** The experiment with its defaults, read with the axes' first values where it cannot be read without (a dimension left out). */
function readDefaults(
  given: Json,
  options: ParseOptions,
  paths: readonly FieldPath[],
  first: readonly number[],
): Experiment {
  const read = (file: unknown) => {
    try {
      return parseExperiment(file, options);
    } catch (error) {
      if (!(error instanceof ExperimentError)) throw error;
      return error;
    }
  };
  const plainly = read(given);
  if (!(plainly instanceof ExperimentError)) return plainly;
  const filled = read(paths.reduce((file, path, k) => replaced(file, path, first[k], undefined), given as unknown));
  if (!(filled instanceof ExperimentError)) return filled;
  throw new ExperimentError('experiment', plainly.message);
}
