// The features g = x / sqrt(lambda) of coordinates 4 quad .. 4 quad + 3 of one sample (sub) of one step, gaussian
// (docs/paths.md, "Random words"); twin of src/random/features.ts. A pipeline takes one of the lib/features-*.wgsl.

fn features(replica: u32, step: vec2u, sub: u32, quad: u32) -> vec4f {
  return random_normals(replica, STREAM_FEATURES, step, sub, quad);
}
