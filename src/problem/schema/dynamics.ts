/** Which dynamics, methods and statistics go together: everything else is refused here, with the reason. */
import { kindOf, modelOf, type Parametrization } from '../../dynamics/models/index.ts';
import { isSchedule, type StepSize } from '../../dynamics/stepsizes/index.ts';
import { broken } from '../../schema/fields.ts';

interface Asked {
  readonly problem: { readonly parametrization: Parametrization };
  readonly stepSize: number | StepSize;
  readonly momentum?: { readonly value: number };
  readonly methods: readonly {
    readonly kind: string;
    readonly coupling?: string;
    readonly varianceReduction?: string;
  }[];
  readonly statistics: readonly (string | { readonly name: string })[];
}

/** What this version does not run yet: method → dynamics. */
const UNFINISHED: Readonly<Record<string, readonly string[]>> = {
  pde: ['momentum', 'depth', 'state'],
  flow: ['momentum', 'depth', 'state'],
};

export function checkDynamics(context: Parameters<typeof broken>[0], asked: Asked): void {
  const { problem, stepSize, momentum, methods, statistics } = asked;
  const model = modelOf(problem.parametrization);
  const isDeep = model.hyperbolic === undefined;
  const readsState = typeof stepSize === 'object' && !isSchedule(stepSize);
  const name = kindOf(problem.parametrization);
  methods.forEach(({ kind, coupling, varianceReduction }, i) => {
    const refuse = (rule: string) => broken(context, ['methods', i, 'kind'], rule, kind);
    const unfinished = UNFINISHED[kind] ?? [];
    if (kind === 'pde' && model.withoutLimit)
      refuse(`must not be "pde" with parametrization "${name}": ${model.withoutLimit}`);
    else if (kind === 'sde' && coupling === 'mean-field' && model.withoutLimit)
      broken(
        context,
        ['methods', i, 'coupling'],
        `must be "interacting" with parametrization "${name}", as the PDE gives no risk: ${model.withoutLimit}`,
        coupling,
      );
    else if (varianceReduction !== undefined && (isDeep || readsState))
      broken(
        context,
        ['methods', i, 'varianceReduction'],
        'must be left out with a parametrization of depth above 2 or a step size that reads the state: the path without noise is then not known beforehand',
        varianceReduction,
      );
    else if (momentum && unfinished.includes('momentum')) refuse('does not run with momentum yet: leave momentum out');
    else if (isDeep && unfinished.includes('depth')) refuse(`does not run with parametrization "${name}" yet`);
    else if (readsState && unfinished.includes('state'))
      refuse(`does not run with the step size "${stepSize.kind}" yet: take a number or a schedule`);
  });
  if (!isDeep) return;
  const at = statistics.indexOf('effectiveInitialization');
  if (at >= 0)
    broken(
      context,
      ['statistics', at],
      `must not be effectiveInitialization with parametrization "${name}": only depth 2 has log|u² − v²|, which gradient flow conserves`,
      'effectiveInitialization',
    );
}
