/** Repetitions that take turns, and the rows made of them. */
import type { Quantity, Row } from '../suite.ts';
import { disagreement, measured, pairedRatios } from './statistics.ts';

export interface Turn {
  /** Wall clock. */
  readonly seconds: number;
  /** Processor time of all threads: what is left of a comparison when other work loads the machine. Absent where it is another machine's, or a GPU's. */
  readonly cpuSeconds?: number;
  /** What came out: nothing that is computed goes unread, and contestants must agree in it. */
  readonly results: readonly number[];
}

/** One way of doing the work: runs it once and says how long it took and what came out. */
export interface Contestant {
  readonly name: string;
  /** Somebody else's program. */
  readonly foreign?: boolean;
  measure(seed: number): Promise<Turn>;
}

/** Runs `work` and measures it in this process. */
export async function timed(work: () => readonly number[] | Promise<readonly number[]>): Promise<Turn> {
  const busy = process.cpuUsage();
  const start = performance.now();
  const results = await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(busy);
  return { seconds, cpuSeconds: (user + system) / 1e6, results };
}

export interface Score {
  readonly name: string;
  readonly foreign: boolean;
  /** One number a repetition. */
  readonly seconds: readonly number[];
  readonly cpuSeconds: readonly number[];
  readonly results: readonly number[];
}

/** How often; or until that many seconds have passed, though never fewer than three times. */
export interface Rounds {
  readonly most: number;
  readonly seconds?: number;
}

const FEWEST = 3;

/**
 * Lets all contestants take turns. The first turn compiles, starts threads and touches memory: its results count, its time does not.
 * @throws Error if a time or a result is not a finite number.
 */
export async function takeTurns(contestants: readonly Contestant[], rounds: Rounds): Promise<Score[]> {
  const scores = contestants.map(({ name, foreign = false }) => ({
    name,
    foreign,
    seconds: [] as number[],
    cpuSeconds: [] as number[],
    results: [] as number[],
  }));
  const end = performance.now() + 1000 * (rounds.seconds ?? Number.POSITIVE_INFINITY);
  for (let round = -1; round < rounds.most; round++) {
    if (round >= FEWEST && performance.now() > end) break;
    for (const [k, contestant] of contestants.entries()) {
      const { seconds, cpuSeconds, results } = await contestant.measure(1000 + round);
      const bad = [seconds, cpuSeconds ?? 0, ...results].find((x) => !Number.isFinite(x));
      if (bad !== undefined) throw new Error(`${contestant.name}: a time or a result is ${bad}, not a finite number`);
      if (round >= 0) {
        scores[k].seconds.push(seconds);
        if (cpuSeconds !== undefined) scores[k].cpuSeconds.push(cpuSeconds);
      }
      scores[k].results.push(...results);
    }
  }
  return scores;
}

/** The contestant with the shortest turn: for a peer that can be written or run in several ways. */
export async function fastest(variants: readonly Contestant[], turns = FEWEST): Promise<Contestant> {
  if (variants.length === 1) return variants[0];
  const scores = await takeTurns(variants, { most: turns });
  const shortest = scores.map(({ seconds }) => Math.min(...seconds));
  return variants[shortest.indexOf(Math.min(...shortest))];
}

/** Throws unless every contestant's results have the mean of the first's, within `limit` standard errors. */
export function checkAgreement(what: string, scores: readonly Score[], limit = 5): void {
  for (const { name, results } of scores.slice(1)) {
    const score = disagreement(scores[0].results, results);
    if (!(score < limit)) {
      throw new Error(
        `${what}: ${name} and ${scores[0].name} differ by ${score.toFixed(1)} standard errors, the limit is ${limit}. The timings do not count.`,
      );
    }
  }
}

export interface Work {
  readonly table: string;
  /** What is common to all rows: sizes. */
  readonly labels: Row['labels'];
  /** How much one turn does, and of what: `rate` is work over seconds. */
  readonly amount: number;
  readonly unit: string;
}

/** A row a contestant: rate, times, and how many times as fast the first is, pair by pair. */
export function rowsOf({ table, labels, amount, unit }: Work, scores: readonly Score[]): Row[] {
  const [first] = scores;
  return scores.map(({ name, foreign, seconds, cpuSeconds }) => {
    const quantities: Record<string, Quantity> = {
      rate: measured(
        seconds.map((s) => amount / s),
        `${unit}/s`,
        'higher',
      ),
      seconds: measured(seconds, 's'),
    };
    if (cpuSeconds.length > 0) quantities.cpuSeconds = measured(cpuSeconds, 's');
    if (scores.length > 1) {
      quantities.firstTimesAsFast = measured(pairedRatios(seconds, first.seconds), '1');
      if (cpuSeconds.length > 0 && first.cpuSeconds.length > 0)
        quantities.firstTimesAsFastByCpu = measured(pairedRatios(cpuSeconds, first.cpuSeconds), '1');
    }
    return { table, labels: { ...labels, contestant: name }, foreign, quantities };
  });
}
