/**
 * The discrete backward equation over one short interval of time, with everything taken at its middle (docs/fluctuations.md,
 * "In the normal coordinate"): the operator Â of every class, the linear functional k, and the strengths of the noise.
 */
import type { NormalGrid, Profile } from './profile.ts';
import { factorTridiagonal, solveTridiagonal } from './tridiagonal.ts';

/** Constants of the dynamics. */
export interface Dynamics {
  readonly weight: Float64Array;
  readonly lambda: Float64Array;
  readonly batchSize: number;
}

/** What the noise does per unit of time, for one observable. */
export interface NoiseStrength {
  /** 2g²R/m ⟨λ f_y²⟩: independent Brownian motions. */
  independent: number;
  /** g²/m ⟨λ e f_y⟩²: what SGD lacks of it. */
  projected: number;
  /** 2/m ℓ²: the random clock of SGD. */
  clock: number;
}

/** One observable: f̂ on the nodes of all classes, and G_c. */
export interface Response {
  readonly f: Float64Array;
  readonly g: Float64Array;
}

/** γ of Alexander's two-stage, stiffly accurate, L-stable method of order 2. */
const STAGE = 1 - Math.SQRT1_2;

export class IntervalGenerator {
  readonly #grid: NormalGrid;
  readonly #dynamics: Dynamics;
  readonly #classes: number;
  /** ½λe², and per class λE[eβ_s]. */
  readonly #source: Float64Array;
  readonly #slopeSource: Float64Array;
  /** Per cell between nodes: 1/ΔT, the functional k, E[β_s ·], E[λe ·] and E[λ ·²] as weights on f_y. */
  readonly #inverse: Float64Array;
  readonly #toK: Float64Array;
  readonly #toSlope: Float64Array;
  readonly #toDrift: Float64Array;
  readonly #toSquare: Float64Array;
  readonly #lower: Float64Array;
  readonly #diagonal: Float64Array;
  readonly #upper: Float64Array;
  /** (1 − θÂ)⁻¹φ, and the G that goes with it. */
  readonly #answer: Float64Array;
  readonly #slopeAnswer: Float64Array;
  readonly #kept: Response;
  #risk = 0;
  #g = 0;
  #kScale = 0;
  #theta = 0;
  #feedback = 0;

  constructor(dynamics: Dynamics, grid: NormalGrid) {
    const n = dynamics.weight.length;
    const nodes = () => new Float64Array(n * grid.count);
    this.#grid = grid;
    this.#dynamics = dynamics;
    this.#classes = n;
    this.#source = nodes();
    this.#slopeSource = new Float64Array(n);
    this.#inverse = nodes();
    this.#toK = nodes();
    this.#toSlope = nodes();
    this.#toDrift = nodes();
    this.#toSquare = nodes();
    this.#lower = nodes();
    this.#diagonal = nodes();
    this.#upper = nodes();
    this.#answer = nodes();
    this.#slopeAnswer = new Float64Array(n);
    this.#kept = { f: nodes(), g: new Float64Array(n) };
  }

  /** The observable R itself at the time of the profile: f = ½λe², G = λE[eβ_s]. */
  observeRisk(profile: Profile, out: Response): void {
    const { count, nodeWeight } = this.#grid;
    for (let c = 0; c < this.#classes; c++) {
      const lambda = this.#dynamics.lambda[c];
      let slope = 0;
      for (let j = 0; j < count; j++) {
        const i = c * count + j;
        const e = profile.error[i];
        out.f[i] = 0.5 * lambda * e * e;
        slope += nodeWeight[j] * e * profile.bySlope[i];
      }
      out.g[c] = lambda * slope;
    }
  }

