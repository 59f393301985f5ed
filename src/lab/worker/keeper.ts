/** Checkpoints of the page's runs in the browser's storage, so that a reload or a lost device costs only what came after the last one. */
import { createStore, del, entries, get, set } from 'idb-keyval';
import { type ByteSource, type RunCheckpoint, readCheckpoint, writeCheckpoint } from '../../run/index.ts';
import type { KeptRun } from './protocol.ts';
import { nameOf, refusal } from './refusal.ts';
import { runsElsewhere } from './running.ts';

type Bytes = Blob | Uint8Array<ArrayBuffer>;

interface Entry {
  readonly about: KeptRun;
  readonly bytes: Bytes;
}

const store = createStore('diagflow-lab', 'checkpoints');

/** Whether this browser stores Blobs, of which it reads no more than it needs; WebKit does not in a private window. */
let takesBlobs = true;

/** Writes it whole or not at all, in place of the one before: a transaction of the browser's. Throws, in words, where the browser refuses. */
export async function keep(about: KeptRun, checkpoint: RunCheckpoint): Promise<void> {
  const blob = new Blob(await writeCheckpoint(checkpoint));
  const write = (bytes: Bytes) => set(about.key, { about, bytes } satisfies Entry, store);
  if (takesBlobs) {
    try {
      return await write(blob);
    } catch (error) {
      // What is full stays full.
      if (nameOf(error) === 'QuotaExceededError') throw new Error(refusal(error));
    }
  }
  try {
    await write(new Uint8Array(await blob.arrayBuffer()));
    takesBlobs = false;
  } catch (error) {
    throw new Error(refusal(error));
  }
}

/** The last checkpoint of a run; null where none is kept. Throws CheckpointError where it cannot be read. */
export async function kept(key: string): Promise<RunCheckpoint | null> {
  const entry = await get<Entry>(key, store).catch(() => undefined);
  if (entry === undefined) return null;
  return readCheckpoint(sourceOf(entry.bytes));
}

function sourceOf(bytes: Bytes): ByteSource {
  if (bytes instanceof Blob) {
    const read = async (at: number, length: number) => new Uint8Array(await bytes.slice(at, at + length).arrayBuffer());
    return { size: bytes.size, read };
  }
  return { size: bytes.length, read: async (at, length) => bytes.slice(at, at + length) };
}

export async function forget(key: string): Promise<void> {
  await del(key, store).catch(() => {});
}

/**
 * Runs that nobody computes any more, the latest first. `changed` is called when a run that some page still computes is left: the page
 * that this one replaces may live on for a moment, and what it leaves is offered then.
 */
export async function unfinished(changed: () => void): Promise<KeptRun[]> {
  try {
    const all = (await entries<string, Entry>(store)).map(([, { about }]) => about);
    const running = await runsElsewhere(
      all.map(({ key }) => key),
      changed,
    );
    return all.filter(({ key }) => !running.has(key)).sort((a, b) => b.saved - a.saved);
  } catch {
    return []; // a browser that keeps nothing, as in some private windows
  }
}
