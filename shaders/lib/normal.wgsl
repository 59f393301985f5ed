// Uniform words to standard normals in f32 by Box–Muller; twin of src/random, within 2e-7 (1 + |z|) of it for every word.
// The built-in log, sin and cos are not used: WGSL promises them only to 2^-21 (log near 1) and 2^-11 (sin, cos).
// Cancellations happen in integers, where they are exact, so no step depends on how a compiler orders floating-point sums.

// Coefficients of x^3.. in log(1 + x) on [sqrt(1/2) - 1, sqrt(2) - 1]: Cephes logf (Moshier).
fn log1p_reduced(x: vec2f) -> vec2f {
  var y = 7.0376836292e-2 * x - 1.1514610310e-1;
  y = y * x + 1.1676998740e-1;
  y = y * x - 1.2420140846e-1;
  y = y * x + 1.4249322787e-1;
  y = y * x - 1.6668057665e-1;
  y = y * x + 2.0000714765e-1;
  y = y * x - 2.4999993993e-1;
  y = y * x + 3.3333331174e-1;
  let xx = x * x;
  return x + (xx * x * y - 0.5 * xx);
}

// -ln U(w), U(w) = (w + 1/2) 2^-32, with relative error about 1e-7 for every w: in (1.1e-10, 22.9).
// U = 2^-k (1 + x) with x in [sqrt(1/2) - 1, sqrt(2) - 1), found exactly in integers before it is rounded to f32.
fn negative_log_uniform(w: vec2u) -> vec2f {
  let top = w >= vec2u(0x80000000u);
  let odd = (w << vec2u(1u)) | vec2u(1u);                     // 2w + 1 = 2^33 U where the top bit is clear
  let shift = countLeadingZeros(odd);
  let v = select(odd << shift, w, top);                       // mantissa in [2^31, 2^32), plus one half where top
  let half = select(vec2u(0u), vec2u(1u), top);
  let low = v < vec2u(0xB504F334u);                           // below sqrt(2) 2^31
  let above = ((v - vec2u(0x80000000u)) << vec2u(1u)) + half; // (1 + x - 1) 2^32
  let below = ((vec2u(0u) - v) << vec2u(1u)) - half;          // (1 - (1 + x)) 2^33
  let x = select(-1.1641532182693481e-10 * vec2f(below), 2.3283064365386963e-10 * vec2f(above), low);
  let k = select(shift + vec2u(2u), vec2u(1u), top) - select(vec2u(1u), vec2u(0u), low);
  return vec2f(k) * 0.6931471805599453 - log1p_reduced(x);
}

// sqrt to about 1 ULP: WGSL allows the built-in 2.5 ULP and more, so one Newton step follows the estimate. x > 0.
fn sqrt_positive(x: vec2f) -> vec2f {
  let r = inverseSqrt(x);
  let y = x * r;
  return y + 0.5 * r * (x - y * y);
}

struct SinCos {
  sine: vec2f,
  cosine: vec2f,
}

// sin and cos of 2 pi U(w): the nearest quarter turn is taken off in integers; Cephes sinf and cosf polynomials on what is left.
fn sincos_turn(w: vec2u) -> SinCos {
  let quarter = (w + vec2u(0x20000000u)) >> vec2u(30u);
  let rest = bitcast<vec2i>(((w - (quarter << vec2u(30u))) << vec2u(1u)) | vec2u(1u));
  let x = vec2f(rest) * 7.314590396335798e-10;                // pi 2^-32
  let z = x * x;
  let s = x + x * z * ((-1.9515295891e-4 * z + 8.3321608736e-3) * z - 1.6666654611e-1);
  let c = 1.0 + z * (z * ((2.443315711809948e-5 * z - 1.388731625493765e-3) * z + 4.166664568298827e-2) - 0.5);
  let swap = (quarter & vec2u(1u)) == vec2u(1u);
  let sine_sign = (quarter & vec2u(2u)) << vec2u(30u);
  let cosine_sign = ((quarter + vec2u(1u)) & vec2u(2u)) << vec2u(30u);
  let sine = bitcast<vec2f>(bitcast<vec2u>(select(s, c, swap)) ^ sine_sign);
  let cosine = bitcast<vec2f>(bitcast<vec2u>(select(c, s, swap)) ^ cosine_sign);
  return SinCos(sine, cosine);
}

// Four words to four independent normals (docs/paths.md, "Random words").
fn normals_from_words(w: vec4u) -> vec4f {
  let radius = sqrt_positive(2.0 * negative_log_uniform(w.xz));
  let t = sincos_turn(w.yw);
  let c = radius * t.cosine;
  let s = radius * t.sine;
  return vec4f(c.x, s.x, c.y, s.y);
}
