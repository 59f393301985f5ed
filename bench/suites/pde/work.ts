/**
 * Work and precision of the PDE: the largest relative error of the risk at the save times against processor time, for tolerances 1e−2 … 1e−9, on the cases
 * of docs/theory.md and on 64 classes; and beside it SciPy's solve_ivp on finite volumes, on a start that a grid in ζ can hold.
 */
import type { LimitLaw } from '../../../src/problem/limit/index.ts';
import { resolveStatistics } from '../../../src/statistics/index.ts';
import { solvePde } from '../../../src/theory/index.ts';
import { GAUSSIAN, gaussianLaw, halfSparse, manyClasses } from '../../kit/laws.ts';
import { type Score, type Turn, takeTurns, timed } from '../../kit/measure.ts';
import { secondsTo } from '../../kit/precision.ts';
import { exact, measured, median } from '../../kit/statistics.ts';
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
/** SciPy's: integrators, and the errors at which it is compared, as far as its grids reach. */
const METHODS = ['BDF', 'LSODA'];
const BEST = 'SciPy, the better of both';
const EQUAL = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5];
/** Half-range of its grid in ζ: five widths of the start; the mass beyond changes the risk by less than 1e−5. */
const REACH = 1.5;
const LONG = 0.03;

const statistics = resolveStatistics(['risk']);
const solve = (law: LimitLaw, times: readonly number[], tolerance: number) =>
  solvePde(law, { times: Float64Array.of(0, ...times), statistics, tolerance });

const risksOf = ({ values }: Awaited<ReturnType<typeof solve>>) => [...values[0].slice(1)];

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

interface Answer {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly risks: number[];
}

/** One of two programs, each of which finds its caches cold after the other's turn: once for nothing, then the mean over `LONG` seconds, of both alike. */
async function settled(once: () => Promise<Turn>): Promise<Turn> {
  await once();
  const turns: Turn[] = [];
  const sum = (of: (turn: Turn) => number) => turns.reduce((total, turn) => total + of(turn), 0);
  do turns.push(await once());
  while (sum(({ seconds }) => seconds) < LONG);
  return {
    seconds: sum(({ seconds }) => seconds) / turns.length,
    cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds ?? 0) / turns.length,
    results: turns[0].results,
  };
}

/**
 * This solver and SciPy's finite volumes in ζ, every way of each, taking turns. SciPy's error must shrink with its grid towards our solution, or the two solve
 * different equations.
 */
