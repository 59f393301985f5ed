/** The state that is drawn: a copy of one replica on the engine's device. */
import type { Device, StateView } from '../../gpu/index.ts';

/** What of a state is drawn: the engine's own buffers, or a copy of one replica on the device. */
export interface Source {
  readonly device: Device;
  readonly anchors: GPUBuffer;
  readonly deltas: GPUBuffer;
  readonly coefficients: GPUBuffer;
  readonly dimension: number;
  readonly quads: number;
  /** Replicas in the buffers; the first is drawn. */
  readonly count: number;
  readonly parametrization: StateView['parametrization'];
}

/** A copy of the first replica, from buffer to buffer on the device, to look at while the engine goes on; into `into`, where it fits. */
export function keep(state: StateView, into: Source | null): Source {
  const { gpu } = state.device;
  const plane = 16 * state.quads;
  const make = (label: string) =>
    gpu.createBuffer({ label, size: 2 * plane, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST });
  const fits = into !== null && into.device === state.device && into.quads === state.quads;
  if (into !== null && !fits) release(into);
  const { anchors, deltas, coefficients } = fits
    ? into
    : { anchors: make('kept P, Q'), deltas: make('kept dp, dq'), coefficients: make('kept coefficients') };
  const encoder = gpu.createCommandEncoder({ label: 'keep the portrait' });
  for (const k of [0, 1]) {
    encoder.copyBufferToBuffer(state.anchors, k * state.count * plane, anchors, k * plane, plane);
    encoder.copyBufferToBuffer(state.deltas, k * state.count * plane, deltas, k * plane, plane);
  }
  encoder.copyBufferToBuffer(state.coefficients, 0, coefficients, 0, 2 * plane);
  gpu.queue.submit([encoder.finish()]);
  const { device, dimension, quads, parametrization } = state;
  return { device, anchors, deltas, coefficients, dimension, quads, count: 1, parametrization };
}

export function release({ anchors, deltas, coefficients }: Source): void {
  for (const buffer of [anchors, deltas, coefficients]) buffer.destroy();
}
