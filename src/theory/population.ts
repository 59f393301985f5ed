/** Classes on their grids: constants of the dynamics, layout of the unknowns, and the weights of averages. */

import { modelOf, ruleOf } from '../dynamics/index.ts';
import type { Line } from '../dynamics/models/line.ts';
import { gain } from '../problem/hyperbolic.ts';
import { expm1 } from './exponential.ts';
import type { LimitClass, LimitSetting } from './law/types.ts';

/** A uniform grid z_j = low + j·spacing, j = 0 … count − 1. */
export interface ZGrid {
  readonly low: number;
  readonly spacing: number;
  readonly count: number;
}

/**
 * How the unknown δ of a class is measured: with T = ζ + ½s… the transport map,
 *   hyperbola   δ = ζ − ½ asinh(2b/h), h = e^s(t): the distance from β = b, exact also when it is 1e−8
 *   balanced    δ = log|p| − ½ log 4b, h = 0 and b > 0: the same
 *   escaping    δ = log|p|, h = 0 and b ≤ 0: there is no point with β = b
 * and for models of one plane (src/dynamics/models/line.ts), with T = U,
 *   line        δ = U − U⋆, β = b at U⋆; U⋆ = 0 where there is no such point
 */
export const Frame = { hyperbola: 0, balanced: 1, escaping: 2, line: 3 } as const;

/** What the dynamics of a class takes from the setting: all but how γ comes about. */
export type PopulationSetting = Pick<
  LimitSetting,
  'parametrization' | 'labelNoise' | 'batchSize' | 'momentum' | 'horizon'
>;

export interface Population {
  readonly setting: PopulationSetting;
  readonly gain: 1 | 2;
  /** g/γ: the gain, over 1 − θ with momentum. */
  readonly rate: number;
  readonly classes: readonly LimitClass[];
  /** Per class. */
  readonly lambda: Float64Array;
  readonly b: Float64Array;
  readonly s0: Float64Array;
  readonly weight: Float64Array;
  readonly frame: Uint8Array;
  /** Of a model of one plane, for all classes; and U⋆ of each. */
  readonly line: Line | null;
  readonly origin: Float64Array;
}

/** g/γ. */
export function rateOf({ parametrization, momentum }: Pick<LimitSetting, 'parametrization' | 'momentum'>): number {
  return gain(parametrization) / (1 - ruleOf(momentum).theta);
}

/** Moving classes only; those with p = q = 0 never move and are `resting`. */
export function populationOf(
  setting: PopulationSetting,
  all: readonly LimitClass[],
): { moving: Population; resting: readonly LimitClass[] } {
  const isResting = (c: LimitClass) => c.start.kind === 'point' && c.start.logP === Number.NEGATIVE_INFINITY;
  const classes = all.filter((c) => !isResting(c) && c.weight !== 0);
  const b = Float64Array.from(classes, (c) => c.b);
  const line = modelOf(setting.parametrization).line ?? null;
  const frameOf = (c: LimitClass) => {
    if (line) return Frame.line;
    if (c.s > Number.NEGATIVE_INFINITY) return Frame.hyperbola;
    return c.b > 0 ? Frame.balanced : Frame.escaping;
  };
  return {
    moving: {
      setting,
      gain: gain(setting.parametrization),
      rate: rateOf(setting),
      classes,
      lambda: Float64Array.from(classes, (c) => c.lambda),
      b,
      s0: Float64Array.from(classes, (c) => c.s),
      weight: Float64Array.from(classes, (c) => c.weight),
      frame: Uint8Array.from(classes, frameOf),
      line,
      origin: Float64Array.from(classes, (c) => line?.resting(c.b) || 0),
    },
    resting: all.filter((c) => isResting(c) && c.weight !== 0),
  };
}

