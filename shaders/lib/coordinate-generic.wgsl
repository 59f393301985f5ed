// What statistics and step sizes read of one coordinate, of any model (lib/dynamics.wgsl).

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
  let p = x.P[i] + x.dp[i];
  let q = x.Q[i] + x.dq[i];
  let e = x.E[i] + moved_by(x.P[i], x.Q[i], x.dp[i], x.dq[i]);
  // u and v are linear in p and q: large parts first, where they cancel.
  let u = model_u(x.P[i], x.Q[i]) + model_u(x.dp[i], x.dq[i]);
  let v = model_v(x.P[i], x.Q[i]) + model_v(x.dp[i], x.dq[i]);
  // Where b = 0 the error is beta, and has an exponent of its own.
  let beta = select(model_beta(p, q), e, b == 0.0);
  let s = elementary_log(max(abs(p), SMALLEST)) + elementary_log(max(abs(q), SMALLEST));
  return Coordinate(u, v, beta, e, model_kappa(p, q), model_bend(p, q), s, min(abs(p), abs(q)) >= SMALLEST);
}
