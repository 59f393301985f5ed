/** The `statistics` of an experiment file. Their definitions are in src/statistics. */
import { type StatisticName, sampleStatistics, statisticNames } from '../../expression/definitions.ts';
import { broken, choice, hint, list, record, word } from '../../schema/fields.ts';
import { z } from '../../schema/zod.ts';

export const STATISTIC_NAMES = statisticNames;

/** Those that there are with the samples of a problem (`problem.data`). */
export function statisticNamesOf(data: { readonly kind?: unknown } | null | undefined): readonly StatisticName[] {
  const isFresh = (data?.kind ?? 'fresh') === 'fresh';
  return STATISTIC_NAMES.filter((name) => !(isFresh && sampleStatistics.includes(name)));
}

const nameRule = 'must be a name of 1 to 64 letters, digits, "_", "-" or ".", beginning with a letter or "_"';
const expressionRule = 'must be an expression of 1 to 1000 characters';

const named = word('A statistic by name.', STATISTIC_NAMES);

const custom = record("The mean over coordinates of the user's own function.", {
  name: z
    .string({ error: nameRule })
    .regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/, { error: nameRule })
    .describe('Name in the result; none of the built-in names.'),
  expression: z
    .string({ error: expressionRule })
    .min(1, { error: expressionRule })
    .max(1000, { error: expressionRule })
    .describe('Arithmetic and elementary functions of u, v, beta, b and lambda, for instance "lambda*(beta-b)^4".'),
});

export const statisticsSchema = list(
  'What is measured at every save time.',
  z.union([named, custom], {
    error: (issue) =>
      `must be ${choice(STATISTIC_NAMES)}, or {"name": …, "expression": …}${hint(issue.input, STATISTIC_NAMES)}`,
  }),
  64,
).check((context) => {
  const seen = new Set<string>();
  context.value.forEach((entry, i) => {
    const name = typeof entry === 'string' ? entry : entry.name;
    const path = typeof entry === 'string' ? [i] : [i, 'name'];
    if (typeof entry !== 'string' && (STATISTIC_NAMES as readonly string[]).includes(name))
      broken(context, path, 'must not be the name of a built-in statistic', name);
    else if (seen.has(name)) broken(context, path, 'must not name the same statistic twice', name);
    seen.add(name);
  });
});
