// Plain SGD with one sample a step (docs/paths.md, "SGD", plain), many steps a dispatch: one workgroup holds one replica.
// Thread t has the quads t, t + WORKGROUP, ...; the residual is the only thing that threads share, one reduction a step.
// Dispatch: x = replicas. Twin: src/cpu/reference/sgd-plain.ts.

var<workgroup> label_noise: array<f32, 2>;

@compute @workgroup_size(WORKGROUP)
fn sgd_resident(in: Invocation) {
  let row = place_of(in.group).x;
  let replica = params.first_replica + row;
  let offset = row * params.quads;
  var alive = atomicLoad(&status[row].failed) == 0u;
  var x: array<Quad, QUADS>;
  var root: array<vec4f, QUADS>;
  var drawn: array<vec4f, QUADS>;  // x = sqrt(lambda) g
  var folded: array<bool, QUADS>;
  for (var n = 0u; n < QUADS; n++) {
    let quad = in.thread + WORKGROUP * n;
    if (quad < params.quads) {
      x[n] = load_quad(offset + quad);
      root[n] = root_lambda(quad);
    }
  }
  var factor = 0.0;  // (g / sqrt d) r of the step before; 0 once the replica has failed
  for (var k = 0u; k <= dispatch.count; k++) {
    let step = step_of(dispatch.first + k);
    // Read here, so that it is there when the reduction ends.
    let coefficient = schedule.entries[dispatch.first + k].x;
    // Explicit: a software driver does not clear variables of a loop's body each time round.
    var lanes = array<Sum, LANES>();
    for (var n = 0u; n < QUADS; n++) {
      let quad = in.thread + WORKGROUP * n;
      if (quad < params.quads) {
        // The update of the step before and the features of this one, in one pass.
        var e: vec4f;
        if (k > 0u) {
          let alpha = factor * drawn[n];
          // A copy: Naga cannot pass a pointer to an element of an array.
          var q = x[n];
          let moved = quad_multiply(&q, -alpha, alpha);
          x[n] = q;
          folded[n] = folded[n] || moved.folded;
          e = moved.e;
        } else {
          e = quad_error(x[n]);
        }
        if (k < dispatch.count) {
          drawn[n] = root[n] * features(replica, step, 0u, quad);
          lanes[n % LANES] += sum4(e * drawn[n]);
        }
      }
    }
    if (k == dispatch.count) {
      break;
    }
    let slot = reduce_parity;
    if (LABEL_NOISE && in.thread == 0u) {
      label_noise[slot] = random_normals(replica, STREAM_LABEL_NOISE, step, 0u, 0u).x;
    }
    var r = reduce_lanes(in, &lanes) * params.inverse_root_d;
    if (LABEL_NOISE) {
      r -= params.sigma * label_noise[slot];
    }
    if (alive && exceeds(r, params.limit)) {
      alive = false;
      if (in.thread == 0u) {
        report_failure(row, dispatch.first + k, abs(r));
      }
    }
    factor = select(0.0, coefficient * r, alive);
  }
  for (var n = 0u; n < QUADS; n++) {
    let quad = in.thread + WORKGROUP * n;
    if (quad < params.quads) {
      store_quad(offset + quad, x[n], folded[n]);
    }
  }
}
