/** Mean-field paths of one class, one path at a time, for the comparison of estimators: Strang splitting as in docs/paths.md. */
import { driftFlow } from '../../src/cpu/reference/drift.ts';
import { noiseStep } from '../../src/cpu/reference/noise.ts';

/** A class of coordinates: λ, b and the start in hyperbolic coordinates. */
export interface PathClass {
  readonly lambda: number;
  readonly b: number;
  readonly p: number;
  readonly q: number;
}

/** What a step needs: g·τ and ∫g²R/m dt over it. */
export interface Grid {
  readonly gTau: Float64Array;
  readonly increments: Float64Array;
}

/** Paths that go together, from z: [step][path], standard normal. Writes e² and κ at the end of each. */
export class Paths {
  readonly p: Float64Array;
  readonly q: Float64Array;
  readonly #b: Float64Array;
  readonly #lambda: Float64Array;

  constructor(
    readonly of: PathClass,
    readonly count: number,
  ) {
    this.p = new Float64Array(count);
    this.q = new Float64Array(count);
    this.#b = new Float64Array(count).fill(of.b);
    this.#lambda = new Float64Array(count).fill(of.lambda);
  }

  run({ gTau, increments }: Grid, z: Float64Array): void {
    const { p, q, count, of } = this;
    p.fill(of.p);
    q.fill(of.q);
    for (let k = 0; k < gTau.length; k++) {
      driftFlow(p, q, this.#b, this.#lambda, 0, count, 0.5 * gTau[k]);
      noiseStep(p, q, this.#lambda, z.subarray(k * count, (k + 1) * count), 0, count, increments[k]);
      driftFlow(p, q, this.#b, this.#lambda, 0, count, 0.5 * gTau[k]);
    }
  }

  /** λ(β − b)² of path i at the end. */
  squaredError(i: number): number {
    const e = 0.25 * (this.p[i] - this.q[i]) * (this.p[i] + this.q[i]) - this.of.b;
    return this.of.lambda * e * e;
  }

  /** λκ of path i at the end (product form). */
  curvature(i: number): number {
    return this.of.lambda * 0.5 * (this.p[i] ** 2 + this.q[i] ** 2);
  }
}
