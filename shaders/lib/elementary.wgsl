// Elementary functions in f32 for the expressions of src/statistics: those that WGSL lacks, and those whose built-in is only
// promised to be good to 2^-11 (sin, cos), 4096 ulp (atan, asin, acos), 1e-5 (tanh) or 2^-21 absolute (log near 1).
// Minimax polynomials after Cephes' single precision library (S. L. Moshier); relative error about 2e-7 where the result is
// well conditioned. Nothing here relies on exact subtraction tricks, which a compiler may reassociate.
// WGSL knows no NaN: arguments outside a function's domain give some number, and are noted.
// No branches, && and || included: with them SwiftShader takes minutes to compile some twenty of these functions in one kernel.

// Whether any function was asked outside its domain since this was last set to false.
var<private> elementary_undefined = false;

fn elementary_domain(inside: bool) {
  elementary_undefined = elementary_undefined | !inside;
}

fn elementary_divide(x: f32, y: f32) -> f32 {
  elementary_domain(y != 0f);
  return x / y;
}

fn elementary_sqrt(x: f32) -> f32 {
  elementary_domain(x >= 0f);
  return sqrt(max(x, 0f));
}

const ELEMENTARY_HALF_PI = 1.57079632679f;

// log(1 + t) for 1/√2 − 1 ≤ t ≤ √2 − 1.
fn elementary_log1p_small(t: f32) -> f32 {
  let z = t * t;
  var y = 7.0376836292e-2f;
  y = y * t - 1.1514610310e-1f;
  y = y * t + 1.1676998740e-1f;
  y = y * t - 1.2420140846e-1f;
  y = y * t + 1.4249322787e-1f;
  y = y * t - 1.6668057665e-1f;
  y = y * t + 2.0000714765e-1f;
  y = y * t - 2.4999993993e-1f;
  y = y * t + 3.3333331174e-1f;
  return t + (y * t * z - 0.5f * z);
}

// x > 0.
fn elementary_log(x: f32) -> f32 {
  elementary_domain(x > 0f);
  let parts = frexp(x); // x = fract · 2^exp, ½ ≤ fract < 1
  let low = parts.fract < 0.70710678f;
  let k = f32(select(parts.exp, parts.exp - 1, low));
  let t = select(parts.fract, 2f * parts.fract, low) - 1f;
  // log 2 in two parts: the first has few bits, so k times it is exact.
  return k * 0.693359375f + (elementary_log1p_small(t) - k * 2.12194440e-4f);
}

fn elementary_log2(x: f32) -> f32 {
  elementary_domain(x > 0f);
  let parts = frexp(x);
  let low = parts.fract < 0.70710678f;
  let k = f32(select(parts.exp, parts.exp - 1, low));
  let t = select(parts.fract, 2f * parts.fract, low) - 1f;
  return k + elementary_log1p_small(t) * 1.44269504f;
}

fn elementary_log10(x: f32) -> f32 {
  return elementary_log(x) * 0.434294482f;
}

// x > −1.
fn elementary_log1p(x: f32) -> f32 {
  let near = (x > -0.29f) & (x < 0.41f);
  return select(elementary_log(select(1f + x, 1f, near)), elementary_log1p_small(select(0f, x, near)), near);
}

fn elementary_expm1(x: f32) -> f32 {
  let near = abs(x) <= 0.5f;
  var y = 2.48015873e-5f;
  y = y * x + 1.98412698e-4f;
  y = y * x + 1.38888889e-3f;
  y = y * x + 8.33333333e-3f;
  y = y * x + 4.16666667e-2f;
  y = y * x + 1.66666667e-1f;
  y = y * x + 0.5f;
  return select(exp(x) - 1f, y * x * x + x, near);
}

fn elementary_cbrt(x: f32) -> f32 {
  let a = abs(x);
  let zero = a == 0f;
  var y = exp2(elementary_log2(select(a, 1f, zero)) / 3f);
  y = y - (y - a / (y * y)) / 3f;
  return select(select(y, -y, x < 0f), 0f, zero);
}

