// The features g = x / sqrt(lambda) of coordinates 4 quad .. 4 quad + 3 of one sample (sub) of one step, uniform
// (docs/paths.md, "Random words"); twin of src/random/features.ts. A pipeline takes one of the lib/features-*.wgsl.

fn features(replica: u32, step: vec2u, sub: u32, quad: u32) -> vec4f {
  let w = random_words(replica, STREAM_FEATURES, step, sub, quad);
  // sqrt(3) (2U - 1), centred as an integer first: exact to rounding near 0.
  return vec4f(bitcast<vec4i>(w ^ vec4u(0x80000000u))) * 8.065490087349327e-10 + 4.0327450436746636e-10;
}
