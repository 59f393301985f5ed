// Plain SGD (docs/paths.md, "SGD", plain), many steps a dispatch: one workgroup holds one replica. Thread t has the quads
// t, t + WORKGROUP, ...; the residual is the only thing threads share, one reduction a step and sample group.
// Dispatch: x = replicas. Twin: src/cpu/reference/sgd-plain.ts.

var<workgroup> label_noise: array<vec4f, 2>;

@compute @workgroup_size(WORKGROUP)
fn sgd_resident(in: Invocation) {
  let replica = params.first_replica + in.group.x;
  let offset = in.group.x * params.quads;
  var alive = atomicLoad(&status[in.group.x].failed) == 0u;
  var x: array<Quad, QUADS>;
  var root: array<vec4f, QUADS>;
  var gradient: array<vec4f, QUADS>;   // one sample: its features; else the mean over samples of r g
  var folded: array<bool, QUADS>;
  for (var n = 0u; n < QUADS; n++) {
    let quad = in.thread + WORKGROUP * n;
    if (quad < params.quads) {
      x[n] = load_quad(offset + quad);
      root[n] = root_lambda(quad);
    }
  }
  var factor = 0.0;                    // (g / sqrt d) r of the step before; 0 once the replica has failed
  for (var k = 0u; k <= dispatch.count; k++) {
    let step = step_of(dispatch.first + k);
    var lanes = array<Sum, LANES>();
    for (var n = 0u; n < QUADS; n++) {
      let quad = in.thread + WORKGROUP * n;
      if (quad < params.quads) {
        if (k > 0u) {
          let alpha = factor * root[n] * gradient[n];
          folded[n] = quad_multiply(&x[n], -alpha, alpha) || folded[n];
        }
        if (k < dispatch.count) {
          let a = root[n] * quad_error(x[n]);
          if (MINI_BATCH) {
            gradient[n] = vec4f();
            for (var j = 0u; j < 4u; j++) {
              if (j < params.batch) {
                lanes[n % LANES][j] += sum4(a * features(replica, step, j, quad));
              }
            }
          } else {
            gradient[n] = features(replica, step, 0u, quad);
            lanes[n % LANES].x += sum4(a * gradient[n]);
          }
        }
      }
    }
    if (k == dispatch.count) {
      break;
    }
    let coefficient = schedule.entries[dispatch.first + k].x;
    if (!MINI_BATCH) {
      let noise_slot = reduce_parity;
      if (LABEL_NOISE && in.thread == 0u) {
        label_noise[noise_slot] = random_normals(replica, STREAM_LABEL_NOISE, step, 0u, 0u);
      }
      var r = reduce_lanes(in, &lanes).x * params.inverse_root_d;
      if (LABEL_NOISE) {
        r -= params.sigma * label_noise[noise_slot].x;
      }
      if (alive && exceeds(r, params.limit)) {
        alive = false;
        if (in.thread == 0u) {
          report_failure(in.group.x, dispatch.first + k, abs(r));
        }
      }
      factor = select(0.0, coefficient * r, alive);
      continue;
    }
    // Four samples at a time: their residuals, then their share of the gradient. The first four dot products are made above.
    for (var group = 0u; group < params.batch; group += 4u) {
      if (group > 0u) {
        for (var n = 0u; n < LANES; n++) {
          lanes[n] = Sum();
        }
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
      }
      let noise_slot = reduce_parity;
      if (LABEL_NOISE && in.thread == 0u) {
        label_noise[noise_slot] = random_normals(replica, STREAM_LABEL_NOISE, step, 0u, group / 4u);
      }
      var r = reduce_lanes(in, &lanes) * params.inverse_root_d;
      for (var j = 0u; j < 4u; j++) {
        if (LABEL_NOISE) {
          r[j] -= params.sigma * label_noise[noise_slot][j];
        }
        if (group + j < params.batch && alive && exceeds(r[j], params.limit)) {
          alive = false;
          if (in.thread == 0u) {
            report_failure(in.group.x, dispatch.first + k, abs(r[j]));
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
    factor = select(0.0, coefficient * params.inverse_batch, alive);
    if (!alive) {
      for (var n = 0u; n < QUADS; n++) {
        gradient[n] = vec4f();
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
