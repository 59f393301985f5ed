/** Which SGD algorithm runs, and on which blocks: functions of the problem alone (docs/paths.md, "SGD"). Nobody else decides. */
import { hyperbolicOf } from '../dynamics/models/index.ts';
import { ruleOf } from '../dynamics/rules/index.ts';
import { isSchedule } from '../dynamics/stepsizes/index.ts';
import type { Problem } from './types.ts';

/** Largest dimension at which the plain algorithm takes mini-batches of Gaussian features. */
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

/**
 * 'bridge' for mini-batches if d > 8192, the features are Gaussian and fresh, and the hand-written SGD runs the dynamics, else 'plain'.
 */
export function sgdAlgorithm(
  problem: Pick<Problem, 'dimension' | 'features' | 'batchSize'> & Dynamics,
): 'plain' | 'bridge' {
  const { dimension, features, batchSize, data } = problem;
  const isBridged = batchSize > 1 && dimension > LARGEST_PLAIN_DIMENSION;
  return isBridged && features.kind === 'gaussian' && data === undefined && hasFastSgd(problem) ? 'bridge' : 'plain';
}

/**
 * Steps that a pass over the coordinates takes together where plain SGD is streamed (docs/paths.md, "In s steps a pass"): 2 for single
 * fresh samples above d = 8192 that the hand-written SGD runs, else 1. Paths do not depend on it, but rounding does.
 */
export function stepsPerPass(problem: Pick<Problem, 'dimension' | 'batchSize'> & Dynamics): 1 | 2 {
  const { dimension, batchSize, data } = problem;
  const isStreamed = batchSize === 1 && dimension > LARGEST_PLAIN_DIMENSION && data === undefined;
  return isStreamed && hasFastSgd(problem) ? 2 : 1;
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
