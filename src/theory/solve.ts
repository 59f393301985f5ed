/**
 * The PDE to a tolerance: runs at increasing accuracy, in time, in z and in the classes at once, until the statistics of
 * two successive runs agree (docs/pde.md, "Error control").
 */

import type { Statistic } from '../expression/statistic.ts';
import type { Attention } from '../statistics/attention.ts';
import { contextAt } from '../statistics/context.ts';
import { collectMoments, finishStatistics } from '../statistics/resolve.ts';
import { type Comparison, compare, isBetter, type Run, type Tolerance } from './agreement.ts';
import { drive } from './drive.ts';
import { evolve } from './evolution.ts';
import { infiniteMoments } from './infinite.ts';
import type { Direction, LimitLaw } from './law/types.ts';
import { levelsByFlow } from './levels.ts';
import { missedTolerance } from './missed.ts';
import type { LimitPath } from './path.ts';
import { rateOf } from './population.ts';
import { ProductRuns } from './product.ts';
import type { Accuracy, PopulationState } from './request.ts';
import { scheduleOf } from './stepsize.ts';

/** What the PDE is asked for. */
export interface PdeOptions {
  /** Save times: increasing, the first is 0. */
  readonly times: Float64Array;
  readonly statistics: readonly Statistic[];
  /** Relative error allowed in every statistic at every save time. */
  readonly tolerance: number;
  /**
   * Absolute error allowed instead where it is larger, in the statistic's units. Absent: `tolerance` times 1e-5 of the statistic's largest size
   * over the save times, or 1e-2 of it where the statistic passes through 0; it then only excuses what cannot be had more accurately.
   */
  readonly absoluteTolerance?: number;
  readonly signal?: AbortSignal;
  /** It keeps Node alive while this is attended to; default: to its end. */
  readonly attention?: Attention;
  /** Time reached, growing from 0 to the last save time over all of the work. */
  onProgress?(t: number): void;
  /** Called with the final run's state at each save time reached (for densities). */
  onState?(timeIndex: number, state: PopulationState): void;
  /** The save times of which `onState` is told; all of them if absent. States are kept until the tolerance is known to be reached. */
  readonly statesAt?: ReadonlySet<number>;
}

/** That the solution ends before the horizon, or is less accurate than asked for. */
export interface PdeEvent {
  readonly kind: 'blow-up' | 'tolerance';
  readonly time: number;
  readonly message: string;
}

/** The limit at its save times, each value with its estimated error. */
export interface PdeSolution {
  readonly times: Float64Array;
  /** [statistic][time]; NaN after a blow-up and after the end of what could be computed; infinite (or NaN, a difference of such) where the average is. */
  readonly values: Float64Array[];
  /** [statistic][time]: estimated errors of these, absolute; infinite where nothing is known of them, NaN where there is no value. */
  readonly errors: Float64Array[];
  /** [statistic][time]: 1 where the error is within the tolerance. */
  readonly within: Uint8Array[];
  /** Save times, from the first on, that were reached. */
  readonly known: number;
  /** R(t), ∫g²R/m dt and γ(t) up to the end of what is known. */
  readonly path: LimitPath;
  readonly events: readonly PdeEvent[];
  /** The tolerance was not reached at every save time before the blow-up, if any, or the horizon. */
  readonly failed: boolean;
  /** Largest estimated relative error of a statistic at a save time, over those within the relative tolerance. */
  readonly errorEstimate: number;
  readonly work: {
    readonly runs: number;
    readonly classes: number;
    readonly nodes: number;
    readonly steps: number;
  };
}

