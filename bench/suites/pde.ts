/**
 * Work and precision of the PDE: the largest relative error of the risk at the save times against processor time, for tolerances 1e−2 … 1e−9, on the cases
 * of docs/theory.md and on 64 classes; and beside it SciPy's solve_ivp on finite volumes, on a start that a grid in ζ can hold. Processor times: the machine may be shared.
 */
import { type LimitLaw, lawOfClasses, pointClass } from '../../src/problem/limit/index.ts';
import type { LimitClass, LimitSetting } from '../../src/problem/limit/types.ts';
import { resolveStatistics } from '../../src/statistics/index.ts';
import { solvePde } from '../../src/theory/index.ts';
import { median } from '../measure.ts';
import { type PythonPeer, startPython } from '../peers/python.ts';
import type { Suite, SuiteContext, SuiteResult } from '../suite.ts';

const setting = (stepSize: number): LimitSetting => ({
  parametrization: 'product',
  labelNoise: 0,
  batchSize: 1,
  stepSize: { kind: 'constant', value: stepSize },
  horizon: 100,
});

const halfSparse = (stepSize: number, alpha: number) =>
  lawOfClasses(
    setting(stepSize),
    [1, 0].map((b) => pointClass('product', { weight: 0.5, lambda: 1, b, u: alpha, v: 0 })),
  );

/** λ in 8 steps from ½ to 2, b in 8 from 0 to 1.4: an even grid of classes, no symmetry between them. */
const manyClasses = (side: number) =>
  lawOfClasses(
    setting(0.5),
    Array.from({ length: side * side }, (_, i) =>
      pointClass('product', {
        weight: 1 / (side * side),
        lambda: 0.5 * 4 ** ((i % side) / (side - 1)),
        b: (1.4 * Math.floor(i / side)) / (side - 1),
        u: 1,
        v: 0,
      }),
    ),
  );

/** ζ(0) ~ N(0, 0.3²): what a fixed grid in ζ can represent from the start. */
const GAUSSIAN = [1, 0].map((b) => ({ weight: 0.5, lambda: 1, b, s: 0, mean: 0, width: 0.3 }));
const gaussianLaw = lawOfClasses(
  setting(0.5),
  GAUSSIAN.map(
    ({ weight, lambda, b, s, width }): LimitClass => ({
      weight,
      lambda,
      b,
      s,
      start: { kind: 'map', map: (z, out) => out.set(z.map((x) => width * x)) },
      views: [{ exchanged: false, p: 1, q: 1, share: 1 }],
    }),
  ),
);

const CASES: readonly (readonly [name: string, law: LimitLaw, times: readonly number[]])[] = [
  ['A', halfSparse(0.5, 1), [0.8, 1.6, 2.4, 4, 8, 20, 40]],
  ['B', halfSparse(2, 1), [1, 2, 5, 10]],
  ['C', halfSparse(1, 0.1), [3, 6, 9, 12, 30]],
  ['64 classes', manyClasses(8), [1, 2, 4, 8]],
];

const PEER = { name: 'A, Gaussian start', law: gaussianLaw, times: [1, 2, 4] };

const statistics = resolveStatistics(['risk']);

async function solve(law: LimitLaw, times: readonly number[], tolerance: number) {
  const busy = process.cpuUsage();
  const start = performance.now();
  const solution = await solvePde(law, { times: Float64Array.of(0, ...times), statistics, tolerance });
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(busy);
  return { solution, seconds, cpuSeconds: (user + system) / 1e6, risks: [...solution.values[0].slice(1)] };
}

const worst = (risks: readonly number[], exact: readonly number[]) =>
  Math.max(...exact.map((value, i) => Math.abs(risks[i] / value - 1)));

