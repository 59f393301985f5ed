/** What each method of an experiment will take: time, from short probes of this machine's own engine, and memory. */

import { sampleStatistics } from '../expression/definitions.ts';
import {
  breakpoints,
  type Experiment,
  type Problem,
  saveTimes,
  sgdAlgorithm,
  sgdSteps,
  timeGrid,
} from '../problem/index.ts';
import { problemOf } from '../random/index.ts';
import { LARGEST_KEPT } from '../statistics/design.ts';
import {
  type EnsembleEngine,
  type RiskPath,
  resolveStatistics,
  type SdeRequest,
  type SgdRequest,
} from '../statistics/index.ts';
import { type BackendChoice, type BackendOptions, type Opened, openBackend } from './backends.ts';
import { planEstimates } from './estimates.ts';
import type { MethodCost } from './events.ts';
import { SILENT_TOLERANCE } from './limit.ts';
import type { MethodContext } from './method.ts';
import type { MethodName } from './name.ts';

/** Probes of an ensemble grow by this factor until one takes so long, in milliseconds. */
const GROWTH = 4;
const LONG_ENOUGH = 80;
const CLEARLY = 1.5;
/** Milliseconds after which no further one begins. */
const MOST_PROBING = 700;
/** Coordinates of the replicas of a probe at most, so that one step of it is short. */
const PROBED = 2 ** 20;
/**
 * Coordinate-steps a second, of a thread or a GPU, roughly: what takes less than `BRIEF` seconds at that is not probed, which would take as
 * long.
 */
const ROUGHLY = { cpu: 6e7, reference: 2e7, gpu: 1e9, software: 1e7 } as const;
const BRIEF = 10;
/** Between the likely time and the least and the most: of a measured rate on a machine that does other things, and of a solver's model. */
const MEASURED = [0.6, 2] as const;
const MODELLED = [0.3, 3] as const;
/** Bytes of a coordinate: of the problem (λ, b, u, v), and of a replica's state. */
const PROBLEM = 32;
const STATE = 64;
/** Replicas whose values are kept one by one (src/ensemble/sketch.ts). */
const KEPT = 4096;
/** Sizes at which gradient flow is measured. */
const FLOW_SIZES = [1024, 8192] as const;

/** Cost: some tenths of a second a method. Throws the signal's reason when it is aborted. */
export async function* costsOf(
  experiment: Experiment,
  context: MethodContext,
  { engine, adapter }: Pick<Opened, 'engine' | 'adapter'>,
): AsyncGenerator<MethodCost, void, undefined> {
  const { problem, times } = context;
  let pde: { readonly key: string; readonly cost: Promise<{ seconds: number; bytes: number }> } | null = null;
  const limitCost = (tolerance: number) => {
    if (pde?.key !== String(tolerance))
      pde = { key: String(tolerance), cost: costOfPde(experiment, context, tolerance) };
    return pde.cost;
  };
  for (const [index, method] of experiment.methods.entries()) {
    const name = { method: method.kind, index };
    if (method.kind === 'pde') {
      yield { ...name, ...within(await limitCost(method.tolerance), MODELLED) };
    } else if (method.kind === 'flow') {
      yield { ...name, ...within(await costOfFlow(experiment, context), MODELLED) };
    } else {
      const request: SgdRequest | SdeRequest =
        method.kind === 'sgd'
          ? { kind: 'sgd' }
          : { ...method, kind: 'sde', coupling: couplingOf(method.coupling, times) };
      const needsPde = method.kind === 'sde' && method.coupling === 'mean-field';
      const solved = experiment.methods.some(({ kind }) => kind === 'pde');
      const own = needsPde && !solved ? await limitCost(SILENT_TOLERANCE) : { seconds: 0, bytes: 0 };
      const { seconds, bytes, spread } = await costOfEnsemble(
        request,
        method.replicas,
        engine,
        adapter?.software === true,
        context,
      );
      const least = within({ seconds: seconds + own.seconds, bytes: bytes + own.bytes }, spread);
      // Until a mean is known well enough: from the first batch to the last that may be.
      const most = method.until ? method.until.most / method.replicas : 1;
      yield { ...name, ...least, range: [least.range[0], least.range[1] * Math.max(1, most)] };
    }
  }
  function couplingOf(coupling: 'interacting' | 'mean-field', saves: Float64Array): SdeRequest['coupling'] {
    return coupling === 'interacting' ? 'interacting' : someRisk(problem, saves[saves.length - 1]);
  }
}

