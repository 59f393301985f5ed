/** R(t) and the clock ∫g²R/m as continuous functions, piece by piece over the solver's own steps. */
import type { RiskPath } from '../statistics/stream.ts';

/** One accepted step in x = √t: values at 0, ⅓, ⅔ and 1 of it. */
export interface PathStep {
  readonly from: number;
  readonly to: number;
  readonly clocks: readonly [number, number, number, number];
  readonly risks: readonly [number, number, number, number];
}

export class PathRecorder {
  #x: number[] = [];
  /** Eight numbers a step: four values of the clock, four of log R. */
  #values: number[] = [];
  #risk0 = 0;
  #rate0 = 0;
  #t0 = 0;
  lastRisk = 0;
  end = 0;

  /** Constant R and linear clock up to t₀. */
  begin(risk: number, clockRate: number, t0: number): void {
    this.#risk0 = risk;
    this.#rate0 = clockRate;
    this.#t0 = t0;
    this.lastRisk = risk;
    this.end = t0;
    this.#x = [Math.sqrt(t0)];
  }

  /** R = 0 for ever. */
  rest(horizon: number): void {
    this.begin(0, 0, horizon);
  }

  step(step: PathStep): void {
    this.#x.push(step.to);
    this.#values.push(...step.clocks, ...step.risks.map((risk) => Math.log(risk)));
    this.lastRisk = step.risks[3];
    this.end = step.to * step.to;
  }

  /** An accepted step that nobody will read. */
  skip(to: number, risk: number): void {
    this.lastRisk = risk;
    this.end = to * to;
  }

  /** The path so far, ending at `end`. */
  toPath(end = this.end): RiskPath {
    const x = Float64Array.from(this.#x);
    const values = Float64Array.from(this.#values);
    const risk0 = this.#risk0;
    const rate0 = this.#rate0;
    const t0 = this.#t0;
    const at = (t: number, offset: number): number => {
      const root = Math.sqrt(Math.min(t, x[x.length - 1] ** 2));
      let low = 0;
      let high = x.length - 1;
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (x[middle] <= root) low = middle;
        else high = middle;
      }
      return cubic(values, 8 * low + offset, (root - x[low]) / (x[low + 1] - x[low]));
    };
    const check = (t: number) => {
      if (!(t >= 0 && t <= end)) throw new RangeError(`the path is known for 0 ≤ t ≤ ${end}; asked for t = ${t}`);
    };
    return {
      end,
      risk(t) {
        check(t);
        return t <= t0 || x.length < 2 ? risk0 : Math.exp(at(t, 4));
      },
      clock(t) {
        check(t);
        return t <= t0 || x.length < 2 ? rate0 * t : at(t, 0);
      },
    };
  }
}

/** The cubic through four values at 0, ⅓, ⅔, 1. */
function cubic(v: Float64Array, i: number, theta: number): number {
  const a = theta * 3;
  const b = a - 1;
  const c = a - 2;
  const d = a - 3;
  return (-b * c * d * v[i]) / 6 + (a * c * d * v[i + 1]) / 2 - (a * b * d * v[i + 2]) / 2 + (a * b * c * v[i + 3]) / 6;
}
