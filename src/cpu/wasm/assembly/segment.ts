/** Sums over a segment of coordinates: the stretch that stays in the first-level cache between two uses. */

/** Coordinates of a full segment. */
export const SEGMENT: usize = 512;

/** Low and high pair of four f32 values, as f64. */
// @ts-ignore: decorator
@inline
export function low(x: v128): v128 { return f64x2.promote_low_f32x4(x); }
// @ts-ignore: decorator
@inline
export function high(x: v128): v128 { return f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1)); }

/** Sum of the lanes of four accumulators, in one order. */
// @ts-ignore: decorator
@inline
export function total(a: v128, b: v128, c: v128, d: v128): f64 {
  const sum = f64x2.add(f64x2.add(a, b), f64x2.add(c, d));
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** Σ a_i g_i over 16·groups coordinates, a f64, g f32. */
export function dot(a: usize, g: usize, groups: i32): f64 {
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  let s2 = f64x2.splat(0);
  let s3 = f64x2.splat(0);
  const end = a + 128 * <usize>groups;
  while (a < end) {
    const x = v128.load(g);
    const y = v128.load(g, 16);
    s0 = f64x2.add(s0, f64x2.mul(low(x), v128.load(a)));
    s1 = f64x2.add(s1, f64x2.mul(high(x), v128.load(a, 16)));
    s2 = f64x2.add(s2, f64x2.mul(low(y), v128.load(a, 32)));
    s3 = f64x2.add(s3, f64x2.mul(high(y), v128.load(a, 48)));
    a += 64;
    g += 32;
  }
  return total(s0, s1, s2, s3);
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
