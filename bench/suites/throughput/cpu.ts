/**
 * The WebAssembly engine against NumPy, PyTorch and JAX on the CPU: normals, SGD, and the mean-field SDE to a given error. Contestants take
 * turns and their statistics must agree before a timing counts; the peers run in the fastest of the ways they can be written.
 */
import { createCpuEngine } from '../../../src/cpu/index.ts';
import { binary } from '../../../src/cpu/wasm/generated/random.ts';
import { instantiate } from '../../../src/cpu/wasm/modules.ts';
import { buildProblem } from '../../../src/problem/index.ts';
import { resolveStatistics } from '../../../src/statistics/index.ts';
import type { EnsembleEngine } from '../../../src/statistics/stream.ts';
import { solvePde } from '../../../src/theory/index.ts';
import { limitLaw } from '../../../src/theory/law/index.ts';
import { type Contestant, checkAgreement, fastest, rowsOf, takeTurns, timed } from '../../kit/measure.ts';
import { checkPath, samePath } from '../../kit/samepath.ts';
import { sgdContestant, sgdVariants, type Times } from '../../kit/sgd.ts';
import { experimentOf, finalValues, GAMMA } from '../../kit/simulate.ts';
import { averaged, exact, meanAndVariance, median } from '../../kit/statistics.ts';
import type { PythonPeer } from '../../peers/python.ts';
import type { Quantity, Row, Section, SectionContext, SectionResult } from '../../suite.ts';

interface Team {
  readonly context: SectionContext;
  readonly numpy: PythonPeer | null;
  readonly numpySgd: PythonPeer | null;
  readonly torch: PythonPeer | null;
  readonly jax: PythonPeer | null;
  /** Engines with one worker and two. */
  readonly one: EnsembleEngine;
  readonly two: EnsembleEngine;
}

/** One thread's limits: normals a second of the bare generator, bytes a second of a plain copy. */
interface Limits {
  readonly normals: number;
  readonly copy: number;
}

/** Reads and writes of a coordinate-step of SGD where the state does not fit the cache (docs/cpu.md, "How fast"). */
const SGD_BYTES = 60;

/** Normals: mean square of the last buffer is the statistic that must agree. */
async function normals({ context, numpy, torch }: Team): Promise<{ rows: Row[]; perSecond: number }> {
  const count = 65_536;
  const rounds = context.quick ? 40 : 400;
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
    foreign: true,
    async measure(seed) {
      const task = { task: 'normals', count, rounds, seed, ...request };
      const { variance, ...turn } = await python.ask<Times & { variance: number }>(task);
      return { ...turn, results: [variance] };
    },
  });
  const contestants = [own];
  if (numpy) {
    contestants.push(peer(numpy, 'NumPy float32, 1 thread', { dtype: 'float32' }));
    contestants.push(peer(numpy, 'NumPy float64, 1 thread', { dtype: 'float64' }));
  }
  if (torch) contestants.push(peer(torch, 'PyTorch float32, 1 thread', { threads: 1 }));
  const scores = await takeTurns(contestants, { most: context.quick ? 7 : 15 });
  checkAgreement('variance of normals', scores);
  const amount = count * rounds;
  const rows = rowsOf({ table: 'normals', labels: {}, amount, unit: 'normals' }, scores);
  return { rows, perSecond: amount / median(scores[0].seconds) };
}

/** A copy between two arrays that no cache holds, on one thread. */
async function copy({ context }: Team): Promise<{ rows: Row[]; perSecond: number }> {
  const bytes = 1 << 27;
  const [from, to] = [new Float64Array(bytes / 8).fill(1), new Float64Array(bytes / 8)];
  const contestant: Contestant = {
    name: 'copy of 128 MiB, 1 thread',
    foreign: true,
    measure: (seed) =>
      timed(() => {
        from[seed] = seed;
        to.set(from);
        return [to[seed]];
      }),
  };
  const scores = await takeTurns([contestant], { most: context.quick ? 5 : 15 });
  const rows = rowsOf({ table: 'memory', labels: {}, amount: 2 * bytes, unit: 'bytes' }, scores);
  return { rows, perSecond: (2 * bytes) / median(scores[0].seconds) };
}

