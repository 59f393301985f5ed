/** e^f − 1 for |f| ≤ ½ ln 2, relative error 10⁻⁷: Taylor to the seventh power, in pairs to keep the chain short. */
// @ts-ignore: decorator
@inline
export function smallExpm1(f: v128): v128 {
  const f2 = f32x4.mul(f, f);
  const a = f32x4.add(f32x4.splat(0.5), f32x4.mul(f, f32x4.splat(1.0 / 6)));
  const b = f32x4.add(f32x4.splat(1.0 / 24), f32x4.mul(f, f32x4.splat(1.0 / 120)));
  const c = f32x4.add(f32x4.splat(1.0 / 720), f32x4.mul(f, f32x4.splat(1.0 / 5040)));
  return f32x4.add(f, f32x4.mul(f2, f32x4.add(a, f32x4.mul(f2, f32x4.add(b, f32x4.mul(f2, c))))));
}

/** 1.5·2²³: added to a number below 2²² it leaves the nearest integer in the low bits, and taken off again that integer. */
const MAGIC: f32 = 12582912;

/** x/ln 2 rounded to an integer n, plus the magic number: see `powerOf` and `fractionOf`. */
// @ts-ignore: decorator
@inline
export function split(x: v128): v128 {
  return f32x4.add(f32x4.mul(x, f32x4.splat(1.4426950408889634)), f32x4.splat(MAGIC));
}

/** 2ⁿ. */
// @ts-ignore: decorator
@inline
export function powerOf(parts: v128): v128 {
  return i32x4.add(i32x4.shl(parts, 23), i32x4.splat(0x3f800000));
}

/** x − n ln 2, with ln 2 in two parts, of which the first has few bits, so that n times it is exact. */
// @ts-ignore: decorator
@inline
export function fractionOf(x: v128, parts: v128): v128 {
  const n = f32x4.sub(parts, f32x4.splat(MAGIC));
  return f32x4.sub(f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375))), f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
}

/** x from −87 to 87, where e^x is a number of f32. Not a number stays so. */
// @ts-ignore: decorator
@inline
export function held(x: v128): v128 {
  return f32x4.pmin(f32x4.pmax(x, f32x4.splat(-87)), f32x4.splat(87));
}

/**
 * e^x − 1 in f32, four lanes, with relative (not absolute) precision of about 2·10⁻⁷ for |x| ≤ 87 (beyond, x is held there):
 * x = n ln 2 + f, e^x − 1 = 2ⁿ(e^f − 1) + (2ⁿ − 1), and n = 0 for small x. Not a number stays so.
 */
// @ts-ignore: decorator
@inline
export function expm1(x: v128): v128 {
  const y = held(x);
  const parts = split(y);
  const scale = powerOf(parts);
  const small = smallExpm1(fractionOf(y, parts));
  return f32x4.add(f32x4.mul(scale, small), f32x4.sub(scale, f32x4.splat(1)));
}