async function run({ quick, log }: SuiteContext): Promise<SuiteResult> {
  const rows: Record<string, number | string>[] = [];
  const notes: string[] = [
    'seconds: medians of processor time of one thread over repetitions after one that compiles; error: largest relative error of the risk at the save times against tolerance 1e-10',
  ];
  const tolerances = quick ? [1e-3, 1e-6] : [1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9];
  const repetitions = quick ? 1 : 3;
  const measure = async (name: string, law: LimitLaw, times: readonly number[]) => {
    const exact = (await solve(law, times, 1e-10)).risks;
    for (const tolerance of tolerances) {
      log(`${name}, tolerance ${tolerance}`);
      const cold = await solve(law, times, tolerance);
      const runs = [];
      for (let i = 0; i < repetitions; i++) runs.push(await solve(law, times, tolerance));
      const { solution, risks } = cold;
      if (solution.failed) {
        notes.push(`${name} at ${tolerance}: ${solution.events.map(({ message }) => message).join('; ')}`);
        continue;
      }
      rows.push({
        method: 'diagflow',
        case: name,
        tolerance,
        error: Math.max(worst(risks, exact), 1e-16),
        errorEstimate: solution.errorEstimate,
        cpuSecondsMedian: median(runs.map((r) => r.cpuSeconds)),
        secondsMedian: median(runs.map((r) => r.seconds)),
        steps: solution.work.steps,
        nodes: solution.work.nodes,
      });
    }
    return exact;
  };
  for (const [name, law, times] of CASES) await measure(name, law, times);
  const exact = await measure(PEER.name, PEER.law, PEER.times);
  const peer = await startPython('scipy_pde.py');
  if (peer) {
    notes.push(`SciPy ${peer.hello.scipy}, NumPy ${peer.hello.numpy}, Python ${peer.hello.python}`);
    await scipy(peer, exact, quick, rows, log);
    peer.stop();
    notes.push(...compare(rows));
  } else notes.push('SciPy skipped: no python3 with scipy was found (apt-get install python3-scipy)');
  if (!quick) {
    // Growth with the number of classes.
    for (const side of [8, 16, 32]) {
      log(`${side * side} classes`);
      const { solution, cpuSeconds, seconds } = await solve(manyClasses(side), [1, 2, 4, 8], 1e-6);
      rows.push({
        method: 'diagflow',
        case: `${side * side} classes`,
        tolerance: 1e-6,
        error: solution.errorEstimate,
        errorEstimate: solution.errorEstimate,
        cpuSecondsMedian: cpuSeconds,
        secondsMedian: seconds,
        steps: solution.work.steps,
        nodes: solution.work.nodes,
        residentMegabytes: process.memoryUsage().rss / 1e6,
      });
    }
  }
  return { rows, notes };
}

async function scipy(
  peer: PythonPeer,
  exact: readonly number[],
  quick: boolean,
  rows: Record<string, number | string>[],
  log: (line: string) => void,
): Promise<void> {
  const levels = quick
    ? [[200, 1e-5]]
    : [
        [100, 1e-4],
        [200, 1e-5],
        [400, 1e-6],
        [800, 1e-7],
        [1600, 1e-8],
        [3200, 1e-9],
      ];
  for (const method of ['BDF', 'LSODA'])
    for (const [cells, rtol] of levels) {
      log(`SciPy ${method}, ${cells} cells`);
      const request = { method, cells, rtol, reach: 3, stepSize: 0.5, times: PEER.times, classes: GAUSSIAN };
      const { seconds, cpuSeconds, risks } = await peer.ask<{ seconds: number; cpuSeconds: number; risks: number[] }>(
        request,
      );
      if (risks.length < exact.length) continue;
      rows.push({
        method: `SciPy ${method}`,
        case: PEER.name,
        tolerance: rtol,
        error: worst(risks, exact),
        cpuSecondsMedian: cpuSeconds,
        secondsMedian: seconds,
        nodes: 2 * cells,
      });
    }
}

/** Processor time of each SciPy row over that of the cheapest run of this solver with no larger error. */
function compare(rows: readonly Record<string, number | string>[]): string[] {
  const own = rows.filter((row) => row.case === PEER.name && row.method === 'diagflow');
  return rows
    .filter((row) => row.case === PEER.name && row.method !== 'diagflow')
    .flatMap((row) => {
      const times = own.filter(({ error }) => error <= row.error).map((r) => r.cpuSecondsMedian as number);
      if (times.length === 0) return [];
      const ratio = (row.cpuSecondsMedian as number) / Math.min(...times);
      return [
        `${row.method}, ${row.nodes} cells, error ${(row.error as number).toExponential(1)}: ${ratio.toPrecision(3)} times the time of this solver at no larger error`,
      ];
    });
}

const suite: Suite = {
  name: 'pde',
  title: 'Work and precision of the PDE solver, beside SciPy on finite volumes',
  run,
};

export default suite;

if (process.argv[1]?.endsWith('suites/pde.ts')) {
  const result = await run({
    quick: process.argv.includes('--quick'),
    log: (line) => void process.stderr.write(`${line}\n`),
  });
  process.stdout.write(`${JSON.stringify(result, null, 1)}\n`);
}
