// The features g = x / sqrt(lambda) of coordinates 4 quad .. 4 quad + 3 of one sample (sub) of one step, +1 or -1
// (docs/paths.md, "Random words"); twin of src/random/features.ts. A pipeline takes one of the lib/features-*.wgsl.

fn features(replica: u32, step: vec2u, sub: u32, quad: u32) -> vec4f {
  let w = random_words(replica, STREAM_FEATURES, step, sub, quad);
  return bitcast<vec4f>(vec4u(0x3f800000u) | (w & vec4u(0x80000000u)));
}
