/** Cuts a batch's run into chunks that occupy the GPU for about a given time, two of them in flight. */
import type { EngineEvent } from '../statistics/index.ts';
import { type Batch, type ChunkResult, LARGEST_CHUNK_DISPATCHES, LARGEST_CHUNK_STEPS } from './batch.ts';
import { DeviceLostError } from './errors.ts';
import type { Work } from './stepper.ts';

export interface ChunkOptions {
  /** Milliseconds of GPU time a submission should take. */
  readonly targetMilliseconds: number;
  /** Steps a chunk, always; for tests. */
  readonly fixedSteps?: number;
  /** Told, after each submission, the steps taken so far, whether the state is at rest, and whether it is the last. */
  readonly onSubmit?: (step: number, atRest: boolean, last: boolean) => void;
}

interface Planned {
  readonly step: number;
  readonly steps: number;
  readonly work: Work[];
  readonly saves: number[];
}

/**
 * Takes steps and saves in order. A save time needs the state at rest, so the steps before it end with `toRest`; a chunk may
 * end anywhere, and numbers do not depend on where.
 */
class Planner {
  #step = 0;
  #save = 0;
  #atRest = true;
  readonly #saves: number;

  constructor(readonly batch: Batch) {
    const { program } = batch;
    this.#saves = program.end === null ? program.saves.length : program.end.save;
  }

  /** Steps planned so far. */
  get step(): number {
    return this.#step;
  }

  get atRest(): boolean {
    return this.#atRest;
  }

  get done(): boolean {
    return this.#save >= this.#saves;
  }

  next(budget: number): Planned {
    const { batch } = this;
    const { program, stepper, observer, count } = batch;
    const perStep = stepper.dispatchesPerStep;
    const planned: Planned = { step: this.#step, steps: 0, work: [], saves: [] };
    let steps = 0;
    const room = () => LARGEST_CHUNK_DISPATCHES - planned.work.length - 2 - observer.groups.length;
    while (!this.done) {
      const target = program.saves[this.#save];
      if (this.#step === target) {
        if (planned.saves.length >= batch.rows || room() < 0) break;
        observer.save(planned.work, count, planned.saves.length);
        planned.saves.push(this.#save++);
        continue;
      }
      const n = Math.min(
        target - this.#step,
        Math.min(budget, LARGEST_CHUNK_STEPS) - steps,
        perStep === 0 ? (room() < 0 ? 0 : Number.POSITIVE_INFINITY) : Math.floor(room() / perStep),
      );
      if (n <= 0) break;
      const toRest = this.#step + n === target;
      stepper.steps(planned.work, count, steps, n, this.#atRest, toRest);
      this.#atRest = toRest;
      this.#step += n;
      steps += n;
    }
    return { ...planned, steps };
  }
}

/** Runs a batch to its end. Yields samples, failures and progress; throws the signal's reason when aborted. */
export async function* runChunks(
  batch: Batch,
  times: Float64Array,
  dimension: number,
  options: ChunkOptions,
  signal?: AbortSignal,
): AsyncGenerator<EngineEvent, void, void> {
  const planner = new Planner(batch);
  const reported = new Set<number>();
  const inFlight: { planned: Planned; started: number; result: Promise<ChunkResult> }[] = [];
  let budget = options.fixedSteps ?? firstBudget(batch, dimension);
  let finished = 0;
  try {
    while (!planner.done || inFlight.length > 0) {
      signal?.throwIfAborted();
      while (!planner.done && inFlight.length < 2) {
        const planned = planner.next(budget);
        const result = batch.submit(planned.step, planned.steps, planned.work, planned.saves);
        result.catch(() => undefined);
        options.onSubmit?.(planner.step, planner.atRest, planner.done);
        inFlight.push({ planned, started: performance.now(), result });
      }
      const { planned, started, result } = inFlight.shift()!;
      const chunk = await result;
      const now = performance.now();
      if (options.fixedSteps === undefined && planned.steps > 0) {
        const milliseconds = Math.max(0.1, now - Math.max(started, finished));
        // Chunks that were cut short by the end or by full results say little about the time of a full one.
        const wanted = (planned.steps * options.targetMilliseconds) / milliseconds;
        budget = Math.max(1, Math.floor(Math.min(wanted, 4 * Math.max(budget, planned.steps), LARGEST_CHUNK_STEPS)));
      }
      finished = now;
      signal?.throwIfAborted();
      yield* eventsOf(batch, times, chunk, reported);
      if (planned.steps > 0) yield { type: 'progress', done: dimension * planned.steps * batch.count };
    }
  } catch (error) {
    if (error instanceof DeviceLostError || signal?.aborted) throw error;
    throw await batch.device.explain(error);
  }
  const { end } = batch.program;
  if (end === null) return;
  for (let replica = 0; replica < batch.count; replica++) {
    if (reported.has(replica)) continue;
    yield { type: 'failure', replica: batch.first + replica, time: end.time, message: end.message };
  }
  for (let save = end.save; save < times.length; save++) yield missing(batch, save);
}

/** Steps of the first chunk: a few milliseconds' worth on the slower devices of each kind. */
function firstBudget(batch: Batch, dimension: number): number {
  const coordinateSteps = batch.device.info.software ? 50_000 : 2_000_000;
  return Math.max(1, Math.min(LARGEST_CHUNK_STEPS, Math.floor(coordinateSteps / (dimension * batch.count))));
}

function missing(batch: Batch, save: number): EngineEvent {
  const values = new Float64Array(batch.count * batch.observer.statistics.length).fill(Number.NaN);
  return { type: 'samples', timeIndex: save, firstReplica: batch.first, values };
}

function* eventsOf(
  batch: Batch,
  times: Float64Array,
  chunk: ChunkResult,
  reported: Set<number>,
): Generator<EngineEvent, void, void> {
  for (const [replica, { step, value }] of chunk.failures) {
    if (reported.has(replica)) continue;
    reported.add(replica);
    const quantity = batch.stepper.kernel.startsWith('sgd') ? '|r|' : '2R';
    const shown = Number.isFinite(value) ? value.toPrecision(3) : 'beyond the range of f32';
    yield {
      type: 'failure',
      replica: batch.first + replica,
      time: batch.program.timeOf(step),
      message: `the path diverged: ${quantity} is ${shown}, more than the limit. Take a smaller step size or initialization.`,
    };
  }
  for (const { save, part } of chunk.rows) {
    const done = batch.program.saves[save];
    const failed = (replica: number) => {
      const failure = chunk.failures.get(replica);
      return failure !== undefined && failure.step < done;
    };
    const values = batch.observer.values(part, batch.count, times[save], failed);
    yield { type: 'samples', timeIndex: save, firstReplica: batch.first, values };
  }
}
