/** The rate at which the risk decays in the end, predicted (docs/theory.md, "Terminal rate") and measured in PDE and SGD, over γ and α. */
import { createCpuEngine } from '../../../src/cpu/index.ts';
import { buildProblem } from '../../../src/problem/index.ts';
import { resolveStatistics } from '../../../src/statistics/index.ts';
import { predict, solvePde } from '../../../src/theory/index.ts';
import { limitLaw } from '../../../src/theory/law/index.ts';
import { experimentOf, valuesOf } from '../../kit/simulate.ts';
import { averaged, exact, fitLine } from '../../kit/statistics.ts';
import type { Row, Section, SectionContext, SectionResult } from '../../suite.ts';

const FULL = { stepSizes: [0.25, 0.5, 0.75, 0.9], starts: [0.5, 0.7, 1, 1.3], dimension: 1024, replicas: 16 };
const QUICK = { stepSizes: [0.25, 0.75], starts: [0.7, 1.3], dimension: 256, replicas: 6 };
const statistics = resolveStatistics(['risk']);
/** e-folds of the risk after which the slope is read off, over as many again. */
const FOLDS = 8;
const LONGEST = 2000;
/** Points of the slope. */
const POINTS = 20;

async function run({ quick, log }: SectionContext): Promise<SectionResult> {
  const { stepSizes, starts, dimension, replicas } = quick ? QUICK : FULL;
  const engine = createCpuEngine();
  const rows: Row[] = [];
  const notes = [
    `λ = 1, b = 1 for half of the coordinates and 0 for the rest, u = α, v = 0; SGD at d = ${dimension}, ${replicas} replicas; rate: slope of −log R over t where R has fallen by e^−${FOLDS} to e^−${2 * FOLDS}; averages with 95% intervals by Student`,
    'ratio: measured over predicted; of SGD it differs from 1 by the fluctuations of one replica, O(d^−½), and by a bias of O(1/d)',
  ];
  try {
    for (const stepSize of stepSizes) {
      for (const alpha of starts) {
        log(`γ = ${stepSize}, α = ${alpha}`);
        const found = await settle(stepSize, alpha);
        if (found === null) {
          notes.push(`γ = ${stepSize}, α = ${alpha}: no exponential decay is predicted before t = ${LONGEST}`);
          continue;
        }
        const { predicted, horizon, measured, critical } = found;
        const problem = buildProblem(halfSparse(stepSize, alpha, horizon, dimension));
        const times = timesOf(horizon);
        const values = await valuesOf(engine, {
          problem,
          method: { kind: 'sgd' },
          times,
          statistics,
          replicas: { first: 0, count: replicas },
          seed: 1,
        });
        const slopes = values.map((replica) => slopeOf(times, (i) => replica[i][0]));
        rows.push({
          table: 'terminal rate',
          labels: { stepSize, alpha },
          foreign: false,
          quantities: {
            predicted: exact(predicted, '1/t'),
            pde: exact(measured, '1/t'),
            sgd: averaged(slopes, '1/t'),
            pdeError: exact(Math.abs(measured / predicted - 1), '1', 'lower'),
            sgdRatio: averaged(
              slopes.map((slope) => slope / predicted),
              '1',
            ),
            criticalStepSize: exact(critical, '1'),
          },
        });
      }
    }
  } finally {
    await engine.dispose();
  }
  return {
    rows,
    plots: [
      {
        table: 'terminal rate',
        title: 'Terminal rate of SGD against its prediction',
        x: 'predicted',
        y: 'sgd',
        series: [],
        scales: ['linear', 'linear'],
        guide: 'diagonal',
      },
    ],
    notes,
  };
}

const halfSparse = (stepSize: number, alpha: number, horizon: number, dimension: number) =>
  experimentOf(dimension, horizon, {
    stepSize,
    problem: { initialization: { kind: 'constant', u: alpha, v: 0 } },
  });

/** 0, and the second half of the run. */
const timesOf = (horizon: number) =>
  Float64Array.from({ length: POINTS + 2 }, (_, i) => (i === 0 ? 0 : (horizon * (POINTS + i - 1)) / (2 * POINTS)));

function slopeOf(times: Float64Array, risk: (i: number) => number): number {
  const late = Array.from(times.keys()).slice(1);
  return -fitLine(
    late.map((i) => times[i]),
    late.map((i) => Math.log(risk(i))),
  ).slope.value;
}

/** The horizon after which the risk has fallen twice FOLDS e-folds, the rate predicted there, and the PDE's over its second half. */
async function settle(stepSize: number, alpha: number) {
  for (let horizon = 10; horizon <= LONGEST; ) {
    const law = limitLaw(halfSparse(stepSize, alpha, horizon, 2));
    const times = timesOf(horizon);
    const solution = await solvePde(law, { times, statistics, tolerance: 1e-5 });
    const prediction = predict(law, solution);
    const rate = prediction?.terminalRate ?? null;
    if (solution.failed) return null;
    if (rate !== null && rate * horizon >= 2 * FOLDS * 0.999) {
      const measured = slopeOf(times, (i) => solution.values[0][i]);
      return { predicted: rate, horizon, measured, critical: prediction!.criticalStepSize! };
    }
    horizon = rate === null ? 2 * horizon : (2 * FOLDS) / rate;
  }
  return null;
}

export default {
  name: 'rates',
  title: 'Terminal rate of the risk, measured against predicted, over step size and initialization',
  run,
} satisfies Section;
