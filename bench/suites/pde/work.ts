/**
 * Work and precision of the PDE: the largest relative error of the risk at the save times against processor time, for tolerances 1e−2 … 1e−9, on the cases
 * of docs/theory.md, on 64 classes and on product laws; and beside it SciPy's solve_ivp on finite volumes, on the same cases as far as a fixed grid in ζ can follow them, and on
 * a smooth start.
 */

import { parseExperiment } from '../../../src/problem/index.ts';
import { resolveStatistics } from '../../../src/statistics/index.ts';
import { limitLaw, solvePde } from '../../../src/theory/index.ts';
import type { LimitLaw } from '../../../src/theory/law/index.ts';
import { scheduleOf } from '../../../src/theory/stepsize.ts';
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

/** Product laws: spectrum, target and start continuous or not. `truth`: the tolerance that errors are measured against. */
interface Product {
  readonly name: string;
  readonly law: LimitLaw;
  readonly times: readonly number[];
  readonly tolerances: readonly number[];
  readonly truth: number;
}

const MARCHENKO_PASTUR = { kind: 'marchenko-pastur', ratio: 0.5 };
const NORMAL = { kind: 'gaussian', scale: 1 };
const productOf = (problem: object, stepSize: number, horizon: number) =>
  limitLaw(
    parseExperiment({ problem: { dimension: 1000, ...problem }, stepSize, horizon, methods: [{ kind: 'pde' }] }),
  );

const PRODUCTS: readonly Product[] = [
  {
    name: 'three directions',
    law: productOf({ covariance: MARCHENKO_PASTUR, target: NORMAL, initialization: NORMAL }, 0.4, 4),
    times: [1, 2, 3, 4],
    tolerances: [1e-2, 1e-3, 1e-4, 1e-5],
    truth: 3e-6,
  },
  {
    name: 'two directions',
    law: productOf(
      { covariance: MARCHENKO_PASTUR, target: NORMAL, initialization: { kind: 'constant', u: 1, v: 0 } },
      0.4,
      4,
    ),
    times: [1, 2, 3, 4],
    tolerances: [1e-2, 1e-3, 1e-4, 1e-5, 1e-6],
    truth: 1e-7,
  },
  {
    name: 'rich power law',
    law: productOf(
      { covariance: { kind: 'power-law', exponent: 1.5 }, initialization: { kind: 'constant', u: 0.05, v: 0 } },
      0.4,
      20,
    ),
    times: [5, 10, 15, 20],
    tolerances: [1e-3, 1e-4, 1e-5, 1e-6],
    truth: 1e-7,
  },
];

/** SciPy's half of a comparison: the range of its grid in ζ, beyond which the mass changes the risk by less than 1e−5, and the ways that are tried. */
interface Peer {
  readonly name: string;
  readonly law: LimitLaw;
  readonly times: readonly number[];
  readonly reach: number;
  readonly classes: readonly object[];
  readonly cells: readonly number[];
  readonly rtols: readonly number[];
  readonly tolerances: readonly number[];
  /** Round errors at which the curves of both programs are compared. */
  readonly errors: readonly number[];
  /** Turns are taken for so long. */
  readonly seconds: number;
}

/** A start that a grid can hold: compared most closely. The laxest tolerance that an experiment file may ask for as well, because SciPy's errors are large. */
const SMOOTH: Peer = {
  name: 'A, Gaussian start',
  law: gaussianLaw,
  times: [1, 2, 4],
  reach: 1.5,
  classes: GAUSSIAN,
  cells: [50, 100, 200, 400, 800, 1600, 3200, 6400],
  rtols: [1e-1, 1e-2, 1e-3, 1e-4, 1e-5],
  tolerances: [0.1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9],
  errors: [1e-1, 1e-2, 1e-3, 1e-4, 1e-5],
  seconds: 300,
};

/** The cases themselves. Later than this a class is narrower than the cells, and SciPy's error of the risk, relative to what is left of it, grows without end. */
const POINTS: readonly Peer[] = [
  fromPoints({ name: 'A, to t = 4', law: halfSparse(0.5, 1), times: [0.8, 1.6, 2.4, 4], reach: 1.4 }),
  fromPoints({ name: 'B, to t = 5', law: halfSparse(2, 1), times: [1, 2, 5], reach: 6 }),
  fromPoints({ name: 'C, to t = 6', law: halfSparse(1, 0.1), times: [3, 6], reach: 5 }),
  // SciPy takes seconds for each of these.
  {
    ...fromPoints({ name: '64 classes, to t = 4', law: manyClasses(8), times: [1, 2, 4], reach: 1.6 }),
    cells: [50, 200, 800, 3200],
    rtols: [1e-3],
  },
];

