/** The result format, once: types, validator and published JSON Schema (schema/result.schema.json). */
import type { DeepReadonly, Experiment } from '../problem/index.ts';
import { experimentSchema } from '../problem/schema/experiment.ts';
import { integer, record, word } from '../schema/fields.ts';
import { z } from '../schema/zod.ts';
import { densityResultsSchema } from './densities.ts';
import { estimateResultsSchema } from './estimates.ts';
import { finite, index, type METHOD_KINDS, method, numbers, text } from './fields.ts';
import { runtimeFields } from './runtime.ts';

export type { Numbers } from './fields.ts';

export const RESULT_FORMAT = 'diagflow-result';
export const RESULT_VERSION = 1;

export const BACKENDS = ['gpu', 'cpu', 'reference'] as const;
/**
 * `blow-up`: the limit (PDE) or the flow explodes in finite time, its curve ends there. `diverged`: one replica left the averages.
 * `no-value`: a statistic has no finite value at some save times, which are null in its curve. `failed`: a method ended with an error. `interrupted`: it was stopped, what was finished is kept.
 */
export const EVENT_KINDS = ['blow-up', 'diverged', 'no-value', 'failed', 'interrupted', 'note'] as const;

export const curveSchema = record('One statistic of one method over time.', {
  method,
  index,
  statistic: text('Its name.'),
  times: numbers('Save times in units of d steps, strictly increasing.', false),
  mean: numbers(
    'Mean over the replicas alive at each time; null where there is none. For PDE and flow the value.',
    true,
  ),
  standardError: numbers('Standard error of the mean; null for fewer than two replicas.', true).nullable(),
  quantiles: record('Quantiles over replicas (type 7; within 0.5% beyond 4096 replicas).', {
    '0.1': numbers('The 10% quantile.', true),
    '0.9': numbers('The 90% quantile.', true),
  }).nullable(),
  count: integer('Replicas run.', { min: 0, max: Number.MAX_SAFE_INTEGER }),
  failed: integer('How many of them diverged.', { min: 0, max: Number.MAX_SAFE_INTEGER }),
  counts: numbers('Replicas that the mean at each time is over.', false).optional(),
  error: numbers(
    'Of a PDE: estimated numerical error of each value, absolute; null where it is not known.',
    true,
  ).optional(),
  floor: finite(
    'The rounding floor of the engine: means smaller than it in size say how the engine rounds, and nothing else; null where there is none.',
  )
    .nullable()
    .optional(),
});

export const eventSchema = record('Something that happened during the run.', {
  method,
  index,
  kind: word('What.', EVENT_KINDS),
  time: finite('When, in units of d steps; null if at no definite time.').nullable(),
  message: text('In words.'),
  replica: integer('Which replica.', { min: 0, max: Number.MAX_SAFE_INTEGER }).optional(),
});

const adapterSchema = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean()]), {
    error: 'must be an object of strings, numbers and booleans',
  })
  .describe('What the GPU says about itself.');

export const layoutGapSchema = record('One statistic at t = 0, of the finite problem and of its limit.', {
  statistic: text('Its name.'),
  value: finite('Of the problem that was run, in double precision; null where it has none.').nullable(),
  limit: finite('Of the PDE; null where it has none.').nullable(),
  mean: numbers(
    'At each save time, the PDE of the d coordinates of the problem that was run instead of their law: less the PDE of the law this is the layout’s part of a gap; absent where it is not computed.',
    true,
  ).optional(),
  error: numbers('Estimated numerical error of each of these, absolute; null where it is not known.', true).optional(),
});

const estimated = record('A mean over replicas.', {
  mean: finite('The mean; null where there is none.').nullable(),
  standardError: finite('Its standard error; null for fewer than two replicas.').nullable(),
});
const solution = record('An interpolating solution.', {
  l1: estimated.describe('Its ℓ¹ norm over d.'),
  risk: estimated.describe('Its risk.'),
  distance: estimated.describe('(1/d) Σ (β − β′)² to the β that the method ended at.'),
});

export const interpolationSchema = record(
  'Where training on n < d samples ended, and the hyperbolic-entropy interpolating solutions that it leads to.',
  {
    method,
    index,
    time: finite('The last save time, in units of d steps.'),
    count: integer('Replicas that the means are over.', { min: 0, max: Number.MAX_SAFE_INTEGER }),
    own: record('Where the method ended itself.', {
      l1: estimated.describe('ℓ¹ norm over d.'),
      risk: estimated.describe('Risk.'),
    }),
    initial: solution
      .describe('The solution for |u² − v²| of the start, that of gradient flow; null where it could not be found.')
      .nullable(),
    final: solution
      .describe(
        'The solution for |u² − v²| at the end of each replica of SGD; null of a flow, which does not change it.',
      )
      .nullable(),
  },
);

