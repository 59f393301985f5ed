/** Cuts a batch's run into chunks that occupy the GPU for about a given time, two of them in flight. */
import { divergence, divergenceOfSteps, leavingTime, withoutStepSize } from '../problem/divergence.ts';
import { type EngineEvent, EngineStateError } from '../statistics/index.ts';
import type { Batch, ChunkResult } from './batch.ts';
import { DeviceLostError } from './errors.ts';
import { FIRST_UNITS, Pace } from './pace.ts';
import type { Planes } from './planes.ts';
import { type FixedLengths, type Place, type Planned, Planner } from './planner.ts';
import type { Turn } from './stepper.ts';

export interface ChunkOptions {
  /** Milliseconds of GPU time a submission should take. */
  readonly targetMilliseconds: number;
  /** For tests. */
  readonly fixed?: FixedLengths;
  /** Told, after each submission that ends between steps, the steps taken so far, whether the state is at rest, and whether it is the last. */
  readonly onSubmit?: (step: number, atRest: boolean, last: boolean) => void;
  /** Asked after each chunk: whether the state of the batch should be handed out. */
  readonly checkpointDue?: () => boolean;
  /** The state to begin with, instead of the start. */
  readonly from?: BatchState;
}

/** A batch on its way, as plain data. */
export interface BatchState extends Place {
  readonly first: number;
  readonly count: number;
  readonly turn: Turn | null;
  /** Replicas whose failure has been told, from 0. */
  readonly reported: readonly number[];
  readonly planes: Planes;
}

/** @throws EngineStateError where it is no state of a batch of these replicas. */
export function checkBatchState(state: unknown, { first, count }: { first: number; count: number }): BatchState {
  const s = (typeof state === 'object' && state !== null ? state : {}) as Partial<BatchState>;
  const whole = (x: unknown, least: number, end: number) =>
    Number.isInteger(x) && (x as number) >= least && (x as number) < end;
  const { turn } = s;
  const good =
    whole(s.first, first, first + count) &&
    whole(s.count, 1, first + count - s.first! + 1) &&
    whole(s.step, 0, Number.MAX_SAFE_INTEGER) &&
    whole(s.save, 0, Number.MAX_SAFE_INTEGER) &&
    typeof s.atRest === 'boolean' &&
    (turn === null || (whole(turn?.parity, 0, 2) && typeof turn?.known === 'boolean')) &&
    Array.isArray(s.reported) &&
    s.reported.every((replica) => whole(replica, 0, s.count!)) &&
    typeof s.planes === 'object' &&
    s.planes !== null;
  if (!good) throw new EngineStateError('the state of a batch must say which replicas it holds and where they are');
  return s as BatchState;
}

/** Runs a batch to its end. Yields samples, failures and progress; throws the signal's reason when aborted. */
export async function* runChunks(
  batch: Batch,
  times: Float64Array,
  options: ChunkOptions,
  signal?: AbortSignal,
): AsyncGenerator<EngineEvent, void, void> {
  const { targetMilliseconds, fixed, onSubmit, from, checkpointDue } = options;
  const { line } = batch.device;
  const pace = new Pace(line, targetMilliseconds, FIRST_UNITS[batch.device.info.software ? 'software' : 'hardware']);
  const planner = new Planner(batch, pace, fixed, from);
  const reported = new Set<number>(from?.reported);
  const inFlight: { planned: Planned; started: number; result: Promise<ChunkResult> }[] = [];
  // Nothing new is begun until what is in flight is done and read back.
  let leaving = false;
  line.runs++;
  try {
    if (from) {
      await batch.takeUp(from.planes);
      if (from.turn) batch.stepper.turn = from.turn;
    }
    while (!planner.done || inFlight.length > 0) {
      signal?.throwIfAborted();
      if (leaving && inFlight.length === 0 && planner.isWhole) {
        leaving = false;
        yield { type: 'checkpoint', state: { engine: 'gpu', batch: await stateOf(batch, planner, reported) } };
        signal?.throwIfAborted();
      }
      while (!planner.done && !(leaving && planner.isWhole) && inFlight.length < 2) {
        const planned = planner.next(leaving);
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
      leaving ||= !planner.done && (checkpointDue?.() ?? false);
    }
  } catch (error) {
    if (error instanceof DeviceLostError || error instanceof EngineStateError || signal?.aborted) throw error;
    throw await batch.device.explain(error);
  } finally {
    line.runs--;
  }
  const { end } = batch.program;
  if (end === null) return;
  for (let replica = 0; replica < batch.count; replica++) {
    if (reported.has(replica)) continue;
    const time = leavingTime(times, end.save, end.time);
    yield { type: 'failure', replica: batch.first + replica, time, message: end.message };
  }
  for (let save = end.save; save < times.length; save++) yield missing(batch, save);
}

/** To be asked while nothing is in flight. */
async function stateOf(batch: Batch, { step, save, atRest }: Planner, reported: Set<number>): Promise<BatchState> {
  const { first, count, stepper } = batch;
  const turn = stepper.turn ?? null;
  return { first, count, step, save, atRest, turn, reported: [...reported], planes: await batch.planes() };
}

function missing(batch: Batch, save: number): EngineEvent {
  const values = new Float64Array(batch.count * batch.observer.statistics.length).fill(Number.NaN);
  return { type: 'samples', timeIndex: save, firstReplica: batch.first, values };
}

/** Samples of a chunk and who diverged, in the order of time. */
function* eventsOf(
  batch: Batch,
  times: Float64Array,
  chunk: ChunkResult,
  reported: Set<number>,
): Generator<EngineEvent, void, void> {
  const { program, limits, observer, count, first } = batch;
  const quantity = batch.stepper.kernel.startsWith('sgd') ? '|r|' : '2R';
  const limit = quantity === '|r|' ? limits.residual : limits.twiceRisk;
  const told = (of: '|r|' | '2R', value: number, most: number) =>
    batch.stepper.kernel === 'sde-generic' ? divergenceOfSteps(value, most) : divergence(of, value, most);
  function* inSteps(end: number): Generator<EngineEvent, void, void> {
    for (const [replica, { step, value }] of chunk.failures) {
      if (step >= end || reported.has(replica)) continue;
      reported.add(replica);
      const save = Array.prototype.findIndex.call(program.saves, (done) => done > step);
      const time = leavingTime(times, save, program.timeOf(step + 1));
      // WITHOUT_STEP_SIZE of shaders/lib/stepsize.wgsl.
      const message = value === -1 ? withoutStepSize() : told(quantity, value, limit);
      yield { type: 'failure', replica: first + replica, time, message };
    }
  }
  for (const { save, part } of chunk.rows) {
    yield* inSteps(program.saves[save]);
    const { values, twiceRisk } = observer.read(part, count, save);
    const width = observer.statistics.length;
    for (let replica = 0; replica < count; replica++) {
      const twice = twiceRisk[replica];
      if (!reported.has(replica) && !(twice <= limits.twiceRisk)) {
        reported.add(replica);
        const message = told('2R', twice, limits.twiceRisk);
        yield { type: 'failure', replica: first + replica, time: leavingTime(times, save), message };
      }
      if (reported.has(replica)) values.fill(Number.NaN, replica * width, (replica + 1) * width);
    }
    yield { type: 'samples', timeIndex: save, firstReplica: first, values };
  }
  yield* inSteps(Number.POSITIVE_INFINITY);
}
