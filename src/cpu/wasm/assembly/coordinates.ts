/**
 * The model on groups of four coordinates: 4a_i = √λ_i ((p_i − q_i)(p_i + q_i) − 4b_i) = 4√λ_i e_i, and the multiplicative update.
 * p, q, 4b and the difference are f64, where digits cancel; √λ, 4a, the features and α, relative changes all, are f32.
 * Every loop returns Σ (4a)² taken in the same order, so that a path does not depend on where a chunk of steps ends.
 */
import { demote, high, low, total } from './segment';

/** 4e of two coordinates. */
// @ts-ignore: decorator
@inline
export function fourE(p: v128, q: v128, fourB: v128): v128 {
  return f64x2.sub(f64x2.mul(f64x2.sub(p, q), f64x2.add(p, q)), fourB);
}

/** 4a of four coordinates. */
// @ts-ignore: decorator
@inline
function fourA(p: usize, q: usize, root: v128, fourB: usize): v128 {
  const e0 = fourE(v128.load(p), v128.load(q), v128.load(fourB));
  const e1 = fourE(v128.load(p, 16), v128.load(q, 16), v128.load(fourB, 16));
  return f32x4.mul(root, demote(e0, e1));
}

/** a ← 4a (f32) for 16·groups coordinates; returns Σ (4a)². */
export function evaluate(p: usize, q: usize, root: usize, fourB: usize, a: usize, groups: i32): f64 {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  const end = p + 128 * <usize>groups;
  while (p < end) {
    const a0 = fourA(p, q, v128.load(root), fourB);
    const a1 = fourA(p + 32, q + 32, v128.load(root, 16), fourB + 32);
    v128.store(a, a0);
    v128.store(a, a1, 16);
    s0 = f32x4.add(s0, f32x4.mul(a0, a0));
    s1 = f32x4.add(s1, f32x4.mul(a1, a1));
    p += 64;
    q += 64;
    root += 32;
    fourB += 64;
    a += 32;
  }
  return total(s0, s1);
}

/** α of four coordinates → the new p and q at their places; returns the new 4a. */
// @ts-ignore: decorator
@inline
function move(p: usize, q: usize, alpha: v128, root: v128, fourB: usize): v128 {
  const alpha0 = low(alpha);
  const alpha1 = high(alpha);
  const p0 = v128.load(p);
  const q0 = v128.load(q);
  const p1 = v128.load(p, 16);
  const q1 = v128.load(q, 16);
  const newP0 = f64x2.sub(p0, f64x2.mul(p0, alpha0));
  const newQ0 = f64x2.add(q0, f64x2.mul(q0, alpha0));
  const newP1 = f64x2.sub(p1, f64x2.mul(p1, alpha1));
  const newQ1 = f64x2.add(q1, f64x2.mul(q1, alpha1));
  v128.store(p, newP0);
  v128.store(q, newQ0);
  v128.store(p, newP1, 16);
  v128.store(q, newQ1, 16);
  return f32x4.mul(root, demote(fourE(newP0, newQ0, v128.load(fourB)), fourE(newP1, newQ1, v128.load(fourB, 16))));
}

/**
 * p ← p(1 − α), q ← q(1 + α) with α = √λ·across·g, a ← the new 4a (f32), for 16·groups coordinates; g f32. Returns Σ (4a)².
 */
export function update(
  p: usize, q: usize, root: usize, fourB: usize, g: usize, a: usize, groups: i32, across: f32,
): f64 {
  const factor = f32x4.splat(across);
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  const end = p + 128 * <usize>groups;
  while (p < end) {
    const root0 = v128.load(root);
    const root1 = v128.load(root, 16);
    const a0 = move(p, q, f32x4.mul(root0, f32x4.mul(factor, v128.load(g))), root0, fourB);
    const a1 = move(p + 32, q + 32, f32x4.mul(root1, f32x4.mul(factor, v128.load(g, 16))), root1, fourB + 32);
    v128.store(a, a0);
    v128.store(a, a1, 16);
    s0 = f32x4.add(s0, f32x4.mul(a0, a0));
    s1 = f32x4.add(s1, f32x4.mul(a1, a1));
    p += 64;
    q += 64;
    root += 32;
    fourB += 64;
    a += 32;
    g += 32;
  }
  return total(s0, s1);
}

// @ts-ignore: decorator
@inline
function alphaAlong(root: v128, along: v128, a: v128, across: v128, g: v128): v128 {
  return f32x4.mul(root, f32x4.add(f32x4.mul(along, a), f32x4.mul(across, g)));
}

/** As `update`, with α = √λ (along·4a + across·g), 4a the value before the update, which is read where the new one goes. */
export function updateAlong(
  p: usize, q: usize, root: usize, fourB: usize, g: usize, a: usize, groups: i32, along: f32, across: f32,
): f64 {
  const factor = f32x4.splat(across);
  const back = f32x4.splat(along);
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  const end = p + 128 * <usize>groups;
  while (p < end) {
    const root0 = v128.load(root);
    const root1 = v128.load(root, 16);
    const a0 = move(p, q, alphaAlong(root0, back, v128.load(a), factor, v128.load(g)), root0, fourB);
    const a1 = move(p + 32, q + 32, alphaAlong(root1, back, v128.load(a, 16), factor, v128.load(g, 16)), root1, fourB + 32);
    v128.store(a, a0);
    v128.store(a, a1, 16);
    s0 = f32x4.add(s0, f32x4.mul(a0, a0));
    s1 = f32x4.add(s1, f32x4.mul(a1, a1));
    p += 64;
    q += 64;
    root += 32;
    fourB += 64;
    a += 32;
    g += 32;
  }
  return total(s0, s1);
}
