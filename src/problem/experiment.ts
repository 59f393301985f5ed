/** Experiment file → resolved experiment: every default written out, or one error that names the field. */
import type { z } from 'zod';
import type { StepSize } from '../dynamics/stepsizes/index.ts';
import { ExperimentError, formatPath, preview, toExperimentError } from './errors.ts';
import { FILE_LIMITS, JsonSyntaxError, parseJson } from './json.ts';
import type { DeepReadonly } from './readonly.ts';
import { normalizeStepSize } from './schedule.ts';
import { type ResolvedEstimate, type ResolvedUntil, resolveEstimate, resolveUntil } from './schema/estimates.ts';
import { DEFAULT_SAMPLES, experimentSchema } from './schema/experiment.ts';
import { lastTime } from './times.ts';

/**
 * An experiment as it is written: what has a default may be left out. Inferred from the schema, so that an editor completes fields and
 * a misspelt one does not compile.
 */
export type ExperimentInput = DeepReadonly<z.input<typeof experimentSchema>>;

/**
 * A resolved experiment: plain JSON data, fields in the schema's order, and itself a valid experiment file.
 * Exactly one of `samples` and `times` is present.
 */
export interface Experiment extends Omit<File, '$schema' | 'estimates' | 'methods'> {
  methods: ResolvedMethod[];
  estimates?: ResolvedEstimate[];
}
type File = z.output<typeof experimentSchema>;
type ResolvedMethod = WithUntil<File['methods'][number]>;
type WithUntil<Method> = Method extends { until?: unknown } ? Method & { until?: ResolvedUntil } : Method;

/** `problem` of a resolved experiment: spectrum, target, start, parametrization, noise and data, every default written out. */
export type ExperimentProblem = Experiment['problem'];
/** One entry of `methods` of a resolved experiment; `kind` tells which of sgd, sde, pde and flow. */
export type ExperimentMethod = Experiment['methods'][number];
export type ExperimentMethodKind = ExperimentMethod['kind'];
export type ExperimentEstimate = ResolvedEstimate;
/** One entry of `statistics`: a name, or a name with an expression over u, v, beta, b and lambda. */
export type ExperimentStatistic = Experiment['statistics'][number];

export interface ParseOptions {
  /** Null if the expression of a user statistic is good, else one line that says what is wrong with it. */
  readonly checkExpression?: (expression: string) => string | null;
  /** The same of a step size that is an expression, over the file's own statistics too. */
  readonly checkStepSize?: (stepSize: StepSize) => string | null;
}

/** Longest experiment or sweep file read, in bytes or UTF-16 units. */
export const LONGEST_TEXT = 2 ** 25;

/** The resolved experiment of a JSON text. Throws `ExperimentError`. */
export function parseExperimentText(text: string, options: ParseOptions = {}): Experiment {
  if (text.length > LONGEST_TEXT)
    throw new ExperimentError('', `an experiment file must have at most ${LONGEST_TEXT} characters`, `${text.length}`);
  let input: unknown;
  try {
    input = parseJson(text, FILE_LIMITS);
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw new ExperimentError('', `not valid JSON: ${error.message}`);
    throw error;
  }
  return parseExperiment(input, options);
}

