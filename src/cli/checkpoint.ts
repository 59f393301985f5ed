/** The checkpoint of a run in its result folder. */
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ByteSource, CheckpointError, type RunCheckpoint, readCheckpoint, writeCheckpoint } from '../run/index.ts';
import { ExitStatus, Failure, systemReason } from './failure.ts';
import { syncFolder, writeFiles } from './output.ts';
import { isThere } from './source.ts';

export const CHECKPOINT = 'checkpoint.diagflow';

/** Whether the folder holds a run that has not come to its end. */
export function isUnfinished(folder: string): Promise<boolean> {
  return isThere(join(folder, CHECKPOINT));
}

/** Writes it whole or not at all. */
export async function saveCheckpoint(folder: string, checkpoint: RunCheckpoint): Promise<void> {
  await writeFiles(folder, { [CHECKPOINT]: await writeCheckpoint(checkpoint) });
}

export async function dropCheckpoint(folder: string): Promise<void> {
  await rm(join(folder, CHECKPOINT), { force: true });
  await syncFolder(folder);
}

function allocate(length: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch {
    throw new CheckpointError(`${length} bytes of it do not fit in memory`);
  }
}

/** The checkpoint in a folder; null where there is none. Throws a Failure where it cannot be gone on with. */
export async function loadCheckpoint(folder: string): Promise<RunCheckpoint | null> {
  const path = join(folder, CHECKPOINT);
  if (!(await isUnfinished(folder))) return null;
  const refuse = (reason: string) => new Failure(ExitStatus.input, `${path}: ${reason}`);
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const source: ByteSource = {
        size,
        read: async (at, length) => {
          const bytes = allocate(length);
          for (let done = 0; done < length; ) {
            const { bytesRead } = await file.read(bytes, done, Math.min(length - done, 2 ** 30), at + done);
            if (bytesRead === 0) throw new CheckpointError(`is torn: it ends after ${at + done} bytes`);
            done += bytesRead;
          }
          return bytes;
        },
      };
      return await readCheckpoint(source);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof CheckpointError) throw refuse(error.message);
    if ((error as NodeJS.ErrnoException).code) throw refuse(`cannot be read: ${systemReason(error)}`);
    throw error;
  }
}
