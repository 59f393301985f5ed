/**
 * Gaussian starts. If p and q are independent N(0, σ²), then H = |p q|/σ² has density (2/π)K₀(H), and given H the law of
 * ζ = ½ log|p/q| has density ∝ e^{−H cosh 2ζ}. If q = 0 (square), the coordinate is log|p|.
 */
import { normalQuantile } from '../../problem/normalquantile.ts';
import { LEVEL_GROWTH } from './rules.ts';
import type { ClassStart } from './types.ts';

export interface StartNode {
  /** s(0). */
  readonly s: number;
  readonly weight: number;
  /** Of log H, over its maximum. */
  readonly density: number;
  readonly start: ClassStart;
}

/** max H K₀(H), at H = 0.595. */
const MOST_FREQUENT = 0.4666;
/** How soon the rule's nodes thin out below H ≈ 1: a third of the nodes of a rule that is uniform in log H, at equal error. */
const THINNING = 0.2;

/**
 * Classes in H by the double exponential rule: the trapezoidal rule in τ, log H = τ − 0.2 e^{−τ}, because the mass below H falls like H only, while at the
 * other end e^{−H} is doubly exponential in log H by itself. s = log H + 2 log σ.
 */
export function gaussianStartRule(sigma: number, level: number, cutoff: number): StartNode[] {
  const step = 0.9 / LEVEL_GROWTH ** level;
  const high = Math.log(-Math.log(cutoff) + 1);
  let low = Math.log(cutoff);
  low -= Math.log(-low);
  const nodes: { x: number; weight: number; density: number }[] = [];
  for (let tau = high; ; tau -= step) {
    const thinned = THINNING * Math.exp(-tau);
    const x = tau - thinned;
    if (x < low) break;
    const density = besselK0(Math.exp(x)) * Math.exp(x);
    nodes.push({ x, weight: density * (1 + thinned), density: Math.min(1, density / MOST_FREQUENT) });
  }
  const sum = nodes.reduce((total, { weight }) => total + weight, 0);
  return nodes.map(({ x, weight, density }) => ({
    density,
    s: x + 2 * Math.log(sigma),
    weight: weight / sum,
    start: { kind: 'map', map: (z, out) => hyperbolicMap(Math.exp(x), z, out) },
  }));
}

/** log|p| for p ~ N(0, σ²), as an increasing function of z: |p| = σ Φ⁻¹((1 + Φ(z))/2). */
export function halfNormalStart(sigma: number): ClassStart {
  return {
    kind: 'map',
    map(z, out) {
      for (let j = 0; j < z.length; j++) {
        // Both tails to full relative accuracy: the upper by −Φ⁻¹(½(1 − Φ)), the lower by the density's expansion at 0.
        const upper = normalTail(z[j]);
        const lower = normalTail(-z[j]);
        out[j] = Math.log(sigma) + (lower < 1e-3 ? logSmallQuantile(lower) : Math.log(-normalQuantile(0.5 * upper)));
      }
    },
  };
}

/** log x where P(|N| ≤ x) = mass, mass small: x = c(1 + c²/6 + 7c⁴/120 + …), c = mass·√(π/2). */
function logSmallQuantile(mass: number): number {
  const c = mass * Math.sqrt(Math.PI / 2);
  const c2 = c * c;
  return Math.log(c) + Math.log1p(c2 / 6 + (7 * c2 * c2) / 120 + (127 * c2 * c2 * c2) / 5040);
}

/** P(N > z), relative accuracy about 1e−14: Σ of a continued fraction in the tail, a series at the centre. */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
  if (z < 3) {
    let term = z;
    let sum = z;
    for (let k = 1; Math.abs(term) > 1e-17 * sum; k++) {
      term *= (z * z) / (2 * k + 1);
      sum += term;
    }
    return 0.5 - density * sum;
  }
  let fraction = z;
  for (let k = 120; k > 0; k--) fraction = z + k / fraction;
  return density / fraction;
}

/** K₀(h) = ∫₀^∞ e^{−h cosh t} dt by the trapezoidal rule. */
export function besselK0(h: number): number {
  const step = 1 / 16;
  let sum = 0.5 * Math.exp(-h);
  for (let k = 1; ; k++) {
    const term = Math.exp(-h * Math.cosh(k * step));
    sum += term;
    if (!(term > 1e-18 * sum)) break;
  }
  return sum * step;
}

/** ζ with P(ζ' > ζ) = P(N > z), for the density ∝ e^{−H cosh 2ζ}: odd in z; Newton on the logarithm of the tail. */
function hyperbolicMap(h: number, z: Float64Array, out: Float64Array): void {
  const total = besselK0(h);
  const order = Array.from(z, (_, j) => j).sort((i, j) => Math.abs(z[i]) - Math.abs(z[j]));
  let zeta = 0;
  for (const j of order) {
    const size = Math.abs(z[j]);
    if (size === 0) {
      out[j] = 0;
      continue;
    }
    const target = Math.log(normalTail(size));
    // The logarithm of the tail is concave in ζ, so Newton from the left converges from the left.
    for (let iteration = 0; iteration < 60; iteration++) {
      const tail = tailIntegral(h, zeta) / total;
      const slope = -Math.exp(-h * Math.cosh(2 * zeta)) / (total * tail);
      const move = (target - Math.log(tail)) / slope;
      zeta += move;
      if (Math.abs(move) <= 1e-13 * (1 + zeta)) break;
    }
    out[j] = Math.sign(z[j]) * zeta;
  }
}

const NODES = [
  0.0950125098376374, 0.2816035507792589, 0.4580167776572274, 0.6178762444026438, 0.755404408355003, 0.8656312023878318,
  0.9445750230732326, 0.9894009349916499,
];
const WEIGHTS = [
  0.1894506104550685, 0.1826034150449236, 0.1691565193950025, 0.1495959888165767, 0.1246289712555339,
  0.0951585116824928, 0.0622535239386479, 0.0271524594117541,
];

/** ∫_ζ^∞ e^{−h cosh 2x} dx, ζ ≥ 0, to about 1e−14 of its value: Gauss–Legendre on panels scaled to the decay. */
function tailIntegral(h: number, zeta: number): number {
  let sum = 0;
  let left = zeta;
  const top = h * Math.cosh(2 * zeta);
  for (;;) {
    const width = Math.min(0.5, 4 / (1e-300 + 2 * h * Math.sinh(2 * left)));
    let panel = 0;
    for (let i = 0; i < 8; i++)
      for (const side of [-1, 1]) {
        const x = left + 0.5 * width * (1 + side * NODES[i]);
        panel += WEIGHTS[i] * Math.exp(top - h * Math.cosh(2 * x));
      }
    panel *= 0.5 * width;
    sum += panel;
    left += width;
    if (!(panel > 1e-17 * sum)) break;
  }
  return sum * Math.exp(-top);
}
