/** `diagflow merge`: the shards of one run → the files that the whole run would have written. */
import type { Result } from '../results/index.ts';
import { MergeError, mergeShards, mergeSweeps } from '../run/index.ts';
import { ExitStatus, Failure } from './failure.ts';
import { type Content, claimFolder, writeFiles, wrote } from './output.ts';
import { filesOf } from './run.ts';
import { readShards } from './shard.ts';
import { sweepFiles, sweepStatus } from './sweep.ts';
import { tableOf } from './terminal.ts';

export interface MergeFlags {
  readonly out: string;
  readonly npz?: boolean;
}

/** Returns the exit status; throws a Failure, with nothing written, where the shards are not all of one run. */
export async function merge(sources: readonly string[], { out, npz }: MergeFlags): Promise<ExitStatus> {
  const shards = await readShards(sources);
  const ofSweep = shards.flatMap((one) => (one.of === 'sweep' ? [one.shard] : []));
  if (ofSweep.length > 0) {
    const result = inOneLine(() => mergeSweeps(ofSweep));
    process.stdout.write(wrote(await writeAlone(out, await sweepFiles(result))));
    return sweepStatus(result);
  }
  const result = inOneLine(() => mergeShards(shards.flatMap((one) => (one.of === 'run' ? [one.shard] : []))));
  const paths = await writeAlone(out, await filesOf(result, npz));
  process.stdout.write(`${tableOf(result)}\n${wrote(paths)}`);
  return statusOf(result);
}

async function writeAlone(folder: string, files: Readonly<Record<string, Content>>): Promise<string[]> {
  const release = await claimFolder(folder);
  return writeFiles(folder, files).finally(release);
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
