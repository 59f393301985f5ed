/**
 * Concentration: how far SGD at finite d is from its limit, sup over t of |S_SGD − S_PDE| / S_PDE of one replica, against d, for risk,
 * curvature and distance; SGD against a replica of the SDE; and for other laws of the features, which the limit does not see
 * (docs/theory.md, "Universality"). The slope of log gap against log d is −½ in the limit.
 */
import { buildProblem } from '../../../src/problem/index.ts';
import { openBackend } from '../../../src/run/backends.ts';
import { resolveStatistics } from '../../../src/statistics/index.ts';
import type { EnsembleEngine, EnsembleRequest } from '../../../src/statistics/stream.ts';
import { solvePde } from '../../../src/theory/index.ts';
import { limitLaw } from '../../../src/theory/law/index.ts';
import { experimentOf, valuesOf } from '../../kit/simulate.ts';
import { averaged, exact, fitLine } from '../../kit/statistics.ts';
import type { Row, Section, SectionContext, SectionResult } from '../../suite.ts';

const STATISTICS = ['risk', 'curvature', 'distance'];
const HORIZON = 2;
/** Two variances, or the distance would be twice the risk. */
const COVARIANCE = { kind: 'two-level', low: 0.5, high: 1.5, fraction: 0.5 };
const TIMES = Float64Array.from({ length: 21 }, (_, i) => (HORIZON * i) / 20);

/** d, and replicas: the same number of pairs of gaps would cost d² more, so large d have few. */
const QUICK = [
  [64, 48],
  [256, 48],
  [1024, 16],
  [4096, 4],
];
const FULL = [
  [64, 256],
  [256, 256],
  [1024, 128],
  [4096, 48],
  [16_384, 12],
  [100_000, 3],
];
/** A hardware GPU goes on. */
const BEYOND = [[400_000, 3]];
/** Other laws of the features: a sample of x has d draws, so d stays smaller. */
const LAWS = [
  ['rademacher', 'rademacher'],
  ['uniform', 'uniform'],
  ['student-t, 5 degrees', { kind: 'student-t', degrees: 5 }],
] as const;

type Gaps = readonly number[];

async function run(context: SectionContext): Promise<SectionResult> {
  const { quick, log } = context;
  const { engine, adapter } = await openBackend('auto');
  try {
    const sizes = quick ? QUICK : adapter ? [...FULL, ...BEYOND] : FULL;
    const statistics = resolveStatistics(STATISTICS);
    const law = limitLaw(experimentOf(2, HORIZON, { problem: { covariance: COVARIANCE } }));
    const limit = await solvePde(law, { times: TIMES, statistics, tolerance: 1e-8 });
    const series = new Map<string, [dimension: number, gaps: Gaps][]>();
    const add = (name: string, dimension: number, gaps: Gaps) => {
      series.set(name, [...(series.get(name) ?? []), [dimension, gaps]]);
    };
    const simulate = (dimension: number, replicas: number, method: EnsembleRequest['method'], features?: unknown) =>
      replicasOf(engine, dimension, replicas, method, features);
    for (const [dimension, replicas] of sizes) {
      log(`d = ${dimension}, ${replicas} replicas on ${engine.name}`);
      const sgd = await simulate(dimension, replicas, { kind: 'sgd' });
      STATISTICS.forEach((name, k) => {
        add(
          `${name}: SGD − PDE`,
          dimension,
          sgd.map((replica) => gap(replica, (i) => limit.values[k][i], k)),
        );
      });
      const sde = await simulate(dimension, replicas, {
        kind: 'sde',
        scheme: 'strang',
        timeStep: 0.05,
        coupling: 'interacting',
      });
      add(
        'risk: SGD − SDE',
        dimension,
        sgd.map((replica, r) => gap(replica, (i) => sde[r][i][0], 0)),
      );
    }
    for (const [name, features] of LAWS) {
      for (const [dimension, replicas] of sizes.filter(([d]) => d <= (quick ? 1024 : 4096))) {
        log(`${name} features, d = ${dimension}`);
        const sgd = await simulate(dimension, replicas, { kind: 'sgd' }, features);
        add(
          `risk: SGD − PDE, ${name}`,
          dimension,
          sgd.map((replica) => gap(replica, (i) => limit.values[0][i], 0)),
        );
      }
    }
    return {
      rows: [...series].flatMap(([name, points]) => rowsOf(name, points)),
      plots: [
        {
          table: 'largest relative gap up to t = 2',
          title: 'Concentration: SGD against its limit',
          x: 'dimension',
          y: 'gap',
          series: ['of'],
          scales: ['log', 'log'],
          guide: { slope: -0.5 },
        },
      ],
      notes: [
        'λ = ½ and 3⁄2, b = 0 and 1, a quarter of the coordinates each pair, u = 1, v = 0, γ = 0.5; gap: the largest of |S − S′|/S′ at 20 times up to t = 2, one number a replica; averages with 95% intervals by Student',
        `slope: least squares of log gap on log d over all replicas; −½ is the law of large d, small d bend it (corrections of relative size O(d^−½)); engine ${engine.name}`,
        ...(adapter ? [] : ['d ends at 100,000 (--quick: 4096): no hardware GPU']),
      ],
    };
  } finally {
    await engine.dispose();
  }
}

function replicasOf(
  engine: EnsembleEngine,
  dimension: number,
  count: number,
  method: EnsembleRequest['method'],
  features: unknown = 'gaussian',
) {
  const problem = buildProblem(experimentOf(dimension, HORIZON, { problem: { features, covariance: COVARIANCE } }));
  const statistics = resolveStatistics(STATISTICS);
  return valuesOf(engine, { problem, method, times: TIMES, statistics, replicas: { first: 0, count }, seed: 1 });
}

/** sup over save times after 0; the start is the same for all. */
const gap = (replica: readonly Float64Array[], reference: (i: number) => number, k: number) =>
  Math.max(...replica.slice(1).map((values, i) => Math.abs(values[k] / reference(i + 1) - 1)));

function rowsOf(name: string, points: readonly [number, Gaps][]): Row[] {
  const x = points.flatMap(([dimension, gaps]) => gaps.map(() => Math.log(dimension)));
  const { slope } = fitLine(
    x,
    points.flatMap(([, gaps]) => gaps.map(Math.log)),
  );
  return [
    ...points.map(([dimension, gaps]) => ({
      table: 'largest relative gap up to t = 2',
      labels: { of: name, dimension },
      foreign: false,
      quantities: { gap: averaged(gaps, '1', 'lower' as const), replicas: exact(gaps.length, '1') },
    })),
    {
      table: 'slope of log gap against log d',
      labels: { of: name },
      foreign: false,
      quantities: { slope, expected: exact(-0.5, '1') },
    },
  ];
}

export default {
  name: 'concentration',
  title: 'Concentration: SGD at finite d against PDE and SDE, and other laws of the features',
  weight: 1.5,
  run,
} satisfies Section;
