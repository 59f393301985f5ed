/** The grid in z of one class, fitted to its map: refined where T_z is not resolved, extended where a tail still matters. */
import { REACH } from './band.ts';
import { errorsAndCurvatures, type Population, type ZGrid } from './population.ts';
import { differentiate, unresolved } from './stencil.ts';

export interface GridRules {
  /** Largest admissible share-weighted relative error of T_z. */
  readonly resolution: number;
  /** Largest admissible share of an average in the outermost node. */
  readonly tail: number;
}

/** Coarsest spacing: a linear map needs no more. */
export const WIDEST = 0.5;
/** Finest spacing and most nodes; beyond, the solver says that it could not. */
export const NARROWEST = 0.002;
const REFINE = 1.35;
const COARSEN = 1.25;
/** Coarsening by COARSEN multiplies the truncation error by 1.25⁸ ≈ 6; leave a margin so that grids do not flutter. */
const COARSEN_MARGIN = 1e-2;
/** A coarser grid is taken if its own error is below this part of the rule. */
export const COARSE_ENOUGH = 0.2;

/** The widest grid symmetric about 0 whose outermost weight is below `tail`. */
export function startingGrid(rules: GridRules, spacing = WIDEST): ZGrid {
  let half = 4;
  while (Math.exp(-0.5 * half * half) * half * half > rules.tail && half < 37) half += 0.25;
  const n = Math.max(5, Math.ceil(half / spacing));
  return { low: -n * spacing, spacing, count: 2 * n + 1 };
}

/** How a grid fits a map. Averages that decide: 1, e², e²κ and κ²; a node counts by its largest share in one of them. */
export interface GridVerdict {
  /** Share-weighted relative truncation error of T_z; infinite if the map does not increase. */
  readonly error: number;
  readonly refine: boolean;
  readonly coarsen: boolean;
  readonly extendLow: boolean;
  readonly extendHigh: boolean;
}

let scratch = { e: new Float64Array(0), kappa: new Float64Array(0), tz: new Float64Array(0), tzz: new Float64Array(0) };

/** Looks at the map y[first …] of class c at clock I. w: the weights of the layout, from `first` on as y. */
export function inspectGrid(
  population: Population,
  c: number,
  clock: number,
  grid: ZGrid,
  y: Float64Array,
  first: number,
  w: Float64Array,
  rules: GridRules,
): GridVerdict {
  const { count, spacing } = grid;
  if (scratch.e.length < count) {
    const make = () => new Float64Array(2 * count);
    scratch = { e: make(), kappa: make(), tz: make(), tzz: make() };
  }
  const { e, kappa, tz, tzz } = scratch;
  const delta = y.subarray(first, first + count);
  const monotone = differentiate(delta, 0, count, spacing, tz, tzz);
  errorsAndCurvatures(population, c, clock, delta, 0, count, e, kappa);
  let squares = 0;
  let cubes = 0;
  let curvatures = 0;
  for (let j = 0; j < count; j++) {
    const square = w[first + j] * e[j] * e[j];
    squares += square;
    cubes += square * kappa[j];
    curvatures += w[first + j] * kappa[j] * kappa[j];
  }
  const per = (sum: number) => (sum > 0 ? 1 / sum : 0);
  const [bySquares, byCubes, byCurvatures] = [per(squares), per(cubes), per(curvatures)];
  const share = (j: number) => {
    const square = e[j] * e[j];
    const k = kappa[j];
    return w[first + j] * Math.max(1, square * bySquares, square * k * byCubes, k * k * byCurvatures);
  };
  let error = 0;
  for (let j = REACH; j < count - REACH; j++) error += share(j) * unresolved(delta, j, spacing * tz[j]);
  if (!monotone) error = Number.POSITIVE_INFINITY;
  return {
    error,
    refine: !(error <= rules.resolution),
    coarsen: error < COARSEN_MARGIN * rules.resolution && spacing * COARSEN <= WIDEST,
    extendLow: share(0) > rules.tail,
    extendHigh: share(count - 1) > rules.tail,
  };
}

/** The grid that a verdict asks for, or the same object if it stands. */
export function nextGrid(grid: ZGrid, verdict: GridVerdict): ZGrid {
  let { low, spacing } = grid;
  let high = low + spacing * (grid.count - 1);
  if (verdict.extendLow) low -= Math.max(0.5, 2 * spacing);
  if (verdict.extendHigh) high += Math.max(0.5, 2 * spacing);
  if (verdict.refine) spacing /= REFINE;
  else if (!verdict.extendLow && !verdict.extendHigh) return grid;
  return gridOver(low, high, spacing);
}

/** The next coarser grid over the same range. */
export function coarserGrid(grid: ZGrid): ZGrid {
  return gridOver(grid.low, grid.low + grid.spacing * (grid.count - 1), grid.spacing * COARSEN);
}

/** The next finer grid over the same range. */
export function finerGrid(grid: ZGrid): ZGrid {
  return gridOver(grid.low, grid.low + grid.spacing * (grid.count - 1), grid.spacing / REFINE);
}

/** z = 0 is always a node: where a symmetric class has a kink, trapezoidal sums of one and of two spacings then differ. */
function gridOver(low: number, high: number, spacing: number): ZGrid {
  const below = Math.max(REACH + 1, Math.ceil(-low / spacing - 1e-9));
  const above = Math.max(REACH + 1, Math.ceil(high / spacing - 1e-9));
  return { low: -below * spacing, spacing, count: below + above + 1 };
}

/** Points of local interpolation. */
const POINTS = 10;

/**
 * Values of the map y (on `from`, at y[first …]) at the nodes of `to`, to out[at …]: degree 9 inside, linear outside; piecewise linear where
 * that would not increase.
 */
export function transfer(from: ZGrid, y: Float64Array, first: number, to: ZGrid, out: Float64Array, at: number): void {
  const place = (j: number) => (to.low + j * to.spacing - from.low) / from.spacing;
  let increasing = true;
  for (let j = 0; j < to.count; j++) {
    out[at + j] = interpolateAt(from, y, first, place(j));
    if (j > 0 && !(out[at + j] > out[at + j - 1])) increasing = false;
  }
  if (increasing) return;
  for (let j = 0; j < to.count; j++) {
    const cell = Math.max(0, Math.min(from.count - 2, Math.floor(place(j))));
    const part = place(j) - cell;
    out[at + j] = y[first + cell] + part * (y[first + cell + 1] - y[first + cell]);
  }
}

/** The map at place (0 … count − 1, in units of the spacing). */
export function interpolateAt(grid: ZGrid, y: Float64Array, first: number, place: number): number {
  const n = grid.count;
  if (place <= 0) return y[first] + place * (y[first + 1] - y[first]);
  if (place >= n - 1) return y[first + n - 1] + (place - n + 1) * (y[first + n - 1] - y[first + n - 2]);
  const points = Math.min(POINTS, n);
  const left = Math.max(0, Math.min(n - points, Math.floor(place) - points / 2 + 1));
  // Barycentric formula; the reference value is the nearest node, so that small differences keep their relative accuracy.
  const nearest = Math.round(place);
  if (nearest === place) return y[first + nearest];
  const base = y[first + nearest];
  let above = 0;
  let below = 0;
  let weight = 1;
  for (let k = 0; k < points; k++) {
    const term = weight / (place - left - k);
    above += term * (y[first + left + k] - base);
    below += term;
    weight *= -(points - 1 - k) / (k + 1);
  }
  return base + above / below;
}
