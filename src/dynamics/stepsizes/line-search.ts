/**
 * Exact line search, greedy in the risk and idealized, as it knows the law: a step of size γ changes R at the rate −γA + γ²B, A = ⟨λ²e²κ⟩,
 * B = R⟨λ²(κ² + e·bend)⟩/m, so γ = A/(2B), at most γ_max (also where B ≤ 0 and any step gains).
 */
import { POSITIVE, real, record, tag } from '../../schema/fields.ts';
import type { StateRule } from './types.ts';

export interface LineSearch {
  readonly kind: 'line-search';
  readonly max: number;
}

export const lineSearch = {
  kind: 'line-search',
  label: 'exact line search',
  schema: record('Exact line search: the γ that lowers the risk fastest at every moment, at most max.', {
    kind: tag('line-search', 'The step that lowers the risk fastest.'),
    max: real('γ is at most this.', POSITIVE).default(5),
  }),
  define: ({ max }) => ({
    kind: 'definition',
    name: 'line-search',
    means: { growth: 'lambda^2 * (kappa^2 + e * bend)' },
    integrals: [],
    // A/(2B) below max, max where B ≤ A/(2·max); 10⁻³⁷ keeps 0/0 at the minimum 0.
    value: `gradientNormSquared / max(2 * risk * growth / batchSize, gradientNormSquared / ${max}, 1e-37)`,
    min: 0,
    max,
  }),
} as const satisfies StateRule<LineSearch>;
