// exp(x) - 1 with relative error about 2e-7 for every x in [-87, 88] (clamped beyond): x = k ln 2 + r, |r| <= ln 2 / 2,
// exp(x) - 1 = 2^k (exp(r) - 1) + (2^k - 1). The built-in exp(x) - 1 has no digits left for small x.

fn expm1_4(argument: vec4f) -> vec4f {
  let x = clamp(argument, vec4f(-87.0), vec4f(88.0));
  let k = round(x * 1.4426950408889634);
  let r = x - k * 0.6931471805599453;
  var y = r * 1.98412698e-4 + 1.388888889e-3;
  y = y * r + 8.333333333e-3;
  y = y * r + 4.166666667e-2;
  y = y * r + 1.666666667e-1;
  y = y * r + 0.5;
  y = r + r * r * y;
  let scale = bitcast<vec4f>((vec4i(k) + vec4i(127)) << vec4u(23u));
  return scale * y + (scale - 1.0);
}
