/**
 * The two flows of a Strang step on four coordinates at a time (docs/paths.md, "SDE", strang; docs/theory.md, "SDE step"), in the
 * state p, q (f64): log|p| and log|q| are the additive coordinates, so the flows multiply p and q, their signs stay, and p = 0 or
 * q = 0 need no case of their own.
 *
 * A factor is computed as 1 + δ with δ in f32: its error is 10⁻⁷ of the change, not of the state, so a path settles as far as f64
 * lets it. Beyond changes by a half it is the factor itself, to 10⁻⁷, that is computed: 1 + δ would have lost the digits of a small one. Half steps of the drift that follow each other with the same h = pq add up to one, because they are one exact flow.
 */
import { fractionOf, held, powerOf, smallExpm1, split } from './expm1';
import { demote, high, low } from './segment';

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

/** x + x·δ. */
// @ts-ignore: decorator
@inline
function grow(x: v128, delta: v128): v128 {
  return f64x2.add(x, f64x2.mul(x, delta));
}

/** (x + x·δ)·scale: over a large change 1 + δ alone would have the error of 1. */
// @ts-ignore: decorator
@inline
function growBy(x: v128, delta: v128, scale: v128): v128 {
  return f64x2.mul(grow(x, delta), scale);
}

/** x·base + x·δ, base 0 or 1. */
// @ts-ignore: decorator
@inline
function growFrom(x: v128, delta: v128, base: v128): v128 {
  return f64x2.add(f64x2.mul(x, base), f64x2.mul(x, delta));
}

// @ts-ignore: decorator
@inline
function fourE(p: v128, q: v128, fourB: v128): v128 {
  return f64x2.sub(f64x2.mul(f64x2.sub(p, q), f64x2.add(p, q)), fourB);
}

/** Coordinates that take their steps together: everything about them, the stage below included, stays in the first-level cache. */
export const STRETCH: i32 = 256;
/** Bytes of room for the stage of one stretch. */
export const STAGE: usize = 24 * 256;

/**
 * The exact Gaussian, log|p| += −λI + √(2λI) z and log|q| += −λI − √(2λI) z, for 16·groups coordinates; λ, √λ, z f32.
 */
export function kick(p: usize, q: usize, lambda: usize, rootLambda: usize, z: usize, groups: i32, increment: f64): void {
  const I = k(<f32>increment);
  const deviation = k(<f32>Math.sqrt(2 * increment));
  const end = p + 128 * <usize>groups;
  while (p < end) {
    const n = mul(mul(v128.load(rootLambda), deviation), v128.load(z));
    const half = mul(v128.load(lambda), I);
    // e^x = 2ⁿ(1 + t), t = e^f − 1, f = x − n ln 2.
    const x = held(sub(n, half));
    const y = held(f32x4.neg(add(n, half)));
    const partsX = split(x);
    const partsY = split(y);
    const scaleP = powerOf(partsX);
    const scaleQ = powerOf(partsY);
    const dp = smallExpm1(fractionOf(x, partsX));
    const dq = smallExpm1(fractionOf(y, partsY));
    v128.store(p, growBy(v128.load(p), low(dp), low(scaleP)));
    v128.store(p, growBy(v128.load(p, 16), high(dp), high(scaleP)), 16);
    v128.store(q, growBy(v128.load(q), low(dq), low(scaleQ)));
    v128.store(q, growBy(v128.load(q, 16), high(dq), high(scaleQ)), 16);
    p += 32;
    q += 32;
    lambda += 16;
    rootLambda += 16;
    z += 16;
  }
}

/**
 * The drift du = −gλev dt, dv = −gλeu dt for g·t = `time`, for 16·groups ≤ 256 coordinates: with A = p², Q = q², h² = AQ,
 * r = √(4b² + h²), A± = 2b ± r, E = exp(−λ·time·r), F = 1 − E,
 *     (p'/p)² = (q/q')² = top/bottom, top = QF + |A₋|E + A₊, bottom = AF + A₊E + |A₋|, top − bottom = −4eF,
 * so p'/p = 1 + δ with δ = −4eF/(bottom(1 + √(top/bottom))) and q'/q = 1 − δ√(bottom/top). h² is held above 10⁻³⁶, where it
 * changes nothing, so that b = h = 0 is the limit and no branch. p, q, 4b f64; λ, 2b f32; `stage`: 24 bytes a coordinate.
 *
 * In two loops: the whole is a chain of some 150 cycles, longer than a processor looks ahead, and either half is not.
 */