/** Unknowns one after the other: δ of class 0, 1, …, then the clock I = ∫g²R/m dt. */
export interface Layout {
  readonly grids: readonly ZGrid[];
  readonly first: Int32Array;
  readonly size: number;
  /**
   * 1 where the map has a corner that the grid does not resolve (between a contracted bulk and a tail of order 1, say): there differences are of second order
   * and keep the map increasing whatever the corner. How much these nodes count is part of the measured error. And 1 at both ends of every grid, where
   * one-sided differences of higher order could let the outermost cell collapse.
   */
  readonly rough: Uint8Array;
  /** z, and the weights of E φ = Σ w φ(z) in each class (sum 1). */
  readonly z: Float64Array;
  readonly w: Float64Array;
}

export function layOut(grids: readonly ZGrid[]): Layout {
  const first = new Int32Array(grids.length);
  let size = 0;
  grids.forEach((grid, c) => {
    first[c] = size;
    size += grid.count;
  });
  const z = new Float64Array(size);
  const w = new Float64Array(size);
  grids.forEach((grid, c) => {
    let sum = 0;
    for (let j = 0; j < grid.count; j++) {
      const x = grid.low + j * grid.spacing;
      z[first[c] + j] = x;
      sum += w[first[c] + j] = Math.exp(-0.5 * x * x);
    }
    for (let j = 0; j < grid.count; j++) w[first[c] + j] /= sum;
  });
  const rough = new Uint8Array(size);
  grids.forEach((grid, c) => {
    rough[first[c]] = rough[first[c] + grid.count - 1] = 1;
  });
  return { grids, first, size: size + 1, rough, z, w };
}

/** The geometry of a class at clock I: e = ¼(a·E + c·E/(1 + E)) with E = e^{2δ} − 1 (escaping: e = ¼e^{2δ} − b, a = 1, c = 0). */
export interface Geometry {
  /** h e^{2T⋆}, T⋆ where β = b. */
  a: number;
  /** h e^{−2T⋆}. */
  c: number;
  /** dT⋆/dI (ζ frame), or λ = −dy/dI from the noise (y frames): δ′ holds −shift·I′. */
  shift: number;
  /** d shift/dI. */
  shiftSlope: number;
  /** 2λb/√(h² + 4b²), for ∂e/∂I. */
  slope: number;
}

export function emptyGeometry(): Geometry {
  return { a: 0, c: 0, shift: 0, shiftSlope: 0, slope: 0 };
}

export function geometryAt(population: Population, c: number, clock: number, out: Geometry): Geometry {
  const lambda = population.lambda[c];
  const b = population.b[c];
  if (population.frame[c] === Frame.line) {
    // The noise pulls at every node by itself: `pullOf`.
    out.a = out.c = out.shift = out.shiftSlope = out.slope = 0;
    return out;
  }
  if (population.frame[c] !== Frame.hyperbola) {
    out.a = population.frame[c] === Frame.balanced ? 4 * b : 1;
    out.c = 0;
    out.shift = lambda;
    out.shiftSlope = 0;
    out.slope = 0;
    return out;
  }
  const s = population.s0[c] - 2 * lambda * clock;
  const h = Math.exp(s);
  const most = Math.max(h, 2 * Math.abs(b));
  const least = Math.min(h, 2 * Math.abs(b));
  // √(h² + 4b²) without underflow.
  const root = most > 0 ? most * Math.sqrt(1 + (least / most) ** 2) : 0;
  const large = root + 2 * Math.abs(b);
  const small = large > 0 ? (h / large) * h : 0;
  out.a = b >= 0 ? large : small;
  out.c = b >= 0 ? small : large;
  const ratio = root > 0 ? (2 * b) / root : 0;
  out.shift = lambda * ratio;
  out.slope = lambda * ratio;
  const hr = root > 0 ? h / root : 1;
  out.shiftSlope = 2 * lambda * lambda * ratio * hr * hr;
  return out;
}

/** ½ asinh(2b/h) without overflow, s = log h. */
export function restingPoint(b: number, s: number): number {
  if (b === 0) return 0;
  const x = 2 * Math.abs(b);
  // asinh(x/h) = log(x + √(x² + h²)) − s.
  const h = Math.exp(s);
  const value = x > 1e-3 * h ? Math.log(x + Math.hypot(x, h)) - s : Math.asinh(x / h);
  return 0.5 * Math.sign(b) * value;
}

