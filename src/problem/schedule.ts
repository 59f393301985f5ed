/** The step size and the momentum of an experiment in the form of a problem. */
import type { ExpressionStepSize, Parametrization, StepSize } from '../dynamics/index.ts';
import { square } from '../dynamics/models/square.ts';
import type { z } from '../schema/zod.ts';
import type { problemSchema } from './schema/problem.ts';
import type { statisticsSchema } from './schema/statistics.ts';
import type { stepSizeSchema } from './schema/stepsize.ts';

export { breakpoints, stepSizeAt, stepSizeIntegral } from '../dynamics/stepsizes/index.ts';

/** The file's form (a number, or an object) → the form of a problem; an expression takes the file's own statistics along. */
export function normalizeStepSize(
  stepSize: z.output<typeof stepSizeSchema>,
  statistics: z.output<typeof statisticsSchema> = [],
): StepSize {
  if (typeof stepSize === 'number') return { kind: 'constant', value: stepSize };
  if (stepSize.kind !== 'expression') return stepSize;
  const own = statistics.flatMap((entry) =>
    typeof entry === 'string' ? [] : [[entry.name, entry.expression] as const],
  );
  return { ...stepSize, statistics: Object.fromEntries(own) } satisfies ExpressionStepSize;
}

/** Depth 2 by its old name: `square`, or `difference`. */
export function normalizeParametrization(
  parametrization: z.output<typeof problemSchema>['parametrization'],
): Parametrization {
  if (typeof parametrization === 'string' || parametrization.depth > 2) return parametrization;
  return parametrization.kind === 'power' ? square.kind : 'difference';
}
