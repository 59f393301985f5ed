/**
 * Differences on a uniform grid: centred of order 8 inside, of orders 6, 4 and 2 towards the ends, one-sided at the ends. There
 * the equation carries everything outwards (advection −z ∂_z against diffusion), so an error made at z = Z reaches z only with
 * weight e^{(z² − Z²)/2}, and the order at the ends does not matter once that is below the tolerance.
 */
import { REACH } from './band.ts';

const FIRST = [[0], [1 / 2], [2 / 3, -1 / 12], [3 / 4, -3 / 20, 1 / 60], [4 / 5, -1 / 5, 4 / 105, -1 / 280]];
const SECOND = [
  [0],
  [-2, 1],
  [-5 / 2, 4 / 3, -1 / 12],
  [-49 / 18, 3 / 2, -3 / 20, 1 / 90],
  [-205 / 72, 8 / 5, -1 / 5, 8 / 315, -1 / 560],
];

/** Half width of the stencil at node j of n ≥ 9. */
export function halfWidth(j: number, n: number): number {
  return Math.min(REACH, j, n - 1 - j);
}

/** Weights of first and second difference at node j of n, spacing 1, at offsets −4 … 4 of `d1`, `d2` (length 9). */
export function stencilAt(j: number, n: number, d1: Float64Array, d2: Float64Array): void {
  d1.fill(0);
  d2.fill(0);
  const half = halfWidth(j, n);
  if (half === 0) {
    const side = j === 0 ? 1 : -1;
    d1[REACH] = -1.5 * side;
    d1[REACH + side] = 2 * side;
    d1[REACH + 2 * side] = -0.5 * side;
    d2[REACH] = 1;
    d2[REACH + side] = -2;
    d2[REACH + 2 * side] = 1;
    return;
  }
  d2[REACH] = SECOND[half][0];
  for (let k = 1; k <= half; k++) {
    d1[REACH + k] = FIRST[half][k - 1];
    d1[REACH - k] = -FIRST[half][k - 1];
    d2[REACH + k] = SECOND[half][k];
    d2[REACH - k] = SECOND[half][k];
  }
}

/** Weights of order 8: of the first difference at distances 1 … 4 (odd), of the second at 0 … 4 (even). */
export const INNER_FIRST = FIRST[REACH];
export const INNER_SECOND = SECOND[REACH];
const [B1, B2, B3, B4] = INNER_FIRST;
const [, A1, A2, A3, A4] = INNER_SECOND;

/** The same differences of order 8 in terms of the increments to the four neighbours on each side. */
const [F1, F2, F3, F4] = [B1 + B2 + B3 + B4, B2 + B3 + B4, B3 + B4, B4];
const [S1, S2, S3, S4] = [A1 + A2 + A3 + A4, A2 + A3 + A4, A3 + A4, A4];

/** T_z and T_zz of y[first … first + n − 1], spacing h, to the same places of tz and tzz. */
export function differentiate(
  y: Float64Array,
  first: number,
  n: number,
  h: number,
  tz: Float64Array,
  tzz: Float64Array,
): void {
  const s1 = 1 / h;
  const s2 = s1 * s1;
  const end = first + n;
  // The eight increments around a node: left of it l4 … l1, right of it r1 … r4.
  let l4 = 0;
  let l3 = y[first + 1] - y[first];
  let l2 = y[first + 2] - y[first + 1];
  let l1 = y[first + 3] - y[first + 2];
  let r1 = y[first + 4] - y[first + 3];
  let r2 = y[first + 5] - y[first + 4];
  let r3 = y[first + 6] - y[first + 5];
  let r4 = y[first + 7] - y[first + 6];
  let last = y[first + 7];
  for (let i = first + REACH; i < end - REACH; i++) {
    const next = y[i + REACH];
    l4 = l3;
    l3 = l2;
    l2 = l1;
    l1 = r1;
    r1 = r2;
    r2 = r3;
    r3 = r4;
    r4 = next - last;
    last = next;
    tz[i] = s1 * (F1 * (r1 + l1) + F2 * (r2 + l2) + F3 * (r3 + l3) + F4 * (r4 + l4));
    tzz[i] = s2 * (S1 * (r1 - l1) + S2 * (r2 - l2) + S3 * (r3 - l3) + S4 * (r4 - l4));
  }
  for (let j = 0; j < REACH; j++)
    for (const i of [first + j, end - 1 - j]) {
      if (j === 0) {
        const side = i === first ? 1 : -1;
        const p1 = y[i + side] - y[i];
        const p2 = y[i + 2 * side] - y[i + side];
        tz[i] = side * s1 * (1.5 * p1 - 0.5 * p2);
        tzz[i] = s2 * (p2 - p1);
      } else {
        let d1 = 0;
        let d2 = 0;
        for (let k = 1; k <= j; k++) {
          const right = y[i + k] - y[i];
          const left = y[i] - y[i - k];
          d1 += FIRST[j][k - 1] * (right + left);
          d2 += SECOND[j][k] * (right - left);
        }
        tz[i] = s1 * d1;
        tzz[i] = s2 * d2;
      }
    }
}

