/**
 * SGD, plain: r_j from all coordinates, then the multiplicative update (docs/paths.md, "SGD").
 *
 * One pass over the coordinates a step: a segment of 256 coordinates is updated with the features of step k, its new error is
 * kept in the first-level cache, the features of step k + 1 are made over the old ones, and their product is added to the next
 * residual. p and q are f64 (an f32 state stops moving near 10⁻⁸ of the first risk); √λ, 4a and features are f32; sums are f32
 * within a segment and f64 beyond, in an order that depends on the dimension alone. Arrays are padded with √λ = 4b = p = q = 0
 * to whole groups of 16.
 */
import { setDraws } from './draw';
import { GROUP } from './threefry';
import { evaluate, update } from './coordinates';
import { drawOffsets, drawSample, offsetOf, setSamples } from './samples';
import { dot, mix, SEGMENT } from './segment';

let groups: i32 = 0;
let batch: i32 = 1;
let stored: bool = true;
let rootDimension: f64 = 1;
let limit: f64 = 0;
let root: usize = 0;
let fourB: usize = 0;
let scratch: usize = 0;
let residuals: usize = 0;
let stopped: f64 = 0;

/**
 * Constants of a problem. `scratch` holds 16·256 + 64·⌈m/16⌉ bytes, `residuals` 16m. `stored` (m samples kept rather
 * than made twice) wants 4·16·groups·m bytes at every replica's `features`; without it nothing is read there.
 */
export function prepare(
  groups_: i32, batch_: i32, stored_: bool, law: i32, degrees: f64, noise_: f64, dimension: f64, limit_: f64,
  root_: usize, fourB_: usize, scratch_: usize, residuals_: usize, key0: i32, key1: i32, rows_: usize, offsets_: usize,
): void {
  groups = groups_;
  batch = batch_;
  stored = stored_;
  rootDimension = Math.sqrt(dimension);
  limit = limit_;
  root = root_;
  fourB = fourB_;
  scratch = scratch_;
  residuals = residuals_;
  setSamples(batch_, noise_, rows_, offsets_);
  setDraws(law, degrees, key0, key1);
}

/** Where sample j of the segment starting at group g lives. */
// @ts-ignore: decorator
@inline
function place(features: usize, j: i32, g: i32): usize {
  return stored ? features + (<usize>j * groups + g) * GROUP : scratch + 4 * SEGMENT;
}

/** Makes the features of `step`, the k-th of a call, for one segment whose 4a is in scratch, and adds their products to the residual sums. */
function correlate(features: usize, g: i32, n: i32, replica: i32, step: i64, k: i32): void {
  for (let j = 0; j < batch; j++) {
    const at = place(features, j, g);
    drawSample(at, scratch + 12 * SEGMENT, n, g, replica, step, k, j);
    const sum = residuals + 8 * <usize>j;
    store<f64>(sum, load<f64>(sum) + dot(scratch, at, n));
  }
}

/** Residual sums → residuals; false if one is too large or not a number. */
function close(step: i64, replica: i32, k: i32): bool {
  const epsilon = scratch + 12 * SEGMENT;
  drawOffsets(epsilon, step, replica);
  let good = true;
  for (let j = 0; j < batch; j++) {
    const at = residuals + 8 * <usize>j;
    const r = (0.25 * load<f64>(at)) / rootDimension - offsetOf(epsilon, k, j);
    store<f64>(at, r);
    if (good && !(Math.abs(r) <= limit)) {
      good = false;
      stopped = r;
    }
  }
  return good;
}

function clear(): void {
  memory.fill(residuals, 0, 8 * <usize>batch);
}

/**
 * Advances one replica by `steps` steps from `step`; gains[k] = gain·γ/√d of the k-th of them. Returns the number of steps
 * taken: fewer than `steps` if the residual of the next one failed. Cost: one pass over p, q, √λ, 4b and the features a step.
 */
export function advance(p: usize, q: usize, features: usize, replica: i32, step: f64, steps: i32, gains: usize): i32 {
  let now = <i64>step;
  clear();
  for (let g = 0; g < groups; g += SEGMENT / 16) {
    const n = min(SEGMENT / 16, groups - g);
    const at = <usize>g * 128;
    evaluate(p + at, q + at, root + (at >> 1), fourB + at, scratch, n);
    correlate(features, g, n, replica, now, 0);
  }
  for (let k = 0; k < steps; k++) {
    if (!close(now, replica, k)) return k;
    const c = load<f64>(gains + 8 * <usize>k) / <f64>batch;
    const last = k == steps - 1;
    const single = batch == 1;
    const weight = <f32>(single ? c * load<f64>(residuals) : c);
    // The residuals of this step are still needed while the sums of the next are taken: they swap places with a copy.
    const used = residuals + 8 * <usize>batch;
    memory.copy(used, residuals, 8 * <usize>batch);
    clear();
    for (let g = 0; g < groups; g += SEGMENT / 16) {
      const n = min(SEGMENT / 16, groups - g);
      const at = <usize>g * 128;
      let feature = place(features, 0, g);
      if (!single) {
        const sum = scratch + 8 * SEGMENT;
        for (let j = 0; j < batch; j++) {
          const source = place(features, j, g);
          if (!stored) drawSample(source, scratch + 12 * SEGMENT, n, g, replica, now, k, j);
          mix(sum, source, n, <f32>load<f64>(used + 8 * <usize>j), j == 0);
        }
        feature = sum;
      }
      update(p + at, q + at, root + (at >> 1), fourB + at, feature, scratch, n, weight);
      if (!last) correlate(features, g, n, replica, now + 1, k + 1);
    }
    now++;
  }
  return steps;
}

/** The residual that made `advance` stop. */
export function failing(): f64 {
  return stopped;
}