async function sgd(team: Team, limits: Limits): Promise<Row[]> {
  const { context, numpySgd, torch, jax, one, two } = team;
  const sizes = [
    [1e3, 64],
    [1e5, 2],
    [1e6, 1],
  ];
  const rows: Row[] = [];
  const same = await samePath();
  for (const [name, peer, more] of [
    ['NumPy float32', numpySgd, { dtype: 'float32' }],
    ['NumPy float64', numpySgd, { dtype: 'float64' }],
    ['PyTorch', torch, {}],
    ['JAX', jax, {}],
  ] as const) {
    if (!peer) continue;
    const accuracy = name === 'NumPy float64' ? 1e-9 : 1e-4;
    await checkPath(name, same, accuracy, async (task) => {
      const { risks } = await peer.ask<{ risks: number[] }>({ task: 'sgd', block: 1, ...task, ...more });
      return risks[0];
    });
  }
  for (const [dimension, replicas] of sizes) {
    const work = context.quick ? 6e6 : 1e8;
    // Enough steps that the start of our runs, which is timed (that of the peers is not) and costs some ten steps, is a small part.
    const steps = Math.max(context.quick ? 40 : 100, Math.round(work / (dimension * replicas)));
    const problem = buildProblem(experimentOf(dimension, steps / dimension));
    const request = { dimension, steps, replicas, gamma: GAMMA };
    const contestants = [
      sgdContestant(two, 'diagflow cpu, 2 workers', problem, replicas),
      sgdContestant(one, 'diagflow cpu, 1 worker', problem, replicas),
    ];
    context.log(`SGD, d = ${dimension} × ${replicas}`);
    const turns = context.quick ? 1 : 3;
    if (numpySgd) {
      for (const dtype of context.quick ? ['float32'] : ['float32', 'float64']) {
        contestants.push(await fastest(sgdVariants(numpySgd, `NumPy ${dtype}`, { ...request, dtype }, [{}]), turns));
      }
    }
    const ways = context.quick ? [{ threads: 2 }] : [{ threads: 1 }, { threads: 2 }];
    if (torch) contestants.push(await fastest(sgdVariants(torch, 'PyTorch float32', request, ways), turns));
    if (jax && !jax.hello.GPU) contestants.push(await fastest(sgdVariants(jax, 'JAX float32', request, [{}]), turns));
    const seconds = context.quick ? (0.5 * context.seconds) / sizes.length : undefined;
    const scores = await takeTurns(contestants, { most: context.quick ? 5 : 9, seconds });
    checkAgreement(`log risk of SGD, d = ${dimension}`, scores);
    const amount = dimension * replicas * steps;
    const labels = { dimension, replicas };
    const own = rowsOf({ table: 'SGD on the CPU', labels, amount, unit: 'coordinate-steps' }, scores);
    rows.push(...own.map((row, k) => (k < 2 ? withShares(row, 2 - k, dimension, limits) : row)));
  }
  return rows;
}

/** What part of the machine's limit a rate is, with `workers` threads. */
function withShares(row: Row, workers: number, dimension: number, limits: Limits): Row {
  const { value } = row.quantities.rate;
  const quantities: Record<string, Quantity> = {
    ...row.quantities,
    shareOfNormals: exact(value / (workers * limits.normals), '1'),
  };
  if (dimension >= 1e6) quantities.shareOfCopy = exact((value * SGD_BYTES) / limits.copy, '1');
  return { ...row, quantities };
}

/**
 * Mean-field SDE: estimates of R(4), each from as many coordinates as make the standard error 0.8%, with the largest step whose bias is
 * at most 0.6%, so that either method is within 1% (root mean square). Steps found by refinement on 10⁶ coordinates: Strang h = 1
 * (0.3 ± 0.15%); Euler–Maruyama in (u, v), with R(t) at the start of each step, h = 0.02 (0.05: 1.8 ± 0.2%). What a run measures is in
 * its rows: bias and root mean square error of the estimates. R(t) is the PDE's for all, and not timed.
 */
