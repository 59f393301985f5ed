// SGD by the block bridge (docs/paths.md, "SGD", bridge), one dispatch a step: workgroup (block, replica). All workgroups of
// a replica draw the same block residuals from the sums S_b of the last step, and each updates its own block and writes its
// new S_b into the other half of `sums`. With FLAG_SUMS_ONLY the state stays and S_b is written, before the first step.
// A mini-batch of more than slice_samples is drawn in several dispatches: all but the last only add to what is kept of it.
// Dispatch: x = blocks, y = replicas; dispatch.sample: the slice's first. Twin: src/cpu/reference/sgd-bridge.ts.

// S_b of [parity][replica][block_stride], then r_0, sum_j r_j^2, sum_j r_j r_(b,j) of [replica][block] (in fours) between slices.
@group(0) @binding(7) var<storage, read_write> sums: array<f32>;

var<workgroup> label_noise: array<vec4f, 2>;
var<workgroup> own_residual: array<vec4f, 2>;    // r_(b,j) of this block for the four samples of a group

// Normals of four neighbouring blocks times sqrt(S_b).
fn block_residuals(replica: u32, step: vec2u, sample: u32, row: u32, four: u32) -> vec4f {
  let at = row + 4u * four;
  let s = vec4f(sums[at], sums[at + 1u], sums[at + 2u], sums[at + 3u]);
  return sqrt(s) * random_normals(replica, STREAM_BRIDGE, step, sample, four);
}

@compute @workgroup_size(WORKGROUP)
fn sgd_streamed(in: Invocation) {
  let place = place_of(in.group);
  let block = place.x;
  let replica = params.first_replica + place.y;
  let first = block * params.block_quads;
  let quads = min(params.block_quads, params.quads - first);
  let offset = place.y * params.quads + first;
  let parity = dispatch.flags & FLAG_PARITY;
  let row = (parity * params.replicas + place.y) * params.block_stride;
  let next = ((1u - parity) * params.replicas + place.y) * params.block_stride;
  let only_sums = (dispatch.flags & FLAG_SUMS_ONLY) != 0u;
  let kept = 2u * params.replicas * params.block_stride + 4u * (place.y * params.blocks + block);
  let start = dispatch.sample;
  let end = select(min(start + params.slice_samples, params.batch), start, only_sums);
  let last = only_sums || end == params.batch;
  let step = step_of(dispatch.first);
  var alive = atomicLoad(&status[place.y].failed) == 0u;
  // Read here, so that they are there when the reduction ends.
  let coefficient = schedule.entries[dispatch.first].x;
  let s_old = sums[row + block];

  // a = sqrt(lambda) e and g of the block, and s_b = sum a g.
  var x: array<Quad, KEPT>;
  var a: array<vec4f, QUADS>;
  var g: array<vec4f, QUADS>;
  var lanes = array<Sum, LANES>();
  for (var n = 0u; n < QUADS; n++) {
    let quad = in.thread + WORKGROUP * n;
    if (last && quad < quads) {
      let q = load_quad(offset + quad);
      if (KEEP) {
        x[n % KEPT] = q;
      }
      a[n] = root_lambda(first + quad) * quad_error(q);
      g[n] = features(replica, step, 0u, first + quad);
      lanes[n % LANES].y += sum4(a[n] * g[n]);
    }
  }

  // Residuals: r_j = sum_b r_(b,j) / sqrt(d) - sigma eps_j.
  var s_block = 0.0;
  var first_r = 0.0;       // r_0
  var squares = 0.0;       // sum_j r_j^2
  var products = 0.0;      // sum_j r_j r_(b,j)
  if (MINI_BATCH && start > 0u) {
    first_r = sums[kept];
    squares = sums[kept + 1u];
    products = sums[kept + 2u];
  }
  for (var group = start; group < end; group += GROUP) {
    if (group > start) {
      for (var n = 0u; n < LANES; n++) {
        lanes[n] = Sum();
      }
    }
    let slot = reduce_parity;
    for (var n = 0u; n < BLOCK_FOURS; n++) {
      let four = in.thread + WORKGROUP * n;
      if (4u * four < params.blocks) {
        for (var j = 0u; j < GROUP; j++) {
          if (group + j < end) {
            let r = block_residuals(replica, step, group + j, row, four);
            if (MINI_BATCH) {
              // .y of the first group holds s_b too, so samples use the components x, z, w.
              lanes[n % LANES][select(0u, j + 1u, j > 0u)] += sum4(r);
            } else {
              lanes[n % LANES].x += sum4(r);
            }
            if (four == block / 4u) {
              own_residual[slot][j] = r[block % 4u];
            }
          }
        }
      }
    }
    if (LABEL_NOISE && in.thread == 0u) {
      label_noise[slot] = vec4f();
      for (var j = 0u; j < GROUP; j++) {
        let index = group + j;
        label_noise[slot][j] = random_normals(replica, STREAM_LABEL_NOISE, step, 0u, index / 4u)[index % 4u];
      }
    }
    let total = reduce_lanes(in, &lanes);
    if (group == start) {
      s_block = total.y;
    }
    for (var j = 0u; j < GROUP; j++) {
      if (group + j < end) {
        var r = total[select(0u, j + 1u, j > 0u)] * params.inverse_root_d;
        if (LABEL_NOISE) {
          r -= params.sigma * label_noise[slot][j];
        }
        if (alive && exceeds(r, params.limit)) {
          alive = false;
          if (block == 0u && in.thread == 0u) {
            report_failure(place.y, dispatch.first, abs(r));
          }
        }
        if (group + j == 0u) {
          first_r = r;
        }
        squares += r * r;
        products += r * own_residual[slot][j];
      }
    }
  }

  if (MINI_BATCH && !last) {
    if (in.thread == 0u) {
      sums[kept] = first_r;
      sums[kept + 1u] = squares;
      sums[kept + 2u] = products;
    }
    return;
  }

  // G = A a + rho (g - a s_b / S_b); the terms over S_b are 0 where S_b = 0.
  var rho = first_r;
  if (MINI_BATCH) {
    rho = sign(first_r) * sqrt(squares) * params.inverse_batch;
  }
  var along = 0.0;
  if (s_old > 0.0) {
    along = (products * params.inverse_batch - rho * s_block) / s_old;
  }
  let moves = alive && !only_sums;
  for (var n = 0u; n < LANES; n++) {
    lanes[n] = Sum();
  }
  for (var n = 0u; n < QUADS; n++) {
    let quad = in.thread + WORKGROUP * n;
    if (quad < quads) {
      var error = a[n];
      if (moves) {
        var q: Quad;
        if (KEEP) {
          q = x[n % KEPT];
        } else {
          q = load_quad(offset + quad);
        }
        let root = root_lambda(first + quad);
        let alpha = coefficient * root * (along * a[n] + rho * g[n]);
        let moved = quad_multiply(&q, -alpha, alpha);
        store_quad(offset + quad, q, moved.folded);
        error = root * moved.e;
      }
      lanes[n % LANES].x += sum4(error * error);
    }
  }
  let s_new = reduce_lanes(in, &lanes).x;
  if (in.thread == 0u) {
    sums[next + block] = s_new;
  }
}
