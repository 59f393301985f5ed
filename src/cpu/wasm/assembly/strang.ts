/**
 * The two flows of a Strang step on four coordinates at a time (docs/paths.md, "SDE", strang; docs/theory.md, "SDE step"), in the
 * state p, q (f64): log|p| and log|q| are the additive coordinates, so the flows multiply p and q, their signs stay, and p = 0 or
 * q = 0 need no case of their own.
 *
 * A factor is computed as 1 + δ with δ in f32: its error is 10⁻⁷ of the change, not of the state, so a path settles as far as f64
 * lets it. Half steps of the drift that follow each other with the same h = pq add up to one, because they are one exact flow.
 */
import { expm1 } from './expm1';
import { high, low } from './segment';

// @ts-ignore: decorator
@inline
function add(a: v128, b: v128): v128 { return f32x4.add(a, b); }
// @ts-ignore: decorator
@inline
function sub(a: v128, b: v128): v128 { return f32x4.sub(a, b); }
// @ts-ignore: decorator
@inline
function mul(a: v128, b: v128): v128 { return f32x4.mul(a, b); }
// @ts-ignore: decorator
@inline
function k(x: f32): v128 { return f32x4.splat(x); }

/** Two f64 pairs → four f32 values. */
// @ts-ignore: decorator
@inline
function demote(a: v128, b: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 2);
}

/** x + x·δ. */
// @ts-ignore: decorator
@inline
function grow(x: v128, delta: v128): v128 {
  return f64x2.add(x, f64x2.mul(x, delta));
}

// @ts-ignore: decorator
@inline
function fourE(p: v128, q: v128, fourB: v128): v128 {
  return f64x2.sub(f64x2.mul(f64x2.sub(p, q), f64x2.add(p, q)), fourB);
}

/**
 * The drift du = −gλev dt, dv = −gλeu dt for g·t = `time`: with A = p², Q = q², h² = AQ, r = √(4b² + h²), A± = 2b ± r,
 * E = exp(−λ·time·r), F = 1 − E,
 *     (p'/p)² = (q/q')² = top/bottom, top = QF + |A₋|E + A₊, bottom = AF + A₊E + |A₋|, top − bottom = −4eF,
 * so p'/p = 1 + δ with δ = −4eF/(bottom(1 + √(top/bottom))) and q'/q = 1 − δ√(bottom/top). h² is held above 10⁻³⁶, where it
 * changes nothing, so that b = h = 0 is the limit and no branch. Places: p, q, 4b (f64), λ, 2b (f32) of four coordinates.
 */
// @ts-ignore: decorator
@inline
function drift(p: usize, q: usize, fourB: usize, p0: v128, p1: v128, q0: v128, q1: v128, lambda: v128, twoB: v128, time: v128): void {
  const A = demote(f64x2.mul(p0, p0), f64x2.mul(p1, p1));
  const Q = demote(f64x2.mul(q0, q0), f64x2.mul(q1, q1));
  const error = demote(fourE(p0, q0, v128.load(fourB)), fourE(p1, q1, v128.load(fourB, 16)));
  const hh = f32x4.pmax(mul(A, Q), k(1e-36));
  const r = f32x4.sqrt(add(mul(twoB, twoB), hh));
  const large = add(f32x4.abs(twoB), r);
  const small = f32x4.div(hh, large);
  const swap = v128.and(v128.xor(large, small), i32x4.shr_s(twoB, 31));
  const plus = v128.xor(large, swap);
  const minus = v128.xor(small, swap);

  // E and F each to relative precision: e^x = 2ⁿ(1 + t), t = e^f − 1, f = x − n ln 2.
  const x = f32x4.pmax(mul(mul(lambda, time), f32x4.neg(r)), k(-80));
  const n = f32x4.nearest(mul(x, k(1.4426950408889634)));
  const f = sub(sub(x, mul(n, k(0.693359375))), mul(n, k(-2.12194440e-4)));
  let poly = add(mul(f, k(1.0 / 5040)), k(1.0 / 720));
  poly = add(mul(f, poly), k(1.0 / 120));
  poly = add(mul(f, poly), k(1.0 / 24));
  poly = add(mul(f, poly), k(1.0 / 6));
  poly = add(mul(f, poly), k(0.5));
  const t = add(f, mul(mul(f, f), poly));
  const scale = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  const change = mul(scale, t);
  const E = add(scale, change);
  const F = sub(sub(k(1), scale), change);

  const bottom = add(mul(A, F), add(mul(plus, E), minus));
  const top = add(mul(Q, F), add(mul(minus, E), plus));
  const inverse = f32x4.div(k(1), bottom);
  const root = f32x4.sqrt(mul(top, inverse));
  // δ_q = eF·4/(bottom·root(1 + root)), δ_p = −root·δ_q.
  const deltaQ = f32x4.div(mul(mul(error, F), inverse), mul(root, add(root, k(1))));
  const deltaP = f32x4.neg(mul(root, deltaQ));
  v128.store(p, grow(p0, low(deltaP)));
  v128.store(p, grow(p1, high(deltaP)), 16);
  v128.store(q, grow(q0, low(deltaQ)));
  v128.store(q, grow(q1, high(deltaQ)), 16);
}

/** The drift alone, for 16·groups coordinates. */
export function flow(p: usize, q: usize, fourB: usize, lambda: usize, twoB: usize, groups: i32, time: f64): void {
  const t = k(<f32>time);
  const end = p + 128 * <usize>groups;
  while (p < end) {
    drift(p, q, fourB, v128.load(p), v128.load(p, 16), v128.load(q), v128.load(q, 16), v128.load(lambda), v128.load(twoB), t);
    p += 32;
    q += 32;
    fourB += 32;
    lambda += 16;
    twoB += 16;
  }
}

/**
 * The exact Gaussian, log|p| += −λI + √(2λI) z and log|q| += −λI − √(2λI) z, then the drift, for 16·groups coordinates;
 * λ, √λ, 2b, z f32. Cost: some 170 vector operations for four coordinates.
 */
export function noiseAndFlow(
  p: usize, q: usize, fourB: usize, lambda: usize, rootLambda: usize, twoB: usize, z: usize, groups: i32, increment: f64, time: f64,
): void {
  const t = k(<f32>time);
  const I = k(<f32>increment);
  const deviation = k(<f32>Math.sqrt(2 * increment));
  const end = p + 128 * <usize>groups;
  while (p < end) {
    const l = v128.load(lambda);
    const n = mul(mul(v128.load(rootLambda), deviation), v128.load(z));
    const half = mul(l, I);
    const dp = expm1(sub(n, half));
    const dq = expm1(f32x4.neg(add(n, half)));
    const p0 = grow(v128.load(p), low(dp));
    const p1 = grow(v128.load(p, 16), high(dp));
    const q0 = grow(v128.load(q), low(dq));
    const q1 = grow(v128.load(q, 16), high(dq));
    drift(p, q, fourB, p0, p1, q0, q1, l, v128.load(twoB), t);
    p += 32;
    q += 32;
    fourB += 32;
    lambda += 16;
    rootLambda += 16;
    twoB += 16;
    z += 16;
  }
}
