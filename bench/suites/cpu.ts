/**
 * The WebAssembly engine against NumPy and PyTorch on the CPU: normals, SGD, mean-field SDE to a given error, and the gain from a
 * second worker. Contestants take turns and their statistics must agree before a timing counts; the peers run in the fastest
 * of the ways they can be written. By itself: `npx tsx bench/suites/cpu.ts [--quick]`.
 */
import { pathToFileURL } from 'node:url';
import { createCpuEngine } from '../../src/cpu/index.ts';
import { binary } from '../../src/cpu/wasm/generated/random.ts';
import { instantiate } from '../../src/cpu/wasm/modules.ts';
import { buildProblem } from '../../src/problem/index.ts';
import { limitLaw } from '../../src/problem/limit/index.ts';
import { resolveStatistics } from '../../src/statistics/index.ts';
import type { EnsembleEngine } from '../../src/statistics/stream.ts';
import { solvePde } from '../../src/theory/index.ts';
import { type Contestant, checkAgreement, fastest, meanAndVariance, takeTurns, timed } from '../measure.ts';
import { type PythonPeer, startPython } from '../peers/python.ts';
import {
  experimentOf,
  finalValues,
  GAMMA,
  type Row,
  report,
  rowsOf,
  sgdContestant,
  sgdVariants,
  type Times,
} from '../sgd.ts';
import type { Suite, SuiteContext, SuiteResult } from '../suite.ts';

interface Peers {
  readonly numpy: PythonPeer | null;
  readonly numpySgd: PythonPeer | null;
  readonly torch: PythonPeer | null;
}

// Normals: mean and variance of the last buffer are the statistics that must agree.

async function normals(context: SuiteContext, peers: Peers): Promise<Row[]> {
  const count = 65_536;
  const rounds = context.quick ? 100 : 400;
  const memory = new WebAssembly.Memory({ initial: 8 });
  type Fill = (dst: number, groups: number, quad: number, ...counterAndKey: number[]) => void;
  const { fillNormals } = await instantiate<{ fillNormals: Fill }>(binary, memory);
  const own: Contestant = {
    name: 'diagflow, 1 thread',
    async measure(seed) {
      const turn = await timed(() => {
        for (let i = 0; i < rounds; i++) fillNormals(1024, count / 16, 0, i, 0, 0, seed, 0, 0, 3);
        return [];
      });
      const z = new Float32Array(memory.buffer, 1024, count);
      return { ...turn, results: [z.reduce((sum, x) => sum + x * x, 0) / count] };
    },
  };
  const peer = (python: PythonPeer, name: string, request: object): Contestant => ({
    name,
    async measure(seed) {
      const task = { task: 'normals', count, rounds, seed, ...request };
      const { variance, ...turn } = await python.ask<Times & { variance: number }>(task);
      return { ...turn, results: [variance] };
    },
  });
  const contestants = [own];
  if (peers.numpy) {
    contestants.push(peer(peers.numpy, 'NumPy float32, 1 thread', { dtype: 'float32' }));
    contestants.push(peer(peers.numpy, 'NumPy float64, 1 thread', { dtype: 'float64' }));
  }
  if (peers.torch) contestants.push(peer(peers.torch, 'PyTorch float32, 1 thread', { threads: 1 }));
  const scores = await takeTurns(contestants, context.quick ? 7 : 15);
  checkAgreement('variance of normals', scores);
  const rows = rowsOf('normals', count * rounds, 'normalsPerSecond', scores);
  report(context, rows, 'normalsPerSecond');
  return rows;
}

async function sgd(context: SuiteContext, peers: Peers, engines: readonly EnsembleEngine[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [dimension, replicas] of [
    [1e3, 64],
    [1e5, 2],
    [1e6, 1],
  ]) {
    const work = context.quick ? 2e7 : 1e8;
    // Enough steps that the start of our runs, which is timed (that of the peers is not) and costs some ten steps, is a small part.
    const steps = Math.max(context.quick ? 100 : 300, Math.round(work / (dimension * replicas)));
    const problem = buildProblem(experimentOf(dimension, steps / dimension));
    const request = { dimension, steps, replicas, gamma: GAMMA };
    const contestants = [
      sgdContestant(engines[2], 'diagflow cpu, 2 workers', problem, replicas),
      sgdContestant(engines[1], 'diagflow cpu, 1 worker', problem, replicas),
    ];
    const { numpySgd, torch } = peers;
    if (numpySgd) {
      for (const dtype of ['float32', 'float64']) {
        contestants.push(await fastest(sgdVariants(numpySgd, `NumPy ${dtype}`, { ...request, dtype }, [{}])));
      }
    }
    if (torch) {
      const ways = [{ threads: 1 }, { threads: 2 }];
      contestants.push(await fastest(sgdVariants(torch, 'PyTorch float32', { ...request, task: 'sgd' }, ways)));
    }
    const scores = await takeTurns(contestants, context.quick ? 5 : 9);
    const what = `SGD, d = ${dimension}, ${replicas} replicas`;
    checkAgreement(`log risk of ${what}`, scores);
    const unit = 'coordinateStepsPerSecond';
    const own = rowsOf(what, dimension * replicas * steps, unit, scores, { dimension, replicas, steps });
    report(context, own, unit);
    rows.push(...own);
  }
  return rows;
}

