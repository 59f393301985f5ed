/** Which runs can be drawn: those whose state on the GPU is that of shaders/lib/model.wgsl. */
import { describeDynamics } from '../../dynamics/index.ts';
import { type Experiment, hasFastSgd, normalizeParametrization, normalizeStepSize } from '../../problem/index.ts';

/** Why the portrait of SGD is not drawn, in one sentence; empty where it is. */
export function notDrawn({ problem, stepSize, momentum }: Experiment): string {
  const dynamics = {
    parametrization: normalizeParametrization(problem.parametrization),
    momentum,
    stepSize: normalizeStepSize(stepSize),
  };
  if (hasFastSgd(dynamics)) return '';
  return `The phase portrait is drawn for plain SGD of β = u⊙v, u² − v² or u² with a step size that is a function of time; the GPU keeps the state of these dynamics (${describeDynamics(dynamics)}) in another form.`;
}