async function measurePeer(
  { quick, log }: SectionContext,
  peer: PythonPeer,
  own: readonly Row[],
  truth: readonly number[],
): Promise<{ readonly rows: Row[]; readonly notes: string[] }> {
  const notes: string[] = [];
  const ways: { method: string; cells: number; rtol: number; error: number; ask: () => Promise<Answer> }[] = [];
  for (const method of METHODS) {
    const tight: number[] = [];
    for (const cells of quick ? [100, 400, 1600] : [50, 100, 200, 400, 800, 1600, 3200, 6400]) {
      log(`SciPy ${method}, ${cells} cells`);
      for (const rtol of quick ? [1e-1, 1e-3] : [1e-1, 1e-2, 1e-3, 1e-4, 1e-5]) {
        const request = { method, cells, rtol, reach: REACH, stepSize: 0.5, times: PEER.times, classes: GAUSSIAN };
        const ask = () => peer.ask<Answer>(request);
        const { risks } = await ask();
        if (risks.length < truth.length) {
          notes.push(`SciPy ${method} with ${cells} cells at ${rtol} did not reach the end`);
          continue;
        }
        const error = worst(risks, truth);
        ways.push({ method, cells, rtol, error, ask });
        if (rtol <= (quick ? 1e-3 : 1e-5)) tight.push(error);
      }
    }
    if (!(tight[tight.length - 1] < tight[0] / 1.5)) {
      throw new Error(
        `SciPy ${method}: refining the grid does not bring it closer to this solver (errors ${tight.map((x) => x.toExponential(1)).join(', ')}). The timings do not count.`,
      );
    }
  }
  log('this solver and SciPy in turns');
  const scores = await takeTurns(
    [
      ...own.map(({ labels: { accuracy } }) => ({
        name: `${PEER.name} to ${accuracy}`,
        measure: () => settled(() => timed(async () => risksOf(await solve(PEER.law, PEER.times, Number(accuracy))))),
      })),
      ...ways.map(({ method, cells, rtol, ask }) => ({
        name: `SciPy ${method}, ${cells} cells at ${rtol}`,
        measure: () =>
          settled(async () => {
            const { seconds, cpuSeconds, risks } = await ask();
            return { seconds, cpuSeconds, results: risks };
          }),
      })),
    ],
    { most: quick ? 3 : 7, seconds: quick ? 10 : 300 },
  );
  const theirs = scores.slice(own.length);
  const rows = ways.map(
    ({ method, cells, rtol, error }, k): Row => ({
      table: TABLE,
      labels: { case: PEER.name, method: `SciPy ${method}`, accuracy: rtol, cells },
      foreign: true,
      quantities: {
        error: exact(error, '1'),
        seconds: measured(theirs[k].seconds, 's', 'lower'),
        cpuSeconds: measured(theirs[k].cpuSeconds, 's'),
      },
    }),
  );
  // Curve against curve, repetition by repetition.
  const pointsOf = (errors: readonly number[], of: readonly Score[], k: number) =>
    of.map(({ seconds }, i) => ({ error: errors[i], seconds: seconds[k] }));
  const ownErrors = own.map(({ quantities }) => quantities.error.value);
  const ours = scores.slice(0, own.length);
  for (const method of [...METHODS, BEST]) {
    const mine = (_: unknown, i: number) => method === BEST || ways[i].method === method;
    const errors = ways.filter(mine).map(({ error }) => error);
    const scored = theirs.filter(mine);
    for (const error of EQUAL) {
      const pairs = ours[0].seconds.map((_, k) => ({
        theirs: secondsTo(error, pointsOf(errors, scored, k)),
        ours: secondsTo(error, pointsOf(ownErrors, ours, k)),
      }));
      const both = pairs.filter((pair) => pair.theirs !== null && pair.ours !== null);
      if (both.length < pairs.length) continue;
      rows.push({
        table: 'SciPy over this solver at no larger error',
        labels: { method: method === BEST ? BEST : `SciPy ${method}`, error },
        foreign: false,
        quantities: {
          timesTheSeconds: measured(
            both.map((pair) => pair.theirs! / pair.ours!),
            '1',
            'higher',
          ),
          seconds: measured(
            both.map((pair) => pair.ours!),
            's',
          ),
          theirSeconds: measured(
            both.map((pair) => pair.theirs!),
            's',
          ),
        },
      });
    }
  }
  return { rows, notes };
}

async function run(context: SectionContext): Promise<SectionResult> {
  const { quick, log, peers } = context;
  const rows: Row[] = [];
  const notes = [
    'error: largest relative error of the risk at the save times, against a tolerance ten times tighter than the tightest here; accuracy: tolerance (SciPy: rtol)',
    'seconds: wall time of whole solutions, repetitions of all tolerances taking turns after one that compiles; the solver runs on one thread',
    'SciPy: Scharfetter–Gummel finite volumes over the range that the solution needs, method of lines, exact band Jacobian, every rtol (accuracy) with every number of cells',
    'SciPy over this solver: at each error, on the line in log time and log error between the best ways of each program, all of them run in turns, each after a run that is not timed; this solver does not reach the largest errors even at the laxest tolerance that an experiment may ask for, and its cheapest way counts there',
  ];
  const tolerances = quick ? [1e-2, 1e-3, 1e-4] : [1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9];
  for (const [name, law, times] of quick ? CASES.slice(0, 3) : CASES) {
    const found = await measureCase(context, name, law, times, tolerances);
    rows.push(...found.rows);
    notes.push(...found.notes);
  }
  // The laxest tolerance that an experiment file may ask for, because SciPy's errors are large.
  const { truth, ...own } = await measureCase(context, PEER.name, PEER.law, PEER.times, [0.1, ...tolerances]);
  rows.push(...own.rows);
  notes.push(...own.notes);
  const peer = await peers.python('SciPy');
  if (peer) {
    const beside = await measurePeer(context, peer, own.rows, truth);
    rows.push(...beside.rows);
    notes.push(...beside.notes);
  }
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
