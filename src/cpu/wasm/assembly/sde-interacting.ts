/**
 * The SDE with interacting coupling, Strang splitting (docs/paths.md, "SDE"): R comes from the path's own coordinates, after the
 * first half drift. One pass over the coordinates a step: noise of step k, its second half drift together with the first half of
 * step k + 1, and the sums that step k + 1 needs. Sums are f64, by blocks of 4096 coordinates and then over blocks, so the blocks may be
 * spread over the members of a team that shares the memory, with one meeting a step.
 */
import { meet } from './barrier';
import { drawNormals, setDraws, Stream } from './draw';
import { high, low } from './segment';
import { flow, kick, STAGE, STRETCH } from './strang';
import { GROUP } from './threefry';

/** Groups of a block. */
const BLOCK: i32 = 256;

let groups: i32 = 0;
let firstBlock: i32 = 0;
let endBlock: i32 = 0;
let members: i32 = 1;
let place: usize = 0;
let dimension: f64 = 1;
let noise: f64 = 0;
let limit: f64 = 0;
let fourB: usize = 0;
let lambda: usize = 0;
let rootLambda: usize = 0;
let twoB: usize = 0;
let scratch: usize = 0;
let sums: usize = 0;
let stopped: f64 = 0;

/**
 * Constants of a problem, and this member's share: blocks firstBlock … endBlock − 1. Shared by all members: 4b (f64), λ, √λ and 2b
 * (f32), `sums` (32 bytes a block), `place` of the barrier (8 zero bytes). Each member's own: `scratch` of (24 + 4)·256 bytes.
 * `limit_`: 2R above which a path has failed.
 */
export function prepare(
  groups_: i32, firstBlock_: i32, endBlock_: i32, members_: i32, place_: usize, dimension_: f64, noise_: f64, limit_: f64,
  fourB_: usize, lambda_: usize, rootLambda_: usize, twoB_: usize, scratch_: usize, sums_: usize, key0: i32, key1: i32,
): void {
  groups = groups_;
  firstBlock = firstBlock_;
  endBlock = endBlock_;
  members = members_;
  place = place_;
  dimension = dimension_;
  noise = noise_;
  limit = limit_;
  fourB = fourB_;
  lambda = lambda_;
  rootLambda = rootLambda_;
  twoB = twoB_;
  scratch = scratch_;
  sums = sums_;
  setDraws(0, 0, key0, key1);
}

