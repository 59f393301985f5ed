/** From means over coordinates to statistics: the moments to sum, and the closing formulas with γ as it is known at that time. */
import { compileStateStepSize, type StateStepSize, stateDefinition } from '../dynamics/index.ts';
import type { Moment } from '../expression/expression.ts';
import type { Statistic } from '../expression/statistic.ts';
import type { Problem } from '../problem/types.ts';
import { contextAt, type SampleMeans } from './context.ts';
import { collectMoments, finishStatistics, type MomentTable } from './resolve.ts';

export class Finisher {
  readonly #problem: Problem;
  readonly #statistics: readonly Statistic[];
  readonly #times: ArrayLike<number>;
  readonly #table: MomentTable;
  /** Of a step size that depends on the path itself. */
  readonly #stepSize: StateStepSize | null;
  readonly #gammas: ArrayLike<number> | null;
  readonly #own: Float64Array;

  /** `gammas`: γ at the save times, where a mean-field path takes them from the PDE. `more`: statistics whose moments are wanted besides. */
  constructor(
    problem: Problem,
    statistics: readonly Statistic[],
    times: ArrayLike<number>,
    gammas: ArrayLike<number> | null = null,
    more: readonly Statistic[] = [],
  ) {
    const definition = gammas ? null : stateDefinition(problem.stepSize);
    this.#stepSize = definition && compileStateStepSize(definition);
    this.#problem = problem;
    this.#statistics = statistics;
    this.#times = times;
    this.#gammas = gammas;
    const moments = this.#stepSize?.moments ?? [];
    this.#own = new Float64Array(moments.length);
    const hidden: Statistic = { name: 'step size', moments, finish: () => Number.NaN };
    this.#table = collectMoments([...statistics, hidden, ...more]);
  }

  /** All moments whose means are wanted. */
  get moments(): readonly Moment[] {
    return this.#table.moments;
  }

  /** Where `more[k]` finds its means among them. */
  indicesOf(k: number): readonly number[] {
    return this.#table.indices[this.#statistics.length + 1 + k];
  }

  /** Values of the statistics at save time `timeIndex`, written to out[offset], …; `integrals`: those of the path's step size. */
  finish(
    means: ArrayLike<number>,
    timeIndex: number,
    integrals: ArrayLike<number>,
    out: Float64Array,
    offset = 0,
    samples?: SampleMeans,
  ): void {
    const t = this.#times[timeIndex];
    finishStatistics(
      this.#statistics,
      this.#table,
      means,
      contextAt(this.#problem, t, this.#stepSizeAt(means, timeIndex, integrals), samples),
      out,
      offset,
    );
  }

  #stepSizeAt(means: ArrayLike<number>, timeIndex: number, integrals: ArrayLike<number>): number | undefined {
    if (this.#gammas) return this.#gammas[timeIndex];
    if (!this.#stepSize) return undefined;
    const places = this.#table.indices[this.#statistics.length];
    for (let k = 0; k < places.length; k++) this.#own[k] = means[places[k]];
    return this.#stepSize.value(this.#own, integrals, this.#times[timeIndex], this.#problem);
  }
}
