/**
 * Throughput of the GPU engine, beside what the same adapter does on bare normals, bare copies and empty dispatches in the same run; sizes
 * grow with the adapter. On hardware PyTorch, JAX and CuPy do the same SGD on the same GPU.
 */
import type { GpuEngine } from '../../../src/gpu/index.ts';
import { buildProblem } from '../../../src/problem/index.ts';
import { resolveStatistics } from '../../../src/statistics/index.ts';
import type { EnsembleRequest, RiskPath } from '../../../src/statistics/stream.ts';
import { besidePeers } from '../../kit/gpupeers.ts';
import { type GpuLimits, gpuLimits } from '../../kit/limits.ts';
import { experimentOf } from '../../kit/simulate.ts';
import { exact, measured } from '../../kit/statistics.ts';
import { leastStep, timedOnGpu, wallClockStep } from '../../kit/stopwatch.ts';
import { yielding } from '../../kit/yielding.ts';
import type { Quantity, Row, Section, SectionContext, SectionResult } from '../../suite.ts';

/**
 * P, Q, E, dp and dq read, dp and dq written (sqrt(lambda) is not read: it is 1 everywhere here). Where P, Q and E are folded anew, they
 * are written too.
 */
const STATE_BYTES = 28;
/** Bytes of memory that one coordinate of one dispatch moves by the kernel's own reads and writes, at least; the SDE reads b too. */
const BYTES: Readonly<Record<string, number>> = {
  'sgd-resident': STATE_BYTES,
  // Where features are drawn again, as on hardware.
  'sgd-s-step': STATE_BYTES,
  'sde-resident': STATE_BYTES + 4,
  'sde-streamed': STATE_BYTES + 4,
  'sde-mean-field': STATE_BYTES + 4,
};
/** Dimensions up to which a replica stays in one workgroup. */
const RESIDENT = 8192;
const STATISTICS = resolveStatistics(['risk']);

interface Job {
  readonly what: 'SGD' | 'SGD, Rademacher' | 'SGD, Student t' | 'SDE interacting' | 'SDE mean-field';
  /** Default Gaussian. */
  readonly features?: string | object;
  readonly kernel: string;
  readonly dimension: number;
  readonly replicas: number;
  readonly method: EnsembleRequest['method'];
  /** Length of a step in units of time. */
  readonly step: number;
}

function jobs(software: boolean, quick: boolean): Job[] {
  const sgd = (dimension: number, replicas: number): Job => ({
    what: 'SGD',
    kernel: dimension > RESIDENT ? 'sgd-s-step' : 'sgd-resident',
    dimension,
    replicas,
    method: { kind: 'sgd' },
    step: 1 / dimension,
  });
  const h = 1e-4;
  const path: RiskPath = { end: 1e9, risk: () => 0.1, clock: (t) => 0.025 * t };
  const sde = (dimension: number, replicas: number, meanField: boolean): Job => ({
    what: meanField ? 'SDE mean-field' : 'SDE interacting',
    kernel: meanField ? 'sde-mean-field' : dimension > RESIDENT ? 'sde-streamed' : 'sde-resident',
    dimension,
    replicas,
    method: { kind: 'sde', scheme: 'strang', timeStep: h, coupling: meanField ? path : 'interacting' },
    step: h,
  });
  if (software) {
    const list = [sgd(1000, 16), sgd(100_000, 1), sde(1000, 16, false), sde(100_000, 1, true)];
    if (quick) return list;
    return [
      ...list,
      sgd(1000, 1),
      sgd(1000, 4),
      sgd(8192, 4),
      sgd(100_000, 8),
      sgd(1_000_000, 1),
      sde(100_000, 1, false),
      sde(1_000_000, 1, true),
    ];
  }
  const list = [sgd(1000, 1000), sgd(100_000, 8), sgd(1_000_000, 1), sgd(10_000_000, 1)];
  list.push({ ...sgd(1_000_000, 1), what: 'SGD, Rademacher', features: 'rademacher' });
  list.push({ ...sgd(1_000_000, 1), what: 'SGD, Student t', features: { kind: 'student-t', degrees: 5 } });
  list.push(sde(1000, 1000, false), sde(1_000_000, 1, false), sde(1_000_000, 1, true));
  if (quick) return list;
  // Flat in replicas until the device is full.
  const filling = [1, 4, 16, 64, 256, 4096, 16_384].map((replicas) => sgd(1000, replicas));
  return [...list, ...filling, sgd(8192, 132), sgd(1_048_576, 4), sde(10_000_000, 1, true)];
}

/** Seconds and GPU seconds of a run of some steps; the risk at its end must be finite, and no replica may fail. */
async function runJob(
  engine: GpuEngine,
  { dimension, method, replicas, step, what, features = 'gaussian' }: Job,
  steps: number,
) {
  const request: EnsembleRequest = {
    problem: buildProblem(experimentOf(dimension, 1e6, { problem: { features } })),
    method,
    times: Float64Array.of(0, steps * step),
    statistics: STATISTICS,
    replicas: { first: 0, count: replicas },
    seed: 1,
  };
  let sink = 0;
  const time = await timedOnGpu(engine.device, async () => {
    for await (const event of engine.run(request)) {
      if (event.type === 'failure')
        throw new Error(`${what} d = ${dimension}: replica ${event.replica}: ${event.message}`);
      if (event.type === 'samples') for (const value of event.values) sink += value;
    }
  });
  if (!Number.isFinite(sink)) throw new Error(`${what} d = ${dimension}: the risk is not a finite number`);
  return time;
}

