// Mean-field SDE (docs/paths.md, "SDE"): R(t) comes from the PDE, so coordinates are independent; one thread carries four of
// them (one block of normals) over many steps. entries.z is the step's variance clock I.
// Dispatch: x = groups of WORKGROUP quads, y = replicas; threads go on with a stride where x was cut. Twin: src/cpu/reference.

@compute @workgroup_size(WORKGROUP)
fn sde_mean_field(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let replica = params.first_replica + id.y;
  let from_rest = (dispatch.flags & FLAG_FROM_REST) != 0u;
  let to_rest = (dispatch.flags & FLAG_TO_REST) != 0u;
  for (var quad = id.x; quad < params.quads; quad += groups.x * WORKGROUP) {
    var x = load_quad(id.y * params.quads + quad);
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
      let kicked = sde_kick(&x, root, z, now.x, now.y, now.z);
      folded = folded || kicked;
      if (SCHEME == 0u) {
        let flowed = sde_flow(&x, lambda, b, sde_flow_after(entry, to_rest && k + 1u == dispatch.count));
        folded = folded || flowed;
      }
    }
    store_quad(id.y * params.quads + quad, x, folded);
  }
}
