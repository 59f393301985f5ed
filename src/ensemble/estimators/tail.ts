/** P(statistic > x at a save time), by counting. */
import { hitsOf } from '../state.ts';
import type { Estimator } from './estimator.ts';

export interface TailSpec {
  readonly kind: 'tail';
  /** Place in the row. */
  readonly statistic: number;
  readonly timeIndex: number;
  /** x. */
  readonly above: number;
}

interface State {
  readonly hits: number;
  /** Replicas alive at the time whose value is a number. */
  readonly count: number;
}

export class Tail implements Estimator<State> {
  hits = 0;
  count = 0;

  constructor(readonly spec: TailSpec) {}

  add(timeIndex: number, _replica: number, row: Float64Array): void {
    const { spec } = this;
    if (timeIndex !== spec.timeIndex || Number.isNaN(row[spec.statistic])) return;
    this.count++;
    if (row[spec.statistic] > spec.above) this.hits++;
  }

  fail(): void {}

  state(): State {
    return { hits: this.hits, count: this.count };
  }

  merge(state: State): void {
    const { hits, count } = hitsOf(state);
    this.hits += hits;
    this.count += count;
  }
}
