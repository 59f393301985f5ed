// One SDE step, in its parts (docs/paths.md, "SDE"; docs/theory.md, "SDE" and "Exact one-dimensional reduction"). SCHEME: 0 strang, 1 euler, 2 euler-uv.
// The state is the multiplicative one of lib/model.wgsl, so h = p q needs no copy: it is the product of the state.
// Twin: src/cpu/reference.

// Drift flow over G = integral of g dt, exact. With Omega = sqrt(4 b^2 + h^2), A+ = 2b + Omega, B+ = Omega - 2b = h^2 / A+ and
// phi = (1 - exp(-lambda Omega G)) / Omega, the squares A = p^2 and B = q^2 move by
//     A' / A = B / B' = (2 + lambda (B - B+) phi) / (2 + lambda (A - A+) phi),
// and A - A+, B - B+ are multiples of e that need no subtraction: with F = 4 e / (A+ + B) they are F A+ and -F B
// (b > 0), with F = 4 e / (B+ + A) they are F A and -F B+ (b < 0). One form serves p = 0 and q = 0 too.
fn sde_flow(x: ptr<function, Quad>, lambda: vec4f, b: vec4f, G: f32) -> bool {
  let p = quad_p(*x);
  let q = quad_q(*x);
  let A = p * p;
  let B = q * q;
  let e = quad_error(*x);
  let h = p * q;
  let omega = sqrt(4.0 * b * b + h * h);
  let up = (b > vec4f()) | ((b == vec4f()) & (B > A));
  let wide = 2.0 * abs(b) + omega;                     // A+ if up, B+ if not
  let below = wide + select(A, B, up);
  let F = 4.0 * e / select(below, vec4f(1.0), below == vec4f());
  let from_a = F * select(A, wide, up);                // A - A+
  let from_b = -F * select(wide, B, up);               // B - B+
  let rate = lambda * omega * G;
  let small = rate < vec4f(1e-6);
  let phi = G * select(-expm1_4(-rate) / select(rate, vec4f(1.0), small), vec4f(1.0) - 0.5 * rate, small);
  let s = lambda * phi;
  // (A' / A) - 1 and (B' / B) - 1; B - B+ - (A - A+) = -4 e.
  let wp = -4.0 * e * s / (2.0 + from_a * s);
  let wq = 4.0 * e * s / (2.0 + from_b * s);
  let far = rate > vec4f(1.0);
  if (!any(far)) {
    return quad_multiply(x, wp / (1.0 + sqrt(1.0 + wp)), wq / (1.0 + sqrt(1.0 + wq))).folded;
  }
  // Over long flows 2 + (A - A+) s and 1 + wq are small differences: the same as sums of what is not negative, with
  // D = (A (1 - E) + A+ E + B+) / Omega and its mirror image, E = exp(-rate): A' / A = D_q / D_p. Beyond 80 only E would underflow.
  let divisor = select(vec4f(1.0), wide, far);
  let narrow = h * (h / divisor);
  let a_plus = select(narrow, wide, up);
  let b_plus = select(wide, narrow, up);
  let E = exp(-min(rate, vec4f(80.0)));
  let over = select(vec4f(1.0), omega, far);
  let dp = select(vec4f(1.0), (A * (1.0 - E) + a_plus * E + b_plus) / over, far);
  let dq = select(vec4f(1.0), (B * (1.0 - E) + b_plus * E + a_plus) / over, far);
  let ratio = sqrt(dq / dp);
  let near_p = select(wp / (1.0 + sqrt(1.0 + wp)), vec4f(), far);
  let near_q = select(wq / (1.0 + sqrt(1.0 + wq)), vec4f(), far);
  _ = quad_multiply(x, near_p, near_q);
  let next_p = p * ratio;
  let next_q = q / ratio;
  // A multiple of e keeps the digits of a small one; of a large one it would leave the rounding.
  let kept = e * (1.0 - s * (A / dp + B / dq));
  quad_place(x, far, next_p, next_q, select(error_at(next_p, next_q, b), kept, abs(e) < abs(b)));
  return true;
}

// beta - b from p and q: its error is that of b and of their squares.
fn error_at(p: vec4f, q: vec4f, b: vec4f) -> vec4f {
  return 0.25 * (p - q) * (p + q) - b;
}

// Everything of a step but the half flows: noise of variance clock I = g^2 R tau / m; drift too where the scheme is Euler's.
fn sde_kick(x: ptr<function, Quad>, root: vec4f, b: vec4f, z: vec4f, g: f32, tau: f32, I: f32) -> bool {
  let lambda = root * root;
  let noise = root * sqrt(2.0 * I) * z;
  if (SCHEME == 2u) {
    let alpha = g * tau * lambda * quad_error(*x) - noise;
    return quad_multiply(x, -alpha, alpha).folded;
  }
  var shift = noise;
  if (SCHEME == 1u) {
    shift -= g * tau * lambda * quad_error(*x);
  }
  let sink = lambda * I;
  let far = abs(shift) + sink > vec4f(1.0);
  if (!any(far)) {
    return quad_multiply(x, expm1_4(shift - sink), expm1_4(-shift - sink)).folded;
  }
  // Where 1 + expm1 is a small difference: the factors themselves.
  let next_p = quad_p(*x) * exp(min(shift - sink, vec4f(80.0)));
  let next_q = quad_q(*x) * exp(min(-shift - sink, vec4f(80.0)));
  let near_p = select(expm1_4(shift - sink), vec4f(), far);
  let near_q = select(expm1_4(-shift - sink), vec4f(), far);
  _ = quad_multiply(x, near_p, near_q);
  quad_place(x, far, next_p, next_q, error_at(next_p, next_q, b));
  return true;
}

// lambda e^2 and lambda^2 (kappa^2 + 2 e beta), kappa = (p^2 + q^2) / 2: summed over coordinates they give R and N / R.
fn sde_energies(x: Quad, root: vec4f) -> vec2f {
  let p = quad_p(x);
  let q = quad_q(x);
  let e = quad_error(x);
  let lambda = root * root;
  let kappa = 0.5 * (p * p + q * q);
  let beta = 0.25 * (p - q) * (p + q);
  return vec2f(sum4(lambda * e * e), sum4(lambda * lambda * (kappa * kappa + 2.0 * e * beta)));
}

fn twice_risk(energies: vec2f) -> f32 {
  return energies.x * params.inverse_d + params.sigma * params.sigma;
}

// The clock I of an interacting step: g^2 (R / m) tau, for Strang with R carried to the middle of the step by its noise rate.
fn sde_clock(energies: vec2f, g: f32, tau: f32) -> f32 {
  let clock = 0.5 * twice_risk(energies) * params.inverse_batch * g * g * tau;
  if (SCHEME != 0u) {
    return clock;
  }
  let growth = min(g * g * params.inverse_batch * params.inverse_d * energies.y, 1.0 / tau);
  return clock * exp(0.5 * tau * growth);
}

// Integral of g over the flow after step `entry`: its second half and, unless the dispatch stops there, the next step's first.
fn sde_flow_after(entry: u32, stops: bool) -> f32 {
  let now = schedule.entries[entry];
  let half = 0.5 * now.x * now.y;
  if (stops) {
    return half;
  }
  let after = schedule.entries[entry + 1u];
  return half + 0.5 * after.x * after.y;
}
