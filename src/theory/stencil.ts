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

const [B1, B2, B3, B4] = FIRST[REACH];
const [A0, A1, A2, A3, A4] = SECOND[REACH];

/** Writes −(first·∂_z + second·∂_zz), of order 8 with spacing 1, to the strip of a band from a[row] on. */
export function innerRow(a: Float64Array, row: number, first: number, second: number): void {
  a[row] = first * B4 - second * A4;
  a[row + 1] = first * B3 - second * A3;
  a[row + 2] = first * B2 - second * A2;
  a[row + 3] = first * B1 - second * A1;
  a[row + 4] = -second * A0;
  a[row + 5] = -first * B1 - second * A1;
  a[row + 6] = -first * B2 - second * A2;
  a[row + 7] = -first * B3 - second * A3;
  a[row + 8] = -first * B4 - second * A4;
}

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
  differentiateEnd(y, first, 1, s1, s2, tz, tzz);
  differentiateEnd(y, end - 1, -1, s1, s2, tz, tzz);
}

/** At the four nodes from an end at i on, inwards in direction `side`: one-sided of order 2 and 1, then centred of orders 2, 4 and 6. */
function differentiateEnd(
  y: Float64Array,
  i: number,
  side: 1 | -1,
  s1: number,
  s2: number,
  tz: Float64Array,
  tzz: Float64Array,
): void {
  const y1 = y[i + side];
  const y2 = y[i + 2 * side];
  const y3 = y[i + 3 * side];
  const y4 = y[i + 4 * side];
  const y5 = y[i + 5 * side];
  // Increments in the direction of z, from the end inwards.
  const d0 = side * (y1 - y[i]);
  const d1 = side * (y2 - y1);
  const d2 = side * (y3 - y2);
  const d3 = side * (y4 - y3);
  const d4 = side * (y5 - y4);
  const d5 = side * (y[i + 6 * side] - y5);
  const inwards = side * s2;
  tz[i] = s1 * (1.5 * d0 - 0.5 * d1);
  tzz[i] = inwards * (d1 - d0);
  tz[i + side] = s1 * 0.5 * (d0 + d1);
  tzz[i + side] = inwards * (d1 - d0);
  tz[i + 2 * side] = s1 * ((7 / 12) * (d2 + d1) - (1 / 12) * (d3 + d0));
  tzz[i + 2 * side] = inwards * ((5 / 4) * (d2 - d1) - (1 / 12) * (d3 - d0));
  tz[i + 3 * side] = s1 * ((37 / 60) * (d3 + d2) - (2 / 15) * (d4 + d1) + (1 / 60) * (d5 + d0));
  tzz[i + 3 * side] = inwards * ((49 / 36) * (d3 - d2) - (5 / 36) * (d4 - d1) + (1 / 90) * (d5 - d0));
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
