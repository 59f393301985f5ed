// Mini-batch SGD by the block bridge (docs/paths.md, "SGD", bridge), one dispatch a step: workgroup (block, replica). The step before has left
// S_b = sum a^2 and s_b = sum a g of its block, a = sqrt(lambda) e, g the features of this step. All workgroups of a replica draw the
// same block residuals from the S_b, so each knows what moves its block before it reads it, and passes over it once: it moves a quad
// and adds up its part of the next S_b and s_b. For that it draws the features of the next step too: less dear than two passes over
// the state, or keeping it or g in between.
// With FLAG_SUMS_ONLY the state stays, and S_b and s_b are those of the step itself, before the first one.
// A mini-batch of more than slice_samples is drawn in several dispatches: all but the last only add to what is kept of it.
// With FLAG_COUNTED entry and parity are those of the submission's start, and the counter is added to both.
// Dispatch: x = blocks, y = replicas; dispatch.sample: the slice's first. Twin: src/cpu/reference/sgd-bridge.ts.

// S_b of [parity][replica][block_stride], then, of [replica][block] in fours, s_b and, between slices, r_0, sum_j r_j^2, sum_j r_j r_(b,j).
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
  let counted = steps_counted();
  let entry = dispatch.first + counted;
  let parity = (dispatch.flags + counted) & FLAG_PARITY;
  let row = (parity * params.replicas + place.y) * params.block_stride;
  let next = ((1u - parity) * params.replicas + place.y) * params.block_stride;
  let only_sums = (dispatch.flags & FLAG_SUMS_ONLY) != 0u;
  let own = 2u * params.replicas * params.block_stride + 4u * (place.y * params.blocks + block);
  let start = dispatch.sample;
  let end = select(min(start + params.slice_samples, params.batch), start, only_sums);
  let last = only_sums || end == params.batch;
  let step = step_of(entry);
  var alive = atomicLoad(&status[place.y].failed) == 0u;
  // Read here, so that they are there when the reduction ends.
  let coefficient = schedule.entries[entry].x;
  let s_old = sums[row + block];
  let s_block = sums[own];

  // The thread's first quad, so that it is there when the residuals are.
  var quad = in.thread;
  var q: Quad;
  var g: vec4f;
  if (last && quad < quads) {
    q = load_quad(offset + quad);
    g = features(replica, step, 0u, first + quad);
  }

  // Residuals: r_j = sum_b r_(b,j) / sqrt(d) - sigma eps_j.
  var first_r = 0.0;       // r_0
  var squares = 0.0;       // sum_j r_j^2
  var products = 0.0;      // sum_j r_j r_(b,j)
  if (start > 0u) {
    first_r = sums[own + 1u];
    squares = sums[own + 2u];
    products = sums[own + 3u];
  }
  for (var group = start; group < end; group += GROUP) {
    var lanes = array<Sum, LANES>();
    let slot = reduce_parity;
    for (var n = 0u; n < BLOCK_FOURS; n++) {
      let four = in.thread + WORKGROUP * n;
      if (4u * four < params.blocks) {
        for (var j = 0u; j < GROUP; j++) {
          if (group + j < end) {
            let r = block_residuals(replica, step, group + j, row, four);
            lanes[n % LANES][j] += sum4(r);
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
    for (var j = 0u; j < GROUP; j++) {
      if (group + j < end) {
        var r = total[j] * params.inverse_root_d;
        if (LABEL_NOISE) {
          r -= params.sigma * label_noise[slot][j];
        }
        if (alive && exceeds(r, params.limit)) {
          alive = false;
          if (block == 0u && in.thread == 0u) {
            report_failure(place.y, entry, abs(r));
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

  if (!last) {
    if (in.thread == 0u) {
      sums[own + 1u] = first_r;
      sums[own + 2u] = squares;
      sums[own + 3u] = products;
    }
    return;
  }

  // G = A a + rho (g - a s_b / S_b); the terms over S_b are 0 where S_b = 0.
  let rho = sign(first_r) * sqrt(squares) * params.inverse_batch;
  var along = 0.0;
  if (s_old > 0.0) {
    along = (products * params.inverse_batch - rho * s_block) / s_old;
  }
  let moves = alive && !only_sums;
  let ahead = step_of(entry + select(1u, 0u, only_sums));
  var lanes = array<Sum, LANES>();
  for (var n = 0u; n < QUADS; n++) {
    if (quad < quads) {
      let root = root_lambda(first + quad);
      var a = root * quad_error(q);
      if (moves) {
        let alpha = coefficient * root * (along * a + rho * g);
        let moved = quad_multiply(&q, -alpha, alpha);
        store_quad(offset + quad, q, moved.folded);
        a = root * moved.e;
      }
      lanes[n % LANES].x += sum4(a * a);
      lanes[n % LANES].y += sum4(a * features(replica, ahead, 0u, first + quad));
      quad += WORKGROUP;
      if (quad < quads) {
        q = load_quad(offset + quad);
        g = features(replica, step, 0u, first + quad);
      }
    }
  }
  let total = reduce_lanes(in, &lanes);
  if (in.thread == 0u) {
    sums[next + block] = total.x;
    sums[own] = total.y;
    count_step();
  }
}
