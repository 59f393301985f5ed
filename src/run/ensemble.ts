/** SGD and SDE: replicas on an engine, gathered into an ensemble. */
import { Ensemble, type ReplicaFailure } from '../ensemble/index.ts';
import { breakpoints, sgdSteps, timeGrid, timeIndexOf, type Until } from '../problem/index.ts';
import { ensembleCurves } from '../results/index.ts';
import type { EnsembleEngine, SdeRequest, SgdRequest } from '../statistics/index.ts';
import type { MethodName } from './events.ts';
import { type Method, type MethodContext, type MethodEvent, MethodFailure } from './method.ts';
import { shareOf } from './shard.ts';
import { firstBatch, nextTotal, notReached, relativeError } from './until.ts';

export type EnsembleMethod =
  | SgdRequest
  | (Omit<SdeRequest, 'coupling'> & {
      /** Found when the method starts: a mean-field coupling needs the PDE. */
      readonly coupling: () => SdeRequest['coupling'] | Promise<SdeRequest['coupling']>;
    });

/** How many replicas. */
export interface Replicas {
  readonly replicas: number;
  readonly until?: Until;
}

function stepsOf(method: EnsembleMethod, { problem, times }: MethodContext): number {
  if (method.kind === 'sgd') return sgdSteps(times, problem.dimension)[times.length - 1];
  return timeGrid(times, method.timeStep, breakpoints(problem.stepSize, problem.horizon)).count;
}

/** The failure of a method all of whose replicas diverged; null where some did not, or there is none. */
export function allDiverged(failures: readonly Pick<ReplicaFailure, 'time'>[], count: number): MethodFailure | null {
  if (count === 0 || failures.length < count) return null;
  const last = failures.reduce((latest, { time }) => Math.max(latest, time), 0);
  const who = count === 1 ? 'its one replica' : `all ${count} replicas`;
  return new MethodFailure('failed', last, `${who} diverged, by t = ${last.toPrecision(6)}`);
}

/** Replicas numbered from 0, or those of the context's shard. */
export function ensembleMethod(
  name: MethodName,
  method: EnsembleMethod,
  { replicas, until }: Replicas,
  engine: EnsembleEngine,
  context: MethodContext,
): Method {
  const { problem, times, seed, signal, shard } = context;
  const { statistics, curves: kept, specs: estimators } = context.estimates;
  const first = shareOf(replicas, shard).first;
  let count = until ? firstBatch(replicas, until) : shareOf(replicas, shard).count;
  const shape = { times, statistics: statistics.length, curves: kept, estimators };
  const ensemble = new Ensemble({ ...shape, replicas: { first, count } });
  const names = statistics.slice(0, kept).map((statistic) => statistic.name);
  const source = { ...name, statistics: names, times };
  const curves = () => (count === 0 ? [] : ensembleCurves(source, ensemble.curves(), count, ensemble.failures.length));
  const steps = problem.dimension * stepsOf(method, context);

  async function* batch(request: SdeRequest | SgdRequest, from: number, size: number): AsyncGenerator<MethodEvent> {
    const range = { first: from, count: size };
    for await (const event of engine.run({
      problem,
      method: request,
      times,
      statistics,
      replicas: range,
      seed,
      signal,
    })) {
      ensemble.add(event);
      if (event.type === 'failure') {
        const { replica, time, message } = event;
        const text = `replica ${replica} diverged at t = ${time.toPrecision(6)}: ${message}`;
        yield { type: 'failure', event: { kind: 'diverged', time, message: text, replica } };
      } else if (event.type === 'samples') {
        yield { ...event, values: leading(event.values, statistics.length, kept) };
      } else {
        yield event;
      }
    }
    if (!ensemble.complete) throw new Error('the engine ended without a sample of every replica at every save time');
  }

  async function* run(): AsyncGenerator<MethodEvent> {
    if (count === 0) return;
    const request = method.kind === 'sgd' ? method : { ...method, coupling: await method.coupling() };
    yield* batch(request, first, count);
    if (until) yield* more(request, until);
    // A shard cannot tell whether the others diverged as well.
    const failure = shard ? null : allDiverged(ensemble.failures, count);
    if (failure) throw failure;
  }

  /** Batch after batch until the mean is known well enough. */
  async function* more(request: SdeRequest | SgdRequest, goal: Until): AsyncGenerator<MethodEvent> {
    const time = goal.time ?? times[times.length - 1];
    for (;;) {
      const curve = curves().find(({ statistic }) => statistic === goal.statistic)!;
      const reached = relativeError(curve, timeIndexOf(times, time));
      if (reached !== null && reached <= goal.relativeError) return;
      if (ensemble.failures.length === count) return;
      if (count >= goal.most) throw new MethodFailure('failed', time, notReached(goal, time, reached));
      const before = count;
      const size = nextTotal(count, goal) - count;
      ensemble.extend(size);
      count += size;
      yield* batch(request, before, size);
    }
  }

  return {
    get total() {
      return Math.max(1, steps * count);
    },
    unit: 'coordinate-steps',
    run,
    curves,
    ensemble: () =>
      ensemble.complete ? { summary: ensemble.summary(), count, failures: ensemble.failures, first } : null,
  };
}

/** The first `kept` of every `width` numbers. */
function leading(values: Float64Array, width: number, kept: number): Float64Array {
  if (kept === width) return values;
  const rows = values.length / width;
  const result = new Float64Array(rows * kept);
  for (let r = 0; r < rows; r++) result.set(values.subarray(r * width, r * width + kept), r * kept);
  return result;
}
