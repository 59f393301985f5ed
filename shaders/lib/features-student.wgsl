// The features g = x / sqrt(lambda) of coordinates 4 quad .. 4 quad + 3 of one sample (sub) of one step, Student's t with STUDENT_DEGREES degrees
// (docs/paths.md, "Random words"); twin of src/random/features.ts. A pipeline takes one of the lib/features-*.wgsl.

// sqrt(nu (U^(-2/nu) - 1)) cos(2 pi U'), scaled to variance 1 (Bailey 1994: exactly Student's law).
fn student_from_words(w: vec4u, turn: vec4u) -> vec4f {
  let log_a = negative_log_uniform(w.xy);
  let log_b = negative_log_uniform(w.zw);
  let growth = expm1_4(vec4f(log_a, log_b) * (2.0 / STUDENT_DEGREES)) * (STUDENT_DEGREES - 2.0);
  let radius = vec4f(sqrt_positive(growth.xy), sqrt_positive(growth.zw));
  return radius * vec4f(sincos_turn(turn.xy).cosine, sincos_turn(turn.zw).cosine);
}

fn features(replica: u32, step: vec2u, sub: u32, quad: u32) -> vec4f {
  let w = random_words(replica, STREAM_FEATURES, step, sub, quad);
  return student_from_words(w, random_words(replica, STREAM_FEATURES_AUXILIARY, step, sub, quad));
}
