/** β = u²: p = 2u of the difference, without v. */
import type { ModelRule } from './types.ts';

export const square = {
  kind: 'square',
  label: 'square u²',
  formula: 'β = u²',
  model: () => ({
    kind: 'square',
    hyperbolic: 'square',
    planes: [
      { start: '2 * u', direction: '2 * w', slope: '2', moved: '0.25 * d * (2 * w + d)', flow: 'w * expm1(-2 * s)' },
    ],
    u: '0.5 * p',
    v: '0',
    beta: '0.25 * p^2',
    kappa: 'p^2',
    bend: '2 * p^2',
  }),
} as const satisfies ModelRule<'square'>;
