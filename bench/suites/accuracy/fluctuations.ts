/** The spread of the risk over replicas at finite d, measured and predicted (docs/fluctuations.md). */
import { buildProblem } from '../../../src/problem/index.ts';
import { openBackend } from '../../../src/run/backends.ts';
import { resolveStatistics } from '../../../src/statistics/index.ts';
import type { EnsembleRequest } from '../../../src/statistics/stream.ts';
import { riskFluctuation } from '../../../src/theory/fluctuation/index.ts';
import { solvePde } from '../../../src/theory/index.ts';
import { limitLaw } from '../../../src/theory/law/index.ts';
import { experimentOf, valuesOf } from '../../kit/simulate.ts';
import { exact } from '../../kit/statistics.ts';
import type { Row, Section, SectionContext, SectionResult } from '../../suite.ts';

/** Of case A of docs/theory.md, "Reference values". */
const TIMES = [0.8, 2.4, 4];
const METHODS = [
  { kind: 'sgd' },
  { kind: 'sde', timeStep: 0.05, scheme: 'strang', coupling: 'interacting' },
] as const satisfies readonly EnsembleRequest['method'][];

/** d, and replicas of SGD. */
const FULL = [
  [256, 4000],
  [1024, 1200],
  [4096, 300],
];
const QUICK = [
  [64, 400],
  [256, 200],
];

const caseA = (dimension: number) => experimentOf(dimension, TIMES[TIMES.length - 1]);

/** Standard deviation and its relative standard error, by the fourth moment. */
function spreadOf(x: readonly number[]): { spread: number; error: number } {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  const moment = (k: number) => x.reduce((sum, y) => sum + (y - mean) ** k, 0) / x.length;
  return {
    spread: Math.sqrt((moment(2) * x.length) / (x.length - 1)),
    error: Math.sqrt((moment(4) / moment(2) ** 2 - 1) / (4 * x.length)),
  };
}

async function run({ quick, log }: SectionContext): Promise<SectionResult> {
  const law = limitLaw(caseA(2));
  const times = Float64Array.of(0, ...TIMES);
  const statistics = resolveStatistics(['risk']);
  const solution = await solvePde(law, { times, statistics, tolerance: 1e-4 });
  const prediction = await riskFluctuation(law, solution, { times: times.slice(1), tolerance: 1e-3 });
  const { engine } = await openBackend('cpu');
  const rows: Row[] = [];
  for (const [dimension, count] of quick ? QUICK : FULL) {
    const problem = buildProblem(caseA(dimension));
    for (const method of METHODS) {
      log(`${method.kind} at d = ${dimension}, ${count} replicas`);
      const values = await valuesOf(engine, {
        problem,
        method,
        times,
        statistics,
        replicas: { first: 0, count },
        seed: 1,
      });
      TIMES.forEach((time, i) => {
        const { spread, error } = spreadOf(values.map((replica) => replica[i + 1][0]));
        const of = method.kind === 'sgd' ? prediction.standardDeviation : prediction.sdeStandardDeviation;
        const predicted = of[i] / Math.sqrt(dimension);
        const within = (value: number) => ({
          unit: '1',
          better: 'none' as const,
          samples: [],
          value,
          low: value * (1 - 1.96 * error),
          high: value * (1 + 1.96 * error),
          level: 0.95,
        });
        rows.push({
          table: 'standard deviation of the risk over replicas',
          labels: { method: method.kind, dimension, replicas: count, time },
          foreign: false,
          quantities: {
            measured: within(spread),
            predicted: exact(predicted, '1'),
            ratio: within(spread / predicted),
          },
        });
      });
    }
  }
  await engine.dispose();
  return {
    rows,
    plots: [
      {
        table: 'standard deviation of the risk over replicas',
        title: 'Spread of the risk: measured over predicted',
        x: 'dimension',
        y: 'ratio',
        series: ['method', 'time'],
        scales: ['log', 'linear'],
      },
    ],
    notes: [
      'case A: λ = 1, b = 1 for half of the coordinates and 0 for the rest, u = 1, v = 0, γ = 0.5; replicas share the problem; 95% intervals from the fourth moment; the replicas behind a spread are those of seed 1',
    ],
  };
}

export default {
  name: 'fluctuations',
  title: 'Spread of the risk over replicas at finite d, measured and predicted',
  run,
} satisfies Section;
