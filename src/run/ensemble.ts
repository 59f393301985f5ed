/** SGD and SDE: replicas on an engine, gathered into an ensemble. */

import {
  Ensemble,
  type EnsembleCurves,
  type EnsembleShape,
  type EstimatorSpec,
  type ReplicaFailure,
} from '../ensemble/index.ts';
import { breakpoints, type Problem, type ResolvedUntil, sgdSteps, timeGrid, timeIndexOf } from '../problem/index.ts';
import { ensembleCurves } from '../results/index.ts';
import type { EngineState, EnsembleEngine, SdeRequest, SgdRequest } from '../statistics/index.ts';
import { CheckpointError, type EnsembleProgress, takenUp } from './checkpoint.ts';
import { roundingFloors, type Stepping } from './floor.ts';
import { type Method, type MethodContext, type MethodEvent, MethodFailure } from './method.ts';
import type { MethodName } from './name.ts';
import { freshNotes, momentumNotes } from './notes.ts';
import { type NoValue, noValueOf } from './novalue.ts';
import { reported } from './reported.ts';
import { shareOf } from './shard.ts';
import { firstBatch, nextTotal, notReached, relativeError } from './until.ts';

export type EnsembleMethod =
  | SgdRequest
  | (Omit<SdeRequest, 'coupling'> & {
      /** Found when the method starts: a mean-field coupling needs the PDE. */
      readonly coupling: (onProgress: (t: number) => void) => SdeRequest['coupling'] | Promise<SdeRequest['coupling']>;
    });

/** How many replicas. */
export interface Replicas {
  readonly replicas: number;
  readonly until?: ResolvedUntil;
}

function stepsOf(method: EnsembleMethod, { problem, times }: MethodContext): number {
  if (method.kind === 'sgd') return sgdSteps(times, problem.dimension)[times.length - 1];
  return timeGrid(times, method.timeStep, breakpoints(problem.stepSize, problem.horizon)).count;
}

/** The failure of a method all of whose `count` replicas diverged, the last of them among `failures`; null where some did not, or there is none. */
export function allDiverged(
  failures: readonly Pick<ReplicaFailure, 'time'>[],
  count: number,
  failed = failures.length,
): MethodFailure | null {
  if (count === 0 || failed < count) return null;
  const last = failures.reduce((latest, { time }) => Math.max(latest, time), 0);
  const who = count === 1 ? 'its one replica' : `all ${count} replicas`;
  return new MethodFailure('failed', last, `${who} diverged, by t = ${last.toPrecision(6)}`);
}

/** Estimators that take logarithms, or compare with what becomes as small as one likes, are told where values end. */
function aboveFloor(spec: EstimatorSpec, floors: Float64Array): EstimatorSpec {
  return spec.kind === 'rate' || spec.kind === 'convergence' ? { ...spec, floor: floors[spec.statistic] } : spec;
}