async function meanField({ context, numpy, jax, one, two }: Team): Promise<Row[]> {
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
        cpuSeconds: turn.cpuSeconds! / estimates,
        results: turn.results.map((x) => x / risk - 1),
      };
    },
  });
  const steps = 200;
  const risks = Array.from({ length: steps }, (_, k) => limit.path.risk((horizon * k) / steps));
  const peer = (python: PythonPeer, name: string, dtype: string): Contestant => ({
    name: `${name} ${dtype}, Euler–Maruyama, h = ${horizon / steps}`,
    foreign: true,
    async measure(seed) {
      const request = { task: 'mean-field', dimension, horizon, gamma: GAMMA, risks, seed, dtype };
      const { risk: estimate, ...turn } = await python.ask<Times & { risk: number }>(request);
      return { ...turn, results: [estimate / risk - 1] };
    },
  });
  const contestants = [own(two, 'diagflow cpu, Strang, h = 1, 2 workers')];
  contestants.push(own(one, 'diagflow cpu, Strang, h = 1, 1 worker'));
  context.log('mean-field SDE to 1%');
  if (numpy) contestants.push(peer(numpy, 'NumPy', 'float32'), peer(numpy, 'NumPy', 'float64'));
  if (jax && !jax.hello.GPU) contestants.push(peer(jax, 'JAX', 'float32'));
  const seconds = context.quick ? 0.25 * context.seconds : undefined;
  const scores = await takeTurns(contestants, { most: context.quick ? 9 : 25, seconds });
  const table = 'mean-field SDE: one estimate of the risk at t = 4 to 1%';
  return rowsOf({ table, labels: {}, amount: 1, unit: 'estimates' }, scores).map((row, k): Row => {
    const { mean, variance } = meanAndVariance(scores[k].results);
    const standardError = Math.sqrt(variance / scores[k].results.length);
    // The statistic is checked against the PDE: 1% of bias at most, and 4 standard errors.
    if (!(Math.abs(mean) < 0.01 + 4 * standardError)) {
      throw new Error(
        `${scores[k].name}: risk off by ${(100 * mean).toFixed(2)}%, more than 1%. The timings do not count.`,
      );
    }
    const error = exact(Math.sqrt(mean ** 2 + variance), '1');
    return { ...row, quantities: { ...row.quantities, bias: averaged(scores[k].results, '1'), error } };
  });
}

async function run(context: SectionContext): Promise<SectionResult> {
  const { peers } = context;
  const team: Team = {
    context,
    numpy: await peers.python('NumPy'),
    numpySgd: await peers.python('NumPy SGD'),
    torch: await peers.python('PyTorch'),
    jax: await peers.python('JAX'),
    one: createCpuEngine({ workers: 1, smallestShared: 0 }),
    two: createCpuEngine({ workers: 2, smallestShared: 0 }),
  };
  try {
    const bare = await normals(team);
    const memory = await copy(team);
    const limits = { normals: bare.perSecond, copy: memory.perSecond };
    return {
      rows: [...bare.rows, ...memory.rows, ...(await sgd(team, limits)), ...(await meanField(team))],
      plots: [
        {
          table: 'SGD on the CPU',
          title: 'SGD on the CPU',
          x: 'dimension',
          y: 'rate',
          series: ['contestant'],
          scales: ['log', 'log'],
        },
      ],
      notes: [
        'peers: preallocated and in place, the loop alone is timed, the fastest of their variants takes part; firstTimesAsFast: how many times as fast the first contestant is, repetition by repetition',
        `shareOfNormals: rate over workers × bare normals/s of one thread (every coordinate-step needs one); shareOfCopy: ${SGD_BYTES} bytes a coordinate-step over the bytes/s that a plain copy on one thread reads and writes`,
      ],
    };
  } finally {
    await Promise.all([team.one.dispose(), team.two.dispose()]);
  }
}

export default {
  name: 'cpu',
  title: 'WebAssembly SIMD engine against NumPy, PyTorch and JAX on the CPU',
  weight: 3,
  run,
} satisfies Section;
