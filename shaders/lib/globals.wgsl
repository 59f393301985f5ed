// A few numbers of every replica that steps hand on (integrals of a step size, what a step was before), in planes of `deltas` behind the others, from plane
// GLOBAL_PLANE on. The first GLOBALS are those that a step reads, the next GLOBALS those that it leaves; the first kernel of a step copies the latter
// to the former, so that no workgroup writes what another one of the same kernel reads. Then comes one that is free.

fn global_at(row: u32, slot: u32) -> u32 {
  let four = slot / 4u;
  return (GLOBAL_PLANE + four / params.quads) * params.quads * params.replicas + row * params.quads + four % params.quads;
}

fn load_global(row: u32, slot: u32) -> f32 {
  return deltas[global_at(row, slot)][slot % 4u];
}

fn store_global(row: u32, slot: u32, value: f32) {
  deltas[global_at(row, slot)][slot % 4u] = value;
}

const FREE_GLOBAL = 2u * GLOBALS;

// Integrals come first, two numbers each: a base, and what has been added since it was last moved. In one number of f32 the millions of small additions of a
// long run would be lost.
const SMALL_SHARE = 0.00048828125;

fn load_integral(row: u32, k: u32) -> f32 {
  return load_global(row, 2u * k) + load_global(row, 2u * k + 1u);
}

// Leaves integral k for the next step, with x added.
fn add_to_integral(row: u32, k: u32, x: f32) {
  let base = load_global(row, 2u * k);
  let small = load_global(row, 2u * k + 1u) + x;
  let moves = abs(small) > SMALL_SHARE * abs(base);
  store_global(row, GLOBALS + 2u * k, select(base, base + small, moves));
  store_global(row, GLOBALS + 2u * k + 1u, select(small, 0.0, moves));
}

// To be called by one thread a replica in the first kernel of a step.
fn begin_step(row: u32) {
  for (var k = 0u; k < GLOBALS; k++) {
    store_global(row, k, load_global(row, GLOBALS + k));
  }
}
