/** Statistics: each defined once, evaluated by CPU engines, GPU kernels and the PDE. */
export type { Coordinate, Moment, Variable } from './expression.ts';
export { ExpressionError } from './language.ts';
export { evaluateMeans, type HyperbolicState, MomentMeans } from './means.ts';
export { checkExpression, type ParsedMoment, parseMoment } from './moment.ts';
export {
  describeStatistic,
  isStatisticName,
  namedStatistic,
  namedStatistics,
  type StatisticDescription,
  type StatisticName,
  statisticNames,
} from './named.ts';
export {
  checkStatistic,
  collectMoments,
  finishStatistics,
  type MomentTable,
  resolveStatistic,
  resolveStatistics,
  type StatisticSpec,
} from './resolve.ts';
export type { Statistic, StatisticContext } from './statistic.ts';
export * from './stream.ts';
