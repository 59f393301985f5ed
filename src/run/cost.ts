/**
 * What each method of an experiment will take: time and memory. On a CPU from some milliseconds of one thread, on a GPU, where a run is
 * long, from probes of it.
 */
import type { Opener } from '../data/load.ts';
import {
  breakpoints,
  distinctCoordinates,
  type Experiment,
  type Problem,
  saveTimes,
  sgdAlgorithm,
  sgdSteps,
  timeGrid,
} from '../problem/index.ts';
import { withNoise } from '../problem/table.ts';
import { problemOf } from '../random/index.ts';
import { computed } from '../statistics/clock.ts';
import { LARGEST_KEPT } from '../statistics/design.ts';
import {
  type EngineEvent,
  type EnsembleRequest,
  interpolationStatistics,
  type RiskPath,
  resolveStatistics,
  type SdeRequest,
  type SgdRequest,
  type Statistic,
} from '../statistics/index.ts';
import { type BackendChoice, type BackendOptions, type Opened, openBackend } from './backends.ts';
import { planEstimates } from './estimates.ts';
import type { MethodCost } from './events.ts';
import { tableOf } from './files.ts';
import { SILENT_TOLERANCE } from './limit.ts';
import type { MethodContext } from './method.ts';
import type { MethodName } from './name.ts';

/** What is asked about: the experiment, and its problem once it has to be had whole. */
interface Asked extends Pick<MethodContext, 'times' | 'statistics' | 'seed' | 'signal'> {
  readonly experiment: Experiment;
  /** What ensembles watch. */
  readonly watched: readonly Statistic[];
  problem(): Problem;
}

interface Spent {
  readonly seconds: number;
  readonly bytes: number;
  readonly spread: Spread;
}

type Spread = readonly [low: number, high: number];

/** Between the likely time and the least and the most: of a measured rate on a machine that does other things, and of a model. */
const MEASURED: Spread = [0.6, 2];
const MODELLED: Spread = [0.3, 3];
const GUESSED: Spread = [0.1, 5];
/** What takes a GPU less than so many seconds is not probed, and what takes a CPU less is not asked of a GPU. */
const BRIEF = 10;
/**
 * Coordinate-steps a second of the slowest engine and dynamics on a slow machine, by which what takes no second is not probed at all, and how
 * many times as fast others are.
 */
const SLOWEST = 2e6;
const FASTEST = 100;
/** Coordinates of the problem of a brief probe at most: of either algorithm of SGD, with steps that are short. */
const SAMPLE = { plain: 1024, bridge: 2 ** 14 } as const;
/** Coordinates of the replicas of a brief probe at least, and steps of its shortest. */
const AT_LEAST = 1024;
const FEW = 8;
const MOST_STEPS = 4096;
/** Milliseconds of a brief probe that tell a rate, and of all of them at most. */
const TELLING = 8;
const MOST_BRIEFLY = 100;
/** Runs of one length, until they get no faster by this factor: code is compiled while it runs. */
const REPEATS = 4;
const FASTER = 0.8;
/** Long probes grow by this factor until one takes so long, in milliseconds. */
const GROWTH = 4;
const LONG_ENOUGH = 80;
const CLEARLY = 1.5;
/** Milliseconds after which no further one begins. */
const MOST_PROBING = 700;
/** Coordinates of the replicas of a long probe at most, so that one step of it is short. */
const PROBED = 2 ** 20;
/** Coordinate-steps a second of a GPU, roughly, by which it is known whether a run is brief. */
const ROUGHLY = { hardware: 1e9, software: 1e7 } as const;
/** Seconds that threads take to begin, and a GPU, whose kernels are compiled. */
const STARTING = 0.05;
const COMPILING = 0.3;
/** Bytes of a coordinate: of the problem (λ, b, u, v), and of a replica's state. */
const PROBLEM = 32;
const STATE = 64;
/** Replicas whose values are kept one by one (src/ensemble/sketch.ts). */
const KEPT = 4096;
/** Of gradient flow: coordinates and save times that are measured, at most; seconds to look at a coordinate. */
const FLOW_SAMPLE = 128;
const FLOW_TIMES = 16;
const GROUPING = 1e-7;

