/**
 * The right-hand side of the transport-map equation (docs/theory.md, "Transport-map form") for all classes, its Jacobian, and
 * solves with it. The Jacobian is one band a class, plus the coupling through the two scalars R and I: a solve costs O(nodes).
 *
 * The independent variable is x = √t: from a point mass T grows like √t, which is smooth in x.
 */
import { factorBand, REACH, STRIP, solveBand } from './band.ts';
import {
  emptyGeometry,
  errorsAndCurvatures,
  FAR,
  Frame,
  geometryAt,
  type Layout,
  type Population,
} from './population.ts';
import { differentiate, roughFlux, stencilAt } from './stencil.ts';
import type { StiffSystem } from './stepper.ts';

/** γ(t) and γ′(t), smooth over the interval of integration. */
export interface SmoothStepSize {
  value(t: number): number;
  slope(t: number): number;
}

/** For tests by manufactured solutions: adds to ∂T/∂t of class c at z, at time t. */
export type Source = (c: number, t: number, z: number) => number;

export class TransportOperator implements StiffSystem {
  readonly size: number;
  readonly population: Population;
  readonly layout: Layout;
  /** γ of the piece of the schedule that is integrated. */
  stepSize: SmoothStepSize;
  /** Of the last evaluation: R, I′ = g²R/m, e, T_z and T_zz. */
  risk = 0;
  clockRate = 0;
  readonly e: Float64Array;
  readonly #kappa: Float64Array;
  readonly tz: Float64Array;
  readonly tzz: Float64Array;
  readonly #source: Source | undefined;
  readonly #geometry = emptyGeometry();
  /** Least increments to the next node that the rough flux uses inside a step: a tenth of those at its start. */
  readonly floor: Float64Array;
  readonly #bare: Float64Array;
  readonly #band: Float64Array;
  readonly #byRisk: Float64Array;
  readonly #byClock: Float64Array;
  readonly #riskBy: Float64Array;
  readonly #bareByRisk: Float64Array;
  readonly #bareByClock: Float64Array;
  #riskByClock = 0;
  #clockRateByRisk = 0;
  #gainRisk = 0;
  #gainClock = 0;
  #shift = 0;
  #bareDx: Float64Array;

  constructor(population: Population, layout: Layout, stepSize: SmoothStepSize, source?: Source) {
    this.population = population;
    this.layout = layout;
    this.size = layout.size;
    this.stepSize = stepSize;
    this.#source = source;
    const make = () => new Float64Array(layout.size);
    this.e = make();
    this.#kappa = make();
    this.tz = make();
    this.tzz = make();
    this.floor = make();
    this.#bare = new Float64Array(STRIP * layout.size);
    this.#band = new Float64Array(STRIP * layout.size);
    this.#byRisk = make();
    this.#byClock = make();
    this.#riskBy = make();
    this.#bareByRisk = make();
    this.#bareByClock = make();
    this.#bareDx = make();
  }

