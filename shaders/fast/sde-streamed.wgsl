// Interacting SDE (docs/paths.md, "SDE") of any dimension, one dispatch a step: workgroup (block, replica). The sums over
// coordinates that give R come from the dispatch before. From rest: first half flow and sums only.
// With FLAG_COUNTED entry and parity are those of the submission's start, and the counter is added to both.
// Dispatch: x = blocks, y = replicas. Twin: src/cpu/reference.

@group(0) @binding(7) var<storage, read_write> sums: array<vec2f>;  // sde_energies of [parity][replica][block_stride]

@compute @workgroup_size(WORKGROUP)
fn sde_streamed(in: Invocation) {
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
  let from_rest = (dispatch.flags & FLAG_FROM_REST) != 0u;
  let to_rest = (dispatch.flags & FLAG_TO_REST) != 0u;
  let step = step_of(entry);
  let now = schedule.entries[entry];
  var alive = atomicLoad(&status[place.y].failed) == 0u;
  var I = 0.0;
  var G = 0.5 * now.x * now.y;
  var lanes = array<Sum, LANES>();
  if (!from_rest) {
    for (var n = 0u; n < BLOCK_ITEMS; n++) {
      let item = in.thread + WORKGROUP * n;
      if (item < params.blocks) {
        lanes[n % LANES] += sums[row + item];
      }
    }
    let energies = reduce_lanes(in, &lanes);
    if (alive && exceeds(twice_risk(energies), params.limit)) {
      alive = false;
      if (block == 0u && in.thread == 0u) {
        report_failure(place.y, entry, twice_risk(energies));
      }
    }
    I = sde_clock(energies, now.x, now.y);
    G = sde_flow_after(entry, to_rest);
    for (var n = 0u; n < LANES; n++) {
      lanes[n] = Sum();
    }
  }
  for (var n = 0u; n < QUADS; n++) {
    let quad = in.thread + WORKGROUP * n;
    if (quad < quads) {
      var x = load_quad(offset + quad);
      let root = root_lambda(first + quad);
      if (alive) {
        var folded = false;
        if (!from_rest) {
          folded = sde_kick(&x, root, target_b(first + quad), random_normals(replica, STREAM_BROWNIAN, step, 0u, first + quad), now.x, now.y, I);
        }
        if (SCHEME == 0u) {
          let flowed = sde_flow(&x, root * root, target_b(first + quad), G);
          folded = folded || flowed;
        }
        store_quad(offset + quad, x, folded);
      }
      lanes[n % LANES] += sde_energies(x, root);
    }
  }
  let energies = reduce_lanes(in, &lanes);
  if (in.thread == 0u) {
    sums[next + block] = energies;
    count_step();
  }
}
