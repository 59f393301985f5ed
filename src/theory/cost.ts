/** What a PDE will take, from two short runs at low accuracy. */
import { computed } from '../statistics/clock.ts';
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
const MOST_WORK = 5e4;
/** Repeats of a run that takes less than so many seconds, until it gets no faster by this factor. */
const REPEATS = 4;
const WARM = 0.05;
const FASTER = 0.8;
/** Work grows by accuracy^(−exponent): between the second derivative in z of order 8 and steps of order 5, and what corners make of it. */
const EXPONENTS = [0.15, 0.5] as const;
/** Seconds of a node-step at most; below so many seconds in all, one short run tells enough. */
const SLOWEST = 1e-5;
const BRIEF = 1;
/** Stages, bands and scratch of a node (see MOST_NODES of evolution.ts). */
const BYTES_A_NODE = 500;
/** Runs at other levels than the last, over all directions, as parts of a run of their own size. */
const SEARCHES = 2;
/** What a class takes that is solved by itself, on its own steps, over what it takes among others. */
const APART = 0.3;

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
    law.classes({ levels, clock, drift, cutoff: Math.min(1e-4, 0.01 * accuracy) });
  const coarsest = { covariance: 0, target: 0, start: 0 };
  const pilot = async (accuracy: number) => {
    const classes = classesAt(coarsest, accuracy);
    const start = computed();
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
    const seconds = (computed() - start) / 1000 / part;
    return { work: result.work / part, nodes: result.nodes, seconds, count: Math.max(1, classes.length) };
  };
  const first = await pilot(PILOTS[0]);
  const fine = isProduct ? 0.3 * tolerance : 0.1 * tolerance;
  // However it grows, and on a slow machine.
  const atMost = SLOWEST * 2 * first.work * (PILOTS[0] / fine) ** EXPONENTS[1];
  if (!isProduct && atMost < BRIEF)
    return { seconds: atMost / 5, classes: first.count, bytes: BYTES_A_NODE * 10 * first.nodes };
  let second = await pilot(PILOTS[1]);
  // Code is compiled while it runs: again, where that is brief, until it gets no faster.
  for (let i = 0; i < REPEATS && second.seconds < WARM; i++) {
    const next = await pilot(PILOTS[1]);
    const isSettled = next.seconds > FASTER * second.seconds;
    if (next.seconds < second.seconds) second = next;
    if (isSettled) break;
  }
  const grown = Math.log10(second.work / second.count / (first.work / first.count));
  const exponent = Math.min(EXPONENTS[1], Math.max(EXPONENTS[0], grown));
  // What the second run took is warm code; averages at save times grow as the nodes do.
  const pace = second.seconds / second.count;
  const secondsOf = (accuracy: number, count: number) =>
    count * pace * Math.max(0.3, (PILOTS[1] / accuracy) ** exponent);
  const levels = { ...coarsest };
  const isApart = isProduct && schedule !== null;
  let searching = 0;
  for (const direction of law.directions) {
    levels[direction] = firstLevel(direction, tolerance / law.directions.length);
    const own = classesAt({ ...coarsest, [direction]: levels[direction] + 1 }, 0.3 * tolerance).length;
    if (!isApart) searching += SEARCHES * secondsOf(0.3 * tolerance, own);
  }
  // A coarse rule before, between and after the two runs.
  if (isApart) searching = 3 * secondsOf(10 * tolerance, classesAt(coarsest, 10 * tolerance).length);
  const finer = { ...levels };
  for (const direction of law.directions) finer[direction] += 1;
  const classes = classesAt(finer, fine).length;
  const part = isApart ? APART : 1;
  const seconds =
    searching + part * (secondsOf(tolerance, classesAt(levels, tolerance).length) + secondsOf(fine, classes));
  const nodes = (second.nodes / second.count) * classes * Math.max(1, (PILOTS[1] / fine) ** (0.5 * exponent));
  return { seconds, classes, bytes: BYTES_A_NODE * nodes };
}
