/** The f64 TypeScript engine: the path specification written out in the plainest fast form, and the twin of every kernel. */
import { hasFastSde, hasFastSgd } from '../../problem/algorithm.ts';
import type { Simulator } from '../workers/simulator.ts';
import { genericSde } from './generic/sde.ts';
import { genericSgd } from './generic/sgd.ts';
import { modelOf } from './path.ts';
import { brownianSource, sde } from './sde.ts';
import { bridgeSgd } from './sgd-bridge.ts';
import { plainSgd } from './sgd-plain.ts';

export const referenceSimulator: Simulator = {
  open({ problem, plan, seed, wantsLogInvariant }) {
    if (plan.kind === 'sde') {
      if (!hasFastSde(problem, plan.increments !== null)) return genericSde(problem, plan, brownianSource(seed));
      return sde(modelOf(problem), plan, wantsLogInvariant, brownianSource(seed));
    }
    if (!hasFastSgd(problem)) return genericSgd(problem, plan, seed);
    const model = modelOf(problem);
    return plan.algorithm === 'plain' ? plainSgd(model, plan, seed) : bridgeSgd(model, plan, seed);
  },
};
