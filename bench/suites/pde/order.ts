/** Orders of the PDE solver, each alone: Rodas5P in √t with equal steps on one grid, and differences in z with a tight tolerance in time. */
import { resolveStatistics } from '../../../src/statistics/index.ts';
import { evolve } from '../../../src/theory/evolution.ts';
import { gaussianClasses, setting } from '../../kit/laws.ts';
import { exact, fitLine } from '../../kit/statistics.ts';
import type { Row, Section, SectionContext, SectionResult } from '../../suite.ts';

const TIMES = Float64Array.of(0, 2.25);
const REACH = 9;
const moments = resolveStatistics(['risk']).flatMap((statistic) => statistic.moments);

/** The risk at the end on one grid in z, with equal steps in √t or steps by a tolerance. */
function risk(spacing: number, step: number | undefined, tolerance: number): number {
  const below = Math.round(REACH / spacing);
  const work = evolve({
    setting: setting(0.5),
    classes: gaussianClasses,
    times: TIMES,
    moments,
    accuracy: { step: tolerance, grid: { resolution: tolerance, tail: 1e-2 * tolerance }, average: 0.1 * tolerance },
    fixed: { grid: { low: -below * spacing, spacing, count: 2 * below + 1 }, step },
  });
  for (;;) {
    const { done, value } = work.next();
    if (!done) continue;
    if (value.stopped !== 'horizon') throw new Error(`the solver stopped at t = ${value.end}: ${value.message}`);
    return value.snapshots[1]!.means[0];
  }
}

function ladder(of: string, expected: number, sizes: readonly number[], errors: readonly number[]): Row[] {
  const { slope } = fitLine(sizes.map(Math.log), errors.map(Math.log));
  return [
    ...sizes.map((size, k) => ({
      table: 'error of the risk at t = 2.25',
      labels: { of, size },
      foreign: false,
      quantities: { error: exact(errors[k], '1', 'lower' as const) },
    })),
    { table: 'order', labels: { of }, foreign: false, quantities: { order: slope, expected: exact(expected, '1') } },
  ];
}

async function run({ quick, log }: SectionContext): Promise<SectionResult> {
  log('steps in √t');
  const end = Math.sqrt(TIMES[1]);
  const still = risk(0.25, end / (quick ? 300 : 800), 1e-3);
  const counts = quick ? [24, 34, 48, 68] : [24, 34, 48, 68, 96, 136];
  const steps = counts.map((n) => end / n);
  const inTime = steps.map((step) => Math.abs(risk(0.25, step, 1e-3) / still - 1));
  log('spacing in z');
  const truth = risk(0.15, undefined, 1e-12);
  const spacings = [0.75, 0.6, 0.5, 0.4, 0.3];
  const inSpace = spacings.map((spacing) => Math.abs(risk(spacing, undefined, 1e-12) / truth - 1));
  return {
    rows: [...ladder('step in √t', 5, steps, inTime), ...ladder('spacing in z', 8, spacings, inSpace)],
    plots: [
      {
        table: 'error of the risk at t = 2.25',
        title: 'Orders of the PDE solver',
        x: 'size',
        y: 'error',
        series: ['of'],
        scales: ['log', 'log'],
      },
    ],
    notes: [
      'case A with ζ(0) ~ N(0, 0.3²); time: against many more steps on the same grid; z: against spacing 0.15, steps to 1e-12; order: slope of log error on log size',
    ],
  };
}

export default {
  name: 'order',
  title: 'Orders of the PDE solver in time and in z',
  weight: 0.3,
  run,
} satisfies Section;
