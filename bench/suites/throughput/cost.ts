/**
 * Cost curves of SGD and of the SDE on the fast CPU engine and, where there is an adapter, of the GPU's: seconds a step against d, fitted by a line, and against
 * replicas, which should be flat until the device is full.
 */
import { createCpuEngine } from '../../../src/cpu/index.ts';
import { buildProblem } from '../../../src/problem/index.ts';
import type { EnsembleEngine, EnsembleRequest } from '../../../src/statistics/stream.ts';
import { type Contestant, takeTurns, timed } from '../../kit/measure.ts';
import { experimentOf, finalValues, sgdRequest } from '../../kit/simulate.ts';
import { exact, fitLine, measured, median } from '../../kit/statistics.ts';
import { yielding } from '../../kit/yielding.ts';
import type { Row, Section, SectionContext, SectionResult } from '../../suite.ts';

interface Sizes {
  readonly dimensions: readonly number[];
  /** At this dimension. */
  readonly of: number;
  readonly replicas: readonly number[];
  /** Coordinate-steps of one turn. */
  readonly work: number;
}

function sizesFor(kind: 'cpu' | 'hardware' | 'software', quick: boolean): Sizes {
  if (kind === 'cpu') {
    return quick
      ? { dimensions: [1000, 8000, 64_000, 256_000], of: 1000, replicas: [1, 2, 4, 16], work: 1.2e6 }
      : {
          dimensions: [1000, 4000, 16_000, 64_000, 256_000, 1_000_000, 4_000_000],
          of: 1000,
          replicas: [1, 2, 4, 8, 16, 64, 256],
          work: 4e7,
        };
  }
  if (kind === 'software') {
    return quick
      ? { dimensions: [16_000, 32_000, 64_000], of: 1000, replicas: [1, 4, 16], work: 1e5 }
      : { dimensions: [16_000, 64_000, 256_000, 1_000_000], of: 1000, replicas: [1, 2, 4, 8, 16, 32], work: 4e6 };
  }
  const replicas = quick ? [1, 16, 256, 4096] : [1, 4, 16, 64, 128, 256, 1024, 4096, 16_384];
  return {
    dimensions: [65_536, 262_144, 1_048_576, 4_194_304, 16_777_216],
    of: 1000,
    replicas,
    work: quick ? 2e9 : 2e10,
  };
}

/** Larger than the start of a run, so that it is a small part of the time; a difference of two lengths takes it out. */
const LONGER = 3;

interface Point {
  readonly dimension: number;
  readonly replicas: number;
  readonly short: number;
}

/** SGD takes d steps a unit of time; the SDE steps of a hundredth. */
const STEPS_A_UNIT = { SGD: (dimension: number) => dimension, SDE: () => 100 } as const;
type Method = keyof typeof STEPS_A_UNIT;
const METHODS = ['SGD', 'SDE'] as const satisfies readonly Method[];

function requestOf(method: Method, dimension: number, replicas: number, steps: number, seed: number): EnsembleRequest {
  const perUnit = STEPS_A_UNIT[method](dimension);
  const request = sgdRequest(buildProblem(experimentOf(dimension, steps / perUnit)), replicas, seed);
  if (method === 'SGD') return request;
  return { ...request, method: { kind: 'sde', scheme: 'strang', timeStep: 1 / perUnit, coupling: 'interacting' } };
}

async function measure(
  engine: EnsembleEngine,
  method: Method,
  points: readonly Point[],
  { quick }: SectionContext,
): Promise<number[][]> {
  const contestants = points.flatMap(({ dimension, replicas, short }): Contestant[] =>
    [short, LONGER * short].map((steps) => {
      // The problem is laid out once, outside of what is timed.
      const request = requestOf(method, dimension, replicas, steps, 1);
      const measure = (seed: number) => timed(() => finalValues(engine, { ...request, seed }));
      return { name: `${method} ${dimension} × ${replicas}, ${steps} steps`, measure };
    }),
  );
  const scores = await takeTurns(contestants, { most: quick ? 3 : 7 });
  // Seconds a step: what the longer run takes more, pair by pair; where noise makes that negative, the whole of the longer run.
  return points.map(({ short }, k) =>
    scores[2 * k].seconds.map((less, i) => {
      const more = scores[2 * k + 1].seconds[i];
      return more > less ? (more - less) / ((LONGER - 1) * short) : more / (LONGER * short);
    }),
  );
}

