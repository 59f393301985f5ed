// State of four neighbouring coordinates, and its multiplicative updates (docs/theory.md, "Hyperbolic coordinates" and
// "Keeping small steps in f32").
//
// p = P (1 + dp), q = Q (1 + dq), and e = E + (P^2 (2 dp + dp^2) - Q^2 (2 dq + dq^2)) / 4. A step that multiplies p by 1 + a
// changes dp to dp + a + a dp, so a is kept down to 2^-24 of dp, not of 1. E is e at dp = dq = 0, kept as a number of its own:
// subtracting b from (p^2 - q^2) / 4 again would cost the digits that a small e has.

struct Quad {
  P: vec4f,
  Q: vec4f,
  E: vec4f,
  dp: vec4f,
  dq: vec4f,
}

// dp and dq are folded into P, Q, E where they exceed FOLD (their own grain 2^-24 FOLD then equals the rounding of P over the
// steps in between), or where e is a small difference of large parts. A fold changes e by its rounding only.
const FOLD = 0.03125;
const CANCELLATION = 32.0;

@group(0) @binding(4) var<storage, read_write> anchors: array<vec4f>; // planes P, Q, E of [replica][quad]
@group(0) @binding(5) var<storage, read_write> deltas: array<vec4f>;  // planes dp, dq (and, with sliced batches, a gradient: sgd-two-pass.wgsl)
@group(0) @binding(6) var<storage, read> coefficients: array<vec4f>;  // planes sqrt(lambda), b of [quad]

fn quad_moved(x: Quad) -> vec4f {
  return 0.25 * (x.P * x.P * (x.dp * (2.0 + x.dp)) - x.Q * x.Q * (x.dq * (2.0 + x.dq)));
}

// e = beta - b.
fn quad_error(x: Quad) -> vec4f {
  return x.E + quad_moved(x);
}

fn quad_p(x: Quad) -> vec4f {
  return x.P + x.P * x.dp;
}

fn quad_q(x: Quad) -> vec4f {
  return x.Q + x.Q * x.dq;
}

struct Moved {
  folded: bool, // P, Q or E changed
  e: vec4f,     // the new error: what quad_error would give, without its cost
}

// p <- p (1 + ap), q <- q (1 + aq).
fn quad_multiply(x: ptr<function, Quad>, ap: vec4f, aq: vec4f) -> Moved {
  (*x).dp += ap + ap * (*x).dp;
  (*x).dq += aq + aq * (*x).dq;
  let moved = quad_moved(*x);
  let e = (*x).E + moved;
  let fold = (abs((*x).dp) > vec4f(FOLD)) | (abs((*x).dq) > vec4f(FOLD)) | (abs(moved) > CANCELLATION * abs(e));
  if (!any(fold)) {
    return Moved(false, e);
  }
  (*x).P = select((*x).P, quad_p(*x), fold);
  (*x).Q = select((*x).Q, quad_q(*x), fold);
  (*x).E = select((*x).E, e, fold);
  (*x).dp = select((*x).dp, vec4f(), fold);
  (*x).dq = select((*x).dq, vec4f(), fold);
  return Moved(true, e);
}

// Puts lanes elsewhere: p, q and e, to which they must belong.
fn quad_place(x: ptr<function, Quad>, lanes: vec4<bool>, p: vec4f, q: vec4f, e: vec4f) {
  (*x).P = select((*x).P, p, lanes);
  (*x).Q = select((*x).Q, q, lanes);
  (*x).E = select((*x).E, e, lanes);
  (*x).dp = select((*x).dp, vec4f(), lanes);
  (*x).dq = select((*x).dq, vec4f(), lanes);
}

fn load_quad(at: u32) -> Quad {
  let plane = params.quads * params.replicas;
  return Quad(anchors[at], anchors[plane + at], anchors[2u * plane + at], deltas[at], deltas[plane + at]);
}

fn store_quad(at: u32, x: Quad, folded: bool) {
  let plane = params.quads * params.replicas;
  deltas[at] = x.dp;
  deltas[plane + at] = x.dq;
  if (folded) {
    anchors[at] = x.P;
    anchors[plane + at] = x.Q;
    anchors[2u * plane + at] = x.E;
  }
}

// sqrt(lambda), 0 on padding. UNIT_SPECTRUM: all are 1 and there is no padding, so they need not be read.
fn root_lambda(quad: u32) -> vec4f {
  if (UNIT_SPECTRUM) {
    return vec4f(1.0);
  }
  return coefficients[quad];
}

fn target_b(quad: u32) -> vec4f {
  return coefficients[params.quads + quad];
}

fn sum4(x: vec4f) -> f32 {
  return (x.x + x.y) + (x.z + x.w);
}
