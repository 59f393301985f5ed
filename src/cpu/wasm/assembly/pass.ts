/**
 * One or two steps of single samples on a segment (docs/theory.md, "Several steps a pass"). A step multiplies p and q by 1 ∓ a, a = w√λg, and
 * so takes e to e − aκ + a²β, κ = (p² + q²)/2, β = (p² − q²)/4. The residuals of two steps, of x and x' (√λg), therefore need Σ x·4e,
 * Σ x'·4e, Σ x x'·4κ and Σ x² x'·4β, all at the state before them. p, q, 4b, p ± q and 4e are f64, where digits cancel; all else is f32.
 */
import { fourE } from './coordinates';
import { demote, high, low, SEGMENT, total } from './segment';

/** Bytes of the four sums of a block. */
export const SUMS: usize = 32;

/** 4e, 4κ and 4β of four coordinates, to `scratch` and one and two segments behind it. */
// @ts-ignore: decorator
@inline
function keep(p0: v128, q0: v128, p1: v128, q1: v128, fourB: usize, scratch: usize): void {
  v128.store(scratch, demote(fourE(p0, q0, v128.load(fourB)), fourE(p1, q1, v128.load(fourB, 16))));
  const less = demote(f64x2.sub(p0, q0), f64x2.sub(p1, q1));
  const more = demote(f64x2.add(p0, q0), f64x2.add(p1, q1));
  v128.store(scratch + 4 * SEGMENT, f32x4.add(f32x4.mul(less, less), f32x4.mul(more, more)));
  v128.store(scratch + 8 * SEGMENT, f32x4.mul(less, more));
}

/** scratch ← 4e, 4κ and 4β (f32, a segment each) of 16·groups coordinates, a segment at most. */
export function measure(p: usize, q: usize, fourB: usize, scratch: usize, groups: i32): void {
  const end = p + 128 * <usize>groups;
  while (p < end) {
    keep(v128.load(p), v128.load(q), v128.load(p, 16), v128.load(q, 16), fourB, scratch);
    p += 32;
    q += 32;
    fourB += 32;
    scratch += 16;
  }
}

/** p ← p(1 − a), q ← q(1 + a) with a = w√λg (g f32), and scratch ← 4e alone. */
export function advanceOne(
  p: usize, q: usize, root: usize, fourB: usize, g: usize, scratch: usize, groups: i32, w: f32,
): void {
  const weight = f32x4.splat(w);
  const end = p + 128 * <usize>groups;
  while (p < end) {
    const a = f32x4.mul(weight, f32x4.mul(v128.load(root), v128.load(g)));
    const a0 = low(a);
    const a1 = high(a);
    let p0 = v128.load(p);
    let q0 = v128.load(q);
    let p1 = v128.load(p, 16);
    let q1 = v128.load(q, 16);
    p0 = f64x2.sub(p0, f64x2.mul(p0, a0));
    q0 = f64x2.add(q0, f64x2.mul(q0, a0));
    p1 = f64x2.sub(p1, f64x2.mul(p1, a1));
    q1 = f64x2.add(q1, f64x2.mul(q1, a1));
    v128.store(p, p0);
    v128.store(q, q0);
    v128.store(p, p1, 16);
    v128.store(q, q1, 16);
    v128.store(scratch, demote(fourE(p0, q0, v128.load(fourB)), fourE(p1, q1, v128.load(fourB, 16))));
    p += 32;
    q += 32;
    root += 16;
    fourB += 32;
    g += 16;
    scratch += 16;
  }
}

/**
 * p ← p(1 − a)(1 − a'), q ← q(1 + a)(1 + a') with a = w√λg, a' = w'√λg' (g, g' f32), as products with 1 − (a + a' − aa') and
 * 1 + (a + a' + aa'), so that small steps keep their digits; then as `measure`.
 */
export function advanceTwo(
  p: usize, q: usize, root: usize, fourB: usize, g: usize, other: usize, scratch: usize, groups: i32, w: f32, otherW: f32,
): void {
  const weight = f32x4.splat(w);
  const otherWeight = f32x4.splat(otherW);
  const end = p + 128 * <usize>groups;
  while (p < end) {
    const scale = v128.load(root);
    const a = f32x4.mul(weight, f32x4.mul(scale, v128.load(g)));
    const b = f32x4.mul(otherWeight, f32x4.mul(scale, v128.load(other)));
    const sum = f32x4.add(a, b);
    const product = f32x4.mul(a, b);
    const down = f32x4.sub(product, sum);
    const up = f32x4.add(product, sum);
    let p0 = v128.load(p);
    let q0 = v128.load(q);
    let p1 = v128.load(p, 16);
    let q1 = v128.load(q, 16);
    p0 = f64x2.add(p0, f64x2.mul(p0, low(down)));
    q0 = f64x2.add(q0, f64x2.mul(q0, low(up)));
    p1 = f64x2.add(p1, f64x2.mul(p1, high(down)));
    q1 = f64x2.add(q1, f64x2.mul(q1, high(up)));
    v128.store(p, p0);
    v128.store(q, q0);
    v128.store(p, p1, 16);
    v128.store(q, q1, 16);
    keep(p0, q0, p1, q1, fourB, scratch);
    p += 32;
    q += 32;
    root += 16;
    fourB += 32;
    g += 16;
    other += 16;
    scratch += 16;
  }
}

// @ts-ignore: decorator
@inline
function addTo(out: usize, x: f64): void {
  store<f64>(out, load<f64>(out) + x);
}

/** Adds Σ x·4e of 16·groups coordinates to the first of a block's sums. */
export function correlateOne(root: usize, g: usize, scratch: usize, groups: i32, out: usize): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  const end = g + 64 * <usize>groups;
  while (g < end) {
    s0 = f32x4.add(s0, f32x4.mul(f32x4.mul(v128.load(root), v128.load(g)), v128.load(scratch)));
    s1 = f32x4.add(s1, f32x4.mul(f32x4.mul(v128.load(root, 16), v128.load(g, 16)), v128.load(scratch, 16)));
    g += 32;
    root += 32;
    scratch += 32;
  }
  addTo(out, total(s0, s1));
}

/** Adds all four sums of 16·groups coordinates to a block's. */
export function correlateTwo(root: usize, g: usize, other: usize, scratch: usize, groups: i32, out: usize): void {
  let first = f32x4.splat(0);
  let second = f32x4.splat(0);
  let bilinear = f32x4.splat(0);
  let cubic = f32x4.splat(0);
  const zero = f32x4.splat(0);
  const end = g + 64 * <usize>groups;
  while (g < end) {
    const scale = v128.load(root);
    const x = f32x4.mul(scale, v128.load(g));
    const y = f32x4.mul(scale, v128.load(other));
    const e = v128.load(scratch);
    const xy = f32x4.mul(x, y);
    first = f32x4.add(first, f32x4.mul(x, e));
    second = f32x4.add(second, f32x4.mul(y, e));
    bilinear = f32x4.add(bilinear, f32x4.mul(xy, v128.load(scratch + 4 * SEGMENT)));
    cubic = f32x4.add(cubic, f32x4.mul(f32x4.mul(xy, x), v128.load(scratch + 8 * SEGMENT)));
    g += 16;
    other += 16;
    root += 16;
    scratch += 16;
  }
  addTo(out, total(first, zero));
  addTo(out + 8, total(second, zero));
  addTo(out + 16, total(bilinear, zero));
  addTo(out + 24, total(cubic, zero));
}