function fromPoints(own: Pick<Peer, 'name' | 'law' | 'times' | 'reach'>): Peer {
  return {
    ...own,
    classes: startsOf(own.law),
    cells: [100, 200, 400, 800, 1600, 3200, 6400],
    rtols: [1e-1, 1e-2, 1e-3],
    tolerances: [1e-2, 1e-3, 1e-4, 1e-5],
    errors: [],
    seconds: 90,
  };
}

/** Point masses in SciPy's variable ζ = log p − ½s. */
function startsOf(law: LimitLaw): object[] {
  const resolution = { levels: { covariance: 0, target: 0, start: 0 }, clock: 0, drift: 0, cutoff: 0 };
  return law.classes(resolution).map(({ weight, lambda, b, s, start }) => {
    if (start.kind !== 'point') throw new Error('these cases start from points');
    return { weight, lambda, b, s, mean: start.logP - 0.5 * s, width: 0 };
  });
}

const TABLE = 'work and precision';
/** SciPy's integrators. */
const METHODS = ['BDF', 'LSODA'];
const BEST = 'SciPy, the better of both';
/** Seconds of work that a turn measures, and that go before it unmeasured: an engine forgets code that was not run for a while and starts it uncompiled. */
const LONG = 0.03;
const WARM = 0.25;
/** Seconds of a solution beyond which no finer grid is tried. */
const TOO_SLOW = 8;

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
  truest = Math.min(...tolerances) / 10,
): Promise<Measured> {
  // The truth: a tolerance an order of ten below the smallest that is measured, or as near to that as can be had in a minute.
  const truth = risksOf(await solve(law, times, truest));
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

/** One of two programs, each of which has its code and caches cold after the other's turn: warmed up, then the mean over `LONG` seconds, of both alike. */
async function settled(once: () => Promise<Turn>): Promise<Turn> {
  const during = async (seconds: number) => {
    const turns: Turn[] = [];
    for (let sum = 0; sum < seconds; sum += turns[turns.length - 1].seconds) turns.push(await once());
    return turns;
  };
  const warmed = await during(WARM);
  // One that takes so long by itself need not be run again.
  const turns = warmed.length === 1 ? warmed : await during(LONG);
  const mean = (of: (turn: Turn) => number) => turns.reduce((total, turn) => total + of(turn), 0) / turns.length;
  return {
    seconds: mean(({ seconds }) => seconds),
    cpuSeconds: mean(({ cpuSeconds }) => cpuSeconds ?? 0),
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
  { name, law, times, reach, classes, errors: compared, seconds, ...tried }: Peer,
  own: readonly Row[],
  truth: readonly number[],
): Promise<{ readonly rows: Row[]; readonly notes: string[] }> {
  const notes: string[] = [];
  const ways: { method: string; cells: number; rtol: number; error: number; ask: () => Promise<Answer> }[] = [];
  const cellsTried = quick ? [100, 400, 1600] : tried.cells;
  const rtolsTried = quick ? [1e-1, 1e-3] : tried.rtols;
  for (const method of METHODS) {
    const tight: number[] = [];
    let isTooSlow = false;
    for (const cells of cellsTried) {
      if (isTooSlow) {
        notes.push(`${name}: SciPy ${method} with ${cells} cells or more was not tried, fewer took over ${TOO_SLOW} s`);
        break;
      }
      log(`${name}: SciPy ${method}, ${cells} cells`);
      for (const rtol of rtolsTried) {
        const request = {
          method,
          cells,
          rtol,
          reach,
          stepSize: scheduleOf(law)!.stepSize(0),
          times,
          classes,
        };
        const ask = () => peer.ask<Answer>(request);
        const answer = await ask();
        isTooSlow ||= answer.seconds > TOO_SLOW;
        if (answer.risks.length < truth.length) {
          notes.push(`${name}: SciPy ${method} with ${cells} cells at ${rtol} did not reach the end`);
          continue;
        }
        const error = worst(answer.risks, truth);
        ways.push({ method, cells, rtol, error, ask });
        if (rtol === rtolsTried[rtolsTried.length - 1]) tight.push(error);
      }
    }
    if (!(tight[tight.length - 1] < tight[0] / 1.5)) {
      throw new Error(
        `${name}, SciPy ${method}: refining the grid does not bring it closer to this solver (errors ${tight.map((x) => x.toExponential(1)).join(', ')}). The timings do not count.`,
      );
    }
  }
  log(`${name}: this solver and SciPy in turns`);
  const scores = await takeTurns(
    [
      ...own.map(({ labels: { accuracy } }) => ({
        name: `${name} to ${accuracy}`,
        measure: () => settled(() => timed(async () => risksOf(await solve(law, times, Number(accuracy))))),
      })),
      ...ways.map(({ method, cells, rtol, ask }) => ({
        name: `${name}, SciPy ${method}, ${cells} cells at ${rtol}`,
        measure: () =>
          settled(async () => {
            const { seconds, cpuSeconds, risks } = await ask();
            return { seconds, cpuSeconds, results: risks };
          }),
      })),
    ],
    { most: quick ? 3 : 7, seconds: quick ? 10 : seconds },
  );
  const theirs = scores.slice(own.length);
  const rows = ways.map(
    ({ method, cells, rtol, error }, k): Row => ({
      table: TABLE,
      labels: { case: name, method: `SciPy ${method}`, accuracy: rtol, cells },
      foreign: true,
      quantities: {
        error: exact(error, '1'),
        seconds: measured(theirs[k].seconds, 's', 'lower'),
        cpuSeconds: measured(theirs[k].cpuSeconds, 's'),
      },
    }),
  );
  // Repetition by repetition: curve against curve at round errors, and SciPy's curve against each tolerance at the error that it brought.
  const pointsOf = (errors: readonly number[], of: readonly Score[], k: number) =>
    of.map(({ seconds }, i) => ({ error: errors[i], seconds: seconds[k] }));
  const ownErrors = own.map(({ quantities }) => quantities.error.value);
  const ours = scores.slice(0, own.length);
  const curveOf = (method: string) => {
    const mine = (_: unknown, i: number) => ways[i].method === method;
    const errors = ways.filter(mine).map((way) => way.error);
    const scored = theirs.filter(mine);
    return (error: number, k: number) => secondsTo(error, pointsOf(errors, scored, k));
  };
  const curves = METHODS.map((method) => ({ method: `SciPy ${method}`, at: curveOf(method) }));
  const best = (error: number, k: number) => {
    const reached = curves.map(({ at }) => at(error, k)).filter((seconds) => seconds !== null);
    return reached.length > 0 ? Math.min(...reached) : null;
  };
  for (const { method, at } of [...curves, { method: BEST, at: best }]) {
    const compare = (table: string, labels: Row['labels'], error: number, oursOf: (k: number) => number | null) => {
      const pairs = ours[0].seconds.map((_, k) => ({ theirs: at(error, k), ours: oursOf(k) }));
      const both = pairs.filter((pair) => pair.theirs !== null && pair.ours !== null);
      if (both.length < pairs.length) return;
      rows.push({
        table,
        labels: { ...labels, method },
        foreign: false,
        quantities: {
          error: exact(error, '1'),
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
    };
    for (const error of compared) {
      compare('SciPy over this solver at no larger error', { error }, error, (k) =>
        secondsTo(error, pointsOf(ownErrors, ours, k)),
      );
    }
    own.forEach(({ labels: { accuracy } }, i) => {
      compare(
        'SciPy over this solver at the error of each tolerance',
        { case: name, tolerance: accuracy },
        ownErrors[i],
        (k) => ours[i].seconds[k],
      );
    });
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
    "SciPy over this solver: at each error, on the line in log time and log error between the best ways of each program, all of them run in turns, each after a quarter of a second of runs that are not timed; this solver does not reach the largest errors even at the laxest tolerance that an experiment may ask for, and its cheapest way counts there; at the error of each tolerance, the solver at that tolerance against SciPy's best ways",
  ];
  const tolerances = quick ? [1e-2, 1e-3, 1e-4] : [1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9];
  for (const [name, law, times] of quick ? CASES.slice(0, 3) : CASES) {
    const found = await measureCase(context, name, law, times, tolerances);
    rows.push(...found.rows);
    notes.push(...found.notes);
  }
  for (const { name, law, times, tolerances: own, truth } of PRODUCTS) {
    const few = quick ? own.slice(0, 2) : own;
    const found = await measureCase(context, name, law, times, few, quick ? 1e-4 : truth);
    rows.push(...found.rows);
    notes.push(...found.notes);
  }
  const peer = await peers.python('SciPy');
  for (const other of quick || !peer ? [SMOOTH] : [SMOOTH, ...POINTS]) {
    const own = await measureCase(
      context,
      other.name,
      other.law,
      other.times,
      quick ? [0.1, ...tolerances] : other.tolerances,
    );
    rows.push(...own.rows);
    notes.push(...own.notes);
    if (!peer) continue;
    const beside = await measurePeer(context, peer, other, own.rows, own.truth);
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
