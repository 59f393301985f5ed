/**
 * The stochastic Polyak step (Loizou et al. 2021) with known minimum 0: γ_k = f/(c G²), f = ½ mean_j r_j² the loss of the step's samples and G² the
 * squared norm of its gradient, at most γ_max; for one sample 1/(2c⟨x²κ⟩). In the limit m/(2c·curvature).
 */
import { POSITIVE, real, record, tag } from '../../schema/fields.ts';
import type { StateRule } from './types.ts';

export interface StochasticPolyak {
  readonly kind: 'stochastic-polyak';
  readonly c: number;
  readonly max: number;
}

export const stochasticPolyak = {
  kind: 'stochastic-polyak',
  label: 'stochastic Polyak',
  schema: record("Stochastic Polyak step: γ = the sample's loss over c times its squared gradient norm, at most max.", {
    kind: tag('stochastic-polyak', 'Loss over squared gradient, of the present sample.'),
    c: real('c; ½ moves to the zero of the linearized loss.', POSITIVE).default(1),
    max: real('γ is at most this.', POSITIVE).default(5),
  }),
  define: ({ c, max }) => ({
    kind: 'definition',
    name: 'stochastic-polyak',
    means: {},
    integrals: [],
    value: `batchSize / (2 * ${c} * max(curvature, batchSize / ${2 * c * max}))`,
    // Where the gradient is 0 nothing moves whatever γ is.
    realized: `sampleLoss / max(${c} * sampleGradient, sampleLoss / ${max}, 1e-37)`,
    min: 0,
    max,
  }),
} as const satisfies StateRule<StochasticPolyak>;
