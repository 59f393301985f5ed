/** One point of a sweep: an experiment → the numbers that a sweep keeps of it. */

import { isSchedule } from '../dynamics/index.ts';
import { log } from '../elementary/index.ts';
import { proportionInterval } from '../ensemble/index.ts';
import { type Experiment, lastTime, normalizeStepSize, stepSizeAt, windowOf } from '../problem/index.ts';
import { type Curve, type Mean, methodName, type Result, type SweepMethod, type SweepPoint } from '../results/index.ts';

/** The experiment with the rate of convergence among its estimates, where it has save times enough. */
export function watched(experiment: Experiment, times: Float64Array): { experiment: Experiment; rateAt: number } {
  const { estimates = [] } = experiment;
  const to = lastTime(experiment);
  const from = to / 2;
  if (windowOf(times, from, to).length < 2) return { experiment, rateAt: -1 };
  const rate = { kind: 'rate' as const, statistic: 'risk', from, to, confidence: 0.95 };
  return { experiment: { ...experiment, estimates: [...estimates, rate] }, rateAt: estimates.length };
}

export function pointOf(
  index: number,
  values: readonly number[],
  { experiment, curves, estimates, events, prediction, provenance }: Result,
  rateAt: number,
): SweepPoint {
  const end = lastTime(experiment);
  const methods = experiment.methods.map(({ kind: method }, position): SweepMethod => {
    const own = curves.filter((curve) => curve.index === position);
    const isLimit = method === 'pde' || method === 'flow';
    const { count = 0, failed = 0 } = own[0] ?? {};
    const final = Object.fromEntries(own.map((curve) => [curve.statistic, lastOf(curve)]));
    const found = estimates?.find((one) => one.index === position && one.estimate === rateAt);
    const fitted = found?.kind === 'rate' && found.count > 0 ? found : null;
    const slope = isLimit
      ? rateOf(
          own.find((curve) => curve.statistic === 'risk'),
          end,
        )
      : null;
    const explosion = events.find((event) => event.index === position && event.kind === 'blow-up');
    return {
      method,
      index: position,
      count,
      failed,
      final,
      rate: isLimit
        ? slope === null
          ? null
          : { mean: slope, standardError: null, count: 1 }
        : fitted && { mean: fitted.mean, standardError: fitted.standardError, count: fitted.count },
      blowUp: isLimit
        ? { hits: explosion ? 1 : 0, probability: explosion ? 1 : 0, interval: null, time: explosion?.time ?? null }
        : {
            hits: failed,
            probability: count > 0 ? failed / count : null,
            interval: proportionInterval(failed, count),
            time: null,
          },
    };
  });
  const problems = events
    .filter(({ kind, index: position }) => {
      const { count, failed } = methods[position];
      return kind === 'failed' && !(count > 0 && failed === count);
    })
    .map((event) => `${methodName(event)}: ${event.message}`);
  const seconds = Object.values(provenance.seconds).reduce((sum, time) => sum + time, 0);
  return { index, values, methods, prediction, stepSize: lastStepSize(experiment, end, methods), problems, seconds };
}

/** γ at the end: of a schedule by its formula, else as the limit, or the first method that reports it, has it; null where none does. */
function lastStepSize({ stepSize, horizon }: Experiment, end: number, methods: readonly SweepMethod[]): number | null {
  const form = normalizeStepSize(stepSize);
  if (isSchedule(form)) return stepSizeAt(form, end, horizon);
  const reporting = methods.filter(({ final }) => final.stepSize !== undefined);
  const from = reporting.find(({ method }) => method === 'pde') ?? reporting[0];
  return from?.final.stepSize.mean ?? null;
}

function lastOf(curve: Curve): Mean {
  const last = curve.times.length - 1;
  return {
    mean: curve.mean[last],
    standardError: curve.standardError?.[last] ?? null,
    count: curve.counts?.[last] ?? curve.count,
  };
}

/** Minus the least-squares slope of log R over the second half of the run; null where R is not positive there. */
function rateOf(risk: Curve | undefined, end: number): number | null {
  if (risk === undefined) return null;
  const times = risk.times.map((t) => t ?? 0);
  const points = windowOf(times, end / 2, end).flatMap((i) => {
    const value = risk.mean[i];
    return value !== null && value > (risk.floor ?? 0) ? [[times[i], log(value)]] : [];
  });
  if (points.length < 2) return null;
  const middle = points.reduce((sum, [t]) => sum + t, 0) / points.length;
  const above = points.reduce((sum, [t, y]) => sum + (t - middle) * y, 0);
  return -above / points.reduce((sum, [t]) => sum + (t - middle) ** 2, 0);
}
