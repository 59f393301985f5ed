/** Samples from files of one's own (src/data). */
import { record, tag } from '../../schema/fields.ts';
import { z } from '../../schema/zod.ts';
import { orderField } from './order.ts';

const nameRule = 'must be the name of a file, of 1 to 4096 characters';
const file = (description: string) =>
  z.string({ error: nameRule }).min(1, { error: nameRule }).max(4096, { error: nameRule }).describe(description);

const features = file(
  'A .npy file of n rows and d columns of real numbers, or comma-separated text; beside the experiment file, or where the command is run.',
);
const labels = file('One label for each row.');

export const files = {
  kind: 'files',
  label: 'samples from files',
  schema: record('Samples from .npy files or comma-separated text, used again and again.', {
    kind: tag('files', 'Samples of one’s own.'),
    features,
    labels,
    test: record('A test set, for testRisk.', { features, labels }).optional(),
    standardize: z
      .boolean({ error: 'must be true or false' })
      .describe(
        'Whether each column of the features is moved and scaled to mean 0 and mean square 1 over the training set, the test set by the same numbers; labels stay as they are.',
      )
      .default(false),
    order: orderField,
  }),
} as const;
