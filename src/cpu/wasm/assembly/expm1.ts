/**
 * e^x − 1 in f32, four lanes, with relative (not absolute) precision of about 2·10⁻⁷ for |x| ≤ 87 (beyond, the exponent is
 * held there): x = n ln 2 + f, e^x − 1 = 2ⁿ(e^f − 1) + (2ⁿ − 1), and n = 0 for small x.
 */
// @ts-ignore: decorator
@inline
export function expm1(x: v128): v128 {
  const held = f32x4.min(f32x4.max(x, f32x4.splat(-87)), f32x4.splat(87));
  const n = f32x4.nearest(f32x4.mul(held, f32x4.splat(1.4426950408889634)));
  // ln 2 in two parts; the first has few bits, so that n times it is exact.
  const f = f32x4.sub(f32x4.sub(held, f32x4.mul(n, f32x4.splat(0.693359375))), f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let poly = f32x4.add(f32x4.mul(f, f32x4.splat(1.0 / 5040)), f32x4.splat(1.0 / 720));
  poly = f32x4.add(f32x4.mul(f, poly), f32x4.splat(1.0 / 120));
  poly = f32x4.add(f32x4.mul(f, poly), f32x4.splat(1.0 / 24));
  poly = f32x4.add(f32x4.mul(f, poly), f32x4.splat(1.0 / 6));
  poly = f32x4.add(f32x4.mul(f, poly), f32x4.splat(0.5));
  const small = f32x4.add(f, f32x4.mul(f32x4.mul(f, f), poly));
  const scale = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.add(f32x4.mul(scale, small), f32x4.sub(scale, f32x4.splat(1)));
}
