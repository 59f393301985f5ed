/** An `EnsembleEngine` over the pool: splits the replicas, merges what comes back into one stream, finishes the statistics. */

import { sampleStatistics } from '../../expression/definitions.ts';
import { parseNamedMoment } from '../../expression/moment.ts';
import { leavingTime } from '../../problem/divergence.ts';
import type { Problem } from '../../problem/index.ts';
import type { Samples } from '../../problem/types.ts';
import { Finisher } from '../../statistics/finish.ts';
import { interpolationStatistics } from '../../statistics/interpolation.ts';
import { programOf, stepsOf } from '../../statistics/program.ts';
import {
  type EngineEvent,
  type EngineState,
  EngineStateError,
  type EnsembleEngine,
  type EnsembleRequest,
} from '../../statistics/stream.ts';
import { LocalPool, type Pool, ThreadPool } from './pool.ts';
import type { Batch, JobSpec, Range, SimulatorName } from './protocol.ts';
import { simulatorOf } from './registry.ts';
import type { PathState } from './simulator.ts';
import { hardwareThreads, hasThreads } from './thread.ts';

export interface PoolOptions {
  /** Worker threads; 0: the calling thread only, in slices of some 30 ms. Default: one a core. Results do not depend on it. */
  readonly workers?: number;
  /** Coordinate-steps below which a run stays on the calling thread, because starting a thread takes longer. Default: 2·10⁶. */
  readonly smallestShared?: number;
  /**
   * Address of the workers' program, the package's file `diagflow/worker`, from where the page itself comes. Default: that file where a
   * bundler has copied it, else the same text. Needed only where a page's policy lets no worker start from a text.
   */
  readonly workerUrl?: URL | string;
}

/** An address as a page writes it, which may be relative to the page. */
function addressOf(url: URL | string): URL {
  return typeof url === 'string' ? new URL(url, globalThis.location?.href) : url;
}

/** Coordinate-steps that a range should at least hold, so that handing it out costs nothing beside it. */
const RANGE_WORK = 4e6;

/** Slices of results (some 30 ms each) that may wait for their reader; beyond, the threads rest until he has caught up. */
const AHEAD = 16;

export function createPoolEngine(simulator: SimulatorName, options: PoolOptions = {}): EnsembleEngine {
  const { workers = hardwareThreads(), smallestShared = 2e6, workerUrl } = options;
  if (!Number.isInteger(workers) || workers < 0) {
    throw new RangeError(`workers must be an integer ≥ 0 (0: the calling thread only), got ${workers}.`);
  }
  const local = new LocalPool();
  const shared =
    workers > 0 && hasThreads()
      ? new ThreadPool(workers, workerUrl === undefined ? undefined : addressOf(workerUrl))
      : null;
  let disposed = false;

  async function* run(request: EnsembleRequest): AsyncGenerator<EngineEvent, void, undefined> {
    if (disposed) throw new Error('this engine has been disposed of; create another.');
    checkRequest(request);
    const { problem, statistics, times, replicas, signal, attention, checkpointDue } = request;
    signal?.throwIfAborted();
    const plan = programOf(request);
    const gammas = plan.kind === 'sde' ? plan.stepSizes : null;
    const finisher = new Finisher(problem, statistics, times, gammas);
    const { moments } = finisher;
    const isAsked = (names: readonly string[]) => statistics.some(({ name }) => names.includes(name));
    const interpolationAt = isAsked(interpolationStatistics.map(({ name }) => name)) ? times.length - 1 : null;
    const wantsMeans = isAsked(sampleStatistics);
    const samples = (wantsMeans || interpolationAt !== null) && { means: wantsMeans, interpolationAt };
    const spec: JobSpec = {
      simulator,
      problem,
      plan,
      seed: request.seed,
      wantsLogInvariant: moments.some((moment) => /\bs\b/.test(moment.source)),
      ...(plan.kind === 'sgd' && samples && { samples }),
      moments: moments.map((moment) => moment.source),
      threadsPerReplica: 1,
    };
    const work = problem.dimension * stepsOf(plan);
    const remaining = request.from ? rangesOf(request.from, simulator, replicas) : [replicas];
    const count = remaining.reduce((sum, range) => sum + range.count, 0);
    if (count === 0) return;
    const useThreads = shared && work * count >= smallestShared && spec.moments.every(travels);
    const pool: Pool = useThreads ? shared : local;

    const notice = (await simulatorOf(simulator)).notice?.(spec) ?? null;
    if (notice !== null && request.from === undefined) yield { type: 'notice', message: notice };
    const queue = new Queue<readonly EngineEvent[]>();
    let held = false;
    let asked = false;
    const ask = () => {
      if (asked || !checkpointDue?.()) return;
      asked = true;
      job.checkpoint();
    };
    const abort = () => queue.fail(signal?.reason);
    const most = useThreads ? ((await simulatorOf(simulator)).mostThreads?.(spec) ?? 1) : 1;
    const { atOnce, threads } = arrange(count, workers, most);
    const job = pool.submit(
      useThreads ? { ...spec, problem: sharedProblem(problem), threadsPerReplica: threads } : spec,
      moments,
      remaining.flatMap((range) => (threads > 1 ? shares(range, atOnce) : split(range, count, work, workers))),
      {
        batch: (batch) => {
          queue.push([...eventsOf(batch)]);
          ask();
          if (held || queue.length < AHEAD) return;
          held = true;
          job.hold(true);
        },
        left: (ranges) => queue.push([{ type: 'checkpoint', state: stateOf(ranges, simulator) }]),
        finished: () => queue.end(),
        failed: (error) => queue.fail(error),
      },
    );
    signal?.addEventListener('abort', abort);
    ask();
    // A script that stops reading, with no word to this iterator, can end.
    let isWaiting = false;
    const tell = () => job.await(isWaiting && (attention?.awaited ?? true));
    const stopListening = attention?.listen(tell);
    try {
      for (;;) {
        isWaiting = true;
        tell();
        const events = await queue.next();
        isWaiting = false;
        tell();
        if (events === undefined) return;
        for (const event of events) {
          yield event;
          signal?.throwIfAborted();
          if (event.type !== 'checkpoint') continue;
          asked = false;
          ask();
        }
        if (!held || 2 * queue.length > AHEAD) continue;
        held = false;
        job.hold(false);
      }
    } finally {
      signal?.removeEventListener('abort', abort);
      stopListening?.();
      job.close();
    }

    function* eventsOf({ events, done }: Batch): Generator<EngineEvent> {
      for (const event of events) {
        if (event.kind === 'failure') {
          const { replica, timeIndex, end, message } = event;
          yield { type: 'failure', replica, time: leavingTime(times, timeIndex, end), message };
        } else {
          const values = new Float64Array(statistics.length);
          const { trainRisk = Number.NaN, testRisk = Number.NaN, interpolation } = event;
          const samples = { trainRisk, testRisk, interpolation };
          finisher.finish(event.means, event.timeIndex, event.integrals, values, 0, samples);
          yield { type: 'samples', timeIndex: event.timeIndex, firstReplica: event.replica, values };
        }
      }
      if (done > 0) yield { type: 'progress', done };
    }
  }

  return {
    name: simulator,
    run,
    dispose: async () => {
      disposed = true;
      await local.dispose();
      await shared?.dispose();
    },
  };
}

