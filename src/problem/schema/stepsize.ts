/** The `stepSize` and `momentum` of an experiment file: the pieces that every step size and rule brings along (src/dynamics). */
import { momenta } from '../../dynamics/rules/index.ts';
import { schedules, stateStepSizes } from '../../dynamics/stepsizes/index.ts';
import { broken, choice, hint, LARGEST, POSITIVE, real, type Variant, variants } from '../../schema/fields.ts';
import { z } from '../../schema/zod.ts';

/** Horizon over the time scale of a power; beyond, their ratio or its powers leave the range of numbers. */
const LONGEST = 1e300;

/** A number stands for the constant. */
const [, ...varying] = schedules;
const pieces = [...varying, ...stateStepSizes].map(({ schema }) => schema);
type Pieces = [(typeof varying)[number]['schema'] | (typeof stateStepSizes)[number]['schema']];
const kinds = [...varying, ...stateStepSizes].map(({ kind }) => kind);

/** A power of time over the run: its scale is not next to nothing beside the horizon, and γ stays in the range of a constant one. */
export function checkSchedule(
  context: Parameters<typeof broken>[0],
  stepSize: z.output<typeof stepSizeSchema>,
  horizon: number,
): void {
  if (typeof stepSize === 'number') return;
  if ('min' in stepSize && stepSize.min > stepSize.max)
    broken(context, ['stepSize', 'max'], `must not be below min (${stepSize.min})`, stepSize.max);
  if (stepSize.kind !== 'power') return;
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
      variants('A schedule γ(t), t in units of d steps, or a rule that reads the state.', pieces as unknown as Pieces),
    ],
    {
      error: (issue) => {
        const kind = (issue.input as { kind?: unknown } | null | undefined)?.kind;
        return `must be a number greater than 0 and at most ${LARGEST}, or an object with "kind" ${choice(kinds)}${hint(kind, kinds)}`;
      },
    },
  )
  .describe('Step size γ: weights move by γ/√d a step. A number, a schedule, or a rule that reads the state.');

const rules = momenta.map(({ schema }) => schema);

export const momentumSchema = variants(
  'Momentum of SGD; absent: none. SDE, PDE and predictions are its limit, that of plain SGD with γ/(1 − θ).',
  rules as unknown as [(typeof momenta)[number]['schema']] & [Variant, ...Variant[]],
);
