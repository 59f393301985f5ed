/** Runs one replica on a simulator, without the pool, and keeps what it reports. */

import type { Simulator } from '../../../src/cpu/workers/simulator.ts';
import { leavingTime } from '../../../src/problem/divergence.ts';
import { buildProblem, type Problem, parseExperiment } from '../../../src/problem/index.ts';
import { programOf } from '../../../src/statistics/program.ts';
import type { SdeRequest, SgdRequest } from '../../../src/statistics/stream.ts';

export interface Path {
  /** [save time] Σ λe²/(2d), without the constant σ²/2: the part that a path moves. */
  readonly excess: number[];
  /** [save time] the state. */
  readonly states: { p: Float64Array; q: Float64Array; s: Float64Array | null }[];
  readonly failure: { time: number; message: string } | null;
  /** Coordinate-steps reported. */
  readonly done: number;
}

export async function runPath(
  simulator: Simulator,
  problem: Problem,
  times: number[],
  options: { method?: SgdRequest | SdeRequest; seed?: number; replica?: number; wantsLogInvariant?: boolean } = {},
): Promise<Path> {
  const { method = { kind: 'sgd' }, seed = 7, replica = 3, wantsLogInvariant = false } = options;
  const request = {
    problem,
    method,
    times: Float64Array.of(0, ...times),
    statistics: [],
    replicas: { first: replica, count: 1 },
    seed,
  }; // prettier-ignore
  const run = await simulator.open({ problem, plan: programOf(request), seed, wantsLogInvariant });
  const path = { excess: [], states: [], failure: null, done: 0 } as { -readonly [K in keyof Path]: Path[K] };
  const slices = run(replica, {
    sample(_timeIndex, { p, q, s }) {
      let sum = 0;
      for (let i = 0; i < problem.dimension; i++) {
        const e = 0.25 * (p[i] - q[i]) * (p[i] + q[i]) - problem.b[i];
        sum += problem.lambda[i] * e * e;
      }
      path.excess.push(sum / (2 * problem.dimension));
      path.states.push({ p: Float64Array.from(p), q: Float64Array.from(q), s: s ? Float64Array.from(s) : null });
    },
    failure(timeIndex, message, end) {
      path.failure = { time: leavingTime(request.times, timeIndex, end), message };
    },
  });
  for (const cost of slices) path.done += cost;
  return path;
}

/** Largest relative difference of two series. */
export function worstDifference(a: number[], b: number[]): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return a.reduce((worst, x, i) => Math.max(worst, x === b[i] ? 0 : Math.abs(x - b[i]) / Math.abs(b[i])), 0);
}

/** A problem from the fields of an experiment file that matter here; the rest has its default. */
export function problemOf(fields: { problem: object; stepSize: number | object; horizon: number }): Problem {
  return buildProblem(parseExperiment({ ...fields, methods: [{ kind: 'sgd' }] }));
}
