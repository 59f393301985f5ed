/** What the closing formulas of statistics are given, in one place for every method. */
import { type Momentum, ruleOf, type StepSize, stepSizeAt } from '../dynamics/index.ts';
import type { StatisticContext } from '../expression/statistic.ts';

/** The part of a problem, or of its limit, that statistics read. */
export interface StatisticSetting {
  readonly stepSize: StepSize;
  readonly momentum?: Momentum;
  readonly labelNoise: number;
  readonly batchSize: number;
  readonly horizon: number;
}

/** Means over samples, of finite data alone. */
export type SampleMeans = Pick<StatisticContext, 'trainRisk' | 'testRisk' | 'interpolation'>;

export const NO_SAMPLES: SampleMeans = { trainRisk: Number.NaN, testRisk: Number.NaN };

/** The context at time t; `stepSize`: γ there, where it depends on the state. */
export function contextAt(
  setting: StatisticSetting,
  t: number,
  stepSize?: number,
  samples: SampleMeans = NO_SAMPLES,
): StatisticContext {
  return {
    stepSize: stepSize ?? stepSizeAt(setting.stepSize, t, setting.horizon),
    momentum: ruleOf(setting.momentum).theta,
    labelNoise: setting.labelNoise,
    batchSize: setting.batchSize,
    ...samples,
  };
}
