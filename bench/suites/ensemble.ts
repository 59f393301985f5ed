/** Ensembles at scale: many mean-field paths, many replicas, and the memory that they take, beside NumPy in the same run. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parseExperiment } from '../../src/problem/index.ts';
import { limitLaw } from '../../src/problem/limit/index.ts';
import type { Result } from '../../src/results/index.ts';
import { runExperiment } from '../../src/run/index.ts';
import { resolveStatistics } from '../../src/statistics/index.ts';
import { solvePde } from '../../src/theory/index.ts';
import { startPython } from '../peers/python.ts';
import type { Suite, SuiteContext, SuiteResult } from '../suite.ts';

const DIMENSION = 1000;
const STEPS = 1000;
const HORIZON = 8;
/** Case A of docs/theory.md, "Reference values". */
const CASE = { problem: { dimension: DIMENSION }, stepSize: 0.5, samples: 10, statistics: ['risk', 'curvature'] };
const ESTIMATES = [{ kind: 'distribution', times: [HORIZON] }, { kind: 'tail', above: 3.4e-4 }, { kind: 'rate' }];

/** Loops of other tools over the same paths, each skipped by name where it is not installed. */
const PEERS = { NumPy: 'numpy_cpu.py', JAX: 'jax_mean_field.py' };

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

function row(what: string, replicas: number, steps: number, { result, seconds, cpuSeconds, heldBytes }: Watched) {
  const [curve] = result.curves;
  return {
    what,
    engine: 'diagflow cpu',
    replicas,
    dimension: DIMENSION,
    steps,
    paths: replicas * DIMENSION,
    seconds,
    cpuSeconds,
    coordinateStepsPerSecond: (replicas * DIMENSION * steps) / seconds,
    coordinateStepsPerCpuSecond: (replicas * DIMENSION * steps) / cpuSeconds,
    heldBytes,
    risk: curve.mean[curve.mean.length - 1] ?? Number.NaN,
    riskStandardError: curve.standardError?.[curve.mean.length - 1] ?? Number.NaN,
  };
}

async function peerRow(script: string, paths: number, steps: number, risks: number[]) {
  const peer = await startPython(script);
  if (peer === null) return null;
  try {
    const request = {
      task: 'mean-field',
      dimension: paths,
      horizon: HORIZON,
      gamma: 0.5,
      risks,
      seed: 1,
      dtype: 'float32',
    };
    const answer = await peer.ask<Record<'seconds' | 'cpuSeconds' | 'risk', number> & { paths?: number }>(request);
    // JAX takes whole batches.
    const { seconds, cpuSeconds, risk, paths: done = paths } = answer;
    const { NumPy, JAX, device } = peer.hello;
    return {
      what: 'mean-field paths',
      engine: NumPy ? `NumPy ${NumPy}` : `JAX ${JAX} (${device})`,
      replicas: 1,
      dimension: done,
      steps,
      paths: done,
      seconds,
      cpuSeconds,
      coordinateStepsPerSecond: (done * steps) / seconds,
      coordinateStepsPerCpuSecond: (done * steps) / cpuSeconds,
      risk,
    };
  } finally {
    peer.stop();
  }
}

async function run({ quick, log }: SuiteContext): Promise<SuiteResult> {
  const rows: SuiteResult['rows'][number][] = [];
  const notes = [
    'case A: λ = 1, b = 1 for half of the coordinates and 0 for the rest, u = 1, v = 0, γ = 0.5; estimates: distribution, tail and rate of the risk',
    'seconds are those of the whole run: threads, PDE, statistics at 10 save times, estimates',
    'heldBytes: JavaScript heap and buffers after collecting garbage once a second, at their largest',
  ];

  const paths = quick ? 100 : 1000;
  log(`${paths} replicas of ${DIMENSION} mean-field paths × ${STEPS} steps`);
  const sde = { kind: 'sde', coupling: 'mean-field', timeStep: HORIZON / STEPS, replicas: paths };
  const meanField = await watch({ ...CASE, horizon: HORIZON, estimates: ESTIMATES, methods: [sde] });
  rows.push(row('mean-field paths', paths, STEPS, meanField));
  const coarse = { ...sde, timeStep: 0.1 };
  const accurate = await watch({ ...CASE, horizon: HORIZON, estimates: ESTIMATES, methods: [coarse] });
  rows.push(row('mean-field paths, h = 0.1', paths, HORIZON / 0.1, accurate));
  const times = Float64Array.of(0, HORIZON);
  const law = limitLaw(parseExperiment({ ...CASE, horizon: HORIZON, methods: [{ kind: 'pde' }] }));
  const { path, values } = await solvePde(law, { times, statistics: resolveStatistics(['risk']), tolerance: 1e-6 });
  notes.push(
    `risk of the PDE at t = ${HORIZON}: ${values[0][1].toPrecision(6)}; NumPy takes Euler–Maruyama steps (weak order 1), diagflow strang (weak order 2)`,
  );
  const peerSteps = quick ? STEPS / 10 : STEPS;
  const risks = Array.from({ length: peerSteps }, (_, k) => path.risk((HORIZON * k) / peerSteps));
  for (const [name, script] of Object.entries(PEERS)) {
    log(`the same in ${name}`);
    const peer = await peerRow(script, paths * DIMENSION, peerSteps, risks);
    if (peer) rows.push(peer);
    else notes.push(`${name}: not installed for /usr/bin/python3 or python3, left out`);
  }

  const horizon = 1;
  for (const replicas of quick ? [50, 500] : [1000, 10_000]) {
    log(`${replicas} replicas of SGD at d = ${DIMENSION}`);
    const estimates = [{ kind: 'distribution', times: [horizon] }, { kind: 'rate' }];
    const sgd = await watch({ ...CASE, horizon, estimates, methods: [{ kind: 'sgd', replicas }] });
    rows.push(row('SGD replicas', replicas, DIMENSION * horizon, sgd));
  }
  return { rows, notes };
}

export default {
  name: 'ensemble',
  title: 'Ensembles at scale: mean-field paths and SGD replicas, their speed and memory',
  run,
} satisfies Suite;
