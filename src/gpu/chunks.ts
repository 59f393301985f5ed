/** Cuts a batch's run into chunks that occupy the GPU for about a given time, two of them in flight. */
import type { EngineEvent } from '../statistics/index.ts';
import type { Batch, ChunkResult } from './batch.ts';
import { DeviceLostError } from './errors.ts';
import { Pace } from './pace.ts';
import { type FixedLengths, type Planned, Planner } from './planner.ts';

export interface ChunkOptions {
  /** Milliseconds of GPU time a submission should take. */
  readonly targetMilliseconds: number;
  /** For tests. */
  readonly fixed?: FixedLengths;
  /** Told, after each submission that ends between steps, the steps taken so far, whether the state is at rest, and whether it is the last. */
  readonly onSubmit?: (step: number, atRest: boolean, last: boolean) => void;
}

/** Runs a batch to its end. Yields samples, failures and progress; throws the signal's reason when aborted. */
export async function* runChunks(
  batch: Batch,
  times: Float64Array,
  options: ChunkOptions,
  signal?: AbortSignal,
): AsyncGenerator<EngineEvent, void, void> {
  const { targetMilliseconds, fixed, onSubmit } = options;
  const { line } = batch.device;
  const pace = new Pace(line, targetMilliseconds, batch.device.info.software ? 50_000 : 2_000_000);
  const planner = new Planner(batch, pace, fixed);
  const reported = new Set<number>();
  const inFlight: { planned: Planned; started: number; result: Promise<ChunkResult> }[] = [];
  line.runs++;
  try {
    while (!planner.done || inFlight.length > 0) {
      signal?.throwIfAborted();
      while (!planner.done && inFlight.length < 2) {
        const planned = planner.next();
        const result = batch.submit(planned.step, planned.steps, planned.work, planned.saves);
        result.catch(() => undefined);
        if (!planner.insideStep) onSubmit?.(planner.step, planner.atRest, planner.done);
        inFlight.push({ planned, started: performance.now(), result });
      }
      const { planned, started, result } = inFlight.shift()!;
      const chunk = await result;
      const passed = line.took(started);
      pace.learn(planned.cost, chunk.milliseconds ?? passed);
      signal?.throwIfAborted();
      yield* eventsOf(batch, times, chunk, reported);
      if (planned.done > 0) yield { type: 'progress', done: planned.done };
    }
  } catch (error) {
    if (error instanceof DeviceLostError || signal?.aborted) throw error;
    throw await batch.device.explain(error);
  } finally {
    line.runs--;
  }
  const { end } = batch.program;
  if (end === null) return;
  for (let replica = 0; replica < batch.count; replica++) {
    if (reported.has(replica)) continue;
    yield { type: 'failure', replica: batch.first + replica, time: end.time, message: end.message };
  }
  for (let save = end.save; save < times.length; save++) yield missing(batch, save);
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
