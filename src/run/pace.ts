/** When to tell: progress and partial curves a few times a second, however often the engines report. */

const PROGRESS_EVERY = 100; // ms
const CURVES_EVERY = 250; // ms, or ten times what making them took

export class Pace {
  readonly #started = performance.now();
  #progress = this.#started;
  #curves = this.#started;
  #curvesEvery = CURVES_EVERY;

  get seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  /** Whether progress is due; if so, it counts as told. */
  progressIsDue(): boolean {
    const now = performance.now();
    if (now - this.#progress < PROGRESS_EVERY) return false;
    this.#progress = now;
    return true;
  }

  /** The partial curves if they are due, so that making them never takes more than a tenth of the time. */
  curvesIfDue<T>(make: () => T): T | null {
    const now = performance.now();
    if (now - this.#curves < this.#curvesEvery) return null;
    const curves = make();
    this.#curves = performance.now();
    this.#curvesEvery = Math.max(CURVES_EVERY, 10 * (this.#curves - now));
    return curves;
  }
}
