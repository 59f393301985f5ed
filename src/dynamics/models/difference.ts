/** β = u² − v² as the product of twice the step size: p = 2u, q = 2v. */
import type { ModelRule } from './types.ts';

export const difference = {
  kind: 'difference',
  label: 'difference u² − v²',
  formula: 'β = u² − v²',
  model: () => ({
    kind: 'difference',
    hyperbolic: 'difference',
    planes: [
      { start: '2 * u', direction: '2 * w', slope: '2', moved: '0.25 * d * (2 * w + d)', flow: 'w * expm1(-2 * s)' },
      { start: '2 * v', direction: '-2 * w', slope: '-2', moved: '-0.25 * d * (2 * w + d)', flow: 'w * expm1(2 * s)' },
    ],
    u: '0.5 * p',
    v: '0.5 * q',
    beta: '0.25 * (p - q) * (p + q)',
    kappa: 'p^2 + q^2',
    bend: '2 * (p - q) * (p + q)',
  }),
} as const satisfies ModelRule<'difference'>;
