/** One experiment → one result. */

import type { Opener } from '../data/load.ts';
import { type Experiment, randomLayout, saveTimes } from '../problem/index.ts';
import { withNoise } from '../problem/table.ts';
import { problemOf } from '../random/index.ts';
import {
  buildResult,
  type Curve,
  type DensityResult,
  type InterpolationResult,
  methodName,
  type Prediction,
  type Result,
  type ResultEvent,
  withOthers,
} from '../results/index.ts';
import { Attention, EngineStateError, resolveStatistics } from '../statistics/index.ts';
import type { PdeSolution } from '../theory/index.ts';
import { type BackendChoice, type BackendOptions, type Opened, openFor } from './backends.ts';
import { beside } from './beside.ts';
import { cannotTakeUp, checkSame, type RunCheckpoint } from './checkpoint.ts';
import { Checkpoints, type Whole } from './checkpoints.ts';
import { costsOf, known } from './cost.ts';
import { estimateResults, planEstimates } from './estimates.ts';
import type { RunEvent } from './events.ts';
import { tableOf } from './files.ts';
import type { FinishedEnsemble } from './finished.ts';
import { ensembleInterpolation } from './interpolation.ts';
import { layoutGaps } from './layout.ts';
import { type Method, type MethodContext, MethodFailure } from './method.ts';
import { methodsOf } from './methods.ts';
import type { MethodName } from './name.ts';
import { toldEvents } from './order.ts';
import { Pace } from './pace.ts';
import { describeRuntime } from './runtime.ts';
import type { Shard } from './shard.ts';
import { VERSION } from './version.ts';

/** How an experiment is run. Only `seed`, `shard` and `backend` change numbers. */
export interface RunOptions extends BackendOptions {
  /** Engine of the ensembles; default 'auto': a hardware GPU if there is one, else the fastest CPU engine. */
  readonly backend?: BackendChoice;
  /** Instead of the experiment's seed. */
  readonly seed?: number;
  /** Aborting ends the run early; what is finished by then is the result. */
  readonly signal?: AbortSignal;
  /** PDE and flow at the same time as the ensembles, for a reader who watches; default: before them, so that a run that is stopped has them. */
  readonly limitsBeside?: boolean;
  /** Only this share of the replicas; PDE and flow run in the first shard. Not for experiments with an `until`. */
  readonly shard?: Shard;
  /** Milliseconds between two `checkpoint` events, at least; default: none come. */
  readonly checkpointEvery?: number;
  /** Aborting it asks for one as soon as can be, whatever the interval. */
  readonly checkpointNow?: AbortSignal;
  /** Go on from here, with the same experiment, seed and shard. Throws CheckpointError where that cannot be. */
  readonly from?: RunCheckpoint;
  /** Estimate first what each method will take, from probes of some tenths of a second, and tell it as an event. */
  readonly costs?: boolean;
  /** Opens the files of data from files by name; default, where the runtime has files: from where the process runs. */
  readonly files?: Opener;
  /** An engine that is open already; it stays open. `backend` is then without effect. */
  readonly opened?: Opened;
}

/**
 * Runs the methods of an experiment, limits (PDE, flow, predictions) first, and returns the result. The events tell how it goes on (./events.ts);
 * the first is `start`, and nothing is computed before it is read. A method that fails is told as an event and recorded in the
 * result with the curves it had; the others go on. An abort is an event too: the result then holds what was finished.
 * Before `start` it throws `BackendUnavailable`, or `ExperimentError` where the problem does not fit in memory.
 *
 * Cost: SGD d·T steps of d coordinates a replica; SDE T/timeStep such steps; PDE and flow do not depend on d, unless the problem
 * is given by values.
 */
export function runExperiment(
  resolved: Experiment,
  options: RunOptions = {},
): AsyncGenerator<RunEvent, Result, undefined> {
  const attention = new Attention();
  return attention.of(pipeline(resolved, options, attention));
}

