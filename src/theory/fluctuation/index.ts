/**
 * How far one replica's risk strays from the limit at finite d: the standard deviation of √d (R⁽ᵈ⁾ − R) as d → ∞, by linear
 * fluctuation theory around the PDE (docs/fluctuations.md). SGD and the SDE have the same limit but different fluctuations.
 */
import { isSchedule, modelOf } from '../../dynamics/index.ts';
import type { RiskPath } from '../../statistics/stream.ts';
import { drive } from '../drive.ts';
import type { LimitLaw } from '../law/types.ts';
import { rateOf } from '../population.ts';
import { scheduleOf } from '../stepsize.ts';
import type { NoiseStrength } from './generator.ts';
import { type SweepResult, sweep } from './sweep.ts';

/** When the spread of the risk is wanted, and how accurately. */
export interface FluctuationOptions {
  /** Output times, strictly increasing, in (0, horizon]. Cost grows linearly with their number. */
  readonly times: Float64Array;
  /** Relative error of the standard deviation, estimated from the last two resolutions; 0.01 if not given, from 1e−5 to 0.1. */
  readonly tolerance?: number;
  readonly signal?: AbortSignal;
}

/** Arrays over the output times; multiply by 1/√d. NaN at times the limit does not reach (blow-up). */
export interface RiskFluctuation {
  readonly times: Float64Array;
  /** Of SGD's risk. */
  readonly standardDeviation: Float64Array;
  /** Of the interacting SDE's risk. */
  readonly sdeStandardDeviation: Float64Array;
  /** Estimated relative error of both. */
  readonly error: Float64Array;
  /** The share of SGD's variance that comes from its random clock, in [0, 1]. */
  readonly clockShare: Float64Array;
}

/** The first and the finest resolution: intervals in √t and cells in z, doubled together. */
const COARSEST = 64;
const FINEST = 1024;
/** Levels of a law's quadratures (1.4 times the nodes each) at the first resolution, and added at each doubling. */
const FIRST_LEVEL = 2;
const LEVELS_A_DOUBLING = 2;
/** Classes × (intervals + outputs) beyond which the forward states would not fit in memory. */
const MOST_STATES = 2_000_000;

/**
 * The spread of R over replicas that share one deterministically laid out problem, to first order in d^{−1/2}, for every law of
 * the features. `solution` is the PDE's solution of the same law up to the last output time at least.
 *
 * Cost: one backward sweep, O(intervals · classes · cells · outputs), at two or more resolutions. Memory: the PDE's states at
 * `intervals` + outputs times. Throws a RangeError for bad times or tolerance, an Error if the finest resolution does not reach
 * the tolerance or the PDE gets stuck, and the signal's reason on abort.
 */
export async function riskFluctuation(
  law: LimitLaw,
  solution: { readonly path: RiskPath },
  options: FluctuationOptions,
): Promise<RiskFluctuation> {
  const { times, signal, tolerance = 0.01 } = options;
  checkTimes(times, law.horizon);
  if (!(tolerance >= 1e-5 && tolerance <= 0.1))
    throw new RangeError(`tolerance is ${tolerance}; it must be from 1e-5 to 0.1`);
  const accuracy = {
    step: 1e-2 * tolerance,
    grid: { resolution: 1e-2 * tolerance, tail: 1e-4 * tolerance },
    average: 1e-2 * tolerance,
  };
  const last = times[times.length - 1];
  const clock = solution.path.clock(Math.min(last, solution.path.end));
  const { stepSize } = law;
  const schedule = scheduleOf(law);
  if (!isSchedule(stepSize) || !schedule)
    throw new Error(
      'the spread of the risk is known for schedules only: with a step size that depends on the state, the step size itself fluctuates; give a number or a schedule',
    );
  if (modelOf(law.parametrization).line)
    throw new Error('the spread of the risk is known at depth two only; the PDE itself has other depths');
  const drift = rateOf(law) * schedule.drift(last);
  let before: Deviations | null = null;
  let level = FIRST_LEVEL;
  for (let n = COARSEST; n <= FINEST; n *= 2) {
    const classes = law.classes({
      levels: { covariance: level, target: level, start: level },
      clock,
      drift,
      cutoff: 1e-2 * tolerance,
    });
    if (classes.length * (n + times.length) > MOST_STATES) break;
    const work = sweep({ ...law, stepSize }, classes, times, { intervals: n, cells: n }, accuracy);
    const now = deviations(await drive(work, signal), times);
    if (before) {
      const result = compare(times, before, now, law.directions.length === 0);
      if (result.error.every((error) => !(error > tolerance))) return result;
    }
    before = now;
    level += LEVELS_A_DOUBLING;
  }
  throw new Error(
    `the spread of the risk did not reach a relative error of ${tolerance} at the finest resolution; ask for a larger tolerance or an earlier last time`,
  );
}

interface Deviations {
  readonly sgd: Float64Array;
  readonly sde: Float64Array;
  readonly clockShare: Float64Array;
}

function deviations(noise: SweepResult, times: Float64Array): Deviations {
  const of = (f: (x: NoiseStrength) => number) => Float64Array.from(times, (_, i) => f(noise[i]));
  const variance = (x: NoiseStrength) => x.independent - x.projected + x.clock;
  return {
    sgd: of((x) => Math.sqrt(variance(x))),
    sde: of((x) => Math.sqrt(x.independent)),
    clockShare: of((x) => (variance(x) > 0 ? x.clock / variance(x) : 0)),
  };
}

/**
 * A finite sum of classes converges with order 2: a third of the last change is the error that is left, and is taken off. The
 * quadrature of a continuous law has no order: there the whole change is the estimate.
 */
function compare(times: Float64Array, before: Deviations, now: Deviations, hasOrder: boolean): RiskFluctuation {
  const share = hasOrder ? 1 / 3 : 0;
  const better = (a: Float64Array, b: Float64Array) => b.map((x, i) => x + share * (x - a[i]));
  const change = (a: number, b: number) => (a === b ? 0 : (Math.abs(a - b) / b) * (hasOrder ? share : 1));
  return {
    times,
    standardDeviation: better(before.sgd, now.sgd),
    sdeStandardDeviation: better(before.sde, now.sde),
    error: Float64Array.from(times, (_, i) =>
      Math.max(change(before.sgd[i], now.sgd[i]), change(before.sde[i], now.sde[i])),
    ),
    clockShare: now.clockShare,
  };
}

function checkTimes(times: Float64Array, horizon: number): void {
  if (times.length === 0) throw new RangeError('times is empty; give at least one output time');
  times.forEach((t, i) => {
    const least = i === 0 ? 0 : times[i - 1];
    if (!(t > least && t <= horizon))
      throw new RangeError(`times[${i}] is ${t}; it must be above ${least} and at most the horizon ${horizon}`);
  });
}
