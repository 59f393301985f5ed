/**
 * The Marchenko–Pastur law of mean 1 and ratio r = ρ², 0 < r ≤ 1: the limit spectrum of a sample covariance of n samples in
 * d = rn dimensions, density √((x₊ − x)(x − x₋))/(2πrx) on x₋ ≤ x ≤ x₊ with x± = (1 ± ρ)². Moments 1, 1 + r, 1 + 3r + r², …
 *
 * With x = x₋ + 4ρ sin²(θ/2), 0 ≤ θ ≤ π, the distribution function has the closed form
 *     F(θ) = (2/π) [ θ/2 + sin θ/(2ρ) − (1 − ρ²)/(2ρ²) · A ],     A = arctan( ρ sin θ/(1 − ρ cos θ) ) = Σ ρᵏ sin(kθ)/k,
 * and F′(θ) = (2/π) sin²θ/x. For small ρ the terms cancel; there the series of A is summed instead:
 *     F(θ) = (1/π) [ θ + Σ_{k≥1} ρᵏ sin(kθ)/k − Σ_{k≥2} ρᵏ⁻² sin(kθ)/k ].
 */
import { asin, atan2, cos, sin } from '../elementary/index.ts';

/** Where the closed form would lose more than two digits. */
const SMALL = 0.1;

/** x(θ), with full relative accuracy near the lower edge. */
function abscissa(rho: number, theta: number): number {
  const s = sin(theta / 2);
  return (1 - rho) ** 2 + 4 * rho * s * s;
}

function distribution(rho: number, theta: number): number {
  const sine = sin(theta);
  const cosine = cos(theta);
  if (rho >= SMALL) {
    const a = atan2(rho * sine, 1 - rho * cosine);
    return (2 / Math.PI) * (theta / 2 + sine / (2 * rho) - ((1 - rho * rho) / (2 * rho * rho)) * a);
  }
  // sin(kθ) by its three-term recurrence; terms below 1e−17 end the sum.
  let before = 0;
  let now = sine;
  let power = rho;
  let sum = theta + rho * sine;
  for (let k = 2; power > 1e-17 * rho; k++) {
    const next = 2 * cosine * now - before;
    before = now;
    now = next;
    sum -= ((power / rho) * (1 - rho * rho) * now) / k;
    power *= rho;
  }
  return sum / Math.PI;
}

/** F(x), 0 below the support and 1 above it. Absolute error about 1e−15/ρ² at most, 1e−14 at worst. */
export function marchenkoPasturDistribution(ratio: number, x: number): number {
  const rho = Math.sqrt(ratio);
  const low = (1 - rho) ** 2;
  if (x <= low) return 0;
  const s = (x - low) / (4 * rho);
  return s >= 1 ? 1 : distribution(rho, 2 * asin(Math.sqrt(s)));
}

/** Density at x; 0 outside the support. */
export function marchenkoPasturDensity(ratio: number, x: number): number {
  const rho = Math.sqrt(ratio);
  const inside = ((1 + rho) ** 2 - x) * (x - (1 - rho) ** 2);
  return inside > 0 ? Math.sqrt(inside) / (2 * Math.PI * ratio * x) : 0;
}

/** F⁻¹(p), 0 ≤ p ≤ 1. */
export function marchenkoPasturQuantile(ratio: number, p: number): number {
  const rho = Math.sqrt(ratio);
  return abscissa(rho, angle(rho, p, Math.PI * p));
}

/** The quantiles at (i + ½)/d, i = 0 … d − 1, increasing. About one evaluation of F each when d is large. */
export function marchenkoPasturQuantiles(ratio: number, dimension: number): Float64Array {
  const rho = Math.sqrt(ratio);
  const result = new Float64Array(dimension);
  let before = 0;
  let last = 0;
  for (let i = 0; i < dimension; i++) {
    const guess = i > 1 ? 2 * last - before : Math.PI * ((i + 0.5) / dimension);
    before = last;
    last = angle(rho, (i + 0.5) / dimension, guess);
    result[i] = abscissa(rho, last);
  }
  return result;
}

/** θ with F(θ) = p by Newton's method, kept in a bracket by bisection. */
function angle(rho: number, p: number, guess: number): number {
  if (p <= 0) return 0;
  if (p >= 1) return Math.PI;
  let low = 0;
  let high = Math.PI;
  let theta = guess > low && guess < high ? guess : Math.PI / 2;
  for (let iteration = 0; iteration < 100; iteration++) {
    const miss = distribution(rho, theta) - p;
    if (miss > 0) high = theta;
    else low = theta;
    const sine = sin(theta);
    const move = (miss * Math.PI * abscissa(rho, theta)) / (2 * sine * sine);
    const next = theta - move;
    if (next >= low && next <= high) {
      theta = next;
      // The error after a Newton move is about move²·|F″/(2F′)| ≤ move²·O(1/distance to the edge).
      if (move * move < 1e-17 * Math.min(theta, Math.PI - theta)) break;
    } else {
      theta = (low + high) / 2;
      if (high - low <= 4e-16 * theta) break;
    }
  }
  return theta;
}
