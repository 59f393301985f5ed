// Random words by address (docs/paths.md, "Random words"); twin of src/random/address.ts.

const STREAM_FEATURES = 0u;
const STREAM_LABEL_NOISE = 1u;
const STREAM_BRIDGE = 2u;
const STREAM_BROWNIAN = 3u;
const STREAM_FEATURES_AUXILIARY = 4u;

// Words 4 quad .. 4 quad + 3 of (seed, replica, stream, step, sub); replica counts from 0 in the whole run.
fn random_words(replica: u32, stream: u32, step: vec2u, sub: u32, quad: u32) -> vec4u {
  return threefry4x32(vec4u(params.seed_low, params.seed_high, replica, stream), vec4u(quad, step.x, step.y, sub));
}

fn random_normals(replica: u32, stream: u32, step: vec2u, sub: u32, quad: u32) -> vec4f {
  return normals_from_words(random_words(replica, stream, step, sub, quad));
}
