/** Runs ranges of replicas of one job on the thread it lives on, in slices between which the thread can do other things. */
import type { Moment } from '../../expression/expression.ts';
import { MomentMeans, type WeightState } from '../../statistics/means.ts';
import { SampleMeans } from '../samplemeans.ts';
import type { Batch, PathEvent, Range } from './protocol.ts';
import type { Job, PathSink, PathState, RunReplica, Simulator } from './simulator.ts';

/** Milliseconds of work between two looks at the event loop. */
const SLICE_MS = 30;

type Sample = Extract<PathEvent, { kind: 'sample' }>;

const NONE = new Float64Array(0);

/** Lets messages, timers and input events in. */
function breathe(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}

/** Something to wait for while it is shut. */
class Gate {
  #shut: { readonly over: Promise<void>; readonly end: () => void } | null = null;

  set shut(shut: boolean) {
    if (shut === (this.#shut !== null)) return;
    this.#shut?.end();
    this.#shut = null;
    if (!shut) return;
    let end = () => {};
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#shut = { over, end };
  }

  /** Resolves once it is open. */
  async pass(): Promise<void> {
    while (this.#shut !== null) await this.#shut.over;
  }
}

export class Runner {
  readonly #run: RunReplica;
  readonly #means: MomentMeans;
  readonly #samples: SampleMeans | null;
  #start: Float64Array | null = null;
  #closed = false;
  /** Shut while whoever reads the results has enough of them. */
  readonly #reader = new Gate();
  /** Shut from the place where a path was left until all others are left too. */
  readonly #leaving = new Gate();
  #leave = false;
  /** Where the running path was left just now. */
  #left: PathState | null = null;

  private constructor(run: RunReplica, job: Job, moments: readonly Moment[]) {
    this.#run = run;
    this.#means = new MomentMeans(moments, job.problem);
    this.#samples = job.samples && job.problem.data ? new SampleMeans(job.problem, job.seed, job.samples) : null;
  }

  static async open(simulator: Simulator, job: Job, moments: readonly Moment[]): Promise<Runner> {
    return new Runner(await simulator.open(job), job, moments);
  }

  /** Between slices: no range goes on, and helpers are let go. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.hold(false);
    this.go();
    this.#run.close?.();
  }

  /** Between slices: nothing goes on while it is held. */
  hold(held: boolean): void {
    this.#reader.shut = held && !this.#closed;
  }

  /** The running range stops where its path can be left, hands over what is left, and waits for `go`. */
  leave(): void {
    this.#leave = !this.#closed;
  }

  go(): void {
    this.#leave = false;
    this.#leaving.shut = false;
  }

  /** Every replica has the same start, so its means are taken once. */
  #meansOf(timeIndex: number, state: WeightState): Float64Array {
    if (timeIndex > 0) return this.#means.evaluate(state);
    this.#start ??= this.#means.evaluate(state);
    return this.#start.slice();
  }

  /**
   * Simulates a range, handing over a batch of results every slice and at the end. Ends early once the runner is closed. `left`: what
   * remains of the range after all that was delivered, where `leave` asked for it.
   */
  async run(range: Range, deliver: (batch: Batch) => void, left: (range: Range) => void): Promise<void> {
    let events: PathEvent[] = [];
    let done = 0;
    let since = performance.now();
    const end = range.first + range.count;
    for (let replica = range.first; replica < end; replica++) {
      /** A sample that still wants its means over samples. */
      const waiting: { event: Sample; state: WeightState }[] = [];
      const sink: PathSink = {
        sample: (timeIndex, state, integrals = NONE) => {
          const means = this.#meansOf(timeIndex, state);
          const event = { kind: 'sample', replica, timeIndex, means, integrals: integrals.slice() } as const;
          if (this.#samples) waiting.push({ event, state });
          else events.push(event);
        },
        failure: (timeIndex, message, end) => {
          events.push({ kind: 'failure', replica, timeIndex, end, message });
        },
        rest: (copy) => {
          if (!this.#leave) return false;
          this.#leave = false;
          this.#left = copy();
          return true;
        },
      };
      for (const work of this.#run(replica, sink, replica === range.first ? range.from : undefined)) {
        done += work;
        for (const { event, state } of waiting.splice(0)) {
          const measuring = this.#samples!.of(state, replica, event.timeIndex);
          let step = measuring.next();
          for (; !step.done; step = measuring.next()) {
            if (performance.now() - since < SLICE_MS) continue;
            await breathe();
            if (this.#closed) return;
            since = performance.now();
          }
          events.push({ ...event, ...step.value });
        }
        if (this.#left === null && performance.now() - since < SLICE_MS) continue;
        deliver({ events, done });
        events = [];
        done = 0;
        if (this.#left !== null) {
          const from = this.#left;
          this.#left = null;
          this.#leaving.shut = true;
          left({ first: replica, count: end - replica, from });
        }
        await breathe();
        await this.#reader.pass();
        await this.#leaving.pass();
        if (this.#closed) return;
        since = performance.now();
      }
    }
    if (events.length > 0 || done > 0) deliver({ events, done });
  }
}
