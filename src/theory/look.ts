/** What a state looks like at every node, found once and read by the error of the step, the grids, the time derivative and its linearization. */
import { errorsAndCurvatures, type Layout, type Population, type ZGrid } from './population.ts';
import { differentiate } from './stencil.ts';

/** Means of e², e²κ and κ², of a class or of the population. */
export interface Scales {
  readonly squares: number;
  readonly cubes: number;
  readonly curvatures: number;
}

/** Of one class. */
export interface ClassScales extends Scales {
  /** Largest |e| and κ at a node. */
  readonly mostError: number;
  readonly mostKappa: number;
}

/** By node e = β − b, κ = ∂e/∂δ, T_z and T_zz. A class, so that all of them have one shape and the loops over them are compiled once. */
export class Nodes {
  readonly e: Float64Array;
  readonly kappa: Float64Array;
  readonly tz: Float64Array;
  readonly tzz: Float64Array;

  constructor(size: number) {
    this.e = new Float64Array(size);
    this.kappa = new Float64Array(size);
    this.tz = new Float64Array(size);
    this.tzz = new Float64Array(size);
  }
}

export interface Look {
  readonly nodes: Nodes;
  /** By class. */
  readonly scales: ClassScales[];
}

/** Looks at the map y[first …] of class c at clock I, to the same places of `out`. Cost O(nodes). */
export function lookAtClass(
  population: Population,
  c: number,
  clock: number,
  { count, spacing }: ZGrid,
  y: Float64Array,
  first: number,
  w: Float64Array,
  out: Nodes,
): ClassScales {
  const { e, kappa } = out;
  differentiate(y, first, count, spacing, out.tz, out.tzz);
  errorsAndCurvatures(population, c, clock, y, first, count, e, kappa);
  let squares = 0;
  let cubes = 0;
  let curvatures = 0;
  let mostError = 0;
  let mostKappa = 0;
  for (let i = first; i < first + count; i++) {
    const k = kappa[i];
    const square = w[i] * e[i] * e[i];
    squares += square;
    cubes += square * k;
    curvatures += w[i] * k * k;
    mostError = Math.max(mostError, Math.abs(e[i]));
    mostKappa = Math.max(mostKappa, k);
  }
  return { squares, cubes, curvatures, mostError, mostKappa };
}

/** Looks at a whole state, the clock in its last place. */
export function lookAt(population: Population, { grids, first, w, size }: Layout, y: Float64Array, out: Look): void {
  const clock = y[size - 1];
  for (let c = 0; c < grids.length; c++)
    out.scales[c] = lookAtClass(population, c, clock, grids[c], y, first[c], w, out.nodes);
}
