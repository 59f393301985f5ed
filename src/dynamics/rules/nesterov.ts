/** Nesterov's momentum in the form of the common libraries: m ← θm + g, w ← w − γ(g + θm), the gradient at w itself (Sutskever et al. 2013). */
import { record, tag } from '../../schema/fields.ts';
import { thetaField } from './theta.ts';
import type { MomentumRule } from './types.ts';

export interface Nesterov {
  readonly kind: 'nesterov';
  readonly value: number;
}

export const nesterov = {
  kind: 'nesterov',
  label: 'Nesterov',
  schema: record('Nesterov: m ← θm + g, w ← w − γ(g + θm).', {
    kind: tag('nesterov', 'Heavy ball that looks one step ahead.'),
    value: thetaField,
  }),
  rule: ({ value }) => ({ kind: 'nesterov', theta: value, memory: 'theta * m + g', step: 'g + theta * m' }),
} as const satisfies MomentumRule<Nesterov>;
