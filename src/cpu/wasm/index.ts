/** The fast CPU engine: WebAssembly kernels with 128-bit SIMD that follow docs/paths.md; docs/cpu.md says how and how fast. */
import { referenceSimulator } from '../reference/index.ts';
import type { Simulator } from '../workers/simulator.ts';
import { hasSharedMemory } from './modules.ts';
import { wasmSde } from './sde.ts';
import { wasmSgd } from './sgd.ts';

export { hasSharedMemory, hasSimd } from './modules.ts';
export { assist } from './team.ts';

/** Coordinates that a member of a team should have at least, so that a meeting, some microseconds, is little beside its step. */
const SMALLEST_SHARE = 16384;

/** Where a kernel is missing, the reference computes the same path: the two Euler schemes, which exist for comparison. */
export const wasmSimulator: Simulator = {
  mostThreads({ problem, plan }) {
    const kernelShares = plan.kind === 'sgd' ? plan.algorithm === 'bridge' : plan.scheme === 'strang';
    return kernelShares && hasSharedMemory() ? Math.max(1, Math.floor(problem.dimension / SMALLEST_SHARE)) : 1;
  },

  open(job) {
    const { plan } = job;
    if (plan.kind === 'sgd') return wasmSgd(job, plan);
    if (plan.scheme === 'strang') return wasmSde(job, plan);
    return referenceSimulator.open(job);
  },
};