// (sin r, cos r, quadrant as f32) with x = quadrant · π/2 + r, |r| ≤ π/4. Error grows as 2^-24 |x| beyond |x| = 8000.
fn elementary_sincos(x: f32) -> vec3<f32> {
  let k = round(x * 0.636619772f);
  let r = ((x - k * 1.5703125f) - k * 4.837512969970703e-4f) - k * 7.549789948768648e-8f;
  let z = r * r;
  let s = ((-1.9515295891e-4f * z + 8.3321608736e-3f) * z - 1.6666654611e-1f) * z * r + r;
  let c = ((2.443315711809948e-5f * z - 1.388731625493765e-3f) * z + 4.166664568298827e-2f) * z * z - 0.5f * z + 1f;
  return vec3<f32>(s, c, k - 4f * floor(0.25f * k));
}

fn elementary_sin(x: f32) -> f32 {
  let r = elementary_sincos(x);
  let y = select(r.x, r.y, (r.z == 1f) | (r.z == 3f));
  return select(y, -y, r.z >= 2f);
}

fn elementary_cos(x: f32) -> f32 {
  let r = elementary_sincos(x);
  let y = select(r.y, r.x, (r.z == 1f) | (r.z == 3f));
  return select(y, -y, (r.z == 1f) | (r.z == 2f));
}

fn elementary_tan(x: f32) -> f32 {
  let r = elementary_sincos(x);
  return select(r.x / r.y, -r.y / r.x, (r.z == 1f) | (r.z == 3f));
}

fn elementary_atan(x: f32) -> f32 {
  let a = abs(x);
  let far = a > 2.414213562f;
  let between = a > 0.4142135624f;
  let base = ELEMENTARY_HALF_PI * select(select(0f, 0.5f, between), 1f, far);
  let t = select(select(a, (a - 1f) / (a + 1f), between), -1f / max(a, 1f), far);
  let z = t * t;
  let y = base + ((((8.05374449538e-2f * z - 1.38776856032e-1f) * z + 1.99777106478e-1f) * z - 3.33329491539e-1f) * z * t + t);
  return select(y, -y, x < 0f);
}

// asin t for 0 ≤ t ≤ ½.
fn elementary_asin_small(t: f32) -> f32 {
  let z = t * t;
  return ((((4.2163199048e-2f * z + 2.4181311049e-2f) * z + 4.5470025998e-2f) * z + 7.4953002686e-2f) * z + 1.6666752422e-1f) * z * t + t;
}

// |x| ≤ 1.
fn elementary_asin(x: f32) -> f32 {
  elementary_domain(abs(x) <= 1f);
  let a = abs(x);
  let far = a > 0.5f;
  let z = elementary_asin_small(select(a, sqrt(max(0.5f * (1f - a), 0f)), far));
  let y = select(z, ELEMENTARY_HALF_PI - 2f * z, far);
  return select(y, -y, x < 0f);
}

// |x| ≤ 1.
fn elementary_acos(x: f32) -> f32 {
  elementary_domain(abs(x) <= 1f);
  let a = abs(x);
  let far = a > 0.5f;
  let z = elementary_asin_small(select(a, sqrt(max(0.5f * (1f - a), 0f)), far));
  let y = select(ELEMENTARY_HALF_PI - z, 2f * z, far);
  return select(y, 2f * ELEMENTARY_HALF_PI - y, x < 0f);
}

fn elementary_sinh(x: f32) -> f32 {
  // Half inside the exponent: no overflow before the result's own.
  let half = exp(abs(x) - 0.693147181f);
  let y = half - 0.25f / half;
  let z = x * x;
  let near = (((2.81e-6f * z + 1.98412698e-4f) * z + 8.33333333e-3f) * z + 1.66666667e-1f) * z * x + x;
  return select(select(y, -y, x < 0f), near, abs(x) <= 1f);
}