// @ts-ignore: decorator
@inline
function lanes(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

let riskSum: f64 = 0;
let noiseSum: f64 = 0;

/** Adds Σ λ(4e)² to riskSum and Σ 8λ²(κ_p² + 2eβ), κ_p = (p² + q²)/2, to noiseSum, for 16·n coordinates. */
function addSums(p: usize, q: usize, b: usize, l: usize, n: i32): void {
  let r0 = f64x2.splat(0);
  let r1 = f64x2.splat(0);
  let n0 = f64x2.splat(0);
  let n1 = f64x2.splat(0);
  const end = p + 128 * <usize>n;
  while (p < end) {
    const weights = v128.load(l);
    for (let half: usize = 0; half < 2; half++) {
      const p0 = v128.load(p + 16 * half);
      const q0 = v128.load(q + 16 * half);
      const weight = half == 0 ? low(weights) : high(weights);
      const beta = f64x2.mul(f64x2.sub(p0, q0), f64x2.add(p0, q0));
      const e = f64x2.sub(beta, v128.load(b + 16 * half));
      const kappa = f64x2.add(f64x2.mul(p0, p0), f64x2.mul(q0, q0));
      const risk = f64x2.mul(weight, f64x2.mul(e, e));
      const curved = f64x2.add(f64x2.mul(f64x2.add(kappa, kappa), kappa), f64x2.mul(e, beta));
      const spread = f64x2.mul(f64x2.mul(weight, weight), curved);
      if (half == 0) {
        r0 = f64x2.add(r0, risk);
        n0 = f64x2.add(n0, spread);
      } else {
        r1 = f64x2.add(r1, risk);
        n1 = f64x2.add(n1, spread);
      }
    }
    p += 32;
    q += 32;
    b += 32;
    l += 16;
  }
  riskSum += lanes(f64x2.add(r0, r1));
  noiseSum += lanes(f64x2.add(n0, n1));
}

// @ts-ignore: decorator
@inline
function blockSums(step: i64, b: i32): usize {
  return sums + 16 * (2 * <usize>b + <usize>(step & 1));
}

/** e^x for x ≤ ½ (0 below −700): the Taylor series of e^(x/2ⁿ), n times squared, with n ≥ 4 and |x|/2ⁿ ≤ 0.05. */
function exp(x: f64): f64 {
  if (x < -700) return 0;
  let doublings = 4;
  let y = x / 16;
  while (y < -0.05) {
    y *= 0.5;
    doublings++;
  }
  let sum: f64 = 1;
  for (let i = 10; i > 0; i--) sum = 1 + (sum * y) / <f64>i;
  for (let i = 0; i < doublings; i++) sum *= sum;
  return sum;
}

/** One pass over this member's blocks: noise of the step before `step` if there is one, the drift, and the sums of `step`. */
function pass(p: usize, q: usize, replica: i32, step: i64, noisy: bool, increment: f64, time: f64): void {
  for (let b = firstBlock; b < endBlock; b++) {
    riskSum = 0;
    noiseSum = 0;
    const end = min((b + 1) * BLOCK, groups);
    for (let g = b * BLOCK; g < end; g += STRETCH / 16) {
      const n = min(STRETCH / 16, end - g);
      const wide = 128 * <usize>g;
      const narrow = GROUP * <usize>g;
      if (noisy) {
        const z = scratch + STAGE;
        drawNormals(z, n, 4 * g, step - 1, 0, replica, Stream.brownian);
        kick(p + wide, q + wide, lambda + narrow, rootLambda + narrow, z, n, increment);
      }
      flow(p + wide, q + wide, fourB + wide, lambda + narrow, twoB + narrow, scratch, n, time);
      addSums(p + wide, q + wide, fourB + wide, lambda + narrow, n);
    }
    const at = blockSums(step, b);
    store<f64>(at, riskSum);
    store<f64>(at, noiseSum, 8);
  }
}

/**
 * Advances one replica by `steps` steps from `step`. f64 arrays, one number a step: halves ½gτ, variances g²/m, lengths τ; what is
 * written: increments I. `begins`: the state is at a knot, its half drift is still to come; `ends`: the last step is completed by its
 * half drift alone, otherwise it runs on into the first half of the next step, halves[steps], whose sums then wait in `sums`.
 * Returns the number of steps taken: fewer than `steps` if 2R exceeds the limit. All members call it alike.
 */
export function advance(
  p: usize, q: usize, replica: i32, step: f64, steps: i32, halves: usize, variances: usize, lengths: usize, increments: usize,
  begins: bool, ends: bool,
): i32 {
  const blocks = (groups + BLOCK - 1) / BLOCK;
  let now = <i64>step;
  if (begins) pass(p, q, replica, now, false, 0, load<f64>(halves));
  for (let k = 0; k < steps; k++) {
    meet(place, members);
    let risk: f64 = 0;
    let spread: f64 = 0;
    for (let b = 0; b < blocks; b++) {
      risk += load<f64>(blockSums(now, b));
      spread += load<f64>(blockSums(now, b), 8);
    }
    const twice = (risk * 0.0625) / dimension + noise * noise;
    if (!(twice <= limit)) {
      stopped = twice;
      // Nobody may start the next path over the sums that another member still reads.
      meet(place, members);
      return k;
    }
    const at = 8 * <usize>k;
    const variance = load<f64>(variances + at);
    const tau = load<f64>(lengths + at);
    // R in the middle of the step: the noise lets it grow at the rate N/R.
    const growth = min((variance * spread * 0.125) / dimension, 1 / tau);
    const increment = 0.5 * twice * variance * tau * exp(0.5 * tau * growth);
    if (firstBlock == 0) store<f64>(increments + at, increment);
    const time = load<f64>(halves + at) + (ends && k == steps - 1 ? 0 : load<f64>(halves + at, 8));
    now++;
    pass(p, q, replica, now, true, increment, time);
  }
  meet(place, members);
  return steps;
}

/** 2R where `advance` stopped. */
export function failing(): f64 {
  return stopped;
}
