/** What a sweep keeps on disk: the journal of its points, and the file that a shard leaves for `merge`. */
import { toExperimentError } from '../problem/errors.ts';
import { ExperimentError, pointsOf, type Sweep } from '../problem/index.ts';
import { JsonSyntaxError, parseJson } from '../problem/json.ts';
import { MOST_AXES, MOST_POINTS } from '../problem/schema/sweep.ts';
import {
  ResultError,
  type Runtimes,
  runtimeFields,
  SWEEP_FORMAT,
  SWEEP_VERSION,
  type SweepPoint,
  type SweepResult,
  sweepPointSchema,
} from '../results/index.ts';
import { z } from '../schema/zod.ts';
import { type ByteSource, openPacked, type PackedFile, writePacked } from './packed/file.ts';
import { parseExperiment } from './parse.ts';
import { beyond, EXPERIMENT_ROOM, sweepRoom } from './room.ts';
import type { Shard } from './shard.ts';
import { fieldWithin, shardFormat, shardSchema } from './shard-file.ts';
import { complete, type Labelled, MergeError, ranOn } from './shard-merge.ts';
import { isOwn } from './sweep.ts';

export const SWEEP_SHARD_FORMAT = shardFormat('diagflow-sweep-shard');

type Header = Pick<SweepResult, 'sweep' | 'provenance'> & { readonly shard: Shard | null };

const JOURNAL_FORMAT = 'diagflow-sweep-journal';
const JOURNAL_VERSION = 1;

/** First line of the journal; the points follow, one a line, in the order in which they ended. */
export function journalHeader(header: Header): string {
  return `${JSON.stringify({ format: JOURNAL_FORMAT, version: JOURNAL_VERSION, ...header })}\n`;
}

export function journalLine(point: SweepPoint): string {
  return `${JSON.stringify(point)}\n`;
}

/** The header found may name other runtimes as well. */
function longestHeader(header: Header): number {
  return 3 * journalHeader(header).length + 2 ** 16;
}

/** Bytes of a journal at most: every point once, none of which has more of them than a shard would give it. */
export function longestJournal(header: Header): number {
  return longestHeader(header) + sweepRoom(header.sweep).bytes;
}

/** At most `most` lines of a text: splitting it all would take memory for every line that a stranger may have put there. */
function* linesOf(text: string, from: number, most: number): Generator<string> {
  for (let start = from, n = 0; start < text.length && n < most; n++) {
    const end = text.indexOf('\n', start);
    yield text.slice(start, end < 0 ? text.length : end);
    if (end < 0) return;
    start = end + 1;
  }
}

/**
 * The points of a journal; null where it is that of another sweep, software, backend or adapter. A last line that was cut off by a crash is
 * passed over, and so is a point that does not read.
 */
export function readJournal(
  text: string,
  header: Header,
): { readonly points: readonly SweepPoint[]; readonly started: string; readonly ran: Runtimes } | null {
  const [first] = linesOf(text, 0, 1);
  const same = ({ sweep, shard, provenance: { software, backend, adapter } }: Header) =>
    JSON.stringify([sweep, shard, software, backend, adapter]);
  let found: Header & { readonly format?: unknown; readonly version?: unknown };
  try {
    if (first === undefined || first.length > longestHeader(header)) return null;
    found = JSON.parse(first);
    const isJournal = found.format === JOURNAL_FORMAT && found.version === JOURNAL_VERSION;
    if (!isJournal || same(found) !== same(header) || typeof found.provenance.started !== 'string') return null;
  } catch {
    return null;
  }
  const points = new Map<number, SweepPoint>();
  const isOfGrid = gridOf(header);
  for (const line of linesOf(text, first.length + 1, 1 + pointsOf(header.sweep.axes))) {
    try {
      const point = sweepPointSchema.parse(JSON.parse(line)) as SweepPoint;
      if (isOfGrid(point)) points.set(point.index, point);
    } catch {
      // cut off: the point is run again
    }
  }
  const { started, ...rest } = found.provenance;
  const ran = z.object(runtimeFields).safeParse(rest);
  return { points: [...points.values()], started, ran: ran.success ? ran.data : {} };
}

/** Tells whether a point is one of the shard's, with the values that the grid has there, the methods of the experiment and no other statistics. */
function gridOf({ sweep, shard }: Omit<Header, 'provenance'>): (point: SweepPoint) => boolean {
  const { axes, experiment } = sweep;
  const names = new Set(experiment.statistics.map((entry) => (typeof entry === 'string' ? entry : entry.name)));
  return ({ index, values, methods }) => {
    let rest = index;
    const expected = axes.map(() => 0);
    for (let k = axes.length - 1; k >= 0; k--) {
      const { length } = axes[k].values;
      expected[k] = axes[k].values[rest % length];
      rest = Math.floor(rest / length);
    }
    const isSame = values.length === axes.length && values.every((value, k) => value === expected[k]);
    const areRun =
      methods.length === experiment.methods.length &&
      methods.every(({ method, index: place, final }, k) => {
        const isMethod = place === k && method === experiment.methods[k].kind;
        return isMethod && Object.keys(final).every((name) => names.has(name));
      });
    return rest === 0 && isSame && areRun && isOwn(index, shard ?? undefined);
  };
}

export function sweepResult({ sweep, provenance }: Omit<Header, 'shard'>, points: Iterable<SweepPoint>): SweepResult {
  const sorted = [...points].sort((a, b) => a.index - b.index);
  return { format: SWEEP_FORMAT, version: SWEEP_VERSION, sweep, provenance, points: sorted };
}

