// A model from its expressions (src/dynamics/models), whose WGSL stands in place of the markers; twin: src/cpu/reference/generic.
//
// A weight is held as W + d, added up in d, and e = E + what d moves: the small steps of a large weight, and a small error, keep the digits of f32
// (docs/theory.md, "Keeping small steps in f32"). Planes and buffers are those of lib/model.wgsl, where d is a factor instead.

fn model_u(p: f32, q: f32) -> f32 {
  //! u
}

fn model_v(p: f32, q: f32) -> f32 {
  //! v
}

fn model_beta(p: f32, q: f32) -> f32 {
  //! beta
}

fn model_kappa(p: f32, q: f32) -> f32 {
  //! kappa
}

fn model_bend(p: f32, q: f32) -> f32 {
  //! bend
}

// How a step moves w, its derivative, what a move by d does to beta, and the move along dw/ds = -direction over s.
fn direction_p(w: f32) -> f32 {
  //! direction p
}

fn direction_q(w: f32) -> f32 {
  //! direction q
}

fn slope_p(w: f32) -> f32 {
  //! slope p
}

fn slope_q(w: f32) -> f32 {
  //! slope q
}

fn moved_p(w: f32, d: f32) -> f32 {
  //! moved p
}

fn moved_q(w: f32, d: f32) -> f32 {
  //! moved q
}

fn flow_p(w: f32, s: f32) -> f32 {
  //! flow p
}

fn flow_q(w: f32, s: f32) -> f32 {
  //! flow q
}

fn moved_by(p: f32, q: f32, dp: f32, dq: f32) -> f32 {
  return moved_p(p, dp) + moved_q(q, dq);
}

// e = beta - b.
fn weights_error(x: Quad) -> vec4f {
  var e = x.E;
  for (var i = 0u; i < 4u; i++) {
    e[i] += moved_by(x.P[i], x.Q[i], x.dp[i], x.dq[i]);
  }
  return e;
}

// p <- p + ap, q <- q + aq. True if P, Q or E changed.
fn weights_add(x: ptr<function, Quad>, ap: vec4f, aq: vec4f, b: vec4f) -> bool {
  (*x).dp += ap;
  (*x).dq += aq;
  var folded = false;
  for (var i = 0u; i < 4u; i++) {
    let moved = moved_by((*x).P[i], (*x).Q[i], (*x).dp[i], (*x).dq[i]);
    let e = (*x).E[i] + moved;
    let isFar = abs((*x).dp[i]) > FOLD * abs((*x).P[i]) || abs((*x).dq[i]) > FOLD * abs((*x).Q[i]);
    if (isFar || abs(moved) > CANCELLATION * abs(e)) {
      let p = (*x).P[i] + (*x).dp[i];
      let q = (*x).Q[i] + (*x).dq[i];
      // A step that changes the weights by orders leaves the rounding of what they were: the difference is then the better one.
      let beta = model_beta(p, q);
      (*x).E[i] = select(e, beta - b[i], abs(moved) > 8.0 * (abs(beta) + abs(b[i])));
      (*x).P[i] = p;
      (*x).Q[i] = q;
      (*x).dp[i] = 0.0;
      (*x).dq[i] = 0.0;
      folded = true;
    }
  }
  return folded;
}