const stepsFor = (work: number, dimension: number, replicas: number) =>
  Math.max(2, Math.min(20_000, Math.round(work / (dimension * replicas) / (1 + LONGER))));

async function curves(engine: EnsembleEngine, method: Method, sizes: Sizes, context: SectionContext): Promise<Row[]> {
  const { dimensions, of, replicas, work } = sizes;
  const along = dimensions.map((dimension) => ({ dimension, replicas: 1, short: stepsFor(work, dimension, 1) }));
  const across = replicas.map((count) => ({ dimension: of, replicas: count, short: stepsFor(work, of, count) }));
  context.log(`${method} on ${engine.name}: against d, then against replicas`);
  const [alongSeconds, acrossSeconds] = [
    await measure(engine, method, along, context),
    await measure(engine, method, across, context),
  ];
  const row = (table: string, point: Point, seconds: readonly number[]): Row => ({
    table,
    labels: { engine: engine.name, method, dimension: point.dimension, replicas: point.replicas },
    foreign: false,
    quantities: {
      secondsPerStep: measured(seconds, 's', 'lower'),
      rate: measured(
        seconds.map((s) => (point.dimension * point.replicas) / s),
        method === 'SGD' ? 'coordinate-steps/s' : 'path-steps/s',
        'higher',
      ),
    },
  });
  // Relative errors are alike, so the line is fitted to log seconds on log d for its exponent, and by medians for its slope.
  const log = (samples: number[][], size: (k: number) => number) =>
    fitLine(
      samples.flatMap((own, k) => own.map(() => Math.log(size(k)))),
      samples.flatMap((own) => own.map(Math.log)),
    ).slope;
  const line = fitLine(dimensions, alongSeconds.map(median), 's');
  // Full: the first count from which twice the replicas cost at least 1.7 times as much.
  const medians = acrossSeconds.map(median);
  const full = replicas.findIndex((count, k) => {
    const next = medians[k + 1];
    return next !== undefined && Math.log(next / medians[k]) / Math.log(replicas[k + 1] / count) > Math.log2(1.7);
  });
  return [
    ...along.map((point, k) => row('cost against d', point, alongSeconds[k])),
    ...across.map((point, k) => row('cost against replicas', point, acrossSeconds[k])),
    {
      table: 'fitted cost',
      labels: { engine: engine.name, method },
      foreign: false,
      quantities: {
        exponentInD: log(alongSeconds, (k) => dimensions[k]),
        secondsPerCoordinate: line.slope,
        secondsPerStep: line.intercept,
        exponentInReplicas: log(acrossSeconds, (k) => replicas[k]),
        fullFromReplicas: exact(full < 0 ? replicas[replicas.length - 1] : replicas[full], '1'),
      },
    },
  ];
}

async function run(context: SectionContext): Promise<SectionResult> {
  const cpu = createCpuEngine();
  const { engine: gpu, why } = await context.gpu();
  const rows: Row[] = [];
  try {
    for (const method of METHODS) rows.push(...(await curves(cpu, method, sizesFor('cpu', context.quick), context)));
  } finally {
    await cpu.dispose();
  }
  if (gpu) {
    const sizes = sizesFor(gpu.adapter.software ? 'software' : 'hardware', context.quick);
    for (const method of METHODS) rows.push(...(await yielding(gpu, () => curves(gpu, method, sizes, context))));
  }
  const plot = (table: string, x: string) =>
    ({
      table,
      title: `${table[0].toUpperCase()}${table.slice(1)}`,
      x,
      y: 'secondsPerStep',
      series: ['engine', 'method'],
      scales: ['log', 'log'],
    }) as const;
  return {
    rows,
    plots: [{ ...plot('cost against d', 'dimension'), guide: { slope: 1 } }, plot('cost against replicas', 'replicas')],
    notes: [
      `SDE: interacting, scheme strang; seconds a step of one ensemble: the difference of a run and one ${LONGER} times as long, pair by pair, so that the start is not in it`,
      'exponentInD: slope of log seconds on log d (1: linear); secondsPerCoordinate and secondsPerStep: the line a + b·d through the medians; fullFromReplicas: the first count from which replicas cost at least 0.77 of proportional (log₂ 1.7), the last one measured if there is none',
      ...(gpu ? [] : [why]),
    ],
  };
}

export default { name: 'cost', title: 'Cost of a step against d and replicas, fitted', run } satisfies Section;
