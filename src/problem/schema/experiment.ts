/** The whole experiment file: the one source of the validator, the defaults and the published JSON Schema. */
import { broken, firstDescent, integer, list, POSITIVE, real, record, word } from '../../schema/fields.ts';
import { z } from '../../schema/zod.ts';
import { saveTimesOf } from '../times.ts';
import { checkDensities, densitiesSchema } from './densities.ts';
import { checkDynamics, checkInterpolation } from './dynamics.ts';
import { checkEstimate, checkUntil, estimatesSchema } from './estimates.ts';
import { methodsSchema } from './methods.ts';
import { problemSchema } from './problem.ts';
import { checkSize } from './size.ts';
import { statisticsSchema } from './statistics.ts';
import { checkSchedule, momentumSchema, stepSizeSchema } from './stepsize.ts';

/** Save times after t = 0 where neither `samples` nor `times` is given. */
export const DEFAULT_SAMPLES = 100;
const MOST_SAMPLES = 100_000;
/** The grid of an SDE is kept in memory, two numbers a step. */
export const MOST_SDE_STEPS = 1e7;

export const experimentSchema = record('A diagflow experiment: one problem, and the methods run on it side by side.', {
  $schema: z
    .string({ error: 'must be a string, the address of a JSON Schema' })
    .describe('Read by editors; ignored.')
    .optional(),
  problem: problemSchema,
  stepSize: stepSizeSchema.default(0.5),
  momentum: momentumSchema.optional(),
  horizon: real('End of the run T, in units of d steps.', POSITIVE),
  samples: integer(
    'Number of equally spaced save times after t = 0; the last is the horizon. Not together with times.',
    {
      min: 1,
      max: MOST_SAMPLES,
    },
  )
    .meta({ default: DEFAULT_SAMPLES })
    .optional(),
  times: list(
    'Save times after t = 0 in units of d steps: strictly increasing, at most the horizon. Not together with samples.',
    real('A save time.', POSITIVE),
    MOST_SAMPLES,
  ).optional(),
  statistics: statisticsSchema.default(() => ['risk' as const]),
  methods: methodsSchema,
  estimates: estimatesSchema.optional(),
  densities: densitiesSchema.optional(),
  predict: list(
    'What is computed of where training on finite data leads: interpolation, the interpolating solution for the initial scale |u² − v²| (gradient flow’s) and for the final one of each replica (SGD’s), by damped Newton on n ≤ 4000 unknowns.',
    word('What to compute.', ['interpolation']),
    1,
  ).optional(),
  seed: integer('Seed of every random path.', { min: 0, max: Number.MAX_SAFE_INTEGER }).default(1),
})
  .check((context) => {
    const {
      problem,
      stepSize,
      horizon,
      samples = DEFAULT_SAMPLES,
      times,
      methods,
      estimates,
      densities,
      statistics,
    } = context.value;
    if (context.value.samples !== undefined && times !== undefined)
      broken(context, ['times'], `must not be given together with samples (${samples}); keep one of the two`, times);
    if (times) {
      const at = firstDescent(times);
      if (at > 0)
        broken(context, ['times', at], `must be greater than the time before it (${times[at - 1]})`, times[at]);
      const late = times.findIndex((t) => t > horizon);
      if (late >= 0) broken(context, ['times', late], `must be at most the horizon (${horizon})`, times[late]);
    }
    methods.forEach((method, i) => {
      if (method.kind === 'sde' && horizon / method.timeStep > MOST_SDE_STEPS)
        broken(
          context,
          ['methods', i, 'timeStep'],
          `must be at least ${horizon / MOST_SDE_STEPS}, so that the run takes at most ${MOST_SDE_STEPS} steps`,
          method.timeStep,
        );
    });
    methods.forEach((method, i) => {
      if (method.kind !== 'sde' || method.varianceReduction === undefined) return;
      if (method.coupling === 'mean-field' && method.scheme === 'strang') return;
      broken(
        context,
        ['methods', i, 'varianceReduction'],
        `must be left out, or go with the coupling mean-field and the scheme strang (here ${method.coupling}, ${method.scheme})`,
        method.varianceReduction,
      );
    });
    checkSchedule(context, stepSize, horizon);
    checkDynamics(context, context.value);
    checkInterpolation(context, context.value);
    if (densities) checkDensities(context, densities, { horizon, methods, problem });
    const rows = (times?.length ?? samples) + 1;
    const field = times ? 'times' : 'samples';
    const asked = { rows, field, statistics, methods, estimates: estimates ?? [], densities, problem } as const;
    checkSize(context, asked, context.value);
    if (context.issues.length > 0) return;
    const saves = saveTimesOf(times, samples, horizon);
    if (firstDescent(Array.from(saves)) > 0)
      broken(context, ['horizon'], 'must be large enough for save times that differ', horizon);
    const around = {
      times: saves,
      statistics: statistics.map((entry) => (typeof entry === 'string' ? entry : entry.name)),
    };
    estimates?.forEach((estimate, i) => {
      checkEstimate(context, ['estimates', i], estimate, around);
    });
    methods.forEach((method, i) => {
      if ('until' in method && method.until)
        checkUntil(context, ['methods', i, 'until'], method.until, method.replicas, around);
    });
  })
  .meta({ not: { required: ['samples', 'times'] } });

/** The JSON Schema (draft 2020-12) of experiment files, as published in schema/experiment.schema.json. */
export function experimentJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(experimentSchema, { io: 'input' });
  return { $schema, title: 'diagflow experiment', ...rest };
}