fn elementary_cosh(x: f32) -> f32 {
  let half = exp(abs(x) - 0.693147181f);
  return half + 0.25f / half;
}

fn elementary_tanh(x: f32) -> f32 {
  let a = abs(x);
  let z = x * x;
  let near = ((((-5.70498872745e-3f * z + 2.06390887954e-2f) * z - 5.37397155531e-2f) * z + 1.33314422036e-1f) * z - 3.33332819422e-1f) * z * x + x;
  let y = 1f - 2f / (exp(2f * min(a, 20f)) + 1f);
  return select(select(y, -y, x < 0f), near, a < 0.625f);
}

fn elementary_asinh(x: f32) -> f32 {
  let a = abs(x);
  let far = a > 1e9f;
  let t = select(a, 0f, far);
  let y = select(elementary_log1p(t + t * t / (1f + sqrt(t * t + 1f))), elementary_log(max(a, 1f)) + 0.693147181f, far);
  return select(y, -y, x < 0f);
}

// x ≥ 1.
fn elementary_acosh(x: f32) -> f32 {
  elementary_domain(x >= 1f);
  let far = x > 1e9f;
  let t = select(max(x - 1f, 0f), 0f, far);
  return select(elementary_log1p(t + sqrt(t * (t + 2f))), elementary_log(max(x, 1f)) + 0.693147181f, far);
}

// |x| < 1.
fn elementary_atanh(x: f32) -> f32 {
  elementary_domain(abs(x) < 1f);
  let a = abs(x);
  let y = 0.5f * elementary_log1p(2f * a / (1f - a));
  return select(y, -y, x < 0f);
}

// xⁿ by repeated squaring, also for x < 0, where WGSL's pow is undefined. The twin of integerPower in src/statistics/tree.ts.
fn elementary_integer_power(x: f32, n: i32) -> f32 {
  elementary_domain((n >= 0) | (x != 0f));
  var k = abs(n);
  var square = x;
  var result = select(1f, x, (k & 1) == 1);
  k = k >> 1u;
  while (k > 0) {
    square = square * square;
    if ((k & 1) == 1) {
      result = result * square;
    }
    k = k >> 1u;
  }
  return select(result, 1f / result, n < 0);
}

// xⁿ for |n| <= 64.
fn elementary_small_power(x: f32, n: i32) -> f32 {
  elementary_domain((n >= 0) | (x != 0f));
  let k = abs(n);
  let x2 = x * x;
  let x4 = x2 * x2;
  let x8 = x4 * x4;
  let x16 = x8 * x8;
  let x32 = x16 * x16;
  var result = select(1f, x, (k & 1) != 0);
  result = select(result, result * x2, (k & 2) != 0);
  result = select(result, result * x4, (k & 4) != 0);
  result = select(result, result * x8, (k & 8) != 0);
  result = select(result, result * x16, (k & 16) != 0);
  result = select(result, result * x32, (k & 32) != 0);
  result = select(result, x32 * x32, (k & 64) != 0);
  return select(result, 1f / result, n < 0);
}

// x^y; for x < 0 only with an integer y. Relative error about 1e-7 (1 + |y log2 x|).
// Without branches: SwiftShader takes minutes to compile some twenty of these if they have any.
fn elementary_pow(x: f32, y: f32) -> f32 {
  let whole = y == round(y);
  let small = whole & (abs(y) <= 64f);
  let a = abs(x);
  elementary_domain((x >= 0f) | whole);
  elementary_domain((a > 0f) | (y >= 0f));
  let z = exp2(y * elementary_log2(select(a, 1f, a == 0f)));
  let negative = (x < 0f) & (0.5f * y != round(0.5f * y));
  let general = select(select(z, -z, negative), 0f, a == 0f);
  return select(general, elementary_small_power(x, i32(select(0f, y, small))), small);
}