/** Cost: some hundredths of a second a method, a second for a long one on a GPU. Throws the signal's reason when it is aborted. */
export async function* costsOf(
  asked: Asked,
  { engine, adapter }: Pick<Opened, 'engine' | 'adapter'>,
): AsyncGenerator<MethodCost, void, undefined> {
  const { hardwareThreads } = await import('../cpu/workers/thread.ts');
  const software = adapter?.software === true;
  yield* costs(asked, async (method, replicas) => {
    if (engine.name !== 'gpu') return briefly(asked, method, replicas, engine.name, hardwareThreads());
    const guess = ofGpu(asked, method, replicas, software);
    return guess.seconds < BRIEF ? guess : longer(asked, method, replicas, engine, hardwareThreads());
  });
}

async function* costs(
  asked: Asked,
  ofEnsemble: (method: SgdRequest | SdeRequest, replicas: number) => Promise<Spent>,
): AsyncGenerator<MethodCost, void, undefined> {
  const { experiment, times } = asked;
  const solved = new Map<number, Promise<Spent>>();
  const limitCost = (tolerance: number) => {
    const known = solved.get(tolerance) ?? costOfPde(asked, tolerance);
    solved.set(tolerance, known);
    return known;
  };
  for (const [index, method] of experiment.methods.entries()) {
    const name = { method: method.kind, index };
    if (method.kind === 'pde') {
      yield { ...name, ...within(await limitCost(method.tolerance)) };
    } else if (method.kind === 'flow') {
      yield { ...name, ...within(await costOfFlow(asked)) };
    } else {
      const request: SgdRequest | SdeRequest =
        method.kind === 'sgd'
          ? { kind: 'sgd' }
          : {
              ...method,
              kind: 'sde',
              coupling:
                method.coupling === 'mean-field' ? someRisk(experiment, times[times.length - 1]) : 'interacting',
            };
      const needsPde = method.kind === 'sde' && method.coupling === 'mean-field';
      const isSolved = experiment.methods.some(({ kind }) => kind === 'pde');
      const own = needsPde && !isSolved ? await limitCost(SILENT_TOLERANCE) : { seconds: 0, bytes: 0 };
      const isVaried = method.kind === 'sde' && method.varianceReduction !== undefined;
      const spent = isVaried
        ? await briefly(asked, request, method.replicas, 'varied', 1)
        : await ofEnsemble(request, method.replicas);
      const least = within({ ...spent, seconds: spent.seconds + own.seconds, bytes: spent.bytes + own.bytes });
      // Until a mean is known well enough: from the first batch to the last that may be.
      const most = method.until ? method.until.most / method.replicas : 1;
      yield { ...name, ...least, range: [least.range[0], least.range[1] * Math.max(1, most)] };
    }
  }
}

function within({ seconds, bytes, spread: [low, high] }: Spent) {
  const likely = Math.max(seconds, 0.001);
  return { seconds: likely, bytes, range: [low * likely, high * busyness() * likely] as const };
}

/** A path that costs as much to follow as any. */
function someRisk({ problem }: Experiment, end: number): RiskPath {
  return { end, risk: () => 0.1, clock: (t) => (0.01 * t) / problem.batchSize };
}

/** A problem of these laws and of this many coordinates, or as many as are given by values: drawn, which is quick. */
function sampleOf(experiment: Experiment, most: number): Problem {
  const { problem } = experiment;
  const isGiven = [problem.covariance, problem.target, problem.initialization].some(({ kind }) => kind === 'values');
  const dimension = isGiven ? problem.dimension : Math.min(problem.dimension, most);
  return problemOf({ ...experiment, problem: { ...problem, dimension, layout: 'random' } });
}

