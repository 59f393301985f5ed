// A step size that reads the state (src/dynamics/stepsizes): its moments over coordinates, its value, and what a step adds to its integrals. The WGSL of
// the expressions stands in place of the markers. STATE_STEP: whether there is one; INTEGRALS and MOMENT_FOURS: how many integrals, and moments in fours.

const NO_VALUE = 3e38;

alias Moments = array<f32, 4u * max(MOMENT_FOURS, 1u)>;
alias Integrals = array<f32, max(INTEGRALS, 1u)>;

// A value, or NO_VALUE where a function was asked outside its domain: a mean of such is beyond 2e38.
fn valued(x: f32) -> f32 {
  let has = !elementary_undefined && !exceeds(x, 1e30);
  elementary_undefined = false;
  return select(NO_VALUE, x, has);
}

fn step_moments(u: f32, v: f32, beta: f32, b: f32, lambda: f32, e: f32, kappa: f32, bend: f32) -> Moments {
  var values: Moments;
  //! step moments
  return values;
}

struct Step {
  gamma: f32,
  has_value: bool,
  increments: Integrals,
}

// mean: means of the moments; t: time. loss, gradient: of the step's samples (SGD), which nothing of an SDE reads.
fn step_size(mean: Moments, integral: Integrals, t: f32, loss: f32, gradient: f32) -> Step {
  var step: Step;
  let labelNoise = params.sigma;
  let batchSize = f32(params.batch);
  let horizon = HORIZON;
  let sampleLoss = loss;
  let sampleGradient = gradient;
  elementary_undefined = false;
  //! step value
  step.has_value = !elementary_undefined && !exceeds(step.gamma, 1e30);
  for (var k = 0u; k < INTEGRALS; k++) {
    step.has_value = step.has_value && !exceeds(step.increments[k], 1e30);
  }
  for (var k = 0u; k < 4u * MOMENT_FOURS; k++) {
    step.has_value = step.has_value && !exceeds(mean[k], 1e30);
  }
  elementary_undefined = false;
  return step;
}

// What stands for |r| in a failure where the step size had no value.
const WITHOUT_STEP_SIZE = -1.0;
