/** The population at one time, on the grid in z that the backward equation uses. */

import { interpolateAt } from '../grid.ts';
import { emptyGeometry, Frame, geometryAt, type Population } from '../population.ts';
import type { PopulationState } from '../request.ts';

/** A uniform grid of `count` nodes on [−reach, reach], with the weights of the standard normal law at nodes (sum 1) and midpoints. */
export interface NormalGrid {
  readonly reach: number;
  readonly spacing: number;
  readonly count: number;
  readonly nodeWeight: Float64Array;
  /** [j] between nodes j and j + 1. */
  readonly middleWeight: Float64Array;
}

export function normalGrid(reach: number, cells: number): NormalGrid {
  const spacing = (2 * reach) / cells;
  const density = (z: number) => Math.exp(-0.5 * z * z);
  const nodeWeight = Float64Array.from({ length: cells + 1 }, (_, j) => density(j * spacing - reach));
  const middleWeight = Float64Array.from({ length: cells }, (_, j) => density((j + 0.5) * spacing - reach));
  const sum = nodeWeight.reduce((a, b) => a + b, 0);
  return {
    reach,
    spacing,
    count: cells + 1,
    nodeWeight: nodeWeight.map((w) => w / sum),
    middleWeight: middleWeight.map((w) => w / sum),
  };
}

/** Arrays of all classes one after the other, `count` entries each. */
export interface Profile {
  /** log|p| (of the dynamics) up to a constant of the class: only differences mean anything. */
  readonly position: Float64Array;
  /** e = β − b of the dynamics. */
  readonly error: Float64Array;
  /** ∂β/∂s at fixed log|p|, −½q². */
  readonly bySlope: Float64Array;
}

export function profileOf(state: PopulationState, grid: NormalGrid): Profile {
  const { population, clock, layout, delta } = state;
  const n = population.classes.length;
  const { count } = grid;
  const profile: Profile = {
    position: new Float64Array(n * count),
    error: new Float64Array(n * count),
    bySlope: new Float64Array(n * count),
  };
  if (!layout) throw new Error('a population of point masses has no profile');
  for (let c = 0; c < n; c++) {
    const from = layout.grids[c];
    for (let j = 0; j < count; j++) {
      const z = j * grid.spacing - grid.reach;
      profile.position[c * count + j] = interpolateAt(from, delta, layout.first[c], (z - from.low) / from.spacing);
    }
    geometry(population, c, clock, profile, c * count, count);
  }
  return profile;
}

/** Fills e and −½q² of a class from the positions (δ, in the frame of the class). */
function geometry(population: Population, c: number, clock: number, out: Profile, first: number, count: number): void {
  const at = emptyGeometry();
  geometryAt(population, c, clock, at);
  const b = population.b[c];
  const escaping = population.frame[c] === Frame.escaping;
  for (let i = first; i < first + count; i++) {
    const delta = out.position[i];
    if (escaping) {
      out.error[i] = 0.25 * Math.exp(2 * delta) - b;
      continue;
    }
    const grown = Math.expm1(2 * delta);
    out.error[i] = 0.25 * grown * (at.a + at.c / (1 + grown));
    out.bySlope[i] = (-0.5 * at.c) / (1 + grown);
  }
}
