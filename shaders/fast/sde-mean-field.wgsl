// Mean-field SDE (docs/paths.md, "SDE"): R(t) comes from the PDE, so coordinates are independent; one thread carries four of
// them (one block of normals) over many steps. entries.z is the step's variance clock I.
// Dispatch: x = groups of WORKGROUP quads, y = replicas. Twin: src/cpu/reference.

@compute @workgroup_size(WORKGROUP)
fn sde_mean_field(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
  let place = place_of(group);
  let replica = params.first_replica + place.y;
  let quad = place.x * WORKGROUP + thread;
  if (quad >= params.quads) {
    return;
  }
  let at = place.y * params.quads + quad;
  let from_rest = (dispatch.flags & FLAG_FROM_REST) != 0u;
  let to_rest = (dispatch.flags & FLAG_TO_REST) != 0u;
  var x = load_quad(at);
  let root = root_lambda(quad);
  let lambda = root * root;
  let b = target_b(quad);
  var folded = false;
  if (SCHEME == 0u && from_rest) {
    let start = schedule.entries[dispatch.first];
    folded = sde_flow(&x, lambda, b, 0.5 * start.x * start.y);
  }
  for (var k = 0u; k < dispatch.count; k++) {
    let entry = dispatch.first + k;
    let now = schedule.entries[entry];
    let z = random_normals(replica, STREAM_BROWNIAN, step_of(entry), 0u, quad);
    let kicked = sde_kick(&x, root, b, z, now.x, now.y, now.z);
    folded = folded || kicked;
    if (SCHEME == 0u) {
      let flowed = sde_flow(&x, lambda, b, sde_flow_after(entry, to_rest && k + 1u == dispatch.count));
      folded = folded || flowed;
    }
  }
  store_quad(at, x, folded);
}
