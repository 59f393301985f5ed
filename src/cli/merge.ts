/** `diagflow merge`: the shards of one run → the files that the whole run would have written. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { JsonSyntaxError, parseJson, SHARD_LIMITS } from '../problem/json.ts';
import { formatTable, LONGEST_SHARD, type Result, ResultError } from '../results/index.ts';
import {
  type Labelled,
  MergeError,
  mergeShards,
  mergeSweeps,
  parseShardFile,
  parseSweepShard,
  SHARD_FORMAT,
  SWEEP_SHARD_FORMAT,
} from '../run/index.ts';
import { ExitStatus, Failure } from './failure.ts';
import { claimFolder, writeFiles } from './output.ts';
import { filesOf } from './run.ts';
import { readSource } from './source.ts';
import { sweepFiles, sweepStatus } from './sweep.ts';

export interface MergeFlags {
  readonly out: string;
}

/** The shard file of a folder, or the file itself. */
async function readShard(source: string): Promise<Labelled<unknown>> {
  const isFolder = await stat(source).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const { label, text } = await readSource(isFolder ? join(source, 'shard.json') : source, LONGEST_SHARD, SHARD_LIMITS);
  try {
    return { label, file: parseJson(text, SHARD_LIMITS) };
  } catch (error) {
    if (error instanceof JsonSyntaxError)
      throw new Failure(ExitStatus.input, `${label}: not valid JSON: ${error.message}`);
    throw error;
  }
}

function formatOf(file: unknown): unknown {
  return typeof file === 'object' && file !== null ? (file as { format?: unknown }).format : undefined;
}

/** Every one read, or a Failure that names the first that cannot be. */
function readAll<T>(sources: readonly Labelled<unknown>[], read: (input: unknown) => T): Labelled<T>[] {
  return sources.map(({ label, file }) => {
    try {
      return { label, file: read(file) };
    } catch (error) {
      if (error instanceof ResultError) throw new Failure(ExitStatus.input, `${label}: ${error.message}`);
      throw error;
    }
  });
}

/** Returns the exit status; throws a Failure, with nothing written, where the shards are not all of one run. */
export async function merge(sources: readonly string[], { out }: MergeFlags): Promise<ExitStatus> {
  const files: Labelled<unknown>[] = [];
  for (const source of sources) files.push(await readShard(source));
  const formats: unknown[] = [SHARD_FORMAT, SWEEP_SHARD_FORMAT];
  for (const { label, file } of files) {
    if (!formats.includes(formatOf(file))) {
      throw new Failure(
        ExitStatus.input,
        `${label}: must be a shard.json as run --shard or sweep --shard writes it ("format": "${formats.join('" or "')}")`,
      );
    }
    if (formatOf(file) !== formatOf(files[0].file)) {
      throw new Failure(ExitStatus.input, `${files[0].label} and ${label} must both be of a run, or both of a sweep`);
    }
  }
  if (formatOf(files[0].file) === SWEEP_SHARD_FORMAT) {
    const result = inOneLine(() => mergeSweeps(readAll(files, parseSweepShard)));
    await claimFolder(out);
    const paths = await writeFiles(out, await sweepFiles(result));
    process.stdout.write(paths.map((path) => `wrote ${path}\n`).join(''));
    return sweepStatus(result);
  }
  const result = inOneLine(() => mergeShards(readAll(files, parseShardFile)));
  await claimFolder(out);
  const paths = await writeFiles(out, await filesOf(result));
  process.stdout.write(`${formatTable(result)}\n${paths.map((path) => `wrote ${path}\n`).join('')}`);
  return statusOf(result);
}

function inOneLine<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof MergeError) throw new Failure(ExitStatus.input, error.message);
    throw error;
  }
}

/** As the whole run would have ended. */
function statusOf({ events }: Result): ExitStatus {
  return events.some(({ kind }) => kind === 'failed' || kind === 'blow-up') ? ExitStatus.method : ExitStatus.ok;
}
