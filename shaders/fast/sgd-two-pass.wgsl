// Plain SGD (docs/paths.md, "SGD", plain) with many workgroups a replica, for dimensions or batches too large for one: two
// dispatches a step. `residuals` writes each block's share of the residuals, `update` adds the shares up and moves the block;
// features are drawn twice. A batch of more than slice_samples is done slice by slice, two dispatches each: the gradient waits in
// the third plane of `deltas` until the last slice moves the block. Numbers do not depend on the slices.
// Dispatch: x = blocks, y = replicas; dispatch.sample: the slice's first. Twin: src/cpu/reference/sgd-plain.ts.

@group(0) @binding(7) var<storage, read_write> sums: array<f32>;  // sum_b a g of [replica][block][slice_samples]

var<workgroup> label_noise: array<vec4f, 2>;

@compute @workgroup_size(WORKGROUP)
fn residuals(in: Invocation) {
  let place = place_of(in.group);
  let replica = params.first_replica + place.y;
  let first = place.x * params.block_quads;
  let quads = min(params.block_quads, params.quads - first);
  let offset = place.y * params.quads + first;
  let row = (place.y * params.blocks + place.x) * params.slice_samples;
  let step = step_of(dispatch.first);
  let end = min(dispatch.sample + params.slice_samples, params.batch);
  for (var group = dispatch.sample; group < end; group += 4u) {
    var lanes = array<Sum, LANES>();
    for (var n = 0u; n < QUADS; n++) {
      let quad = in.thread + WORKGROUP * n;
      if (quad < quads) {
        let a = root_lambda(first + quad) * quad_error(load_quad(offset + quad));
        for (var j = 0u; j < 4u; j++) {
          if (group + j < end) {
            lanes[n % LANES][j] += sum4(a * features(replica, step, group + j, first + quad));
          }
        }
      }
    }
    let total = reduce_lanes(in, &lanes);
    if (in.thread < 4u) {
      sums[row + group - dispatch.sample + in.thread] = total[in.thread];
    }
  }
}

@compute @workgroup_size(WORKGROUP)
fn update(in: Invocation) {
  let place = place_of(in.group);
  let replica = params.first_replica + place.y;
  let first = place.x * params.block_quads;
  let quads = min(params.block_quads, params.quads - first);
  let offset = place.y * params.quads + first;
  let waiting = 2u * params.quads * params.replicas + offset;
  let row = place.y * params.blocks * params.slice_samples;
  let step = step_of(dispatch.first);
  let end = min(dispatch.sample + params.slice_samples, params.batch);
  var alive = atomicLoad(&status[place.y].failed) == 0u;
  var gradient: array<vec4f, QUADS>;
  if (dispatch.sample > 0u) {
    for (var n = 0u; n < QUADS; n++) {
      let quad = in.thread + WORKGROUP * n;
      if (quad < quads) {
        gradient[n] = deltas[waiting + quad];
      }
    }
  }
  for (var group = dispatch.sample; group < end; group += 4u) {
    var lanes = array<Sum, LANES>();
    for (var n = 0u; n < BLOCK_ITEMS; n++) {
      let block = in.thread + WORKGROUP * n;
      if (block < params.blocks) {
        let at = row + block * params.slice_samples + group - dispatch.sample;
        lanes[n % LANES] += vec4f(sums[at], sums[at + 1u], sums[at + 2u], sums[at + 3u]);
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
      if (group + j < end && alive && exceeds(r[j], params.limit)) {
        alive = false;
        if (place.x == 0u && in.thread == 0u) {
          report_failure(place.y, dispatch.first, abs(r[j]));
        }
      }
    }
    for (var n = 0u; n < QUADS; n++) {
      let quad = in.thread + WORKGROUP * n;
      if (quad < quads) {
        for (var j = 0u; j < 4u; j++) {
          if (group + j < end) {
            gradient[n] += r[j] * features(replica, step, group + j, first + quad);
          }
        }
      }
    }
  }
  if (!alive) {
    return;
  }
  let factor = schedule.entries[dispatch.first].x * params.inverse_batch;
  for (var n = 0u; n < QUADS; n++) {
    let quad = in.thread + WORKGROUP * n;
    if (quad < quads) {
      if (end < params.batch) {
        deltas[waiting + quad] = gradient[n];
      } else {
        var q = load_quad(offset + quad);
        let alpha = factor * root_lambda(first + quad) * gradient[n];
        let moved = quad_multiply(&q, -alpha, alpha);
        store_quad(offset + quad, q, moved.folded);
      }
    }
  }
}
