/**
 * What the named statistics of a start (src/expression/definitions.ts) are made of, and their values where spectrum, target and start are independent: the
 * means that a layout is held to. Statistics are linear in them.
 */

import type { Hyperbolic } from '../../dynamics/index.ts';
import { log } from '../../elementary/index.ts';
import { curvatureFactor, gain, toP, toQ } from '../hyperbolic.ts';
import { MEAN_LOG_NORMAL } from './normals.ts';

/** λe², e², λκ, |β|, λ²e²κ, λ²(κ² + 2·gain²·eβ), log|pq|. */
export const INGREDIENTS = 7;

/** Writes those of one coordinate to `out`. `factor`: the gain of the parametrization, which is also its factor of κ. */
export function ingredients(
  parametrization: Hyperbolic,
  factor: number,
  lambda: number,
  b: number,
  u: number,
  v: number,
  out: Float64Array,
): void {
  const p = toP(parametrization, u, v);
  const q = toQ(parametrization, u, v);
  const beta = 0.25 * (p - q) * (p + q);
  const kappa = 0.5 * factor * (p * p + q * q);
  const e = beta - b;
  out[0] = lambda * e * e;
  out[1] = e * e;
  out[2] = lambda * kappa;
  out[3] = Math.abs(beta);
  out[4] = lambda * lambda * e * e * kappa;
  out[5] = lambda * lambda * (kappa * kappa + 2 * factor * factor * e * beta);
  out[6] = log(Math.abs(p * q));
}

/** Means over the law of a start. */
export interface StartMoments {
  readonly beta: number;
  readonly beta2: number;
  readonly kappa: number;
  readonly beta2kappa: number;
  readonly betaKappa: number;
  readonly kappa2: number;
  readonly absBeta: number;
  readonly s: number;
}

/** u and v (square: u) independent N(0, scale²); ⟨u⁶⟩ = `sixth`·scale⁶, which is 15 but for layouts of few coordinates. */
export function gaussianStartMoments(
  parametrization: Hyperbolic,
  scale: number,
  fourth: number,
  sixth: number,
): StartMoments {
  const s2 = scale * scale;
  const s4 = s2 * s2;
  const s6 = s4 * s2;
  switch (parametrization) {
    case 'product':
      return {
        beta: 0,
        beta2: s4,
        kappa: 2 * s2,
        beta2kappa: 2 * fourth * s6,
        betaKappa: 0,
        kappa2: (2 * fourth + 2) * s4,
        absBeta: (2 / Math.PI) * s2,
        s: 2 * (log(scale) + 0.5 * Math.LN2 + MEAN_LOG_NORMAL),
      };
    case 'difference':
      return {
        beta: 0,
        beta2: (2 * fourth - 2) * s4,
        kappa: 8 * s2,
        beta2kappa: 8 * (sixth - fourth) * s6,
        betaKappa: 0,
        kappa2: 16 * (2 * fourth + 2) * s4,
        absBeta: (4 / Math.PI) * s2,
        s: 2 * (log(scale) + Math.LN2 + MEAN_LOG_NORMAL),
      };
    case 'square':
      return {
        beta: s2,
        beta2: fourth * s4,
        kappa: 4 * s2,
        beta2kappa: 4 * sixth * s6,
        betaKappa: 4 * fourth * s4,
        kappa2: 16 * fourth * s4,
        absBeta: s2,
        s: Number.NEGATIVE_INFINITY,
      };
  }
}

/** Of a start that is given. */
export function startMomentsOf(parametrization: Hyperbolic, u0: Float64Array, v0: Float64Array): StartMoments {
  const d = u0.length;
  const sums = new Float64Array(8);
  for (let i = 0; i < d; i++) {
    const p = toP(parametrization, u0[i], v0[i]);
    const q = toQ(parametrization, u0[i], v0[i]);
    const beta = 0.25 * (p - q) * (p + q);
    const kappa = 0.5 * curvatureFactor(parametrization) * (p * p + q * q);
    sums[0] += beta;
    sums[1] += beta * beta;
    sums[2] += kappa;
    sums[3] += beta * beta * kappa;
    sums[4] += beta * kappa;
    sums[5] += kappa * kappa;
    sums[6] += Math.abs(beta);
    sums[7] += log(Math.abs(p * q));
  }
  const [beta, beta2, kappa, beta2kappa, betaKappa, kappa2, absBeta, s] = sums.map((sum) => sum / d);
  return { beta, beta2, kappa, beta2kappa, betaKappa, kappa2, absBeta, s };
}

/** Means of the ingredients where λ (⟨λ⟩, ⟨λ²⟩), b (⟨b⟩, ⟨b²⟩) and the start are independent. */
export function independentMeans(
  parametrization: Hyperbolic,
  lambda: readonly [number, number],
  b: readonly [number, number],
  start: StartMoments,
): number[] {
  const e2 = start.beta2 - 2 * start.beta * b[0] + b[1];
  const factor = gain(parametrization);
  return [
    lambda[0] * e2,
    e2,
    lambda[0] * start.kappa,
    start.absBeta,
    lambda[1] * (start.beta2kappa - 2 * start.betaKappa * b[0] + b[1] * start.kappa),
    lambda[1] * (start.kappa2 + 2 * factor * factor * (start.beta2 - b[0] * start.beta)),
    start.s,
  ];
}
