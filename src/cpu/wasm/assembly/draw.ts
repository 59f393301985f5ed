/** Draws by address: words of a stream, turned into normals or features (src/random/address.ts has the same streams). */
import { fillWords, GROUP } from './threefry';
import { gaussian, rademacher, studentT, uniform } from './feature';

/** What a word is used for; values as in src/random/address.ts. */
export namespace Stream {
  export const features: i32 = 0;
  export const labelNoise: i32 = 1;
  export const bridge: i32 = 2;
  export const brownian: i32 = 3;
  export const featuresAuxiliary: i32 = 4;
}

/** Laws as the host numbers them. */
namespace Law {
  export const gaussian: i32 = 0;
  export const rademacher: i32 = 1;
  export const uniform: i32 = 2;
}

let law: i32 = 0;
let degrees: f64 = 0;
let key0: i32 = 0;
let key1: i32 = 0;

/** Law of the features (0 gaussian, 1 rademacher, 2 uniform, 3 Student t with `degrees_`) and the two words of the seed. */
export function setDraws(law_: i32, degrees_: f64, key0_: i32, key1_: i32): void {
  law = law_;
  degrees = degrees_;
  key0 = key0_;
  key1 = key1_;
}

// @ts-ignore: decorator
@inline
function words(dst: usize, groups: i32, quad: i32, step: i64, sub: i32, replica: i32, stream: i32): void {
  fillWords(dst, groups, quad, <i32>step, <i32>(step >> 32), sub, key0, key1, replica, stream);
}

/** Normals of indices 4·quad, …, 16·groups of them (f32), at `dst`. */
export function drawNormals(dst: usize, groups: i32, quad: i32, step: i64, sub: i32, replica: i32, stream: i32): void {
  words(dst, groups, quad, step, sub, replica, stream);
  gaussian(dst, groups);
}

/** Features of coordinates 4·quad, …, 16·groups of them (f32), at `dst`; `spare`: as many bytes for the second words of Student t. */
export function drawFeatures(dst: usize, spare: usize, groups: i32, quad: i32, step: i64, sub: i32, replica: i32): void {
  words(dst, groups, quad, step, sub, replica, Stream.features);
  if (law == Law.gaussian) gaussian(dst, groups);
  else if (law == Law.rademacher) rademacher(dst, groups);
  else if (law == Law.uniform) uniform(dst, groups);
  else {
    words(spare, groups, quad, step, sub, replica, Stream.featuresAuxiliary);
    studentT(dst, spare, groups, degrees);
  }
}
