/**
 * SGD of any model, rule and step size (docs/paths.md, "SGD, generic"): the frame of a step, plain at every d. What the dynamics are is in the functions
 * of ../emit/slots.ts, made for a problem. A step reads sums over blocks of coordinates alone, so the blocks of one replica may be spread over the members of
 * a team that shares the memory; every member adds them up in the same order, and takes the same γ from them.
 *
 * One pass over the coordinates a step, as in sgd-plain.ts: a segment is moved with the features of step k, and, still in the first-level cache, given those
 * of step k + 1, whose products with its new errors are summed, with the moments that γ reads. Where γ reads the gradient of a mini-batch, which needs all
 * its residuals, there is a second pass, and a second meeting.
 */
import { meet } from './barrier';
import { setDraws } from './draw';
import { drawOffsets, drawSample, offsetOf, setSamples } from './samples';
import { dot, mix, SEGMENT } from './segment';
import { GROUP } from './threefry';

// @ts-ignore: decorator
@external("slots", "look")
declare function look(i: i32, end: i32, a: usize, sums: usize): void;
// @ts-ignore: decorator
@external("slots", "move")
declare function move(i: i32, end: i32, feature: usize, a: usize, sums: usize, weight: f64, gamma: f64): void;
// @ts-ignore: decorator
@external("slots", "gradient")
declare function gradient(i: i32, end: i32, feature: usize): f64;
// @ts-ignore: decorator
@external("slots", "step")
declare function stepSize(means: usize, integrals: usize, t: f64, loss: f64, gradient: f64): f64;

/** Groups of 16 coordinates in a segment, and in a block, whose sums are handed over. */
const SEGMENT_GROUPS: i32 = <i32>SEGMENT / 16;
export const BLOCK_GROUPS: i32 = 64;

let groups: i32 = 0;
let blocks: i32 = 0;
let firstBlock: i32 = 0;
let endBlock: i32 = 0;
let members: i32 = 1;
let isLead: bool = true;
let place: usize = 0;
let batch: i32 = 1;
let stored: bool = true;
let dimension: f64 = 1;
let rootDimension: f64 = 1;
let limit: f64 = 0;
let features: usize = 0;
let scratch: usize = 0;
let partials: usize = 0;
let integrals: usize = 0;
let moments: i32 = 0;
let integralCount: i32 = 0;
let readsState: bool = false;
let needsGradient: bool = false;

/**
 * Constants of a problem, and this member's share: blocks firstBlock … endBlock − 1 of `blocks`. Shared by all members: `features` (64·groups·m bytes if
 * `stored`, else nothing), `partials` (2·blocks·(moments + 1 + m) f64), `integrals` (f64), `place` of the barrier (8 zero bytes). Each member's own: `scratch`
 * of 16·256 + 64·⌈m/16⌉ + 8·(integrals + moments + 1 + m) bytes.
 */
export function prepare(
  groups_: i32, blocks_: i32, firstBlock_: i32, endBlock_: i32, members_: i32, isLead_: bool, place_: usize,
  batch_: i32, stored_: bool, law: i32, degrees: f64, noise_: f64, dimension_: f64, limit_: f64,
  features_: usize, scratch_: usize, partials_: usize, integrals_: usize,
  moments_: i32, integralCount_: i32, readsState_: bool, needsGradient_: bool, key0: i32, key1: i32,
  rows: usize, offsets: usize,
): void {
  groups = groups_;
  blocks = blocks_;
  firstBlock = firstBlock_;
  endBlock = endBlock_;
  members = members_;
  isLead = isLead_;
  place = place_;
  batch = batch_;
  stored = stored_;
  dimension = dimension_;
  rootDimension = Math.sqrt(dimension_);
  limit = limit_;
  features = features_;
  scratch = scratch_;
  partials = partials_;
  integrals = integrals_;
  moments = moments_;
  integralCount = integralCount_;
  readsState = readsState_;
  needsGradient = needsGradient_;
  setSamples(batch_, noise_, rows, offsets);
  setDraws(law, degrees, key0, key1);
}

