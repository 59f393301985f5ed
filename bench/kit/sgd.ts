/** What the sections on speed share: the problem that the peers' scripts simulate, and engines and peers as contestants. */
import { type Problem, parseExperiment } from '../../src/problem/index.ts';
import { resolveStatistics } from '../../src/statistics/index.ts';
import type { EnsembleEngine, EnsembleRequest } from '../../src/statistics/stream.ts';
import type { PythonPeer } from '../peers/python.ts';
import { type Contestant, type Turn, timed } from './measure.ts';

/** What every peer answers about its time. */
export type Times = Pick<Turn, 'seconds' | 'cpuSeconds'>;

export const GAMMA = 0.5;

/** λ = 1, b = 1 on every other coordinate and 0 elsewhere, u = 1, v = 0: what the peers' scripts simulate. */
export function experimentOf(dimension: number, horizon: number, more: { problem?: object; stepSize?: unknown } = {}) {
  return parseExperiment({
    problem: {
      dimension,
      target: { kind: 'sparse', fraction: 0.5, value: 1 },
      initialization: { kind: 'constant', u: 1, v: 0 },
      ...more.problem,
    },
    stepSize: more.stepSize ?? GAMMA,
    horizon,
    methods: [{ kind: 'sgd' }],
  });
}

/** An engine's SGD; the log of the final risk of every replica is the statistic that must agree. */
export function sgdContestant(engine: EnsembleEngine, name: string, problem: Problem, count: number): Contestant {
  const statistics = resolveStatistics(['risk']);
  return {
    name,
    measure: (seed) =>
      timed(async () => {
        const risks = await finalValues(engine, {
          problem,
          method: { kind: 'sgd' },
          times: Float64Array.of(0, problem.horizon),
          statistics,
          replicas: { first: 0, count },
          seed,
        });
        return risks.map(Math.log);
      }),
  };
}

/** values[replica][time][statistic]. @throws Error if a replica diverges: no measurement here allows that. */
export async function valuesOf(engine: EnsembleEngine, request: EnsembleRequest): Promise<Float64Array[][]> {
  const { replicas, times, statistics } = request;
  const size = statistics.length;
  const values = Array.from({ length: replicas.count }, () => new Array<Float64Array>(times.length));
  for await (const event of engine.run(request)) {
    if (event.type === 'failure') throw new Error(`replica ${event.replica} at t = ${event.time}: ${event.message}`);
    if (event.type !== 'samples') continue;
    for (let k = 0; k * size < event.values.length; k++) {
      const own = values[event.firstReplica + k - replicas.first];
      own[event.timeIndex] = event.values.slice(k * size, (k + 1) * size);
    }
  }
  return values;
}

/** The first statistic of every replica at the last time. */
export async function finalValues(engine: EnsembleEngine, request: EnsembleRequest): Promise<number[]> {
  return (await valuesOf(engine, request)).map((replica) => replica[request.times.length - 1][0]);
}

/** A peer's ways: replicas at a time, and threads or devices. */
export function sgdVariants(
  python: PythonPeer,
  name: string,
  request: { replicas: number; [field: string]: unknown },
  ways: readonly Readonly<Record<string, string | number>>[],
): Contestant[] {
  const { replicas } = request;
  const blocks = replicas === 64 ? [1, 8, 64] : replicas > 64 ? [replicas] : [1];
  return blocks.flatMap((block) =>
    ways.map((way) => ({
      // Which way turned out to be the fastest is no part of the name: rows of two runs must meet.
      name,
      foreign: true,
      async measure(seed: number) {
        const task = { task: 'sgd', ...request, block, seed, ...way };
        const { risks, ...turn } = await python.ask<Times & { risks: number[] }>(task);
        return { ...turn, results: risks.map(Math.log) };
      },
    })),
  );
}
