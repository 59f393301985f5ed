/**
 * One process at a time in a result folder. The lock is a file that names its holder. A holder on this machine that is gone is seen at
 * once; one on another machine, by not having touched the file for long. No library qualifies: proper-lockfile (last release 2021, no
 * types) and lockfile (2018) go by such a sign of life alone, so that a killed run keeps its folder for their timeout, and one whose
 * thread computes for that long loses it; fs-ext, os-lock and fs-native-extensions are compiled for each system and runtime.
 */
import { randomUUID } from 'node:crypto';
// Small files, and of all ways to reach them the one that stand-ins for a file system have too.
import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const LOCK = '.diagflow.lock';
/** Milliseconds between two signs of life, and without any after which a holder on another machine counts as gone. */
const BEAT = 20_000;
const SILENCE = 15 * BEAT;
/** Bytes of a lock at most; a longer file is none of ours. */
const LONGEST = 4096;

const holderSchema = z.object({
  pid: z.int().min(1),
  host: z.string().max(300),
  /** When the process began, as its machine counts; null where it does not tell. Another process may get the same number. */
  birth: z.string().max(30).nullable(),
  since: z.string().max(40),
});
type Holder = z.output<typeof holderSchema>;

/** Somebody else holds the folder; `message` says who, in one line. */
export class FolderHeld extends Error {
  override readonly name = 'FolderHeld';
}

/** Takes the lock of a folder that exists and can be written. Returns what gives it back. @throws FolderHeld */
export function lockFolder(folder: string): { readonly path: string; release(): void } {
  const path = join(folder, LOCK);
  const own = { pid: process.pid, host: hostname(), birth: birthOf(process.pid), since: new Date().toISOString() };
  const text = `${JSON.stringify(own)}\n`;
  // A link is there whole or not at all, and never over another.
  const draft = temporary(folder);
  writeFileSync(draft, text, { flag: 'wx' });
  try {
    const { mtimeMs: now } = statSync(draft);
    while (!isTaken(draft, path, text)) {
      const held = lookAt(path);
      if (held !== null) removeIfLeft(path, held, now);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  const isOurs = () => lookAt(path)?.text === text;
  const beat = setInterval(() => {
    try {
      // Written again, so that its time is the file system's own.
      if (isOurs()) writeFileSync(path, text, { flag: 'r+' });
    } catch {
      // the next may succeed
    }
  }, BEAT);
  beat.unref();
  return {
    path,
    release: () => {
      clearInterval(beat);
      if (isOurs()) rmSync(path, { force: true });
    },
  };
}

/** Named so that it is tidied up when this process is killed before it does (./output.ts). */
function temporary(folder: string): string {
  return join(folder, `.diagflow-${process.pid}-${randomUUID()}`);
}

/** Puts the lock in place, unless there is one. */
function isTaken(draft: string, path: string, text: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    // Where there are no links, whoever creates the file has it, and is read as unknown until it has written.
    if (code !== undefined && !WITHOUT_LINKS.has(code)) throw error;
  }
  try {
    writeFileSync(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

const WITHOUT_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

interface Held {
  readonly text: string;
  readonly holder: Holder | null;
  /** By the clock of the file system. */
  readonly touched: number;
}

/** Null where there is no lock. */
function lookAt(path: string): Held | null {
  try {
    const { mtimeMs: touched, size } = statSync(path);
    const text = size <= LONGEST ? readFileSync(path, 'utf8') : '';
    return { text, holder: holderOf(text), touched };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function holderOf(text: string): Holder | null {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** @throws FolderHeld where its holder is, or may be, there. */
function removeIfLeft(path: string, held: Held, now: number): void {
  const { holder, touched } = held;
  const isSilent = now - touched > SILENCE;
  if (holder === null ? !isSilent : isThere(holder, isSilent)) throw new FolderHeld(words(path, holder));
  // Moved away first: where somebody else was faster, what is moved is their lock, and goes back.
  const aside = temporary(dirname(path));
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (lookAt(aside)?.text === held.text) rmSync(aside, { force: true });
  else renameSync(aside, path);
}

function isThere({ pid, host, birth }: Holder, isSilent: boolean): boolean {
  if (host !== hostname()) return !isSilent;
  if (!isAlive(pid)) return false;
  const now = birthOf(pid);
  return birth === null || now === null ? pid !== process.pid || !isSilent : birth === now;
}

function words(path: string, holder: Holder | null): string {
  if (holder === null) return `another process has it (${path}); wait for it, or choose another folder`;
  const { pid, host, since } = holder;
  const where = host === hostname() ? '' : ` on ${host}`;
  const otherwise = where && `; if it is gone, delete ${path} or wait ${SILENCE / 60_000} minutes`;
  return `process ${pid}${where} has it since ${since}; wait for it, or choose another folder${otherwise}`;
}

/** Whether a process of this number runs on this machine. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Ticks from the machine's start to that of a process (proc(5), field 22); null where there is no /proc. */
function birthOf(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
