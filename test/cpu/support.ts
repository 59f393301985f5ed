/** Problems and collectors that the tests of the CPU engines share. */
import type { RunReplica } from '../../src/cpu/workers/simulator.ts';
import { buildProblem, type Problem, parseExperiment } from '../../src/problem/index.ts';
import { resolveStatistics, type StatisticSpec } from '../../src/statistics/index.ts';
import type { EnsembleEngine, EnsembleRequest } from '../../src/statistics/stream.ts';

/** A problem from the parts of an experiment file that matter here. */
export function problemOf(problem: Record<string, unknown>, stepSize: unknown = 0.5, horizon = 8): Problem {
  return buildProblem(parseExperiment({ problem, stepSize, horizon, methods: [{ kind: 'sgd' }] }));
}

export interface Collected {
  /** values[time][replica − first][statistic]; NaN where there is none. */
  readonly values: number[][][];
  readonly failures: { readonly replica: number; readonly time: number; readonly message: string }[];
  readonly done: number;
}

export async function collect(
  engine: EnsembleEngine,
  request: Omit<EnsembleRequest, 'statistics' | 'times'> & { statistics: StatisticSpec[]; times: number[] },
): Promise<Collected> {
  const { times, statistics, replicas } = request;
  const values = times.map(() =>
    Array.from({ length: replicas.count }, () => new Array<number>(statistics.length).fill(Number.NaN)),
  );
  const seen = new Set<string>();
  const failures: Collected['failures'] = [];
  let done = 0;
  const stream = engine.run({ ...request, times: Float64Array.from(times), statistics: resolveStatistics(statistics) });
  for await (const event of stream) {
    if (event.type === 'progress') done += event.done;
    else if (event.type === 'failure') failures.push(event);
    else if (event.type === 'samples') {
      const count = event.values.length / statistics.length;
      for (let k = 0; k < count; k++) {
        const replica = event.firstReplica + k;
        const key = `${event.timeIndex} ${replica}`;
        if (seen.has(key)) throw new Error(`replica ${replica} came twice at time index ${event.timeIndex}`);
        seen.add(key);
        values[event.timeIndex][replica - replicas.first] = [
          ...event.values.subarray(k * statistics.length, (k + 1) * statistics.length),
        ];
      }
    }
  }
  return { values, failures, done };
}

export function meanAndError(x: readonly number[]): { mean: number; error: number } {
  const mean = x.reduce((sum, y) => sum + y, 0) / x.length;
  const variance = x.reduce((sum, y) => sum + (y - mean) ** 2, 0) / (x.length - 1);
  return { mean, error: Math.sqrt(variance / x.length) };
}

/** The states that a simulator samples for one replica, copied, and the save time it fails before, by index. */
export function statesOf(run: RunReplica, replica: number) {
  const p: Float64Array[] = [];
  const q: Float64Array[] = [];
  const s: (Float64Array | undefined)[] = [];
  const failures: number[] = [];
  const path = run(replica, {
    sample: (_, state) => {
      p.push(Float64Array.from(state.p));
      q.push(Float64Array.from(state.q));
      s.push(state.s && Float64Array.from(state.s));
    },
    failure: (timeIndex) => failures.push(timeIndex),
  });
  let done = 0;
  for (const work of path) done += work;
  return { p, q, s, failures, done };
}
