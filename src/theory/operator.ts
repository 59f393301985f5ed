/**
 * The right-hand side of the transport-map equation (docs/theory.md, "Transport-map form") for all classes, its Jacobian, and
 * solves with it. The Jacobian is one band a class, plus a coupling of low rank: through R and the clock I, and where the step size depends on
 * the state through γ and its integrals as well. A solve costs O(nodes).
 *
 * The independent variable is x = √t: from a point mass T grows like √t, which is smooth in x.
 */
import { factorBand, REACH, STRIP, solveBand } from './band.ts';
import { DenseSystem } from './dense.ts';
import type { Feedback } from './feedback.ts';
import { type Look, lookAt, Nodes } from './look.ts';
import { emptyGeometry, errorsAndCurvatures, Frame, geometryAt, type Layout, type Population } from './population.ts';
import { differentiate, innerRow, roughFlux, stencilAt } from './stencil.ts';
import type { StiffSystem } from './stepper.ts';

/** γ(t) and γ′(t), smooth over the interval of integration. */
export interface SmoothStepSize {
  value(t: number): number;
  slope(t: number): number;
}

/** What a run is told of R, as a function of x = √t, instead of finding all of it by itself. */
export interface Outside {
  /** `given`: this is R, and the clock is this one; the classes do not act on each other. `added`: this is added to what the classes make of R. */
  readonly kind: 'given' | 'added';
  risk(x: number): number;
  /** dR/dx. */
  riskSlope(x: number): number;
  clock(x: number): number;
}

/** For tests by manufactured solutions: adds to ∂T/∂t of class c at z, at time t. */
export type Source = (c: number, t: number, z: number) => number;

export class TransportOperator implements StiffSystem {
  readonly size: number;
  readonly population: Population;
  readonly layout: Layout;
  /** γ of the piece of the schedule that is integrated. Not asked where `feedback` has it. */
  stepSize: SmoothStepSize;
  /** R and γ of the state last seen, and what it looks like. */
  risk = 0;
  /** Of R what these classes make of it. */
  ownRisk = 0;
  gamma = 0;
  readonly look: Look;
  readonly #feedback: Feedback | null;
  /** Unknowns after the maps: the clock, then integrals. */
  readonly #extras: number;
  /** Of the last stage. */
  readonly #nodes: Nodes;
  readonly #source: Source | undefined;
  readonly #outside: Outside | null;
  /** R and the clock are given: no coupling. */
  readonly #isDriven: boolean;
  readonly #geometry = emptyGeometry();
  /** Least increments to the next node that the rough flux uses inside a step: a tenth of those at its start. */
  readonly floor: Float64Array;
  readonly #bare: Float64Array;
  readonly #band: Float64Array;
  /** ∂F/∂· by what is the same for all nodes: R, γ where it depends on the state, and the clock last; as it is, and after solving with the bands. */
  readonly #columns: { readonly bare: Float64Array; readonly solved: Float64Array }[];
  /** ∂·/∂δ of what depends on all nodes: R, γ, and the rates of the integrals. */
  readonly #rows: Float64Array[];
  /** The coupling: those scalars, then clock and integrals. */
  readonly #coupling: DenseSystem;
  readonly #coupled: Float64Array;
  #riskByClock = 0;
  #clockRateByRisk = 0;
  #clockRateByGamma = 0;
  readonly #bareDx: Float64Array;

  constructor(
    population: Population,
    layout: Layout,
    stepSize: SmoothStepSize,
    feedback: Feedback | null,
    source?: Source,
    outside: Outside | null = null,
  ) {
    this.population = population;
    this.layout = layout;
    this.#feedback = feedback;
    this.#extras = 1 + (feedback?.integrals ?? 0);
    this.size = layout.size - 1 + this.#extras;
    this.stepSize = stepSize;
    this.#source = source;
    this.#outside = outside;
    this.#isDriven = outside?.kind === 'given';
    const make = () => new Float64Array(layout.size);
    this.look = { nodes: new Nodes(layout.size), scales: [] };
    this.#nodes = new Nodes(layout.size);
    this.floor = make();
    this.#bare = new Float64Array(STRIP * layout.size);
    this.#band = new Float64Array(STRIP * layout.size);
    this.#columns = Array.from({ length: feedback ? 3 : 2 }, () => ({ bare: make(), solved: make() }));
    this.#rows = Array.from({ length: feedback ? 1 + this.#extras : 1 }, make);
    this.#coupling = new DenseSystem(this.#rows.length + this.#extras);
    this.#coupled = new Float64Array(this.#coupling.size);
    this.#bareDx = new Float64Array(this.size);
  }

