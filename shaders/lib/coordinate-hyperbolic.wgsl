// What statistics read of one coordinate, of the models of depth two in hyperbolic coordinates (src/problem/hyperbolic.ts).

struct Coordinate {
  u: f32,
  v: f32,
  beta: f32,
  e: f32,
  kappa: f32,
  bend: f32,
  s: f32,
  has_s: bool,  // log|p q| is known: p and q may be 0 or have fallen below the range of f32
}

// The smallest number with all the digits of f32.
const SMALLEST = 1.1754944e-38;

fn coordinate(x: Quad, i: u32, b: f32) -> Coordinate {
  let p = x.P[i] + x.P[i] * x.dp[i];
  let q = x.Q[i] + x.Q[i] * x.dq[i];
  // p - q and p + q without the rounding of p and q: one of them is a small weight, or makes a small beta.
  let difference = (x.P[i] - x.Q[i]) + (x.P[i] * x.dp[i] - x.Q[i] * x.dq[i]);
  let total = (x.P[i] + x.Q[i]) + (x.P[i] * x.dp[i] + x.Q[i] * x.dq[i]);
  let e = quad_error(x)[i];
  // PARAMETRIZATION: 0 product, 1 difference, 2 square.
  let u = select(0.5 * p, 0.5 * total, PARAMETRIZATION == 0u);
  let v = select(select(0.0, 0.5 * q, PARAMETRIZATION == 1u), 0.5 * difference, PARAMETRIZATION == 0u);
  // Where b = 0 the error is beta, and has an exponent of its own.
  let beta = select(0.25 * difference * total, e, b == 0.0);
  let kappa = select(1.0, 0.5, PARAMETRIZATION == 0u) * (p * p + q * q);
  let bend = select(8.0, 2.0, PARAMETRIZATION == 0u) * beta;
  let s = elementary_log(max(abs(p), SMALLEST)) + elementary_log(max(abs(q), SMALLEST));
  return Coordinate(u, v, beta, e, kappa, bend, s, min(abs(p), abs(q)) >= SMALLEST);
}
