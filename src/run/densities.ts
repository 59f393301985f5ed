/** The file's `densities`: which states of the PDE are kept, and what the result holds of them. */
import { type Experiment, MOST_DENSITY_CLASSES, mostAtoms } from '../problem/index.ts';
import type { DensityResult } from '../results/index.ts';
import type { PdeSolution, PopulationState } from '../theory/index.ts';

/** The save times, and between them those of the densities: one row of the solution each. */
export interface MergedTimes {
  readonly times: Float64Array;
  /** Indices in `times` of the save times, and of the densities' times. */
  readonly saved: readonly number[];
  readonly dense: readonly number[];
}

/** Times equal to rounding are one. */
export function mergeTimes(saved: Float64Array, dense: readonly number[]): MergedTimes {
  const slack = 1e-9 * saved[saved.length - 1];
  const isSaved = (t: number) => saved.some((other) => Math.abs(other - t) <= slack);
  const times = Float64Array.from([...saved, ...dense.filter((t) => !isSaved(t))]).sort();
  const nearest = (t: number) =>
    times.reduce((best, other, i) => (Math.abs(other - t) < Math.abs(times[best] - t) ? i : best), 0);
  return { times, saved: Array.from(saved, (t) => times.indexOf(t)), dense: dense.map(nearest) };
}

/** The solution at the save times alone. */
export function atSaveTimes(solution: PdeSolution, { saved }: MergedTimes): PdeSolution {
  const pick = (row: Float64Array) => Float64Array.from(saved, (i) => row[i]);
  return {
    ...solution,
    times: pick(solution.times),
    values: solution.values.map(pick),
    errors: solution.errors.map(pick),
    within: solution.within.map((row) => Uint8Array.from(saved, (i) => row[i])),
    known: saved.filter((i) => i < solution.known).length,
  };
}

/**
 * Densities at the times that the solution reached to its tolerance, by time, variable, then population and classes.
 * Cost: see `densityTables`, for each time and variable.
 */
export async function densitiesOf(
  index: number,
  experiment: Experiment,
  asked: NonNullable<Experiment['densities']>,
  { dense }: MergedTimes,
  solution: PdeSolution,
  states: ReadonlyMap<number, PopulationState>,
): Promise<DensityResult[]> {
  const { densityTables } = await import('../theory/index.ts');
  const { of, points, classes, times } = asked;
  // All methods that give densities share what a result may hold.
  const methods = experiment.methods.filter(({ kind }) => kind === 'pde').length;
  const most = {
    classes: classes ? MOST_DENSITY_CLASSES : 0,
    mostAtoms: mostAtoms(asked, experiment.problem, methods),
  };
  return times.flatMap((time, k) => {
    const state = states.get(dense[k]);
    if (state === undefined || solution.within.every((row) => row[dense[k]] === 0)) return [];
    return of.flatMap((variable) =>
      densityTables(state, variable, { points, ...most }).map(
        ({ class: own, mass, axes, values, atoms, outside }): DensityResult => ({
          method: 'pde',
          index,
          of: variable,
          time,
          class: own,
          mass,
          axes: axes.map((edges) => [...edges]),
          values: Array.from(values),
          atoms: atoms.map(({ at, mass: share }) => ({ at: at && [...at], mass: share })),
          outside,
        }),
      ),
    );
  });
}
