/** The fast CPU engine: WebAssembly kernels with 128-bit SIMD that follow docs/paths.md; docs/cpu.md says how and how fast. */
import { referenceSimulator } from '../reference/index.ts';
import type { Simulator } from '../workers/simulator.ts';
import { wasmSde } from './sde.ts';
import { wasmSgd } from './sgd.ts';

export { hasSharedMemory, hasSimd } from './modules.ts';

/** Where a kernel is missing, the reference computes the same path: the two Euler schemes, which exist for comparison. */
export const wasmSimulator: Simulator = {
  open(job) {
    const { problem, plan, seed } = job;
    if (plan.kind === 'sgd') return wasmSgd(problem, plan, seed);
    if (plan.scheme === 'strang') return wasmSde(job, plan);
    return referenceSimulator.open(job);
  },
};
