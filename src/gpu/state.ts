/** The state of a batch as it lies on the device, for whoever draws it there: nothing is read back. */

import type { Parametrization } from '../problem/index.ts';
import type { Device } from './device.ts';
import type * as WebGpu from './webgpu.ts';

export interface StateView {
  readonly device: Device;
  readonly method: 'sgd' | 'sde';
  readonly parametrization: Parametrization;
  readonly dimension: number;
  /** ⌈d/4⌉. */
  readonly quads: number;
  /** First replica and their number. */
  readonly first: number;
  readonly count: number;
  /** Planes P, Q, E of [replica][quad], vec4f each (shaders/lib/model.wgsl); where dynamics run from their expressions (hasFastSgd, hasFastSde), those of shaders/lib/dynamics.wgsl. */
  readonly anchors: WebGpu.Buffer;
  /** Planes dp, dq of [replica][quad]: p = P (1 + dp), q = Q (1 + dq). */
  readonly deltas: WebGpu.Buffer;
  /** Planes √λ, b of [quad]. */
  readonly coefficients: WebGpu.Buffer;
  /** t of the state that submissions from now on see, up to the next call. */
  readonly time: number;
  /** False in the middle of an SDE step that was split over two submissions. */
  readonly atRest: boolean;
  /** The last state of the batch: its buffers are freed when the call returns. */
  readonly last: boolean;
}

/**
 * Called after each submission of a batch. Commands submitted to the same queue during the call see the state at `time`; the buffers
 * have usages STORAGE and COPY_SRC, and must not be written.
 */
export type StateObserver = (state: StateView) => void;
