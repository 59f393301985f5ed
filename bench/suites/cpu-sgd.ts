/**
 * SGD throughput of the f64 TypeScript engine with two workers against NumPy on one thread (bench/peers/numpy_sgd.py), in
 * coordinate-steps per second; the two take turns, and their final risks must agree before a timing counts.
 * By itself: `npx tsx bench/suites/cpu-sgd.ts [--quick]`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createReferenceEngine } from '../../src/cpu/index.ts';
import type { Problem } from '../../src/problem/index.ts';
import { resolveStatistics } from '../../src/statistics/index.ts';
import type { EnsembleEngine } from '../../src/statistics/stream.ts';
import type { Suite, SuiteContext, SuiteResult } from '../suite.ts';

const GAMMA = 0.5;
const WORKERS = 2;
const REPLICAS = 2;

interface Measurement {
  readonly seconds: number;
  readonly risks: readonly number[];
}

interface Contestant {
  readonly name: string;
  measure(problem: Problem, steps: number, seed: number): Promise<Measurement>;
}

function problemOf(dimension: number, steps: number): Problem {
  return {
    dimension,
    lambda: new Float64Array(dimension).fill(1),
    b: Float64Array.from({ length: dimension }, (_, i) => (i % 2 === 0 ? 1 : 0)),
    u0: new Float64Array(dimension).fill(1),
    v0: new Float64Array(dimension),
    parametrization: 'product',
    labelNoise: 0,
    batchSize: 1,
    features: { kind: 'gaussian' },
    stepSize: { kind: 'constant', value: GAMMA },
    horizon: steps / dimension,
  };
}

function engineContestant(engine: EnsembleEngine): Contestant {
  const statistics = resolveStatistics(['risk']);
  return {
    name: `diagflow ${engine.name}, ${WORKERS} workers`,
    async measure(problem, _steps, seed) {
      const risks: number[] = [];
      const start = performance.now();
      for await (const event of engine.run({
        problem,
        method: { kind: 'sgd' },
        times: Float64Array.of(0, problem.horizon),
        statistics,
        replicas: { first: 0, count: REPLICAS },
        seed,
      })) {
        if (event.type === 'failure') throw new Error(event.message);
        if (event.type === 'samples' && event.timeIndex === 1) risks.push(...event.values);
      }
      return { seconds: (performance.now() - start) / 1000, risks };
    },
  };
}

/** A Python process that answers requests, so that its start-up is not timed; null with a reason where there is no NumPy. */
async function startNumpy(): Promise<{ child: ChildProcess; lines: AsyncIterator<string>; versions: string } | null> {
  const script = fileURLToPath(new URL('../peers/numpy_sgd.py', import.meta.url));
  for (const python of ['/usr/bin/python3', 'python3']) {
    const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'ignore'] });
    const started = await new Promise<boolean>((resolve) => {
      child.once('error', () => resolve(false));
      child.once('exit', () => resolve(false));
      child.stdout!.once('readable', () => resolve(child.stdout!.readableLength > 0));
    });
    if (!started) continue;
    const reader: Interface = createInterface({ input: child.stdout! });
    const lines = reader[Symbol.asyncIterator]();
    const hello = JSON.parse((await lines.next()).value as string) as { numpy: string; python: string };
    return { child, lines, versions: `NumPy ${hello.numpy}, Python ${hello.python}` };
  }
  return null;
}

function numpyContestant(
  peer: NonNullable<Awaited<ReturnType<typeof startNumpy>>>,
  dtype: 'float64' | 'float32',
): Contestant {
  return {
    name: `numpy ${dtype}, 1 thread`,
    async measure({ dimension }, steps, seed) {
      peer.child.stdin!.write(
        `${JSON.stringify({ dimension, steps, replicas: REPLICAS, gamma: GAMMA, seed, dtype })}\n`,
      );
      const { value, done } = await peer.lines.next();
      if (done) throw new Error('the NumPy process ended without an answer');
      return JSON.parse(value) as Measurement;
    },
  };
}

