/**
 * The laws that the ζ schemes give in the limit d → ∞, by quadrature instead of samples: E φ after k steps is a k-fold Gaussian
 * integral, taken backwards one step at a time, V(y) ← Σ w V(step(y, z)), with Gauss–Hermite nodes in z and Chebyshev interpolation
 * in y = log|p| (s is deterministic). Steps are the engine's own kernels; errors are near 1e-10, so that orders show plainly.
 */
import { driftFlow } from '../../src/cpu/reference/drift.ts';
import { eulerStep, noiseStep } from '../../src/cpu/reference/noise.ts';

/** Coordinates with λ = 1 that start at (p, q), share ½ each. */
export interface HalfClass {
  readonly b: number;
  readonly p: number;
  readonly q: number;
}

const NODES = 52;
const ONE = new Float64Array(1).fill(1);

/** Nodes and weights of E φ(z), z ~ N(0, 1): the trapezoidal rule, which converges like exp(−2π²/h²) for smooth φ. */
const spacing = 0.4;
const gauss = Array.from({ length: 41 }, (_, j) => (j - 20) * spacing).map((z) => ({
  z,
  w: (spacing * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI),
}));

export interface Moments {
  readonly risk: number;
  readonly curvature: number;
}

/** Risk and curvature at `steps`·tau of the scheme with g constant; increments given (mean-field) or from R itself (interacting). */
export function limitOf(
  scheme: 'strang' | 'euler',
  classes: readonly HalfClass[],
  g: number,
  tau: number,
  steps: number,
  increment: ((k: number) => number) | null,
): Moments {
  const taken: number[] = [];
  const half = scheme === 'strang' ? 0.5 * g * tau : 0;
  /** Mean over classes of E φ(p, q, b) before step k, or half a drift flow into it. */
  const mean = (k: number, into: boolean, phi: (p: number, q: number, b: number) => number) =>
    classes.reduce((sum, c) => sum + expectation(c, taken.slice(0, k), into, phi), 0) / classes.length;

  function expectation(
    c: HalfClass,
    I: number[],
    into: boolean,
    phi: (p: number, q: number, b: number) => number,
  ): number {
    const s0 = Math.log(Math.abs(c.p * c.q));
    const y0 = Math.log(Math.abs(c.p));
    const width = 2.4;
    const b = Float64Array.of(c.b);
    const p = new Float64Array(1);
    const q = new Float64Array(1);
    const z = new Float64Array(1);
    const place = (y: number, s: number) => {
      p[0] = Math.exp(y);
      q[0] = Math.exp(s - y);
    };
    const sAt = (k: number) => I.slice(0, k).reduce((s, x) => s - 2 * x, s0);
    let value = (y: number) => {
      place(y, sAt(I.length));
      if (into) driftFlow(p, q, b, ONE, 0, 1, half);
      return phi(p[0], q[0], c.b);
    };
    for (let k = I.length - 1; k >= 0; k--) {
      const after = value;
      const s = sAt(k);
      const step = (y: number) => {
        let sum = 0;
        for (const node of gauss) {
          place(y, s);
          z[0] = node.z;
          if (scheme === 'strang') {
            driftFlow(p, q, b, ONE, 0, 1, half);
            noiseStep(p, q, ONE, z, 0, 1, I[k]);
            driftFlow(p, q, b, ONE, 0, 1, half);
          } else eulerStep(p, q, b, ONE, z, 0, 1, g * tau, I[k]);
          sum += node.w * after(Math.min(y0 + width, Math.max(y0 - width, Math.log(p[0]))));
        }
        return sum;
      };
      // At y₀ itself for the last one: nothing to interpolate.
      value = k === 0 ? step : chebyshev(step, y0 - width, y0 + width);
    }
    return value(y0);
  }

  const errorSquared = (p: number, q: number, b: number) => ((p * p - q * q) / 4 - b) ** 2;
  const noiseTerm = (p: number, q: number, b: number) => {
    const beta = (p * p - q * q) / 4;
    return ((p * p + q * q) / 2) ** 2 + 2 * (beta - b) * beta;
  };
  for (let k = 0; k < steps; k++) {
    if (increment) {
      taken.push(increment(k));
      continue;
    }
    const risk = mean(k, scheme === 'strang', errorSquared) / 2;
    const growth = scheme === 'strang' ? g * g * mean(k, true, noiseTerm) : 0;
    taken.push(g * g * risk * tau * Math.exp(0.5 * tau * growth));
  }
  return {
    risk: mean(steps, false, errorSquared) / 2,
    curvature: mean(steps, false, (p, q) => (p * p + q * q) / 2),
  };
}

/** Interpolates f at Chebyshev points of [lo, hi]. */
function chebyshev(f: (y: number) => number, lo: number, hi: number): (y: number) => number {
  const values = Array.from({ length: NODES }, (_, j) =>
    f((lo + hi) / 2 + ((hi - lo) / 2) * Math.cos((Math.PI * (j + 0.5)) / NODES)),
  );
  const c = values.map((_, n) =>
    values.reduce((sum, v, j) => sum + (2 / NODES) * v * Math.cos((Math.PI * n * (j + 0.5)) / NODES), 0),
  );
  return (y) => {
    const x = (2 * y - lo - hi) / (hi - lo);
    let a = 0;
    let b = 0;
    for (let n = NODES - 1; n > 0; n--) [a, b] = [2 * x * a - b + c[n], a];
    return x * a - b + c[0] / 2;
  };
}
