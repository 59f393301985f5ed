/** The limits of the built-in step sizes that depend on the state (docs/theory.md, "Step sizes that depend on the state"). */
import { overStatistics, type StateStepSize } from './state.ts';

/**
 * AdaGrad-Norm: γ(t) = η/√(b₀² + ∫₀ᵗ 2R·⟨λκ⟩/m). The squared norm of a step's gradient, averaged over m samples whose own gradients are
 * orthogonal as d → ∞, tends to ⟨λκ⟩·(1/m²)Σr² of mean 2R⟨λκ⟩/m; one unit of t is d steps of weight 1/d each.
 */
export function adagradNorm(eta: number, b0: number): StateStepSize {
  return overStatistics(['risk', 'curvature'], {
    rates: ([risk, curvature], { batchSize }) => [(2 * risk * curvature) / batchSize],
    value: (_, integrals) => eta / Math.sqrt(b0 * b0 + integrals[0]),
  });
}

/** Stochastic Polyak: the loss over c times the squared gradient norm, (1/2m)Σr² over c(1/m²)Σr²⟨λκ⟩: γ = m/(2c⟨λκ⟩), at most `max`. */
export function stochasticPolyak(c: number, max: number): StateStepSize {
  return overStatistics(['curvature'], {
    value: ([curvature], _, { batchSize }) => Math.min(max, batchSize / (2 * c * curvature)),
  });
}

/**
 * Exact line search: dR/dt = −γA + γ²B is least at γ = A/(2B), at most `max`; `max` where B ≤ 0. A and B are the drift and the noise
 * of the risk at γ = 1. At R = 0, where nothing moves any more, `max`.
 */
export function lineSearch(max: number): StateStepSize {
  return overStatistics(['riskDrift', 'riskNoise'], {
    value: ([drift, noise]) => (noise > 0 ? Math.min(max, -drift / (2 * noise)) : max),
  });
}
