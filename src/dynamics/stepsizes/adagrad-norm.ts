/**
 * AdaGrad-Norm (Ward, Wu & Bottou 2019): γ_k = η/√(b₀² + (1/d) Σ_{j<k} G_j²), G_j² the squared norm of the gradient that step j took; in the limit
 * γ(t) = η/√(b₀² + ∫₀ᵗ 2R·curvature/m). Label noise counts: under it γ decays like t^(−1/2).
 */
import { POSITIVE, real, record, tag } from '../../schema/fields.ts';
import type { StateRule } from './types.ts';

export interface AdagradNorm {
  readonly kind: 'adagrad-norm';
  readonly eta: number;
  readonly b0: number;
}

export const adagradNorm = {
  kind: 'adagrad-norm',
  label: 'AdaGrad-Norm',
  schema: record('AdaGrad-Norm: γ = eta/√(b0² + the mean squared gradient norms of the steps before, added up).', {
    kind: tag('adagrad-norm', 'η over the root of the squared gradients so far.'),
    eta: real('η, the step size times b0 at the start.', POSITIVE).default(1),
    b0: real('b₀: γ begins with eta/b0.', POSITIVE).default(0.5),
  }),
  define: ({ eta, b0 }) => ({
    kind: 'definition',
    name: 'adagrad-norm',
    means: {},
    integrals: [{ rate: '2 * risk * curvature / batchSize', realized: 'sampleGradient' }],
    value: `${eta} / sqrt(${b0} ^ 2 + integral_0)`,
    min: 0,
    max: eta / b0,
  }),
} as const satisfies StateRule<AdagradNorm>;
