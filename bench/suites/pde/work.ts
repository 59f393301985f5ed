/**
 * Work and precision of the PDE: the largest relative error of the risk at the save times against processor time, for tolerances 1e−2 … 1e−9, on the cases
 * of docs/theory.md and on 64 classes; and beside it SciPy's solve_ivp on finite volumes, on a start that a grid in ζ can hold.
 */
import type { LimitLaw } from '../../../src/problem/limit/index.ts';
import { resolveStatistics } from '../../../src/statistics/index.ts';
import { solvePde } from '../../../src/theory/index.ts';
import { GAUSSIAN, gaussianLaw, halfSparse, manyClasses } from '../../kit/laws.ts';
import { takeTurns, timed } from '../../kit/measure.ts';
import { exact, measured, median, pairedRatios } from '../../kit/statistics.ts';
import type { PythonPeer } from '../../peers/python.ts';
import type { Row, Section, SectionContext, SectionResult } from '../../suite.ts';

const CASES: readonly (readonly [name: string, law: LimitLaw, times: readonly number[]])[] = [
  ['A', halfSparse(0.5, 1), [0.8, 1.6, 2.4, 4, 8, 20, 40]],
  ['B', halfSparse(2, 1), [1, 2, 5, 10]],
  ['C', halfSparse(1, 0.1), [3, 6, 9, 12, 30]],
  ['64 classes', manyClasses(8), [1, 2, 4, 8]],
];
const PEER = { name: 'A, Gaussian start', law: gaussianLaw, times: [1, 2, 4] };
const TABLE = 'work and precision';

const statistics = resolveStatistics(['risk']);
const solve = (law: LimitLaw, times: readonly number[], tolerance: number) =>
  solvePde(law, { times: Float64Array.of(0, ...times), statistics, tolerance });

/** Largest relative error, or the spacing of f64 where it is smaller, so that logarithms can be taken. */
const worst = (risks: readonly number[], truth: readonly number[]) =>
  Math.max(2 ** -53, ...truth.map((value, i) => Math.abs(risks[i] / value - 1)));

interface Measured {
  readonly rows: Row[];
  readonly notes: string[];
  readonly truth: readonly number[];
}

async function measureCase(
  { quick, log }: SectionContext,
  name: string,
  law: LimitLaw,
  times: readonly number[],
  tolerances: readonly number[],
): Promise<Measured> {
  const risksOf = ({ values }: Awaited<ReturnType<typeof solve>>) => [...values[0].slice(1)];
  // The truth: the tightest tolerance, an order of ten below the smallest that is measured.
  const truth = risksOf(await solve(law, times, Math.min(...tolerances) / 10));
  const notes: string[] = [];
  const kept: { tolerance: number; solution: Awaited<ReturnType<typeof solve>> }[] = [];
  for (const tolerance of tolerances) {
    const solution = await solve(law, times, tolerance);
    if (solution.failed) {
      notes.push(`${name} at ${tolerance}: ${solution.events.map(({ message }) => message).join('; ')}`);
    } else kept.push({ tolerance, solution });
  }
  log(name);
  const contestants = kept.map(({ tolerance }) => ({
    name: `${name} to ${tolerance}`,
    measure: () => timed(async () => risksOf(await solve(law, times, tolerance))),
  }));
  const scores = await takeTurns(contestants, { most: quick ? 3 : 7 });
  const rows = kept.map(
    ({ tolerance, solution }, k): Row => ({
      table: TABLE,
      labels: { case: name, method: 'diagflow', accuracy: tolerance },
      foreign: false,
      quantities: {
        error: exact(worst(risksOf(solution), truth), '1', 'lower'),
        errorEstimate: exact(solution.errorEstimate, '1'),
        seconds: measured(scores[k].seconds, 's', 'lower'),
        cpuSeconds: measured(scores[k].cpuSeconds, 's'),
        steps: exact(solution.work.steps, '1'),
        nodes: exact(solution.work.nodes, '1'),
      },
    }),
  );
  return { rows, notes, truth };
}