/** Steps at which the save times are reached. */
function stepsAt(method: SgdRequest | SdeRequest, times: Float64Array, problem: Problem): ArrayLike<number> {
  return method.kind === 'sgd'
    ? sgdSteps(times, problem.dimension)
    : timeGrid(times, method.timeStep, breakpoints(problem.stepSize, problem.horizon)).saveSteps;
}

/** Without the interpolating solutions: a replica finds them once, at its end, and a probe would at every save time. */
const measured = (watched: readonly Statistic[]) => watched.filter((one) => !interpolationStatistics.includes(one));

const lastOf = (values: ArrayLike<number>) => values[values.length - 1];

/** Bytes of an ensemble of which so many replicas are held at once. */
function bytesOf({ experiment, times, watched }: Asked, replicas: number, atOnce: number): number {
  const rows = 8 * times.length * watched.length * Math.min(replicas, KEPT);
  return experiment.problem.dimension * (PROBLEM + STATE * Math.min(replicas, atOnce)) + rows;
}

/** From some milliseconds of one thread, on a problem that may be smaller. */
async function briefly(
  asked: Asked,
  method: SgdRequest | SdeRequest,
  replicas: number,
  kind: 'cpu' | 'reference' | 'varied',
  most: number,
): Promise<Spent> {
  const { experiment, times, watched, seed, signal } = asked;
  const { dimension, batchSize } = experiment.problem;
  const small = sampleOf(experiment, SAMPLE.plain);
  const steps = lastOf(method.kind === 'sgd' ? sgdSteps(times, dimension) : stepsAt(method, times, small));
  const bytes = bytesOf(asked, replicas, 16);
  const atMost =
    (dimension * (steps * batchSize + times.length * (1 + (small.data?.samples ?? 0))) * replicas) / SLOWEST;
  if (atMost < 1)
    return { seconds: atMost / Math.sqrt(FASTEST), bytes, spread: [1 / Math.sqrt(FASTEST), Math.sqrt(FASTEST)] };
  const { controlledMeanField, createCpuEngine, createReferenceEngine } = await import('../cpu/index.ts');
  const isLarge = sgdAlgorithm({ ...small, dimension }) === 'bridge';
  const problem = isLarge ? sampleOf(experiment, SAMPLE.bridge) : small;
  const engine = kind === 'reference' ? createReferenceEngine({ workers: 0 }) : createCpuEngine({ workers: 0 });
  const run = (request: EnsembleRequest): AsyncIterable<EngineEvent> =>
    kind === 'varied' ? controlledMeanField(request) : engine.run(request);
  const end = lastOf(times);
  // A smaller problem would have few steps up to a horizon that is short.
  const own = method.kind === 'sgd' ? Math.min(steps, MOST_STEPS) : Math.max(1, steps);
  const stepTime = method.kind === 'sgd' ? 1 / problem.dimension : end / own;
  // So many that the start of a request counts for little.
  const count = Math.min(replicas, Math.ceil(AT_LEAST / problem.dimension));
  /** Milliseconds of a replica with n steps and so many save times after the start. */
  const probe = (n: number, saves: number) =>
    settled(async () => {
      const start = computed();
      const request = {
        problem,
        method,
        times: Float64Array.from({ length: saves + 1 }, (_, i) => (i / saves) * n * stepTime),
        statistics: measured(watched),
        replicas: { first: 0, count },
        seed,
        signal,
      };
      for await (const _ of run(request));
      return (computed() - start) / count;
    });
  try {
    const few = Math.min(own, FEW);
    const begun = performance.now();
    let n = few;
    let took = await probe(n, 1);
    const cold = took;
    while (n < own && (took - cold) * count < TELLING && performance.now() - begun < MOST_BRIEFLY) {
      n = Math.min(own, GROWTH * n);
      took = await probe(n, 1);
    }
    // Last, when all of its code is compiled.
    const first = await probe(few, 1);
    const perSave = few > 1 ? Math.max(0, (await probe(few, few)) - first) / (few - 1) : 0.3 * first;
    const perStep = n > few ? Math.max(0, took - first) / (n - few) : Math.max(0.1 * first, first - 2 * perSave) / few;
    const start = Math.max(0, first - few * perStep - 2 * perSave);
    const size = dimension / problem.dimension;
    const each = steps * perStep + times.length * perSave;
    const rounds = Math.ceil(replicas / Math.min(most, replicas));
    const seconds = STARTING + (size * (count * start + rounds * each)) / 1000;
    return { seconds, bytes, spread: kind === 'varied' ? GUESSED : MODELLED };
  } finally {
    await engine.dispose();
  }
}

