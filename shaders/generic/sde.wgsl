// The SDE of any model and step size (docs/paths.md, "SDE, generic") with many workgroups a replica, two kernels a step: `energies` leaves each block's share of
// the risk and of the step size's moments at the start of the step, `advance` knows gamma and R in its middle and moves the block. With R from the PDE there
// is only the second. SCHEME: 0 strang, 1 euler, 2 euler-uv. Entries: x = g, or t where gamma is the path's own; y = tau; z = I if mean-field;
// w = tau / (2 tau of the step before), 0 for the first. Dispatch: x = blocks, y = replicas. Twin: src/cpu/reference/generic/sde.ts.

// Of [replica][block]: MOMENT_FOURS moments in fours, then lambda e^2.
@group(0) @binding(7) var<storage, read_write> sums: array<vec4f>;

fn row_of(replica: u32, block: u32) -> u32 {
  return (replica * params.blocks + block) * (MOMENT_FOURS + 1u);
}

@compute @workgroup_size(WORKGROUP)
fn energies(in: Invocation) {
  let place = place_of(in.group);
  let first = place.x * params.block_quads;
  let quads = min(params.block_quads, params.quads - first);
  let offset = place.y * params.quads + first;
  if (place.x == 0u && in.thread == 0u) {
    begin_step(place.y);
  }
  for (var four = 0u; four <= MOMENT_FOURS; four++) {
    var lanes = array<Sum, LANES>();
    for (var n = 0u; n < QUADS; n++) {
      let quad = in.thread + WORKGROUP * n;
      if (quad < quads) {
        let x = load_quad(offset + quad);
        let root = root_lambda(first + quad);
        if (four == MOMENT_FOURS) {
          let a = root * weights_error(x);
          lanes[n % LANES].x += sum4(a * a);
        } else {
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
    }
    let total = reduce_lanes(in, &lanes);
    if (in.thread == 0u) {
      sums[row_of(place.y, place.x) + four] = total;
    }
  }
}

// x carried to w steps ahead, within a factor 2.
fn carried(now: f32, before: f32, ahead: f32) -> f32 {
  return clamp(now + ahead * (now - before), 0.5 * now, 2.0 * now);
}

// Where a coordinate is: how far p and q have moved, and e there.
struct Moving {
  ap: f32,
  aq: f32,
  e: f32,
}

fn slopes(p: f32, q: f32, e: f32, lambda: f32, g: f32, share: f32) -> vec2f {
  return vec2f(
    -lambda * (g * e + share * slope_p(p)) * direction_p(p),
    -lambda * (g * e + share * slope_q(q)) * direction_q(q),
  );
}

// Steps of RK4 a drift at most.
const MOST_PARTS = 64.0;

// The drift over h, from (p, q) with error e, in steps of RK4: as many as keep g lambda kappa h of each below 1/2, at the state before.
fn drift(p: f32, q: f32, e: f32, lambda: f32, g: f32, share: f32, h: f32) -> vec2f {
  let stiffness = 2.0 * g * lambda * model_kappa(p, q) * h;
  let parts = select(1.0, min(ceil(stiffness), MOST_PARTS), stiffness >= 1.0);
  var d = vec2f();
  for (var part = 0.0; part < parts; part += 1.0) {
    d += runge_kutta(p + d.x, q + d.y, e + moved_by(p, q, d.x, d.y), lambda, g, share, h / parts);
  }
  return d;
}

fn runge_kutta(p: f32, q: f32, e: f32, lambda: f32, g: f32, share: f32, h: f32) -> vec2f {
  let k1 = slopes(p, q, e, lambda, g, share);
  let d1 = 0.5 * h * k1;
  let k2 = slopes(p + d1.x, q + d1.y, e + moved_by(p, q, d1.x, d1.y), lambda, g, share);
  let d2 = 0.5 * h * k2;
  let k3 = slopes(p + d2.x, q + d2.y, e + moved_by(p, q, d2.x, d2.y), lambda, g, share);
  let d3 = h * k3;
  let k4 = slopes(p + d3.x, q + d3.y, e + moved_by(p, q, d3.x, d3.y), lambda, g, share);
  return h * ((k1 + k4) / 6.0 + (k2 + k3) / 3.0);
}

// The move of one coordinate over the step: noise of variance clock I.
fn moved_over(p0: f32, q0: f32, e0: f32, lambda: f32, z: f32, g: f32, tau: f32, I: f32) -> vec2f {
  let noise = sqrt(2.0 * lambda * I) * z;
  elementary_undefined = false;
  var total: vec2f;
  if (SCHEME == 0u) {
    let share = I / tau;
    let before = drift(p0, q0, e0, lambda, g, share, 0.5 * tau);
    let p1 = p0 + before.x;
    let q1 = q0 + before.y;
    let e1 = e0 + moved_by(p0, q0, before.x, before.y);
    let flow = vec2f(flow_p(p1, -noise), flow_q(q1, -noise));
    let e2 = e1 + moved_by(p1, q1, flow.x, flow.y);
    total = before + flow + drift(p1 + flow.x, q1 + flow.y, e2, lambda, g, share, 0.5 * tau);
  } else {
    let along = g * tau * lambda * e0 - noise;
    if (SCHEME == 1u) {
      total = vec2f(flow_p(p0, along + lambda * I * slope_p(p0)), flow_q(q0, along + lambda * I * slope_q(q0)));
    } else {
      total = -along * vec2f(direction_p(p0), direction_q(q0));
    }
  }
  // Beyond the end of a flow the weight is infinite: the step was too long, as the next sums find.
  if (elementary_undefined) {
    total = vec2f(3e38);
  }
  elementary_undefined = false;
  return total;
}

@compute @workgroup_size(WORKGROUP)
fn advance(in: Invocation) {
  let place = place_of(in.group);
  let replica = params.first_replica + place.y;
  let first = place.x * params.block_quads;
  let quads = min(params.block_quads, params.quads - first);
  let offset = place.y * params.quads + first;
  let step = step_of(dispatch.first);
  let entry = schedule.entries[dispatch.first];
  var alive = atomicLoad(&status[place.y].failed) == 0u;
  var g = entry.x;
  var I = entry.z;
  if (INTERACTING) {
    var means: Moments;
    var twice = 0.0;
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
        twice = total.x + params.sigma * params.sigma;
      }
    }
    if (alive && exceeds(twice, params.limit)) {
      alive = false;
      if (place.x == 0u && in.thread == 0u) {
        report_failure(place.y, dispatch.first, twice);
      }
    }
    let tau = entry.y;
    let ahead = entry.w;
    // Globals: integrals, their rates a step ago, gamma and R a step ago.
    let at_rates = 2u * INTEGRALS;
    let at_gamma = 3u * INTEGRALS;
    let leads = place.x == 0u && in.thread == 0u;
    if (STATE_STEP) {
      var integrals: Integrals;
      for (var k = 0u; k < INTEGRALS; k++) {
        integrals[k] = load_integral(place.y, k);
      }
      let now = step_size(means, integrals, entry.x, 0.0, 0.0);
      if (alive && !now.has_value) {
        alive = false;
        if (leads) {
          report_failure(place.y, dispatch.first, WITHOUT_STEP_SIZE);
        }
      }
      let middle = carried(now.gamma, load_global(place.y, at_gamma), ahead);
      g = FACTOR * clamp(middle, LEAST_STEP, LARGEST_STEP);
      if (alive && leads) {
        for (var k = 0u; k < INTEGRALS; k++) {
          let rate = now.increments[k];
          let before = load_global(place.y, at_rates + k);
          add_to_integral(place.y, k, tau * (rate + ahead * (rate - before)));
          store_global(place.y, GLOBALS + at_rates + k, rate);
        }
        store_global(place.y, GLOBALS + at_gamma, now.gamma);
      }
    }
    let risk = 0.5 * twice;
    I = g * g * carried(risk, load_global(place.y, at_gamma + 1u), ahead) * tau * params.inverse_batch;
    if (alive && leads) {
      store_global(place.y, GLOBALS + at_gamma + 1u, risk);
    }
  }
  if (!alive) {
    return;
  }
  for (var n = 0u; n < QUADS; n++) {
    let quad = in.thread + WORKGROUP * n;
    if (quad < quads) {
      let at = offset + quad;
      var w = load_quad(at);
      let root = root_lambda(first + quad);
      let e = weights_error(w);
      let z = random_normals(replica, STREAM_BROWNIAN, step, 0u, first + quad);
      var ap: vec4f;
      var aq: vec4f;
      for (var i = 0u; i < 4u; i++) {
        let total = moved_over(w.P[i] + w.dp[i], w.Q[i] + w.dq[i], e[i], root[i] * root[i], z[i], g, entry.y, I);
        ap[i] = total.x;
        aq[i] = total.y;
      }
      let folded = weights_add(&w, ap, aq, target_b(first + quad));
      store_quad(at, w, folded);
    }
  }
}
