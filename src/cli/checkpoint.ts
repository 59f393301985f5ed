/** The checkpoint of a run in its result folder. */
import { join } from 'node:path';
import { CheckpointError, type RunCheckpoint, readCheckpoint, writeCheckpoint } from '../run/index.ts';
import { withBytes } from './bytes.ts';
import { ExitStatus, Failure } from './failure.ts';
import { dropKept, writeFiles } from './output.ts';
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

export function dropCheckpoint(folder: string): Promise<void> {
  return dropKept(join(folder, CHECKPOINT));
}

/** The checkpoint in a folder; null where there is none. Throws a Failure where it cannot be gone on with. */
export async function loadCheckpoint(folder: string): Promise<RunCheckpoint | null> {
  const path = join(folder, CHECKPOINT);
  if (!(await isUnfinished(folder))) return null;
  try {
    return await withBytes(path, readCheckpoint);
  } catch (error) {
    if (error instanceof CheckpointError) throw new Failure(ExitStatus.input, `${path}: ${error.message}`);
    throw error;
  }
}
