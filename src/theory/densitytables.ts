/**
 * Densities of the limit at one time on bins of its own choosing: point masses apart, bins about equally wide over the bulk and ever wider in the
 * tails, so that the table is short and holds all of the mass (docs/pde.md, "Densities").
 */

import { binOf, type Place, pieces, spread } from './densities.ts';
import type { LimitClass } from './law/types.ts';
import type { PopulationState } from './request.ts';

export type DensityTableVariable = 'beta' | 'zeta' | 'uv';

export interface DensityTable {
  readonly of: DensityTableVariable;
  /** The coordinates of this λ and b; null for the whole population. */
  readonly class: { readonly lambda: number; readonly b: number } | null;
  /** Their share of the population, in (0, 1]. */
  readonly mass: number;
  /** Ends of the bins, increasing: one axis, or that of u and that of v. Empty where all of the mass is in atoms. */
  readonly axes: readonly Float64Array[];
  /** Share of the population over width or area, [bin] or [u bin][v bin] row-major. */
  readonly values: Float64Array;
  /** Point masses and their share of the population; `at` is null for ζ = ±∞ (balanced coordinates, u² = v²). */
  readonly atoms: readonly { readonly at: readonly number[] | null; readonly mass: number }[];
  /** Share of the population in no bin and no atom: mass = Σ values · width + Σ atoms + outside. */
  readonly outside: number;
}

/** A class narrower than this, relative to its place or 1, is a point mass. */
const POINT = 1e-9;
/** Bins reach to |z| of this (a mass of 2e−9 lies beyond), and are densest where |z| is below that. */
const REACH = 6;
const CORE = 1.5;

type Read = (place: Place) => number;
const DIMENSIONS: Record<DensityTableVariable, readonly Read[]> = {
  beta: [(place) => place.beta],
  zeta: [(place) => place.zeta],
  uv: [(place) => place.u, (place) => place.v],
};

/**
 * One table of the whole population, then, where `classes` is above 0, one for each value of (λ, b), the largest first, at most that many.
 * More point masses in a table than `mostAtoms` are put into bins instead.
 * Cost O(classes · nodes + bins) a table, about 64 evaluations of the map a node.
 */
export function densityTables(
  state: PopulationState,
  of: DensityTableVariable,
  {
    points,
    classes = 0,
    mostAtoms,
  }: { readonly points: number; readonly classes?: number; readonly mostAtoms: number },
): DensityTable[] {
  const whole = tableOf(state, of, points, mostAtoms, null, () => true);
  if (classes === 0) return [whole];
  const known = new Map<string, { lambda: number; b: number; mass: number }>();
  const keyOf = (c: LimitClass, view: number) => `${c.lambda} ${bOf(c, view)}`;
  for (const c of [...state.resting, ...state.population.classes])
    c.views.forEach(({ share }, view) => {
      const key = keyOf(c, view);
      const mass = c.weight * share + (known.get(key)?.mass ?? 0);
      known.set(key, { lambda: c.lambda, b: bOf(c, view), mass });
    });
  const largest = [...known]
    .filter(([, { mass }]) => mass > 0)
    .sort(([, one], [, other]) => other.mass - one.mass || one.lambda - other.lambda || one.b - other.b)
    .slice(0, classes);
  return [
    whole,
    ...largest.map(([key, { lambda, b }]) =>
      tableOf(state, of, points, mostAtoms, { lambda, b }, (c, view) => keyOf(c, view) === key),
    ),
  ];
}

/** b as the problem has it. */
function bOf(c: LimitClass, view: number): number {
  return c.views[view].exchanged ? 0 - c.b : c.b + 0;
}

/** Ends of something in each dimension. */
class Box {
  readonly low: number[];
  readonly high: number[];
  constructor(dimensions: number) {
    this.low = new Array(dimensions).fill(Number.POSITIVE_INFINITY);
    this.high = new Array(dimensions).fill(Number.NEGATIVE_INFINITY);
  }
  include(k: number, x: number): void {
    // Not by Math.min alone: NaN (p = q = 0 has no ζ) must be seen.
    if (!(x >= this.low[k])) this.low[k] = x;
    if (!(x <= this.high[k])) this.high[k] = x;
  }
}

interface Part {
  mass: number;
  readonly all: Box;
  readonly core: Box;
}

