/** Densities of the limit over coordinates: the result format's `densities`. */
import { DENSITY_VARIABLES } from '../problem/schema/densities.ts';
import { integer, record, word } from '../schema/fields.ts';
import { z } from '../schema/zod.ts';
import { finite, numbers } from './fields.ts';

const axis = (description: string) =>
  numbers(`${description} Ends of its bins, increasing; empty where all of the mass is in atoms.`, false);

export const densityResultSchema = record(
  'The density of one variable at one time, of the population or of one class.',
  {
    method: z.literal('pde', { error: 'must be "pde"' }).describe('The method.'),
    index: integer('Position in `methods` of the experiment.', { min: 0, max: 63 }),
    of: word('Of what.', DENSITY_VARIABLES),
    time: finite('When, in units of d steps.'),
    class: record('The coordinates of one λ and one b; null for the whole population.', {
      lambda: finite('λ.'),
      b: finite('Target coefficient b.'),
    }).nullable(),
    mass: finite('Their share of the population: Σ values · width + Σ mass of the atoms + outside.'),
    axes: z
      .array(axis('β, ζ, or u and then v.'), { error: 'must be an array of one or two arrays' })
      .min(1, { error: 'must be an array of one or two arrays' })
      .max(2, { error: 'must be an array of one or two arrays' }),
    values: numbers(
      'Share of the population over the width (uv: area) of each bin; uv row-major, [u bin][v bin].',
      false,
    ),
    atoms: z.array(
      record('A point mass: at t = 0, or where a class has contracted below a relative width of 1e-9.', {
        at: numbers(
          'Where: one number, or u and v; null where ζ = ±∞ (u² = v², a balanced coordinate).',
          false,
        ).nullable(),
        mass: finite('Its share of the population.'),
      }),
      { error: 'must be an array of atoms' },
    ),
    outside: finite('Share of the population beyond the bins.'),
  },
);

export const densityResultsSchema = z
  .array(densityResultSchema, { error: 'must be an array of densities' })
  .describe(
    'Densities of the limit, where the experiment asks for them: by method, time, variable, then population and classes. Times that a method did not reach are left out.',
  );

export type DensityResult = Readonly<z.output<typeof densityResultSchema>>;

/** What makes a density unusable although each field is well formed: ` .field: rule; found …`, or null. */
export function densityInconsistency({ of, axes, values, atoms }: DensityResult): string | null {
  const dimensions = of === 'uv' ? 2 : 1;
  if (axes.length !== dimensions) return `.axes: must hold ${dimensions} for ${of}; found ${axes.length}`;
  for (const [k, edges] of axes.entries()) {
    const descent = edges.findIndex((x, i) => i > 0 && !(x! > edges[i - 1]!));
    if (descent >= 0) return `.axes[${k}][${descent}]: must be greater than the one before it; found ${edges[descent]}`;
  }
  const bins = axes.reduce((product, edges) => product * Math.max(0, edges.length - 1), 1);
  if (values.length !== bins) return `.values: must have ${bins} entries, one a bin; found ${values.length}`;
  const wrong = atoms.findIndex(({ at }) => at !== null && at.length !== dimensions);
  return wrong < 0 ? null : `.atoms[${wrong}].at: must have ${dimensions} entries; found ${atoms[wrong].at!.length}`;
}
