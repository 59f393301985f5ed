/** The fast CPU engine: WebAssembly kernels with 128-bit SIMD that follow docs/paths.md; docs/cpu.md says how and how fast. */
import { describeDynamics } from '../../dynamics/index.ts';
import { hasFastSde, hasFastSgd, stepsPerPass } from '../../problem/algorithm.ts';
import { referenceSimulator } from '../reference/index.ts';
import type { Job, Simulator } from '../workers/simulator.ts';
import { hasSlots } from './emit/slots.ts';
import { hasSharedMemory } from './modules.ts';
import { wasmSde } from './sde.ts';
import { wasmSgd } from './sgd.ts';

export { hasSharedMemory, hasSimd } from './modules.ts';
export { assist } from './team.ts';

/** Coordinates that a member of a team should have at least, so that a meeting, some microseconds, is little beside its step. */
const SMALLEST_SHARE = 16384;

type Task = Pick<Job, 'problem' | 'plan'>;

/** Whether kernels compute these paths; the reference engine computes the others, the same paths at its own speed. */
function hasKernel({ problem, plan }: Task): boolean {
  // Kernels draw their samples.
  if (plan.kind === 'sgd') return problem.data?.kind !== 'files' && (hasFastSgd(problem) || hasSlots(problem));
  return plan.scheme === 'strang' && hasFastSde(problem, plan.increments !== null);
}

/** Whether one replica can be spread over a team: the kernel of plain SGD in single steps keeps to a thread. */
function isShared({ problem, plan }: Task): boolean {
  return plan.kind === 'sde' || plan.algorithm === 'bridge' || stepsPerPass(problem) > 1 || !hasFastSgd(problem);
}

export const wasmSimulator: Simulator = {
  mostThreads(job) {
    const canShare = hasKernel(job) && isShared(job) && hasSharedMemory();
    return canShare ? Math.max(1, Math.floor(job.problem.dimension / SMALLEST_SHARE)) : 1;
  },

  notice(job) {
    const { plan, problem } = job;
    const isKnown = plan.kind === 'sgd' ? hasKernel(job) : hasFastSde(problem, plan.increments !== null);
    if (plan.kind === 'sgd' && problem.data?.kind === 'files')
      return 'the cpu engine has no kernel for samples from files; the reference engine runs them, the same paths at its own speed';
    return isKnown
      ? null
      : `the cpu engine has no kernel for these dynamics (${describeDynamics(problem)}); the reference engine runs them, the same paths, some ten times slower`;
  },

  open(job) {
    const { plan } = job;
    if (!hasKernel(job)) return referenceSimulator.open(job);
    return plan.kind === 'sgd' ? wasmSgd(job, plan) : wasmSde(job, plan);
  },
};
