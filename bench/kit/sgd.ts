/** Engines and peers as contestants that run the same SGD. */
import type { Problem } from '../../src/problem/index.ts';
import type { EnsembleEngine } from '../../src/statistics/stream.ts';
import type { PythonPeer } from '../peers/python.ts';
import { type Contestant, type Turn, timed } from './measure.ts';
import { finalValues, sgdRequest } from './simulate.ts';

/** What every peer answers about its time. */
export type Times = Pick<Turn, 'seconds' | 'cpuSeconds'>;

/** An engine's SGD; the log of the final risk of every replica is the statistic that must agree. */
export function sgdContestant(engine: EnsembleEngine, name: string, problem: Problem, count: number): Contestant {
  return {
    name,
    measure: (seed) =>
      timed(async () => (await finalValues(engine, sgdRequest(problem, count, seed))).map((risk) => Math.log(risk))),
  };
}

/** A peer's ways: replicas at a time (`blocks`), and threads, devices or ways of compiling. */
export function sgdVariants(
  python: PythonPeer,
  name: string,
  request: { replicas: number; [field: string]: unknown },
  ways: readonly Readonly<Record<string, string | number>>[],
  blocks: readonly number[] = request.replicas === 64 ? [8, 64] : request.replicas > 64 ? [request.replicas] : [1],
): Contestant[] {
  return blocks.flatMap((block) =>
    ways.map((way) => ({
      // Which way turned out to be the fastest is no part of the name: rows of two runs must meet.
      name,
      foreign: true,
      async measure(seed: number) {
        const task = { task: 'sgd', ...request, block, seed, ...way };
        const { risks, ...turn } = await python.ask<Times & { risks: number[] }>(task);
        return { ...turn, results: risks.map((risk) => Math.log(risk)) };
      },
    })),
  );
}
