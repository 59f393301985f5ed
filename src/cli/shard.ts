/** The file that a shard leaves for `merge`. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { preview } from '../problem/errors.ts';
import { ResultError } from '../results/index.ts';
import {
  type ByteSource,
  type Labelled,
  readShard,
  readSweepShard,
  SHARD_FORMAT,
  type ShardFile,
  SWEEP_SHARD_FORMAT,
  type SweepShardFile,
} from '../run/index.ts';
import { withBytes } from './bytes.ts';
import { ExitStatus, Failure, systemReason } from './failure.ts';

export const SHARD = 'shard.diagflow';

/** A shard, and what it is one of. */
export type AnyShard =
  | { readonly of: 'run'; readonly shard: Labelled<ShardFile> }
  | { readonly of: 'sweep'; readonly shard: Labelled<SweepShardFile> };

/** The shard's file of a folder, or the file itself: it is read where it lies, and not from a pipe. */
async function shardAt(source: string): Promise<string> {
  try {
    const found = await stat(source);
    const path = found.isDirectory() ? join(source, SHARD) : source;
    if (!(path === source ? found : await stat(path)).isFile())
      throw new Failure(ExitStatus.input, `${path}: must be a file, or a folder that holds ${SHARD}`);
    return path;
  } catch (error) {
    if (error instanceof Failure) throw error;
    const hint =
      (error as NodeJS.ErrnoException).path === source ? '' : '; run --shard and sweep --shard write it last';
    throw new Failure(
      ExitStatus.input,
      `${(error as NodeJS.ErrnoException).path ?? source}: cannot be read: ${systemReason(error)}${hint}`,
    );
  }
}

async function readAny(label: string, source: ByteSource): Promise<AnyShard> {
  const start = await source.read(0, Math.min(source.size, 64));
  const word = new TextDecoder('latin1').decode(start).split(/[ \n]/)[0];
  if (word === SHARD_FORMAT.name) return { of: 'run', shard: { label, file: await readShard(source) } };
  if (word === SWEEP_SHARD_FORMAT.name) return { of: 'sweep', shard: { label, file: await readSweepShard(source) } };
  throw new ResultError(`must be a ${SHARD} as run --shard or sweep --shard writes it; found ${preview(word)}`);
}

/** All of them, each of a run or all of a sweep. Throws a Failure that names the first that is not. */
export async function readShards(sources: readonly string[]): Promise<AnyShard[]> {
  const shards: AnyShard[] = [];
  for (const source of sources) {
    const label = await shardAt(source);
    try {
      shards.push(await withBytes(label, (bytes) => readAny(label, bytes)));
    } catch (error) {
      if (error instanceof ResultError) throw new Failure(ExitStatus.input, `${label}: ${error.message}`);
      throw error;
    }
    const [first, last] = [shards[0], shards[shards.length - 1]];
    if (first.of !== last.of)
      throw new Failure(
        ExitStatus.input,
        `${first.shard.label} and ${label} must both be of a run, or both of a sweep`,
      );
  }
  return shards;
}
