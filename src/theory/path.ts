/** R(t), the clock ∫g²R/m and γ(t) as continuous functions, piece by piece over the solver's own steps. */
import type { RiskPath } from '../statistics/stream.ts';

/** R, its clock, γ(t) and ∫₀ᵗγ ds of a solution, 0 ≤ t ≤ end. */
export interface LimitPath extends RiskPath {
  stepSize(t: number): number;
  drift(t: number): number;
}

/** One accepted step in x = √t: values at 0, ⅓, ⅔ and 1 of it. */
export interface PathStep {
  readonly from: number;
  readonly to: number;
  readonly clocks: readonly [number, number, number, number];
  readonly risks: readonly [number, number, number, number];
  readonly gammas: readonly [number, number, number, number];
}

/** R and the clock over steps in x: of each four values of the clock, of log R and of γ, at 0, ⅓, ⅔ and 1 of it. */
export interface PathCubics {
  /** Ends of the steps. */
  readonly x: Float64Array;
  readonly values: Float64Array;
  /** Up to x[0], R and dI/dt. */
  readonly risk0: number;
  readonly rate0: number;
}

/** Numbers kept of a step: four values each of the clock, log R and γ. */
export const KEPT = 12;

export class PathRecorder {
  #x: number[] = [];
  #values: number[] = [];
  #risk0 = 0;
  #rate0 = 0;
  #gamma0 = 0;
  #t0 = 0;
  lastRisk = 0;
  lastGamma = 0;
  /** ∫γ dt up to the end. */
  drift = 0;
  /** By step, at its start. */
  #drifts: number[] = [];
  end = 0;

  /** Constant R and γ and linear clock up to t₀. */
  begin(risk: number, clockRate: number, t0: number, gamma: number): void {
    this.#risk0 = risk;
    this.#rate0 = clockRate;
    this.#gamma0 = gamma;
    this.#t0 = t0;
    this.lastRisk = risk;
    this.lastGamma = gamma;
    this.drift = gamma * t0;
    this.end = t0;
    this.#x = [Math.sqrt(t0)];
  }

  /** R = 0 for ever. */
  rest(horizon: number, gamma: number): void {
    this.begin(0, 0, horizon, gamma);
  }

  step(step: PathStep): void {
    this.#x.push(step.to);
    this.#values.push(...step.clocks, ...step.risks.map((risk) => Math.log(risk)), ...step.gammas);
    this.#drifts.push(this.drift);
    this.drift += driftWithin(this.#values, this.#values.length - KEPT + 8, step.from, step.to, 1);
    this.lastRisk = step.risks[3];
    this.lastGamma = step.gammas[3];
    this.end = step.to * step.to;
  }

  /** An accepted step that nobody will read. */
  skip(to: number, risk: number, gamma: number): void {
    this.drift += 0.5 * (this.lastGamma + gamma) * (to * to - this.end);
    this.lastRisk = risk;
    this.lastGamma = gamma;
    this.end = to * to;
  }

  /** The path so far as a function of x = √t. */
  toCubics(): PathCubics {
    return {
      x: Float64Array.from(this.#x),
      values: Float64Array.from(this.#values),
      risk0: this.#risk0,
      rate0: this.#rate0,
    };
  }

  /** The path so far, ending at `end`; γ and its integral by the schedule, where there is one. */
  toPath(end = this.end, schedule?: Pick<LimitPath, 'stepSize' | 'drift'>): LimitPath {
    const x = Float64Array.from(this.#x);
    const values = Float64Array.from(this.#values);
    const risk0 = this.#risk0;
    const rate0 = this.#rate0;
    const gamma0 = this.#gamma0;
    const t0 = this.#t0;
    const drifts = Float64Array.from(this.#drifts);
    const find = (root: number): number => {
      let low = 0;
      let high = x.length - 1;
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (x[middle] <= root) low = middle;
        else high = middle;
      }
      return low;
    };
    const rootOf = (t: number) => Math.sqrt(Math.min(t, x[x.length - 1] ** 2));
    const at = (t: number, offset: number): number => {
      const root = rootOf(t);
      const low = find(root);
      return cubic(values, KEPT * low + offset, (root - x[low]) / (x[low + 1] - x[low]));
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
      stepSize(t) {
        check(t);
        if (schedule) return schedule.stepSize(t);
        return t <= t0 || x.length < 2 ? gamma0 : at(t, 8);
      },
      drift(t) {
        check(t);
        if (schedule) return schedule.drift(t);
        if (t <= t0 || x.length < 2) return gamma0 * t;
        const root = rootOf(t);
        const low = find(root);
        const share = (root - x[low]) / (x[low + 1] - x[low]);
        return drifts[low] + driftWithin(values, KEPT * low + 8, x[low], x[low + 1], share);
      },
    };
  }
}

/** The cubic through four values at 0, ⅓, ⅔, 1. */
export function cubic(v: ArrayLike<number>, i: number, theta: number): number {
  const a = theta * 3;
  const b = a - 1;
  const c = a - 2;
  const d = a - 3;
  return (-b * c * d * v[i]) / 6 + (a * c * d * v[i + 1]) / 2 - (a * b * d * v[i + 2]) / 2 + (a * b * c * v[i + 3]) / 6;
}

/** Its derivative by theta. */
export function cubicSlope(v: ArrayLike<number>, i: number, theta: number): number {
  const a = theta * 3;
  const b = a - 1;
  const c = a - 2;
  const d = a - 3;
  return (
    3 *
    ((-(b * c + b * d + c * d) * v[i]) / 6 +
      ((a * c + a * d + c * d) * v[i + 1]) / 2 -
      ((a * b + a * d + b * d) * v[i + 2]) / 2 +
      ((a * b + a * c + b * c) * v[i + 3]) / 6)
  );
}

/** Gauss–Legendre points on (0, 1), and weights. */
const POINTS = [0.5 - 0.5 * Math.sqrt(0.6), 0.5, 0.5 + 0.5 * Math.sqrt(0.6)];
const WEIGHTS = [5 / 18, 8 / 18, 5 / 18];

/** ∫γ dt = ∫2xγ dx over the first `share` of the step x = from … to, whose values of γ are at v[i …]. Exact for the cubic. */
function driftWithin(v: ArrayLike<number>, i: number, from: number, to: number, share: number): number {
  const length = share * (to - from);
  return POINTS.reduce(
    (sum, point, k) => sum + 2 * length * WEIGHTS[k] * (from + point * length) * cubic(v, i, point * share),
    0,
  );
}