  /** e at every node, and R; false where something overflowed. */
  #errors(y: Float64Array): boolean {
    const { population, layout, e } = this;
    const clock = y[this.size - 1];
    const { w, first, grids } = layout;
    const geometry = this.#geometry;
    const sigma = population.setting.labelNoise;
    let twice = sigma * sigma;
    for (let c = 0; c < grids.length; c++) {
      geometryAt(population, c, clock, geometry);
      const { a, c: d, logA, logC } = geometry;
      const begin = first[c];
      const end = begin + grids[c].count;
      let sum = 0;
      if (population.frame[c] === Frame.escaping) {
        const b = population.b[c];
        for (let i = begin; i < end; i++) {
          const value = 0.25 * Math.exp(2 * y[i]) - b;
          e[i] = value;
          sum += w[i] * value * value;
        }
      } else {
        for (let i = begin; i < end; i++) {
          const delta = y[i];
          const far = 2 * Math.abs(delta);
          const grown = Math.expm1(far);
          let value = delta < 0 ? -0.25 * grown * (d + a / (1 + grown)) : 0.25 * grown * (a + d / (1 + grown));
          if (far > FAR) value = delta < 0 ? -0.25 * Math.exp(far + logC) : 0.25 * Math.exp(far + logA);
          e[i] = value;
          sum += w[i] * value * value;
        }
      }
      twice += population.weight[c] * population.lambda[c] * sum;
    }
    this.risk = 0.5 * (twice + this.restingRisk);
    return Number.isFinite(this.risk);
  }

  /** Σ ωλe² of the classes that never move. */
  restingRisk = 0;
  /** dR/dx at the start of the step that was last factored. */
  riskSlope = 0;

  /** R of a state. */
  riskOf(y: Float64Array): number {
    this.#errors(y);
    return this.risk;
  }

  evaluate(x: number, y: Float64Array, out: Float64Array): boolean {
    const { population, layout, e, tz, tzz } = this;
    const { first, grids, z } = layout;
    const t = x * x;
    const g = population.gain * this.stepSize.value(t);
    if (!this.#errors(y)) return false;
    const clock = y[this.size - 1];
    const rate = (g * g * this.risk) / population.setting.batchSize;
    this.clockRate = rate;
    const scale = 2 * x;
    const rough = { flux: 0, byLeft: 0, byRight: 0 };
    for (let c = 0; c < grids.length; c++) {
      const begin = first[c];
      const { count, spacing } = grids[c];
      differentiate(y, begin, count, spacing, tz, tzz);
      const lambda = population.lambda[c];
      const { shift } = geometryAt(population, c, clock, this.#geometry);
      const drift = g * lambda * scale;
      const diffusion = lambda * rate * scale;
      const constant = shift * rate * scale;
      for (let i = begin; i < begin + count; i++) {
        const inverse = 1 / tz[i];
        let flux = inverse * (z[i] + tzz[i] * inverse);
        // Inside a step a stage may overshoot where the map is nearly flat; it is judged by the error estimate and, at the end, by keepIncreasing.
        if (layout.rough[i] === 1 || !(tz[i] > 0)) {
          roughFlux(y, begin, count, i - begin, spacing, z[i], rough, this.floor);
          flux = rough.flux;
        }
        out[i] = diffusion * flux - drift * e[i] - constant;
      }
      if (this.#source) for (let i = begin; i < begin + count; i++) out[i] += scale * this.#source(c, t, z[i]);
    }
    out[this.size - 1] = scale * rate;
    return true;
  }

  factor(x: number, y: Float64Array, f: Float64Array, shift: number, dx: Float64Array, fresh: boolean): void {
    if (fresh) this.#linearize(x, y, f);
    dx.set(this.#bareDx);
    const { first, grids } = this.layout;
    const band = this.#band;
    band.set(this.#bare);
    const n = this.size - 1;
    for (let i = 0; i < n; i++) band[STRIP * i + REACH] += shift;
    this.#byRisk.set(this.#bareByRisk);
    this.#byClock.set(this.#bareByClock);
    this.#shift = shift;
    for (let c = 0; c < grids.length; c++) {
      factorBand(band, first[c], grids[c].count);
      solveBand(band, first[c], grids[c].count, this.#byRisk);
      solveBand(band, first[c], grids[c].count, this.#byClock);
    }
    let gainRisk = 0;
    let gainClock = this.#riskByClock;
    for (let i = 0; i < n; i++) {
      gainRisk += this.#riskBy[i] * this.#byRisk[i];
      gainClock += this.#riskBy[i] * this.#byClock[i];
    }
    this.#gainRisk = gainRisk;
    this.#gainClock = gainClock;
  }

  /** −J of every class's band, ∂F/∂R, ∂F/∂I, ∂R/∂δ, ∂R/∂I and ∂F/∂x at (x, y), F(x, y) = f. */
  #linearize(x: number, y: Float64Array, f: Float64Array): void {
    const { population, layout, e, tz, tzz } = this;
    const { first, grids, z, w } = layout;
    const t = x * x;
    const scale = 2 * x;
    const gamma = this.stepSize.value(t);
    const g = population.gain * gamma;
    const relative = this.stepSize.slope(t) / gamma;
    for (let i = 0; i + 1 < this.size; i++) this.floor[i] = 0.1 * (y[i + 1] - y[i]);
    // The caller's f came from evaluate(x, y), but stages have been evaluated since a rejected step: refresh e, T_z, T_zz.
    this.#errors(y);
    const kappas = this.#kappa;
    const clock = y[this.size - 1];
    const m = population.setting.batchSize;
    const rate = (g * g * this.risk) / m;
    const rateByRisk = (g * g) / m;
    const d1 = new Float64Array(STRIP);
    const d2 = new Float64Array(STRIP);
    const inner1 = new Float64Array(STRIP);
    const inner2 = new Float64Array(STRIP);
    stencilAt(REACH, STRIP, inner1, inner2);
    let riskByClock = 0;
    const bare = this.#bare;
    const rough = { flux: 0, byLeft: 0, byRight: 0 };
    for (let c = 0; c < grids.length; c++) {
      const begin = first[c];
      const { count, spacing } = grids[c];
      differentiate(y, begin, count, spacing, tz, tzz);
      const geometry = geometryAt(population, c, clock, this.#geometry);
      const { shift, shiftSlope, slope } = geometry;
      errorsAndCurvatures(population, c, clock, y, begin, count, e, kappas);
      const lambda = population.lambda[c];
      const weight = population.weight[c] * lambda;
      const b = population.b[c];
      const drift = scale * g * lambda;
      const diffusion = scale * lambda * rate;
      const constant = scale * shift * rate;
      let sum = 0;
      for (let j = 0; j < count; j++) {
        const i = begin + j;
        const kappa = kappas[i];
        const inverse = 1 / tz[i];
        let flux = inverse * (z[i] + tzz[i] * inverse);
        const edge = j < REACH || j >= count - REACH;
        if (edge) stencilAt(j, count, d1, d2);
        const s1 = edge ? d1 : inner1;
        const s2 = edge ? d2 : inner2;
        const second = (diffusion * inverse * inverse) / (spacing * spacing);
        const first1 = (-diffusion * inverse * (flux + tzz[i] * inverse * inverse)) / spacing;
        const row = STRIP * i;
        if (layout.rough[i] === 1) {
          roughFlux(y, begin, count, j, spacing, z[i], rough, this.floor);
          flux = rough.flux;
          bare.fill(0, row, row + STRIP);
          bare[row + REACH - 1] = -diffusion * rough.byLeft;
          bare[row + REACH + 1] = -diffusion * rough.byRight;
          bare[row + REACH] = diffusion * (rough.byLeft + rough.byRight);
        } else for (let k = 0; k < STRIP; k++) bare[row + k] = -(second * s2[k] + first1 * s1[k]);
        bare[row + REACH] += drift * kappa;
        const noise = diffusion * flux - constant;
        this.#bareByRisk[i] = scale * rateByRisk * (lambda * flux - shift);
        const byClock =
          slope === 0 && shiftSlope === 0 && b === 0 ? -2 * lambda * e[i] : -2 * lambda * (b + e[i]) + kappa * slope;
        const errorByClock = population.frame[c] === Frame.hyperbola ? byClock : 0;
        this.#bareByClock[i] = -drift * errorByClock - scale * shiftSlope * rate;
        const risky = weight * w[i] * e[i];
        this.#riskBy[i] = risky * kappa;
        sum += risky * errorByClock;
        // F = 2x(γ a + γ² n): ∂/∂x = F/x + 2x·t′·γ′(a + 2γ n), t′ = 2x.
        const own = x > 0 ? f[i] / x : 0;
        this.#bareDx[i] = own + scale * relative * (f[i] + noise);
        if (this.#source) {
          const step = 1e-4 * (t + 1e-6);
          const now = this.#source(c, t, z[i]);
          const slopeOfSource = (this.#source(c, t + step, z[i]) - this.#source(c, t - step, z[i])) / (2 * step);
          this.#bareDx[i] += scale * scale * (slopeOfSource - relative * now);
        }
      }
      riskByClock += sum;
    }
    this.#riskByClock = riskByClock;
    this.riskSlope = riskByClock * f[this.size - 1];
    for (let i = 0; i < this.size - 1; i++) this.riskSlope += this.#riskBy[i] * f[i];
    this.#clockRateByRisk = scale * rateByRisk;
    const last = this.size - 1;
    this.#bareDx[last] = (x > 0 ? f[last] / x : 0) + scale * relative * 2 * f[last];
  }

  solve(rhs: Float64Array): void {
    const { first, grids } = this.layout;
    const n = this.size - 1;
    let byRisk = 0;
    for (let c = 0; c < grids.length; c++) solveBand(this.#band, first[c], grids[c].count, rhs);
    for (let i = 0; i < n; i++) byRisk += this.#riskBy[i] * rhs[i];
    // ρ = ∇R·δ + ∂R/∂I·ι and ι: (1 − G_R) ρ − G_I ι = byRisk,  −r ρ + shift ι = rhs_I.
    const r = this.#clockRateByRisk;
    const determinant = (1 - this.#gainRisk) * this.#shift - this.#gainClock * r;
    const rho = (byRisk * this.#shift + this.#gainClock * rhs[n]) / determinant;
    const iota = ((1 - this.#gainRisk) * rhs[n] + r * byRisk) / determinant;
    for (let i = 0; i < n; i++) rhs[i] += this.#byRisk[i] * rho + this.#byClock[i] * iota;
    rhs[n] = iota;
  }
}
