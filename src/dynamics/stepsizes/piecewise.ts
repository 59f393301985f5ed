/** γ(t) = values[i] for times[i] ≤ t < times[i + 1]. */
import { broken, firstDescent, LARGEST, list, POSITIVE, real, record, tag } from '../../schema/fields.ts';
import type { ScheduleRule } from './types.ts';

export interface Piecewise {
  readonly kind: 'piecewise';
  readonly times: readonly number[];
  readonly values: readonly number[];
}

const MOST_PIECES = 10_000;

const schema = record('γ(t) = values[i] from times[i] on, up to times[i + 1].', {
  kind: tag('piecewise', 'Constant between given times.'),
  times: list(
    'Times at which γ changes, in units of d steps: the first is 0, strictly increasing.',
    real('A time.', { min: 0, max: LARGEST }),
    MOST_PIECES,
  ).default(() => [0]),
  values: list('As many step sizes.', real('A step size γ.', POSITIVE), MOST_PIECES).default(() => [0.5]),
}).check((context) => {
  const { times, values } = context.value;
  if (times[0] !== 0) broken(context, ['times', 0], 'must be 0, the start of the run', times[0]);
  const at = firstDescent(times);
  if (at > 0) broken(context, ['times', at], `must be greater than the time before it (${times[at - 1]})`, times[at]);
  if (values.length !== times.length)
    broken(
      context,
      ['values'],
      `must hold as many numbers as times (${times.length})`,
      values,
      `${values.length} numbers`,
    );
});

export const piecewise = {
  kind: 'piecewise',
  label: 'piecewise constant',
  schema,
  at: (s, t) => s.values[pieceAt(s.times, t)],
  integral({ times, values }, t) {
    const last = pieceAt(times, t);
    let sum = values[last] * (t - times[last]);
    for (let i = 0; i < last; i++) sum += values[i] * (times[i + 1] - times[i]);
    return sum;
  },
  breakpoints: (s, horizon) => s.times.filter((t) => t > 0 && t < horizon),
} as const satisfies ScheduleRule<Piecewise>;

/** Index of the last time ≤ t (0 for t before the first). O(log n). */
function pieceAt(times: readonly number[], t: number): number {
  let low = 0;
  let high = times.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (times[middle] <= t) low = middle;
    else high = middle;
  }
  return low;
}
