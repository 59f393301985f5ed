/** The grid in z of one class, fitted to its map: refined where T_z is not resolved, extended where a tail still matters. */
import { REACH } from './band.ts';
import { type ClassScales, type Look, lookAtClass, Nodes, type Scales } from './look.ts';
import { boundOf, layOut, type Population, type ZGrid } from './population.ts';
import { unresolved } from './stencil.ts';

export interface GridRules {
  /** Largest admissible share-weighted relative error of T_z. */
  readonly resolution: number;
  /** Largest admissible share of an average in the outermost node. */
  readonly tail: number;
}

/**
 * Coarsest spacing, which a linear map would do with: finer for higher accuracy, so that the grids of two runs differ and their difference shows
 * the error in z even where no refinement was called for.
 */
function widest({ resolution }: GridRules): number {
  return 0.5 * Math.min(1, resolution / 1e-3) ** (1 / 16);
}

/** Finest spacing and most nodes; beyond, the solver says that it could not. */
export const NARROWEST = 0.002;
const REFINE = 1.35;
const COARSEN = 1.25;
/** Coarsening by COARSEN multiplies the truncation error by 1.25⁸ ≈ 6; leave a margin so that grids do not flutter. */
const COARSEN_MARGIN = 1e-2;
/** A coarser grid is taken if its own error is below this part of the rule. */
const COARSE_ENOUGH = 0.2;

/** The widest grid symmetric about 0 whose outermost weight is below `tail`. */
export function startingGrid(rules: GridRules, most = 0.5): ZGrid {
  const spacing = Math.min(most, widest(rules));
  let half = 4;
  while (Math.exp(-0.5 * half * half) * half * half > rules.tail && half < 37) half += 0.25;
  const n = Math.max(5, Math.ceil(half / spacing));
  return { low: -n * spacing, spacing, count: 2 * n + 1 };
}

/**
 * A class whose mean is below this part of the population's is not resolved in it any more: a risk that falls by another 14 orders would still not
 * show it. (Late in a run with label noise, coordinates with small |b| have means that only their farthest tail decides.)
 */
export const NEGLIGIBLE = 1e-16;

/**
 * Averages that less than this part of a class's mass decides are not followed out to there. (On a plateau of label noise, what brings a coordinate
 * with b = 0 back to β of order 1 becomes ever rarer; grids would chase it until the normal weights underflow.)
 */
export const RARE = 1e-20;

/** How a grid fits a map. Averages that decide: 1, e², e²κ and κ²; a node counts by its largest share in one of them. */
export interface GridVerdict {
  /** Share-weighted relative truncation error of T_z; infinite if the map does not increase. */
  readonly error: number;
  readonly refine: boolean;
  readonly coarsen: boolean;
  readonly extendLow: boolean;
  readonly extendHigh: boolean;
}

let scratch = new Nodes(0);

/** Nodes where the relative truncation error of T_z exceeds this are rough, and count with at least the second error. */
const ROUGH = 0.03;
const ROUGH_ERROR = 0.2;

/**
 * How the grid of one class fits the map y[first …], which looks like `nodes` and `own`; `whole`: of the population. w: the weights of the layout, from `first` on
 * as y; `rough`: Layout.rough, written.
 */
export function inspectGrid(
  { count, spacing }: ZGrid,
  y: Float64Array,
  first: number,
  w: Float64Array,
  { e, kappa, tz }: Nodes,
  { squares, cubes, curvatures, mostError, mostKappa }: ClassScales,
  rules: GridRules,
  whole: Scales,
  rough?: Uint8Array,
): GridVerdict {
  const per = (sum: number, of: number, most: number) =>
    sum > 0 ? 1 / Math.max(sum, NEGLIGIBLE * of, RARE * most) : 0;
  const bySquares = per(squares, whole.squares, mostError * mostError);
  const byCubes = per(cubes, whole.cubes, mostError * mostError * mostKappa);
  const byCurvatures = per(curvatures, whole.curvatures, mostKappa * mostKappa);
  const share = (i: number) => {
    const k = kappa[i];
    const square = e[i] * e[i];
    return w[i] * Math.max(1, square * bySquares, square * k * byCubes, k * k * byCurvatures);
  };
  const end = first + count - 1;
  let error = 0;
  let increasing = true;
  let left = y[first + 1] - y[first];
  for (let i = first; i <= end; i++) {
    const right = i < end ? y[i + 1] - y[i] : left;
    if (!(right > 0)) increasing = false;
    // A slope far from that of a neighbouring cell is no slope, and would not keep that cell from being pressed flat.
    const slope = spacing * tz[i];
    const plausible = slope > 0.5 * Math.max(left, right) && slope < 2 * Math.min(left, right);
    const inner = Math.min(end - REACH, Math.max(first + REACH, i));
    const missing = plausible ? unresolved(y, inner, spacing * tz[inner]) : 1;
    const isRough = !(missing < ROUGH);
    if (rough) rough[i] = isRough || i === first || i === end ? 1 : 0;
    error += share(i) * (isRough ? Math.min(1, ROUGH_ERROR + missing) : missing);
    left = right;
  }
  if (!increasing) error = Number.POSITIVE_INFINITY;
  return {
    error,
    refine: !(error <= rules.resolution),
    coarsen: error < COARSEN_MARGIN * rules.resolution && spacing * COARSEN <= widest(rules),
    extendLow: share(first) > rules.tail,
    extendHigh: share(end) > rules.tail,
  };
}

