/** Averages of a run at its save times, out to where the moments asked for reach. */

import type { Moment } from '../expression/expression.ts';
import { Averager, type PartSizes } from './averages.ts';
import { reachingGrid, transfer } from './grid.ts';
import type { LimitClass } from './law/types.ts';
import { boundOf, type Layout, layOut, type Population } from './population.ts';

/** Averages at one time. */
export interface Snapshot {
  /** [class·moments + k]: ω E φ_k. */
  readonly parts: Float64Array;
  /** [k]: means over everything, means of |φ|, roots of the mean squares, and means on the run's own grids, without what was extrapolated beyond them. */
  readonly means: Float64Array;
  readonly sizes: Float64Array;
  readonly roots: Float64Array;
  readonly own: Float64Array;
}

/** Ends in z that a class's grid should have. */
export type Reach = readonly [low: number, high: number];

export class Snapshots {
  /** By save time; null after the end of the run. */
  readonly taken: (Snapshot | null)[];
  readonly #population: Population;
  readonly #averager: Averager;
  readonly #count: number;

  /** `classes`: of the whole population, where this is a part of it. */
  constructor(
    population: Population,
    resting: readonly LimitClass[],
    moments: readonly Moment[],
    times: number,
    classes?: number,
  ) {
    this.#population = population;
    this.#averager = new Averager(population, resting, moments, classes);
    this.#count = moments.length;
    this.taken = Array.from({ length: times }, () => null);
  }

  /** Takes the averages of y, to `tolerance` each; on grids as they are, or, with `reach`, extended by extrapolation to there. */
  *take(
    index: number,
    layout: Layout,
    y: Float64Array,
    tolerance: number,
    reach: readonly Reach[] | null,
    part?: PartSizes,
  ): Generator<void, void> {
    const snapshot = yield* this.#average(layout, y, tolerance, part);
    if (!reach) {
      this.taken[index] = snapshot;
      return;
    }
    const wide = layOut(layout.grids.map((grid, c) => reachingGrid(grid, reach[c])));
    const state = new Float64Array(wide.size);
    wide.grids.forEach((grid, c) => {
      transfer(layout.grids[c], y, layout.first[c], grid, state, wide.first[c], boundOf(this.#population, c));
    });
    state[wide.size - 1] = y[layout.size - 1];
    this.taken[index] = { ...(yield* this.#average(wide, state, tolerance, part)), own: snapshot.means };
  }

  /** The state of save time 0 for ever. */
  rest(): void {
    this.taken.fill(this.taken[0]);
  }

  /** How far each class's grid should reach, or null if all of them do. */
  reach(layout: Layout, y: Float64Array, tail: number, part?: PartSizes): readonly Reach[] | null {
    const reach = this.#averager.reach(layout, y, tail, part);
    return layout.grids.some((grid, c) => reachingGrid(grid, reach[c]) !== grid) ? reach : null;
  }

  *#average(layout: Layout, y: Float64Array, tolerance: number, part?: PartSizes): Generator<void, Snapshot> {
    const n = this.#count;
    const parts = new Float64Array(this.#population.classes.length * n);
    const sizes = this.#averager.resting.map(Math.abs);
    const squares = new Float64Array(n);
    yield* this.#averager.onGrids(layout, y, tolerance, parts, sizes, squares, part);
    const means = this.#averager.resting.slice();
    for (let i = 0; i < parts.length; i++) means[i % n] += parts[i];
    return { parts, means, sizes, roots: squares.map(Math.sqrt), own: means };
  }
}