/** Replicas numbered from 0, or those of the context's shard. */
export function ensembleMethod(
  name: MethodName,
  method: EnsembleMethod,
  { replicas, until }: Replicas,
  engine: EnsembleEngine,
  context: MethodContext,
  stepping: Stepping,
): Method {
  const { problem, problemOf, times, seed, signal, attention, shard, checkpointDue } = context;
  const { statistics, curves: kept } = context.estimates;
  const floors = roundingFloors(problem, statistics, times, stepping);
  const estimators = context.estimates.specs.map((spec) => aboveFloor(spec, floors));
  const first = shareOf(replicas, shard).first;
  const begun = { first, count: until ? firstBatch(replicas, until) : shareOf(replicas, shard).count };
  const shape = { times, statistics: statistics.length, curves: kept, estimators, replicas: begun };
  const from = context.from?.get(name.index);
  const ensemble = from
    ? takenUp(name, () => ensembleOf(from, shape, problemOf !== undefined, until))
    : new Ensemble(shape);
  let batchNow = from?.batch ?? begun;
  let count = batchNow.first + batchNow.count - first;
  const names = statistics.slice(0, kept).map((statistic) => statistic.name);
  const source = { ...name, statistics: names, times, floors };
  const curves = () => (count === 0 ? [] : ensembleCurves(source, ensemble.curves(), count, ensemble.failures.length));
  const steps = problem.dimension * stepsOf(method, context);

  async function* batch(
    request: SdeRequest | SgdRequest,
    range: EnsembleProgress['batch'],
    state?: EngineState,
  ): AsyncGenerator<MethodEvent> {
    if (problemOf) yield* oneByOne(problemOf, request, range, state);
    else yield* together(problem, request, range, range, state);
    if (!ensemble.complete) throw new Error('the engine ended without a sample of every replica at every save time');
  }

  /** Engines run replicas of one problem: where each has its own, each is a request. */
  async function* oneByOne(
    problemOf: (replica: number) => Problem,
    request: SdeRequest | SgdRequest,
    { first, count }: EnsembleProgress['batch'],
    state?: EngineState,
  ): AsyncGenerator<MethodEvent> {
    for (let k = 0; k < count; k++) {
      signal.throwIfAborted();
      const rest = { first: first + k, count: count - k };
      batchNow = rest;
      // Short paths end before their engine asks.
      if (k > 0 && checkpointDue?.())
        yield { type: 'checkpoint', progress: { ensemble: ensemble.state(), batch: rest, engine: null } };
      yield* together(problemOf(first + k), request, { first: first + k, count: 1 }, rest, k === 0 ? state : undefined);
    }
  }

  /** One request; `range`: the replicas that are ahead with it. */
  async function* together(
    problem: Problem,
    request: SdeRequest | SgdRequest,
    replicas: EnsembleProgress['batch'],
    range: EnsembleProgress['batch'],
    state?: EngineState,
  ): AsyncGenerator<MethodEvent> {
    batchNow = range;
    const asked = {
      problem,
      method: request,
      times,
      statistics,
      replicas,
      seed,
      signal,
      attention,
      checkpointDue,
      from: state,
    };
    for await (const event of engine.run(asked)) {
      if (event.type === 'checkpoint') {
        yield { type: 'checkpoint', progress: { ensemble: ensemble.state(), batch: range, engine: event.state } };
        continue;
      }
      ensemble.add(event);
      if (event.type === 'failure') {
        yield diverged(event);
      } else if (event.type === 'samples') {
        yield { ...event, values: leading(event.values, statistics.length, kept) };
      } else {
        yield event;
      }
    }
  }

  async function* run(): AsyncGenerator<MethodEvent> {
    if (count === 0) return;
    // Also when it goes on: checkpoints hold no notes. Not by every shard.
    if (method.kind === 'sde' && (shard?.index ?? 1) === 1)
      for (const message of [...momentumNotes(problem), ...freshNotes(problem, 'sde')])
        yield { type: 'failure', event: { kind: 'note', time: null, message } };
    const request = method.kind === 'sgd' ? method : { ...method, coupling: yield* couplingOf(method) };
    for (const failure of ensemble.failures) yield diverged(failure);
    if (!ensemble.complete) yield* batch(request, batchNow, from?.engine ?? undefined);
    if (until) yield* more(request, until);
    for (const event of noValues(names, times, ensemble.curves())) yield { type: 'failure', event };
    // A shard cannot tell whether the others diverged as well.
    const failure = shard ? null : allDiverged(ensemble.failures, count);
    if (failure) throw failure;
  }

  /** The limit of a mean-field coupling takes its time: a phase of its own. */
  async function* couplingOf({ coupling }: Extract<EnsembleMethod, { kind: 'sde' }>) {
    const computation = reported(coupling);
    let step = await computation.next();
    for (; !step.done; step = await computation.next()) {
      yield { type: 'phase', what: 'PDE of its risk', done: step.value / times[times.length - 1] } as const;
    }
    return step.value;
  }

  /** Batch after batch until the mean is known well enough. */
  async function* more(request: SdeRequest | SgdRequest, goal: ResolvedUntil): AsyncGenerator<MethodEvent> {
    const { time } = goal;
    for (;;) {
      const curve = curves().find(({ statistic }) => statistic === goal.statistic)!;
      const reached = relativeError(curve, timeIndexOf(times, time));
      if (reached !== null && reached <= goal.relativeError) return;
      if (ensemble.failures.length === count) return;
      if (count >= goal.most) throw new MethodFailure('failed', time, notReached(goal, time, reached));
      const range = { first: first + count, count: nextTotal(count, goal) - count };
      ensemble.extend(range.count);
      count += range.count;
      yield* batch(request, range);
    }
  }

  return {
    get total() {
      return Math.max(1, steps * count);
    },
    unit: 'coordinate-steps',
    run,
    curves,
    progress: () => (ensemble.complete ? { ensemble: ensemble.state(), batch: batchNow, engine: null } : null),
    ensemble: () =>
      ensemble.complete ? { summary: ensemble.summary(), count, failures: ensemble.failures, first } : null,
  };
}

/** @throws Error where what was kept is not of this shape. */
function ensembleOf(
  { ensemble: state, batch, engine }: EnsembleProgress,
  shape: EnsembleShape,
  isOneByOne: boolean,
  until?: ResolvedUntil,
): Ensemble {
  const { first, count } = state.replicas;
  const most = until ? until.most : shape.replicas.count;
  if (count > most || batch.first + batch.count !== first + count || batch.first < first) {
    throw new CheckpointError(`it must hold ${most} replicas at most, the last of them in the batch; found ${count}`);
  }
  const ensemble = Ensemble.of(state, shape);
  if (engine === null && !ensemble.complete && !isOneByOne)
    throw new CheckpointError('samples are missing that nobody would compute');
  return ensemble;
}

/** An event for each statistic that has no value somewhere. */
export function noValues(
  names: readonly string[],
  times: ArrayLike<number>,
  { statistics, counts }: EnsembleCurves,
): NoValue[] {
  const events = names.map((statistic, k) => noValueOf(statistic, times, statistics[k].undefinedValues, counts));
  return events.filter((event) => event !== null);
}

function diverged({ replica, time, message }: ReplicaFailure): MethodEvent {
  const text = `replica ${replica} diverged at t = ${time.toPrecision(6)}: ${message}`;
  return { type: 'failure', event: { kind: 'diverged', time, message: text, replica } };
}

/** The first `kept` of every `width` numbers. */
function leading(values: Float64Array, width: number, kept: number): Float64Array {
  if (kept === width) return values;
  const rows = values.length / width;
  const result = new Float64Array(rows * kept);
  for (let r = 0; r < rows; r++) result.set(values.subarray(r * width, r * width + kept), r * kept);
  return result;
}