interface Plan {
  readonly job: Job;
  readonly steps: number;
  readonly wall: number[];
  readonly own: number[];
  /** Dispatches of the last run, with those of its two save times. */
  dispatches: number | null;
}

async function measure(engine: GpuEngine, context: SectionContext, limits: GpuLimits, clockSteps: (number | null)[]) {
  const { software } = engine.adapter;
  const list = jobs(software, context.quick);
  const wanted = context.quick ? (0.12 * context.seconds) / list.length : software ? 1 : 0.3;
  const plans: Plan[] = [];
  for (const job of list) {
    // The first run compiles; the next say how many steps fill the time wanted on the GPU. A GPU that was idle is slow at first.
    const size = job.dimension * job.replicas;
    let steps = Math.max(4, Math.ceil((software ? 2e5 : 2e7) / size));
    await runJob(engine, job, 2);
    for (let tries = 0; tries < 4; tries++) {
      const { seconds, gpuSeconds } = await runJob(engine, job, steps);
      const taken = gpuSeconds ?? seconds;
      const enough = taken > wanted / 2;
      steps = Math.max(4, Math.min(50_000_000, Math.round(steps * Math.min(50, wanted / taken))));
      if (enough) break;
    }
    plans.push({ job, steps, wall: [], own: [], dispatches: null });
  }
  const rounds = context.quick ? 3 : software ? 7 : 5;
  for (let round = 0; round < rounds; round++) {
    for (const plan of plans) {
      const { job, steps, wall, own } = plan;
      const { seconds, gpuSeconds, step, dispatches } = await runJob(engine, job, steps);
      plan.dispatches = dispatches;
      wall.push(seconds);
      clockSteps.push(step);
      if (gpuSeconds !== null) own.push(gpuSeconds);
    }
    context.log(`round ${round + 1} of ${rounds}`);
  }
  return plans.map(({ job, steps, wall, own, dispatches }): Row => {
    const { what, kernel, dimension, replicas } = job;
    const work = dimension * replicas * steps;
    const unit = what.startsWith('SGD') ? 'coordinate-steps/s' : 'path-steps/s';
    const best = own.length > 0 ? own : wall;
    const rate = measured(
      best.map((s) => work / s),
      unit,
      'higher',
    );
    const quantities: Record<string, Quantity> = {
      rate,
      seconds: measured(wall, 's'),
      ...(own.length > 0 ? { gpuSeconds: measured(own, 's') } : {}),
      steps: exact(steps, '1'),
      shareOfNormals: exact(rate.value / limits.normalsPerSecond, '1'),
    };
    if (dispatches !== null) {
      // The start and the end are save times, one dispatch each.
      const perStep = Math.max(0, dispatches - 2) / steps;
      // A dispatch that was cut moves what it would have moved whole.
      const bytes = BYTES[kernel] * Math.min(1, perStep);
      quantities.dispatchesPerStep = exact(perStep, '1');
      quantities.bytesPerCoordinateStep = exact(bytes, 'B');
      quantities.shareOfCopy = exact((rate.value * bytes) / limits.copyBytesPerSecond, '1');
      quantities.shareOfDispatch = exact(
        (perStep * rate.value * limits.secondsPerDispatch) / (dimension * replicas),
        '1',
      );
    }
    return { table: 'GPU engine', labels: { what, kernel, dimension, replicas }, foreign: false, quantities };
  });
}

async function run(context: SectionContext): Promise<SectionResult> {
  const wallStep = wallClockStep();
  const clock = (name: string, step: number): Row => ({
    table: 'clocks',
    labels: { clock: name },
    foreign: true,
    quantities: { step: exact(step, 's') },
  });
  const { engine, why } = await context.gpu();
  if (!engine) return { rows: [clock('wall', wallStep)], plots: [], notes: [why] };
  const { software } = engine.adapter;
  const clockSteps: (number | null)[] = [];
  const limits = await gpuLimits(engine.device, context.quick ? 3 : 9);
  const rows = [...limits.rows, ...(await yielding(engine, () => measure(engine, context, limits, clockSteps)))];
  if (!software) rows.push(...(await besidePeers(engine, context)));
  const gpuStep = leastStep([...limits.steps, ...clockSteps]);
  rows.push(clock('wall', wallStep), ...(gpuStep === null ? [] : [clock('GPU timestamps', gpuStep)]));
  const against = (x: string, series: string[], title: string) =>
    ({ table: 'GPU engine', title, x, y: 'rate', series, scales: ['log', 'log'] }) as const;
  return {
    rows,
    plots: [
      against('dimension', ['what', 'replicas'], 'GPU engine against dimension'),
      against('replicas', ['what', 'dimension'], 'GPU engine against replicas'),
    ],
    notes: [
      'rate: work over the time of the passes on the GPU’s clock where it has timestamps (gpuSeconds), else over wall time; seconds: wall time of whole runs with upload and readback',
      'shareOfNormals: rate over bare normals/s (one normal a coordinate-step is needed); bytesPerCoordinateStep: what a kernel reads and writes at least, by its text and the dispatches counted; shareOfCopy: those bytes over the copy’s; shareOfDispatch: part of a step that its empty dispatches would take',
      ...(software
        ? [
            'software adapter: the CPU computes; sizes are small, and the state lies in its caches, so shares of the copy mean little',
            'no hardware GPU: PyTorch, JAX and CuPy were not run on one (the first two are in section cpu)',
          ]
        : []),
    ],
  };
}

export default {
  name: 'gpu',
  title: 'GPU engine: throughput, and its share of what the adapter can do',
  weight: 1.5,
  run,
} satisfies Section;