function within({ seconds, bytes }: { seconds: number; bytes: number }, [low, high]: readonly [number, number]) {
  return { seconds, bytes, range: [low * seconds, high * seconds] as const };
}

/** A path that costs as much to follow as any. */
function someRisk(problem: Problem, end: number): RiskPath {
  return { end, risk: () => 0.1, clock: (t) => (0.01 * t) / problem.batchSize };
}

/** The rate of growing probes, the first of which warms up, and starts its workers or compiles its kernels. */
async function costOfEnsemble(
  method: SgdRequest | SdeRequest,
  replicas: number,
  engine: EnsembleEngine,
  isSoftware: boolean,
  { problem, times, estimates: { statistics }, signal, seed }: MethodContext,
): Promise<{ seconds: number; bytes: number; spread: typeof MEASURED | typeof MODELLED }> {
  const d = problem.dimension;
  const ends =
    method.kind === 'sgd'
      ? sgdSteps(times, d)
      : timeGrid(times, method.timeStep, breakpoints(problem.stepSize, problem.horizon)).saveSteps;
  const steps = ends[ends.length - 1];
  const { hardwareThreads } = await import('../cpu/workers/thread.ts');
  const rows = 8 * times.length * statistics.length * Math.min(replicas, KEPT);
  const inFlight = engine.name === 'gpu' ? Math.min(replicas, Math.max(1, 2 ** 27 / d)) : Math.min(replicas, 16);
  const bytes = PROBLEM * d + STATE * d * inFlight + rows;
  const draws = method.kind === 'sgd' && sgdAlgorithm(problem) === 'plain' ? (problem.batchSize + 1) / 2 : 1;
  const threads = Math.min(hardwareThreads(), replicas);
  const rate = engine.name === 'gpu' ? ROUGHLY[isSoftware ? 'software' : 'gpu'] : ROUGHLY[engine.name] * threads;
  const measured = statistics.some(({ name }) => sampleStatistics.includes(name)) ? (problem.data?.samples ?? 0) : 0;
  const rough = (d * (steps * draws + times.length * measured) * replicas) / rate;
  if (rough < BRIEF) return { seconds: Math.max(rough, 0.001), bytes, spread: MODELLED };
  // Fewer replicas than threads share threads in another way than the run will.
  const count = Math.min(replicas, Math.max(hardwareThreads(), Math.floor(PROBED / d)));
  const stepTime = method.kind === 'sgd' ? 1 / d : times[times.length - 1] / steps;
  const probe = async (n: number) => {
    // Of the save times those that come within the probe, so that statistics count as they do in the run.
    const saves = Array.from(times).filter((_, i) => ends[i] < n);
    const last = n >= steps ? times[times.length - 1] : n * stepTime;
    const start = performance.now();
    for await (const _ of engine.run({
      problem,
      method,
      times: Float64Array.from([...saves.filter((t) => t < last), last]),
      statistics,
      replicas: { first: 0, count },
      seed,
      signal,
    }));
    return performance.now() - start;
  };
  let n = Math.min(steps, 1);
  await probe(n);
  let took = await probe(n);
  let [previous, before] = [0, 0];
  const begun = performance.now();
  // A start of its own size must not pass for steps: the last probe has to take clearly longer than the one before.
  while (n < steps && performance.now() - begun < MOST_PROBING) {
    if (previous > 0 && took - before > LONG_ENOUGH && took > CLEARLY * before) break;
    [previous, before] = [n, took];
    n = Math.min(steps, GROWTH * n);
    took = await probe(n);
  }
  const perStep = took > before && previous < n ? (took - before) / (n - previous) : took / n;
  const seconds = (perStep * steps * (replicas / count) + Math.max(0, took - perStep * n)) / 1000;
  return { seconds: Math.max(seconds, 0.001), bytes, spread: MEASURED };
}