async function* pipeline(
  resolved: Experiment,
  options: RunOptions,
  attention: Attention,
): AsyncGenerator<RunEvent, Result, undefined> {
  const { backend = 'auto', seed = resolved.seed, limitsBeside, shard } = options;
  const { signal = new AbortController().signal } = options;
  const experiment: Experiment = { ...resolved, seed };
  const times = saveTimes(experiment);
  const statistics = resolveStatistics(experiment.statistics);
  const estimates = planEstimates(experiment, times, statistics);
  const table = await tableOf(experiment, options.files);
  const problem = problemOf(experiment, 0, table);
  const laid = table ? withNoise(experiment, table, problem) : experiment;
  const checkpoints = new Checkpoints(options);
  const { checkpointDue } = checkpoints;
  const from = checkpoints.byIndex();
  const isDrawnByReplica = randomLayout(experiment.problem)?.shared === false;
  const context: MethodContext = {
    problem,
    ...(isDrawnByReplica && { problemOf: (replica: number) => problemOf(experiment, replica, table) }),
    times,
    statistics,
    seed,
    signal,
    attention,
    estimates,
    shard,
    ...(from.size > 0 && { from }),
    ...(checkpointDue && { checkpointDue }),
  };
  const started = options.from?.started ?? new Date().toISOString();
  const { engine, adapter, reason } = options.opened ?? (await openFor(experiment, backend, options));
  try {
    const names = experiment.methods
      .map(({ kind }, index): MethodName => ({ method: kind, index }))
      .filter((name) => shard === undefined || shard.index === 1 || !isLimit(name));
    const here = { software: `diagflow ${VERSION}`, backend: engine.name, adapter };
    if (options.from) checkSame(options.from, here);
    const ran = withOthers(await describeRuntime(), options.from ? [options.from] : []);
    const { methods, prediction } = methodsOf(laid, context, engine);
    yield { type: 'start', experiment, backend: engine.name, adapter, reason, methods: names };
    const whole = { ...here, ...ran, experiment, shard: shard ?? null, started };
    if (checkpointDue) yield checkpoints.event(whole);
    const asked = {
      experiment: laid,
      times,
      statistics,
      watched: estimates.statistics,
      seed,
      signal,
      problem: () => problem,
    };
    if (options.costs) yield { type: 'costs', costs: await known(costsOf(asked, { engine, adapter }), names) };
    const curves: Curve[] = [];
    const densities: DensityResult[] = [];
    let ownPath: PdeSolution | null = null;
    const interpolation: InterpolationResult[] = [];
    const events: ResultEvent[] = [];
    const seconds: Record<string, number> = {};
    const ensembles: (MethodName & { readonly ensemble: FinishedEnsemble })[] = [];
    async function* inTurn(own: readonly MethodName[]): AsyncGenerator<RunEvent, void, undefined> {
      for (const name of own) {
        if (signal.aborted) {
          events.push({ ...name, kind: 'interrupted', time: null, message: 'stopped on request before it began' });
          continue;
        }
        const ended = yield* runMethod(name, methods[name.index], signal, events, checkpoints, whole);
        seconds[methodName(name)] = ended.seconds;
        curves.push(...ended.curves);
        densities.push(...(methods[name.index].densities?.() ?? []));
        ownPath = methods[name.index].layoutPath?.() ?? ownPath;
        interpolation.push(...(methods[name.index].interpolation?.() ?? []));
        const ensemble = methods[name.index].ensemble?.();
        if (!ensemble) continue;
        ensembles.push({ ...name, ensemble });
        interpolation.push(...ensembleInterpolation(name, experiment, ensemble.summary, times[times.length - 1]));
        yield { type: 'ensemble', ...name, ensemble };
      }
    }
    let predicted: Prediction | null = null;
    if (limitsBeside) yield* beside([inTurn(names.filter(isLimit)), inTurn(names.filter((name) => !isLimit(name)))]);
    else {
      yield* inTurn(names.filter(isLimit));
      // Before what may be stopped: a predicted rate stands beside measured ones.
      if (!signal.aborted) predicted = await prediction();
      yield* inTurn(names.filter((name) => !isLimit(name)));
    }
    if (signal.aborted) yield { type: 'interrupted' };
    predicted ??= await prediction();
    const terminalRate = predicted?.terminalRate ?? null;
    const result = buildResult({
      experiment,
      provenance: { ...here, ...ran, started, seconds: inFileOrder(seconds, names) },
      curves: curves.sort((a, b) => a.index - b.index),
      estimates:
        experiment.estimates &&
        ensembles
          .sort((a, b) => a.index - b.index)
          .flatMap(({ method, index, ensemble: { summary, count, failures } }) => {
            const ensemble = { times, count, failed: failures.length, terminalRate };
            return estimateResults({ method, index }, experiment, summary, ensemble);
          }),
      densities: experiment.densities && densities,
      layout: isDrawnByReplica ? undefined : layoutGaps(problem, times, statistics, curves, ownPath),
      interpolation: experiment.predict && interpolation.sort((a, b) => a.index - b.index),
      events: toldEvents(events, experiment.methods),
      prediction: predicted,
    });
    yield { type: 'result', result };
    return result;
  } finally {
    if (!options.opened) await engine.dispose();
  }
}

