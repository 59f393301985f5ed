/** What a run keeps so that it can go on: everything but the limits (PDE, flow), which are computed again and come out the same. */
import type { EnsembleState } from '../ensemble/index.ts';
import { shortLine, toExperimentError } from '../problem/errors.ts';
import { type Experiment, ExperimentError, MOST_METHODS } from '../problem/index.ts';
import { index, method } from '../results/fields.ts';
import { type Adapter, BACKENDS, type Backend, type Runtimes, runtimeFields } from '../results/index.ts';
import { z } from '../schema/zod.ts';
import type { EngineState } from '../statistics/index.ts';
import type { MethodName } from './name.ts';
import { type ByteSource, openPacked, type PackedFile, type PackedFormat, writePacked } from './packed/file.ts';
import { parseExperiment } from './parse.ts';
import { beyond, EXPERIMENT_ROOM, ensembleRoom } from './room.ts';
import type { Shard } from './shard.ts';
import { shardSchema } from './shard-file.ts';

/** A checkpoint that cannot be gone on with; `message` is one line. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
  constructor(message: string) {
    super(shortLine(message));
  }
}

/** Milliseconds between checkpoints at least. */
export const SHORTEST_INTERVAL = 1;

export const CHECKPOINT_FORMAT: PackedFormat = {
  name: 'diagflow-checkpoint',
  version: 4,
  what: 'checkpoint',
  refuse,
};

/** Where an ensemble stands: all that came so far, and what its engine needs to go on. */
export interface EnsembleProgress {
  readonly ensemble: EnsembleState;
  /** The replicas that the engine was asked for; those before have come. */
  readonly batch: { readonly first: number; readonly count: number };
  /** Null where the batch has come as well. */
  readonly engine: EngineState | null;
}

export interface MethodCheckpoint extends MethodName, EnsembleProgress {
  /** Work done, in coordinate-steps, and wall time it took. */
  readonly done: number;
  readonly seconds: number;
}

/** With what ran until then. */
export interface RunCheckpoint extends Runtimes {
  /** Only the same software, backend and adapter give the same numbers. */
  readonly software: string;
  readonly backend: Backend;
  readonly adapter: Adapter | null;
  /** Resolved, with the seed. */
  readonly experiment: Experiment;
  readonly shard: Shard | null;
  /** ISO time of the run's first start. */
  readonly started: string;
  /** Milliseconds between checkpoints. */
  readonly every: number;
  /** Of the ensembles that have begun. */
  readonly methods: readonly MethodCheckpoint[];
}

const whole = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const range = z.strictObject({ first: whole, count: whole });
const checkpointSchema = z.strictObject({
  software: z.string(),
  backend: z.enum(BACKENDS),
  adapter: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).nullable(),
  ...runtimeFields,
  experiment: z.unknown(),
  shard: shardSchema.nullable(),
  started: z.string(),
  every: z.number().min(SHORTEST_INTERVAL),
  methods: z.array(
    z.strictObject({
      method,
      index,
      ensemble: z.looseObject({ replicas: range }),
      batch: range,
      engine: z.looseObject({ engine: z.string() }).nullable(),
      done: z.number().min(0),
      seconds: z.number().min(0),
    }),
  ),
});

/** The bytes of a checkpoint, in order, to be written as one file. @throws CheckpointError where it would hold more than is read back. */
export function writeCheckpoint(checkpoint: RunCheckpoint): Promise<Uint8Array<ArrayBuffer>[]> {
  return writePacked(CHECKPOINT_FORMAT, checkpoint);
}

/**
 * The checkpoint of a file, which is read only where it is no larger than its experiment lets it be. What its ensembles and engines hold
 * is checked where it is taken up.
 * @throws CheckpointError in one line.
 */
export async function readCheckpoint(source: ByteSource): Promise<RunCheckpoint> {
  const file = await openPacked(CHECKPOINT_FORMAT, source);
  const experiment = await experimentOf(file);
  const why = beyond(file.size, file.sizeOf('experiment'), ensembleRoom(experiment));
  if (why !== null) refuse(`${why}, which is more than a run of its experiment has`);
  const data = await file.all();
  const { methods: entries } = (data ?? {}) as { readonly methods?: unknown };
  if (Array.isArray(entries) && entries.length > MOST_METHODS) {
    refuse(`methods: must have at most ${MOST_METHODS} entries; found ${entries.length}`);
  }
  const parsed = checkpointSchema.safeParse(data);
  if (!parsed.success) return refuse(toExperimentError(parsed.error.issues, data).message);
  const { methods } = parsed.data;
  for (const [k, { method: kind, index: position }] of methods.entries()) {
    const isKnown = experiment.methods[position]?.kind === kind && (kind === 'sgd' || kind === 'sde');
    if (!isKnown || methods.findIndex((other) => other.index === position) !== k) {
      refuse(`methods[${k}].index: must be the position of an ensemble, each once; found ${position}`);
    }
  }
  return { ...parsed.data, experiment } as unknown as RunCheckpoint;
}

function refuse(message: string): never {
  throw new CheckpointError(message);
}

async function experimentOf(file: PackedFile): Promise<Experiment> {
  const why = beyond(file.sizeOf('experiment'), EXPERIMENT_ROOM);
  if (why !== null) refuse(`experiment: ${why}`);
  try {
    return parseExperiment(await file.field('experiment'));
  } catch (error) {
    if (error instanceof ExperimentError) refuse(`experiment.${error.message}`);
    throw error;
  }
}

/** @throws CheckpointError unless the run can go on with this software and engine to the same numbers. */
export function checkSame(
  checkpoint: RunCheckpoint,
  here: Pick<RunCheckpoint, 'software' | 'backend' | 'adapter'>,
): void {
  const show = (adapter: Adapter | null) => (adapter === null ? 'none' : JSON.stringify(adapter));
  const differing: [string, string, string][] = [
    ['version', checkpoint.software, here.software],
    ['backend', checkpoint.backend, here.backend],
    ['adapter', show(checkpoint.adapter), show(here.adapter)],
  ];
  for (const [what, made, found] of differing) {
    if (made === found) continue;
    throw new CheckpointError(
      `must be gone on with on the ${what} that it was made with, or the numbers would differ: ${made}; found ${found}`,
    );
  }
}

/** @throws CheckpointError with the reason why a state does not fit, instead of whatever reading it threw. */
export function takenUp<T>(what: MethodName, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw cannotTakeUp(what, error as Error);
  }
}

export function cannotTakeUp({ method, index }: MethodName, reason: Error): CheckpointError {
  // Something else stands where an array or an object should.
  const why = reason instanceof TypeError ? 'what it holds is not laid out as a run leaves it' : reason.message;
  return new CheckpointError(`${method}[${index}] cannot be taken up: ${why}`);
}
