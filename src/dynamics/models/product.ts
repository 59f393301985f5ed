/** β = u⊙v in the rotated coordinates p = u + v, q = u − v, in which a step is multiplicative. */
import type { ModelRule } from './types.ts';

export const product = {
  kind: 'product',
  label: 'product u⊙v',
  formula: 'β = u⊙v',
  model: () => ({
    kind: 'product',
    hyperbolic: 'product',
    planes: [
      { start: 'u + v', direction: 'w', slope: '1', moved: '0.25 * d * (2 * w + d)', flow: 'w * expm1(-s)' },
      { start: 'u - v', direction: '-w', slope: '-1', moved: '-0.25 * d * (2 * w + d)', flow: 'w * expm1(s)' },
    ],
    u: '0.5 * (p + q)',
    v: '0.5 * (p - q)',
    beta: '0.25 * (p - q) * (p + q)',
    kappa: '0.5 * (p^2 + q^2)',
    bend: '0.5 * (p - q) * (p + q)',
  }),
} as const satisfies ModelRule<'product'>;
