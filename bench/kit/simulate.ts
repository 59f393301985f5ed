/** The problem that the peers' scripts simulate, and the values that an engine makes of it. Runs in a page as well. */
import { type Problem, parseExperiment } from '../../src/problem/index.ts';
import { resolveStatistics } from '../../src/statistics/index.ts';
import type { EnsembleEngine, EnsembleRequest } from '../../src/statistics/stream.ts';

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

/** SGD of a problem to its horizon, with the risk at the start and the end. */
export const sgdRequest = (problem: Problem, count: number, seed: number): EnsembleRequest => ({
  problem,
  method: { kind: 'sgd' },
  times: Float64Array.of(0, problem.horizon),
  statistics: resolveStatistics(['risk']),
  replicas: { first: 0, count },
  seed,
});

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
