// SGD of any model, rule and step size (docs/paths.md, "SGD, generic") with many workgroups a replica, three kernels a step: `residuals` leaves each block's
// share of the residuals and of the step size's moments, `gradient` adds the shares up and leaves x = (1/m) sum_j r_j x_j with the block's share of its
// squared norm, `update` knows gamma and moves the block. A batch of more than slice_samples takes the first two once a slice.
// Dispatch: x = blocks, y = replicas; dispatch.sample: the slice's first. Twin: src/cpu/reference/generic/sgd.ts.

// Of [replica][block]: MOMENT_FOURS moments in fours, kappa x^2, then slice_samples residuals in fours.
@group(0) @binding(7) var<storage, read_write> sums: array<vec4f>;

const GRADIENT_PLANE = 2u;
const MEMORY_PLANE = 3u;

var<workgroup> label_noise: array<vec4f, 2>;

fn row_of(replica: u32, block: u32) -> u32 {
  return (replica * params.blocks + block) * (MOMENT_FOURS + 1u + params.slice_samples / 4u);
}

@compute @workgroup_size(WORKGROUP)
fn residuals(in: Invocation) {
  let place = place_of(in.group);
  let replica = params.first_replica + place.y;
  let first = place.x * params.block_quads;
  let quads = min(params.block_quads, params.quads - first);
  let offset = place.y * params.quads + first;
  let row = row_of(place.y, place.x);
  let step = step_of(dispatch.first);
  let end = min(dispatch.sample + params.slice_samples, params.batch);
  if (dispatch.sample == 0u && place.x == 0u && in.thread == 0u) {
    begin_step(place.y);
  }
  if (MOMENT_FOURS > 0u && dispatch.sample == 0u) {
    for (var four = 0u; four < MOMENT_FOURS; four++) {
      var lanes = array<Sum, LANES>();
      for (var n = 0u; n < QUADS; n++) {
        let quad = in.thread + WORKGROUP * n;
        if (quad < quads) {
          let x = load_quad(offset + quad);
          let root = root_lambda(first + quad);
          let b = target_b(first + quad);
          for (var i = 0u; i < 4u; i++) {
            if (4u * (first + quad) + i < params.dimension) {
              let c = coordinate(x, i, b[i]);
              elementary_undefined = false;
              let values = step_moments(c.u, c.v, c.beta, b[i], root[i] * root[i], c.e, c.kappa, c.bend);
              lanes[n % LANES] += vec4f(values[4u * four], values[4u * four + 1u], values[4u * four + 2u], values[4u * four + 3u]);
            }
          }
        }
      }
      let total = reduce_lanes(in, &lanes);
      if (in.thread == 0u) {
        sums[row + four] = total;
      }
    }
  }
  for (var group = dispatch.sample; group < end; group += 4u) {
    var lanes = array<Sum, LANES>();
    for (var n = 0u; n < QUADS; n++) {
      let quad = in.thread + WORKGROUP * n;
      if (quad < quads) {
        let a = root_lambda(first + quad) * weights_error(load_quad(offset + quad));
        for (var j = 0u; j < 4u; j++) {
          if (group + j < end) {
            lanes[n % LANES][j] += sum4(a * features(replica, step, group + j, first + quad));
          }
        }
      }
    }
    let total = reduce_lanes(in, &lanes);
    if (in.thread == 0u) {
      sums[row + MOMENT_FOURS + 1u + (group - dispatch.sample) / 4u] = total;
    }
  }
}

