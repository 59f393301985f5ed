/** Sums over a segment of coordinates: the stretch that stays in the first-level cache between two uses. */

/** Coordinates of a full segment. */
export const SEGMENT: usize = 256;

/** Low and high pair of four f32 values, as f64. */
// @ts-ignore: decorator
@inline
export function low(x: v128): v128 { return f64x2.promote_low_f32x4(x); }
// @ts-ignore: decorator
@inline
export function high(x: v128): v128 { return f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1)); }

/** Two f64 pairs → four f32 values. */
// @ts-ignore: decorator
@inline
export function demote(a: v128, b: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 2);
}

/** Sum of the lanes of two f32 accumulators of a segment, as f64, in one order. */
// @ts-ignore: decorator
@inline
export function total(a: v128, b: v128): f64 {
  const sum = f64x2.add(f64x2.add(low(a), high(a)), f64x2.add(low(b), high(b)));
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** Σ a_i g_i over 16·groups coordinates, a and g f32. */
export function dot(a: usize, g: usize, groups: i32): f64 {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  const end = a + 64 * <usize>groups;
  while (a < end) {
    s0 = f32x4.add(s0, f32x4.mul(v128.load(g), v128.load(a)));
    s1 = f32x4.add(s1, f32x4.mul(v128.load(g, 16), v128.load(a, 16)));
    s0 = f32x4.add(s0, f32x4.mul(v128.load(g, 32), v128.load(a, 32)));
    s1 = f32x4.add(s1, f32x4.mul(v128.load(g, 48), v128.load(a, 48)));
    a += 64;
    g += 64;
  }
  return total(s0, s1);
}

/** sum ← r·g (first) or sum + r·g, f32, over 16·groups coordinates. */
export function mix(sum: usize, g: usize, groups: i32, r: f32, first: bool): void {
  const factor = f32x4.splat(r);
  const end = g + 64 * <usize>groups;
  while (g < end) {
    const x = f32x4.mul(factor, v128.load(g));
    v128.store(sum, first ? x : f32x4.add(v128.load(sum), x));
    g += 16;
    sum += 16;
  }
}