/**
 * How much of T_z the grid does not resolve at node i (4 nodes from the ends or more), relative to T_z: the difference between
 * orders 8 and 6, extrapolated by one order more from that between 6 and 4.
 */
export function unresolved(y: Float64Array, i: number, scale: number): number {
  const p1 = y[i + 1] - y[i - 1];
  const p2 = y[i + 2] - y[i - 2];
  const p3 = y[i + 3] - y[i - 3];
  const p4 = y[i + 4] - y[i - 4];
  const four = (2 / 3) * p1 - (1 / 12) * p2;
  const six = (3 / 4) * p1 - (3 / 20) * p2 + (1 / 60) * p3;
  const eight = B1 * p1 + B2 * p2 + B3 * p3 + B4 * p4;
  const upper = Math.abs(eight - six);
  const lower = Math.abs(six - four);
  return upper === 0 ? 0 : (upper * Math.min(1, upper / lower)) / scale;
}

export interface RoughFlux {
  /** (z + T_zz/T_z)/T_z. */
  flux: number;
  /** Its derivatives by the left and the right neighbour, both ≥ 0; that by the node itself is minus their sum. */
  byLeft: number;
  byRight: number;
}

/**
 * (z + T_zz/T_z)/T_z = −e^{z²/2} ∂_z(e^{−z²/2}/T_z) at node j by exponentially weighted differences of 1/T_z at the half nodes: second
 * order; its linearization is an M-matrix, and neighbours that come close repel each other, so the map stays increasing for any spacing.
 * At an end the map is continued linearly, T_zz = 0. Increments are not taken smaller than `floor`.
 */
export function roughFlux(
  y: Float64Array,
  first: number,
  n: number,
  j: number,
  h: number,
  z: number,
  out: RoughFlux,
  floor: Float64Array,
): void {
  const i = first + j;
  const right = j + 1 < n ? Math.max(floor[i], y[i + 1] - y[i]) : Number.POSITIVE_INFINITY;
  const left = j > 0 ? Math.max(floor[i - 1], y[i] - y[i - 1]) : Number.POSITIVE_INFINITY;
  if (j === 0 || j === n - 1) {
    const gap = Math.min(left, right);
    out.flux = (z * h) / gap;
    out.byLeft = j === 0 ? 0 : (z * h) / (gap * gap);
    out.byRight = j === 0 ? (-z * h) / (gap * gap) : 0;
    return;
  }
  const weightLeft = Math.exp(0.5 * z * h - 0.125 * h * h);
  const weightRight = Math.exp(-0.5 * z * h - 0.125 * h * h);
  // S = h/Δ, flux = (ω₋S₋ − ω₊S₊)/h.
  out.flux = weightLeft / left - weightRight / right;
  out.byLeft = weightLeft / (left * left);
  out.byRight = weightRight / (right * right);
}
