/**
 * Random words → features g of each law, in place: one group of ./threefry.ts becomes 16 f32 values in the order of their
 * indices (docs/paths.md, "Random words"; twin of src/random). The normals are within 2·10⁻⁷(1 + |z|) of the f64 definition.
 */
import { GROUP } from './threefry';
import { expm1 } from './expm1';

/** Stores the 4 × 4 matrix whose columns are a, b, c, d by rows: lane l of a, b, c, d become values 4l … 4l + 3. */
// @ts-ignore: decorator
@inline
function storeTransposed(dst: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const AB = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const CD = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(dst, v128.shuffle<i64>(ab, cd, 0, 2));
  v128.store(dst, v128.shuffle<i64>(ab, cd, 1, 3), 16);
  v128.store(dst, v128.shuffle<i64>(AB, CD, 0, 2), 32);
  v128.store(dst, v128.shuffle<i64>(AB, CD, 1, 3), 48);
}

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

/**
 * −2 ln U(w). The word is read as a signed integer: x = (w + ½)2⁻³² is U itself where w ≥ 0 and U − 1 where w < 0, so
 * that both U near 0 and U near 1 keep their full relative precision. U = 2^e m with m in [√½, √2), f = m − 1 (lo returns
 * what rounding took from 1 + x), s = f/(2 + f), and −2 ln m = −2·2 artanh s = −s(4 + z(c₁ + c₂z + c₃z²)), z = s², to 10⁻⁹.
 */
// @ts-ignore: decorator
@inline
function minusTwoLog(w: v128): v128 {
  const x = mul(add(f32x4.convert_i32x4_s(w), k(0.5)), k(2.3283064365386963e-10));
  const one = v128.and(i32x4.shr_s(w, 31), k(1));
  const base = add(x, one);
  const lo = sub(x, sub(base, one));
  // e·2²³, and what is left of the bits: m.
  const e = v128.and(i32x4.sub(base, i32x4.splat(0x3f3504f3)), i32x4.splat(0xff800000));
  const m = i32x4.sub(base, e);
  const f = add(sub(m, k(1)), lo);
  const s = f32x4.div(f, add(f, k(2)));
  const z = mul(s, s);
  const poly = add(k(4), mul(z, add(k(1.333335528303), mul(z, add(k(0.799550739489), mul(z, k(0.597437247802)))))));
  return sub(mul(f32x4.convert_i32x4_s(e), k(-1.6525916589735634e-07)), mul(s, poly));
}

/** ρ(w) = √(−2 ln U(w)). */
// @ts-ignore: decorator
@inline
function radius(w: v128): v128 {
  return f32x4.sqrt(minusTwoLog(w));
}

/** The angle 2πU(w) less its quadrant, in [−π/4, π/4]: the signed remainder of w by 2³⁰, plus ½, times 2π/2³². */
// @ts-ignore: decorator
@inline
function angle(w: v128): v128 {
  // Shifted left by two, so that the remainder's sign is the word's; the scale takes the 4 back.
  return mul(add(f32x4.convert_i32x4_s(i32x4.shl(w, 2)), k(2)), k(3.657295198167899e-10));
}
// @ts-ignore: decorator
@inline
function sinPart(x: v128, x2: v128): v128 {
  const poly = add(k(-0.166666506645), mul(x2, add(k(0.008331978393), mul(x2, k(-0.000194956019)))));
  return add(x, mul(mul(x, x2), poly));
}
// @ts-ignore: decorator
@inline
function cosPart(x2: v128): v128 {
  const poly = add(k(4.166664686051e-2), mul(x2, add(k(-1.388736721217e-3), mul(x2, k(2.443841546153e-5)))));
  return add(sub(k(1), mul(x2, k(0.5))), mul(mul(x2, x2), poly));
}

/**
 * Words → standard normals, in place. The quadrant of an angle is the top two bits of w + 2²⁹: the lower of them exchanges sine
 * and cosine, and the signs follow. About 65 vector operations for 8 normals, one division and one square root for 8. */
