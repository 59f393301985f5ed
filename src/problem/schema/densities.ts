/** The `densities` of an experiment file: at which times, and of what, every PDE method gives the law of the coordinates. */
import { broken, firstDescent, integer, LARGEST, list, real, record, word } from '../../schema/fields.ts';
import { z } from '../../schema/zod.ts';
import { RESULT_LIMITS } from '../json.ts';
import type { covarianceSchema, targetSchema } from './problem.ts';

/** Numbers in all the densities of one method together: half of what a result may hold. */
const MOST_VALUES = RESULT_LIMITS.numbers / 2;
/** Point masses in a table at most; more are put into bins. */
export const MOST_TABLE_ATOMS = 1000;
/** In all tables of a result together. */
const MOST_ATOMS = 20_000;
/** Bins an axis of (u, v) at most: the table has their square. */
const MOST_JOINT_POINTS = 500;
/** Values of a table beside its arrays, and of an atom. */
const TABLE_VALUES = 18;
const ATOM_VALUES = 3;
/** Classes that get a density of their own. */
export const MOST_DENSITY_CLASSES = 64;
export const DENSITY_VARIABLES = ['beta', 'zeta', 'uv'] as const;

export const densitiesSchema = record(
  'Densities of the limit over coordinates, by bins, from every PDE method: for overlaying histograms.',
  {
    times: list(
      'Times in units of d steps, strictly increasing, from 0 to the horizon; they need not be save times.',
      real('A time.', { min: 0, max: LARGEST }),
      100,
    ),
    of: list(
      'Of what, each at most once: beta, zeta = ½ log|p/q|, or uv, the pair of weights (u, v).',
      word('A variable, or the pair of weights.', DENSITY_VARIABLES),
      DENSITY_VARIABLES.length,
    ).default(() => ['beta' as const]),
    points: integer(
      `Number of bins an axis; at most ${MOST_JOINT_POINTS} for uv, which has their square. Their ends follow from the law.`,
      { min: 2, max: 10_000 },
    ).default(200),
    classes: z
      .boolean({ error: 'must be true or false' })
      .describe(
        `Whether each class of coordinates, of one λ and b, gets its own densities besides the whole population: the ${MOST_DENSITY_CLASSES} largest of them.`,
      )
      .default(false),
  },
);

export type Densities = z.output<typeof densitiesSchema>;

/** What decides how many classes there are. */
export interface Laws {
  readonly covariance: z.output<typeof covarianceSchema>;
  readonly target: z.output<typeof targetSchema>;
}

/** How many densities there are at most of one variable at one time: the population's, and of every class that has its own. */
function tablesPerTime({ classes }: Densities, { covariance, target }: Laws): number {
  return classes ? 1 + Math.min(MOST_DENSITY_CLASSES, levelsOf(covariance) * levelsOf(target)) : 1;
}

/** Different values that a law takes; no more than MOST_DENSITY_CLASSES are told apart. */
function levelsOf(law: Laws['covariance'] | Laws['target']): number {
  switch (law.kind) {
    case 'identity':
    case 'constant':
      return 1;
    case 'two-level':
    case 'sparse':
      return 2;
    case 'values': {
      const levels = new Set<number>();
      for (const value of law.values) if (levels.add(value).size === MOST_DENSITY_CLASSES) break;
      return levels.size;
    }
    default:
      return MOST_DENSITY_CLASSES;
  }
}

/** How many tables one PDE method gives at most. */
function tablesOf(densities: Densities, laws: Laws): number {
  return densities.times.length * densities.of.length * tablesPerTime(densities, laws);
}

/** How many point masses a table may have beside that at infinity, where so many methods give tables. */
export function mostAtoms(densities: Densities, laws: Laws, methods: number): number {
  return Math.min(MOST_TABLE_ATOMS, Math.floor(MOST_ATOMS / (tablesOf(densities, laws) * methods)));
}

/** Numbers in arrays, and other values, of the densities of so many methods in a result (src/results/densities.ts). */
export function densitySize(densities: Densities, laws: Laws, methods: number): { numbers: number; values: number } {
  const { of, points } = densities;
  const tables = (tablesOf(densities, laws) / of.length) * methods;
  const atoms = 1 + mostAtoms(densities, laws, methods);
  const sizes = of.map((one) =>
    // Ends of the bins, bins, places of atoms.
    one === 'uv' ? 2 * (points + 1) + points * points + 2 * atoms : points + 1 + points + atoms,
  );
  const numbers = tables * sizes.reduce((sum, size) => sum + size, 0);
  return { numbers, values: tables * of.length * (TABLE_VALUES + ATOM_VALUES * atoms) };
}

/** The rules between `densities` and the rest of the file. */
export function checkDensities(
  context: Parameters<typeof broken>[0],
  densities: Densities,
  around: { readonly horizon: number; readonly methods: readonly { readonly kind: string }[]; readonly problem: Laws },
): void {
  const { times, of, points, classes } = densities;
  const path = (...inside: (string | number)[]) => ['densities', ...inside];
  const at = firstDescent(times);
  if (at > 0)
    broken(context, path('times', at), `must be greater than the time before it (${times[at - 1]})`, times[at]);
  const late = times.findIndex((t) => t > around.horizon);
  if (late >= 0) broken(context, path('times', late), `must be at most the horizon (${around.horizon})`, times[late]);
  const twin = of.findIndex((one, i) => of.indexOf(one) < i);
  if (twin >= 0) broken(context, path('of', twin), 'must not be named twice', of[twin]);
  if (of.includes('uv') && points > MOST_JOINT_POINTS)
    broken(context, path('points'), `must be at most ${MOST_JOINT_POINTS} where "of" has "uv"`, points);
  const bins = of.reduce((sum, one) => sum + (one === 'uv' ? points * points : points), 0);
  const tables = tablesPerTime(densities, around.problem);
  const values = times.length * bins * tables;
  if (values > MOST_VALUES)
    broken(
      context,
      path('points'),
      `must be fewer: times × bins${classes ? ` × ${tables} (the population and its classes)` : ''} may be at most ${MOST_VALUES}, here ${values}`,
      points,
    );
  if (!around.methods.some(({ kind }) => kind === 'pde'))
    broken(
      context,
      ['densities'],
      'must go with a method of kind "pde", which gives them',
      undefined,
      `methods ${around.methods.map(({ kind }) => kind).join(', ')}`,
    );
}
