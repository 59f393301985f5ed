/** What is left of an ensemble once all of it has run. */
import type { EnsembleSummary, ReplicaFailure } from '../ensemble/index.ts';

/** The replicas of one method, all in. */
export interface FinishedEnsemble {
  readonly summary: EnsembleSummary;
  /** Replicas first, …, first + count − 1. */
  readonly first: number;
  readonly count: number;
  readonly failures: readonly ReplicaFailure[];
}
