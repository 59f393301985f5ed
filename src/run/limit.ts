/** PDE and gradient flow as methods; the PDE is solved once for all that need it. */
import type { Dataset, Experiment, ExperimentMethod } from '../problem/index.ts';
import { datasetOfProblem, tableDataset } from '../random/index.ts';
import { type DensityResult, deterministicCurves, type InterpolationResult } from '../results/index.ts';
import { Finisher } from '../statistics/finish.ts';
import { evaluateMeans, namedStatistic, type WeightState } from '../statistics/index.ts';
import { Interpolation } from '../statistics/interpolation.ts';
import type { PdeEvent, PdeOptions, PdeSolution, PopulationState, Prediction } from '../theory/index.ts';
import { atSaveTimes, densitiesOf, type MergedTimes, mergeTimes } from './densities.ts';
import { roundingFloors, type Stepping } from './floor.ts';
import { flowInterpolation } from './interpolation.ts';
import type { layoutPath } from './layout.ts';
import { type Method, type MethodContext, type MethodEvent, MethodFailure } from './method.ts';
import type { MethodName } from './name.ts';
import { flowNotes, freshNotes, momentumNotes } from './notes.ts';
import { noValueOf } from './novalue.ts';
import { reported } from './reported.ts';

/** Tolerance of the PDE for a mean-field SDE where the file does not solve it. */
export const SILENT_TOLERANCE = 1e-8;

/** Of the PDE where only a prediction is wanted of it. */
const PREDICTION_TOLERANCE = 1e-5;

/** Loaded once it is needed: a page that only runs ensembles has no PDE solver. */
const theory = () => import('../theory/index.ts');

type OnProgress = (t: number) => void;

/** What a PDE is solved to. */
type Tolerance = Pick<Extract<ExperimentMethod, { kind: 'pde' }>, 'tolerance' | 'absoluteTolerance'>;

const keyOf = ({ tolerance, absoluteTolerance }: Tolerance) => `${tolerance} ${absoluteTolerance}`;

interface Solving {
  /** With a row for each of the merged times. */
  readonly whole: Promise<PdeSolution>;
  /** At the save times. */
  readonly promise: Promise<PdeSolution>;
  readonly listeners: OnProgress[];
  /** At the times of densities. */
  readonly states: ReadonlyMap<number, PopulationState>;
}

/** The limit of one experiment: each tolerance is solved at most once, whoever asks first. */
export class Limit {
  readonly #experiment: Experiment;
  readonly #context: MethodContext;
  readonly #solutions = new Map<string, Solving>();
  readonly #merged: MergedTimes;

  constructor(experiment: Experiment, context: MethodContext) {
    this.#experiment = experiment;
    this.#context = context;
    this.#merged = mergeTimes(context.times, experiment.densities?.times ?? []);
  }

  /** The tolerance of everything that is derived from the limit: the smallest one in the file. */
  get tolerance(): Tolerance {
    const asked = this.#experiment.methods.filter((method) => method.kind === 'pde');
    if (asked.length === 0) return { tolerance: SILENT_TOLERANCE };
    return asked.reduce((least, method) => (method.tolerance < least.tolerance ? method : least));
  }

  /**
   * What theory says of the end of the run; null where it says nothing, or nobody has asked for the limit. Measured rates
   * (`estimates`) stand beside the predicted one, so they ask for it.
   */
  async prediction(): Promise<Prediction | null> {
    const { signal, shard } = this.#context;
    const isCompared = this.#experiment.estimates?.some(({ kind }) => kind === 'rate') && (shard?.index ?? 1) === 1;
    const isSolved = this.#solutions.has(keyOf(this.tolerance));
    if (!isSolved && (!isCompared || signal.aborted)) return null;
    // A solution that failed has been told by the method that asked for it.
    const solution = await this.solve(isSolved ? this.tolerance : { tolerance: PREDICTION_TOLERANCE }).catch(
      () => null,
    );
    if (solution === null) return null;
    const { limitLaw, predict } = await theory();
    return predict(limitLaw(this.#experiment), solution);
  }

  solve(asked = this.tolerance, onProgress?: OnProgress): Promise<PdeSolution> {
    const { tolerance, absoluteTolerance } = asked;
    let entry = this.#solutions.get(keyOf(asked));
    if (entry === undefined) {
      const { statistics, signal, attention } = this.#context;
      const listeners: OnProgress[] = [];
      const states = new Map<number, PopulationState>();
      const merged = this.#merged;
      const whole = this.#solve({
        times: merged.times,
        statistics,
        tolerance,
        absoluteTolerance,
        signal,
        attention,
        onProgress: (t) => {
          for (const listener of listeners) listener(t);
        },
        ...(merged.dense.length > 0 && {
          statesAt: new Set(merged.dense),
          onState: (i: number, state: PopulationState) => {
            states.set(i, state);
          },
        }),
      });
      entry = { whole, promise: whole.then((solution) => atSaveTimes(solution, merged)), listeners, states };
      this.#solutions.set(keyOf(asked), entry);
    }
    if (onProgress !== undefined) entry.listeners.push(onProgress);
    return entry.promise;
  }