async function costOfPde(experiment: Experiment, { times, statistics, signal }: MethodContext, tolerance: number) {
  const { limitLaw, pdeCost } = await import('../theory/index.ts');
  return pdeCost(limitLaw(experiment), { times, statistics, tolerance, signal });
}

/** In proportion to the coordinates that differ, from two sizes of the same law; of one that is given coordinate by coordinate, from the flow at two times. */
async function costOfFlow(experiment: Experiment, { problem, times, statistics, signal }: MethodContext) {
  if (problem.data) return costOfTrainingFlow(problem, times[times.length - 1]);
  const { solveFlow } = await import('../theory/index.ts');
  const d = problem.dimension;
  const measure = async (smaller: Problem, saves: Float64Array) => {
    const start = performance.now();
    await solveFlow(smaller, { times: saves, statistics, signal });
    return (performance.now() - start) / 1000;
  };
  const bytes = PROBLEM * d * 2;
  if (d <= FLOW_SIZES[1]) return { seconds: await measure(problem, times), bytes };
  try {
    const [small, large] = FLOW_SIZES.map((dimension) =>
      problemOf({ ...experiment, problem: { ...experiment.problem, dimension } }),
    );
    await measure(small, times);
    const [a, b] = [await measure(small, times), await measure(large, times)];
    const slope = Math.max(0, b - a) / (FLOW_SIZES[1] - FLOW_SIZES[0]);
    return { seconds: a + slope * (d - FLOW_SIZES[0]), bytes };
  } catch {
    const [first] = [await measure(problem, times.subarray(0, Math.min(2, times.length)))];
    return { seconds: (first * times.length) / 2, bytes };
  }
}

/** Evaluations of the equation on finite data: some a save time, and as many a unit of time as the steepest direction asks for. */
const FLOW_EVALUATIONS = 300;
/** Seconds of a coordinate of a row: read twice from memory, or made again. */
const KEPT_ROW = 3e-9;
const MADE_ROW = 2e-8;

function costOfTrainingFlow({ dimension: d, data }: Problem, end: number) {
  const numbers = data!.samples * d;
  const isKept = numbers <= LARGEST_KEPT;
  const seconds = numbers * FLOW_EVALUATIONS * (1 + end) * (isKept ? KEPT_ROW : MADE_ROW);
  return { seconds: Math.max(seconds, 0.001), bytes: 8 * (isKept ? numbers : 0) + 200 * d };
}

/** What could be found out, of these methods; a probe that fails tells nothing, and the method itself will tell why. */
export async function known(
  costs: AsyncIterable<MethodCost>,
  names?: readonly MethodName[],
): Promise<readonly MethodCost[]> {
  const found: MethodCost[] = [];
  try {
    for await (const cost of costs) {
      if (names?.some(({ index }) => index === cost.index) ?? true) found.push(cost);
    }
  } catch {
    // an abort among others, which the methods see
  }
  return found;
}

/** The costs of an experiment that is not run. Throws `BackendUnavailable`, or `ExperimentError` where the problem does not fit in memory. */
export async function methodCosts(experiment: Experiment, options: BackendOptions & { backend?: BackendChoice } = {}) {
  const times = saveTimes(experiment);
  const statistics = resolveStatistics(experiment.statistics);
  const context: MethodContext = {
    problem: problemOf(experiment),
    times,
    statistics,
    seed: experiment.seed,
    signal: new AbortController().signal,
    estimates: planEstimates(experiment, times, statistics),
  };
  const opened = await openBackend(options.backend ?? 'auto', options);
  const { engine } = opened;
  try {
    return { backend: engine.name, costs: await known(costsOf(experiment, context, opened)) };
  } finally {
    await engine.dispose();
  }
}