@compute @workgroup_size(WORKGROUP)
fn gradient(in: Invocation) {
  let place = place_of(in.group);
  let replica = params.first_replica + place.y;
  let first = place.x * params.block_quads;
  let quads = min(params.block_quads, params.quads - first);
  let offset = place.y * params.quads + first;
  let waiting = GRADIENT_PLANE * params.quads * params.replicas + offset;
  let step = step_of(dispatch.first);
  let end = min(dispatch.sample + params.slice_samples, params.batch);
  var alive = atomicLoad(&status[place.y].failed) == 0u;
  var x: array<vec4f, QUADS>;
  if (dispatch.sample > 0u) {
    for (var n = 0u; n < QUADS; n++) {
      let quad = in.thread + WORKGROUP * n;
      if (quad < quads) {
        x[n] = deltas[waiting + quad];
      }
    }
  }
  var squares = 0.0;
  for (var group = dispatch.sample; group < end; group += 4u) {
    var lanes = array<Sum, LANES>();
    for (var n = 0u; n < BLOCK_ITEMS; n++) {
      let block = in.thread + WORKGROUP * n;
      if (block < params.blocks) {
        lanes[n % LANES] += sums[row_of(place.y, block) + MOMENT_FOURS + 1u + (group - dispatch.sample) / 4u];
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
      if (group + j < end) {
        squares += r[j] * r[j];
        if (alive && exceeds(r[j], params.limit)) {
          alive = false;
          if (place.x == 0u && in.thread == 0u) {
            report_failure(place.y, dispatch.first, abs(r[j]));
          }
        }
      }
    }
    for (var n = 0u; n < QUADS; n++) {
      let quad = in.thread + WORKGROUP * n;
      if (quad < quads) {
        for (var j = 0u; j < 4u; j++) {
          if (group + j < end) {
            x[n] += r[j] * features(replica, step, group + j, first + quad);
          }
        }
      }
    }
  }
  if (place.x == 0u && in.thread == 0u) {
    var before = 0.0;
    if (dispatch.sample > 0u) {
      before = load_global(place.y, FREE_GLOBAL);
    }
    store_global(place.y, FREE_GLOBAL, before + squares);
  }
  let last = end == params.batch;
  var lanes = array<Sum, LANES>();
  for (var n = 0u; n < QUADS; n++) {
    let quad = in.thread + WORKGROUP * n;
    if (quad < quads) {
      if (last) {
        x[n] *= params.inverse_batch * root_lambda(first + quad);
        if (NEEDS_GRADIENT) {
          let w = load_quad(offset + quad);
          var norm = x[n] * x[n];
          for (var i = 0u; i < 4u; i++) {
            norm[i] *= model_kappa(w.P[i] + w.dp[i], w.Q[i] + w.dq[i]);
          }
          lanes[n % LANES].x += sum4(norm);
        }
      }
      deltas[waiting + quad] = x[n];
    }
  }
  if (NEEDS_GRADIENT) {
    let total = reduce_lanes(in, &lanes);
    if (in.thread == 0u) {
      sums[row_of(place.y, place.x) + MOMENT_FOURS] = total;
    }
  }
}

@compute @workgroup_size(WORKGROUP)
fn update(in: Invocation) {
  let place = place_of(in.group);
  let first = place.x * params.block_quads;
  let quads = min(params.block_quads, params.quads - first);
  let offset = place.y * params.quads + first;
  let plane = params.quads * params.replicas;
  let entry = schedule.entries[dispatch.first];
  var alive = atomicLoad(&status[place.y].failed) == 0u;
  var gamma = entry.x;
  if (STATE_STEP) {
    var means: Moments;
    var norm = 0.0;
    for (var four = 0u; four <= MOMENT_FOURS; four++) {
      var lanes = array<Sum, LANES>();
      for (var n = 0u; n < BLOCK_ITEMS; n++) {
        let block = in.thread + WORKGROUP * n;
        if (block < params.blocks) {
          lanes[n % LANES] += sums[row_of(place.y, block) + four];
        }
      }
      let total = reduce_lanes(in, &lanes) * params.inverse_d;
      if (four < MOMENT_FOURS) {
        for (var j = 0u; j < 4u; j++) {
          means[4u * four + j] = total[j];
        }
      } else {
        norm = total.x;
      }
    }
    var integrals: Integrals;
    for (var k = 0u; k < INTEGRALS; k++) {
      integrals[k] = load_integral(place.y, k);
    }
    let loss = 0.5 * load_global(place.y, FREE_GLOBAL) * params.inverse_batch;
    let step = step_size(means, integrals, entry.y, loss, norm);
    gamma = step.gamma;
    if (alive && !step.has_value) {
      alive = false;
      if (place.x == 0u && in.thread == 0u) {
        report_failure(place.y, dispatch.first, WITHOUT_STEP_SIZE);
      }
    }
    if (alive && place.x == 0u && in.thread == 0u) {
      for (var k = 0u; k < INTEGRALS; k++) {
        add_to_integral(place.y, k, step.increments[k] * params.inverse_d);
      }
    }
  }
  if (!alive) {
    return;
  }
  for (var n = 0u; n < QUADS; n++) {
    let quad = in.thread + WORKGROUP * n;
    if (quad < quads) {
      let at = offset + quad;
      let x = params.inverse_root_d * deltas[GRADIENT_PLANE * plane + at];
      var w = load_quad(at);
      var ap: vec4f;
      var aq: vec4f;
      var mp: vec4f;
      var mq: vec4f;
      if (MEMORY) {
        mp = deltas[MEMORY_PLANE * plane + at];
        mq = deltas[(MEMORY_PLANE + 1u) * plane + at];
      }
      for (var i = 0u; i < 4u; i++) {
        let gp = x[i] * direction_p(w.P[i] + w.dp[i]);
        let gq = x[i] * direction_q(w.Q[i] + w.dq[i]);
        if (MEMORY) {
          mp[i] = rule_memory(mp[i], gp);
          mq[i] = rule_memory(mq[i], gq);
        }
        ap[i] = -gamma * rule_step(mp[i], gp);
        aq[i] = -gamma * rule_step(mq[i], gq);
      }
      if (MEMORY) {
        deltas[MEMORY_PLANE * plane + at] = mp;
        deltas[(MEMORY_PLANE + 1u) * plane + at] = mq;
      }
      let folded = weights_add(&w, ap, aq, target_b(first + quad));
      store_quad(at, w, folded);
    }
  }
}
