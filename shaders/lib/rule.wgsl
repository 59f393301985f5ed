// A rule of SGD from its expressions (src/dynamics/rules).

// The next memory of a weight, and its step, to be multiplied by -gamma.
fn rule_memory(m: f32, g: f32) -> f32 {
  //! memory
}

fn rule_step(m: f32, g: f32) -> f32 {
  //! step
}
