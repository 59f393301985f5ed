/** How long the next time step should be. */

/** A PI controller for a method of order 5 with an embedded one of order 4; after a rejection steps do not grow. */
export class StepController {
  readonly #most: number;
  #previous = 1;
  #isAfterRejection = false;

  /** Steps grow less for a higher accuracy, so that two runs differ even where nothing else limits them. */
  constructor(accuracy: number) {
    this.#most = 6 * Math.min(1, Math.max(1e-5, accuracy / 1e-3)) ** (1 / 12);
  }

  /** By what a step with this error, in units of what is allowed, may grow. */
  accepted(error: number): number {
    const factor = 0.9 * Math.max(error, 1e-6) ** -0.17 * this.#previous ** 0.06;
    const most = this.#isAfterRejection ? 1 : this.#most;
    this.#previous = Math.max(error, 1e-4);
    this.#isAfterRejection = false;
    return Math.min(most, Math.max(0.2, factor));
  }

  /** By what it must shrink; infinite or NaN where it left the domain. */
  rejected(error: number): number {
    this.#isAfterRejection = true;
    return Number.isFinite(error) ? Math.min(0.7, Math.max(0.1, 0.9 * error ** -0.2)) : 0.25;
  }
}
