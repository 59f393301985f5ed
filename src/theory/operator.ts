/**
 * The right-hand side of the transport-map equation (docs/theory.md, "Transport-map form") for all classes, its Jacobian, and
 * solves with it. The Jacobian is one band a class, plus the coupling through the two scalars R and I: a solve costs O(nodes).
 *
 * The independent variable is x = √t: from a point mass T grows like √t, which is smooth in x.
 */
import { factorBand, REACH, STRIP, solveBand } from './band.ts';
import { type Look, lookAt, Nodes } from './look.ts';
import { emptyGeometry, errorsAndCurvatures, Frame, geometryAt, type Layout, type Population } from './population.ts';
import { differentiate, innerRow, roughFlux, stencilAt } from './stencil.ts';
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
  /** R of the state last seen, and what it looks like. */
  risk = 0;
  readonly look: Look;
  /** Of the last stage. */
  readonly #nodes: Nodes;
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
    this.look = { nodes: new Nodes(layout.size), scales: [] };
    this.#nodes = new Nodes(layout.size);
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

  /** Σ ωλe² of the classes that never move. */
  restingRisk = 0;

  /** R of a state, neither seen nor evaluated. */
  riskOf(y: Float64Array): number {
    const { population, layout } = this;
    const { w, first, grids } = layout;
    const { e, kappa } = this.#nodes;
    const clock = y[this.size - 1];
    let twice = this.#still();
    for (let c = 0; c < grids.length; c++) {
      const begin = first[c];
      const end = begin + grids[c].count;
      errorsAndCurvatures(population, c, clock, y, begin, grids[c].count, e, kappa);
      let sum = 0;
      for (let i = begin; i < end; i++) sum += w[i] * e[i] * e[i];
      twice += population.weight[c] * population.lambda[c] * sum;
    }
    return 0.5 * twice;
  }

  /** What does not move of 2R. */
  #still(): number {
    return this.population.setting.labelNoise ** 2 + this.restingRisk;
  }

  /** Looks at a state from which a step may start; false where something overflowed. */
  see(y: Float64Array): boolean {
    const { population, layout, look } = this;
    lookAt(population, layout, y, look);
    let twice = this.#still();
    for (let c = 0; c < look.scales.length; c++)
      twice += population.weight[c] * population.lambda[c] * look.scales[c].squares;
    this.risk = 0.5 * twice;
    return Number.isFinite(this.risk);
  }

  /** F(x, y) of the state last seen. */
  evaluateSeen(x: number, y: Float64Array, out: Float64Array): void {
    this.#derivative(x, y, this.risk, this.look.nodes, out);
  }

  evaluate(x: number, y: Float64Array, out: Float64Array): boolean {
    const { first, grids } = this.layout;
    const { tz, tzz } = this.#nodes;
    const risk = this.riskOf(y);
    if (!Number.isFinite(risk)) return false;
    for (let c = 0; c < grids.length; c++) differentiate(y, first[c], grids[c].count, grids[c].spacing, tz, tzz);
    this.#derivative(x, y, risk, this.#nodes, out);
    return true;
  }

  #derivative(x: number, y: Float64Array, risk: number, { e, tz, tzz }: Nodes, out: Float64Array): void {
    const { population, layout } = this;
    const { first, grids, z, rough: isRough } = layout;
    const { floor } = this;
    const source = this.#source;
    const t = x * x;
    const g = population.gain * this.stepSize.value(t);
    const clock = y[this.size - 1];
    const rate = (g * g * risk) / population.setting.batchSize;
    const scale = 2 * x;
    const rough = { flux: 0, byLeft: 0, byRight: 0 };
    for (let c = 0; c < grids.length; c++) {
      const begin = first[c];
      const { count, spacing } = grids[c];
      const lambda = population.lambda[c];
      const { shift } = geometryAt(population, c, clock, this.#geometry);
      const drift = g * lambda * scale;
      const diffusion = lambda * rate * scale;
      const constant = shift * rate * scale;
      for (let i = begin; i < begin + count; i++) {
        const inverse = 1 / tz[i];
        let flux = inverse * (z[i] + tzz[i] * inverse);
        // Inside a step a stage may overshoot where the map is nearly flat; it is judged by the error estimate and, at the end, by keepIncreasing.
        if (isRough[i] === 1 || !(tz[i] > 0)) {
          roughFlux(y, begin, count, i - begin, spacing, z[i], rough, floor);
          flux = rough.flux;
        }
        out[i] = diffusion * flux - drift * e[i] - constant;
      }
      if (source) for (let i = begin; i < begin + count; i++) out[i] += scale * source(c, t, z[i]);
    }
    out[this.size - 1] = scale * rate;
  }

  factor(x: number, y: Float64Array, f: Float64Array, shift: number, dx: Float64Array, fresh: boolean): void {
    if (fresh) this.#linearize(x, y, f);
    dx.set(this.#bareDx);
    const { first, grids } = this.layout;
    const band = this.#band;
    band.set(this.#bare);
    const n = this.size - 1;
    for (let i = 0; i < n; i++) band[STRIP * i + REACH] += shift;
    const byRisk = this.#byRisk;
    const byClock = this.#byClock;
    const riskBy = this.#riskBy;
    byRisk.set(this.#bareByRisk);
    byClock.set(this.#bareByClock);
    this.#shift = shift;
    for (let c = 0; c < grids.length; c++) {
      factorBand(band, first[c], grids[c].count);
      solveBand(band, first[c], grids[c].count, byRisk);
      solveBand(band, first[c], grids[c].count, byClock);
    }
    let gainRisk = 0;
    let gainClock = this.#riskByClock;
    for (let i = 0; i < n; i++) {
      gainRisk += riskBy[i] * byRisk[i];
      gainClock += riskBy[i] * byClock[i];
    }
    this.#gainRisk = gainRisk;
    this.#gainClock = gainClock;
  }

  /** −J of every class's band, ∂F/∂R, ∂F/∂I, ∂R/∂δ, ∂R/∂I and ∂F/∂x at (x, y), the state last seen, F(x, y) = f. */
  #linearize(x: number, y: Float64Array, f: Float64Array): void {
    const { population, layout, size } = this;
    const { e, kappa: kappas, tz, tzz } = this.look.nodes;
    const { first, grids, z, w } = layout;
    const t = x * x;
    const scale = 2 * x;
    const gamma = this.stepSize.value(t);
    const g = population.gain * gamma;
    const relative = this.stepSize.slope(t) / gamma;
    const { floor } = this;
    for (let i = 0; i + 1 < size; i++) floor[i] = 0.1 * (y[i + 1] - y[i]);
    const clock = y[size - 1];
    const m = population.setting.batchSize;
    const rate = (g * g * this.risk) / m;
    const rateByRisk = (g * g) / m;
    const d1 = new Float64Array(STRIP);
    const d2 = new Float64Array(STRIP);
    let riskByClock = 0;
    const bare = this.#bare;
    const byRisk = this.#bareByRisk;
    const byClock = this.#bareByClock;
    const riskBy = this.#riskBy;
    const bareDx = this.#bareDx;
    const source = this.#source;
    const isRough = layout.rough;
    const rough = { flux: 0, byLeft: 0, byRight: 0 };
    // F = 2x(γ a + γ² n): ∂/∂x = F/x + 2x·t′·γ′(a + 2γ n), t′ = 2x.
    const perX = x > 0 ? 1 / x : 0;
    for (let c = 0; c < grids.length; c++) {
      const begin = first[c];
      const { count, spacing } = grids[c];
      const { shift, shiftSlope, slope } = geometryAt(population, c, clock, this.#geometry);
      const lambda = population.lambda[c];
      const weight = population.weight[c] * lambda;
      const b = population.b[c];
      const drift = scale * g * lambda;
      const diffusion = scale * lambda * rate;
      const perSpacing = diffusion / spacing;
      const perSquare = perSpacing / spacing;
      const constant = scale * shift * rate;
      const isHyperbola = population.frame[c] === Frame.hyperbola;
      const isAtZero = slope === 0 && shiftSlope === 0 && b === 0;
      let sum = 0;
      for (let j = 0; j < count; j++) {
        const i = begin + j;
        const kappa = kappas[i];
        const inverse = 1 / tz[i];
        let flux = inverse * (z[i] + tzz[i] * inverse);
        const edge = j < REACH || j >= count - REACH;
        const square = inverse * inverse;
        const second = perSquare * square;
        const first1 = -perSpacing * inverse * (flux + tzz[i] * square);
        const row = STRIP * i;
        if (isRough[i] === 1) {
          roughFlux(y, begin, count, j, spacing, z[i], rough, floor);
          flux = rough.flux;
          bare.fill(0, row, row + STRIP);
          bare[row + REACH - 1] = -diffusion * rough.byLeft;
          bare[row + REACH + 1] = -diffusion * rough.byRight;
          bare[row + REACH] = diffusion * (rough.byLeft + rough.byRight);
        } else if (edge) {
          stencilAt(j, count, d1, d2);
          for (let k = 0; k < STRIP; k++) bare[row + k] = -(second * d2[k] + first1 * d1[k]);
        } else {
          innerRow(bare, row, first1, second);
        }
        bare[row + REACH] += drift * kappa;
        const noise = diffusion * flux - constant;
        byRisk[i] = scale * rateByRisk * (lambda * flux - shift);
        const inFrame = isAtZero ? -2 * lambda * e[i] : -2 * lambda * (b + e[i]) + kappa * slope;
        const errorByClock = isHyperbola ? inFrame : 0;
        byClock[i] = -drift * errorByClock - scale * shiftSlope * rate;
        const risky = weight * w[i] * e[i];
        riskBy[i] = risky * kappa;
        sum += risky * errorByClock;
        bareDx[i] = perX * f[i] + scale * relative * (f[i] + noise);
        if (source) {
          const step = 1e-4 * (t + 1e-6);
          const now = source(c, t, z[i]);
          const slopeOfSource = (source(c, t + step, z[i]) - source(c, t - step, z[i])) / (2 * step);
          bareDx[i] += scale * scale * (slopeOfSource - relative * now);
        }
      }
      riskByClock += sum;
    }
    this.#riskByClock = riskByClock;
    this.#clockRateByRisk = scale * rateByRisk;
    const last = size - 1;
    bareDx[last] = perX * f[last] + scale * relative * 2 * f[last];
  }

  solve(rhs: Float64Array): void {
    const { first, grids } = this.layout;
    const n = this.size - 1;
    let byRisk = 0;
    const band = this.#band;
    for (let c = 0; c < grids.length; c++) solveBand(band, first[c], grids[c].count, rhs);
    const riskBy = this.#riskBy;
    for (let i = 0; i < n; i++) byRisk += riskBy[i] * rhs[i];
    // ρ = ∇R·δ + ∂R/∂I·ι and ι: (1 − G_R) ρ − G_I ι = byRisk,  −r ρ + shift ι = rhs_I.
    const r = this.#clockRateByRisk;
    const determinant = (1 - this.#gainRisk) * this.#shift - this.#gainClock * r;
    const rho = (byRisk * this.#shift + this.#gainClock * rhs[n]) / determinant;
    const iota = ((1 - this.#gainRisk) * rhs[n] + r * byRisk) / determinant;
    const ofRisk = this.#byRisk;
    const ofClock = this.#byClock;
    for (let i = 0; i < n; i++) rhs[i] += ofRisk[i] * rho + ofClock[i] * iota;
    rhs[n] = iota;
  }
}
