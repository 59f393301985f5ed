/** Which SGD algorithm runs, and on which blocks: functions of the problem alone (docs/paths.md, "SGD"). Nobody else decides. */
import { hyperbolicOf } from '../dynamics/models/index.ts';
import { ruleOf } from '../dynamics/rules/index.ts';
import { isSchedule } from '../dynamics/stepsizes/index.ts';
import type { Problem } from './types.ts';

/** Largest dimension at which the plain algorithm is used with Gaussian features. */
export const LARGEST_PLAIN_DIMENSION = 8192;

type Dynamics = Partial<Pick<Problem, 'parametrization' | 'momentum' | 'stepSize' | 'data'>>;

/** Whether the hand-written SGD of depth two runs these dynamics: no momentum, and γ a function of time alone. Others run from their expressions. */
export function hasFastSgd({ parametrization = 'product', momentum, stepSize }: Dynamics): boolean {
  return (
    hyperbolicOf(parametrization) !== null &&
    ruleOf(momentum).memory === null &&
    (stepSize === undefined || isSchedule(stepSize))
  );
}

/** The same of the SDE: depth two, with γ known beforehand: a schedule, or that of the PDE where the coupling is mean-field. */
export function hasFastSde({ parametrization = 'product', stepSize }: Dynamics, isMeanField: boolean): boolean {
  return hyperbolicOf(parametrization) !== null && (isMeanField || stepSize === undefined || isSchedule(stepSize));
}

/** 'bridge' if d > 8192, the features are Gaussian and fresh, and the hand-written SGD runs the dynamics, else 'plain'. */
export function sgdAlgorithm(problem: Pick<Problem, 'dimension' | 'features'> & Dynamics): 'plain' | 'bridge' {
  const { dimension, features, data } = problem;
  const hasBridge = dimension > LARGEST_PLAIN_DIMENSION && features.kind === 'gaussian' && data === undefined;
  return hasBridge && hasFastSgd(problem) ? 'bridge' : 'plain';
}

export interface BridgeBlocks {
  /** Coordinates in every block but the last, a multiple of 256. */
  readonly size: number;
  /** Number of blocks. */
  readonly count: number;
}

/** Blocks of 256·max(1, round(4√d/256)) coordinates; the last one may be shorter. */
export function bridgeBlocks(dimension: number): BridgeBlocks {
  const size = 256 * Math.max(1, Math.round((4 * Math.sqrt(dimension)) / 256));
  return { size, count: Math.ceil(dimension / size) };
}
