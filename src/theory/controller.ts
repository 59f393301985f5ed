/** How long the next time step should be. */

/** A PI controller for a method of order 5 with an embedded one of order 4; after a rejection steps do not grow. */
export class StepController {
  readonly #most: number;
  #previous = 1;
  #isAfterRejection = false;

  readonly #isStepped: boolean;

  /**
   * Steps grow less for a higher accuracy, so that two runs differ even where nothing else limits them. `isStepped`: by powers of 2^(1/64) only. An error estimate
   * of 1e−5 of what is allowed is mostly rounding, and what follows should not depend on it.
   */
  constructor(accuracy: number, isStepped = false) {
    this.#isStepped = isStepped;
    this.#most = 6 * Math.min(1, Math.max(1e-5, accuracy / 1e-3)) ** (1 / 12);
  }

  /** By what a step with this error, in units of what is allowed, may grow. */
  accepted(error: number): number {
    const factor = 0.9 * Math.max(error, 1e-6) ** -0.17 * this.#previous ** 0.06;
    const most = this.#isAfterRejection ? 1 : this.#most;
    this.#previous = Math.max(error, 1e-4);
    this.#isAfterRejection = false;
    return this.#rounded(Math.min(most, Math.max(0.2, factor)));
  }

  #rounded(factor: number): number {
    return this.#isStepped ? 2 ** (Math.floor(64 * Math.log2(factor)) / 64) : factor;
  }

  /** By what it must shrink; infinite or NaN where it left the domain. */
  rejected(error: number): number {
    this.#isAfterRejection = true;
    return Number.isFinite(error) ? this.#rounded(Math.min(0.7, Math.max(0.1, 0.9 * error ** -0.2))) : 0.25;
  }
}
