/** The limit d → ∞ of a problem, and its quadrature into classes. */
export { lawOfClasses, lawOfProblem, limitLaw, pointClass } from './law.ts';
export type {
  ClassStart,
  Direction,
  LawEdges,
  LawResolution,
  LimitClass,
  LimitLaw,
  LimitSetting,
  View,
} from './types.ts';
