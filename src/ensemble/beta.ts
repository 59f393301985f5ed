/** The Beta distribution: what Clopper & Pearson's interval is made of. */

import { exp, log, log1p, sin } from '../elementary/index.ts';

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** log Γ(x), x > 0, by Lanczos' series with g = 7; relative error about 1e−15 of max(1, |log Γ|). */
export function logGamma(x: number): number {
  if (x < 0.5) return log(Math.PI / sin(Math.PI * x)) - logGamma(1 - x);
  const y = x - 1;
  const t = y + 7.5;
  const series = LANCZOS.reduce((sum, c, k) => (k === 0 ? c : sum + c / (y + k)), 0);
  return 0.5 * log(2 * Math.PI) + (y + 0.5) * log(t) - t + log(series);
}

/**
 * Distribution function I_x(a, b) of Beta(a, b), 0 ≤ x ≤ 1, a, b > 0: the continued fraction of NIST DLMF 8.17.22 by Lentz's method, on
 * the side of the mean where it converges in O(√max(a, b)) terms. Relative error about 1e−15·(a + b)·log(a + b).
 */
export function betaDistribution(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - betaDistribution(1 - x, b, a);
  const front = a * log(x) + b * log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b);
  return (exp(front) / a) * continuedFraction(x, a, b);
}

function continuedFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  let c = 1;
  let d = 1 - ((a + b) * x) / (a + 1);
  d = 1 / (Math.abs(d) < tiny ? tiny : d);
  let h = d;
  for (let m = 1; m < 1e6; m++) {
    let delta = 1;
    for (const term of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 + term * d;
      d = 1 / (Math.abs(d) < tiny ? tiny : d);
      c = 1 + term / c;
      if (Math.abs(c) < tiny) c = tiny;
      delta = d * c;
      h *= delta;
    }
    if (Math.abs(delta - 1) < 3e-16) return h;
  }
  throw new RangeError(`the Beta distribution with parameters ${a} and ${b} did not converge at ${x}`);
}

/** The x at which I_x(a, b) = p, 0 < p < 1, to full relative precision of I: bisection, some 100 evaluations. */
export function betaQuantile(p: number, a: number, b: number): number {
  let low = 0;
  let high = 1;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high || high - low < 1e-15 * high) return middle;
    if (betaDistribution(middle, a, b) < p) low = middle;
    else high = middle;
  }
}