/** Two runs differ by the error of the coarser, of which that of the finer is this part or less. With a finite sum of classes: */
const SUM_TRUST = 0.3;
const everyDirection = (level: number): Record<Direction, number> => ({
  covariance: level,
  target: level,
  start: level,
});
/** Of the other directions while one is looked at; where classes are solved one by one, and the runs that follow show what it hides. */
const COARSEST = everyDirection(0);
const PROBES = everyDirection(-2);
/** Levels of the rule that is solved with the coupling below those of the first run; and the tolerance above which it has a level less. */
const COARSER = 2;
const LAXER = 1e-4;
/** Of the accuracy of a run with a quadrature, the least error that it is said to have. */
const LEAST = 0.3;
/** Mass that may be left out at the ends of unbounded laws. */
const cutoffOf = (accuracy: number) => Math.min(1e-4, 0.01 * accuracy);
/** Of the tolerance, what the first run's rules may miss along the flow, over all directions: 0.3 of it is left in the estimate. */
const FLOW_SHARE = 2;
/** Highest level that the search in one direction tries. */
const MOST_LEVELS = 14;
/** For tolerances above this the order is not yet what it is in the limit: */
const LAX = 2e-3;
const LAX_TRUST = 0.5;
/** Runs before giving up. */
const MOST_RUNS = 8;
/** Runs that may get stuck before the solver gives up. */
const MOST_STUCK = 4;
/** Runs that bring nothing (see `isBetter`) after which more of them would not help. */
const MOST_IDLE = 2;
/** Node-steps (about 1 µs each) that another run may take, or this many times those of the first two, whatever is more. */
const MOST_WORK = 1e7;
const MOST_GROWTH = 20;
/** Work of a run over that of the one before. */
const NEXT_WORK = 4;
/** By what accuracies are relaxed where runs get stuck, and the largest tried. */
const LOOSER = 30;
const LOOSEST = 1e-2;
/** Classes beyond which a quadrature is not refined further. */
const MOST_CLASSES = 60_000;

/**
 * Statistics of the limit (docs/theory.md §4, docs/pde.md) at the save times, to the tolerance asked for where it can be reached: runs at growing
 * resolution until their differences say so. Memory O(classes · nodes), time O(classes · nodes · steps).
 * @throws RangeError where tolerance or times are out of range; the signal's reason when it is aborted.
 */
