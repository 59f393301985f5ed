/** One request run by the GPU engine and by the f64 reference, both as tables [replica][time][statistic]. */
import { referenceSimulator } from '../../src/cpu/reference/index.ts';
import type { GpuEngine } from '../../src/gpu/index.ts';
import { leavingTime } from '../../src/problem/divergence.ts';
import type { Problem } from '../../src/problem/index.ts';
import { Finisher } from '../../src/statistics/finish.ts';
import { type EnsembleRequest, MomentMeans, namedStatistic, type Statistic } from '../../src/statistics/index.ts';
import { programOf } from '../../src/statistics/program.ts';

export interface Paths {
  /** [replica][time][statistic]; NaN where the replica has failed. */
  readonly values: number[][][];
  /** Replica → time of failure. */
  readonly failures: Map<number, number>;
  readonly messages: Map<number, string>;
  /** Coordinate-steps reported. */
  readonly done: number;
}

/** Half of the coordinates with b = 1, u = α, v = 0, λ = 1: cases A, B, C of docs/theory.md. */
export function halfSparse(
  dimension: number,
  stepSize: number,
  alpha: number,
  horizon: number,
  change: Partial<Problem> = {},
): Problem {
  return {
    dimension,
    lambda: new Float64Array(dimension).fill(1),
    b: Float64Array.from({ length: dimension }, (_, i) => i % 2),
    u0: new Float64Array(dimension).fill(alpha),
    v0: new Float64Array(dimension),
    parametrization: 'product',
    labelNoise: 0,
    batchSize: 1,
    features: { kind: 'gaussian' },
    stepSize: { kind: 'constant', value: stepSize },
    horizon,
    ...change,
  };
}

/** A problem in which no two coordinates are alike: λ in [½, 3/2], b of both signs, u and v of both signs. */
export function varied(dimension: number, change: Partial<Problem> = {}): Problem {
  const wave = (i: number, k: number) => ((i * k) % 97) / 97;
  return {
    ...halfSparse(dimension, 0.4, 1, 2),
    lambda: Float64Array.from({ length: dimension }, (_, i) => 0.5 + wave(i, 31)),
    b: Float64Array.from({ length: dimension }, (_, i) => 1.5 * wave(i, 17) - 0.4),
    u0: Float64Array.from({ length: dimension }, (_, i) => 0.3 + wave(i, 7)),
    v0: Float64Array.from({ length: dimension }, (_, i) => 0.6 * wave(i, 11) - 0.3),
    ...change,
  };
}

/** Defaults: SGD, one replica, risk and curvature. */
export function requestFor(
  problem: Problem,
  times: readonly number[],
  change: Partial<EnsembleRequest> = {},
): EnsembleRequest {
  return {
    problem,
    method: { kind: 'sgd' },
    times: Float64Array.from(times),
    statistics: [namedStatistic('risk'), namedStatistic('curvature')],
    replicas: { first: 0, count: 1 },
    seed: 7,
    ...change,
  };
}

export async function gpuPaths(engine: GpuEngine, request: EnsembleRequest): Promise<Paths> {
  const { first, count } = request.replicas;
  const names = request.statistics.length;
  const values = Array.from({ length: count }, () =>
    Array.from({ length: request.times.length }, () => [] as number[]),
  );
  const failures = new Map<number, number>();
  const messages = new Map<number, string>();
  let done = 0;
  for await (const event of engine.run(request)) {
    if (event.type === 'progress') done += event.done;
    else if (event.type === 'failure') {
      if (failures.has(event.replica)) throw new Error(`replica ${event.replica} failed twice`);
      failures.set(event.replica, event.time);
      messages.set(event.replica, event.message);
    } else if (event.type === 'samples') {
      for (let at = 0; at * names < event.values.length; at++) {
        const row = values[event.firstReplica - first + at];
        if (row[event.timeIndex].length > 0) throw new Error('a sample came twice');
        row[event.timeIndex] = [...event.values.subarray(at * names, (at + 1) * names)];
      }
    }
  }
  return { values, failures, messages, done };
}

export async function referencePaths(request: EnsembleRequest): Promise<Paths> {
  const { problem, seed, statistics, times } = request;
  const { first, count } = request.replicas;
  const plan = programOf(request);
  const finisher = new Finisher(problem, statistics, times, plan.kind === 'sde' ? plan.stepSizes : null);
  const means = new MomentMeans(finisher.moments, problem);
  const run = await referenceSimulator.open({ problem, plan, seed, wantsLogInvariant: true });
  const values: number[][][] = [];
  const failures = new Map<number, number>();
  const messages = new Map<number, string>();
  let done = 0;
  for (let replica = first; replica < first + count; replica++) {
    const rows = Array.from({ length: times.length }, () => statistics.map(() => Number.NaN));
    for (const work of run(replica, {
      sample(timeIndex, state, integrals = new Float64Array(0)) {
        const out = new Float64Array(statistics.length);
        finisher.finish(means.evaluate(state), timeIndex, integrals, out);
        rows[timeIndex] = [...out];
      },
      failure(timeIndex, message, end) {
        failures.set(replica, leavingTime(times, timeIndex, end));
        messages.set(replica, message);
      },
    })) {
      done += work;
    }
    values.push(rows);
  }
  return { values, failures, messages, done };
}

/** Largest relative difference of one statistic over replicas and times. Infinity where one has a value and the other has not. */
export function worstRelative(a: Paths, b: Paths, statistic: number): number {
  let worst = 0;
  a.values.forEach((rows, replica) => {
    rows.forEach((row, time) => {
      const x = row[statistic];
      const y = b.values[replica][time][statistic];
      if (Object.is(x, y)) return;
      const off = Math.abs(x - y) / Math.abs(y);
      worst = Math.max(worst, Number.isNaN(off) ? Number.POSITIVE_INFINITY : off);
    });
  });
  return worst;
}

/** Statistics by name. */
export function named(...names: Parameters<typeof namedStatistic>[0][]): Statistic[] {
  return names.map(namedStatistic);
}
