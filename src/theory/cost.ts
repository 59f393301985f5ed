/** What a PDE will take, from two short runs at low accuracy. */
import { collectMoments } from '../statistics/resolve.ts';
import { drive } from './drive.ts';
import { evolve } from './evolution.ts';
import type { Direction, LimitLaw } from './law/types.ts';
import { rateOf } from './population.ts';
import { firstLevel, type PdeOptions } from './solve.ts';
import { scheduleOf } from './stepsize.ts';

export interface PdeCost {
  readonly seconds: number;
  /** At the largest run: classes, and bytes of its nodes. */
  readonly classes: number;
  readonly bytes: number;
}

/** Accuracies of the short runs, and node-steps at which they are cut. */
const PILOTS = [1e-2, 1e-3] as const;
const MOST_WORK = 2e5;
/** Work grows by accuracy^(−exponent): between the second derivative in z of order 8 and steps of order 5, and what corners make of it. */
const EXPONENTS = [0.15, 0.5] as const;
/** Stages, bands and scratch of a node (see MOST_NODES of evolution.ts). */
const BYTES_A_NODE = 500;
/** Runs at other levels than the last, over all directions, as parts of a run of their own size. */
const SEARCHES = 2;

/**
 * An estimate that is right to a factor of about 3 where the solver needs the usual number of runs (kinks may take more). Cost: some 0.1 s.
 */
export async function pdeCost(law: LimitLaw, options: PdeOptions): Promise<PdeCost> {
  const { times, statistics, tolerance, signal } = options;
  const { moments } = collectMoments(statistics);
  const last = times[times.length - 1];
  const isProduct = law.directions.length > 0;
  const schedule = scheduleOf(law);
  const drift = schedule ? rateOf(law) * schedule.drift(last) : last;
  let clock = 0;
  const classesAt = (levels: Record<Direction, number>, accuracy: number) =>
    law.classes({ levels, clock, drift, cutoff: Math.min(1e-4, 0.03 * accuracy) });
  const coarsest = { covariance: 0, target: 0, start: 0 };
  const pilots: { work: number; nodes: number; seconds: number; count: number }[] = [];
  for (const accuracy of PILOTS) {
    const classes = classesAt(coarsest, accuracy);
    const start = performance.now();
    const grid = { resolution: accuracy, tail: 1e-2 * accuracy };
    const result = await drive(
      evolve({
        setting: law,
        classes,
        times,
        moments,
        accuracy: { step: accuracy, grid, average: 0.1 * accuracy, shared: isProduct },
        pathless: true,
        maximumWork: MOST_WORK,
      }),
      signal,
    );
    clock = result.clock;
    // Cut short on the way: as much again for the rest, in x = √t.
    const part = result.stopped === 'stuck' ? Math.max(0.05, Math.sqrt(result.end / last)) : 1;
    pilots.push({
      work: result.work / part,
      nodes: result.nodes,
      seconds: (performance.now() - start) / 1000 / part,
      count: Math.max(1, classes.length),
    });
  }
  const [first, second] = pilots;
  const grown = Math.log10(second.work / second.count / (first.work / first.count));
  const exponent = Math.min(EXPONENTS[1], Math.max(EXPONENTS[0], grown));
  // What the second run took is warm code; averages at save times grow as the nodes do.
  const pace = second.seconds / second.count;
  const secondsOf = (accuracy: number, count: number) =>
    count * pace * Math.max(0.3, (PILOTS[1] / accuracy) ** exponent);
  const levels = { ...coarsest };
  let searching = 0;
  for (const direction of law.directions) {
    levels[direction] = firstLevel(direction, tolerance / law.directions.length);
    const own = classesAt({ ...coarsest, [direction]: levels[direction] + 1 }, 0.3 * tolerance).length;
    searching += SEARCHES * secondsOf(0.3 * tolerance, own);
  }
  const finer = { ...levels };
  for (const direction of law.directions) finer[direction] += 1;
  const [coarse, fine] = [tolerance, isProduct ? 0.3 * tolerance : 0.1 * tolerance];
  const classes = classesAt(finer, fine).length;
  const seconds = searching + secondsOf(coarse, classesAt(levels, coarse).length) + secondsOf(fine, classes);
  const nodes = (second.nodes / second.count) * classes * Math.max(1, (PILOTS[1] / fine) ** (0.5 * exponent));
  return { seconds, classes, bytes: BYTES_A_NODE * nodes };
}
