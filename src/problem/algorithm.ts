/** Which SGD algorithm runs, and on which blocks: functions of the problem alone (docs/paths.md, "SGD"). Nobody else decides. */
import type { Problem } from './types.ts';

/** Largest dimension at which the plain algorithm is used with Gaussian features. */
export const LARGEST_PLAIN_DIMENSION = 8192;

/** 'bridge' if d > 8192 and the features are Gaussian, else 'plain'. */
export function sgdAlgorithm(problem: Pick<Problem, 'dimension' | 'features'>): 'plain' | 'bridge' {
  return problem.dimension > LARGEST_PLAIN_DIMENSION && problem.features.kind === 'gaussian' ? 'bridge' : 'plain';
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