/** 2|δ| beyond which e^{2|δ|} is taken together with its factor. */
export const FAR = 500;

/** log of that factor: of a or c, whichever e^{2|δ|} multiplies; h may be no number any more (s < −745). −∞ where it is 0. */
export function logAhead(b: number, s: number, delta: number): number {
  const logLarge = b === 0 ? s : Math.log(Math.hypot(Math.exp(s), 2 * b) + 2 * Math.abs(b));
  // Balanced: s = −∞, and nothing on the left.
  return delta >= 0 === b >= 0 ? logLarge : 2 * s - logLarge;
}

/** The part of |e| that grows as e^{2|δ|}, at 2|δ| > FAR; the rest is ¼ of the other of a and c. */
export function farGrowth(population: Population, c: number, clock: number, delta: number): number {
  const s = population.s0[c] - 2 * population.lambda[c] * clock;
  return 0.25 * Math.exp(2 * Math.abs(delta) + logAhead(population.b[c], s, delta));
}

const geometry = emptyGeometry();

/** e = β − b and κ_p = ∂e/∂δ of class c at clock I for δ[first … first + count − 1], to the same places. */
export function errorsAndCurvatures(
  population: Population,
  c: number,
  clock: number,
  delta: Float64Array,
  first: number,
  count: number,
  e: Float64Array,
  kappa: Float64Array,
): void {
  if (population.line) {
    population.line.errors(population.origin[c], population.b[c], delta, first, count, e, kappa);
    return;
  }
  const { a, c: d } = geometryAt(population, c, clock, geometry);
  const end = first + count;
  if (population.frame[c] === Frame.escaping) {
    const b = population.b[c];
    for (let i = first; i < end; i++) {
      const square = Math.exp(2 * delta[i]);
      e[i] = 0.25 * square - b;
      kappa[i] = 0.5 * square;
    }
    return;
  }
  for (let i = first; i < end; i++) {
    // With δ < 0 in terms of e^{−2δ} − 1, so that neither branch loses digits far from 0.
    const x = delta[i];
    const far = 2 * Math.abs(x);
    const grown = expm1(far);
    const up = x < 0 ? d : a;
    const other = x < 0 ? a : d;
    const down = other / (1 + grown);
    const growth = far > FAR ? farGrowth(population, c, clock, x) : 0;
    const size = far > FAR ? growth + 0.25 * other : 0.25 * grown * (up + down);
    e[i] = x < 0 ? -size : size;
    kappa[i] = far > FAR ? 2 * growth + 0.5 * down : 0.5 * (up * (1 + grown) + down);
  }
}

/** δ of class c where it starts at one point. */
export function startOf(population: Population, c: number, { logP }: { readonly logP: number }): number {
  const { frame, line, s0 } = population;
  const place = line ? line.coordinate(Math.exp(logP)) : logP - (frame[c] === Frame.hyperbola ? 0.5 * s0[c] : 0);
  return place - originOf(population, c, 0);
}

/** δ stays below this: the end of U; ∞ in the other frames. */
export function boundOf({ line, origin }: Population, c: number): number {
  return line ? line.end - origin[c] : Number.POSITIVE_INFINITY;
}

/** The scale on which everything varies with δ: 1 in ζ and log|p|, the distance to the end in U. */
export function scaleAt({ line, origin }: Population, c: number, delta: number): number {
  return line ? Math.min(1, line.end - origin[c] - delta) : 1;
}

/** δ = T − this: the class's origin at clock I, in ζ (hyperbola), log|p| or U. */
export function originOf(population: Population, c: number, clock: number): number {
  switch (population.frame[c]) {
    case Frame.hyperbola:
      return restingPoint(population.b[c], population.s0[c] - 2 * population.lambda[c] * clock);
    case Frame.balanced:
      return 0.5 * Math.log(4 * population.b[c]);
    case Frame.line:
      return population.origin[c];
    default:
      return 0;
  }
}
