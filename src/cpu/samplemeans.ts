/** What finite data says of a state: R̂ = ½ (1/n) Σ_j r_j² over its samples, and the solution that it leads to (docs/theory.md, "Finite data"). */
import { genericModel } from '../dynamics/models/compiled.ts';
import type { Dataset, Problem } from '../problem/types.ts';
import { datasetOfProblem, tableDataset } from '../random/samples.ts';
import type { SampleMeans as StatisticMeans } from '../statistics/context.ts';
import { Interpolation } from '../statistics/interpolation.ts';
import type { WeightState } from '../statistics/means.ts';
import { CHUNK, dot, SLICE } from './reference/sums.ts';
import type { Job } from './workers/simulator.ts';

export class SampleMeans {
  readonly #problem: Problem;
  readonly #seed: number;
  readonly #beta: ReturnType<typeof genericModel>['beta'];
  readonly #rootLambda: Float64Array;
  readonly #a: Float64Array;
  readonly #g = new Float64Array(CHUNK);

  readonly #wanted: NonNullable<Job['samples']>;
  #interpolation: Interpolation | null = null;

  constructor(problem: Problem, seed: number, wanted: NonNullable<Job['samples']>) {
    this.#wanted = wanted;
    this.#problem = problem;
    this.#seed = seed;
    this.#beta = genericModel(problem).beta;
    this.#rootLambda = problem.lambda.map(Math.sqrt);
    this.#a = new Float64Array(problem.dimension);
  }

  /** What is wanted of the state at a save time. */
  *of(state: WeightState, replica: number, timeIndex: number): Generator<void, StatisticMeans> {
    const { means, interpolationAt } = this.#wanted;
    const dataset = datasetOfProblem(this.#problem, this.#seed);
    const trainRisk = means && dataset ? yield* this.risk(dataset, state, replica) : Number.NaN;
    const { data } = this.#problem;
    const test = data?.kind === 'files' && data.test ? tableDataset(data.test, this.#problem) : null;
    const testRisk = means && test ? yield* this.risk(test, state, replica) : Number.NaN;
    if (timeIndex !== interpolationAt || dataset === null) return { trainRisk, testRisk };
    this.#interpolation ??= new Interpolation(this.#problem, dataset);
    return { trainRisk, testRisk, interpolation: yield* this.#interpolation.end(state, replica) };
  }

  /** Gives control back now and then. n·d features, some 13 ns each; the residuals in f64. */
  *risk(dataset: Dataset, { p, q }: WeightState, replica: number): Generator<void, number> {
    const { dimension: d, b } = this.#problem;
    const [a, g] = [this.#a, this.#g];
    const columns = { p: Float64Array.from(p), q: Float64Array.from(q) };
    this.#beta.run(columns, 0, d, ([values], first, count) => {
      for (let i = 0; i < count; i++) a[first + i] = this.#rootLambda[first + i] * (values[i] - b[first + i]);
    });
    let squares = 0;
    let cost = 0;
    for (let row = 0; row < dataset.samples; row++) {
      let sum = 0;
      for (let lo = 0; lo < d; lo += CHUNK) {
        const hi = Math.min(lo + CHUNK, d);
        dataset.features(g, 0, hi - lo, replica, row, lo);
        sum += dot(a, g, 0, lo, hi);
        cost += hi - lo;
        if (cost < SLICE) continue;
        yield;
        cost = 0;
      }
      const r = sum / Math.sqrt(d) - dataset.noise(replica, row);
      squares += r * r;
    }
    return (0.5 * squares) / dataset.samples;
  }
}
