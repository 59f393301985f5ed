/** Result files read back: validated whole, or one error that names the field. */

import type { z } from 'zod';
import { formatPath, oneLine, preview, toExperimentError } from '../problem/errors.ts';
import { parseExperiment } from '../problem/experiment.ts';
import { ExperimentError } from '../problem/index.ts';
import { JsonSyntaxError, parseJson } from '../problem/json.ts';
import { MOST_TABLE_ATOMS } from '../problem/schema/densities.ts';
import { expressionChecks } from '../statistics/checks.ts';
import { densityInconsistency, densityResultSchema } from './densities.ts';
import { estimateResultSchema } from './estimates.ts';
import {
  type Curve,
  curveSchema,
  eventSchema,
  interpolationSchema,
  methodName,
  type Result,
  resultSchema,
} from './format.ts';

/**
 * Longest result file read, in bytes or UTF-16 units: 32 for each of 2²¹ numbers, of which one on a line of its own takes 31 at most, and
 * 64 for each other value.
 */
export const LONGEST_RESULT = 2 ** 26 + 2 ** 24;

/** A result file that cannot be used; `message` is one line, `path: rule; found value`. */
export class ResultError extends Error {
  override readonly name = 'ResultError';
  constructor(message: string) {
    super(oneLine(message));
  }
}

const fieldsSchema = resultSchema.omit({ experiment: true });

/** The result of a JSON text. Throws `ResultError`. */
export function parseResultText(text: string): Result {
  if (text.length > LONGEST_RESULT) {
    throw new ResultError(`a result file must have at most ${LONGEST_RESULT} characters; found ${text.length}`);
  }
  let input: unknown;
  try {
    input = parseJson(text);
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw new ResultError(`not valid JSON: ${error.message}`);
    throw error;
  }
  return parseResult(input);
}

/** The result of a value read from JSON. Throws `ResultError`. */
export function parseResult(input: unknown): Result {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new ResultError(`a result must be an object with "format": "diagflow-result"; found ${preview(input)}`);
  }
  const parts = input as Partial<Record<keyof Result, unknown>>;
  if (parts.experiment === undefined) throw new ResultError('experiment: is missing');
  const experiment = inExperiment(() => parseExperiment(parts.experiment, expressionChecks));
  const result = { ...parseFields(parts), experiment };
  result.curves.forEach((curve, i) => {
    const broken = inconsistency(curve, result);
    if (broken) throw new ResultError(`curves[${i}]${broken}`);
  });
  result.estimates?.forEach(({ method, index, estimate, kind }, i) => {
    if (experiment.methods[index]?.kind !== method) {
      throw new ResultError(
        `estimates[${i}].index: must be the position of ${method} in experiment.methods; found ${index}`,
      );
    }
    if (experiment.estimates?.[estimate]?.kind !== kind) {
      throw new ResultError(
        `estimates[${i}].estimate: must be the position of ${kind} in experiment.estimates; found ${estimate}`,
      );
    }
  });
  result.densities?.forEach((density, i) => {
    const { method, index } = density;
    if (experiment.methods[index]?.kind !== method) {
      throw new ResultError(
        `densities[${i}].index: must be the position of ${method} in experiment.methods; found ${index}`,
      );
    }
    const broken = densityInconsistency(density);
    if (broken) throw new ResultError(`densities[${i}]${broken}`);
  });
  result.interpolation?.forEach(({ method, index }, i) => {
    if (experiment.methods[index]?.kind !== method) {
      throw new ResultError(
        `interpolation[${i}].index: must be the position of ${method} in experiment.methods; found ${index}`,
      );
    }
  });
  result.events.forEach(({ method, index }, i) => {
    if (experiment.methods[index]?.kind !== method) {
      throw new ResultError(
        `events[${i}].index: must be the position of ${method} in experiment.methods; found ${index}`,
      );
    }
  });
  return result;
}

/** The lists of a result, and what an entry is. */
const LISTS = {
  curves: curveSchema,
  estimates: estimateResultSchema,
  densities: densityResultSchema,
  interpolation: interpolationSchema,
  events: eventSchema,
} as const;
/** Lists of objects or arrays inside an entry, and how many entries they have at most. */
const INNER = { quantiles: 100, axes: 2, atoms: 1 + MOST_TABLE_ATOMS } as const;

/**
 * Each field by its schema, all lists entry by entry up to the first that is bad: the schema library would say of every entry what is
 * wrong with it.
 */
function parseFields({ experiment: _, ...parts }: Partial<Record<keyof Result, unknown>>): Omit<Result, 'experiment'> {
  const names = (Object.keys(LISTS) as (keyof typeof LISTS)[]).filter((name) => Array.isArray(parts[name]));
  const shell = fieldsSchema.safeParse({ ...parts, ...Object.fromEntries(names.map((name) => [name, []])) });
  if (!shell.success) throw new ResultError(toExperimentError(shell.error.issues, parts).message);
  const lists = names.map((name) => {
    const entries = parts[name] as readonly unknown[];
    return [name, entries.map((entry, i) => parseEntry(LISTS[name], entry, [name, i]))];
  });
  return { ...shell.data, ...Object.fromEntries(lists) };
}

function parseEntry(schema: z.ZodType, entry: unknown, path: readonly PropertyKey[]): unknown {
  for (const [field, most] of Object.entries(INNER)) {
    const list = (entry as Record<string, unknown> | null)?.[field];
    if (!Array.isArray(list) || list.length <= most) continue;
    throw new ResultError(`${formatPath([...path, field])}: must have at most ${most} entries; found ${list.length}`);
  }
  const parsed = schema.safeParse(entry);
  if (parsed.success) return parsed.data;
  throw new ResultError(toExperimentError(parsed.error.issues, entry, path).message);
}

function inExperiment<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof ExperimentError)) throw error;
    throw new ResultError(`experiment${error.path && !error.path.startsWith('[') ? '.' : ': '}${error.message}`);
  }
}

/** What makes a curve unusable although each field is well formed: ` .field: rule; found …`, or null. */
function inconsistency(curve: Curve, { experiment, curves }: Result): string | null {
  const { times, index, method, statistic, count, failed } = curve;
  if (experiment.methods[index]?.kind !== method) {
    return `.index: must be the position of ${method} in experiment.methods; found ${index}`;
  }
  const names = experiment.statistics.map((entry) => (typeof entry === 'string' ? entry : entry.name));
  if (!names.includes(statistic)) {
    return `.statistic: must be one of the experiment's statistics; found ${preview(statistic)}`;
  }
  const first = curves.find((other) => other.index === index && other.statistic === statistic);
  if (first !== curve) return `: repeats ${methodName(curve)}, ${statistic}`;
  const descent = times.findIndex((t, k) => k > 0 && !(t! > times[k - 1]!));
  if (descent >= 0) return `.times[${descent}]: must be greater than the time before it; found ${times[descent]}`;
  const arrays = {
    mean: curve.mean,
    standardError: curve.standardError,
    'quantiles["0.1"]': curve.quantiles?.['0.1'],
    'quantiles["0.9"]': curve.quantiles?.['0.9'],
    counts: curve.counts,
    error: curve.error,
  };
  for (const [name, array] of Object.entries(arrays)) {
    if (array && array.length !== times.length) {
      return `.${name}: must have ${times.length} entries, as many as times; found ${array.length}`;
    }
  }
  return failed > count ? `.failed: must be at most count (${count}); found ${failed}` : null;
}
