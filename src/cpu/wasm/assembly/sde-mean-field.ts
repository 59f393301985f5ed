/**
 * The SDE with mean-field coupling, Strang splitting (docs/paths.md, "SDE"): given the increments I of the PDE's clock the
 * coordinates do not meet, so a stretch of 256 takes all its steps while it lies in the first-level cache.
 */
import { meet } from './barrier';
import { drawNormals, setDraws, Stream } from './draw';
import { flow, kick, STAGE, STRETCH } from './strang';
import { GROUP } from './threefry';

let fourB: usize = 0;
let lambda: usize = 0;
let rootLambda: usize = 0;
let twoB: usize = 0;
let scratch: usize = 0;

let member: i32 = 0;
let members: i32 = 1;
let place: usize = 0;

/**
 * Constants of a problem, and which of the `members` of a team this is. Shared by all: 4b (f64), λ, √λ and 2b (f32), padded with
 * zeros to whole groups of 16, and `place` of the barrier (8 zero bytes). Each member's own: `scratch` of (24 + 4)·256 bytes.
 */
export function prepare(
  member_: i32, members_: i32, place_: usize, fourB_: usize, lambda_: usize, rootLambda_: usize, twoB_: usize, scratch_: usize, key0: i32, key1: i32,
): void {
  member = member_;
  members = members_;
  place = place_;
  fourB = fourB_;
  lambda = lambda_;
  rootLambda = rootLambda_;
  twoB = twoB_;
  scratch = scratch_;
  setDraws(0, 0, key0, key1);
}

/**
 * Advances groups first … end − 1 by `steps` steps from `step`. halves[k] = ½gτ and increments[k] = I of the k-th of them (f64).
 * `begins`: the state is at a knot, its half drift is still to come; `ends`: the last step is completed by its half drift alone,
 * otherwise it runs on into the first half of the next step, halves[steps]. All members call it alike and take every members-th
 * stretch.
 */
export function advance(
  p: usize, q: usize, first: i32, end: i32, replica: i32, step: f64, steps: i32, halves: usize, increments: usize,
  begins: bool, ends: bool,
): void {
  const stride = STRETCH / 16;
  const z = scratch + STAGE;
  for (let g = first + member * stride; g < end; g += members * stride) {
    const n = min(stride, end - g);
    const wide = 128 * <usize>g;
    const narrow = GROUP * <usize>g;
    if (begins) flow(p + wide, q + wide, fourB + wide, lambda + narrow, twoB + narrow, scratch, n, load<f64>(halves));
    for (let k = 0; k < steps; k++) {
      const at = 8 * <usize>k;
      const time = load<f64>(halves + at) + (ends && k == steps - 1 ? 0 : load<f64>(halves + at, 8));
      drawNormals(z, n, 4 * g, <i64>step + k, 0, replica, Stream.brownian);
      kick(p + wide, q + wide, lambda + narrow, rootLambda + narrow, z, n, load<f64>(increments + at));
      flow(p + wide, q + wide, fourB + wide, lambda + narrow, twoB + narrow, scratch, n, time);
    }
  }
  meet(place, members);
}
