/** A GPU engine that outlives its device: where that is lost, another is opened and the run goes on, to the same numbers. */
import type { EngineEvent, EngineState, EnsembleEngine, EnsembleRequest } from '../statistics/index.ts';

/** Opens an engine anew. Throws where the machine gives none. */
export type Reopen = () => Promise<EnsembleEngine>;

/**
 * What has been passed on of a request, so that nothing is passed on twice. A (replica, time) and a failed replica have the same
 * values in every attempt (docs/paths.md), so the later ones are left out.
 */
class Passed {
  /** Save times of each replica that were passed on, and that came in this attempt; they come in order, so a number says which. */
  readonly #rows: Uint32Array;
  readonly #came: Uint32Array;
  readonly #failed = new Set<number>();
  readonly #first: number;
  readonly #times: number;
  readonly #width: number;
  #done = 0;
  /** Work done in this attempt, and on the replicas that it left out. */
  #doneNow = 0;
  /** Where another attempt would begin: the first replica, or the state, and the work done by then. */
  #restart: { readonly done: number; readonly replica: number; readonly from?: EngineState };
  /** Whether it may leave replicas out: states are of the whole request. */
  readonly #mayCut: boolean;

  constructor({ replicas, times, statistics, from, checkpointDue }: EnsembleRequest) {
    this.#first = replicas.first;
    this.#times = times.length;
    this.#width = statistics.length;
    this.#rows = new Uint32Array(replicas.count);
    this.#came = new Uint32Array(replicas.count);
    this.#restart = { done: 0, replica: replicas.first, from };
    this.#mayCut = from === undefined && checkpointDue === undefined;
  }

  /** A new attempt begins: after the last checkpoint, or with the first replica that is not complete. */
  again(): Pick<EnsembleRequest, 'replicas' | 'from'> {
    const { done, replica, from } = this.#restart;
    this.#doneNow = done;
    this.#came.fill(0, replica - this.#first);
    return { replicas: { first: replica, count: this.#first + this.#rows.length - replica }, from };
  }

  /** What of the event is new; null if nothing. */
  fresh(event: EngineEvent): EngineEvent | null {
    if (event.type === 'failure') {
      if (this.#failed.has(event.replica)) return null;
      this.#failed.add(event.replica);
      return event;
    }
    if (event.type === 'samples') return this.#freshRows(event);
    if (event.type === 'checkpoint') {
      // Its reader has read more than a state of the past knows of.
      if (this.#doneNow < this.#done) return null;
      this.#restart = { done: this.#doneNow, replica: this.#first, from: event.state };
      return event;
    }
    if (event.type !== 'progress') return event;
    this.#doneNow += event.done;
    const done = this.#doneNow - this.#done;
    this.#done = Math.max(this.#done, this.#doneNow);
    // Batches are computed one after another: when all that were begun are complete, so is the work on them.
    const open = this.#came.findIndex((rows) => rows < this.#times);
    if (this.#mayCut && (open < 0 || this.#came.subarray(open).every((rows) => rows === 0))) {
      const replica = this.#first + (open < 0 ? this.#came.length : open);
      this.#restart = { done: this.#doneNow, replica };
    }
    return done > 0 ? { type: 'progress', done } : null;
  }

  /** A batch's rows come together, and are all known or all new but where batches are cut anew. */
  #freshRows(event: Extract<EngineEvent, { type: 'samples' }>): EngineEvent | null {
    const { timeIndex, firstReplica, values } = event;
    const from = firstReplica - this.#first;
    const count = values.length / this.#width;
    this.#came.fill(timeIndex + 1, from, from + count);
    let known = 0;
    while (known < count && this.#rows[from + known] > timeIndex) known++;
    let end = known;
    while (end < count && this.#rows[from + end] <= timeIndex) this.#rows[from + end++] = timeIndex + 1;
    if (end === known) return null;
    return {
      type: 'samples',
      timeIndex,
      firstReplica: firstReplica + known,
      values: values.subarray(known * this.#width, end * this.#width),
    };
  }
}

const isLoss = (error: unknown): error is Error => error instanceof Error && error.name === 'DeviceLostError';

/**
 * Wraps an engine whose device may be lost. A run then begins again at the first replica that is not complete, at most `restarts`
 * times; what was lost, and that it goes on, is told as a `notice`.
 */
export class RestartingEngine implements EnsembleEngine {
  readonly name: EnsembleEngine['name'];
  #engine: EnsembleEngine;
  #replacing: Promise<void> | null = null;

  constructor(
    engine: EnsembleEngine,
    private readonly reopen: Reopen,
    private readonly restarts: number,
  ) {
    this.#engine = engine;
    this.name = engine.name;
  }

  async *run(request: EnsembleRequest): AsyncGenerator<EngineEvent, void, void> {
    const passed = new Passed(request);
    for (let restarts = 0; ; restarts++) {
      const engine = this.#engine;
      const again = passed.again();
      try {
        if (again.replicas.count === 0) return;
        for await (const event of engine.run({ ...request, ...again })) {
          const fresh = passed.fresh(event);
          if (fresh !== null) yield fresh;
        }
        return;
      } catch (error) {
        if (!isLoss(error) || request.signal?.aborted || restarts >= this.restarts) throw error;
        await this.#replace(engine, error);
        yield { type: 'notice', message: this.#words(error, passed.again(), restarts + 1) };
      }
    }
  }

  #words(error: Error, { replicas: { first, count }, from }: ReturnType<Passed['again']>, restarts: number): string {
    const where = from ? 'go on from the last checkpoint' : 'start again';
    const which = `replicas ${first} to ${first + count - 1}`;
    return `${error.message.split(';')[0]}; a new one was opened, and ${which} ${where} (restart ${restarts} of ${this.restarts})`;
  }

  /** Once for all the runs that the loss ended. Throws the loss where there is no other device. */
  async #replace(lost: EnsembleEngine, error: Error): Promise<void> {
    if (this.#engine !== lost) return;
    this.#replacing ??= (async () => {
      await lost.dispose();
      this.#engine = await this.reopen();
    })().finally(() => {
      this.#replacing = null;
    });
    try {
      await this.#replacing;
    } catch {
      throw error;
    }
  }

  async dispose(): Promise<void> {
    await this.#replacing?.catch(() => {});
    await this.#engine.dispose();
  }
}
