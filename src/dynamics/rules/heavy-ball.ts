/** Heavy ball (Polyak 1964): m ← θm + g, w ← w − γm. */
import { record, tag } from '../../schema/fields.ts';
import { thetaField } from './theta.ts';
import type { MomentumRule } from './types.ts';

export interface HeavyBall {
  readonly kind: 'heavy-ball';
  readonly value: number;
}

export const heavyBall = {
  kind: 'heavy-ball',
  label: 'heavy ball',
  schema: record('Heavy ball: m ← θm + g, w ← w − γm.', {
    kind: tag('heavy-ball', 'Every step keeps a share of the one before.'),
    value: thetaField,
  }),
  rule: ({ value }) => ({ kind: 'heavy-ball', theta: value, memory: 'theta * m + g', step: 'm' }),
} as const satisfies MomentumRule<HeavyBall>;