/** How many times as long as alone a program of all cores takes here now. */
function busyness(): number {
  const os = globalThis.process?.getBuiltinModule?.('node:os');
  return os ? Math.max(1, os.loadavg()[0] / os.availableParallelism()) : 1;
}

/** The shortest time of a few runs, until they get no shorter. */
async function settled(probe: () => Promise<number>): Promise<number> {
  let least = await probe();
  for (let i = 1; i < REPEATS; i++) {
    const next = await probe();
    const isSettled = next > FASTER * least;
    least = Math.min(least, next);
    if (isSettled) break;
  }
  return least;
}

/** What a GPU takes, roughly. */
function ofGpu(asked: Asked, method: SgdRequest | SdeRequest, replicas: number, isSoftware: boolean): Spent {
  const { experiment, times } = asked;
  const { dimension, batchSize } = experiment.problem;
  const steps = method.kind === 'sgd' ? dimension * lastOf(times) : lastOf(times) / method.timeStep + times.length;
  const rate = ROUGHLY[isSoftware ? 'software' : 'hardware'];
  const seconds = COMPILING + (dimension * steps * replicas * Math.sqrt(batchSize)) / rate;
  return { seconds, bytes: bytesOf(asked, replicas, atOnceOnGpu(dimension)), spread: GUESSED };
}

const atOnceOnGpu = (dimension: number) => Math.max(1, 2 ** 27 / dimension);

