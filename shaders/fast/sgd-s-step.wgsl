// Plain SGD of single samples (docs/paths.md, "SGD", plain; "In s steps a pass") with many workgroups a replica, one dispatch for two
// steps: workgroup (block, replica). A step moves p and q by 1 -+ a with a = w x, x the step's features times sqrt(lambda) and w = c r; so it
// takes e to e - a kappa + a^2 beta, kappa = (p^2 + q^2) / 2, beta = (p^2 - q^2) / 4, and the next residual, of features x', is a polynomial
// in this one's. The dispatch before has left each block's four coefficients: sum x e, sum x'e, sum x x' kappa, sum x^2 x' beta. All
// workgroups of a replica add them up over the blocks, so each knows both residuals before it reads its block, and passes over it once: it
// moves a quad by both steps and adds up its part of the next coefficients. For that it draws the features of four steps, or keeps
// those of the first KEPT of its two from the pass before.
// dispatch.count: 2, or 1 where a save time follows: what is known of the second step is then not used.
// With FLAG_SUMS_ONLY the state stays, and the coefficients are those of the pass itself, before the first one.
// With FLAG_COUNTED entry and parity are those of the submission's start, and the counter is added to both.
// Dispatch: x = blocks, y = replicas. Twins: src/cpu/reference/sgd-plain.ts, and step for step test/cpu/s-step.ts.

@group(0) @binding(7) var<storage, read_write> sums: array<vec4f>;  // coefficients of [parity][replica][block]

var<workgroup> label_noise: array<f32, 2>;

@compute @workgroup_size(WORKGROUP)
fn sgd_s_step(in: Invocation) {
  let place = place_of(in.group);
  let block = place.x;
  let replica = params.first_replica + place.y;
  let first = block * params.block_quads;
  let quads = min(params.block_quads, params.quads - first);
  let offset = place.y * params.quads + first;
  let kept = 2u * params.quads * params.replicas + offset;
  let plane = params.quads * params.replicas;
  let counted = steps_counted();
  let entry = dispatch.first + dispatch.count * counted;
  let parity = (dispatch.flags + counted) & FLAG_PARITY;
  let row = (parity * params.replicas + place.y) * params.blocks;
  let next = ((1u - parity) * params.replicas + place.y) * params.blocks;
  let only_sums = (dispatch.flags & FLAG_SUMS_ONLY) != 0u;
  let step = step_of(entry);
  let second = step_of(entry + 1u);
  var alive = atomicLoad(&status[place.y].failed) == 0u;
  // Read here, so that they are there when the reduction ends.
  let gains = vec2f(schedule.entries[entry].x, schedule.entries[entry + 1u].x);

  var lanes = array<Sum, LANES>();
  for (var n = 0u; n < BLOCK_ITEMS; n++) {
    let item = in.thread + WORKGROUP * n;
    if (item < params.blocks) {
      lanes[n % LANES] += sums[row + item];
    }
  }
  if (LABEL_NOISE && in.thread < 2u) {
    label_noise[in.thread] = random_normals(replica, STREAM_LABEL_NOISE, step_of(entry + in.thread), 0u, 0u).x;
  }
  // The thread's first quad, so that it is there when the residuals are.
  var quad = in.thread;
  var q: Quad;
  var g: vec4f;
  if (quad < quads) {
    q = load_quad(offset + quad);
    if (KEPT > 0u) {
      g = deltas[kept + quad];
    } else {
      g = features(replica, step, 0u, first + quad);
    }
  }
  let known = reduce_lanes(in, &lanes);

  // w of both steps.
  var w = vec2f();
  if (alive && !only_sums) {
    var r = known.x * params.inverse_root_d;
    if (LABEL_NOISE) {
      r -= params.sigma * label_noise[0];
    }
    if (exceeds(r, params.limit)) {
      alive = false;
      if (block == 0u && in.thread == 0u) {
        report_failure(place.y, entry, abs(r));
      }
    }
    w.x = gains.x * r;
    if (alive && dispatch.count == 2u) {
      r = (known.y - w.x * (known.z - w.x * known.w)) * params.inverse_root_d;
      if (LABEL_NOISE) {
        r -= params.sigma * label_noise[1];
      }
      if (exceeds(r, params.limit)) {
        alive = false;
        if (block == 0u && in.thread == 0u) {
          report_failure(place.y, entry + 1u, abs(r));
        }
      }
      w.y = gains.y * r;
    }
  }

  let moves = alive && !only_sums;
  let ahead = entry + select(dispatch.count, 0u, only_sums);
  let third = step_of(ahead);
  let fourth = step_of(ahead + 1u);
  lanes = array<Sum, LANES>();
  for (var n = 0u; n < QUADS; n++) {
    if (quad < quads) {
      let root = root_lambda(first + quad);
      var e: vec4f;
      if (moves) {
        // (1 - a)(1 - a') and (1 + a)(1 + a').
        var a = w.x * (root * g);
        var product = vec4f();
        if (dispatch.count == 2u) {
          var other: vec4f;
          if (KEPT > 1u) {
            other = deltas[kept + plane + quad];
          } else {
            other = features(replica, second, 0u, first + quad);
          }
          other = w.y * (root * other);
          product = a * other;
          a += other;
        }
        let moved = quad_multiply(&q, product - a, product + a);
        store_quad(offset + quad, q, moved.folded);
        e = moved.e;
      } else {
        e = quad_error(q);
      }
      let p2 = quad_p(q) * quad_p(q);
      let q2 = quad_q(q) * quad_q(q);
      let one = features(replica, third, 0u, first + quad);
      let two = features(replica, fourth, 0u, first + quad);
      if (KEPT > 0u) {
        deltas[kept + quad] = one;
      }
      if (KEPT > 1u) {
        deltas[kept + plane + quad] = two;
      }
      let x = root * one;
      let y = root * two;
      let xy = x * y;
      lanes[n % LANES] += vec4f(sum4(x * e), sum4(y * e), sum4(0.5 * xy * (p2 + q2)), sum4(0.25 * xy * x * (p2 - q2)));
      quad += WORKGROUP;
      if (quad < quads) {
        q = load_quad(offset + quad);
        if (KEPT > 0u) {
          g = deltas[kept + quad];
        } else {
          g = features(replica, step, 0u, first + quad);
        }
      }
    }
  }
  let total = reduce_lanes(in, &lanes);
  if (in.thread == 0u) {
    sums[next + block] = total;
    count_step();
  }
}
