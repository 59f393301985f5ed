/**
 * Densities of the limit at one time, by bins, for overlaying histograms: the mass of each bin over its width. A map T gives the distribution
 * function, F(T(z)) = Φ(z), so a bin's mass is a difference of Φ; point masses (t = 0, coordinates that never move) fall into the bin that holds them.
 */

import { interpolateAt } from './grid.ts';
import { normalTail } from './law/gaussianstart.ts';
import type { LimitClass } from './law/types.ts';
import { boundOf } from './population.ts';
import { CoordinateReader } from './reader.ts';
import type { PopulationState } from './request.ts';

export interface DensityOptions {
  /** Which classes (by their place among those of the law that move, then those that rest); all of them if absent. */
  readonly include?: (c: LimitClass) => boolean;
}

/** What a density can be of: β, ζ = ½ log|p/q|, u or v. */
export type DensityVariable = 'beta' | 'zeta' | 'u' | 'v';

/**
 * Density of a variable in the bins edges[i] ≤ x < edges[i + 1] (edges increasing): mass/width, [bins]. Of the whole population, or of the classes
 * included, whose mass is then what they have of the population. Balanced coordinates have ζ = ±∞ and lie in no bin. Cost O(classes · (nodes + bins)).
 */
export function density(
  state: PopulationState,
  variable: DensityVariable,
  edges: Float64Array,
  options: DensityOptions = {},
): Float64Array {
  if (edges.length < 2 || edges.some((x, i) => i > 0 && !(x > edges[i - 1])))
    throw new RangeError('edges of a density must be at least two, increasing');
  const bins = new Float64Array(edges.length - 1);
  pieces(state, options, (mass, from, to) => {
    const a = pick(from, variable);
    const b = pick(to, variable);
    spread(bins, edges, Math.min(a, b), Math.max(a, b), mass);
  });
  for (let i = 0; i < bins.length; i++) bins[i] /= edges[i + 1] - edges[i];
  return bins;
}

/** Density of (u, v) on the product of bins, [u bin][v bin] row-major: mass/area. The mass lies on the hyperbolas u² − v² = const of the classes. */
export function densityUV(
  state: PopulationState,
  uEdges: Float64Array,
  vEdges: Float64Array,
  options: DensityOptions = {},
): Float64Array {
  const columns = vEdges.length - 1;
  const bins = new Float64Array((uEdges.length - 1) * columns);
  pieces(state, options, (mass, from, to) => {
    const i = binOf(uEdges, 0.5 * (from.u + to.u));
    const j = binOf(vEdges, 0.5 * (from.v + to.v));
    if (i >= 0 && j >= 0) bins[i * columns + j] += mass / ((uEdges[i + 1] - uEdges[i]) * (vEdges[j + 1] - vEdges[j]));
  });
  return bins;
}

export interface Place {
  u: number;
  v: number;
  beta: number;
  zeta: number;
}

/** Maps are cut into this many pieces between neighbouring nodes, on each of which the mass is even: moments are right to 1e−6. */
const CUTS = 64;

export interface PieceOptions {
  readonly include?: (c: LimitClass, view: number) => boolean;
  readonly cuts?: number;
}

/**
 * Every class in short pieces of its map: their mass, where they begin and end, in every view, which view of which class they are of (numbered
 * in one fixed order), and the least |z| in them.
 */
export function pieces(
  { population, resting, clock, layout, delta }: PopulationState,
  { include = () => true, cuts = CUTS }: PieceOptions,
  visit: (mass: number, from: Place, to: Place, part: number, z: number) => void,
): void {
  let part = -1;
  for (const c of resting) {
    const at = { u: 0, v: 0, beta: 0, zeta: Number.NaN };
    c.views.forEach(({ share }, k) => {
      part++;
      if (include(c, k)) visit(c.weight * share, at, at, part, 0);
    });
  }
  const reader = new CoordinateReader(population);
  population.classes.forEach((c, index) => {
    reader.begin(index, clock);
    c.views.forEach(({ share, exchanged }, k) => {
      part++;
      if (!include(c, k)) return;
      const read = (x: number): Place => {
        reader.view(k);
        const { u, v, beta } = reader.read(x);
        const logP = population.line ? Number.NaN : reader.origin() + x;
        return { u, v, beta, zeta: (exchanged ? -1 : 1) * (logP - 0.5 * reader.coordinate.s) };
      };
      const mass = c.weight * share;
      if (!layout) {
        const at = read(delta[index]);
        visit(mass, at, at, part, 0);
        return;
      }
      const grid = layout.grids[index];
      const first = layout.first[index];
      const bound = boundOf(population, index);
      let before = read(delta[first]);
      let tail = normalTail(grid.low);
      let z = grid.low;
      visit(mass * (1 - tail), before, before, part, Math.abs(z));
      for (let i = 1; i <= (grid.count - 1) * cuts; i++) {
        const place = i / cuts;
        const after = read(interpolateAt(grid, delta, first, place, bound));
        const end = grid.low + place * grid.spacing;
        const next = normalTail(end);
        visit(mass * (tail - next), before, after, part, z * end <= 0 ? 0 : Math.min(Math.abs(z), Math.abs(end)));
        before = after;
        tail = next;
        z = end;
      }
      visit(mass * tail, before, before, part, Math.abs(z));
    });
  });
}

function pick(place: Place, variable: DensityVariable): number {
  return place[variable];
}

/** Index of the bin that holds x; −1 outside. */
export function binOf(edges: Float64Array, x: number): number {
  if (!(x >= edges[0] && x < edges[edges.length - 1])) return -1;
  let low = 0;
  let high = edges.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (edges[middle] <= x) low = middle;
    else high = middle;
  }
  return low;
}

/** Mass evenly on a ≤ x ≤ b. */
export function spread(bins: Float64Array, edges: Float64Array, a: number, b: number, mass: number): void {
  if (!(b > a)) {
    const i = binOf(edges, a);
    if (i >= 0) bins[i] += mass;
    return;
  }
  const start = Math.max(0, binOf(edges, Math.max(a, edges[0])));
  for (let i = start; i < bins.length && edges[i] < b; i++) {
    const overlap = Math.min(b, edges[i + 1]) - Math.max(a, edges[i]);
    if (overlap > 0) bins[i] += (mass * overlap) / (b - a);
  }
}
