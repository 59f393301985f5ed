// Plain SGD with m > 1 samples a step (docs/paths.md, "SGD", plain), many steps a dispatch: one workgroup holds one replica.
// Four samples at a time: their residuals in one reduction, then their share of the gradient with the features drawn again.
// Dispatch: x = replicas. Twin: src/cpu/reference/sgd-plain.ts.

var<workgroup> label_noise: array<vec4f, 2>;

@compute @workgroup_size(WORKGROUP)
fn sgd_resident_batch(in: Invocation) {
  let row = place_of(in.group).x;
  let replica = params.first_replica + row;
  let offset = row * params.quads;
  var alive = atomicLoad(&status[row].failed) == 0u;
  var x: array<Quad, QUADS>;
  var root: array<vec4f, QUADS>;
  var gradient: array<vec4f, QUADS>;  // sum_j r_j g^(j)
  var folded: array<bool, QUADS>;
  for (var n = 0u; n < QUADS; n++) {
    let quad = in.thread + WORKGROUP * n;
    if (quad < params.quads) {
      x[n] = load_quad(offset + quad);
      root[n] = root_lambda(quad);
    }
  }
  for (var k = 0u; k < dispatch.count; k++) {
    let step = step_of(dispatch.first + k);
    for (var n = 0u; n < QUADS; n++) {
      gradient[n] = vec4f();
    }
    for (var group = 0u; group < params.batch; group += 4u) {
      var lanes = array<Sum, LANES>();
      for (var n = 0u; n < QUADS; n++) {
        let quad = in.thread + WORKGROUP * n;
        if (quad < params.quads) {
          let a = root[n] * quad_error(x[n]);
          for (var j = 0u; j < 4u; j++) {
            if (group + j < params.batch) {
              lanes[n % LANES][j] += sum4(a * features(replica, step, group + j, quad));
            }
          }
        }
      }
      let slot = reduce_parity;
      if (LABEL_NOISE && in.thread == 0u) {
        label_noise[slot] = random_normals(replica, STREAM_LABEL_NOISE, step, 0u, group / 4u);
      }
      var r = reduce_lanes(in, &lanes) * params.inverse_root_d;
      if (LABEL_NOISE) {
        r -= params.sigma * label_noise[slot];
      }
      for (var j = 0u; j < 4u; j++) {
        if (group + j < params.batch && alive && exceeds(r[j], params.limit)) {
          alive = false;
          if (in.thread == 0u) {
            report_failure(row, dispatch.first + k, abs(r[j]));
          }
        }
      }
      for (var n = 0u; n < QUADS; n++) {
        let quad = in.thread + WORKGROUP * n;
        if (quad < params.quads) {
          for (var j = 0u; j < 4u; j++) {
            if (group + j < params.batch) {
              gradient[n] += r[j] * features(replica, step, group + j, quad);
            }
          }
        }
      }
    }
    if (alive) {
      let factor = schedule.entries[dispatch.first + k].x * params.inverse_batch;
      for (var n = 0u; n < QUADS; n++) {
        let alpha = factor * root[n] * gradient[n];
        // A copy: Naga cannot pass a pointer to an element of an array.
        var q = x[n];
        let moved = quad_multiply(&q, -alpha, alpha);
        x[n] = q;
        folded[n] = folded[n] || moved.folded;
      }
    }
  }
  for (var n = 0u; n < QUADS; n++) {
    let quad = in.thread + WORKGROUP * n;
    if (quad < params.quads) {
      store_quad(offset + quad, x[n], folded[n]);
    }
  }
}
