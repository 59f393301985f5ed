/** PDE and gradient flow as methods; the PDE is solved once for all that need it. */
import type { Experiment } from '../problem/index.ts';
import { limitLaw } from '../problem/limit/index.ts';
import { deterministicCurves } from '../results/index.ts';
import { type PdeEvent, type PdeSolution, type Prediction, predict, solveFlow, solvePde } from '../theory/index.ts';
import type { MethodName } from './events.ts';
import { type Method, type MethodContext, type MethodEvent, MethodFailure } from './method.ts';

/** Tolerance of the PDE for a mean-field SDE where the file does not solve it. */
const SILENT_TOLERANCE = 1e-8;

/** Of the PDE where only a prediction is wanted of it. */
const PREDICTION_TOLERANCE = 1e-5;

type OnProgress = (t: number) => void;

/** The limit of one experiment: each tolerance is solved at most once, whoever asks first. */
export class Limit {
  readonly #experiment: Experiment;
  readonly #context: MethodContext;
  readonly #solutions = new Map<number, { promise: Promise<PdeSolution>; listeners: OnProgress[] }>();

  constructor(experiment: Experiment, context: MethodContext) {
    this.#experiment = experiment;
    this.#context = context;
  }

  /** The tolerance of everything that is derived from the limit: the smallest one in the file. */
  get tolerance(): number {
    const asked = this.#experiment.methods.flatMap((method) => (method.kind === 'pde' ? [method.tolerance] : []));
    return asked.length > 0 ? Math.min(...asked) : SILENT_TOLERANCE;
  }

  /**
   * What theory says of the end of the run; null where it says nothing, or nobody has asked for the limit. Measured rates
   * (`estimates`) stand beside the predicted one, so they ask for it.
   */
  async prediction(): Promise<Prediction | null> {
    const { signal, shard } = this.#context;
    const isCompared = this.#experiment.estimates?.some(({ kind }) => kind === 'rate') && (shard?.index ?? 1) === 1;
    const isSolved = this.#solutions.has(this.tolerance);
    if (!isSolved && (!isCompared || signal.aborted)) return null;
    // A solution that failed has been told by the method that asked for it.
    const solution = await this.solve(isSolved ? this.tolerance : PREDICTION_TOLERANCE).catch(() => null);
    return solution && predict(limitLaw(this.#experiment), solution);
  }

  solve(tolerance = this.tolerance, onProgress?: OnProgress): Promise<PdeSolution> {
    let entry = this.#solutions.get(tolerance);
    if (entry === undefined) {
      const { times, statistics, signal } = this.#context;
      const listeners: OnProgress[] = [];
      const promise = solvePde(limitLaw(this.#experiment), {
        times,
        statistics,
        tolerance,
        signal,
        onProgress: (t) => {
          for (const listener of listeners) listener(t);
        },
      });
      entry = { promise, listeners };
      this.#solutions.set(tolerance, entry);
    }
    if (onProgress !== undefined) entry.listeners.push(onProgress);
    return entry.promise;
  }
}

/** A computation that reports the time it has reached → a method whose samples come at its end. */
function deterministic(
  name: MethodName,
  { times, statistics }: MethodContext,
  compute: (onProgress: OnProgress) => Promise<{ values: readonly Float64Array[]; events?: readonly PdeEvent[] }>,
): Method {
  const names = statistics.map((statistic) => statistic.name);
  const last = times[times.length - 1];
  /** [time][statistic]. */
  const values = new Float64Array(times.length * names.length).fill(Number.NaN);

  async function* run(): AsyncGenerator<MethodEvent> {
    let reached = 0;
    let told = 0;
    let wake = () => {};
    const result = compute((t) => {
      reached = Math.max(reached, t);
      wake();
    });
    let over = false;
    const end = result.then(
      () => {},
      () => {},
    );
    end.then(() => {
      over = true;
    });
    while (!over) {
      if (reached > told) {
        yield { type: 'progress', done: (100 * (reached - told)) / last };
        told = reached;
      }
      const progress = new Promise<void>((resolve) => {
        wake = resolve;
      });
      await Promise.race([end, progress]);
    }
    const { values: rows, events = [] } = await result;
    for (let t = 0; t < times.length; t++) {
      const row = values.subarray(t * names.length, (t + 1) * names.length);
      for (let k = 0; k < names.length; k++) row[k] = rows[k][t];
      if (row.some((value) => !Number.isNaN(value))) {
        yield { type: 'samples', timeIndex: t, firstReplica: 0, values: row.slice() };
      }
    }
    const failures = events.map(({ kind, time, message }) => {
      return new MethodFailure(kind === 'blow-up' ? 'blow-up' : 'failed', time, message);
    });
    for (const { kind, time, message } of failures.slice(1)) yield { type: 'failure', event: { kind, time, message } };
    if (failures.length > 0) throw failures[0];
  }

  const source = { ...name, statistics: names, times };
  return { total: 100, unit: 'percent', run, curves: () => deterministicCurves(source, values) };
}

export function pdeMethod(name: MethodName, tolerance: number, limit: Limit, context: MethodContext): Method {
  return deterministic(name, context, (onProgress) => limit.solve(tolerance, onProgress));
}

export function flowMethod(name: MethodName, context: MethodContext): Method {
  const { problem, times, statistics, signal } = context;
  return deterministic(name, context, (onProgress) => solveFlow(problem, { times, statistics, signal, onProgress }));
}
