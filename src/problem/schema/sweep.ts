/** A sweep file: one experiment, and a grid of its numeric fields. */
import { broken, integer, LARGEST, list, real, record, word } from '../../schema/fields.ts';
import { z } from '../../schema/zod.ts';
import { experimentSchema } from './experiment.ts';

/** Most points of a grid, and axes. */
export const MOST_POINTS = 100_000;
/** What a sweep keeps of a method beside the means of its statistics: counts, rate, blow-up. */
export const METHOD_MEANS = 4;
/** Means of statistics, those included, over all points and methods. */
export const MOST_MEANS = 2 ** 22;
export const MOST_AXES = 6;

const finite = real('A value.', { min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });

const axisSchema = record('One numeric field and the values it takes: either values, or from, to and count.', {
  field: z
    .string({ error: 'must be the path of a field, as in problem.covariance.exponent or methods[1].timeStep' })
    .max(200)
    .describe('Path of a numeric field of the experiment, as in problem.initialization.u or methods[0].replicas.'),
  values: list('The values.', finite, MOST_POINTS).optional(),
  from: real('First value.', { min: -LARGEST, max: LARGEST * 1e3 }).optional(),
  to: real('Last value.', { min: -LARGEST, max: LARGEST * 1e3 }).optional(),
  count: integer('Number of values.', { min: 2, max: MOST_POINTS }).optional(),
  scale: word('Whether from … to is cut into equal steps, or into equal factors.', ['linear', 'log']).optional(),
}).check((context) => {
  const { values, from, to, count, scale } = context.value;
  const range = { from, to, count };
  const given = Object.entries(range).filter(([, value]) => value !== undefined);
  if (values) {
    const [extra] = given;
    if (extra) broken(context, [extra[0]], 'must not be given together with values', extra[1]);
    if (scale !== undefined) broken(context, ['scale'], 'must not be given together with values', scale);
    const before = new Set<number>();
    const twice = values.findIndex((value) => before.size === before.add(value).size);
    if (twice >= 0) broken(context, ['values', twice], 'must not be a value that was given before', values[twice]);
    return;
  }
  const missing = Object.entries(range).find(([, value]) => value === undefined);
  if (missing)
    broken(context, [missing[0]], 'must be given, with from, to and count, where values are not', undefined, 'nothing');
  else if (from === to) broken(context, ['to'], 'must differ from the first value (from)', to);
  else if (scale === 'log' && !(from! > 0 && to! > 0))
    broken(context, ['scale'], 'must be linear where from or to is not positive', scale);
});

export const sweepSchema = record('A diagflow sweep: one experiment over a grid of numeric fields.', {
  $schema: z
    .string({ error: 'must be a string, the address of a JSON Schema' })
    .describe('Read by editors; ignored.')
    .optional(),
  // Validated point by point, with the fields of the grid in their place.
  experiment: z
    .looseObject({}, { error: 'must be an experiment: an object with at least problem, horizon and methods' })
    .describe('An experiment file; the fields of the axes may be left out if they have a default.'),
  axes: list('The axes of the grid; the last one varies fastest.', axisSchema, MOST_AXES),
});

export type SweepAxis = z.output<typeof axisSchema>;

/** The JSON Schema (draft 2020-12) of sweep files, as published in schema/sweep.schema.json. */
export function sweepJsonSchema(): Record<string, unknown> {
  const whole = record('A diagflow sweep: one experiment over a grid of numeric fields.', {
    ...sweepSchema.shape,
    experiment: experimentSchema,
  });
  const { $schema, ...rest } = z.toJSONSchema(whole, { io: 'input' });
  return { $schema, title: 'diagflow sweep', ...rest };
}