/** What a checkpoint keeps: one entry a range, with the state of its first replica where that was on its way. */
function stateOf(ranges: readonly Range[], simulator: SimulatorName): EngineState {
  return {
    engine: simulator,
    ranges: ranges.map(({ first, count, from }) => ({ first, count, from: from ?? null })),
  };
}

/** @throws EngineStateError where these are no ranges of the request's replicas. */
function rangesOf(state: EngineState, simulator: SimulatorName, replicas: Range): Range[] {
  const refuse = (why: string) => new EngineStateError(`the state of a run on the engine ${simulator} must ${why}`);
  if (state.engine !== simulator) throw refuse(`be its own; found that of ${state.engine}`);
  if (!Array.isArray(state.ranges)) throw refuse('hold the ranges of replicas that are still to be run');
  let least = replicas.first;
  const end = replicas.first + replicas.count;
  const found = (state.ranges as { first: unknown; count: unknown; from: unknown }[]).map((range) => {
    const { first, count, from } = range ?? {};
    const good = Number.isInteger(first) && Number.isInteger(count) && (from === null || from instanceof Float64Array);
    if (!good) throw refuse('give each range a first replica, their number, and a state or null');
    return { first, count, ...(from === null ? {} : { from }) } as Range;
  });
  for (const { first, count } of [...found].sort((a, b) => a.first - b.first)) {
    if (first < least || count < 1 || first + count > end) {
      throw refuse(`hold disjoint ranges of replicas ${replicas.first} to ${end - 1}; found ${count} from ${first}`);
    }
    least = first + count;
  }
  return found;
}

/**
 * Ranges of whole replicas: long enough to be worth a message, short enough that every worker has some until the end of all `total`.
 * A replica that is on its way comes first.
 */
function split({ first, count, from }: Range, total: number, work: number, workers: number): Range[] {
  const enough = Math.ceil(RANGE_WORK / Math.max(work, 1));
  const fair = Math.ceil(total / (4 * Math.max(1, workers)));
  const length = Math.max(1, Math.min(enough, fair));
  const ranges: Range[] = [];
  for (let at = 0; at < count; at += length) ranges.push({ first: first + at, count: Math.min(length, count - at) });
  return ahead(ranges, from);
}

/** The first of some ranges goes on from a state, if there is one. */
function ahead(ranges: Range[], from: PathState | undefined): Range[] {
  return from ? ranges.map((range, i) => (i === 0 ? { ...range, from } : range)) : ranges;
}

/**
 * How many replicas run at once, and on how many threads each: whatever ends first if a replica on n > 1 threads runs 0.95·n times as
 * fast. `most`: threads that one replica can use.
 */