export const resultSchema = record('What one run of diagflow gives.', {
  format: z.literal(RESULT_FORMAT, { error: `must be "${RESULT_FORMAT}"` }),
  version: z.literal(RESULT_VERSION, { error: `must be ${RESULT_VERSION}, the version that this software reads` }),
  experiment: experimentSchema.describe('The experiment, every default written out.'),
  provenance: record('Where the numbers come from.', {
    software: text('Name and version.'),
    backend: word('The engine that ran the ensembles.', BACKENDS),
    adapter: adapterSchema.nullable(),
    ...runtimeFields,
    started: text('ISO 8601 time.'),
    seconds: z
      .record(z.string(), z.number(), { error: 'must be an object of numbers' })
      .describe('Wall time of each method, by name as in sgd[0].'),
  }),
  curves: z.array(curveSchema, { error: 'must be an array of curves' }),
  estimates: estimateResultsSchema.optional(),
  densities: densityResultsSchema.optional(),
  layout: z
    .array(layoutGapSchema, { error: 'must be an array of statistics' })
    .describe(
      'What part of a gap to the PDE was there before the first step, as d numbers stand for the laws of the problem. Absent without a PDE, and where each replica draws a problem of its own.',
    )
    .optional(),
  interpolation: z
    .array(interpolationSchema, { error: 'must be an array of solutions' })
    .describe('What `predict` "interpolation" asks for.')
    .optional(),
  events: z.array(eventSchema, { error: 'must be an array of events' }),
  prediction: record('What theory says of the end of the run.', {
    terminalRate: finite('Rate of the risk’s exponential decay near zero risk; null where there is none.').nullable(),
    criticalStepSize: finite('Step size from which it no longer decays; null where there is none.').nullable(),
  }).nullable(),
});

/** The kinds of method: `sgd`, `sde`, `pde`, `flow`. */
export type MethodKind = (typeof METHOD_KINDS)[number];
/** The engine that ran: `gpu`, `cpu` or `reference`. */
export type Backend = (typeof BACKENDS)[number];
/** What an event of a result tells of. */
export type EventKind = (typeof EVENT_KINDS)[number];
/** A result as it stands in result.json; experiments of older versions may lack fields that have a default now. */
export type ResultInput = DeepReadonly<z.input<typeof resultSchema>>;
type Fields = z.output<typeof resultSchema>;
type Shallow<T> = T extends readonly (infer Entry)[] ? readonly Readonly<Entry>[] : T extends object ? Readonly<T> : T;
type ReadOnly<T> = T extends readonly unknown[] ? Shallow<T> : { readonly [Key in keyof T]: Shallow<T[Key]> };

/** What one run gives: plain JSON data, inferred from the schema; the experiment is resolved. */
export type Result = { readonly [Key in keyof Omit<Fields, 'experiment'>]: ReadOnly<Fields[Key]> } & {
  readonly experiment: Experiment;
};
/** What made a result: software, runtime, backend, adapter, seed, shard. */
export type Provenance = Result['provenance'];
/** What a GPU says about itself. */
export type Adapter = Readonly<NonNullable<Provenance['adapter']>>;
/** One statistic of one method over the save times: mean, standard error and quantiles with the number of replicas behind each; null where there is no value. */
export type Curve = Result['curves'][number];
export type LayoutGap = NonNullable<Result['layout']>[number];
/** Where training on finite data ended, and what it leads to. */
export type InterpolationResult = NonNullable<Result['interpolation']>[number];
/** Something a reader of the result should know, of one method, at a time where it has one. */
export type ResultEvent = Result['events'][number];
/** What the limit says without being run: critical step size, terminal rate. */
export type Prediction = NonNullable<Result['prediction']>;

/** Whether the mean at a save time is no number but rounding. */
export function isBelowFloor({ mean, floor }: Pick<Curve, 'mean' | 'floor'>, k: number): boolean {
  const value = mean[k];
  return value !== null && Math.abs(value) < (floor ?? 0);
}

/** `sgd[0]`: how a method of a run is named in provenance, tables and messages. */
export function methodName({ method, index }: { readonly method: MethodKind; readonly index: number }): string {
  return `${method}[${index}]`;
}

/** The JSON Schema (draft 2020-12) of result files, as published in schema/result.schema.json. */
export function resultJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(resultSchema, { io: 'input', unrepresentable: 'any' });
  return { $schema, title: 'diagflow result', ...rest };
}
