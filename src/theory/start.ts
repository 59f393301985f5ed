/** How a run begins: the classes' maps at t = 0, and the first moment at which point masses have become maps. */

import { type GridRules, resolves, startingGrid } from './grid.ts';
import type { LimitClass } from './law/types.ts';
import {
  emptyGeometry,
  errorsAndCurvatures,
  geometryAt,
  type Layout,
  originOf,
  type Population,
  startOf,
  type ZGrid,
} from './population.ts';

/**
 * t₀ in units of the fastest rate: there T = T(0) + t₀T_t + √(2D t₀) z, whose mean is off by t₀² and whose variance by a relative t₀, of which
 * only t₀²/t is left at time t. A class whose rate is FORGETTING times that of the first save time or more has forgotten its start by then, and
 * may start later by as much, up to LATEST: else maps of slow classes would be narrower than rounding beside it.
 */
const START = 1e-7;
/** Where less is asked for, t₀ may be later: both errors stay below 1e−6 of the accuracy. */
const firstTime = (accuracy: number) => Math.max(START, 1e-3 * Math.sqrt(accuracy));
const FORGETTING = 1e3;
const LATEST = 1e-2;
/** Latest t₀ as a part of the first save time. */
const EARLY = 1e-4;
/** Widest spacing for the maps of given laws that do not look smooth; they are refined at the first inspections. */
const WIDEST_GIVEN = 0.3;

const NOTHING = { squares: 0, cubes: 0, curvatures: 0 };

type Law = Extract<LimitClass['start'], { kind: 'map' }>;

/** Classes of a product share few laws, which may be dear; by law and grid. */
const known = new WeakMap<Law, Map<string, Float64Array>>();

function mapOn(start: Law, grid: ZGrid): Float64Array {
  const own = known.get(start) ?? new Map<string, Float64Array>();
  known.set(start, own);
  const key = `${grid.low} ${grid.spacing} ${grid.count}`;
  let map = own.get(key);
  if (!map) {
    map = new Float64Array(grid.count);
    start.map(
      map.map((_, j) => grid.low + j * grid.spacing),
      map,
    );
    own.set(key, map);
  }
  return map;
}

/** A grid a class, and δ at t = 0: one number for a point mass, else its values on the grid. Gives control back after each class. */
export function* initialMaps(
  population: Population,
  rules: GridRules,
  fixed: ZGrid | undefined,
): Generator<void, { readonly grids: ZGrid[]; readonly maps: (number | Float64Array)[] }> {
  const { classes } = population;
  const wide = fixed ?? startingGrid(rules);
  const candidates = fixed ? [fixed] : [wide, startingGrid(rules, WIDEST_GIVEN)];
  const grids: ZGrid[] = [];
  const maps: (number | Float64Array)[] = [];
  for (const [c, { start }] of classes.entries()) {
    const shift = originOf(population, c, 0);
    if (start.kind === 'point') {
      grids.push(wide);
      maps.push(startOf(population, c, start));
    } else
      for (const grid of candidates) {
        const map = mapOn(start, grid).map((x) => x - shift);
        if (grid !== candidates[candidates.length - 1] && !resolves(population, c, 0, grid, map, rules, NOTHING))
          continue;
        grids.push(grid);
        maps.push(map);
        break;
      }
    yield;
  }
  return { grids, maps };
}

/** Where a run starts from: R and dI/dt at t = 0, and t₀. */
export interface Beginning {
  readonly risk: number;
  readonly clockRate: number;
  readonly time: number;
}

/**
 * Moves y from t = 0 to t₀, well before the first save time: point masses by their drift and their first noise, and the clock. (Maps: `moveMaps`.) Null, with y as it was, where R = 0: nothing ever moves.
 */
export function leaveStart(
  population: Population,
  layout: Layout,
  y: Float64Array,
  isPoint: readonly boolean[],
  given: {
    readonly stepSize: number;
    readonly restingRisk: number;
    /** R, where it is known; what is added to that of the classes where not. */
    readonly risk?: number;
    readonly added?: number;
    readonly horizon: number;
    readonly accuracy: number;
    /** The first save time. */
    readonly first: number;
    /** Rate at which γ changes by itself, in relative terms. */
    readonly fastest: number;
  },
): Beginning | null {
  const { lambda, setting, rate, weight, line } = population;
  const { grids, first, w, z, size } = layout;
  let twice = setting.labelNoise ** 2 + given.restingRisk;
  const start = firstTime(given.accuracy);
  let time = Math.min(start * given.horizon, EARLY * given.first);
  const limitBy = (rate: number) => {
    const forgotten = (rate * given.first) / FORGETTING;
    time = Math.min(time, Math.min(LATEST, start * Math.max(1, forgotten)) / rate);
  };
  const gamma = rate * given.stepSize;
  limitBy(given.fastest);
  const e = new Float64Array(size);
  const kappa = new Float64Array(size);
  for (let c = 0; c < grids.length; c++) {
    const { count } = grids[c];
    errorsAndCurvatures(population, c, 0, y, first[c], count, e, kappa);
    let squares = 0;
    let fastest = 0;
    for (let i = first[c]; i < first[c] + count; i++) {
      squares += w[i] * e[i] * e[i];
      // On both sides alike where a node is at 3.
      if (isPoint[c] || Math.abs(z[i]) < 3 - 1e-9)
        fastest = Math.max(fastest, gamma * lambda[c] * (kappa[i] + Math.abs(e[i])));
    }
    limitBy(fastest);
    twice += weight[c] * lambda[c] * squares;
  }
  const risk = given.risk ?? 0.5 * twice + (given.added ?? 0);
  if (risk === 0) return null;
  const clockRate = (gamma * gamma * risk) / setting.batchSize;
  for (let c = 0; c < grids.length; c++) {
    // In U the scale is the distance to the end.
    const steepest = line ? 4 * line.slopeByU(population.origin[c] + y[first[c] + grids[c].count - 1]) : 1;
    limitBy(lambda[c] * clockRate * steepest);
  }
  const geometry = emptyGeometry();
  for (let c = 0; c < grids.length; c++) {
    if (!isPoint[c]) continue;
    const width = Math.sqrt(2 * lambda[c] * clockRate * time);
    const { shift } = geometryAt(population, c, 0, geometry);
    for (let i = first[c]; i < first[c] + grids[c].count; i++) {
      const pull = line ? lambda[c] * line.slope(population.origin[c] + y[i]) : shift;
      y[i] += width * z[i] - time * (gamma * lambda[c] * e[i] + pull * clockRate);
    }
  }
  y[size - 1] = clockRate * time;
  return { risk, clockRate, time };
}

/** y += step·slope for the maps of given laws, no node by more than a tenth of the distance to a neighbour. */
export function moveMaps(
  { grids, first }: Layout,
  y: Float64Array,
  isPoint: readonly boolean[],
  slope: Float64Array,
  step: number,
): void {
  for (let c = 0; c < grids.length; c++) {
    if (isPoint[c]) continue;
    const end = first[c] + grids[c].count;
    let below = Number.POSITIVE_INFINITY;
    for (let i = first[c]; i < end; i++) {
      const above = i + 1 < end ? y[i + 1] - y[i] : Number.POSITIVE_INFINITY;
      const most = 0.1 * Math.min(below, above);
      below = above;
      y[i] += Math.max(-most, Math.min(most, step * slope[i]));
    }
  }
}
