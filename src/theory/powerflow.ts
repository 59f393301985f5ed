/**
 * Gradient flow of models of depth L ≥ 3, β = Σ ±a^L with one or two weights a > 0 (docs/theory.md, "Depth"): all of them move along one line, U_k(D) = U_k(0) ± D
 * with U = −a^(2−L)/(L(L−2)), and dD/dτ = −λ(β − b), τ = ∫γ dt. Integrated in log|D − D⋆|, β = b at D⋆, which ends as a straight line, so that β − b keeps
 * its relative accuracy however small it becomes.
 */
import type { Coordinate } from '../expression/expression.ts';
import { integrate } from './extrapolation.ts';

/** Relative error of a step. */
const TOLERANCE = 3e-15;

interface Plane {
  /** Its sign in β, and U at D⋆, or, without one, at D = 0. */
  readonly sign: 1 | -1;
  readonly at: number;
}

/** One coordinate's way; `place` = log|D − D⋆|, or D itself where there is no D⋆. */
export class PowerFlow {
  readonly #depth: number;
  readonly #lambda: number;
  readonly #b: number;
  readonly #planes: Plane[] = [];
  /** Planes of u and v, −1 for a weight that is 0; and the signs of the weights. */
  readonly #of: readonly [number, number];
  readonly #signs: readonly [number, number];
  /** Which side of D⋆ it is on; 0: there is no D⋆. */
  readonly #side: -1 | 0 | 1;
  readonly start: number;

  /** v: of u^L − v^L; 0 where there is none. */
  constructor(depth: number, lambda: number, b: number, u: number, v: number) {
    const L = depth;
    this.#depth = L;
    this.#lambda = lambda;
    this.#b = b;
    const odd = L % 2 === 1;
    const starts: { sign: 1 | -1; at: number }[] = [];
    const add = (weight: number, sign: 1 | -1) => {
      if (weight === 0) return -1;
      const own = odd && weight < 0 ? (-sign as 1 | -1) : sign;
      return starts.push({ sign: own, at: -(Math.abs(weight) ** (2 - L)) / (L * (L - 2)) }) - 1;
    };
    this.#of = [add(u, 1), add(v, -1)];
    this.#signs = [Math.sign(u), Math.sign(v)];
    const rest = starts.length > 0 ? this.#resting(starts) : null;
    for (const { sign, at } of starts) this.#planes.push({ sign, at: at + sign * (rest ?? 0) });
    const side = rest === null || rest === 0 ? 0 : rest > 0 ? -1 : 1;
    this.#side = side;
    this.start = side === 0 ? 0 : Math.log(Math.abs(rest!));
    if (rest === 0) this.#planes.length = 0;
    this.#still = rest === 0 || starts.length === 0;
    this.#stillAt = [u, v];
  }

  readonly #still: boolean;
  readonly #stillAt: readonly [number, number];

  /** D⋆, or null. β grows with D, between the ends where some U is 0. */
  #resting(planes: readonly Plane[]): number | null {
    const L = this.#depth;
    const beta = (d: number) => planes.reduce((sum, { sign, at }) => sum + sign * this.#weight(at + sign * d) ** L, 0);
    if (beta(0) === this.#b) return 0;
    const side = beta(0) < this.#b ? 1 : -1;
    // The nearest end on this side; U of the others falls without end.
    const end = planes.reduce(
      (least, { sign, at }) => (sign === side ? Math.min(least, -at) : least),
      Number.POSITIVE_INFINITY,
    );
    const falls = (d: number) => (side > 0 ? beta(side * d) >= this.#b : beta(side * d) <= this.#b);
    let [low, high] = [0, end];
    if (end === Number.POSITIVE_INFINITY) {
      // All weights shrink to 0, as does β: reached only if b is on this side of 0.
      if (side * this.#b >= 0) return null;
      for (high = Math.max(...planes.map(({ at }) => -at)); !falls(high); high *= 2) low = high;
    }
    for (let i = 0; i < 2000; i++) {
      const middle = 0.5 * (low + high);
      if (!(middle > low && middle < high)) break;
      if (falls(middle)) high = middle;
      else low = middle;
    }
    return side * high;
  }

  #weight(u: number): number {
    const L = this.#depth;
    return (-L * (L - 2) * u) ** (-1 / (L - 2));
  }

  /** β − b at the distance δ from D⋆, or at D. */
  #error(delta: number): number {
    const L = this.#depth;
    const power = -L / (L - 2);
    let sum = this.#side === 0 ? -this.#b : 0;
    for (const { sign, at } of this.#planes)
      sum +=
        this.#side === 0
          ? sign * this.#weight(at + sign * delta) ** L
          : sign * this.#weight(at) ** L * Math.expm1(power * Math.log1p((sign * delta) / at));
    return sum;
  }

  /** The place τ later. */
  move(place: number, tau: number): number {
    if (this.#still || tau === 0) return place;
    const y = Float64Array.of(place);
    const f = (_: number, [at]: Float64Array, out: Float64Array) => {
      if (this.#side === 0) {
        out[0] = -this.#lambda * this.#error(at);
        return;
      }
      const delta = this.#side * Math.exp(at);
      // Below the normal numbers nothing is left to move.
      out[0] = delta === 0 ? 0 : (-this.#lambda * this.#error(delta)) / delta;
    };
    const scale = (value: number) =>
      this.#side === 0 ? Math.abs(value) + Math.abs(this.#planes[0].at) : Math.max(1, Math.abs(value));
    integrate(f, y, 0, tau, TOLERANCE, scale);
    return y[0];
  }

  read(place: number, out: Coordinate): void {
    const L = this.#depth;
    const delta = this.#side === 0 ? place : this.#side * Math.exp(place);
    let [beta, kappa, bend] = [0, 0, 0];
    const weights = this.#stillAt.map((still, k) => {
      const plane = this.#planes[this.#of[k]];
      const size = this.#still ? Math.abs(still) : plane ? this.#weight(plane.at + plane.sign * delta) : 0;
      const sign = this.#still ? (k === 0 ? 1 : -1) * (L % 2 === 1 ? Math.sign(still) : 1) : (plane?.sign ?? 0);
      beta += sign * size ** L;
      kappa += L * L * size ** (2 * L - 2);
      bend += sign * L ** 3 * (L - 1) * size ** (3 * L - 4);
      return (this.#signs[k] || 1) * size;
    });
    out.u = weights[0];
    out.v = weights[1];
    out.beta = beta;
    out.b = this.#b;
    out.lambda = this.#lambda;
    out.e = this.#still ? beta - this.#b : this.#error(delta);
    out.kappa = kappa;
    out.bend = bend;
    out.s = Number.NEGATIVE_INFINITY;
  }
}
