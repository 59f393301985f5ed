/**
 * SGD by the block bridge (docs/paths.md, "SGD"; docs/theory.md, "One dispatch per SGD step"): block residuals r_b = √S_b ξ_b from
 * their law, then features given the residuals. A step reads only sums over blocks, so the blocks of one replica may be spread over
 * the members of a team that shares the memory, with one meeting a step; every member draws the same residuals.
 *
 * One pass over the coordinates a step, in segments that stay in the first-level cache: update with the features of step k, sum the
 * new S_b, make the features of step k + 1 over the old ones, sum their s_b. State f64; features, √λ and 4a f32; sums f32 within a segment and f64 beyond, in an order that
 * depends on the dimension alone. Arrays are padded with √λ = 4b = p = q = 0 to whole groups of 16.
 */
import { meet } from './barrier';
import { evaluate, updateAlong } from './coordinates';
import { drawFeatures, drawNormals, setDraws, Stream } from './draw';
import { dot, SEGMENT } from './segment';
import { GROUP } from './threefry';

let groups: i32 = 0;
let blockGroups: i32 = 0;
let blocks: i32 = 0;
let firstBlock: i32 = 0;
let endBlock: i32 = 0;
let members: i32 = 1;
let place: usize = 0;
let batch: i32 = 1;
let noise: f64 = 0;
let rootDimension: f64 = 1;
let limit: f64 = 0;
let root: usize = 0;
let fourB: usize = 0;
let fourA: usize = 0;
let scratch: usize = 0;
let energies: usize = 0;

/**
 * Constants of a problem, and this member's share: blocks firstBlock … endBlock − 1 of `blocks`, each of 16·blockGroups coordinates
 * but the last. Shared by all members: √λ (f32), 4b (f64), 4a (f32), `energies` (2·blocks f64: 16 S_b of even and odd steps), `place` of the
 * barrier (8 zero bytes). Each member's own: `scratch` of 24·blocks + 16 + 64·⌈blocks/16⌉ + 64·⌈m/16⌉ bytes.
 */
export function prepare(
  groups_: i32, blockGroups_: i32, blocks_: i32, firstBlock_: i32, endBlock_: i32, members_: i32, place_: usize,
  batch_: i32, noise_: f64, dimension: f64, limit_: f64,
  root_: usize, fourB_: usize, fourA_: usize, scratch_: usize, energies_: usize, key0: i32, key1: i32,
): void {
  groups = groups_;
  blockGroups = blockGroups_;
  blocks = blocks_;
  firstBlock = firstBlock_;
  endBlock = endBlock_;
  members = members_;
  place = place_;
  batch = batch_;
  noise = noise_;
  rootDimension = Math.sqrt(dimension);
  limit = limit_;
  root = root_;
  fourB = fourB_;
  fourA = fourA_;
  scratch = scratch_;
  energies = energies_;
  setDraws(0, 0, key0, key1);
}

// @ts-ignore: decorator
@inline
function energy(step: i64, b: i32): usize {
  return energies + 8 * (<usize>(step & 1) * blocks + b);
}

/** s_b, r_b and Σ_j r_j r_{b,j} of block b in this member's scratch; then ξ and ε. */
// @ts-ignore: decorator
@inline
function correlation(b: i32): usize { return scratch + 8 * <usize>b; }
// @ts-ignore: decorator
@inline
function blockResidual(b: i32): usize { return correlation(blocks + b); }
// @ts-ignore: decorator
@inline
function product(b: i32): usize { return correlation(2 * blocks + b); }

let firstResidual: f64 = 0;
let stopped: f64 = 0;
let squares: f64 = 0;

/** Draws all residuals of a step from the energies; false if one is too large or not a number. */
function drawResiduals(step: i64, replica: i32): bool {
  const xi = (correlation(3 * blocks) + 15) & ~15;
  const epsilon = xi + GROUP * <usize>((blocks + 15) >> 4);
  if (noise > 0) drawNormals(epsilon, (batch + 15) >> 4, 0, step, 0, replica, Stream.labelNoise);
  let good = true;
  squares = 0;
  for (let j = 0; j < batch; j++) {
    drawNormals(xi, (blocks + 15) >> 4, 0, step, j, replica, Stream.bridge);
    let sum: f64 = 0;
    for (let b = 0; b < blocks; b++) {
      const part = 0.25 * Math.sqrt(load<f64>(energy(step, b))) * <f64>load<f32>(xi + 4 * <usize>b);
      store<f64>(blockResidual(b), part);
      sum += part;
    }
    let r = sum / rootDimension;
    if (noise > 0) r -= noise * <f64>load<f32>(epsilon + 4 * <usize>j);
    if (good && !(Math.abs(r) <= limit)) {
      good = false;
      stopped = r;
    }
    if (j == 0) firstResidual = r;
    squares += r * r;
    for (let b = 0; b < blocks; b++) {
      const value = r * load<f64>(blockResidual(b));
      store<f64>(product(b), j == 0 ? value : load<f64>(product(b)) + value);
    }
  }
  return good;
}

/**
 * Advances one replica by `steps` steps from `step`; gains[k] = gain·γ/√d of the k-th of them; `features`: 4 bytes a coordinate.
 * Returns the number of steps taken: fewer than `steps` if a residual of the next one failed. All members call it alike.
 */
export function advance(p: usize, q: usize, features: usize, replica: i32, step: f64, steps: i32, gains: usize): i32 {
  let now = <i64>step;
  for (let k = -1; k < steps; k++) {
    let across: f64 = 0;
    let c: f64 = 0;
    if (k >= 0) {
      meet(place, members);
      if (!drawResiduals(now, replica)) {
        // Nobody may start the next chunk over the energies that another member still reads.
        meet(place, members);
        return k;
      }
      c = load<f64>(gains + 8 * <usize>k);
      across = (firstResidual < 0 ? -Math.sqrt(squares) : Math.sqrt(squares)) / <f64>batch;
      now++;
    }
    // `now` is the step that the new energies and features are for.
    const more = k < steps - 1;
    for (let b = firstBlock; b < endBlock; b++) {
      let along: f64 = 0;
      if (k >= 0) {
        const old = load<f64>(energy(now - 1, b));
        // G = along·a + across·g with along = (Σ_j r_j r_{b,j}/m − across·s_b)/S_b, in terms of 4a, 4s and 16S.
        if (old > 0) along = ((4 * load<f64>(product(b))) / <f64>batch - across * load<f64>(correlation(b))) / old;
      }
      let sum: f64 = 0;
      let correlated: f64 = 0;
      const end = min((b + 1) * blockGroups, groups);
      for (let g = b * blockGroups; g < end; g += SEGMENT / 16) {
        const n = min(SEGMENT / 16, end - g);
        const at = <usize>g * 128;
        const feature = features + GROUP * <usize>g;
        const a = fourA + GROUP * <usize>g;
        const scale = root + GROUP * <usize>g;
        if (k < 0) sum += evaluate(p + at, q + at, scale, fourB + at, a, n);
        else sum += updateAlong(p + at, q + at, scale, fourB + at, feature, a, n, <f32>(c * along), <f32>(c * across));
        if (more) {
          drawFeatures(feature, 0, n, 4 * g, now, 0, replica);
          correlated += dot(a, feature, n);
        }
      }
      store<f64>(energy(now, b), sum);
      store<f64>(correlation(b), correlated);
    }
  }
  meet(place, members);
  return steps;
}

/** The residual that made `advance` stop. */
export function failing(): f64 {
  return stopped;
}
