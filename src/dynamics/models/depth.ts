/** What a layer to the power of the depth L ≥ 3 does: the plane of u^L, or of −v^L. */
import { integer } from '../../schema/fields.ts';
import type { Plane } from './types.ts';

export const LARGEST_DEPTH = 8;

export const depthField = integer('Depth L, the number of equal layers.', { min: 2, max: LARGEST_DEPTH }).default(3);

/**
 * sign·w^L, moved by direction sign·L·w^(L−1). Along it w^(2−L) grows linearly: dw/ds = −sign·L·w^(L−1) has
 * w(s) = w(0)·(1 + sign·L(L − 2)·w(0)^(L−2)·s)^(−1/(L−2)); U = −w^(2−L)/(L(L−2)) is the coordinate in which noise is additive.
 */
export function depthPlane(name: 'u' | 'v', depth: number): Plane {
  const sign = name === 'u' ? '' : '-';
  const L = depth;
  // (w + d)^L − w^L = d·(L w^(L−1) + d·(…)), nested from the last binomial term, 1.
  let nested = '1';
  let binomial = 1;
  for (let k = L - 1; k >= 1; k--) {
    binomial = (binomial * (k + 1)) / (L - k);
    nested = `(${binomial} * w^${L - k} + d * ${nested})`;
  }
  return {
    start: name,
    direction: `${sign}${L} * w^${L - 1}`,
    slope: `${sign}${L * (L - 1)} * w^${L - 2}`,
    moved: `${sign}d * ${nested}`,
    flow: `w * expm1(-log1p(${sign}${L * (L - 2)} * w^${L - 2} * s) / ${L - 2})`,
  };
}
