/** What the suites on SGD share: the problem that the peers' scripts simulate, engines and peers as contestants, rows. */
import { type Problem, parseExperiment } from '../src/problem/index.ts';
import { resolveStatistics } from '../src/statistics/index.ts';
import type { EnsembleEngine, EnsembleRequest } from '../src/statistics/stream.ts';
import { type Contestant, meanAndVariance, median, type Score, type Turn, timed } from './measure.ts';
import type { PythonPeer } from './peers/python.ts';
import type { SuiteContext, SuiteResult } from './suite.ts';

export type Row = SuiteResult['rows'][number];

/** What every peer answers about its time. */
export type Times = Pick<Turn, 'seconds' | 'cpuSeconds'>;

export const GAMMA = 0.5;

/** λ = 1, b = 1 on every other coordinate and 0 elsewhere, u = 1, v = 0: what the peers' scripts simulate. */
export function experimentOf(dimension: number, horizon: number) {
  return parseExperiment({
    problem: {
      dimension,
      target: { kind: 'sparse', fraction: 0.5, value: 1 },
      initialization: { kind: 'constant', u: 1, v: 0 },
    },
    stepSize: GAMMA,
    horizon,
    methods: [{ kind: 'sgd' }],
  });
}

/** Rows of one comparison: rates, and how many times faster the first is than each of the others. */
export function rowsOf(what: string, work: number, unit: string, scores: readonly Score[], extra: Row = {}): Row[] {
  const first = median(scores[0].seconds);
  const firstCpu = median(scores[0].cpuSeconds);
  return scores.map(({ name, seconds, cpuSeconds, results }) => ({
    what,
    contestant: name,
    [unit]: work / median(seconds),
    speedOfFirstRelativeToThis: median(seconds) / first,
    rateOfFirstPerCpuSecondRelativeToThis: median(cpuSeconds) / firstCpu,
    secondsMedian: median(seconds),
    cpuSecondsMedian: median(cpuSeconds),
    seconds,
    cpuSeconds,
    resultMean: meanAndVariance(results).mean,
    ...extra,
  }));
}

export function report(context: SuiteContext, rows: readonly Row[], unit: string): void {
  for (const row of rows) {
    const rate = `${((row[unit] as number) / 1e6).toPrecision(3)} million ${unit}`;
    const ratio = (row.speedOfFirstRelativeToThis as number).toFixed(2);
    const cpu = (row.rateOfFirstPerCpuSecondRelativeToThis as number).toFixed(2);
    context.log(
      `${row.what}: ${row.contestant}: ${rate}; the first is ${ratio} times as fast, ${cpu} times by processor time`,
    );
  }
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

export async function finalValues(engine: EnsembleEngine, request: EnsembleRequest): Promise<number[]> {
  const values: number[] = [];
  for await (const event of engine.run(request)) {
    if (event.type === 'failure') throw new Error(event.message);
    if (event.type === 'samples' && event.timeIndex === request.times.length - 1) values.push(...event.values);
  }
  return values;
}

/** A peer's ways: replicas at a time, and threads. */
export function sgdVariants(
  python: PythonPeer,
  name: string,
  request: { replicas: number; [field: string]: unknown },
  ways: object[],
) {
  const blocks = request.replicas === 64 ? [1, 8, 64] : [1];
  return blocks.flatMap((block) =>
    ways.map((way) => ({
      name: `${name}, ${block} at a time${'threads' in way ? `, ${way.threads} threads` : ''}`,
      async measure(seed: number) {
        const task = { ...request, block, seed, ...way };
        const { risks, ...turn } = await python.ask<Times & { risks: number[] }>(task);
        return { ...turn, results: risks.map(Math.log) };
      },
    })),
  );
}
