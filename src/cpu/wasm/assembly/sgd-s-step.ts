/**
 * SGD, plain, single samples, one or two steps a pass (docs/paths.md, "SGD", "In s steps a pass"): the residuals of both from four sums at the
 * state before the first of them, then both multiplicative updates as one. A pass reads only sums over blocks, so the blocks of one replica
 * may be spread over the members of a team that shares the memory, with one meeting a pass; every member adds them up alike.
 *
 * One pass over the coordinates, in segments that stay in the first-level cache: update with the features of steps k and k + 1, make those
 * of the two steps to come over the old ones, add up what their residuals need. State f64; features and √λ f32; sums f32 within a
 * segment and f64 beyond, in an order that depends on the dimension alone. Arrays are padded with √λ = 4b = p = q = 0 to whole groups
 * of 16.
 */
import { meet } from './barrier';
import { drawFeatures, drawNormals, setDraws, Stream } from './draw';
import { advanceOne, advanceTwo, correlateOne, correlateTwo, measure, SUMS } from './pass';
import { SEGMENT } from './segment';
import { GROUP } from './threefry';

let groups: i32 = 0;
let blockGroups: i32 = 0;
let blocks: i32 = 0;
let firstBlock: i32 = 0;
let endBlock: i32 = 0;
let members: i32 = 1;
let place: usize = 0;
let noise: f64 = 0;
let rootDimension: f64 = 1;
let limit: f64 = 0;
let root: usize = 0;
let fourB: usize = 0;
let scratch: usize = 0;
let sums: usize = 0;
let stopped: f64 = 0;
/** Which half of `sums` the next pass reads. */
let half: i32 = 0;

/**
 * Constants of a problem, and this member's share: blocks firstBlock … endBlock − 1 of `blocks`, each of 16·blockGroups coordinates
 * but the last. Shared by all members: √λ (f32), 4b (f64), `sums` (8·blocks f64: four sums a block, of even and odd passes), `place` of
 * the barrier (8 zero bytes). Each member's own: `scratch` of 16·256 bytes.
 */
export function prepare(
  groups_: i32, blockGroups_: i32, blocks_: i32, firstBlock_: i32, endBlock_: i32, members_: i32, place_: usize,
  law: i32, degrees: f64, noise_: f64, dimension: f64, limit_: f64,
  root_: usize, fourB_: usize, scratch_: usize, sums_: usize, key0: i32, key1: i32,
): void {
  groups = groups_;
  blockGroups = blockGroups_;
  blocks = blocks_;
  firstBlock = firstBlock_;
  endBlock = endBlock_;
  members = members_;
  place = place_;
  noise = noise_;
  rootDimension = Math.sqrt(dimension);
  limit = limit_;
  root = root_;
  fourB = fourB_;
  scratch = scratch_;
  sums = sums_;
  setDraws(law, degrees, key0, key1);
}

// @ts-ignore: decorator
@inline
function sumsOf(which: i32, b: i32): usize {
  return sums + SUMS * (<usize>which * blocks + b);
}

/** Sum number n over all blocks, of the half that is read. */
function total(n: usize): f64 {
  let sum: f64 = 0;
  for (let b = 0; b < blocks; b++) sum += load<f64>(sumsOf(half, b) + 8 * n);
  return sum;
}

/** Takes the noise of a label off a sum over coordinates / √d; whether what is left is a residual that a path goes on with. */
function close(sum: f64, step: i64, replica: i32): bool {
  let r = sum / rootDimension;
  if (noise > 0) {
    drawNormals(scratch, 1, 0, step, 0, replica, Stream.labelNoise);
    r -= noise * <f64>load<f32>(scratch);
  }
  stopped = r;
  return Math.abs(r) <= limit;
}

/** Makes the features of `count` steps from `step` on for one segment, and adds to the block's sums what their residuals need. */
function look(features: usize, other: usize, scale: usize, n: i32, g: i32, step: i64, count: i32, replica: i32, out: usize): void {
  const spare = scratch + 12 * SEGMENT;
  drawFeatures(features, spare, n, 4 * g, step, 0, replica);
  if (count == 1) {
    correlateOne(scale, features, scratch, n, out);
    return;
  }
  drawFeatures(other, spare, n, 4 * g, step + 1, 0, replica);
  correlateTwo(scale, features, other, scratch, n, out);
}

/**
 * Advances one replica by `steps` steps from `step`, two at a time and what is left at the end; gains[k] = gain·γ/√d of the k-th of them. `ahead`: steps of the pass
 * that follows, 0 where none does. `begin`: nothing is known of the state; else the call before it, with ahead > 0, has left what is
 * needed. `features`: 8 bytes a coordinate, kept between calls. Returns the number of steps taken: fewer than `steps` if the residual
 * of the next one failed; the replica is then at its end. All members call it alike. Cost: one pass over p, q, √λ, 4b and the features a pass.
 */
export function advance(
  p: usize, q: usize, features: usize, replica: i32, step: f64, steps: i32, ahead: i32, begin: bool, gains: usize,
): i32 {
  let now = <i64>step;
  const second = features + GROUP * <usize>groups;
  if (begin) {
    half = 0;
    const count = min(2, steps);
    for (let b = firstBlock; b < endBlock; b++) {
      const out = sumsOf(half, b);
      memory.fill(out, 0, SUMS);
      const end = min((b + 1) * blockGroups, groups);
      for (let g = b * blockGroups; g < end; g += SEGMENT / 16) {
        const n = min(SEGMENT / 16, end - g);
        const at = <usize>g * 128;
        const skip = GROUP * <usize>g;
        measure(p + at, q + at, fourB + at, scratch, n);
        look(features + skip, second + skip, root + skip, n, g, now, count, replica, out);
      }
    }
  }
  for (let k = 0; k < steps; k += 2) {
    meet(place, members);
    const isPair = steps - k > 1;
    const left = steps - k - 2;
    const next = left > 0 ? min(2, left) : ahead;
    let good = close(0.25 * total(0), now, replica);
    let taken = k;
    let w1: f64 = 0;
    const w0 = load<f64>(gains + 8 * <usize>k) * stopped;
    if (good && isPair) {
      taken++;
      good = close(0.25 * (total(1) - w0 * (total(2) - w0 * total(3))), now + 1, replica);
      w1 = load<f64>(gains + 8 * <usize>(k + 1)) * stopped;
    }
    if (!good) {
      // Nobody may start the next replica over the sums that another member still reads.
      meet(place, members);
      return taken;
    }
    now += isPair ? 2 : 1;
    for (let b = firstBlock; b < endBlock; b++) {
      const out = sumsOf(1 - half, b);
      memory.fill(out, 0, SUMS);
      const end = min((b + 1) * blockGroups, groups);
      for (let g = b * blockGroups; g < end; g += SEGMENT / 16) {
        const n = min(SEGMENT / 16, end - g);
        const at = <usize>g * 128;
        const skip = GROUP * <usize>g;
        if (isPair) {
          advanceTwo(p + at, q + at, root + skip, fourB + at, features + skip, second + skip, scratch, n, <f32>w0, <f32>w1);
        } else {
          advanceOne(p + at, q + at, root + skip, fourB + at, features + skip, scratch, n, <f32>w0);
          if (next > 1) measure(p + at, q + at, fourB + at, scratch, n);
        }
        if (next > 0) look(features + skip, second + skip, root + skip, n, g, now, next, replica, out);
      }
    }
    half = 1 - half;
  }
  meet(place, members);
  return steps;
}

/** The residual that made `advance` stop. */
export function failing(): f64 {
  return stopped;
}
