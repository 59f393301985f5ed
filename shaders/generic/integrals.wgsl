// The integrals of a step size at a save time, beside the sums of statistics.wgsl and in their form: the first slice has them, the others 0.
// Dispatch: x = slices, y = replicas. dispatch.first: row of the results.

@group(0) @binding(7) var<storage, read_write> results: array<f32>;  // [row][replica][slice][integral]

@compute @workgroup_size(1)
fn integrals(@builtin(workgroup_id) group: vec3u) {
  let place = place_of(group);
  for (var k = 0u; k < INTEGRALS; k++) {
    let value = load_global(place.y, GLOBALS + 2u * k) + load_global(place.y, GLOBALS + 2u * k + 1u);
    results[((dispatch.first * params.replicas + place.y) * params.slices + place.x) * INTEGRALS + k] =
      select(0.0, value, place.x == 0u);
  }
}