  /** Σ ωλe² of the classes that never move. */
  restingRisk = 0;

  /** R at x in a state, neither seen nor evaluated. */
  riskOf(x: number, y: Float64Array): number {
    const outside = this.#outside;
    return this.ownRiskOf(y) + (outside?.kind === 'added' ? outside.risk(x) : 0);
  }

  /** What these classes make of R in a state, neither seen nor evaluated. */
  ownRiskOf(y: Float64Array): number {
    const { population, layout } = this;
    const { w, first, grids } = layout;
    const { e, kappa } = this.#nodes;
    const clock = y[layout.size - 1];
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
    return this.#isDriven ? 0 : this.population.setting.labelNoise ** 2 + this.restingRisk;
  }

  /** γ of a state at time t; NaN where it has no value there. */
  gammaOf(t: number, y: Float64Array): number {
    if (!this.#feedback) return this.stepSize.value(t);
    return this.#feedback.evaluate(t, this.layout, y) ? this.#feedback.gamma : Number.NaN;
  }

  /** Looks at a state from which a step may start; false where something overflowed. */
  see(x: number, y: Float64Array): boolean {
    const { population, layout, look } = this;
    lookAt(population, layout, y, look);
    let twice = this.#still();
    for (let c = 0; c < look.scales.length; c++)
      twice += population.weight[c] * population.lambda[c] * look.scales[c].squares;
    this.ownRisk = 0.5 * twice;
    this.risk = this.#isDriven ? this.#outside!.risk(x) : this.ownRisk + (this.#outside?.risk(x) ?? 0);
    this.gamma = this.gammaOf(x * x, y);
    return Number.isFinite(this.risk) && Number.isFinite(this.gamma);
  }

  /** F(x, y) of the state last seen. */
  evaluateSeen(x: number, y: Float64Array, out: Float64Array): void {
    // A state that was only tried may have been evaluated since.
    this.#feedback?.evaluate(x * x, this.layout, y);
    this.#derivative(x, y, this.risk, this.gamma, this.look.nodes, out);
  }

  evaluate(x: number, y: Float64Array, out: Float64Array): boolean {
    const { first, grids } = this.layout;
    const { tz, tzz } = this.#nodes;
    if (this.#isDriven) y[this.layout.size - 1] = this.#outside!.clock(x);
    const risk = this.#isDriven ? this.#givenRisk(x, y) : this.riskOf(x, y);
    const gamma = this.gammaOf(x * x, y);
    if (!(Number.isFinite(risk) && Number.isFinite(gamma))) return false;
    for (let c = 0; c < grids.length; c++) differentiate(y, first[c], grids[c].count, grids[c].spacing, tz, tzz);
    this.#derivative(x, y, risk, gamma, this.#nodes, out);
    return true;
  }

  /** The given R, with the errors of the state found as `riskOf` does. */
  #givenRisk(x: number, y: Float64Array): number {
    const { population, layout } = this;
    const { first, grids } = layout;
    const { e, kappa } = this.#nodes;
    const clock = y[layout.size - 1];
    for (let c = 0; c < grids.length; c++)
      errorsAndCurvatures(population, c, clock, y, first[c], grids[c].count, e, kappa);
    return this.#outside!.risk(x);
  }

  #derivative(x: number, y: Float64Array, risk: number, gamma: number, { e, tz, tzz }: Nodes, out: Float64Array): void {
    const { population, layout } = this;
    const { first, grids, z, rough: isRough } = layout;
    const { floor } = this;
    const source = this.#source;
    const t = x * x;
    const g = population.rate * gamma;
    const clock = y[layout.size - 1];
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
      const { line } = population;
      const origin = population.origin[c];
      for (let i = begin; i < begin + count; i++) {
        const inverse = 1 / tz[i];
        let flux = inverse * (z[i] + tzz[i] * inverse);
        // Inside a step a stage may overshoot where the map is nearly flat; it is judged by the error estimate and, at the end, by keepIncreasing.
        if (isRough[i] === 1 || !(tz[i] > 0)) {
          roughFlux(y, begin, count, i - begin, spacing, z[i], rough, floor);
          flux = rough.flux;
        }
        out[i] = diffusion * flux - drift * e[i] - (line ? diffusion * line.slope(origin + y[i]) : constant);
      }
      if (source) for (let i = begin; i < begin + count; i++) out[i] += scale * source(c, t, z[i]);
    }
    out[layout.size - 1] = this.#isDriven ? 0 : scale * rate;
    for (let k = 1; k < this.#extras; k++) out[layout.size - 1 + k] = scale * this.#feedback!.rates[k - 1];
  }

