/**
 * β = u^L, u > 0: a balanced network of L equal layers (docs/theory.md, "Depth"). L = 2 is `square`. SGD steps are those of practice: a step that is long
 * enough takes u below 0, where an even L goes on as its mirror image and an odd one has β < 0; the SDE, its limit, keeps u > 0.
 */
import { record, tag } from '../../schema/fields.ts';
import { depthField, depthPlane } from './depth.ts';
import { powerLine } from './line.ts';
import { square } from './square.ts';
import type { ModelRule } from './types.ts';

export interface Power {
  readonly kind: 'power';
  readonly depth: number;
}

export const power = {
  kind: 'power',
  label: 'power u^L',
  formula: 'β = u^L',
  schema: record('β = u^L with u > 0: L equal layers.', {
    kind: tag('power', 'One weight to the power of the depth.'),
    depth: depthField,
  }),
  model: ({ depth: L }) =>
    L === 2
      ? square.model()
      : {
          kind: 'power',
          planes: [depthPlane('u', L)],
          u: 'p',
          v: '0',
          beta: `p^${L}`,
          kappa: `${L ** 2} * p^${2 * L - 2}`,
          bend: `${L ** 3 * (L - 1)} * p^${3 * L - 4}`,
          line: powerLine(L),
        },
} as const satisfies ModelRule<Power>;