// A block's sums of one step: moments, then Σ κλg² or Σ κx², then one product a sample.
// @ts-ignore: decorator
@inline
function sumCount(): i32 { return moments + 1 + batch; }
// @ts-ignore: decorator
@inline
function partial(step: i64, b: i32): usize {
  return partials + 8 * <usize>sumCount() * (<usize>(step & 1) * blocks + b);
}

// In scratch: 4√λe of a segment, one sample of it, the mini-batch's mean of it, words to spare; then ε, integrals and totals.
// @ts-ignore: decorator
@inline
function epsilon(): usize { return scratch + 16 * SEGMENT; }
// @ts-ignore: decorator
@inline
function own(): usize { return epsilon() + GROUP * <usize>((batch + 15) >> 4); }
// @ts-ignore: decorator
@inline
function totals(): usize { return own() + 8 * <usize>integralCount; }

/** Where sample j of the segment starting at group g lives. */
// @ts-ignore: decorator
@inline
function sample(j: i32, g: i32): usize {
  return stored ? features + (<usize>j * groups + g) * GROUP : scratch + 4 * SEGMENT;
}

/** A pointer to f32 for the segment starting at group g → the one coordinate 0 would have. */
// @ts-ignore: decorator
@inline
function origin(pointer: usize, g: i32): usize { return pointer - GROUP * <usize>g; }

/** Makes the features of `step`, the k-th of a call, for one segment whose √λe is in scratch; adds their sums to the block's. */
function correlate(sums: usize, g: i32, n: i32, replica: i32, step: i64, k: i32): void {
  for (let j = 0; j < batch; j++) {
    const at = sample(j, g);
    drawSample(at, scratch + 12 * SEGMENT, n, g, replica, step, k, j);
    const sum = sums + 8 * <usize>(moments + 1 + j);
    store<f64>(sum, load<f64>(sum) + dot(scratch, at, n));
  }
  if (needsGradient && batch == 1) {
    const sum = sums + 8 * <usize>moments;
    store<f64>(sum, load<f64>(sum) + gradient(16 * g, 16 * (g + n), origin(sample(0, g), g)));
  }
}

/** (1/m) Σ_j r_j g⁽ʲ⁾ of one segment (f32), from the residuals in totals; where it lies. */
function mixed(g: i32, n: i32, replica: i32, step: i64, k: i32): usize {
  const sum = scratch + 8 * SEGMENT;
  for (let j = 0; j < batch; j++) {
    const source = sample(j, g);
    if (!stored) drawSample(source, scratch + 12 * SEGMENT, n, g, replica, step, k, j);
    mix(sum, source, n, <f32>(residual(j) / <f64>batch), j == 0);
  }
  return sum;
}

// @ts-ignore: decorator
@inline
function residual(j: i32): f64 { return load<f64>(totals() + 8 * <usize>(moments + 1 + j)); }

/** Adds up sums first … end − 1 of all blocks, in one order. */
function add(step: i64, first: i32, end: i32): void {
  for (let k = first; k < end; k++) {
    let sum: f64 = 0;
    for (let b = 0; b < blocks; b++) sum += load<f64>(partial(step, b) + 8 * <usize>k);
    store<f64>(totals() + 8 * <usize>k, sum);
  }
}

let stopped: f64 = 0;

/** Sums of a step → means and residuals in totals; false if a residual is too large or not a number. */
function close(step: i64, replica: i32, index: i32): bool {
  add(step, 0, sumCount());
  drawOffsets(epsilon(), step, replica);
  for (let k = 0; k < moments; k++) {
    const at = totals() + 8 * <usize>k;
    store<f64>(at, load<f64>(at) / dimension);
  }
  let good = true;
  for (let j = 0; j < batch; j++) {
    const r = residual(j) / rootDimension - offsetOf(epsilon(), index, j);
    store<f64>(totals() + 8 * <usize>(moments + 1 + j), r);
    if (good && !(Math.abs(r) <= limit)) {
      good = false;
      stopped = r;
    }
  }
  return good;
}

