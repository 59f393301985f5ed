/** β = u^L − v^L (docs/theory.md, "Depth"). L = 2 is `difference`. */
import { record, tag } from '../../schema/fields.ts';
import { depthField, depthPlane } from './depth.ts';
import { difference } from './difference.ts';
import type { ModelRule } from './types.ts';

export interface PowerDifference {
  readonly kind: 'power-difference';
  readonly depth: number;
}

export const powerDifference = {
  kind: 'power-difference',
  label: 'difference of powers u^L − v^L',
  formula: 'β = u^L − v^L',
  schema: record('β = u^L − v^L: two networks of L equal layers, one of them subtracted.', {
    kind: tag('power-difference', 'The difference of two powers of the depth.'),
    depth: depthField,
  }),
  model: ({ depth: L }) =>
    L === 2
      ? difference.model()
      : {
          kind: 'power-difference',
          planes: [depthPlane('u', L), depthPlane('v', L)],
          u: 'p',
          v: 'q',
          beta: `p^${L} - q^${L}`,
          kappa: `${L ** 2} * (p^${2 * L - 2} + q^${2 * L - 2})`,
          bend: `${L ** 3 * (L - 1)} * (p^${3 * L - 4} - q^${3 * L - 4})`,
          withoutLimit:
            'u^L − v^L moves on a curve that depends on the path of the noise, so that no one-dimensional equation describes it',
        },
} as const satisfies ModelRule<PowerDifference>;
