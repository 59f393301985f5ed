/** Fresh samples at every step: one pass. */
import { record, tag } from '../../schema/fields.ts';

export const fresh = {
  kind: 'fresh',
  label: 'fresh samples',
  schema: record('Every step draws new samples.', { kind: tag('fresh', 'New samples in every step.') }),
} as const;
