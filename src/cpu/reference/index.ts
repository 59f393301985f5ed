/** The f64 TypeScript engine: the path specification written out in the plainest fast form, and the twin of every kernel. */
import type { Simulator } from '../workers/simulator.ts';
import { modelOf } from './path.ts';
import { brownianSource, sde } from './sde.ts';
import { bridgeSgd } from './sgd-bridge.ts';
import { plainSgd } from './sgd-plain.ts';

export const referenceSimulator: Simulator = {
  open({ problem, plan, seed, wantsLogInvariant }) {
    const model = modelOf(problem);
    if (plan.kind === 'sde') return sde(model, plan, wantsLogInvariant, brownianSource(seed));
    return plan.algorithm === 'plain' ? plainSgd(model, plan, seed) : bridgeSgd(model, plan, seed);
  },
};
