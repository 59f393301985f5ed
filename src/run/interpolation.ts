/** `predict: ["interpolation"]` → the result: the solutions that training leads to, beside where it ended. */
import type { Distribution, EnsembleSummary } from '../ensemble/index.ts';
import type { Experiment } from '../problem/index.ts';
import type { InterpolationResult } from '../results/index.ts';
import { INTERPOLATION } from '../statistics/index.ts';
import type { MethodName } from './name.ts';

export function asksForInterpolation({ predict }: Experiment): boolean {
  return predict?.includes('interpolation') ?? false;
}

type Found = InterpolationResult['own']['l1'];

/** From ℓ¹ norm and risk of the end itself and then [INTERPOLATION]; null where no replica came to its end. */
function resultOf(name: MethodName, time: number, count: number, found: readonly Found[]): InterpolationResult | null {
  const [l1, risk, ...rest] = found;
  if (l1.mean === null) return null;
  const of = (key: (typeof INTERPOLATION)[number]) => rest[INTERPOLATION.indexOf(key)];
  const [final, initial] = [of('l1'), of('initialL1')];
  return {
    ...name,
    time,
    count,
    own: { l1, risk },
    initial: initial.mean === null ? null : { l1: initial, risk: of('initialRisk'), distance: of('initialDistance') },
    final: final.mean === null ? null : { l1: final, risk: of('risk'), distance: of('distance') },
  };
}

/** Of a complete ensemble; none of an SDE, which sees no samples. */
export function ensembleInterpolation(
  name: MethodName,
  experiment: Experiment,
  { estimators }: Pick<EnsembleSummary, 'estimators'>,
  time: number,
): InterpolationResult[] {
  if (!asksForInterpolation(experiment) || name.method !== 'sgd') return [];
  const own = estimators.slice(experiment.estimates?.length ?? 0) as Distribution[];
  const found = own.map(({ spread }) => ({
    mean: spread.count[0] > 0 ? spread.mean[0] : null,
    standardError: finite(spread.standardError(0)),
  }));
  const result = resultOf(name, time, own[0].spread.count[0], found);
  return result ? [result] : [];
}

/** Of gradient flow: its end, and [INTERPOLATION]. */
export function flowInterpolation(
  name: MethodName,
  time: number,
  own: { readonly l1: number; readonly risk: number },
  values: readonly number[],
): InterpolationResult[] {
  const known = (value: number): Found => ({ mean: finite(value), standardError: null });
  const result = resultOf(name, time, 1, [known(own.l1), known(own.risk), ...values.map(known)]);
  // h does not move: both solutions are one.
  return result ? [{ ...result, final: null }] : [];
}

const finite = (x: number) => (Number.isFinite(x) ? x : null);
