/** A grid of experiments, many points in flight together on one engine. */
import { type Experiment, type ParsedSweep, saveTimes } from '../problem/index.ts';
import type { Adapter, Backend, Result, SweepPoint } from '../results/index.ts';
import { type BackendChoice, type BackendOptions, type Opened, openFor } from './backends.ts';
import { runExperiment } from './experiment.ts';
import type { Shard } from './shard.ts';
import { pointOf, watched } from './sweep-point.ts';

/** How a sweep is run. Points that are `done`, and those of other shards, are left out. */
export interface SweepOptions extends BackendOptions {
  readonly backend?: BackendChoice;
  readonly signal?: AbortSignal;
  /** Only every n-th point. */
  readonly shard?: Shard;
  /** Points that are known already: they are not run again. */
  readonly done?: ReadonlySet<number>;
}

/** What `runSweep` yields on the way, told apart by `type`. */
export type SweepEvent =
  /** Always first; `total` points are this shard's, of which `ahead` must be run. */
  | {
      readonly type: 'start';
      readonly backend: Backend;
      readonly adapter: Adapter | null;
      /** Why this backend, in words. */
      readonly reason: string;
      readonly total: number;
      readonly ahead: number;
    }
  /** In the order in which they end. */
  | { readonly type: 'point'; readonly point: SweepPoint };

/** GPU memory for the states of the points in flight, in bytes, and what a coordinate of a replica takes. */
const MEMORY = 2 ** 30;
const BYTES_A_COORDINATE = 96;
/** Points in flight at most: on a GPU to fill it, on a CPU so that the pool never waits for the PDE of the next point. */
const MOST_IN_FLIGHT = { gpu: 64, cpu: 4, reference: 4 } as const;

/** Whether a point is the shard's: they are dealt out one by one, since neighbours cost alike. */
export function isOwn(point: number, shard: Shard | undefined): boolean {
  return shard === undefined || point % shard.of === shard.index - 1;
}

/**
 * Runs the points of a sweep. What a point gives does not depend on what runs beside it, so a sweep can be stopped, gone on with, and
 * divided. Aborting ends the iteration; points in flight are dropped.
 */
export async function* runSweep(parsed: ParsedSweep, options: SweepOptions = {}): AsyncGenerator<SweepEvent> {
  const { backend = 'auto', shard, done } = options;
  const own = Array.from({ length: parsed.count }, (_, i) => i).filter((i) => isOwn(i, shard));
  const ahead = own.filter((i) => !done?.has(i));
  const opened = await openFor(parsed.sweep.experiment, backend, options);
  // Leaving early stops what is still in flight.
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const flying = new Map<number, Promise<{ index: number; point: SweepPoint | null }>>();
  try {
    const { engine, adapter, reason } = opened;
    const { name } = engine;
    yield { type: 'start', backend: name, adapter, reason, total: own.length, ahead: ahead.length };
    let next = 0;
    let room = MEMORY;
    const taken = new Map<number, number>();
    for (;;) {
      while (next < ahead.length && !signal.aborted && flying.size < MOST_IN_FLIGHT[name]) {
        const index = ahead[next];
        const experiment = parsed.experimentAt(index);
        const bytes = bytesOf(experiment);
        if (flying.size > 0 && bytes > room) break;
        next++;
        room -= bytes;
        taken.set(index, bytes);
        const run = runPoint(index, parsed.valuesAt(index), experiment, opened, signal);
        run.catch(() => {}); // it is awaited below, or the iteration has ended with another
        flying.set(index, run);
      }
      if (flying.size === 0) return;
      const { index, point } = await Promise.race(flying.values());
      flying.delete(index);
      room += taken.get(index)!;
      if (point !== null) yield { type: 'point', point };
    }
  } finally {
    stop.abort(new Error('the sweep has ended'));
    await Promise.allSettled(flying.values());
    await opened.engine.dispose();
  }
}

function bytesOf({ problem, methods }: Experiment): number {
  const replicas = methods.map((method) => ('replicas' in method ? method.replicas : 0));
  return BYTES_A_COORDINATE * problem.dimension * Math.max(1, ...replicas);
}

/** Null where it was stopped on the way. */
async function runPoint(
  index: number,
  values: readonly number[],
  given: Experiment,
  opened: Opened,
  signal: AbortSignal,
): Promise<{ index: number; point: SweepPoint | null }> {
  const { experiment, rateAt } = watched(given, saveTimes(given));
  const events = runExperiment(experiment, { opened, signal });
  let result: Result | undefined;
  while (result === undefined) {
    const step = await events.next();
    if (step.done) result = step.value;
  }
  const isStopped = signal.aborted || result.events.some(({ kind }) => kind === 'interrupted');
  return { index, point: isStopped ? null : pointOf(index, values, result, rateAt) };
}
