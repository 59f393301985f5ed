/** The start of a problem as the planes of f32 that the kernels keep (shaders/lib/model.wgsl), made in f64. */
import { hyperbolicOf } from '../dynamics/index.ts';
import { genericModel } from '../dynamics/models/compiled.ts';
import { type Problem, toP, toQ } from '../problem/index.ts';
import type { Device } from './device.ts';

export interface Start {
  /** Four coordinates each; the last one padded with zeros, which never move. */
  readonly quads: number;
  /** Planes P, Q, E of [4·quads]: p and q rounded, and e = β − b from the unrounded ones. */
  readonly anchors: Float32Array<ArrayBuffer>;
  /** Planes √λ, b. */
  readonly coefficients: Float32Array<ArrayBuffer>;
  /** 2R(0). */
  readonly twiceRisk: number;
  /** Whether some coordinate has p q = 0, which it then keeps for ever: log|p q| = −∞. */
  readonly balanced: boolean;
}

export function startOf(problem: Problem): Start {
  const { dimension: d, lambda, b, u0, v0, parametrization, labelNoise } = problem;
  const quads = Math.ceil(d / 4);
  const plane = 4 * quads;
  const anchors = new Float32Array(3 * plane);
  const coefficients = new Float32Array(2 * plane);
  let sum = 0;
  let balanced = false;
  const other = hyperbolicOf(parametrization) === null ? otherStart(problem) : null;
  for (let i = 0; i < d; i++) {
    const p = other ? other.p[i] : toP(parametrization, u0[i], v0[i]);
    const q = other ? other.q[i] : toQ(parametrization, u0[i], v0[i]);
    const e = other ? other.beta[i] - b[i] : 0.25 * (p - q) * (p + q) - b[i];
    sum += lambda[i] * e * e;
    if (p === 0 || q === 0) balanced = true;
    anchors[i] = p;
    anchors[plane + i] = q;
    anchors[2 * plane + i] = e;
    coefficients[i] = Math.sqrt(lambda[i]);
    coefficients[plane + i] = b[i];
  }
  return { quads, anchors, coefficients, twiceRisk: sum / d + labelNoise * labelNoise, balanced };
}

/** p, q and β at the start, of a model that has no hyperbolic coordinates. */
function otherStart(problem: Problem): { p: Float64Array; q: Float64Array; beta: Float64Array } {
  const { start, names, beta: loop } = genericModel(problem);
  const beta = new Float64Array(problem.dimension);
  const columns = Object.fromEntries(names.map((name, k) => [name, start[k]]));
  loop.run(columns, 0, problem.dimension, ([values], first, count) => beta.set(values.subarray(0, count), first));
  return { p: start[0], q: start[1] ?? new Float64Array(problem.dimension), beta };
}

/** Copies, and bytes of them, in a submission that lays out the start: some milliseconds on a slow device. */
export const LARGEST_SPREAD = { copies: 4096, bytes: 64 << 20 } as const;

/** Copies three planes of one replica's start from `deltas` to those of `count` replicas, and clears `deltas`. */
export async function spreadStart(
  device: Device,
  label: string,
  deltas: GPUBuffer,
  anchors: GPUBuffer,
  plane: number,
  count: number,
): Promise<void> {
  const { gpu } = device;
  const each = Math.max(1, Math.min(LARGEST_SPREAD.copies, Math.floor(LARGEST_SPREAD.bytes / plane)));
  for (let at = 0; at < 3 * count; at += each) {
    await device.guard(`the start of ${label}`, () => {
      const encoder = gpu.createCommandEncoder({ label: `start of ${label}` });
      for (let row = at; row < Math.min(3 * count, at + each); row++) {
        encoder.copyBufferToBuffer(deltas, Math.floor(row / count) * plane, anchors, row * plane, plane);
      }
      if (at + each >= 3 * count) encoder.clearBuffer(deltas);
      gpu.queue.submit([encoder.finish()]);
      return gpu.queue.onSubmittedWorkDone();
    });
  }
}