/** Finite volumes in ζ. Its error must shrink with its grid towards our solution, or the two solve different equations. */
async function scipy({ quick, log }: SectionContext, peer: PythonPeer, truth: readonly number[]): Promise<Row[]> {
  const levels = quick
    ? [
        [100, 1e-4],
        [200, 1e-5],
      ]
    : [
        [100, 1e-4],
        [200, 1e-5],
        [400, 1e-6],
        [800, 1e-7],
        [1600, 1e-8],
        [3200, 1e-9],
      ];
  const rows: Row[] = [];
  for (const method of ['BDF', 'LSODA']) {
    const errors: number[] = [];
    for (const [cells, rtol] of levels) {
      log(`SciPy ${method}, ${cells} cells`);
      const request = { method, cells, rtol, reach: 3, stepSize: 0.5, times: PEER.times, classes: GAUSSIAN };
      const runs: { seconds: number; cpuSeconds: number; risks: number[] }[] = [];
      // Long runs are their own average.
      do runs.push(await peer.ask(request));
      while (runs.length < 3 && runs[0].seconds < (quick ? 0.3 : 20));
      const [{ risks }] = runs;
      if (risks.length < truth.length) throw new Error(`SciPy ${method} with ${cells} cells did not reach the end`);
      errors.push(worst(risks, truth));
      rows.push({
        table: TABLE,
        labels: { case: PEER.name, method: `SciPy ${method}`, accuracy: rtol },
        foreign: true,
        quantities: {
          error: exact(errors[errors.length - 1], '1'),
          seconds: measured(
            runs.map(({ seconds }) => seconds),
            's',
            'lower',
          ),
          cpuSeconds: measured(
            runs.map(({ cpuSeconds }) => cpuSeconds),
            's',
          ),
          nodes: exact(2 * cells, '1'),
        },
      });
    }
    if (!(errors[errors.length - 1] < errors[0] / 1.5)) {
      throw new Error(
        `SciPy ${method}: refining the grid does not bring it closer to this solver (errors ${errors.map((x) => x.toExponential(1)).join(', ')}). The timings do not count.`,
      );
    }
  }
  return rows;
}

/** Seconds of each SciPy row over those of the cheapest run of this solver with no larger error. */
function compare(rows: readonly Row[]): Row[] {
  const own = rows.filter(({ labels }) => labels.case === PEER.name && labels.method === 'diagflow');
  return rows
    .filter(({ foreign }) => foreign)
    .flatMap(({ labels, quantities: { error, seconds } }) => {
      const good = own.filter(({ quantities }) => quantities.error.value <= error.value);
      if (good.length === 0) return [];
      const best = good.map(({ quantities }) => quantities.seconds).reduce((a, b) => (a.value < b.value ? a : b));
      const pairs = Math.min(seconds.samples.length, best.samples.length);
      return [
        {
          table: 'SciPy over this solver at no larger error',
          labels: { method: labels.method, accuracy: labels.accuracy },
          foreign: false,
          quantities: {
            error: exact(error.value, '1'),
            timesTheSeconds: measured(pairedRatios(seconds.samples.slice(0, pairs), best.samples.slice(0, pairs)), '1'),
          },
        },
      ];
    });
}

async function run(context: SectionContext): Promise<SectionResult> {
  const { quick, log, peers } = context;
  const rows: Row[] = [];
  const notes = [
    'error: largest relative error of the risk at the save times, against a tolerance ten times tighter than the tightest here; accuracy: tolerance (SciPy: rtol; cells grow with it)',
    'seconds: wall time of whole solutions, repetitions of all tolerances taking turns after one that compiles; the solver runs on one thread',
    'SciPy: Scharfetter–Gummel finite volumes, method of lines, exact band Jacobian; its error is that of second order in the cell',
  ];
  const tolerances = quick ? [1e-2, 1e-3, 1e-4] : [1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9];
  for (const [name, law, times] of quick ? CASES.slice(0, 3) : CASES) {
    const found = await measureCase(context, name, law, times, tolerances);
    rows.push(...found.rows);
    notes.push(...found.notes);
  }
  const { truth, ...own } = await measureCase(context, PEER.name, PEER.law, PEER.times, tolerances);
  rows.push(...own.rows);
  notes.push(...own.notes);
  const peer = await peers.python('SciPy');
  if (peer) rows.push(...(await scipy(context, peer, truth)));
  rows.push(...compare(rows));
  // Growth with the number of classes.
  for (const side of quick ? [4, 8] : [8, 16, 32]) {
    log(`${side * side} classes`);
    const seconds: number[] = [];
    for (let k = 0; k < (quick ? 1 : 3); k++) {
      seconds.push(
        (await timed(async () => [(await solve(manyClasses(side), [1, 2, 4, 8], quick ? 1e-3 : 1e-6)).errorEstimate]))
          .seconds,
      );
    }
    rows.push({
      table: 'growth with the number of classes',
      labels: { classes: side * side },
      foreign: false,
      quantities: { seconds: measured(seconds, 's', 'lower'), perClass: exact(median(seconds) / side ** 2, 's') },
    });
  }
  return {
    rows,
    plots: [
      {
        table: TABLE,
        title: 'Work and precision of the PDE',
        x: 'seconds',
        y: 'error',
        series: ['case', 'method'],
        scales: ['log', 'log'],
      },
    ],
    notes,
  };
}

export default {
  name: 'work',
  title: 'Work and precision of the PDE solver, beside SciPy on finite volumes',
  weight: 1.5,
  run,
} satisfies Section;
