/** What part of a gap to the limit is the layout's (docs/layout.md, "What a gap is made of"). */
import { modelOf, stateDefinition } from '../dynamics/index.ts';
import { genericModel } from '../dynamics/models/compiled.ts';
import { type Experiment, hyperbolicStart, type Problem, randomLayout, sgdSteps } from '../problem/index.ts';
import type { Curve, LayoutGap } from '../results/index.ts';
import { Finisher } from '../statistics/finish.ts';
import { evaluateMeans, type Statistic, type WeightState } from '../statistics/index.ts';
import type { PdeSolution } from '../theory/index.ts';
import type { MethodContext } from './method.ts';

/** Coordinate-steps of ensembles for which a class of the PDE is solved: about as much work. */
const STEPS_A_CLASS = 2 ** 18;
/** Classes at most, some ten seconds of work; and coordinates of laws of a few values, which are grouped. */
const MOST_CLASSES = 4096;
const MOST_GROUPED = 2 ** 20;
/** With many classes errors average out, and the tolerance is met a thousand times over; with few a smaller one costs nothing. */
const TOLERANCES = { few: 1e-6, many: 1e-2 } as const;

/**
 * The limit of the problem itself, each of whose coordinates is a class of its own, at the save times; null where that is the limit of its
 * law, where nothing is compared with it, or where it costs more than the ensembles. Cost: some milliseconds a distinct coordinate.
 */
export function layoutPath(
  experiment: Experiment,
  context: MethodContext,
): ((onProgress: (t: number) => void) => Promise<PdeSolution>) | null {
  const { problem, problemOf, times, statistics, signal, attention } = context;
  const { covariance, target, initialization } = experiment.problem;
  const isGiven = [covariance, target, initialization].some(({ kind }) => kind === 'values');
  if (problemOf || problem.data || isGiven) return null;
  const { dimension: d } = problem;
  const steps = d * sgdSteps(times, d)[times.length - 1];
  const work = experiment.methods.reduce((sum, method) => {
    if (!('replicas' in method)) return sum;
    return sum + method.replicas * (method.kind === 'sgd' ? steps : (d * times[times.length - 1]) / method.timeStep);
  }, 0);
  if (work === 0) return null;
  const isMany =
    covariance.kind === 'power-law' ||
    covariance.kind === 'marchenko-pastur' ||
    target.kind === 'gaussian' ||
    initialization.kind === 'gaussian';
  if (d > (isMany ? Math.min(MOST_CLASSES, work / STEPS_A_CLASS) : MOST_GROUPED)) return null;
  if (!isMany && randomLayout(experiment.problem) === null) {
    const share = target.kind === 'sparse' ? target.fraction : 1;
    const high = covariance.kind === 'two-level' ? covariance.fraction : 1;
    const isWhole = (count: number) => Math.abs(count - Math.round(count)) < 1e-9 * d;
    if ([share * d, high * d, share * high * d].every(isWhole)) return null;
  }
  const tolerance = TOLERANCES[isMany ? 'many' : 'few'];
  return async (onProgress) => {
    const { lawOfProblem, solvePde } = await import('../theory/index.ts');
    return solvePde(lawOfProblem(problem), { times, statistics, tolerance, signal, attention, onProgress });
  };
}

/**
 * Statistics of the start of a problem beside those of its limit, and those of the problem's own limit at the save times where that was
 * solved; undefined where no PDE is among the curves. O(d) time for each moment.
 */
export function layoutGaps(
  problem: Problem,
  times: Float64Array,
  statistics: readonly Statistic[],
  curves: readonly Curve[],
  path: PdeSolution | null,
): LayoutGap[] | undefined {
  const limits = curves.filter(({ method }) => method === 'pde');
  if (limits.length === 0) return undefined;
  const finisher = new Finisher(problem, statistics, times);
  const means = evaluateMeans(finisher.moments, problem, startOf(problem));
  const integrals = new Float64Array(stateDefinition(problem.stepSize)?.integrals.length ?? 0);
  const values = new Float64Array(statistics.length);
  finisher.finish(means, 0, integrals, values);
  const finite = (row: Float64Array) => Array.from(row, (value) => (Number.isFinite(value) ? value : null));
  return statistics.map(({ name }, k) => ({
    statistic: name,
    value: Number.isFinite(values[k]) ? values[k] : null,
    limit: limits.find(({ statistic }) => statistic === name)?.mean[0] ?? null,
    ...(path && { mean: finite(path.values[k]), error: finite(path.errors[k]) }),
  }));
}

function startOf(problem: Problem): WeightState {
  if (modelOf(problem.parametrization).hyperbolic) return hyperbolicStart(problem);
  const [p, q = new Float64Array(problem.dimension)] = genericModel(problem).start;
  return { p, q };
}