/** The resolved experiment of a value read from JSON; the input is neither kept nor changed. Throws `ExperimentError`. */
export function parseExperiment(input: unknown, options: ParseOptions = {}): Experiment {
  const data = plain(input, [], []);
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    throw new ExperimentError(
      '',
      'an experiment must be an object with at least problem, horizon and methods',
      preview(data),
    );
  fillForFiles(data as Record<string, unknown>);
  const parsed = experimentSchema.safeParse(data);
  if (!parsed.success) throw toExperimentError(parsed.error.issues, data);
  const { $schema: _, ...fields } = parsed.data;
  if (fields.samples === undefined && fields.times === undefined) fields.samples = DEFAULT_SAMPLES;
  const end = lastTime(fields);
  const { estimates, methods, ...rest } = fields;
  const experiment = inSchemaOrder({
    ...rest,
    methods: methods.map((method) =>
      'until' in method && method.until ? { ...method, until: resolveUntil(method.until, end) } : method,
    ) as ResolvedMethod[],
    ...(estimates && { estimates: estimates.map((estimate) => resolveEstimate(estimate, end)) }),
  });
  if (options.checkExpression) checkExpressions(experiment, options.checkExpression);
  const { stepSize } = experiment;
  if (typeof stepSize === 'object' && stepSize.kind === 'expression') {
    const rule = options.checkStepSize?.(normalizeStepSize(stepSize, experiment.statistics)) ?? null;
    if (rule !== null) throw new ExperimentError('stepSize.expression', rule, preview(stepSize.expression));
  }
  return experiment;
}

/** Defaults with data from files: λ of the data, b not known, and statistics that there are without b. */
function fillForFiles(file: Record<string, unknown>): void {
  const problem = file.problem as Record<string, unknown> | null | undefined;
  const data = typeof problem === 'object' ? (problem?.data as Record<string, unknown> | null | undefined) : undefined;
  if (problem === null || problem === undefined || typeof data !== 'object' || data?.kind !== 'files') return;
  problem.covariance ??= { kind: 'empirical' };
  problem.target ??= { kind: 'unknown' };
  const isUnknown = (problem.target as { kind?: unknown } | null)?.kind === 'unknown';
  if (isUnknown && file.statistics === undefined)
    file.statistics = data.test === undefined ? ['trainRisk'] : ['trainRisk', 'testRisk'];
}

function inSchemaOrder(fields: Experiment): Experiment {
  const order = Object.keys(experimentSchema.shape).filter((key) => fields[key as keyof Experiment] !== undefined);
  return Object.fromEntries(order.map((key) => [key, fields[key as keyof Experiment]])) as unknown as Experiment;
}

function checkExpressions(experiment: Experiment, check: (expression: string) => string | null): void {
  experiment.statistics.forEach((statistic, i) => {
    if (typeof statistic === 'string') return;
    const rule = check(statistic.expression);
    if (rule !== null) throw new ExperimentError(`statistics[${i}].expression`, rule, preview(statistic.expression));
  });
}

/** Files nest six levels deep at most. */
const MOST_DEPTH = 8;
/** Longer arrays hold numbers and nothing else, which is checked here: the schema library would list every bad entry. */
const LONG = 1000;

/** A deep copy, own enumerable fields only, of plain data; anything that JSON cannot hold is refused with its path. */
export function plain(value: unknown, path: readonly PropertyKey[], ancestors: readonly object[]): unknown {
  if (typeof value === 'number') {
    if (!Number.isFinite(value))
      throw new ExperimentError(formatPath(path), 'must be finite (numbers up to 1.797e308 in size)', preview(value));
    return value === 0 ? 0 : value;
  }
  if (value === null || value === undefined || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value !== 'object') throw new ExperimentError(formatPath(path), 'must be JSON data', preview(value));
  if (ancestors.length >= MOST_DEPTH || ancestors.includes(value))
    throw new ExperimentError(formatPath(path), `must not be nested deeper than ${MOST_DEPTH} levels`);
  const inside = [...ancestors, value];
  if (Array.isArray(value)) {
    if (value.length <= LONG) return Array.from(value, (entry, i) => plain(entry, [...path, i], inside));
    const at = value.findIndex((entry) => typeof entry !== 'number' || !Number.isFinite(entry));
    if (at >= 0) throw new ExperimentError(formatPath([...path, at]), 'must be a finite number', preview(value[at]));
    return value.map((entry: number) => (entry === 0 ? 0 : entry));
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
    throw new ExperimentError(
      formatPath(path),
      'must be plain JSON data',
      `an instance of ${prototype.constructor?.name}`,
    );
  const copy: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(value))
    Object.defineProperty(copy, key, {
      value: plain(entry, [...path, key], inside),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  return copy;
}