function tableOf(
  state: PopulationState,
  of: DensityTableVariable,
  points: number,
  mostAtoms: number,
  label: DensityTable['class'],
  include: (c: LimitClass, view: number) => boolean,
): DensityTable {
  const dimensions = DIMENSIONS[of];
  const parts = new Map<number, Part>();
  pieces(state, { include, cuts: 1 }, (mass, from, to, number, z) => {
    let part = parts.get(number);
    if (!part) {
      part = { mass: 0, all: new Box(dimensions.length), core: new Box(dimensions.length) };
      parts.set(number, part);
    }
    part.mass += mass;
    if (z > REACH) return;
    dimensions.forEach((read, k) => {
      for (const x of [read(from), read(to)]) {
        part.all.include(k, x);
        if (z <= CORE) part.core.include(k, x);
      }
    });
  });
  const { atoms, spreadOut } = takeAtoms(parts, mostAtoms);
  const mass = [...parts.values()].reduce((sum, part) => sum + part.mass, 0);
  if (spreadOut.size === 0) {
    return {
      of,
      class: label,
      mass,
      axes: dimensions.map(() => new Float64Array(0)),
      values: new Float64Array(0),
      atoms,
      outside: 0,
    };
  }
  const axes = dimensions.map((_, k) => axisOf([...spreadOut.values()], k, points));
  const values = new Float64Array(points ** dimensions.length);
  pieces(state, { include }, (share, from, to, number) => {
    if (!spreadOut.has(number)) return;
    const [a, b] = dimensions.length === 1 ? [dimensions[0](from), dimensions[0](to)] : [0, 0];
    if (dimensions.length === 1) return spread(values, axes[0], Math.min(a, b), Math.max(a, b), share);
    const i = binOf(axes[0], 0.5 * (from.u + to.u));
    const j = binOf(axes[1], 0.5 * (from.v + to.v));
    if (i >= 0 && j >= 0) values[i * points + j] += share;
  });
  let inside = 0;
  for (let i = 0; i < values.length; i++) {
    inside += values[i];
    values[i] /=
      axes.length === 1 ? width(axes[0], i) : width(axes[0], Math.floor(i / points)) * width(axes[1], i % points);
  }
  const total = [...spreadOut.values()].reduce((sum, part) => sum + part.mass, 0);
  return { of, class: label, mass, axes, values, atoms, outside: Math.max(0, total - inside) };
}

const width = (edges: Float64Array, i: number) => edges[i + 1] - edges[i];

/** Parts at one place, or at none that is finite, and the others by number. */
function takeAtoms(parts: ReadonlyMap<number, Part>, most: number) {
  const finite = new Map<string, { at: number[]; mass: number }>();
  const spreadOut = new Map<number, Part>();
  const atOnePoint = new Map<number, Part>();
  let infinite = 0;
  for (const [number, part] of parts) {
    const { low, high } = part.all;
    if (![...low, ...high].every(Number.isFinite)) {
      infinite += part.mass;
    } else if (low.every((x, k) => high[k] - x <= POINT * Math.max(1, Math.abs(x), Math.abs(high[k])))) {
      const at = low.map((x, k) => 0.5 * (x + high[k]));
      // The same place up to rounding.
      const key = at.map((x) => (Math.abs(x) < POINT ? 0 : x).toPrecision(9)).join();
      const known = finite.get(key);
      if (known) known.mass += part.mass;
      else finite.set(key, { at, mass: part.mass });
      atOnePoint.set(number, part);
    } else {
      spreadOut.set(number, part);
    }
  }
  const isMany = finite.size > most;
  if (isMany) for (const [number, part] of atOnePoint) spreadOut.set(number, part);
  const atoms: { at: number[] | null; mass: number }[] = isMany
    ? []
    : [...finite.values()].sort((one, other) => one.at[0] - other.at[0]);
  if (infinite > 0) atoms.push({ at: null, mass: infinite });
  return { atoms, spreadOut };
}

/** x = middle + scale sinh y with even y: even bins over the core, geometric ones far beyond it. */
function axisOf(parts: readonly Part[], k: number, points: number): Float64Array {
  const least = (box: 'all' | 'core') => parts.reduce((x, part) => Math.min(x, part[box].low[k]), Infinity);
  const most = (box: 'all' | 'core') => parts.reduce((x, part) => Math.max(x, part[box].high[k]), -Infinity);
  let [low, high] = [least('all'), most('all')];
  // The last bin does not hold its end; and a table of (u, v) may be flat in one direction.
  const margin = Math.max(1e-9 * (high - low), POINT * Math.max(1, Math.abs(low), Math.abs(high)));
  low -= margin;
  high += margin;
  const middle = 0.5 * (least('core') + most('core'));
  const scale = Math.max(0.5 * (most('core') - least('core')), 1e-3 * (high - low));
  const [first, last] = [Math.asinh((low - middle) / scale), Math.asinh((high - middle) / scale)];
  return Float64Array.from({ length: points + 1 }, (_, i) => {
    if (i === 0) return low;
    return i === points ? high : middle + scale * Math.sinh(first + ((last - first) * i) / points);
  });
}
