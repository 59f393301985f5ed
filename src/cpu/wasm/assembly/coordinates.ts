/**
 * The model on pairs of coordinates: 4a_i = √λ_i ((p_i − q_i)(p_i + q_i) − 4b_i) = 4√λ_i e_i, and the multiplicative update.
 * Every loop returns Σ (4a_i)² taken in the same order, so that a path does not depend on where a chunk of steps ends.
 */
import { high, low } from './segment';

// @ts-ignore: decorator
@inline
function fourA(p: v128, q: v128, root: v128, fourB: v128): v128 {
  return f64x2.mul(root, f64x2.sub(f64x2.mul(f64x2.sub(p, q), f64x2.add(p, q)), fourB));
}

// @ts-ignore: decorator
@inline
function lanes(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

/** out ← 4a for 16·groups coordinates; returns Σ (4a)². */
export function evaluate(p: usize, q: usize, root: usize, fourB: usize, out: usize, groups: i32): f64 {
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  const end = p + 128 * <usize>groups;
  while (p < end) {
    const a0 = fourA(v128.load(p), v128.load(q), v128.load(root), v128.load(fourB));
    const a1 = fourA(v128.load(p, 16), v128.load(q, 16), v128.load(root, 16), v128.load(fourB, 16));
    v128.store(out, a0);
    v128.store(out, a1, 16);
    s0 = f64x2.add(s0, f64x2.mul(a0, a0));
    s1 = f64x2.add(s1, f64x2.mul(a1, a1));
    p += 32;
    q += 32;
    root += 32;
    fourB += 32;
    out += 32;
  }
  return lanes(f64x2.add(s0, s1));
}

/** α → the new p and q at their places; returns the new 4a. */
// @ts-ignore: decorator
@inline
function move(p: usize, q: usize, p0: v128, q0: v128, alpha: v128, root: v128, fourB: v128): v128 {
  const p1 = f64x2.sub(p0, f64x2.mul(p0, alpha));
  const q1 = f64x2.add(q0, f64x2.mul(q0, alpha));
  v128.store(p, p1);
  v128.store(q, q1);
  return fourA(p1, q1, root, fourB);
}

/**
 * p ← p(1 − α), q ← q(1 + α) with α = √λ·across·g, out ← the new 4a, for 16·groups coordinates; g f32. Returns Σ (4a)².
 */
export function update(
  p: usize, q: usize, root: usize, fourB: usize, g: usize, out: usize, groups: i32, across: f32,
): f64 {
  const factor = f32x4.splat(across);
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  const end = p + 128 * <usize>groups;
  while (p < end) {
    const x = f32x4.mul(factor, v128.load(g));
    const root0 = v128.load(root);
    const root1 = v128.load(root, 16);
    const a0 = move(p, q, v128.load(p), v128.load(q), f64x2.mul(root0, low(x)), root0, v128.load(fourB));
    const a1 = move(p + 16, q + 16, v128.load(p, 16), v128.load(q, 16), f64x2.mul(root1, high(x)), root1, v128.load(fourB, 16));
    v128.store(out, a0);
    v128.store(out, a1, 16);
    s0 = f64x2.add(s0, f64x2.mul(a0, a0));
    s1 = f64x2.add(s1, f64x2.mul(a1, a1));
    p += 32;
    q += 32;
    root += 32;
    fourB += 32;
    out += 32;
    g += 16;
  }
  return lanes(f64x2.add(s0, s1));
}

// @ts-ignore: decorator
@inline
function moveAlong(p: usize, q: usize, root: usize, fourB: usize, along: v128, g: v128): v128 {
  const p0 = v128.load(p);
  const q0 = v128.load(q);
  const scale = v128.load(root);
  const target = v128.load(fourB);
  const weighted = f64x2.add(f64x2.mul(along, fourA(p0, q0, scale, target)), g);
  return move(p, q, p0, q0, f64x2.mul(scale, weighted), scale, target);
}

/** As `update`, with α = √λ (along·4a + across·g), a taken before the update. */
export function updateAlong(
  p: usize, q: usize, root: usize, fourB: usize, g: usize, out: usize, groups: i32, along: f64, across: f32,
): f64 {
  const factor = f32x4.splat(across);
  const back = f64x2.splat(along);
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  const end = p + 128 * <usize>groups;
  while (p < end) {
    const x = f32x4.mul(factor, v128.load(g));
    const a0 = moveAlong(p, q, root, fourB, back, low(x));
    const a1 = moveAlong(p + 16, q + 16, root + 16, fourB + 16, back, high(x));
    v128.store(out, a0);
    v128.store(out, a1, 16);
    s0 = f64x2.add(s0, f64x2.mul(a0, a0));
    s1 = f64x2.add(s1, f64x2.mul(a1, a1));
    p += 32;
    q += 32;
    root += 32;
    fourB += 32;
    out += 32;
    g += 16;
  }
  return lanes(f64x2.add(s0, s1));
}
