/** P(a replica has diverged by a time), by counting. */
import { countOf } from '../state.ts';
import type { Estimator } from './estimator.ts';

export interface BlowUpSpec {
  readonly kind: 'blow-up';
  /** Included: whoever leaves at a save time is in no average there. */
  readonly before: number;
}

interface State {
  readonly hits: number;
}

/** Counts the failures only: how many replicas there are is known to whoever reads it. */
export class BlowUp implements Estimator<State> {
  hits = 0;

  constructor(readonly spec: BlowUpSpec) {}

  add(): void {}

  fail(_replica: number, time: number): void {
    if (time <= this.spec.before) this.hits++;
  }

  state(): State {
    return { hits: this.hits };
  }

  merge({ hits }: State): void {
    this.hits += countOf(hits, 'hits');
  }
}