/** (1/d) Σ κ_i x_i² of the step. */
function gradientNorm(step: i64, replica: i32, k: i32): f64 {
  const at = totals() + 8 * <usize>moments;
  if (batch == 1) return (residual(0) * residual(0) * load<f64>(at)) / dimension;
  for (let b = firstBlock; b < endBlock; b++) {
    let sum: f64 = 0;
    const end = min((b + 1) * BLOCK_GROUPS, groups);
    for (let g = b * BLOCK_GROUPS; g < end; g += SEGMENT_GROUPS) {
      const n = min(SEGMENT_GROUPS, end - g);
      sum += gradient(16 * g, 16 * (g + n), origin(mixed(g, n, replica, step, k), g));
    }
    store<f64>(partial(step, b) + 8 * <usize>moments, sum);
  }
  meet(place, members);
  add(step, moments, moments + 1);
  return load<f64>(at) / dimension;
}

/** γ of a step, and the integrals after it; NaN where a formula has no value. */
function gammaOf(step: i64, replica: i32, k: i32): f64 {
  let squares: f64 = 0;
  for (let j = 0; j < batch; j++) squares += residual(j) * residual(j);
  const norm = needsGradient ? gradientNorm(step, replica, k) : 0;
  const gamma = stepSize(totals(), own(), <f64>step / dimension, (0.5 * squares) / <f64>batch, norm);
  for (let i = 0; i < integralCount; i++) if (isNaN(load<f64>(own() + 8 * <usize>i))) return NaN;
  return gamma;
}

/**
 * Advances one replica by `steps` steps from `step`; gammas[k] = γ of the k-th of them, where it does not come from the state. Returns the number of steps
 * taken, fewer than `steps` if a residual of the next one failed; −1 − that number if its step size has no value. All members call it alike.
 */
export function advance(replica: i32, step: f64, steps: i32, gammas: usize): i32 {
  let now = <i64>step;
  memory.copy(own(), integrals, 8 * <usize>integralCount);
  for (let k = -1; k < steps; k++) {
    let gamma: f64 = 0;
    let weight: f64 = 0;
    if (k >= 0) {
      meet(place, members);
      const good = close(now, replica, k);
      if (good) gamma = readsState ? gammaOf(now, replica, k) : load<f64>(gammas + 8 * <usize>k);
      if (!good || isNaN(gamma)) {
        // Nobody may start the next chunk over the sums that another member still reads.
        meet(place, members);
        return good ? -1 - k : k;
      }
      weight = (batch == 1 ? residual(0) : 1) / rootDimension;
      now++;
    }
    // `now` is the step that the new sums and features are for.
    const more = k < steps - 1;
    for (let b = firstBlock; b < endBlock; b++) {
      const sums = partial(now, b);
      memory.fill(sums, 0, 8 * <usize>sumCount());
      const end = min((b + 1) * BLOCK_GROUPS, groups);
      for (let g = b * BLOCK_GROUPS; g < end; g += SEGMENT_GROUPS) {
        const n = min(SEGMENT_GROUPS, end - g);
        const a = origin(scratch, g);
        if (k < 0) look(16 * g, 16 * (g + n), a, sums);
        else {
          const feature = batch == 1 ? sample(0, g) : mixed(g, n, replica, now - 1, k);
          move(16 * g, 16 * (g + n), origin(feature, g), a, sums, weight, gamma);
        }
        if (more) correlate(sums, g, n, replica, now, k + 1);
      }
    }
  }
  meet(place, members);
  if (isLead) memory.copy(integrals, own(), 8 * <usize>integralCount);
  return steps;
}

/** The residual that made `advance` stop. */
export function failing(): f64 {
  return stopped;
}