export async function solvePde(law: LimitLaw, options: PdeOptions): Promise<PdeSolution> {
  const { times, statistics, tolerance, absoluteTolerance: absolute, signal } = options;
  if (!(tolerance >= 1e-13 && tolerance < 1))
    throw new RangeError(`tolerance must be from 1e-13 to 1 (excluded): ${tolerance}`);
  if (absolute !== undefined && !(absolute >= 0 && absolute < Number.POSITIVE_INFINITY))
    throw new RangeError(`absoluteTolerance must be at least 0 and finite: ${absolute}`);
  if (!(times.length > 0) || times[0] !== 0 || times.some((t, i) => i > 0 && !(t > times[i - 1])))
    throw new RangeError('save times must increase from 0');
  const table = collectMoments(statistics);
  const last = times[times.length - 1];
  const isProduct = law.directions.length > 0;
  const levels: Record<Direction, number> = { covariance: 0, target: 0, start: 0 };
  const schedule = scheduleOf(law);
  /** ∫g dt; where γ depends on the state that of the last run. */
  let drift = schedule ? rateOf(law) * schedule.drift(last) : last;
  let clock = 0;
  let runs = 0;
  let progress = 0;
  const shared = { setting: law, times, moments: table.moments };
  const accuracyOf = (accuracy: number): Accuracy => ({
    step: accuracy,
    grid: { resolution: accuracy, tail: 1e-2 * accuracy },
    average: 0.1 * accuracy,
    shared: isProduct,
  });
  const classesAt = (levels: Record<Direction, number>, accuracy: number) =>
    law.classes({ levels, clock, drift, cutoff: cutoffOf(accuracy) });
  /** Runs class by class, for as long as that goes. */
  let apart: ProductRuns | null = null;
  const run = async (
    accuracy: number,
    ownLevels: Record<Direction, number>,
    share: number,
    maximumWork?: number,
    onState?: PdeOptions['onState'],
    kind: 'probe' | 'first' | 'final' = 'first',
  ): Promise<Run> => {
    const classes = classesAt(ownLevels, accuracy);
    const base = progress;
    const onProgress = (part: number) => {
      progress = base + share * (1 - base) * part;
      options.onProgress?.(progress * last);
    };
    const asked = { classes, accuracy: accuracyOf(accuracy), onState, maximumWork };
    let result =
      apart && (await drive(apart.run({ ...asked, onProgress }, kind === 'probe'), signal, options.attention));
    if (!result) {
      apart = null;
      result = await drive(
        evolve({
          ...shared,
          ...asked,
          onProgress: (t) => onProgress(t / last),
          pathless: kind !== 'final',
        }),
        signal,
        options.attention,
      );
    }
    runs++;
    if (!schedule && result.stopped === 'horizon') drift = result.drift;
    const rows = () => statistics.map(() => new Float64Array(times.length).fill(Number.NaN));
    const [values, own, sizes, roots] = [rows(), rows(), rows(), rows()];
    const out = new Float64Array(statistics.length);
    result.snapshots.forEach((snapshot, i) => {
      if (!snapshot) return;
      const context = contextAt(law, times[i], schedule ? undefined : result.stepSizes[i]);
      const { moments = Number.POSITIVE_INFINITY } = law.edges ?? {};
      const infinite =
        moments < Number.POSITIVE_INFINITY &&
        infiniteMoments(result.classes, snapshot.parts, snapshot.means.length, moments);
      const write = (means: Float64Array, to: Float64Array[]) => {
        const finite = infinite ? means.map((mean, k) => infinite[k] * Number.POSITIVE_INFINITY || mean) : means;
        finishStatistics(statistics, table, finite, context, out);
        for (let k = 0; k < out.length; k++) to[k][i] = out[k];
      };
      write(snapshot.means, values);
      write(snapshot.own, own);
      write(snapshot.sizes, sizes);
      write(snapshot.roots, roots);
    });
    const least = isProduct ? LEAST * accuracy : 0;
    return { result, values, own, sizes, roots, classes: classes.length, accuracy, levels: { ...ownLevels }, least };
  };

  const trust = tolerance > LAX ? LAX_TRUST : SUM_TRUST;
  let accuracy = tolerance;
  if (isProduct) {
    for (const direction of law.directions)
      levels[direction] = firstLevel(direction, tolerance / law.directions.length);
    // Flow asks for twenty times the nodes that the far tail of an unbounded spectrum is worth.
    const isBounded = law.edges === undefined || law.edges.lambda[1] < Number.POSITIVE_INFINITY;
    if (schedule && isBounded) {
      const least = (tolerance > LAXER ? 2 : 3) - law.directions.length;
      const begin = async (coarse: Record<Direction, number>) => {
        const all = new ProductRuns(shared, classesAt(coarse, tolerance));
        runs++;
        const base = progress;
        const onProgress = (t: number) => {
          progress = base + (0.05 * (1 - base) * t) / last;
          options.onProgress?.(progress * last);
        };
        const begun = drive(all.begin(accuracyOf(tolerance), onProgress), signal, options.attention);
        return (await begun) ? all : null;
      };
      apart = await begin(everyDirection(least));
      if (apart) {
        clock = apart.clock;
        const known = { ...apart.known(), drifts: Array.from(times, (t) => rateOf(law) * schedule.drift(t)) };
        const allowed = (FLOW_SHARE * tolerance) / law.directions.length;
        const found = levelsByFlow(law, { clock, drift, cutoff: cutoffOf(tolerance) }, known, allowed);
        if (found) {
          Object.assign(levels, found);
          const coarse = everyDirection(least);
          for (const direction of law.directions) coarse[direction] = Math.max(least, found[direction] - COARSER);
          if (law.directions.some((direction) => coarse[direction] > least)) apart = await begin(coarse);
          if (apart) clock = apart.clock;
        }
      }
    }
  }
  /** A finer run, held to a coarser one; `tell` passes its states on. */
  const against = async (coarse: Run, accuracy: number, maximumWork: number | undefined) => {
    const states: [number, PopulationState][] = [];
    const keep =
      options.onState &&
      ((i: number, state: PopulationState) => {
        if (options.statesAt?.has(i) ?? true) states.push([i, state]);
      });
    const fine = await run(accuracy, levels, 0.8, maximumWork, keep, 'final');
    const comparison = compare(coarse, fine, { relative: tolerance, absolute }, trust, times);
    const tell = () => {
      for (const [i, state] of states) options.onState?.(i, state);
    };
    return { fine, comparison, tell };
  };
  /** Each direction by itself, the others coarse: how many nodes does it take? */
  const search = async () => {
    const coarsest = apart ? PROBES : COARSEST;
    const allowed = tolerance / law.directions.length;
    const share: Tolerance = {
      relative: allowed,
      ...(absolute !== undefined && { absolute: absolute / law.directions.length }),
    };
    for (const direction of law.directions) {
      const probe = (level: number) =>
        run(0.3 * tolerance, { ...coarsest, [direction]: level }, 0.05, MOST_WORK, undefined, 'probe');
      let level = Math.max(levels[direction], apart ? 0 : firstLevel(direction, allowed));
      let before = await probe(level);
      for (; level < MOST_LEVELS; level++) {
        const next = await probe(level + 1);
        if (next.result.stopped === 'stuck' || compare(before, next, share, trust, times).settled) break;
        before = next;
      }
      levels[direction] = level;
    }
  };
  if (isProduct && !apart) {
    // Only the target's rule asks for the clock.
    if (law.directions.includes('target')) clock = (await run(Math.max(1e-3, tolerance), COARSEST, 0.02)).result.clock;
    await search();
  }
  // Two runs differ by the error of the coarser.
  let coarse = await run(accuracy, levels, 0.3);
  let stuck = 0;
  let best: { run: Run; comparison: Comparison; accuracy: number } | null = null;
  let idle = 0;
  let patience = MOST_WORK;
  let before: Comparison | null = null;
  for (let attempt = 1; attempt < MOST_RUNS; attempt++) {
    // Time and z are refined by factors, classes by levels of 1.4.
    const afterStuck = stuck > 0 && attempt > 1;
    accuracy = Math.max(accuracy * (afterStuck ? 0.4 : isProduct ? 0.3 : attempt === 1 ? 0.1 : 0.05), 1e-14);
    for (const direction of law.directions) levels[direction] = coarse.levels[direction] + 1;
    if (isProduct) {
      clock = coarse.result.clock;
      if (attempt > 1 && coarse.classes > MOST_CLASSES) break;
    }
    const { fine, comparison, tell } = await against(coarse, accuracy, attempt === 1 ? undefined : patience);
    // A run that stopped earlier than the one before tells nothing new beyond its end.
    if (!best || comparison.good >= best.comparison.good) {
      best = { run: fine, comparison, accuracy };
      tell();
    }
    if (comparison.settled) break;
    if (isProduct && apart && attempt === 1) {
      // The usual number of nodes is not enough: more of those directions that want more.
      for (const direction of law.directions) levels[direction] = coarse.levels[direction];
      await search();
      coarse = await run(accuracy / 0.3, levels, 0.3);
      continue;
    }
    if (before && !isBetter(comparison, before) && ++idle >= MOST_IDLE) break;
    before = comparison;
    if (attempt === 1) patience = Math.max(MOST_WORK, MOST_GROWTH * (coarse.result.work + fine.result.work));
    if (NEXT_WORK * fine.result.work > patience) break;
    // Whether a corner can be passed depends on where the nodes happen to lie: other accuracies have other grids.
    if (fine.result.stopped === 'stuck' && ++stuck >= MOST_STUCK) break;
    if (fine.result.end >= coarse.result.end) coarse = fine;
    if (accuracy <= 1e-14) break;
  }
  if (!best) throw new Error('unreachable: at least two runs are made');
  // Where finer runs cannot get to the end, coarser ones may: their values have larger errors, which are told.
  for (let a = LOOSER * tolerance; best.run.result.stopped === 'stuck' && a <= LOOSEST; a *= LOOSER) {
    const first = await run(a, levels, 0.3, patience);
    if (first.result.end <= best.run.result.end) continue;
    const { fine, comparison, tell } = await against(first, 0.1 * a, patience);
    if (comparison.known <= best.comparison.known) continue;
    best = { run: fine, comparison, accuracy: 0.1 * a };
    tell();
  }
  const { run: final, comparison, accuracy: achieved } = best;
  const events: PdeEvent[] = [];
  const { result } = final;
  if (result.stopped === 'blow-up') events.push({ kind: 'blow-up', time: result.end, message: result.message });
  if (!comparison.reached) events.push({ kind: 'tolerance', ...missedTolerance(options, final, comparison) });
  options.onProgress?.(last);
  const end = result.stopped === 'horizon' ? last : Math.min(result.end, result.path.end);
  return {
    times,
    values: final.values,
    errors: comparison.errors,
    within: comparison.within,
    known: comparison.known,
    path: result.path.toPath(result.stopped === 'blow-up' ? result.path.end : end, schedule ?? undefined),
    events,
    failed: !comparison.reached,
    // No less than the accuracy of the run: the difference of two may be small by chance.
    errorEstimate:
      comparison.known > 1 ? Math.max(comparison.estimate, Math.min(achieved, tolerance)) : comparison.estimate,
    work: { runs, classes: final.classes, nodes: result.nodes, steps: result.steps },
  };
}

/** Level of the first run, whose error is about the tolerance in runs of ordinary length. */
export function firstLevel(direction: Direction, tolerance: number): number {
  const digits = -Math.log10(tolerance);
  const level = { covariance: 0.7 * digits - 1, target: 0.8 * digits - 1.3, start: 0.4 * digits - 1.4 }[direction];
  return Math.max(0, Math.round(level));
}