export function gaussian(at: usize, groups: i32): void {
  const end = at + GROUP * <usize>groups;
  const eighth = i32x4.splat(0x20000000);
  const sign = i32x4.splat(0x80000000);
  while (at < end) {
    const rho0 = radius(v128.load(at));
    const w1 = v128.load(at, 16);
    const q1 = i32x4.add(w1, eighth);
    const h1 = i32x4.shl(q1, 1);
    const x1 = angle(w1);
    const y1 = mul(x1, x1);
    const s1 = sinPart(x1, y1);
    const c1 = cosPart(y1);
    const t1 = v128.and(v128.xor(s1, c1), i32x4.shr_s(h1, 31));
    const z0 = mul(rho0, v128.xor(v128.xor(c1, t1), v128.and(v128.xor(q1, h1), sign)));
    const z1 = mul(rho0, v128.xor(v128.xor(s1, t1), v128.and(q1, sign)));

    const rho2 = radius(v128.load(at, 32));
    const w3 = v128.load(at, 48);
    const q3 = i32x4.add(w3, eighth);
    const h3 = i32x4.shl(q3, 1);
    const x3 = angle(w3);
    const y3 = mul(x3, x3);
    const s3 = sinPart(x3, y3);
    const c3 = cosPart(y3);
    const t3 = v128.and(v128.xor(s3, c3), i32x4.shr_s(h3, 31));
    const z2 = mul(rho2, v128.xor(v128.xor(c3, t3), v128.and(v128.xor(q3, h3), sign)));
    const z3 = mul(rho2, v128.xor(v128.xor(s3, t3), v128.and(q3, sign)));
    storeTransposed(at, z0, z1, z2, z3);
    at += GROUP;
  }
}

/** Words → ±1 by the top bit (0: +1), in place. */
export function rademacher(at: usize, groups: i32): void {
  const end = at + GROUP * <usize>groups;
  const sign = i32x4.splat(0x80000000);
  while (at < end) {
    const a = v128.or(v128.and(v128.load(at), sign), k(1));
    const b = v128.or(v128.and(v128.load(at, 16), sign), k(1));
    const c = v128.or(v128.and(v128.load(at, 32), sign), k(1));
    const d = v128.or(v128.and(v128.load(at, 48), sign), k(1));
    storeTransposed(at, a, b, c, d);
    at += GROUP;
  }
}

/** √3 (2U(w) − 1) = √3 (s + ½)2⁻³¹ with s = w − 2³¹. */
// @ts-ignore: decorator
@inline
function centred(w: v128): v128 {
  return mul(add(f32x4.convert_i32x4_s(v128.xor(w, i32x4.splat(0x80000000))), k(0.5)), k(8.065490087349327e-10));
}

/** Words → uniform on (−√3, √3), in place. */
export function uniform(at: usize, groups: i32): void {
  const end = at + GROUP * <usize>groups;
  while (at < end) {
    const a = centred(v128.load(at));
    const b = centred(v128.load(at, 16));
    const c = centred(v128.load(at, 32));
    const d = centred(v128.load(at, 48));
    storeTransposed(at, a, b, c, d);
    at += GROUP;
  }
}

/** cos 2πU(w). */
// @ts-ignore: decorator
@inline
function cosine(w: v128): v128 {
  const q = i32x4.add(w, i32x4.splat(0x20000000));
  const h = i32x4.shl(q, 1);
  const x = angle(w);
  const y = mul(x, x);
  const value = v128.bitselect(sinPart(x, y), cosPart(y), i32x4.shr_s(h, 31));
  return v128.xor(value, v128.and(v128.xor(q, h), i32x4.splat(0x80000000)));
}

/** √(ν − 2) √(U(w)^(−2/ν) − 1) cos 2πU(w'): Bailey's polar form, scaled to unit variance. */
// @ts-ignore: decorator
@inline
function student(w: v128, auxiliary: v128, inverse: v128, scale: v128): v128 {
  return mul(mul(scale, f32x4.sqrt(expm1(mul(minusTwoLog(w), inverse)))), cosine(auxiliary));
}

/** Words at `at` and auxiliary words at `other` → Student t with ν = `degrees` > 2 at unit variance, into `at`. */
export function studentT(at: usize, other: usize, groups: i32, degrees: f64): void {
  const end = at + GROUP * <usize>groups;
  const inverse = k(<f32>(1 / degrees));
  const scale = k(<f32>Math.sqrt(degrees - 2));
  while (at < end) {
    const a = student(v128.load(at), v128.load(other), inverse, scale);
    const b = student(v128.load(at, 16), v128.load(other, 16), inverse, scale);
    const c = student(v128.load(at, 32), v128.load(other, 32), inverse, scale);
    const d = student(v128.load(at, 48), v128.load(other, 48), inverse, scale);
    storeTransposed(at, a, b, c, d);
    at += GROUP;
    other += GROUP;
  }
}
