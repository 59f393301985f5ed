/** From the unknown δ of a class to a coordinate of the problem. */

import type { LinePoint } from '../dynamics/models/line.ts';
import type { Coordinate } from '../expression/expression.ts';
import { toU, toV } from '../problem/hyperbolic.ts';
import { expm1 } from './exponential.ts';
import { emptyGeometry, FAR, Frame, farGrowth, geometryAt, type Population, restingPoint } from './population.ts';

/** Fills a coordinate from δ; the geometry of the class at the current clock is prepared once. */
export class CoordinateReader {
  readonly coordinate: Coordinate = { u: 0, v: 0, beta: 0, b: 0, lambda: 0, e: 0, kappa: 0, bend: 0, s: 0 };
  readonly #population: Population;
  readonly #geometry = emptyGeometry();
  readonly #point: LinePoint = { weight: 0, beta: 0, e: 0, kappa: 0, bend: 0 };
  #class = 0;
  #clock = 0;
  #frame = 0;
  #offset = 0;
  #s = 0;
  #exchanged = false;
  #b = 0;
  #p = 0;
  #q = 0;
  #e = 0;
  #kappa = 0;
  #signP = 1;
  #signQ = 1;

  constructor(population: Population) {
    this.#population = population;
  }

  /** Prepares class c at clock I. */
  begin(c: number, clock: number): void {
    const population = this.#population;
    this.#class = c;
    this.#clock = clock;
    this.#frame = population.frame[c];
    this.#b = population.b[c];
    geometryAt(population, c, clock, this.#geometry);
    this.#s = population.s0[c] - 2 * population.lambda[c] * clock;
    this.#offset = this.origin();
    this.coordinate.lambda = population.lambda[c];
    this.coordinate.s = this.#s;
    this.view(0);
  }

  /** log|p| (of the dynamics), or U, at δ = 0. */
  origin(): number {
    if (this.#frame === Frame.line) return this.#population.origin[this.#class];
    if (this.#frame === Frame.hyperbola) return restingPoint(this.#b, this.#s) + 0.5 * this.#s;
    return this.#frame === Frame.balanced ? 0.5 * Math.log(4 * this.#b) : 0;
  }

  /** Looks at the k-th view of the class; returns its share. */
  view(k: number): number {
    const { exchanged, p, q, share } = this.#population.classes[this.#class].views[k];
    this.#exchanged = exchanged;
    this.#signP = p;
    this.#signQ = q;
    this.coordinate.b = exchanged ? -this.#b : this.#b;
    return share;
  }

  /** The coordinate at δ in the current view. */
  read(delta: number): Coordinate {
    this.locate(delta);
    return this.project();
  }

  /** Goes to δ: what all views have in common. */
  locate(delta: number): void {
    const { line } = this.#population;
    if (line) {
      line.read(this.#offset, this.#b, delta, this.#point);
      return;
    }
    const { a, c } = this.#geometry;
    let e: number;
    let kappa: number;
    if (this.#frame === Frame.escaping) {
      const square = Math.exp(2 * delta);
      e = 0.25 * square - this.#b;
      kappa = 0.5 * square;
    } else {
      const far = 2 * Math.abs(delta);
      const grown = expm1(far);
      const up = delta < 0 ? c : a;
      const other = delta < 0 ? a : c;
      const down = other / (1 + grown);
      const growth = far > FAR ? farGrowth(this.#population, this.#class, this.#clock, delta) : 0;
      const size = far > FAR ? growth + 0.25 * other : 0.25 * grown * (up + down);
      e = delta < 0 ? -size : size;
      kappa = far > FAR ? 2 * growth + 0.5 * down : 0.5 * (up * (1 + grown) + down);
    }
    const y = this.#offset + delta;
    this.#p = Math.exp(y);
    this.#q = this.#s === Number.NEGATIVE_INFINITY ? 0 : Math.exp(this.#s - y);
    this.#e = e;
    this.#kappa = kappa;
  }

  /** The coordinate located last, in the current view. */
  project(): Coordinate {
    const out = this.coordinate;
    if (this.#population.line) {
      out.u = this.#point.weight;
      out.v = 0;
      out.beta = this.#point.beta;
      out.e = this.#point.e;
      out.kappa = this.#point.kappa;
      out.bend = this.#point.bend;
      return out;
    }
    const { parametrization } = this.#population.setting;
    let p = this.#p;
    let q = this.#q;
    let e = this.#e;
    let beta = this.#b === 0 ? e : 0.25 * (p - q) * (p + q);
    if (this.#exchanged) {
      [p, q] = [q, p];
      beta = -beta;
      e = -e;
    }
    p *= this.#signP;
    q *= this.#signQ;
    out.u = toU(parametrization, p, q);
    out.v = toV(parametrization, p, q);
    out.beta = beta;
    out.e = e;
    out.kappa = this.#population.gain * this.#kappa;
    out.bend = 2 * this.#population.gain ** 2 * beta;
    return out;
  }
}
