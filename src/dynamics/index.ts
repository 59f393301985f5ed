/** What is simulated: models, rules, step sizes, samples. */

export { describeDynamics } from './describe.ts';
export { LARGEST_DEPTH } from './models/depth.ts';
export {
  formulaOf,
  type Hyperbolic,
  hyperbolicOf,
  kindOf,
  modelOf,
  models,
  type Parametrization,
} from './models/index.ts';
export type * from './models/types.ts';
export { type Momentum, momenta, ruleOf } from './rules/index.ts';
export type * from './rules/types.ts';
export { type FiniteData, MOST_SAMPLES, type Order, samples } from './samples/index.ts';
export { checkStepSize, compileRealizedStepSize, compileStateStepSize, stepSizeTrees } from './stepsizes/compile.ts';
export type { ExpressionStepSize } from './stepsizes/expression.ts';
export * from './stepsizes/index.ts';
export type * from './stepsizes/state.ts';
export type * from './stepsizes/types.ts';