/** The grid that a verdict asks for, or the same object if it stands. */
function nextGrid(grid: ZGrid, verdict: GridVerdict): ZGrid {
  let { low, spacing } = grid;
  let high = low + spacing * (grid.count - 1);
  if (verdict.extendLow) low -= Math.max(0.5, 2 * spacing);
  if (verdict.extendHigh) high += Math.max(0.5, 2 * spacing);
  if (verdict.refine) spacing /= REFINE;
  else if (!verdict.extendLow && !verdict.extendHigh) return grid;
  return gridOver(low, high, spacing);
}

/**
 * The grid that class c wants next, and whether it was changed or tried in vain: refined or extended where its verdict says so, else, where `mayCoarsen`,
 * coarsened if the map on the coarser grid is still resolved. Writes `rough`.
 */
export function fittedGrid(
  population: Population,
  c: number,
  clock: number,
  grid: ZGrid,
  y: Float64Array,
  { first, w, rough }: { readonly first: number; readonly w: Float64Array; readonly rough: Uint8Array },
  look: Look,
  rules: GridRules,
  whole: Scales,
  mayCoarsen: boolean,
): { readonly grid: ZGrid; readonly tried: boolean } {
  const verdict = inspectGrid(grid, y, first, w, look.nodes, look.scales[c], rules, whole, rough);
  const next = nextGrid(grid, verdict);
  if (next !== grid) return { grid: next, tried: true };
  if (!verdict.coarsen || !mayCoarsen) return { grid, tried: false };
  const coarse = gridOver(grid.low, grid.low + grid.spacing * (grid.count - 1), grid.spacing * COARSEN);
  const map = new Float64Array(coarse.count);
  transfer(grid, y, first, coarse, map, 0, boundOf(population, c));
  const isEnough = resolves(population, c, clock, coarse, map, rules, whole);
  return { grid: isEnough ? coarse : grid, tried: !isEnough };
}

/** Whether a grid would hold the map of class c at clock I with room to spare. */
export function resolves(
  population: Population,
  c: number,
  clock: number,
  grid: ZGrid,
  map: Float64Array,
  rules: GridRules,
  whole: Scales,
): boolean {
  if (scratch.e.length < grid.count) scratch = new Nodes(2 * grid.count);
  const { w } = layOut([grid]);
  const own = lookAtClass(population, c, clock, grid, map, 0, w, scratch);
  return inspectGrid(grid, map, 0, w, scratch, own, rules, whole).error < COARSE_ENOUGH * rules.resolution;
}

/** The next finer grid over the same range. */
export function finerGrid(grid: ZGrid): ZGrid {
  return gridOver(grid.low, grid.low + grid.spacing * (grid.count - 1), grid.spacing / REFINE);
}

/** The grid with the same spacing that reaches at least from low to high, or the same object if it does. */
export function reachingGrid(grid: ZGrid, [low, high]: readonly [low: number, high: number]): ZGrid {
  const end = grid.low + grid.spacing * (grid.count - 1);
  if (low >= grid.low - 1e-9 && high <= end + 1e-9) return grid;
  return gridOver(Math.min(low, grid.low), Math.max(high, end), grid.spacing);
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
 * Values of the map y (on `from`, at y[first …]) at the nodes of `to`, to out[at …]: degree 9 inside; outside the slope goes on changing
 * at the rate that it has at the end. Linear between nodes where that would not increase.
 */
export function transfer(
  from: ZGrid,
  y: Float64Array,
  first: number,
  to: ZGrid,
  out: Float64Array,
  at: number,
  bound = Number.POSITIVE_INFINITY,
): void {
  for (let j = 0; j < to.count; j++) {
    const place = (to.low + j * to.spacing - from.low) / from.spacing;
    const value = interpolateAt(from, y, first, place, bound);
    const cell = Math.floor(place);
    const inside = cell >= 0 && cell < from.count - 1;
    const low = inside ? y[first + cell] : value;
    const high = inside ? y[first + cell + 1] : value;
    out[at + j] = value >= low && value <= high ? value : low + (place - cell) * (high - low);
  }
  // Within one cell of the old grid interpolation may still fall: then that cell is linear.
  for (let j = 1; j < to.count; j++) {
    if (out[at + j] > out[at + j - 1]) continue;
    for (const k of [j - 1, j]) {
      const place = (to.low + k * to.spacing - from.low) / from.spacing;
      const cell = Math.max(0, Math.min(from.count - 2, Math.floor(place)));
      out[at + k] = y[first + cell] + (place - cell) * (y[first + cell + 1] - y[first + cell]);
    }
  }
}

/** The map at place (0 … count − 1, in units of the spacing); it stays below `bound` (`boundOf`). */
export function interpolateAt(
  grid: ZGrid,
  y: Float64Array,
  first: number,
  place: number,
  bound = Number.POSITIVE_INFINITY,
): number {
  const n = grid.count;
  if (place <= 0) return y[first] - beyond(y[first + 1] - y[first], y[first + 2] - y[first + 1], -place);
  if (place >= n - 1) {
    const end = first + n - 1;
    const more = beyond(y[end] - y[end - 1], y[end - 1] - y[end - 2], place - n + 1);
    const room = bound - y[end];
    return room < Number.POSITIVE_INFINITY ? bound - room * Math.exp(-more / room) : y[end] + more;
  }
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

/** Increase over `distance` cells beyond an end whose last two cells had `last` and `before`: their ratio goes on, but slopes do not grow. */
function beyond(last: number, before: number, distance: number): number {
  const ratio = Math.min(1, Math.max(0.3, last / before));
  if (ratio > 0.999) return last * distance;
  return (last * ratio * (1 - ratio ** distance)) / (1 - ratio);
}
