/** The `stepSize` of an experiment file. */
import { z } from 'zod';
import { broken, firstDescent, LARGEST, list, POSITIVE, real, record, tag, variants } from './fields.ts';

const MOST_PIECES = 10_000;
/** Horizon over the time scale of a power; beyond, their ratio or its powers leave the range of numbers. */
const LONGEST = 1e300;

const piecewise = record('γ(t) = values[i] from times[i] on, up to times[i + 1].', {
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

/** A power of time over the run: its scale is not next to nothing beside the horizon, and γ stays in the range of a constant one. */
export function checkSchedule(
  context: Parameters<typeof broken>[0],
  stepSize: z.output<typeof stepSizeSchema>,
  horizon: number,
): void {
  if (typeof stepSize === 'number' || stepSize.kind !== 'power') return;
  const { initial, exponent, time } = stepSize;
  if (horizon / time > LONGEST) {
    broken(context, ['stepSize', 'time'], `must be at least the horizon (${horizon}) over ${LONGEST}`, time);
    return;
  }
  const last = initial * (1 + horizon / time) ** -exponent;
  if (last > LARGEST)
    broken(context, ['stepSize'], `must be at most ${LARGEST} up to the horizon`, stepSize, `${last} there`);
}

export const stepSizeSchema = z
  .union(
    [
      real('γ, constant.', POSITIVE),
      variants('A schedule γ(t), t in units of d steps.', [
        piecewise,
        record('γ(t) = initial·(1 + t/time)^(−exponent).', {
          kind: tag('power', 'A power of time.'),
          initial: real('γ(0).', POSITIVE).default(0.5),
          exponent: real('The exponent p; negative if γ grows. Magnitude at most 16.', { min: -16, max: 16 }).default(
            0.5,
          ),
          time: real('The time scale t₀.', POSITIVE).default(1),
        }),
        record('γ(t) = final + (initial − final)(1 + cos(πt/T))/2, T the horizon.', {
          kind: tag('cosine', 'Half a cosine from the start to the horizon.'),
          initial: real('γ(0).', POSITIVE).default(0.5),
          final: real('γ at the horizon.', POSITIVE).default(0.05),
        }),
      ]),
    ],
    {
      error: `must be a number greater than 0 and at most ${LARGEST}, or an object with "kind" "piecewise", "power" or "cosine"`,
    },
  )
  .describe('Step size γ: weights move by γ/√d a step. A number, or a schedule.');