/** The rate of growing probes of the engine as it will run, the first of which warms up, and starts its workers or compiles its kernels. */
async function longer(
  asked: Asked,
  method: SgdRequest | SdeRequest,
  replicas: number,
  engine: Opened['engine'],
  threads: number,
): Promise<Spent> {
  const { times, watched, seed, signal } = asked;
  const problem = asked.problem();
  const d = problem.dimension;
  const ends = stepsAt(method, times, problem);
  const steps = lastOf(ends);
  // Fewer replicas than threads share threads in another way than the run will.
  const count = Math.min(replicas, Math.max(threads, Math.floor(PROBED / d)));
  const stepTime = method.kind === 'sgd' ? 1 / d : lastOf(times) / steps;
  const probe = async (n: number) => {
    // Of the save times those that come within the probe, so that statistics count as they do in the run.
    const saves = Array.from(times).filter((_, i) => ends[i] < n);
    const last = n >= steps ? lastOf(times) : n * stepTime;
    const start = performance.now();
    for await (const _ of engine.run({
      problem,
      method,
      times: Float64Array.from([...saves.filter((t) => t < last), last]),
      statistics: measured(watched),
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
  const bytes = bytesOf(asked, replicas, engine.name === 'gpu' ? atOnceOnGpu(d) : 16);
  return { seconds, bytes, spread: MEASURED };
}

async function costOfPde({ experiment, times, statistics, signal }: Asked, tolerance: number): Promise<Spent> {
  const { limitLaw, pdeCost } = await import('../theory/index.ts');
  const { seconds, bytes } = await pdeCost(limitLaw(experiment), { times, statistics, tolerance, signal });
  return { seconds, bytes, spread: MODELLED };
}

/** In proportion to the coordinates that differ and to the save times, from some of both; and the whole is looked at once. */
async function costOfFlow({ experiment, times, statistics, signal, problem }: Asked): Promise<Spent> {
  const { dimension, data } = experiment.problem;
  const samples = data?.kind === 'finite' ? data.samples : data?.kind === 'files' ? problem().data!.samples : 0;
  if (samples > 0) return costOfTrainingFlow(dimension, samples, lastOf(times));
  const { solveFlow } = await import('../theory/index.ts');
  const [small, large] = [FLOW_SAMPLE / 2, FLOW_SAMPLE].map((most) => sampleOf(experiment, most));
  const [few, many] = [small, large].map((problem) => distinctCoordinates(problem).lambda.length);
  // Laws with a density have more values the more coordinates there are; others as many as they have.
  const distinct = many > 1.2 * few ? (dimension / large.dimension) * many : many;
  const every = Math.ceil(times.length / FLOW_TIMES);
  const saves = times.filter((_, i) => i % every === 0 || i === times.length - 1);
  const took = await settled(async () => {
    const start = computed();
    await solveFlow(large, { times: saves, statistics, signal });
    return computed() - start;
  });
  const seconds = ((took / 1000) * (distinct / many) * times.length) / saves.length + GROUPING * dimension;
  return { seconds, bytes: 2 * PROBLEM * dimension, spread: MODELLED };
}

/** Evaluations of the equation on finite data: some a save time, and as many a unit of time as the steepest direction asks for. */
const FLOW_EVALUATIONS = 300;
/** Seconds of a coordinate of a row: read twice from memory, or made again. */
const KEPT_ROW = 3e-9;
const MADE_ROW = 2e-8;

function costOfTrainingFlow(dimension: number, samples: number, end: number): Spent {
  const numbers = samples * dimension;
  const isKept = numbers <= LARGEST_KEPT;
  const seconds = numbers * FLOW_EVALUATIONS * (1 + end) * (isKept ? KEPT_ROW : MADE_ROW);
  return { seconds, bytes: 8 * (isKept ? numbers : 0) + 200 * dimension, spread: MODELLED };
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

/**
 * The costs of an experiment that is not run, with the engine that they are of. By default that is the one that would run it, but the CPU
 * where that takes no more than some seconds: no adapter is opened for so little.
 * Throws `BackendUnavailable`, or `ExperimentError` where the problem does not fit in memory.
 */
export async function methodCosts(
  experiment: Experiment,
  options: BackendOptions & { backend?: BackendChoice; files?: Opener } = {},
) {
  const { backend = 'auto' } = options;
  const times = saveTimes(experiment);
  const statistics = resolveStatistics(experiment.statistics);
  const table = await tableOf(experiment, options.files);
  let problem: Problem | null = table ? problemOf(experiment, 0, table) : null;
  const asked: Asked = {
    experiment: table && problem ? withNoise(experiment, table, problem) : experiment,
    times,
    statistics,
    watched: planEstimates(experiment, times, statistics).statistics,
    seed: experiment.seed,
    signal: new AbortController().signal,
    problem: () => {
      problem ??= problemOf(experiment);
      return problem;
    },
  };
  if (backend === 'auto') {
    const { hardwareThreads } = await import('../cpu/workers/thread.ts');
    const found = await known(costs(asked, (...method) => briefly(asked, ...method, 'cpu', hardwareThreads())));
    const ensembles = found.filter(({ method }) => method === 'sgd' || method === 'sde');
    if (ensembles.reduce((sum, { seconds }) => sum + seconds, 0) < BRIEF)
      return { backend: 'cpu' as const, costs: found };
  }
  const opened = await openBackend(backend, options);
  try {
    return { backend: opened.engine.name, costs: await known(costsOf(asked, opened)) };
  } finally {
    await opened.engine.dispose();
  }
}
