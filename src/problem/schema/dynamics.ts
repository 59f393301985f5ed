/** Which dynamics, methods and statistics go together: everything else is refused here, with the reason. */
import { hyperbolicOf, kindOf, modelOf, type Parametrization } from '../../dynamics/models/index.ts';
import type { FiniteData } from '../../dynamics/samples/index.ts';
import { isSchedule, type StepSize } from '../../dynamics/stepsizes/index.ts';
import { lineSearch } from '../../dynamics/stepsizes/line-search.ts';
import { sampleStatistics, targetStatistics } from '../../expression/definitions.ts';
import { broken } from '../../schema/fields.ts';

/** Most unknowns of Newton's method. */
export const MOST_INTERPOLATED = 4000;

interface Asked {
  readonly problem: {
    readonly dimension: number;
    readonly parametrization: Parametrization;
    readonly layout?: 'quantiles' | 'random' | { readonly shared: boolean };
    readonly target: { readonly kind: string };
    readonly data?:
      | { readonly kind: 'fresh' }
      | FiniteData
      | { readonly kind: 'files'; readonly shared?: true; readonly test?: unknown };
  };
  readonly stepSize: number | StepSize;
  readonly methods: readonly {
    readonly kind: string;
    readonly coupling?: string;
    readonly varianceReduction?: string;
    readonly until?: { readonly statistic?: string };
  }[];
  readonly estimates?: readonly {
    readonly kind: string;
    readonly statistic?: string;
    readonly statistics?: readonly string[];
  }[];
  readonly statistics: readonly (string | { readonly name: string })[];
  readonly densities?: { readonly of: readonly string[] };
}

export function checkDynamics(context: Parameters<typeof broken>[0], asked: Asked): void {
  const { problem, stepSize, methods, statistics, densities } = asked;
  const model = modelOf(problem.parametrization);
  const isDeep = model.hyperbolic === undefined;
  const readsState = typeof stepSize === 'object' && !isSchedule(stepSize);
  const name = kindOf(problem.parametrization);
  const data = problem.data === undefined || problem.data.kind === 'fresh' ? null : problem.data;
  methods.forEach(({ kind, coupling, varianceReduction }, i) => {
    const refuse = (rule: string) => broken(context, ['methods', i, 'kind'], rule, kind);
    if (
      kind === 'flow' &&
      (problem.layout === 'random' || (typeof problem.layout === 'object' && !problem.layout.shared))
    )
      refuse(
        'must not be "flow" where every replica draws a problem of its own, as it is the flow of one problem; take the layout {"kind": "random", "shared": true}',
      );
    else if (kind === 'flow' && data?.kind === 'finite' && !data.shared)
      refuse('must not be "flow" where every replica has a dataset of its own; take "shared": true');
    else if (kind === 'flow' && data && readsState)
      refuse(
        'must not be "flow" on finite data with a step size that reads the state: the flow on the training risk takes schedules',
      );
    else if (kind === 'pde' && model.withoutLimit)
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
    else if (kind === 'flow' && typeof stepSize === 'object' && stepSize.kind === lineSearch.kind)
      refuse(
        'must not be "flow" with the step size "line-search", which weighs the descent of the risk against its noise: a flow has none',
      );
  });
  statistics.forEach((statistic, i) => {
    if (typeof statistic === 'string' && sampleStatistics.includes(statistic) && !data)
      broken(
        context,
        ['statistics', i],
        `must not be ${statistic} with fresh samples, which have no training set; give problem.data`,
        statistic,
      );
    else if (statistic === 'testRisk' && !(data?.kind === 'files' && data.test))
      broken(context, ['statistics', i], 'must not be testRisk without a test set; give problem.data.test', statistic);
  });
  checkTarget(context, asked);
  if (!isDeep) return;
  const zeta = densities?.of.indexOf('zeta') ?? -1;
  if (zeta >= 0)
    broken(
      context,
      ['densities', 'of', zeta],
      `must not be "zeta" with parametrization "${name}": only depth 2 has ζ = ½ log|p/q|; take "beta" or "uv"`,
      'zeta',
    );
  const at = statistics.indexOf('effectiveInitialization');
  if (at >= 0)
    broken(
      context,
      ['statistics', at],
      `must not be effectiveInitialization with parametrization "${name}": only depth 2 has log|u² − v²|, which gradient flow conserves`,
      'effectiveInitialization',
    );
}

