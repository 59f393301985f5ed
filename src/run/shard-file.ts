/** The file that a shard leaves for `merge`: its result, and its ensembles with every bit. */
import type { SummaryState } from '../ensemble/index.ts';
import { toExperimentError } from '../problem/errors.ts';
import { MOST_METHODS } from '../problem/index.ts';
import { count, index, method, numbers } from '../results/fields.ts';
import { parseResult, type Result, ResultError } from '../results/index.ts';
import { z } from '../schema/zod.ts';
import type { FinishedEnsemble } from './finished.ts';
import type { MethodName } from './name.ts';
import { type ByteSource, openPacked, type PackedFile, type PackedFormat, writePacked } from './packed/file.ts';
import type { PackedSize } from './packed/unpack.ts';
import { beyond, ensembleRoom, RESULT_ROOM } from './room.ts';
import type { Shard } from './shard.ts';

/** A format of files for `merge`. */
export function shardFormat(name: string): PackedFormat {
  return {
    name,
    version: 4,
    what: 'shard',
    refuse: (message) => {
      throw new ResultError(message);
    },
  };
}

export const SHARD_FORMAT = shardFormat('diagflow-shard');

export interface ShardEnsemble extends MethodName {
  /** Replicas first, …, first + count − 1, of which `failed` diverged. */
  readonly first: number;
  readonly count: number;
  readonly failed: number;
  readonly summary: SummaryState;
}

/** What one shard leaves: its share's result, and the state of its ensembles, of which `mergeShards` makes the whole. */
export interface ShardFile {
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
    spread: z.strictObject({ count: array, mean: array, norm: array }),
    quantiles,
    alive: array,
    undefinedValues: array,
    estimators: z.array(z.unknown()),
  }),
});
const fileSchema = z.strictObject({
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

/** The bytes of a shard's file, in order. */
export function writeShard(file: ShardFile): Promise<Uint8Array<ArrayBuffer>[]> {
  return writePacked(SHARD_FORMAT, file);
}

/** The shard of such a file, which is read only where it is no larger than its experiment lets it be. @throws ResultError in one line. */
export async function readShard(source: ByteSource): Promise<ShardFile> {
  const file = await openPacked(SHARD_FORMAT, source);
  const result = parseResult(await fieldWithin(file, ['result'], RESULT_ROOM));
  const why = beyond(file.size, file.sizeOf('result'), ensembleRoom(result.experiment));
  if (why !== null) throw new ResultError(`${why}, which is more than a run of its experiment has`);
  const data = await file.all();
  refuseLong(data, 'ensembles');
  const parsed = fileSchema.safeParse(data);
  if (!parsed.success) throw new ResultError(toExperimentError(parsed.error.issues, data).message);
  return { ...parsed.data, result } as ShardFile;
}

/** A field, by its path, that takes no more than that. */
export async function fieldWithin(file: PackedFile, path: readonly string[], room: PackedSize): Promise<unknown> {
  const why = beyond(file.sizeOf(...path), room);
  if (why !== null) throw new ResultError(`${path.join('.')}: ${why}`);
  return file.field(...path);
}