/** The sweep of a sweep.json. Throws `ResultError`. */
export function parseSweepResultText(text: string): SweepResult {
  let data: unknown;
  try {
    data = parseJson(text);
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw new ResultError(`not valid JSON: ${error.message}`);
    throw error;
  }
  const parsed = resultSchema.safeParse(data);
  if (!parsed.success) throw new ResultError(toExperimentError(parsed.error.issues, data).message);
  const sweep = readGrid(parsed.data.sweep, 'sweep');
  return checked({ ...parsed.data, sweep } as unknown as SweepResult, null, 'points');
}

/** Each point by itself, up to the first that is bad. @throws ResultError */
function checked(result: SweepResult, shard: Shard | null, where: string): SweepResult {
  result.points.forEach((point, i) => {
    const one = sweepPointSchema.safeParse(point);
    if (one.success) return;
    throw new ResultError(toExperimentError(one.error.issues, point, [...where.split('.'), i]).message);
  });
  const isOfGrid = gridOf({ sweep: result.sweep, shard });
  const stray = result.points.findIndex((point) => !isOfGrid(point));
  if (stray < 0) return result;
  const whose = shard === null ? 'the grid' : `shard ${shard.index}/${shard.of} of the grid`;
  throw new ResultError(
    `${where}[${stray}]: must be a point of ${whose}, with its values, methods and statistics; found number ${result.points[stray].index}`,
  );
}

export interface SweepShardFile {
  readonly shard: Shard;
  readonly result: SweepResult;
}

/** The bytes of a shard's file, in order. */
export function writeSweepShard(file: SweepShardFile): Promise<Uint8Array<ArrayBuffer>[]> {
  return writePacked(SWEEP_SHARD_FORMAT, file);
}

const axis = z.strictObject({
  // A path as sweep files have it: in a table's head it must not be a formula.
  field: z.string().regex(/^[A-Za-z][\w.[\]]{0,199}$/, { error: 'must be the path of a numeric field' }),
  values: z.array(z.number()).min(1),
  scale: z.enum(['linear', 'log']),
});
const gridSchema = z.strictObject({ experiment: z.looseObject({}), axes: z.array(axis).min(1).max(MOST_AXES) });
const resultSchema = z.strictObject({
  format: z.literal(SWEEP_FORMAT, { error: `must be "${SWEEP_FORMAT}"` }),
  version: z.literal(SWEEP_VERSION, { error: `must be ${SWEEP_VERSION}, the version that this software reads` }),
  sweep: z.unknown(),
  provenance: z.strictObject({
    software: z.string(),
    backend: z.enum(['gpu', 'cpu', 'reference']),
    adapter: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).nullable(),
    ...runtimeFields,
    started: z.string(),
  }),
  /** Each by itself, up to the first that is bad. */
  points: z.array(z.unknown()),
});
const fileSchema = z.strictObject({ shard: shardSchema, result: resultSchema });

/** The sweep whose points a file holds. @throws ResultError */
async function sweepOf(file: PackedFile): Promise<Sweep> {
  return readGrid(await fieldWithin(file, ['result', 'sweep'], EXPERIMENT_ROOM), 'result.sweep');
}

/** @throws ResultError */
function readGrid(data: unknown, where: string): Sweep {
  const parsed = gridSchema.safeParse(data);
  if (!parsed.success) throw new ResultError(toExperimentError(parsed.error.issues, data, where.split('.')).message);
  const { axes } = parsed.data;
  const count = pointsOf(axes);
  if (count > MOST_POINTS)
    throw new ResultError(`${where}.axes: must span at most ${MOST_POINTS} points; found ${count}`);
  try {
    return { experiment: parseExperiment(parsed.data.experiment), axes };
  } catch (error) {
    if (!(error instanceof ExperimentError)) throw error;
    throw new ResultError(`${where}.experiment.${error.message}`);
  }
}

/** The shard of such a file, which is read only where it is no larger than its sweep lets it be. @throws ResultError in one line. */
export async function readSweepShard(source: ByteSource): Promise<SweepShardFile> {
  const packed = await openPacked(SWEEP_SHARD_FORMAT, source);
  const sweep = await sweepOf(packed);
  const why = beyond(packed.size, packed.sizeOf('result', 'sweep'), sweepRoom(sweep));
  if (why !== null) throw new ResultError(`${why}, which is more than its sweep has`);
  const data = await packed.all();
  const parsed = fileSchema.safeParse(data);
  if (!parsed.success) throw new ResultError(toExperimentError(parsed.error.issues, data).message);
  const file = { ...parsed.data, result: { ...parsed.data.result, sweep } } as unknown as SweepShardFile;
  checked(file.result, file.shard, 'result.points');
  return file;
}

/** The whole sweep, exactly as it would have been. @throws MergeError where the files are not all the shards of one sweep. */
export function mergeSweeps(files: readonly Labelled<SweepShardFile>[]): SweepResult {
  const shards = complete(files, {
    sweep: ({ result }): Sweep => result.sweep,
    software: ({ result }) => ({ version: result.provenance.software }),
    backend: ({ result }) => ({ backend: result.provenance.backend }),
  });
  const { sweep, provenance } = shards[0].result;
  const count = pointsOf(sweep.axes);
  for (const { label, file } of files) {
    const own = Array.from({ length: count }, (_, i) => i).filter((i) => isOwn(i, file.shard));
    const found = file.result.points.map(({ index }) => index).sort((a, b) => a - b);
    if (own.length !== found.length || own.some((index, k) => index !== found[k])) {
      throw new MergeError(
        `${label}: must hold the ${own.length} points of shard ${file.shard.index}/${file.shard.of}; found ${found.length} others`,
      );
    }
  }
  const started = shards.map(({ result }) => result.provenance.started).sort()[0];
  return sweepResult(
    { sweep, provenance: { ...provenance, ...ranOn(shards), started } },
    shards.flatMap(({ result }) => result.points),
  );
}