/** What the interpolating solution of finite data needs. */
export function checkInterpolation(
  context: Parameters<typeof broken>[0],
  { predict, problem, methods }: Asked & { readonly predict?: readonly string[] },
): void {
  if (predict === undefined) return;
  const refuse = (rule: string, found: unknown) => broken(context, ['predict'], rule, predict, String(found));
  const { data, parametrization, dimension } = problem;
  const known = hyperbolicOf(parametrization);
  if (data === undefined || data.kind === 'fresh')
    refuse('must be left out with fresh samples, which nothing interpolates; give problem.data', 'fresh samples');
  else if (known !== 'product' && known !== 'difference')
    refuse(
      'must be left out with this parametrization: the interpolating solution is known for β = u⊙v and u² − v²',
      `parametrization ${kindOf(parametrization)}`,
    );
  else if (data.kind === 'finite' && data.samples > MOST_INTERPOLATED)
    refuse(`must be left out with more than ${MOST_INTERPOLATED} samples, its unknowns`, `${data.samples} samples`);
  else if (data.kind === 'finite' && data.samples >= dimension)
    refuse(
      `must be left out unless there are fewer samples than coordinates (${dimension}): else at most one β interpolates`,
      `${data.samples} samples`,
    );
  else if (!methods.some(({ kind }) => kind === 'sgd' || kind === 'flow'))
    refuse('must be left out without a method that trains on the samples, sgd or flow', 'neither');
}

/** What needs the target, where files give none. */
function checkTarget(context: Parameters<typeof broken>[0], asked: Asked): void {
  const { problem, methods, statistics, stepSize, estimates = [] } = asked;
  if (problem.data?.kind !== 'files' || problem.target.kind !== 'unknown') return;
  const why = 'needs the target b, which is not known of data from files; give problem.target';
  const own = new Map(
    statistics.flatMap((entry) =>
      typeof entry === 'object' && 'expression' in entry ? [[entry.name, String(entry.expression)] as const] : [],
    ),
  );
  const needs = (name: string | undefined) =>
    name !== undefined && (targetStatistics.includes(name) || /\bb\b/.test(own.get(name) ?? ''));
  statistics.forEach((entry, i) => {
    const name = typeof entry === 'string' ? entry : entry.name;
    if (needs(name)) broken(context, ['statistics', i], `must not be ${name}, which ${why}`, name);
  });
  methods.forEach(({ kind, until }, i) => {
    if (kind === 'sde' || kind === 'pde')
      broken(context, ['methods', i, 'kind'], `must not be "${kind}", which ${why}`, kind);
    if (needs(until?.statistic))
      broken(
        context,
        ['methods', i, 'until', 'statistic'],
        `must not be ${until!.statistic}, which ${why}`,
        until!.statistic,
      );
  });
  estimates.forEach(({ kind, statistic, statistics: pair }, i) => {
    const names = kind === 'convergence' ? ['risk'] : [statistic, ...(pair ?? [])];
    const found = names.find(needs);
    if (found !== undefined)
      broken(context, ['estimates', i], `must not be of ${found}, which ${why}`, kind, `the ${kind} of ${found}`);
  });
  if (typeof stepSize !== 'object') return;
  const words =
    stepSize.kind === 'expression' && 'expression' in stepSize ? stepSize.expression.match(/[A-Za-z_]\w*/g) : [];
  if (stepSize.kind === lineSearch.kind || words?.some(needs))
    broken(context, ['stepSize'], `must not be this "${stepSize.kind}", which ${why}`, stepSize.kind);
}
