/** The definition of a state-dependent step size → its functions, in the limit and as realized by SGD; and the trees behind both. */
import { compileScalar } from '../../expression/closure.ts';
import { definitions, isStatisticName, sampleStatistics } from '../../expression/definitions.ts';
import type { Moment } from '../../expression/expression.ts';
import { ExpressionError } from '../../expression/language.ts';
import { parseNamedMoment } from '../../expression/moment.ts';
import { closingTree } from '../../expression/named.ts';
import { parseTree } from '../../expression/parse.ts';
import { substitute } from '../../expression/substitute.ts';
import { type Tree, variablesOf } from '../../expression/tree.ts';
import { type StepSize, stateDefinition } from './index.ts';
import type { StateStepSize, StepSizeContext } from './state.ts';
import type { RealizedStepSize, SampleQuantities, StateStepSizeDefinition, StepSizeTrees } from './types.ts';

/** Statistics whose own formula holds γ: outside an integral γ would then be defined by itself. */
export const CIRCULAR: readonly string[] = Object.entries(definitions).flatMap(([name, { value }]) =>
  /\bstepSize\b/.test(value) ? [name] : [],
);
/** log|u² − v²| is −∞ where a coordinate is balanced, and a mean over all samples costs n steps: no step size is made of them. */
const WITHOUT_VALUE: readonly string[] = ['effectiveInitialization', ...sampleStatistics];

const NUMBERS = ['t', 'labelNoise', 'batchSize', 'horizon'] as const;
const SAMPLE = ['sampleLoss', 'sampleGradient'] as const;

/** The statistics that a formula may name: of an integral's rate those with γ in them too. */
export function nameable(inIntegral: boolean): string[] {
  return Object.keys(definitions).filter(
    (name) => !WITHOUT_VALUE.includes(name) && (inIntegral || !CIRCULAR.includes(name)),
  );
}

/** All formulas as trees. @throws ExpressionError with one line. */
export function stepSizeTrees(definition: StateStepSizeDefinition): StepSizeTrees {
  const moments: Moment[] = [];
  const placeOf = (source: string): Tree => {
    let at = moments.findIndex((moment) => moment.source === source);
    if (at < 0) at = moments.push(parseNamedMoment(source)) - 1;
    return { kind: 'variable', name: `mean_${at}`, key: `mean_${at}` };
  };
  const own = Object.keys(definition.means);
  const integrals = definition.integrals.map((_, k) => `integral_${k}`);
  const clip = (tree: Tree): Tree => {
    const { min, max } = definition;
    const bound = (value: number): Tree => ({ kind: 'number', value, key: String(value) });
    const inner: Tree = { kind: 'call', name: 'min', args: [bound(max), tree], key: `min(${max}, ${tree.key})` };
    return { kind: 'call', name: 'max', args: [bound(min), inner], key: `max(${min}, ${inner.key})` };
  };
  /** Names → means and numbers; `gamma` stands for stepSize where that may be named. */
  const read = (text: string, names: readonly string[], gamma: Tree | null): Tree => {
    const tree = parseTree(text, [...names, ...own, ...integrals, ...NUMBERS]);
    const by: Record<string, Tree> = {};
    for (const name of variablesOf(tree)) {
      if (own.includes(name)) by[name] = placeOf(definition.means[name]);
      else if (isStatisticName(name)) {
        const means = definitions[name].moments.map((source, k) => [`m${k}`, placeOf(source)] as const);
        // θ belongs to what the state does with γ, which no formula of γ reads.
        const closed = substitute(closingTree(name), {
          ...Object.fromEntries(means),
          momentum: { kind: 'number', value: 0, key: '0' },
        });
        by[name] = gamma ? substitute(closed, { stepSize: gamma }) : closed;
      }
    }
    return substitute(tree, by);
  };
  const outside = nameable(false);
  const inside = nameable(true);
  const value = clip(read(definition.value, outside, null));
  const realized = definition.realized ? clip(read(definition.realized, [...outside, ...SAMPLE], null)) : value;
  const rates = definition.integrals.map(({ rate }) => read(rate, inside, value));
  const increments = definition.integrals.map(({ rate, realized: text }) =>
    read(text ?? rate, text ? [...inside, ...SAMPLE] : inside, realized),
  );
  return { moments, value, realized, rates, increments };
}

type Values = Record<string, number>;

function fill(
  into: Values,
  means: ArrayLike<number>,
  integrals: ArrayLike<number>,
  t: number,
  { labelNoise, batchSize, horizon }: StepSizeContext,
  sample?: SampleQuantities,
): Values {
  for (let k = 0; k < means.length; k++) into[`mean_${k}`] = means[k];
  for (let k = 0; k < integrals.length; k++) into[`integral_${k}`] = integrals[k];
  into.t = t;
  into.labelNoise = labelNoise;
  into.batchSize = batchSize;
  into.horizon = horizon;
  if (sample) {
    into.sampleLoss = sample.loss;
    into.sampleGradient = sample.gradient;
  }
  return into;
}

/** The limit of a definition. @throws ExpressionError. */
export function compileStateStepSize(definition: StateStepSizeDefinition): StateStepSize {
  const trees = stepSizeTrees(definition);
  const value = compileScalar(trees.value);
  const rates = trees.rates.map(compileScalar);
  const values: Values = {};
  return {
    moments: trees.moments,
    integrals: rates.length,
    rates(means, integrals, t, context, out) {
      fill(values, means, integrals, t, context);
      for (let k = 0; k < rates.length; k++) out[k] = rates[k](values);
    },
    value: (means, integrals, t, context) => value(fill(values, means, integrals, t, context)),
  };
}

/** What SGD takes of a definition. @throws ExpressionError. */
export function compileRealizedStepSize(definition: StateStepSizeDefinition): RealizedStepSize {
  const trees = stepSizeTrees(definition);
  const value = compileScalar(trees.realized);
  const increments = trees.increments.map(compileScalar);
  const named = (list: readonly Tree[]) => new Set(list.flatMap((tree) => [...variablesOf(tree)]));
  const ofValue = named([trees.realized]);
  const ofAll = named([trees.realized, ...trees.increments]);
  const values: Values = {};
  return {
    moments: trees.moments,
    integrals: increments.length,
    needsSample: SAMPLE.some((name) => ofValue.has(name)),
    needsGradient: ofAll.has('sampleGradient'),
    value: (means, integrals, t, context, sample) => value(fill(values, means, integrals, t, context, sample)),
    increments(means, integrals, t, context, sample, out) {
      fill(values, means, integrals, t, context, sample);
      for (let k = 0; k < increments.length; k++) out[k] = increments[k](values);
    },
  };
}

/** Null if the formulas of a step size are good, else the one line that says why not. */
export function checkStepSize(stepSize: StepSize): string | null {
  try {
    const definition = stateDefinition(stepSize);
    if (definition) stepSizeTrees(definition);
    return null;
  } catch (error) {
    if (error instanceof ExpressionError) return error.message;
    throw error;
  }
}
