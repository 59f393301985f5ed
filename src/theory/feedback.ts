/**
 * A step size that depends on the state, as the solver sees it: γ and the rates of its integrals at a state, and their derivatives by every
 * node, by the clock, by the integrals and by time (docs/pde.md, "Step sizes that depend on the state").
 */
import type { StateStepSize, StepSizeContext } from '../dynamics/stepsizes/state.ts';
import { Averager } from './averages.ts';
import type { LimitClass } from './law/types.ts';
import type { Layout, Population } from './population.ts';

/** Relative steps of the differences by means, integrals and time, whose error is their square. */
const STEP = 1e-6;

export class Feedback {
  readonly integrals: number;
  /** γ and the rates of the integrals at the state last evaluated. */
  gamma = Number.NaN;
  readonly rates: Float64Array;
  /** Scalars are γ, then the rates: derivatives by node [scalar][node], by the clock [scalar], by time [scalar], by integral [scalar·integrals + k]. */
  readonly byNode: Float64Array[];
  readonly byClock: Float64Array;
  readonly byTime: Float64Array;
  readonly byIntegral: Float64Array;
  readonly #stepSize: StateStepSize;
  readonly #averager: Averager;
  readonly #context: StepSizeContext;
  readonly #means: Float64Array;
  readonly #moved: { readonly means: Float64Array; readonly integrals: Float64Array };
  readonly #at: Float64Array;
  readonly #above: Float64Array;
  readonly #below: Float64Array;
  readonly #byMean: Float64Array;

  constructor(stepSize: StateStepSize, population: Population, resting: readonly LimitClass[]) {
    const { integrals, moments } = stepSize;
    const { labelNoise, batchSize, horizon } = population.setting;
    this.integrals = integrals;
    this.rates = new Float64Array(integrals);
    this.byNode = Array.from({ length: 1 + integrals }, () => new Float64Array(0));
    this.byClock = new Float64Array(1 + integrals);
    this.byTime = new Float64Array(1 + integrals);
    this.byIntegral = new Float64Array((1 + integrals) * integrals);
    this.#stepSize = stepSize;
    this.#averager = new Averager(population, resting, moments);
    this.#context = { labelNoise, batchSize, horizon };
    this.#means = new Float64Array(moments.length);
    this.#moved = { means: new Float64Array(moments.length), integrals: new Float64Array(integrals) };
    this.#at = new Float64Array(integrals);
    this.#above = new Float64Array(1 + integrals);
    this.#below = new Float64Array(1 + integrals);
    this.#byMean = new Float64Array((1 + integrals) * moments.length);
  }

  /** γ and the rates at time t; y: the maps, the clock, then the integrals. False where one of them has no value. Cost O(nodes · moments). */
  evaluate(t: number, layout: Layout, y: Float64Array): boolean {
    for (let k = 0; k < this.integrals; k++) this.#at[k] = y[layout.size + k];
    this.#averager.sums(layout, y, this.#means);
    this.gamma = this.#stepSize.value(this.#means, this.#at, t, this.#context);
    this.#stepSize.rates(this.#means, this.#at, t, this.#context, this.rates);
    return this.gamma >= 0 && this.gamma < Number.POSITIVE_INFINITY && this.rates.every(Number.isFinite);
  }

  /** |d log γ/dt| by time and the integrals alone, at the state last evaluated. */
  fastest(t: number, layout: Layout, y: Float64Array): number {
    this.linearize(t, layout, y);
    let rate = this.byTime[0];
    for (let k = 0; k < this.integrals; k++) rate += this.byIntegral[k] * this.rates[k];
    return Math.abs(rate) / this.gamma;
  }

  /** All derivatives at the state last evaluated. Cost that of four evaluations. */
  linearize(t: number, layout: Layout, y: Float64Array): void {
    const { means, integrals } = this.#moved;
    means.set(this.#means);
    integrals.set(this.#at);
    const scalars = 1 + this.integrals;
    const count = means.length;
    // A one-sided difference at t = 0.
    const dt = STEP * (t + STEP);
    const [early, late] = [Math.max(0, t - dt), t + dt];
    this.#both(late, early);
    for (let a = 0; a < scalars; a++) this.byTime[a] = (this.#above[a] - this.#below[a]) / (late - early);
    const vary = (of: Float64Array, j: number, out: Float64Array, stride: number) => {
      const value = of[j];
      const step = STEP * (Math.abs(value) || STEP);
      of[j] = value + step;
      this.#scalars(t, this.#above);
      of[j] = value - step;
      this.#scalars(t, this.#below);
      of[j] = value;
      for (let a = 0; a < scalars; a++) out[stride * a + j] = (this.#above[a] - this.#below[a]) / (2 * step);
    };
    for (let k = 0; k < this.integrals; k++) vary(integrals, k, this.byIntegral, this.integrals);
    for (let j = 0; j < count; j++) vary(means, j, this.#byMean, count);
    for (let a = 0; a < scalars; a++)
      if (this.byNode[a].length < layout.size) this.byNode[a] = new Float64Array(layout.size);
    this.#averager.slopes(layout, y, this.#byMean, this.byNode, this.byClock);
  }

  #both(late: number, early: number): void {
    this.#scalars(late, this.#above);
    this.#scalars(early, this.#below);
  }

  #scalars(t: number, out: Float64Array): void {
    const { means, integrals } = this.#moved;
    out[0] = this.#stepSize.value(means, integrals, t, this.#context);
    this.#stepSize.rates(means, integrals, t, this.#context, out.subarray(1));
  }
}