  /** Takes the population at the middle of the interval: R and g = gain·γ there, and the interval's length. */
  prepare(profile: Profile, risk: number, g: number, length: number): void {
    const { count, nodeWeight, middleWeight } = this.#grid;
    const { weight, lambda, batchSize } = this.#dynamics;
    this.#risk = risk;
    this.#g = g;
    this.#theta = STAGE * length;
    this.observeRisk(profile, { f: this.#source, g: this.#slopeSource });
    const { position, error, bySlope } = profile;
    for (let c = 0; c < this.#classes; c++) {
      const first = c * count;
      const last = first + count - 1;
      const strength = (g * g * lambda[c]) / batchSize;
      const d = this.#theta * strength * risk;
      for (let i = first; i < last; i++) this.#inverse[i] = 1 / (position[i + 1] - position[i]);
      for (let i = first; i <= last; i++) {
        const j = i - first;
        // f_yy at node j is the difference of f_y over ½(T_{j+1} − T_{j−1}); E f_yy and E f_y as weights on f_y at the midpoints.
        const half = (k: number) =>
          k > 0 && k < count - 1 ? (2 * nodeWeight[k]) / (position[first + k + 1] - position[first + k - 1]) : 0;
        const below = j > 0 ? d * middleWeight[j - 1] * this.#inverse[i - 1] ** 2 : 0;
        const above = j < count - 1 ? d * middleWeight[j] * this.#inverse[i] ** 2 : 0;
        this.#lower[i] = -below / nodeWeight[j];
        this.#upper[i] = -above / nodeWeight[j];
        this.#diagonal[i] = 1 + (below + above) / nodeWeight[j];
        if (j === count - 1) continue;
        const w = weight[c] * middleWeight[j];
        this.#toK[i] = weight[c] * strength * (half(j) - half(j + 1) - middleWeight[j]);
        this.#toSlope[i] = lambda[c] * middleWeight[j] * 0.5 * (bySlope[i] + bySlope[i + 1]);
        this.#toDrift[i] = w * lambda[c] * 0.5 * (error[i] + error[i + 1]);
        this.#toSquare[i] = w * lambda[c];
      }
      factorTridiagonal(this.#lower, this.#diagonal, this.#upper, first, count);
    }
    this.#kScale = (-2 * g * g) / batchSize;
    // The answer to the source φ, once for all observables.
    this.#answer.set(this.#source);
    this.#solveClasses(this.#answer);
    for (let c = 0; c < this.#classes; c++)
      this.#slopeAnswer[c] = this.#slopeSource[c] - this.#theta * g * this.#slopeMean(this.#answer, c);
    this.#feedback = 1 - this.#theta * this.#k(this.#answer, this.#slopeAnswer);
  }

  #solveClasses(x: Float64Array): void {
    const { count } = this.#grid;
    for (let c = 0; c < this.#classes; c++)
      solveTridiagonal(this.#lower, this.#diagonal, this.#upper, c * count, count, x, c * count);
  }

  /** λ_c E_c[β_s f_y]. */
  #slopeMean(f: Float64Array, c: number): number {
    const { count } = this.#grid;
    let sum = 0;
    for (let i = c * count; i < (c + 1) * count - 1; i++)
      sum += this.#toSlope[i] * (f[i + 1] - f[i]) * this.#inverse[i];
    return sum;
  }

  /** k = ⟨ℳf⟩. */
  #k(f: Float64Array, g: Float64Array): number {
    const { weight, lambda } = this.#dynamics;
    const { count } = this.#grid;
    let sum = 0;
    for (let c = 0; c < this.#classes; c++) {
      for (let i = c * count; i < (c + 1) * count - 1; i++) sum += this.#toK[i] * (f[i + 1] - f[i]) * this.#inverse[i];
      sum += this.#kScale * weight[c] * lambda[c] * g[c];
    }
    return sum;
  }

  /** x ← (1 − θM)⁻¹ x, M the whole generator with its feedback. */
  #solve(x: Response): void {
    const { f, g } = x;
    this.#solveClasses(f);
    for (let c = 0; c < this.#classes; c++) g[c] -= this.#theta * this.#g * this.#slopeMean(f, c);
    const push = (this.#theta * this.#k(f, g)) / this.#feedback;
    for (let i = 0; i < f.length; i++) f[i] += push * this.#answer[i];
    for (let c = 0; c < this.#classes; c++) g[c] += push * this.#slopeAnswer[c];
  }

  /** Takes a response from the end of the interval back to its beginning; adds to `noise` the strengths at the middle × length. */
  step(x: Response, length: number, noise: NoiseStrength): void {
    const before = this.#kept;
    before.f.set(x.f);
    before.g.set(x.g);
    this.#solve(x);
    // Second stage: right-hand side y + ((1 − γ)/γ)(Y₁ − y).
    const share = (1 - STAGE) / STAGE;
    for (let i = 0; i < x.f.length; i++) x.f[i] = before.f[i] + share * (x.f[i] - before.f[i]);
    for (let c = 0; c < x.g.length; c++) x.g[c] = before.g[c] + share * (x.g[c] - before.g[c]);
    this.#solve(x);
    for (let i = 0; i < x.f.length; i++) before.f[i] = 0.5 * (before.f[i] + x.f[i]);
    for (let c = 0; c < x.g.length; c++) before.g[c] = 0.5 * (before.g[c] + x.g[c]);
    this.addNoise(before, length, noise);
  }

  /** Adds length × the strengths for the response x at the time of `prepare`. */
  addNoise(x: Response, length: number, noise: NoiseStrength): void {
    const { count } = this.#grid;
    const m = this.#dynamics.batchSize;
    const g2 = this.#g * this.#g;
    let square = 0;
    let drift = 0;
    for (let c = 0; c < this.#classes; c++)
      for (let i = c * count; i < (c + 1) * count - 1; i++) {
        const slope = (x.f[i + 1] - x.f[i]) * this.#inverse[i];
        square += this.#toSquare[i] * slope * slope;
        drift += this.#toDrift[i] * slope;
      }
    const displaced = this.#risk * this.#k(x.f, x.g) - this.#g * drift;
    noise.independent += ((length * 2 * g2 * this.#risk) / m) * square;
    noise.projected += ((length * g2) / m) * drift * drift;
    noise.clock += ((length * 2) / m) * displaced * displaced;
  }
}