export function flow(
  p: usize, q: usize, fourB: usize, lambda: usize, twoB: usize, stage: usize, groups: i32, time: f64,
): void {
  prepareFlow(p, q, fourB, lambda, twoB, stage, groups, time);
  finishFlow(p, q, stage, groups);
}

/** A, Q, 4e, A₊, |A₋| and −λ·time·r of four coordinates at a time into the stage. */
function prepareFlow(
  p: usize, q: usize, fourB: usize, lambda: usize, twoB: usize, stage: usize, groups: i32, time: f64,
): void {
  const minusTime = k(<f32>-time);
  const end = p + 128 * <usize>groups;
  while (p < end) {
    const p0 = v128.load(p);
    const p1 = v128.load(p, 16);
    const q0 = v128.load(q);
    const q1 = v128.load(q, 16);
    const A = demote(f64x2.mul(p0, p0), f64x2.mul(p1, p1));
    const Q = demote(f64x2.mul(q0, q0), f64x2.mul(q1, q1));
    const target = v128.load(twoB);
    const hh = f32x4.pmax(mul(A, Q), k(1e-36));
    const r = f32x4.sqrt(add(mul(target, target), hh));
    const large = add(f32x4.abs(target), r);
    const small = f32x4.div(hh, large);
    const swap = v128.and(v128.xor(large, small), i32x4.shr_s(target, 31));
    v128.store(stage, A);
    v128.store(stage, Q, 16);
    v128.store(stage, demote(fourE(p0, q0, v128.load(fourB)), fourE(p1, q1, v128.load(fourB, 16))), 32);
    v128.store(stage, v128.xor(large, swap), 48);
    v128.store(stage, v128.xor(small, swap), 64);
    v128.store(stage, f32x4.pmax(mul(mul(v128.load(lambda), minusTime), r), k(-80)), 80);
    p += 32;
    q += 32;
    fourB += 32;
    lambda += 16;
    twoB += 16;
    stage += 96;
  }
}

function finishFlow(p: usize, q: usize, stage: usize, groups: i32): void {
  const end = p + 128 * <usize>groups;
  while (p < end) {
    // E and F each to relative precision: e^x = 2ⁿ(1 + t), t = e^f − 1, f = x − n ln 2.
    const x = v128.load(stage, 80);
    const parts = split(x);
    const scale = powerOf(parts);
    const change = mul(scale, smallExpm1(fractionOf(x, parts)));
    const E = add(scale, change);
    const F = sub(sub(k(1), scale), change);

    const plus = v128.load(stage, 48);
    const minus = v128.load(stage, 64);
    const bottom = add(mul(v128.load(stage), F), add(mul(plus, E), minus));
    const top = add(mul(v128.load(stage, 16), F), add(mul(minus, E), plus));
    const inverse = f32x4.div(k(1), bottom);
    const root = f32x4.sqrt(mul(top, inverse));
    // δ_q = 4eF/(bottom·root(1 + root)), δ_p = −root·δ_q.
    const deltaQ = f32x4.div(mul(mul(v128.load(stage, 32), F), inverse), mul(root, add(root, k(1))));
    const far = v128.or(f32x4.lt(root, k(0.5)), f32x4.gt(root, k(2)));
    const base = v128.andnot(k(1), far);
    const moveP = v128.bitselect(root, f32x4.neg(mul(root, deltaQ)), far);
    const moveQ = v128.bitselect(f32x4.div(k(1), root), deltaQ, far);
    v128.store(p, growFrom(v128.load(p), low(moveP), low(base)));
    v128.store(p, growFrom(v128.load(p, 16), high(moveP), high(base)), 16);
    v128.store(q, growFrom(v128.load(q), low(moveQ), low(base)));
    v128.store(q, growFrom(v128.load(q, 16), high(moveQ), high(base)), 16);
    p += 32;
    q += 32;
    stage += 96;
  }
}
