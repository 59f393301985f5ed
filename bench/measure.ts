/** Repetitions that take turns, and the figures drawn from them. */

export function median(x: readonly number[]): number {
  const sorted = [...x].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function meanAndVariance(x: readonly number[]): { mean: number; variance: number } {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  return { mean, variance: x.reduce((a, b) => a + (b - mean) ** 2, 0) / (x.length - 1) };
}

/** Difference of two samples' means in standard errors. */
export function disagreement(x: readonly number[], y: readonly number[]): number {
  const a = meanAndVariance(x);
  const b = meanAndVariance(y);
  return Math.abs(a.mean - b.mean) / Math.sqrt(a.variance / x.length + b.variance / y.length);
}

/** One way of doing the work: runs it once and says how long it took and what came out. */
export interface Contestant {
  readonly name: string;
  measure(seed: number): Promise<Turn>;
}

export interface Turn {
  /** Wall clock. */
  readonly seconds: number;
  /** Processor time of all threads: what is left of a comparison when other work loads the machine. */
  readonly cpuSeconds: number;
  readonly results: readonly number[];
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
  /** One number a repetition. */
  readonly seconds: readonly number[];
  readonly cpuSeconds: readonly number[];
  readonly results: readonly number[];
}

/**
 * Lets all contestants take turns. The first turn compiles, starts threads and touches memory: its results count, its time does not.
 */
export async function takeTurns(contestants: readonly Contestant[], repetitions: number): Promise<Score[]> {
  const scores = contestants.map(({ name }) => ({
    name,
    seconds: [] as number[],
    cpuSeconds: [] as number[],
    results: [] as number[],
  }));
  for (let repetition = -1; repetition < repetitions; repetition++) {
    for (const [k, contestant] of contestants.entries()) {
      const { seconds, cpuSeconds, results } = await contestant.measure(1000 + repetition);
      if (repetition >= 0) {
        scores[k].seconds.push(seconds);
        scores[k].cpuSeconds.push(cpuSeconds);
      }
      scores[k].results.push(...results);
    }
  }
  return scores;
}

/** The contestant with the shortest of three turns: for a peer that can be written or run in several ways. */
export async function fastest(variants: readonly Contestant[]): Promise<Contestant> {
  if (variants.length === 1) return variants[0];
  const scores = await takeTurns(variants, 3);
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
