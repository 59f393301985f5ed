/** n samples drawn once and used again and again (docs/paths.md, "Finite data"). */
import { integer, record, tag } from '../../schema/fields.ts';
import { z } from '../../schema/zod.ts';
import { type Order, orderField } from './order.ts';

/** Most samples: an index is then exact in f32, and one of 2³² words of the generator favours no row by more than 1/256. */
export const MOST_SAMPLES = 2 ** 24;

export interface FiniteData {
  readonly kind: 'finite';
  /** n. */
  readonly samples: number;
  readonly order: Order;
  /** One dataset for all replicas, else each has its own. */
  readonly shared: boolean;
}

export const finite = {
  kind: 'finite',
  label: 'n samples, many passes',
  schema: record('n samples of the feature law with labels whose noise is fixed, used again and again.', {
    kind: tag('finite', 'A finite dataset.'),
    samples: integer('Number of samples n.', { min: 1, max: MOST_SAMPLES }),
    order: orderField,
    shared: z
      .boolean({ error: 'must be true or false' })
      .describe('Whether all replicas train on the same dataset; else each has its own.')
      .default(true),
  }),
} as const;
