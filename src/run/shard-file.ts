/** The file that a shard leaves for `merge`: its result, and its ensembles with every digit. */
import { z } from 'zod';
import type { SummaryState } from '../ensemble/index.ts';
import { toExperimentError } from '../problem/errors.ts';
import { MOST_METHODS } from '../problem/index.ts';
import { count, index, method, numbers } from '../results/fields.ts';
import { parseResult, type Result, ResultError } from '../results/index.ts';
import type { MethodName } from './events.ts';
import type { FinishedEnsemble } from './method.ts';
import type { Shard } from './shard.ts';

export const SHARD_FORMAT = 'diagflow-shard';
const SHARD_VERSION = 1;

export interface ShardEnsemble extends MethodName {
  /** Replicas first, …, first + count − 1, of which `failed` diverged. */
  readonly first: number;
  readonly count: number;
  readonly failed: number;
  readonly summary: SummaryState;
}

export interface ShardFile {
  readonly format: typeof SHARD_FORMAT;
  readonly version: typeof SHARD_VERSION;
  readonly shard: Shard;
  readonly result: Result;
  readonly ensembles: readonly ShardEnsemble[];
}

export function buildShardFile(
  shard: Shard,
  result: Result,
  ensembles: readonly (MethodName & { readonly ensemble: FinishedEnsemble })[],
): ShardFile {
  return {
    format: SHARD_FORMAT,
    version: SHARD_VERSION,
    shard,
    result,
    ensembles: ensembles.map(({ method, index, ensemble: { summary, first, count, failures } }) => ({
      method,
      index,
      first,
      count,
      failed: failures.length,
      summary: summary.state(),
    })),
  };
}

const array = numbers('Numbers.', false) as unknown as z.ZodType<readonly number[]>;
const whole = (least: number) => z.number().int().min(least);
export const shardSchema = z
  .strictObject({ index: whole(1), of: whole(1) })
  .refine(({ index, of }) => index <= of, { error: 'must have index ≤ of' });
const oneOfQuantiles = z.union([array, z.strictObject({ negative: array, zeros: whole(0), positive: array })]);
/** Up to the first that is bad: of each cell there is one. */
const quantiles = z.custom<SummaryState['quantiles']>(
  (value) => Array.isArray(value) && value.every((one) => oneOfQuantiles.safeParse(one).success),
  { error: 'must be an array of arrays of numbers, or sketches' },
);
const ensemble = z.strictObject({
  method,
  index,
  first: count('The first replica.'),
  count: count('Replicas.'),
  failed: count('Replicas that diverged.'),
  summary: z.strictObject({
    spread: z.strictObject({ count: array, mean: array, squares: array }),
    quantiles,
    alive: array,
    undefinedValues: array,
    estimators: z.array(z.unknown()),
  }),
});
const fileSchema = z.strictObject({
  format: z.literal(SHARD_FORMAT),
  version: z.literal(SHARD_VERSION, { error: `must be ${SHARD_VERSION}, the version that this software reads` }),
  shard: shardSchema,
  result: z.unknown(),
  ensembles: z.array(ensemble),
});

/** Refuses a list of methods that is longer than any: the schema library would say of every entry what is wrong with it. */
function refuseLong(input: unknown, field: string): void {
  const list = (input as Readonly<Record<string, unknown>> | null)?.[field];
  if (!Array.isArray(list) || list.length <= MOST_METHODS) return;
  throw new ResultError(`${field}: must have at most ${MOST_METHODS} entries; found ${list.length}`);
}

/** The shard file of a value read from JSON. Throws `ResultError` in one line. */
export function parseShardFile(input: unknown): ShardFile {
  refuseLong(input, 'ensembles');
  const parsed = fileSchema.safeParse(input);
  if (!parsed.success) throw new ResultError(toExperimentError(parsed.error.issues, input).message);
  return { ...parsed.data, result: parseResult(parsed.data.result) } as ShardFile;
}
