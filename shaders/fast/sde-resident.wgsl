// Interacting SDE (docs/paths.md, "SDE"), many steps a dispatch: one workgroup holds one replica.
// Between dispatches the state rests at a step's start, or (Strang) waits after its first half flow: see FLAG_*.
// Dispatch: x = replicas. Twin: src/cpu/reference.

@compute @workgroup_size(WORKGROUP)
fn sde_resident(in: Invocation) {
  let row = place_of(in.group).x;
  let replica = params.first_replica + row;
  let offset = row * params.quads;
  var alive = atomicLoad(&status[row].failed) == 0u;
  let from_rest = (dispatch.flags & FLAG_FROM_REST) != 0u;
  let to_rest = (dispatch.flags & FLAG_TO_REST) != 0u;
  var x: array<Quad, QUADS>;
  var root: array<vec4f, QUADS>;
  var folded: array<bool, QUADS>;
  let start = schedule.entries[dispatch.first];
  for (var n = 0u; n < QUADS; n++) {
    let quad = in.thread + WORKGROUP * n;
    if (quad < params.quads) {
      x[n] = load_quad(offset + quad);
      root[n] = root_lambda(quad);
      if (SCHEME == 0u && from_rest && alive) {
        // A copy: Naga cannot pass a pointer to an element of an array.
        var q = x[n];
        folded[n] = sde_flow(&q, root[n] * root[n], target_b(quad), 0.5 * start.x * start.y);
        x[n] = q;
      }
    }
  }
  for (var k = 0u; k < dispatch.count; k++) {
    let entry = dispatch.first + k;
    let step = step_of(entry);
    let now = schedule.entries[entry];
    var lanes = array<Sum, LANES>();
    for (var n = 0u; n < QUADS; n++) {
      if (in.thread + WORKGROUP * n < params.quads) {
        lanes[n % LANES] += sde_energies(x[n], root[n]);
      }
    }
    let energies = reduce_lanes(in, &lanes);
    if (alive && exceeds(twice_risk(energies), params.limit)) {
      alive = false;
      if (in.thread == 0u) {
        report_failure(row, entry, twice_risk(energies));
      }
    }
    if (alive) {
      let I = sde_clock(energies, now.x, now.y);
      let G = sde_flow_after(entry, to_rest && k + 1u == dispatch.count);
      for (var n = 0u; n < QUADS; n++) {
        let quad = in.thread + WORKGROUP * n;
        if (quad < params.quads) {
          let z = random_normals(replica, STREAM_BROWNIAN, step, 0u, quad);
          var q = x[n];
          var changed = sde_kick(&q, root[n], target_b(quad), z, now.x, now.y, I);
          if (SCHEME == 0u) {
            let flowed = sde_flow(&q, root[n] * root[n], target_b(quad), G);
            changed = changed || flowed;
          }
          x[n] = q;
          folded[n] = folded[n] || changed;
        }
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
