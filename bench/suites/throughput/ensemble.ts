/** Ensembles at scale: many mean-field paths, many replicas, and the memory that they take, beside NumPy in the same run. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parseExperiment } from '../../../src/problem/index.ts';
import type { Result } from '../../../src/results/index.ts';
import { runExperiment } from '../../../src/run/index.ts';
import { resolveStatistics } from '../../../src/statistics/index.ts';
import { solvePde } from '../../../src/theory/index.ts';
import { limitLaw } from '../../../src/theory/law/index.ts';
import { experimentOf } from '../../kit/simulate.ts';
import { exact, measured } from '../../kit/statistics.ts';
import type { PythonName } from '../../peers/index.ts';
import type { Quantity, Row, Section, SectionContext, SectionResult } from '../../suite.ts';

const DIMENSION = 1000;
const STEPS = 1000;
const HORIZON = 8;
/** Case A of docs/theory.md, "Reference values". */
const CASE = { problem: { dimension: DIMENSION }, stepSize: 0.5, samples: 10, statistics: ['risk', 'curvature'] };
const TABLE = 'whole runs';
const ESTIMATES = [{ kind: 'distribution', times: [HORIZON] }, { kind: 'tail', above: 3.4e-4 }, { kind: 'rate' }];

/** Loops of other tools over the same paths. */
const PEERS = ['NumPy', 'JAX'] as const satisfies readonly PythonName[];

interface Watched {
  readonly result: Result;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Most memory that JavaScript values and buffers still held after collecting garbage, once a second. */
  readonly heldBytes: number;
}

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

async function watch(file: object): Promise<Watched> {
  const events = runExperiment(parseExperiment(file), { backend: 'cpu' });
  const busy = process.cpuUsage();
  const start = performance.now();
  let heldBytes = 0;
  let next = 0;
  for (;;) {
    const step = await events.next();
    if (performance.now() > next) {
      collectGarbage();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      heldBytes = Math.max(heldBytes, heapUsed + arrayBuffers);
      next = performance.now() + 1000;
    }
    if (!step.done) continue;
    const { user, system } = process.cpuUsage(busy);
    return {
      result: step.value,
      seconds: (performance.now() - start) / 1000,
      cpuSeconds: (user + system) / 1e6,
      heldBytes,
    };
  }
}

function row(what: string, replicas: number, steps: number, { result, seconds, cpuSeconds, heldBytes }: Watched): Row {
  const [curve] = result.curves;
  const last = curve.mean.length - 1;
  const [mean, error] = [curve.mean[last]!, curve.standardError![last]!];
  const work = replicas * DIMENSION * steps;
  const risk: Quantity = { ...exact(mean, '1'), low: mean - 1.96 * error, high: mean + 1.96 * error, level: 0.95 };
  return {
    table: TABLE,
    labels: { what, contestant: 'diagflow cpu', paths: replicas * DIMENSION, steps },
    foreign: false,
    quantities: {
      rate: measured([work / seconds], 'coordinate-steps/s', 'higher'),
      seconds: measured([seconds], 's'),
      cpuSeconds: measured([cpuSeconds], 's'),
      heldBytes: exact(heldBytes, 'bytes'),
      risk,
    },
  };
}

/** The same Euler–Maruyama paths in another tool, null where it is not installed. */
async function peerRow(context: SectionContext, name: PythonName, paths: number, risks: number[]): Promise<Row | null> {
  const peer = await context.peers.python(name);
  if (peer === null) return null;
  context.log(`the same in ${name}`);
  const request = {
    task: 'mean-field',
    dimension: paths,
    horizon: HORIZON,
    gamma: 0.5,
    risks,
    seed: 1,
    dtype: 'float32',
  };
  const answer = await peer.ask<{ seconds: number; cpuSeconds?: number; risk: number; paths?: number }>(request);
  // JAX takes whole batches.
  const { seconds, cpuSeconds, risk, paths: done = paths } = answer;
  return {
    table: TABLE,
    labels: { what: 'mean-field paths', contestant: name, paths: done, steps: risks.length },
    foreign: true,
    quantities: {
      rate: measured([(done * risks.length) / seconds], 'coordinate-steps/s', 'higher'),
      seconds: measured([seconds], 's'),
      ...(cpuSeconds === undefined ? {} : { cpuSeconds: measured([cpuSeconds], 's') }),
      risk: exact(risk, '1'),
    },
  };
}

