/** The samples of plain steps: fresh ones, or rows of finite data that the host has put in order (docs/paths.md, "Finite data"). */
import { drawFeatures, drawNormals, Stream } from './draw';

let batch: i32 = 1;
let noise: f64 = 0;
/** Of finite data: the row (i32) and what is subtracted from the residual (f64) of every sample of the steps of a call; 0: samples are fresh. */
let rows: usize = 0;
let offsets: usize = 0;

export function setSamples(batch_: i32, noise_: f64, rows_: usize, offsets_: usize): void {
  batch = batch_;
  noise = noise_;
  rows = rows_;
  offsets = offsets_;
}

/** Features of sample j of `step`, the k-th of a call, for n groups from g on; of finite data `replica` is the dataset. `spare`: as in drawFeatures. */
// @ts-ignore: decorator
@inline
export function drawSample(at: usize, spare: usize, n: i32, g: i32, replica: i32, step: i64, k: i32, j: i32): void {
  if (rows == 0) drawFeatures(at, spare, n, 4 * g, step, j, replica);
  else drawFeatures(at, spare, n, 4 * g, <i64>load<i32>(rows + 4 * <usize>(k * batch + j)), 0, replica);
}

/** Makes the label noise of a step, 64·⌈m/16⌉ bytes at `epsilon`, for `offsetOf`. */
// @ts-ignore: decorator
@inline
export function drawOffsets(epsilon: usize, step: i64, replica: i32): void {
  if (rows == 0 && noise > 0) drawNormals(epsilon, (batch + 15) >> 4, 0, step, 0, replica, Stream.labelNoise);
}

/** What is subtracted from the residual of sample j of the k-th step of a call. */
// @ts-ignore: decorator
@inline
export function offsetOf(epsilon: usize, k: i32, j: i32): f64 {
  if (rows != 0) return load<f64>(offsets + 8 * <usize>(k * batch + j));
  return noise > 0 ? noise * <f64>load<f32>(epsilon + 4 * <usize>j) : 0;
}