  async #solve(options: PdeOptions): Promise<PdeSolution> {
    const { limitLaw, solvePde } = await theory();
    return solvePde(limitLaw(this.#experiment), options);
  }

  /** What the file asks for as `densities`, of a solution that `solve` has given. */
  async densities(index: number, tolerance: Tolerance): Promise<DensityResult[]> {
    const asked = this.#experiment.densities;
    const entry = this.#solutions.get(keyOf(tolerance));
    if (asked === undefined || entry === undefined) return [];
    return densitiesOf(index, this.#experiment, asked, this.#merged, await entry.whole, entry.states);
  }
}

interface Computed {
  readonly values: readonly Float64Array[];
  /** Of a PDE alone. */
  readonly errors?: readonly Float64Array[];
  readonly known?: number;
  readonly events?: readonly PdeEvent[];
}

/** A computation that reports the time it has reached → a method whose samples come at its end. */
function deterministic(
  name: MethodName,
  { problem, times, statistics }: MethodContext,
  stepping: Stepping,
  compute: (onProgress: OnProgress) => Promise<Computed>,
  notes: readonly string[] = [],
): Method {
  const names = statistics.map((statistic) => statistic.name);
  const last = times[times.length - 1];
  /** [time][statistic]. */
  const values = new Float64Array(times.length * names.length).fill(Number.NaN);
  let errors: readonly Float64Array[] | undefined;

  async function* run(): AsyncGenerator<MethodEvent> {
    for (const message of notes) yield { type: 'failure', event: { kind: 'note', time: null, message } };
    const computation = reported(compute);
    let step = await computation.next();
    for (let told = 0; !step.done; step = await computation.next()) {
      yield { type: 'progress', done: (100 * (step.value - told)) / last };
      told = step.value;
    }
    const { values: rows, events = [], known = times.length, errors: found } = step.value;
    errors = found;
    for (let t = 0; t < times.length; t++) {
      const row = values.subarray(t * names.length, (t + 1) * names.length);
      for (let k = 0; k < names.length; k++) row[k] = rows[k][t];
      if (row.some((value) => !Number.isNaN(value))) {
        yield { type: 'samples', timeIndex: t, firstReplica: 0, values: row.slice() };
      }
    }
    // Where the solution ended is told by its own event.
    for (const [k, statistic] of names.entries()) {
      const lacking = Array.from(times, (_, t) => Number(t < known && !Number.isFinite(rows[k][t])));
      const event = noValueOf(statistic, times, lacking);
      if (event) yield { type: 'failure', event };
    }
    const failures = events.map(({ kind, time, message }) => {
      return new MethodFailure(kind === 'blow-up' ? 'blow-up' : 'failed', time, message);
    });
    for (const { kind, time, message } of failures.slice(1)) yield { type: 'failure', event: { kind, time, message } };
    if (failures.length > 0) throw failures[0];
  }

  const floors = roundingFloors(problem, statistics, times, stepping);
  const source = { ...name, statistics: names, times, floors };
  return { total: 100, unit: 'percent', run, curves: () => deterministicCurves(source, values, errors) };
}

export function pdeMethod(
  name: MethodName,
  tolerance: Tolerance,
  limit: Limit,
  context: MethodContext,
  stepping: Stepping,
  layout: ReturnType<typeof layoutPath>,
): Method {
  let densities: readonly DensityResult[] = [];
  let own: PdeSolution | null = null;
  const method = deterministic(
    name,
    context,
    stepping,
    async (onProgress) => {
      const solution = await limit.solve(tolerance, onProgress);
      densities = await limit.densities(name.index, tolerance);
      return solution;
    },
    [...momentumNotes(context.problem), ...freshNotes(context.problem, 'pde')],
  );
  async function* run(): AsyncGenerator<MethodEvent> {
    yield* method.run();
    if (layout === null) return;
    const last = context.times[context.times.length - 1];
    const solving = reported(layout);
    let step = await solving.next();
    for (; !step.done; step = await solving.next())
      yield { type: 'phase', what: 'what the layout makes of it', done: step.value / last };
    own = step.value;
  }
  return { ...method, run, densities: () => densities, layoutPath: () => own };
}

export function flowMethod(name: MethodName, context: MethodContext, stepping: Stepping, asksForEnd: boolean): Method {
  const { problem, times, statistics, signal, attention, seed } = context;
  let interpolation: readonly InterpolationResult[] = [];
  const method = deterministic(
    name,
    context,
    stepping,
    async (onProgress) => {
      const { solveFlow, solveTrainingFlow } = await theory();
      const options = { times, statistics, signal, attention, onProgress };
      const dataset = datasetOfProblem(problem, seed);
      if (dataset === null) return solveFlow(problem, options);
      const { data } = problem;
      const test = data?.kind === 'files' && data.test ? tableDataset(data.test, problem) : null;
      const solution = await solveTrainingFlow(problem, dataset, test, options);
      if (asksForEnd) interpolation = await interpolationOf(name, context, dataset, solution.end);
      return solution;
    },
    [...momentumNotes(problem), ...flowNotes(problem)],
  );
  return { ...method, interpolation: () => interpolation };
}

/** Of the end of a flow on a dataset. */
async function interpolationOf(
  name: MethodName,
  { problem, times, signal, attention }: MethodContext,
  dataset: Dataset,
  end: WeightState,
): Promise<InterpolationResult[]> {
  const { drive } = await theory();
  const time = times[times.length - 1];
  const named = [namedStatistic('l1'), namedStatistic('risk')];
  const finisher = new Finisher(problem, named, [time]);
  const own = new Float64Array(2);
  finisher.finish(evaluateMeans(finisher.moments, problem, end), 0, new Float64Array(0), own);
  const values = await drive(new Interpolation(problem, dataset).end(end, 0), signal, attention);
  return flowInterpolation(name, time, { l1: own[0], risk: own[1] }, values);
}
