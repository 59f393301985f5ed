// Whitened features g = x / sqrt(lambda) of every law (docs/paths.md, "Random words"); twin of src/random/features.ts.
// FEATURE_LAW: 0 gaussian, 1 rademacher, 2 uniform, 3 student-t with STUDENT_DEGREES degrees.

fn student_from_words(w: vec4u, turn: vec4u) -> vec4f {
  let log_a = negative_log_uniform(w.xy);
  let log_b = negative_log_uniform(w.zw);
  let growth = expm1_4(vec4f(log_a, log_b) * (2.0 / STUDENT_DEGREES)) * (STUDENT_DEGREES - 2.0);
  let radius = vec4f(sqrt_positive(growth.xy), sqrt_positive(growth.zw));
  return radius * vec4f(sincos_turn(turn.xy).cosine, sincos_turn(turn.zw).cosine);
}

// The features of coordinates 4 quad .. 4 quad + 3 of one sample (sub) of one step.
fn features(replica: u32, step: vec2u, sub: u32, quad: u32) -> vec4f {
  let w = random_words(replica, STREAM_FEATURES, step, sub, quad);
  if (FEATURE_LAW == 1u) {
    return bitcast<vec4f>(vec4u(0x3f800000u) | (w & vec4u(0x80000000u)));
  }
  if (FEATURE_LAW == 2u) {
    // sqrt(3) (2U - 1), centred as an integer first: exact to rounding near 0.
    return vec4f(bitcast<vec4i>(w ^ vec4u(0x80000000u))) * 8.065490087349327e-10 + 4.0327450436746636e-10;
  }
  if (FEATURE_LAW == 3u) {
    return student_from_words(w, random_words(replica, STREAM_FEATURES_AUXILIARY, step, sub, quad));
  }
  return normals_from_words(w);
}