  factor(x: number, y: Float64Array, f: Float64Array, shift: number, dx: Float64Array, fresh: boolean): void {
    if (fresh) this.#linearize(x, y, f);
    dx.set(this.#bareDx);
    const { first, grids } = this.layout;
    const band = this.#band;
    band.set(this.#bare);
    const n = this.layout.size - 1;
    for (let i = 0; i < n; i++) band[STRIP * i + REACH] += shift;
    if (this.#isDriven) {
      for (let c = 0; c < grids.length; c++) factorBand(band, first[c], grids[c].count);
      return;
    }
    for (const { bare, solved } of this.#columns) solved.set(bare);
    for (let c = 0; c < grids.length; c++) {
      factorBand(band, first[c], grids[c].count);
      for (const { solved } of this.#columns) solveBand(band, first[c], grids[c].count, solved);
    }
    this.#couple(x, shift);
  }

  /** The equations of the scalars σ (R, γ, rates) and of the clock and the integrals: σ = rows·δ + …, with δ by the columns. */
  #couple(x: number, shift: number): void {
    const n = this.layout.size - 1;
    const rows = this.#rows;
    const columns = this.#columns;
    const { matrix, size } = this.#coupling;
    const scalars = rows.length;
    const clockColumn = columns.length - 1;
    const feedback = this.#feedback;
    matrix.fill(0);
    for (let a = 0; a < scalars; a++) {
      const row = rows[a];
      matrix[size * a + a] = 1;
      columns.forEach(({ solved }, c) => {
        let gain = c < clockColumn ? 0 : a === 0 ? this.#riskByClock : feedback!.byClock[a - 1];
        for (let i = 0; i < n; i++) gain += row[i] * solved[i];
        // Columns: R and γ are the first scalars, the clock comes after all of them.
        matrix[size * a + (c < clockColumn ? c : scalars)] -= gain;
      });
      if (a > 0)
        for (let k = 1; k < this.#extras; k++)
          matrix[size * a + scalars + k] = -feedback!.byIntegral[(a - 1) * feedback!.integrals + k - 1];
    }
    for (let k = 0; k < this.#extras; k++) matrix[size * (scalars + k) + scalars + k] = shift;
    matrix[size * scalars] = -this.#clockRateByRisk;
    if (feedback) matrix[size * scalars + 1] = -this.#clockRateByGamma;
    for (let k = 1; k < this.#extras; k++) matrix[size * (scalars + k) + 1 + k] = -2 * x;
    this.#coupling.factor();
  }

  /** −J of every class's band, ∂F/∂R, ∂F/∂I, ∂R/∂δ, ∂R/∂I and ∂F/∂x at (x, y), the state last seen, F(x, y) = f. */
  #linearize(x: number, y: Float64Array, f: Float64Array): void {
    const { population, layout, gamma } = this;
    const { size } = layout;
    const { e, kappa: kappas, tz, tzz } = this.look.nodes;
    const { first, grids, z, w } = layout;
    const t = x * x;
    const scale = 2 * x;
    const g = population.rate * gamma;
    const feedback = this.#feedback;
    if (feedback) {
      // The state may have been left for a stage since it was seen.
      feedback.evaluate(t, layout, y);
      feedback.linearize(t, layout, y);
    }
    // What the state does to γ is in the coupling.
    const relative = feedback ? 0 : this.stepSize.slope(t) / gamma;
    const { floor } = this;
    for (let i = 0; i + 1 < size; i++) floor[i] = 0.1 * (y[i + 1] - y[i]);
    const clock = y[size - 1];
    const m = population.setting.batchSize;
    const rate = (g * g * this.risk) / m;
    const rateByRisk = (g * g) / m;
    const rateByGamma = (population.rate * g * this.risk) / m;
    const d1 = new Float64Array(STRIP);
    const d2 = new Float64Array(STRIP);
    let riskByClock = 0;
    const bare = this.#bare;
    const columns = this.#columns;
    const byRisk = columns[0].bare;
    const byGamma = feedback ? columns[1].bare : null;
    const byClock = columns[columns.length - 1].bare;
    const riskBy = this.#rows[0];
    const bareDx = this.#bareDx;
    const source = this.#source;
    const isRough = layout.rough;
    const rough = { flux: 0, byLeft: 0, byRight: 0 };
    // F = 2x(γ a + γ² n): ∂/∂x = F/x + 2x·t′·γ′(a + 2γ n), t′ = 2x.
    const perX = x > 0 ? 1 / x : 0;
    for (let c = 0; c < grids.length; c++) {
      const begin = first[c];
      const { count, spacing } = grids[c];
      const { shift: common, shiftSlope, slope } = geometryAt(population, c, clock, this.#geometry);
      const lambda = population.lambda[c];
      const weight = population.weight[c] * lambda;
      const b = population.b[c];
      const drift = scale * g * lambda;
      const diffusion = scale * lambda * rate;
      const perSpacing = diffusion / spacing;
      const perSquare = perSpacing / spacing;
      const { line } = population;
      const origin = population.origin[c];
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
        if (line) bare[row + REACH] += diffusion * line.slopeByU(origin + y[i]);
        const shift = line ? lambda * line.slope(origin + y[i]) : common;
        const noise = diffusion * flux - scale * shift * rate;
        byRisk[i] = scale * rateByRisk * (lambda * flux - shift);
        const inFrame = isAtZero ? -2 * lambda * e[i] : -2 * lambda * (b + e[i]) + kappa * slope;
        const errorByClock = isHyperbola ? inFrame : 0;
        byClock[i] = -drift * errorByClock - scale * shiftSlope * rate;
        const risky = weight * w[i] * e[i];
        riskBy[i] = risky * kappa;
        sum += risky * errorByClock;
        bareDx[i] = perX * f[i] + scale * relative * (f[i] + noise);
        if (byGamma) {
          byGamma[i] = 2 * scale * rateByGamma * (lambda * flux - shift) - scale * population.rate * lambda * e[i];
          bareDx[i] += scale * feedback!.byTime[0] * byGamma[i];
        }
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
    const outside = this.#outside;
    if (outside) {
      const riskByX = outside.riskSlope(x);
      for (let i = 0; i < last; i++) bareDx[i] += byRisk[i] * riskByX;
      if (this.#isDriven) {
        const clockByX = scale * rate;
        for (let i = 0; i < last; i++) bareDx[i] += byClock[i] * clockByX;
        bareDx[last] = 0;
        return;
      }
    }
    bareDx[last] = perX * f[last] + scale * relative * 2 * f[last];
    if (outside) bareDx[last] += this.#clockRateByRisk * outside.riskSlope(x);
    if (!feedback) return;
    this.#clockRateByGamma = 2 * scale * rateByGamma;
    bareDx[last] += scale * feedback.byTime[0] * this.#clockRateByGamma;
    for (let a = 0; a <= feedback.integrals; a++) this.#rows[1 + a].set(feedback.byNode[a].subarray(0, size));
    for (let k = 1; k < this.#extras; k++) bareDx[last + k] = perX * f[last + k] + scale * scale * feedback.byTime[k];
  }

  solve(rhs: Float64Array): void {
    const { first, grids, size } = this.layout;
    const n = size - 1;
    const band = this.#band;
    for (let c = 0; c < grids.length; c++) solveBand(band, first[c], grids[c].count, rhs);
    if (this.#isDriven) {
      rhs[n] = 0;
      return;
    }
    const coupled = this.#coupled;
    const rows = this.#rows;
    for (let a = 0; a < rows.length; a++) {
      const row = rows[a];
      let sum = 0;
      for (let i = 0; i < n; i++) sum += row[i] * rhs[i];
      coupled[a] = sum;
    }
    for (let k = 0; k < this.#extras; k++) coupled[rows.length + k] = rhs[n + k];
    this.#coupling.solve(coupled);
    const columns = this.#columns;
    const ofRisk = columns[0].solved;
    const ofClock = columns[columns.length - 1].solved;
    const rho = coupled[0];
    const iota = coupled[rows.length];
    for (let i = 0; i < n; i++) rhs[i] += ofRisk[i] * rho + ofClock[i] * iota;
    if (columns.length > 2) {
      const ofGamma = columns[1].solved;
      for (let i = 0; i < n; i++) rhs[i] += ofGamma[i] * coupled[1];
    }
    for (let k = 0; k < this.#extras; k++) rhs[n + k] = coupled[rows.length + k];
  }
}
