/** Runs ranges of replicas of one job on the thread it lives on, in slices between which the thread can do other things. */
import type { Moment } from '../../statistics/expression.ts';
import { type HyperbolicState, MomentMeans } from '../../statistics/means.ts';
import type { Batch, PathEvent, Range } from './protocol.ts';
import type { Job, PathSink, RunReplica, Simulator } from './simulator.ts';

/** Milliseconds of work between two looks at the event loop. */
const SLICE_MS = 30;

/** Lets messages, timers and input events in. */
function breathe(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}

export class Runner {
  readonly #run: RunReplica;
  readonly #means: MomentMeans;
  #start: Float64Array | null = null;
  #closed = false;
  #held: { readonly over: Promise<void>; readonly end: () => void } | null = null;

  private constructor(run: RunReplica, job: Job, moments: readonly Moment[]) {
    this.#run = run;
    this.#means = new MomentMeans(moments, job.problem);
  }

  static async open(simulator: Simulator, job: Job, moments: readonly Moment[]): Promise<Runner> {
    return new Runner(await simulator.open(job), job, moments);
  }

  /** Between slices: no range goes on, and helpers are let go. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.hold(false);
    this.#run.close?.();
  }

  /** Between slices: nothing goes on while it is held. */
  hold(held: boolean): void {
    if (held === (this.#held !== null)) return;
    this.#held?.end();
    this.#held = null;
    if (!held) return;
    let end = () => {};
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#held = { over, end };
  }

  /** Every replica has the same start, so its means are taken once. */
  #meansOf(timeIndex: number, state: HyperbolicState): Float64Array {
    if (timeIndex > 0) return this.#means.evaluate(state);
    this.#start ??= this.#means.evaluate(state);
    return this.#start.slice();
  }

  /** Simulates a range, handing over a batch of results every slice and at the end. Ends early once the runner is closed. */
  async run(range: Range, deliver: (batch: Batch) => void): Promise<void> {
    let events: PathEvent[] = [];
    let done = 0;
    let since = performance.now();
    for (let replica = range.first; replica < range.first + range.count; replica++) {
      const sink: PathSink = {
        sample: (timeIndex, state) => {
          events.push({ kind: 'sample', replica, timeIndex, means: this.#meansOf(timeIndex, state) });
        },
        failure: (time, message) => {
          events.push({ kind: 'failure', replica, time, message });
        },
      };
      for (const work of this.#run(replica, sink)) {
        done += work;
        if (performance.now() - since < SLICE_MS) continue;
        deliver({ events, done });
        events = [];
        done = 0;
        await breathe();
        while (this.#held !== null) await this.#held.over;
        if (this.#closed) return;
        since = performance.now();
      }
    }
    if (events.length > 0 || done > 0) deliver({ events, done });
  }
}
