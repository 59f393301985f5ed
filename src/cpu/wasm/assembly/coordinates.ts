/** The model on pairs of coordinates: 4a_i = √λ_i (p_i² − q_i² − 4b_i) = 4√λ_i e_i, and the multiplicative update. */
import { high, low } from './segment';

// @ts-ignore: decorator
@inline
export function fourA(p: v128, q: v128, root: v128, fourB: v128): v128 {
  return f64x2.mul(root, f64x2.sub(f64x2.sub(f64x2.mul(p, p), f64x2.mul(q, q)), fourB));
}

/** out ← 4a for 16·groups coordinates. */
export function evaluate(p: usize, q: usize, root: usize, fourB: usize, out: usize, groups: i32): void {
  const end = p + 128 * <usize>groups;
  while (p < end) {
    v128.store(out, fourA(v128.load(p), v128.load(q), v128.load(root), v128.load(fourB)));
    p += 16;
    q += 16;
    root += 16;
    fourB += 16;
    out += 16;
  }
}

// @ts-ignore: decorator
@inline
function move(p: usize, q: usize, root: usize, fourB: usize, out: usize, weighted: v128): void {
  const scale = v128.load(root);
  const alpha = f64x2.mul(scale, weighted);
  const p0 = v128.load(p);
  const q0 = v128.load(q);
  const p1 = f64x2.sub(p0, f64x2.mul(p0, alpha));
  const q1 = f64x2.add(q0, f64x2.mul(q0, alpha));
  v128.store(p, p1);
  v128.store(q, q1);
  v128.store(out, fourA(p1, q1, scale, v128.load(fourB)));
}

/** p ← p(1 − α), q ← q(1 + α) with α = √λ·weight·g, then out ← the new 4a, for 16·groups coordinates. */
export function updateAndEvaluate(p: usize, q: usize, root: usize, fourB: usize, g: usize, out: usize, groups: i32, weight: f32): void {
  const factor = f32x4.splat(weight);
  const end = p + 128 * <usize>groups;
  while (p < end) {
    const x = f32x4.mul(factor, v128.load(g));
    move(p, q, root, fourB, out, low(x));
    move(p + 16, q + 16, root + 16, fourB + 16, out + 16, high(x));
    p += 32;
    q += 32;
    root += 32;
    fourB += 32;
    out += 32;
    g += 16;
  }
}