/**
 * Mean-field SDE: estimates of R(4), each from as many coordinates as make the standard error 0.8%, with the largest step whose bias is
 * at most 0.6%, so that either method is within 1% (root mean square). Steps found by refinement on 10⁶ coordinates: Strang h = 1
 * (0.3 ± 0.15%); Euler–Maruyama in (u, v), with R(t) at the start of each step, h = 0.02 (0.05: 1.8 ± 0.2%). What a run measures is in
 * its rows: bias and root mean square error of the estimates. R(t) is the PDE's for all, and not timed.
 */
async function meanField(context: SuiteContext, peers: Peers, engines: readonly EnsembleEngine[]): Promise<Row[]> {
  const horizon = 4;
  const dimension = 35_000;
  const estimates = 16;
  const experiment = experimentOf(dimension, horizon);
  const times = Float64Array.of(0, horizon);
  const statistics = resolveStatistics(['risk']);
  const limit = await solvePde(limitLaw(experiment), { times, statistics, tolerance: 1e-6 });
  const risk = limit.path.risk(horizon);
  const problem = buildProblem(experiment);
  const own = (engine: EnsembleEngine, name: string): Contestant => ({
    name,
    async measure(seed) {
      const turn = await timed(() =>
        finalValues(engine, {
          problem,
          method: { kind: 'sde', scheme: 'strang', timeStep: 1, coupling: limit.path },
          times,
          statistics,
          replicas: { first: 0, count: estimates },
          seed,
        }),
      );
      return {
        seconds: turn.seconds / estimates,
        cpuSeconds: turn.cpuSeconds / estimates,
        results: turn.results.map((x) => x / risk - 1),
      };
    },
  });
  const contestants = [own(engines[1], 'diagflow cpu, Strang, h = 1, 1 worker')];
  contestants.push(own(engines[2], 'diagflow cpu, Strang, h = 1, 2 workers'));
  const { numpy } = peers;
  if (numpy) {
    const steps = 200;
    const risks = Array.from({ length: steps }, (_, k) => limit.path.risk((horizon * k) / steps));
    for (const dtype of ['float32', 'float64']) {
      contestants.push({
        name: `NumPy ${dtype}, Euler–Maruyama, h = ${horizon / steps}`,
        async measure(seed) {
          const request = { task: 'mean-field', dimension, horizon, gamma: GAMMA, risks, seed, dtype };
          const { risk: estimate, ...turn } = await numpy.ask<Times & { risk: number }>(request);
          return { ...turn, results: [estimate / risk - 1] };
        },
      });
    }
  }
  const scores = await takeTurns(contestants, context.quick ? 9 : 25);
  const rows = rowsOf('mean-field SDE, risk at t = 4 to 1%', 1, 'estimatesPerSecond', scores).map((row, k): Row => {
    const { mean, variance } = meanAndVariance(scores[k].results);
    const standardError = Math.sqrt(variance / scores[k].results.length);
    // The statistic is checked against the PDE: 1% of bias at most, and 4 standard errors.
    if (!(Math.abs(mean) < 0.01 + 4 * standardError)) {
      throw new Error(
        `${row.contestant}: risk off by ${(100 * mean).toFixed(2)}%, more than 1%. The timings do not count.`,
      );
    }
    return {
      ...row,
      bias: mean,
      biasStandardError: standardError,
      rootMeanSquareError: Math.sqrt(mean ** 2 + variance),
    };
  });
  for (const row of rows) {
    context.log(
      `${row.what}: ${row.contestant}: ${(1e3 * (row.secondsMedian as number)).toFixed(2)} ms an estimate, error ${(100 * (row.rootMeanSquareError as number)).toFixed(2)}%; the first is ${(row.speedOfFirstRelativeToThis as number).toFixed(1)} times as fast, ${(row.rateOfFirstPerCpuSecondRelativeToThis as number).toFixed(1)} by processor time`,
    );
  }
  return rows;
}

async function run(context: SuiteContext): Promise<SuiteResult> {
  const notes: string[] = [];
  const peers: Peers = {
    numpy: await startPython('numpy_cpu.py'),
    numpySgd: await startPython('numpy_sgd.py'),
    torch: await startPython('torch_cpu.py'),
  };
  for (const [name, peer, install] of [
    ['NumPy', peers.numpy, 'python3-numpy'],
    ['PyTorch', peers.torch, 'python3-torch'],
  ] as const) {
    if (peer)
      notes.push(
        Object.entries(peer.hello)
          .map((entry) => entry.join(' '))
          .join(', '),
      );
    else notes.push(`${name} skipped: no python3 that has it was found (apt-get install ${install})`);
  }
  notes.push('peers: preallocated and in place, the loop alone is timed, the fastest of their variants takes part');
  const engines = [0, 1, 2].map((workers) => createCpuEngine({ workers, smallestShared: 0 }));
  try {
    const rows = [
      ...(await normals(context, peers)),
      ...(await sgd(context, peers, engines)),
      ...(await meanField(context, peers, engines)),
    ];
    return { rows, notes };
  } finally {
    for (const peer of Object.values(peers)) peer?.stop();
    await Promise.all(engines.map((engine) => engine.dispose()));
  }
}

const suite: Suite = { name: 'cpu', title: 'WebAssembly SIMD engine against NumPy and PyTorch on the CPU', run };

export default suite;

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const result = await suite.run({
    quick: process.argv.includes('--quick'),
    log: (line) => void process.stderr.write(`${line}\n`),
  });
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
}