/** SGD replicas until the standard error of the final risk is 1% of it, from the file to the number. */
async function toOnePercent({ quick, log }: SectionContext, dimension: number): Promise<Row> {
  const seconds: number[] = [];
  const replicas: number[] = [];
  for (let round = -1; round < (quick ? 1 : 7); round++) {
    log(`SGD to 1%, d = ${dimension}, round ${round + 1}`);
    const until = { statistic: 'risk', relativeError: 0.01 };
    const watched = await watch({
      ...CASE,
      problem: { dimension },
      horizon: 4,
      samples: 1,
      methods: [{ kind: 'sgd', replicas: 8, until }],
      seed: 1000 + round,
    });
    if (round < 0) continue;
    seconds.push(watched.seconds);
    replicas.push(watched.result.curves[0].count);
  }
  return {
    table: 'SGD: the risk at t = 4 to 1%',
    labels: { dimension },
    foreign: false,
    quantities: { seconds: measured(seconds, 's', 'lower'), replicas: measured(replicas, '1') },
  };
}

async function run(context: SectionContext): Promise<SectionResult> {
  const { quick, log } = context;
  const rows: Row[] = [];
  const paths = quick ? 10 : 1000;
  log(`${paths} replicas of ${DIMENSION} mean-field paths × ${STEPS} steps`);
  const sde = { kind: 'sde', coupling: 'mean-field', timeStep: HORIZON / STEPS, replicas: paths };
  const meanField = await watch({ ...CASE, horizon: HORIZON, estimates: ESTIMATES, methods: [sde] });
  rows.push(row('mean-field paths', paths, STEPS, meanField));
  const coarse = { ...sde, timeStep: 0.1 };
  const accurate = await watch({ ...CASE, horizon: HORIZON, estimates: ESTIMATES, methods: [coarse] });
  rows.push(row('mean-field paths, h = 0.1', paths, HORIZON / 0.1, accurate));
  const times = Float64Array.of(0, HORIZON);
  const law = limitLaw(experimentOf(2, HORIZON));
  const { path, values } = await solvePde(law, { times, statistics: resolveStatistics(['risk']), tolerance: 1e-6 });
  const peerSteps = quick ? STEPS / 10 : STEPS;
  const risks = Array.from({ length: peerSteps }, (_, k) => path.risk((HORIZON * k) / peerSteps));
  for (const name of PEERS) {
    const peer = await peerRow(context, name, paths * DIMENSION, risks);
    if (peer) rows.push(peer);
  }
  const horizon = 1;
  for (const replicas of quick ? [20, 50] : [1000, 10_000]) {
    log(`${replicas} replicas of SGD at d = ${DIMENSION}`);
    const estimates = [{ kind: 'distribution', times: [horizon] }, { kind: 'rate' }];
    const sgd = await watch({ ...CASE, horizon, estimates, methods: [{ kind: 'sgd', replicas }] });
    rows.push(row('SGD replicas', replicas, DIMENSION * horizon, sgd));
  }
  for (const dimension of quick ? [256] : [256, 1024, 4096]) rows.push(await toOnePercent(context, dimension));
  return {
    rows,
    plots: [
      {
        table: 'SGD: the risk at t = 4 to 1%',
        title: 'Time to an ensemble estimate of the risk to 1%',
        x: 'dimension',
        y: 'seconds',
        series: [],
        scales: ['log', 'log'],
      },
    ],
    notes: [
      'case A: λ = 1, b = 1 for half of the coordinates and 0 for the rest, u = 1, v = 0, γ = 0.5; estimates: distribution, tail and rate of the risk',
      'seconds are those of the whole run: threads, PDE, statistics at 10 save times, estimates; those of other tools are of their loop alone',
      'heldBytes: JavaScript heap and buffers after collecting garbage once a second, at their largest',
      `risk of the PDE at t = ${HORIZON}: ${values[0][1].toPrecision(6)}; NumPy and JAX take Euler–Maruyama steps (weak order 1), diagflow strang (weak order 2)`,
      'to 1%: replicas are added until the standard error is 1% of the mean; whole runs from the file to the result',
    ],
  };
}

export default {
  name: 'ensemble',
  title: 'Ensembles at scale: mean-field paths and SGD replicas, their speed and memory, time to a 1% estimate',
  weight: 1.5,
  run,
} satisfies Section;