function arrange(count: number, workers: number, most: number): { atOnce: number; threads: number } {
  let best = { atOnce: Math.max(1, Math.min(count, workers)), threads: 1 };
  let shortest = Math.ceil(count / best.atOnce);
  for (let atOnce = 1; 2 * atOnce <= workers && atOnce <= count; atOnce++) {
    const threads = Math.min(most, Math.floor(workers / atOnce));
    const time = Math.ceil(count / atOnce) / (0.95 * threads);
    if (threads > 1 && time < shortest) {
      shortest = time;
      best = { atOnce, threads };
    }
  }
  return best;
}

/** `n` contiguous ranges, as even as can be; fewer where there are fewer replicas. */
function shares({ first, count, from }: Range, n: number): Range[] {
  const ranges = Array.from({ length: n }, (_, i) => {
    const start = Math.floor((count * i) / n);
    return { first: first + start, count: Math.floor((count * (i + 1)) / n) - start };
  });
  return ahead(
    ranges.filter((range) => range.count > 0),
    from,
  );
}

/** Whether a moment can be compiled again from its source; one made by hand stays on the calling thread. */
function travels(source: string): boolean {
  try {
    parseNamedMoment(source);
    return true;
  } catch {
    return false;
  }
}

const sharedCopies = new WeakMap<Problem, Problem>();

/** The problem with its arrays in shared memory where the runtime has it, so that threads do not each get a copy. */
function sharedProblem(problem: Problem): Problem {
  if (typeof SharedArrayBuffer !== 'function') return problem;
  const known = sharedCopies.get(problem);
  if (known) return known;
  const share = <T extends Float64Array | Float32Array>(x: T): T => {
    if (x.buffer instanceof SharedArrayBuffer) return x;
    const Type = x.constructor as new (buffer: SharedArrayBuffer) => T;
    const copy = new Type(new SharedArrayBuffer(x.byteLength));
    copy.set(x);
    return copy;
  };
  const shareSamples = (rows: Samples): Samples => ({
    ...rows,
    features: share(rows.features),
    labels: share(rows.labels),
  });
  const { data } = problem;
  const copy = {
    ...problem,
    lambda: share(problem.lambda),
    b: share(problem.b),
    u0: share(problem.u0),
    v0: share(problem.v0),
    ...(data?.kind === 'files' && {
      data: { ...data, train: shareSamples(data.train), test: data.test && shareSamples(data.test) },
    }),
  };
  sharedCopies.set(problem, copy);
  return copy;
}

function checkRequest({ times, replicas, seed, method, problem }: EnsembleRequest): void {
  const increasing = times.every((t, i) => (i === 0 ? t === 0 : t > times[i - 1] && t < Number.POSITIVE_INFINITY));
  if (times.length === 0 || !increasing) {
    throw new RangeError(
      `times must begin with 0 and increase strictly, got [${Array.from(times.slice(0, 8)).join(', ')}…].`,
    );
  }
  if (
    !Number.isInteger(replicas.first) ||
    replicas.first < 0 ||
    !Number.isInteger(replicas.count) ||
    replicas.count < 1
  ) {
    throw new RangeError(
      `replicas must be integers first ≥ 0 and count ≥ 1, got ${replicas.first} and ${replicas.count}.`,
    );
  }
  if (replicas.first + replicas.count > 2 ** 32) {
    throw new RangeError(`replicas must stay below 2³², got ${replicas.first} + ${replicas.count}.`);
  }
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`seed must be an integer from 0 to 2⁵³ − 1, got ${seed}.`);
  }
  if (method.kind === 'sde' && !(method.timeStep > 0 && Number.isFinite(method.timeStep))) {
    throw new RangeError(`timeStep must be positive and finite, got ${method.timeStep}.`);
  }
  for (const name of ['lambda', 'b', 'u0', 'v0'] as const) {
    if (problem[name].length !== problem.dimension) {
      throw new RangeError(
        `${name} must have ${problem.dimension} entries (the dimension), got ${problem[name].length}.`,
      );
    }
  }
}

/** What producers push and one consumer awaits. `undefined` is the end. */
class Queue<T> {
  #items: T[] = [];
  #at = 0;
  #ended = false;
  #error: { readonly reason: unknown } | null = null;
  #wake: (() => void) | null = null;

  /** Items that wait. */
  get length(): number {
    return this.#items.length - this.#at;
  }

  push(item: T): void {
    this.#items.push(item);
    this.#notify();
  }

  end(): void {
    this.#ended = true;
    this.#notify();
  }

  /** Takes effect at once, before what is still queued. */
  fail(reason: unknown): void {
    this.#error ??= { reason };
    this.#notify();
  }

  async next(): Promise<T | undefined> {
    for (;;) {
      if (this.#error) throw this.#error.reason;
      if (this.#at < this.#items.length) {
        const item = this.#items[this.#at++];
        if (this.#at === this.#items.length) {
          this.#items = [];
          this.#at = 0;
        }
        return item;
      }
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #notify(): void {
    this.#wake?.();
    this.#wake = null;
  }
}
