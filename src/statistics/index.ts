/** Statistics: each defined once, evaluated by CPU engines, GPU kernels and the PDE. */

export {
  describeStatistic,
  isStatisticName,
  type StatisticDescription,
  type StatisticName,
  statisticNames,
} from '../expression/definitions.ts';
export type { Coordinate, Moment, Variable } from '../expression/expression.ts';
export { ExpressionError } from '../expression/language.ts';
export { checkExpression, type ParsedMoment, parseMoment } from '../expression/moment.ts';
export { namedStatistic, namedStatistics } from '../expression/named.ts';
export type { Statistic, StatisticContext } from '../expression/statistic.ts';
export { Attention } from './attention.ts';
export { contextAt, NO_SAMPLES, type SampleMeans, type StatisticSetting } from './context.ts';
export { INTERPOLATION, interpolationStatistics } from './interpolation.ts';
export { evaluateMeans, MomentMeans, type WeightState } from './means.ts';
export {
  checkStatistic,
  collectMoments,
  finishStatistics,
  type MomentTable,
  resolveStatistic,
  resolveStatistics,
  type StatisticSpec,
} from './resolve.ts';
export * from './stream.ts';
