/**
 * Runs that have ended, kept in the browser's storage: those of this tab are there again after a reload, those of earlier visits are
 * offered. A page inside another keeps nothing.
 */
import { batch, effect, signal } from '@preact/signals';
import { createStore, del, entries, get, set } from 'idb-keyval';
import type { Experiment } from '../../problem/index.ts';
import { type BackendChoice, VERSION } from '../../run/index.ts';
import { refusal } from '../worker/refusal.ts';
import { frame } from './frame.ts';
import { addKept, backend, currentId, isActive, type Run, type RunData, runs } from './runs.ts';

/** What is said of a kept run before it is opened. */
interface About {
  readonly key: string;
  /** The tab that it was run in. */
  readonly tab: string;
  readonly name: string;
  readonly overlaid: boolean;
  /** Milliseconds since 1970. */
  readonly ended: number;
}

/** The numbers; they never change. */
interface Numbers {
  readonly version: string;
  readonly choice: BackendChoice | null;
  readonly experiment: Experiment;
  readonly data: RunData;
}

/** Of each its own, as one database holds one table only with this library. */
const abouts = createStore('diagflow-runs', 'about');
const numbers = createStore('diagflow-run-numbers', 'numbers');

/** Runs kept at most; the oldest go first. */
const MOST_KEPT = 40;
/** Bytes of curves from which a run is not kept: a storage that is filled by one run keeps no other. */
const MOST_BYTES = 2 ** 25;

/** Runs of other tabs and earlier visits, latest first. */
export const earlier = signal<readonly About[]>([]);
/** Why nothing is kept; empty where it is. */
export const notKept = signal('');

const keyOf = new WeakMap<Run, string>();
const versionOf = new WeakMap<Run, string>();
/** By key, what was last written of it. */
const written = new Map<string, string>();

const newId = () => Array.from(crypto.getRandomValues(new Uint32Array(3)), (word) => word.toString(36)).join('');

/** The same before and after a reload. */
function tabId(): string {
  try {
    const known = sessionStorage.getItem('diagflow-tab') ?? newId();
    sessionStorage.setItem('diagflow-tab', known);
    return known;
  } catch {
    return newId();
  }
}

const tab = tabId();
const wordsOf = ({ name, overlaid }: Pick<About, 'name' | 'overlaid'>) => JSON.stringify([name, overlaid]);

/** Takes up the runs of this tab, and begins to keep those that end. Never throws. */
export async function restoreRuns(): Promise<void> {
  if (frame.value.embed || /^#(?:.*&)?embed\b/.test(location.hash)) return;
  try {
    const all = (await entries<string, About>(abouts)).map(([, about]) => about).sort((a, b) => a.ended - b.ended);
    for (const { key } of all.splice(0, Math.max(0, all.length - MOST_KEPT))) await forget(key);
    const own = all.filter((about) => about.tab === tab);
    const found = await Promise.all(own.map(({ key }) => get<Numbers>(key, numbers)));
    batch(() => {
      own.forEach((about, k) => {
        const kept = found[k];
        if (kept) take(about, kept);
      });
      earlier.value = all.filter((about) => about.tab !== tab).reverse();
    });
  } catch (error) {
    notKept.value = refusal(error);
  }
  effect(keep);
}

function take(about: About, { version, choice, experiment, data }: Numbers): Run {
  // Before anything takes it for a run that has just ended.
  return batch(() => {
    const run = addKept(experiment, about.name, choice, data, about.overlaid);
    keyOf.set(run, about.key);
    versionOf.set(run, version);
    written.set(about.key, wordsOf(about));
    return run;
  });
}

function keep(): void {
  const now = new Set<string>();
  for (const run of runs.value) {
    if (isActive(run) || run.data.value.ending === null) continue;
    const known = keyOf.get(run);
    const key = known ?? newId();
    keyOf.set(run, key);
    now.add(key);
    const about = { key, tab, name: run.name.value, overlaid: run.overlaid.value };
    if (written.get(key) === wordsOf(about)) continue;
    const isNew = !written.has(key);
    written.set(key, wordsOf(about));
    write({ ...about, ended: Date.now() }, isNew ? run : null);
  }
  for (const key of [...written.keys()]) {
    if (now.has(key)) continue;
    written.delete(key);
    forget(key);
  }
}

async function write(about: About, run: Run | null): Promise<void> {
  try {
    if (run !== null) {
      const { experiment, choice, data } = run;
      if (bytesOf(data.value) > MOST_BYTES) return;
      await set(about.key, { version: VERSION, choice, experiment, data: data.value } satisfies Numbers, numbers);
    }
    const before = await get<About>(about.key, abouts);
    await set(about.key, { ...about, ended: before?.ended ?? about.ended }, abouts);
    // It may have been removed meanwhile.
    if (!written.has(about.key)) await forget(about.key);
  } catch (error) {
    notKept.value = refusal(error);
  }
}

const bytesOf = ({ curves }: RunData) =>
  curves.reduce((sum, { times, replicas = [] }) => sum + 8 * times.length * (6 + replicas.length), 0);

async function forget(key: string): Promise<void> {
  await Promise.all([del(key, abouts), del(key, numbers)]).catch(() => {});
}

/** Shows the kept run of an experiment, as this version would run it now; false where there is none. */
export function showKept(experiment: Experiment): boolean {
  const wanted = JSON.stringify(experiment);
  const run = runs.value.find(
    (one) =>
      versionOf.get(one) === VERSION && one.choice === backend.value && JSON.stringify(one.experiment) === wanted,
  );
  if (run) currentId.value = run.id;
  return run !== undefined;
}

/** Opens a run of an earlier visit; null where it is gone. */
export async function openEarlier(about: About): Promise<Run | null> {
  const kept = await get<Numbers>(about.key, numbers).catch(() => undefined);
  earlier.value = earlier.value.filter((one) => one !== about);
  if (!kept) return null;
  const run = take(about, kept);
  // From now on it is this tab's.
  await set(about.key, { ...about, tab }, abouts).catch(() => {});
  currentId.value = run.id;
  return run;
}

export async function forgetEarlier(): Promise<void> {
  const all = earlier.value;
  earlier.value = [];
  for (const { key } of all) await forget(key);
}
