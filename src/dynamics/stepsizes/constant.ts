/** γ(t) = value. In a file a number stands for it. */
import { POSITIVE, real, record, tag } from '../../schema/fields.ts';
import type { ScheduleRule } from './types.ts';

export interface Constant {
  readonly kind: 'constant';
  readonly value: number;
}

export const constant = {
  kind: 'constant',
  label: 'constant',
  schema: record('γ(t) = value.', {
    kind: tag('constant', 'The same at all times; a number alone says the same.'),
    value: real('γ.', POSITIVE).default(0.5),
  }),
  at: (s) => s.value,
  integral: (s, t) => s.value * t,
} as const satisfies ScheduleRule<Constant>;
