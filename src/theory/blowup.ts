/** Recognizes a risk that becomes infinite at a finite time, and brackets that time. */

/** t* is extrapolated until it is known to this relative precision. */
const PRECISION = 1e-5;
/** Growth, from the least risk seen, before anything is called a blow-up. */
const GROWTH = 1e4;
const RATIO = 2;

/**
 * Notes the times at which R has doubled since its least value. Where R ~ C/(t* − t)^a these form a geometric sequence towards
 * t*; exponential growth (at a constant rate) keeps them equally far apart, and is never taken for a blow-up.
 */
export class BlowUpWatch {
  #least = Number.POSITIVE_INFINITY;
  #time = 0;
  #risk = 0;
  #marks: number[] = [];
  time = Number.NaN;
  message = '';

  /** After an accepted step; true: R becomes infinite at `time`. */
  accept(t: number, risk: number): boolean {
    if (!(risk > this.#least)) {
      this.#least = risk;
      this.#marks = [];
    }
    while (risk >= this.#least * RATIO ** (this.#marks.length + 1)) {
      const level = this.#least * RATIO ** (this.#marks.length + 1);
      const share =
        this.#risk > 0 && risk > this.#risk ? Math.log(level / this.#risk) / Math.log(risk / this.#risk) : 1;
      this.#marks.push(this.#time + Math.min(1, Math.max(0, share)) * (t - this.#time));
    }
    this.#time = t;
    this.#risk = risk;
    const n = this.#marks.length;
    if (n < 8 || risk < GROWTH * this.#least) return false;
    // Ratio of the last three and of the three before: robust against the interpolation of single marks.
    const recent = this.#marks[n - 1] - this.#marks[n - 4];
    const before = this.#marks[n - 4] - this.#marks[n - 7];
    const ratio = recent / before;
    if (!(ratio < 0.5)) return false;
    const rest = (recent * ratio) / (1 - ratio);
    if (rest > PRECISION * t) return false;
    this.time = t + rest;
    this.message = `the risk becomes infinite at t = ${this.time.toPrecision(6)}: it grew from ${this.#least.toPrecision(3)} to ${risk.toPrecision(3)} and is extrapolated from there; use a smaller step size or a larger batch`;
    return true;
  }

  /** R has grown far beyond its least value. */
  get growing(): boolean {
    const n = this.#marks.length;
    if (n < 10) return false;
    this.time = this.#time;
    this.message = `the risk grew from ${this.#least.toPrecision(3)} to ${this.#risk.toPrecision(3)} at t = ${this.#time.toPrecision(6)}, faster than time steps can follow; use a smaller step size or a larger batch`;
    return true;
  }
}
