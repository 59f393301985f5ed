/**
 * Hyperbolic coordinates: one model for all three parametrizations (docs/theory.md, "Hyperbolic coordinates").
 *
 * With p and q as below, one SGD step is multiplicative, p⁺ = p(1 − α), q⁺ = q(1 + α), α = (g/√d)·r·x_i, and always
 *     β = (p² − q²)/4,      κ = K·(p² + q²)/2,      h = p·q,     g = gain·γ.
 *
 * | parametrization | p     | q     | gain | K |
 * | product u⊙v     | u + v | u − v | 1    | 1 |
 * | difference      | 2u    | 2v    | 2    | 2 |
 * | square          | 2u    | 0     | 2    | 2 |
 *
 * The signs of p and q never change along the SDE, and β, κ depend on |p|, |q| alone.
 */
import { hyperbolicOf, type Parametrization } from '../dynamics/models/index.ts';

/**
 * The factor that turns γ into the step size of the equivalent product model: 1 for product, 2 for difference and square. 1 for other models too, whose
 * planes p and q are the weights of the model itself (src/dynamics/models).
 */
export function gain(parametrization: Parametrization): 1 | 2 {
  const name = hyperbolicOf(parametrization);
  return name === null || name === 'product' ? 1 : 2;
}

/** K in κ = K(p² + q²)/2, the coordinate's share of the Hessian's trace divided by λ. Equals the gain. */
export function curvatureFactor(parametrization: Parametrization): 1 | 2 {
  return gain(parametrization);
}

/** (u, v) → p; the weight itself for models of other depth. */
export function toP(parametrization: Parametrization, u: number, v: number): number {
  return typeof parametrization !== 'string' ? u : parametrization === 'product' ? u + v : 2 * u;
}

/** (u, v) → q; 0 for the square parametrization whatever v is; the weight itself for models of other depth. */
export function toQ(parametrization: Parametrization, u: number, v: number): number {
  return typeof parametrization !== 'string'
    ? v
    : parametrization === 'product'
      ? u - v
      : parametrization === 'difference'
        ? 2 * v
        : 0;
}

/** (p, q) → u. */
export function toU(parametrization: Parametrization, p: number, q: number): number {
  return typeof parametrization !== 'string' ? p : parametrization === 'product' ? (p + q) / 2 : p / 2;
}

/** (p, q) → v; 0 for the square parametrization. */
export function toV(parametrization: Parametrization, p: number, q: number): number {
  return typeof parametrization !== 'string'
    ? q
    : parametrization === 'product'
      ? (p - q) / 2
      : parametrization === 'difference'
        ? q / 2
        : 0;
}
