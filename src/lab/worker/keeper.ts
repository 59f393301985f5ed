/** Checkpoints of the page's runs in the browser's storage, so that a reload or a lost device costs only what came after the last one. */
import { createStore, del, entries, get, set } from 'idb-keyval';
import { type ByteSource, type RunCheckpoint, readCheckpoint, writeCheckpoint } from '../../run/index.ts';
import type { KeptRun } from './protocol.ts';

interface Entry {
  readonly about: KeptRun;
  readonly bytes: Blob;
}

const store = createStore('diagflow-lab', 'checkpoints');

/** A run holds its lock as long as its page lives: what another tab computes is not offered here. */
const lockOf = (key: string) => `diagflow-run-${key}`;

/** Holds the run's lock until the promise is settled. */
export function whileRunning(key: string, run: Promise<unknown>): void {
  navigator.locks?.request(lockOf(key), () => run.then(noop, noop)).catch(noop);
}

function noop(): void {}

/** Writes it whole or not at all, in place of the one before: a transaction of the browser's. Throws where the browser refuses. */
export async function keep(about: KeptRun, checkpoint: RunCheckpoint): Promise<void> {
  const entry: Entry = { about, bytes: new Blob(await writeCheckpoint(checkpoint)) };
  await set(about.key, entry, store);
}

/** The last checkpoint of a run; null where none is kept. Throws CheckpointError where it cannot be read. */
export async function kept(key: string): Promise<RunCheckpoint | null> {
  const entry = await get<Entry>(key, store).catch(() => undefined);
  if (entry === undefined) return null;
  const { bytes } = entry;
  const source: ByteSource = {
    size: bytes.size,
    read: async (at, length) => new Uint8Array(await bytes.slice(at, at + length).arrayBuffer()),
  };
  return readCheckpoint(source);
}

export async function forget(key: string): Promise<void> {
  await del(key, store).catch(noop);
}

/** Runs that nobody computes any more, the latest first. */
export async function unfinished(): Promise<KeptRun[]> {
  try {
    const all = (await entries<string, Entry>(store)).map(([, { about }]) => about);
    const held = new Set((await navigator.locks?.query())?.held?.map(({ name }) => name));
    return all.filter(({ key }) => !held.has(lockOf(key))).sort((a, b) => b.saved - a.saved);
  } catch {
    return []; // a browser that keeps nothing, as in some private windows
  }
}