const inFileOrder = (seconds: Readonly<Record<string, number>>, names: readonly MethodName[]) =>
  Object.fromEntries(names.map(methodName).flatMap((name) => (name in seconds ? [[name, seconds[name]]] : [])));

const isLimit = ({ method }: Pick<MethodName, 'method'>) => method === 'pde' || method === 'flow';

interface Ended {
  readonly curves: readonly Curve[];
  readonly seconds: number;
}

/** Drives one method; whatever happens in it ends up in `events`, never in an exception but of a checkpoint that does not fit. */
async function* runMethod(
  name: MethodName,
  method: Method,
  signal: AbortSignal,
  events: ResultEvent[],
  checkpoints: Checkpoints,
  whole: Whole,
): AsyncGenerator<RunEvent, Ended, undefined> {
  const { unit } = method;
  const kept = checkpoints.byIndex().get(name.index);
  const pace = new Pace();
  let outcome: 'finished' | 'failed' | 'interrupted' = 'finished';
  let isFinal = true;
  const { done: before = 0, seconds: earlier = 0 } = kept ?? {};
  let done = before;
  yield { type: 'method-start', ...name, total: method.total, unit };
  try {
    for await (const event of method.run()) {
      if (event.type === 'progress') {
        done += event.done;
        const { total } = method;
        const rate = (done - before) / pace.seconds;
        if (pace.progressIsDue()) yield { type: 'progress', ...name, done, total, rate };
      } else if (event.type === 'phase') {
        if (pace.progressIsDue()) yield { ...name, ...event };
      } else if (event.type === 'checkpoint') {
        checkpoints.note({ ...name, ...event.progress, done, seconds: earlier + pace.seconds });
        yield checkpoints.event(whole);
        checkpoints.written();
      } else if (event.type === 'failure') {
        events.push({ ...name, ...event.event });
        yield { type: 'failure', event: events[events.length - 1] };
      } else {
        yield { ...name, ...event };
        const partial = pace.curvesIfDue(() => method.curves());
        if (partial !== null) yield { type: 'curves', ...name, curves: partial };
      }
    }
  } catch (error) {
    if (error instanceof EngineStateError) throw cannotTakeUp(name, error);
    outcome = signal.aborted ? 'interrupted' : 'failed';
    // Another reason may be gone when the run is taken up again.
    isFinal = error instanceof MethodFailure;
    events.push({ ...name, ...whatStopped(error, signal) });
    if (outcome === 'failed') yield { type: 'failure', event: events[events.length - 1], error };
  }
  const seconds = earlier + pace.seconds;
  const all = method.curves();
  // What ended before its first sample has no curve.
  const curves = outcome === 'finished' ? all : all.filter((curve) => curve.mean.some((value) => value !== null));
  yield { type: 'curves', ...name, curves };
  yield { type: 'method-end', ...name, seconds, outcome };
  const progress = isFinal && checkpoints.checkpointDue ? method.progress?.() : null;
  if (progress) {
    checkpoints.note({ ...name, ...progress, done, seconds });
    yield checkpoints.event(whole);
    checkpoints.written();
  }
  return { curves, seconds };
}

function whatStopped(error: unknown, signal: AbortSignal): Omit<ResultEvent, 'method' | 'index'> {
  if (signal.aborted)
    return { kind: 'interrupted', time: null, message: 'stopped on request; its curves hold what had come' };
  if (error instanceof MethodFailure) return { kind: error.kind, time: error.time, message: error.message };
  return { kind: 'failed', time: null, message: error instanceof Error ? error.message : String(error) };
}