function median(x: readonly number[]): number {
  const sorted = [...x].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function meanAndVariance(x: readonly number[]): { mean: number; variance: number } {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  return { mean, variance: x.reduce((a, b) => a + (b - mean) ** 2, 0) / (x.length - 1) };
}

/** Difference of two samples' mean log risk in standard errors. */
function disagreement(x: readonly number[], y: readonly number[]): number {
  const a = meanAndVariance(x.map(Math.log));
  const b = meanAndVariance(y.map(Math.log));
  return Math.abs(a.mean - b.mean) / Math.sqrt(a.variance / x.length + b.variance / y.length);
}

async function run({ quick, log }: SuiteContext): Promise<SuiteResult> {
  const notes: string[] = [];
  const rows: Record<string, number | string | readonly number[]>[] = [];
  const repetitions = quick ? 5 : 9;
  const work = quick ? 1e7 : 4e7;
  const engine = createReferenceEngine({ workers: WORKERS, smallestShared: 0 });
  const peer = await startNumpy();
  try {
    const contestants = [engineContestant(engine)];
    if (peer) {
      contestants.push(numpyContestant(peer, 'float64'), numpyContestant(peer, 'float32'));
      notes.push(
        `${peer.versions}; PCG64 and its ziggurat normals, in-place array operations, the loop alone is timed`,
      );
    } else {
      notes.push('NumPy skipped: no python3 with numpy was found (apt-get install python3-numpy)');
    }
    for (const dimension of [1e3, 1e5, 1e6]) {
      // At least 40 steps, so that the start of a run (which the other side does not time) is a small part of it.
      const steps = Math.max(40, Math.round(work / dimension));
      const problem = problemOf(dimension, steps);
      const seconds = contestants.map(() => [] as number[]);
      const risks = contestants.map(() => [] as number[]);
      for (let repetition = -1; repetition < repetitions; repetition++) {
        for (const [k, contestant] of contestants.entries()) {
          const result = await contestant.measure(problem, steps, 1000 + repetition);
          // The first turn compiles, starts threads and touches memory; its risks count, its time does not.
          if (repetition >= 0) seconds[k].push(result.seconds);
          risks[k].push(...result.risks);
        }
      }
      const throughput = seconds.map((s) => (dimension * steps * REPLICAS) / median(s));
      for (const [k, contestant] of contestants.entries()) {
        const score = k === 0 ? 0 : disagreement(risks[0], risks[k]);
        if (!(score < 6)) {
          throw new Error(
            `d = ${dimension}: ${contestant.name} has another risk than ${contestants[0].name}: mean log risks differ by ${score.toFixed(1)} standard errors, the limit is 6. The timings do not count.`,
          );
        }
        rows.push({
          dimension,
          steps,
          replicas: REPLICAS,
          contestant: contestant.name,
          coordinateStepsPerSecond: throughput[k],
          speedRelativeToNumpyFloat64: peer ? throughput[k] / throughput[1] : '',
          secondsMedian: median(seconds[k]),
          seconds: seconds[k],
          riskMean: meanAndVariance(risks[k]).mean,
          riskDisagreementInStandardErrors: score,
        });
        log(
          `d = ${dimension}: ${contestant.name}: ${(throughput[k] / 1e6).toFixed(1)} million coordinate-steps/s${peer ? `, ${(throughput[k] / throughput[1]).toFixed(2)} of numpy float64` : ''}`,
        );
      }
    }
  } finally {
    peer?.child.kill();
    await engine.dispose();
  }
  return { rows, notes };
}

const suite: Suite = { name: 'cpu-sgd', title: 'SGD on the CPU against NumPy', run };

export default suite;

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const result = await suite.run({
    quick: process.argv.includes('--quick'),
    log: (line) => void process.stderr.write(`${line}\n`),
  });
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
}
