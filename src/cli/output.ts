/** The result folder: proved writable before anything is computed, filled file by file so that no file is ever half written. */
import { appendFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { oneLine } from '../problem/errors.ts';
import { ExitStatus, Failure, systemReason } from './failure.ts';
import { FolderHeld, isAlive, lockFolder } from './lock.ts';

/**
 * Creates a folder and those above it. (Node's own `recursive` never returns where a parent exists but refuses with ENOENT, as
 * /proc does.)
 */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return;
    const above = dirname(folder);
    if (code !== 'ENOENT' || above === folder || (await exists(above))) throw error;
    await makeFolder(above);
    await mkdir(folder);
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/**
 * Creates `folder` where it is missing, proves that it can be written, and keeps other processes from writing there until what it returns
 * is called. Throws a Failure, naming the folder, if that cannot be done, and another that says who writes there.
 */
export async function claimFolder(folder: string): Promise<() => Promise<void>> {
  try {
    await makeFolder(resolve(folder));
    const lock = lockFolder(folder);
    await tidy(folder);
    keepTrack(lock.path);
    return async () => {
      lock.release();
      forget(lock.path);
    };
  } catch (error) {
    const why =
      error instanceof FolderHeld
        ? error.message
        : `results cannot be written there: ${systemReason(error)}; choose another folder`;
    throw new Failure(ExitStatus.input, `--out ${folder}: ${why}`);
  }
}

/** Locks and temporary files now open: who leaves at once takes them along. */
const temporaries = new Set<string>();

function keepTrack(path: string): void {
  if (temporaries.size === 0) process.once('exit', removeTemporaries);
  temporaries.add(path);
}

function forget(path: string): void {
  temporaries.delete(path);
  if (temporaries.size === 0) process.off('exit', removeTemporaries);
}

function removeTemporaries(): void {
  for (const path of temporaries) rmSync(path, { force: true });
}

const LEFT = /^(?:\.diagflow-(\d{1,9})(?:-[0-9a-f-]{36})?|.+\.(?:json|jsonl|csv|npz|svg|diagflow)\.(\d{1,9})\.part)$/;

/** Deletes what a process that was killed in the middle of writing left half written. */
async function tidy(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, probing, writing] = LEFT.exec(name) ?? [];
    const pid = Number(probing ?? writing);
    if (pid > 0 && !isAlive(pid)) await rm(join(folder, name), { force: true });
  }
}

/** Makes names in a folder last: a rename is on the disk only once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders.
  const handle = await open(folder, 'r').catch(() => null);
  try {
    // Where a method is lacking (Yarn's PnP) the call itself throws.
    await handle?.sync();
  } catch {
    // It cannot be made to last; the file is there.
  }
  await handle?.close().catch(() => {});
}

/** A text, or bytes in pieces. */
export type Content = string | readonly Uint8Array[];

/** As the system's own refusals have a code: an error without one is of a stand-in for Node's files that lacks a method (Yarn's PnP). */
function isMissingMethod(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === undefined;
}

async function withFallback(step: () => Promise<unknown>, other: () => unknown): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!isMissingMethod(error)) throw error;
    await other();
  }
}

/** Flushed to the disk, where that can be. */
async function writeFlushed(path: string, pieces: readonly (string | Uint8Array)[]): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (const piece of pieces) await file.writeFile(piece);
    await withFallback(
      () => file.sync(),
      () => {},
    );
  } finally {
    await file.close();
  }
}

function writePlainly(path: string, pieces: readonly (string | Uint8Array)[]): void {
  writeFileSync(path, '');
  for (const piece of pieces) appendFileSync(path, piece);
}

/** Writes all or nothing of one file: a temporary file beside it, flushed to the disk, then renamed over it. */
async function writeAtomically(path: string, content: Content): Promise<void> {
  const temporary = `${path}.${process.pid}.part`;
  keepTrack(temporary);
  try {
    const pieces = typeof content === 'string' ? [content] : content;
    await withFallback(
      () => writeFlushed(temporary, pieces),
      () => writePlainly(temporary, pieces),
    );
    await withFallback(
      () => rename(temporary, path),
      () => renameSync(temporary, path),
    );
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw new Failure(ExitStatus.system, `${path}: could not be written: ${systemReason(error)}`);
  } finally {
    forget(temporary);
  }
}

/** Writes `files` (name → content) into `folder`; returns their paths in that order. */
export async function writeFiles(folder: string, files: Readonly<Record<string, Content>>): Promise<string[]> {
  const paths: string[] = [];
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    await writeAtomically(path, content);
    paths.push(path);
  }
  return paths;
}

/** Deletes what a run has kept to go on with, once its results are written. Throws a Failure where that cannot be done. */
export async function dropKept(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (error) {
    throw new Failure(
      ExitStatus.system,
      `${path}: could not be deleted: ${systemReason(error)}; the results were written, delete it yourself`,
    );
  }
  await syncFolder(dirname(path));
}

/** A picture under its name; nothing, and a line that says so, where it cannot be drawn: that must not cost the numbers. */
export async function drawn(name: string, draw: () => Promise<string>): Promise<Record<string, Content>> {
  try {
    return { [name]: await draw() };
  } catch (error) {
    const reason = oneLine(error instanceof Error ? error.message : String(error));
    process.stderr.write(`diagflow: ${name} could not be drawn (${reason}); the numbers are not concerned\n`);
    return {};
  }
}

/** What to say of files that were written, a line each: a folder's name may hold anything. */
export function wrote(paths: readonly string[]): string {
  return paths.map((path) => `wrote ${oneLine(path)}\n`).join('');
}

/**
 * As `writeFiles`, for what took long to compute: where the folder refuses (it had room when it was claimed), everything goes to
 * a new folder among the system's temporary ones, and the Failure says where. `lastResort` is called where that fails too.
 */
export async function writeOrRescue(
  folder: string,
  files: Readonly<Record<string, Content>>,
  lastResort: () => void,
): Promise<string[]> {
  try {
    return await writeFiles(folder, files);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    let refuge = '';
    try {
      refuge = await mkdtemp(join(tmpdir(), 'diagflow-results-'));
      await writeFiles(refuge, files);
    } catch {
      if (refuge !== '') await rm(refuge, { recursive: true, force: true });
      lastResort();
      throw new Failure(error.status, `${error.message}; nor could they in ${tmpdir()}: only the table is left`);
    }
    throw new Failure(error.status, `${error.message}; all results were written to ${refuge} instead`);
  }
}
