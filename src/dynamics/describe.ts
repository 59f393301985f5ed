/** Dynamics in a few words. */
import { formulaOf, type Parametrization } from './models/index.ts';
import { type Momentum, ruleOf } from './rules/index.ts';
import { type StepSize, stateDefinition } from './stepsizes/index.ts';

/** `β = u³, heavy-ball θ = 0.9, adagrad-norm`. */
export function describeDynamics({
  parametrization,
  momentum,
  stepSize,
}: {
  readonly parametrization: Parametrization;
  readonly momentum?: Momentum;
  readonly stepSize: StepSize;
}): string {
  const rule = ruleOf(momentum);
  return [
    formulaOf(parametrization),
    ...(rule.theta > 0 ? [`${rule.kind} θ = ${rule.theta}`] : []),
    `step size ${stateDefinition(stepSize)?.name ?? stepSize.kind}`,
  ].join(', ');
}
