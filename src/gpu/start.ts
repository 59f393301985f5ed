/** The start of a problem as the planes of f32 that the kernels keep (shaders/lib/model.wgsl), made in f64. */
import { type Problem, toP, toQ } from '../problem/index.ts';

export interface Start {
  /** Four coordinates each; the last one padded with zeros, which never move. */
  readonly quads: number;
  /** Planes P, Q, E of [4·quads]: p and q rounded, and e = β − b from the unrounded ones. */
  readonly anchors: Float32Array<ArrayBuffer>;
  /** Planes √λ, b. */
  readonly coefficients: Float32Array<ArrayBuffer>;
  /** 2R(0). */
  readonly twiceRisk: number;
  /** Whether some coordinate has p q = 0, which it then keeps for ever: log|p q| = −∞. */
  readonly balanced: boolean;
}

export function startOf(problem: Problem): Start {
  const { dimension: d, lambda, b, u0, v0, parametrization, labelNoise } = problem;
  const quads = Math.ceil(d / 4);
  const plane = 4 * quads;
  const anchors = new Float32Array(3 * plane);
  const coefficients = new Float32Array(2 * plane);
  let sum = 0;
  let balanced = false;
  for (let i = 0; i < d; i++) {
    const p = toP(parametrization, u0[i], v0[i]);
    const q = toQ(parametrization, u0[i], v0[i]);
    const e = 0.25 * (p - q) * (p + q) - b[i];
    sum += lambda[i] * e * e;
    if (p === 0 || q === 0) balanced = true;
    anchors[i] = p;
    anchors[plane + i] = q;
    anchors[2 * plane + i] = e;
    coefficients[i] = Math.sqrt(lambda[i]);
    coefficients[plane + i] = b[i];
  }
  return { quads, anchors, coefficients, twiceRisk: sum / d + labelNoise * labelNoise, balanced };
}
