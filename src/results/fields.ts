/** Building blocks of the result format. */
import { integer, word } from '../schema/fields.ts';
import { z } from '../schema/zod.ts';

export const METHOD_KINDS = ['sgd', 'sde', 'pde', 'flow'] as const;

/** JSON has no NaN: what has no finite value is null. */
export type Numbers = (number | null)[];

function isNumbers(value: unknown, nullable: boolean): boolean {
  return Array.isArray(value) && value.every((x) => Number.isFinite(x) || (nullable && x === null));
}

/**
 * An array checked in one pass that stops at the first bad entry (a schema library's own arrays list every one, which a hostile
 * file can make as many as it likes).
 */
export function numbers(description: string, nullable: boolean) {
  const rule = nullable ? 'must be an array of finite numbers or null' : 'must be an array of finite numbers';
  return z
    .custom<Numbers>((value) => isNumbers(value, nullable), { error: rule })
    .meta({ description, type: 'array', items: { type: nullable ? ['number', 'null'] : 'number' } });
}

/** An array of such arrays, checked in the same way. */
export function rows(description: string, nullable: boolean) {
  const rule = 'must be an array of arrays of finite numbers';
  const good = (value: unknown) => Array.isArray(value) && value.every((row) => isNumbers(row, nullable));
  const items = { type: 'array', items: { type: nullable ? ['number', 'null'] : 'number' } };
  return z
    .custom<Numbers[]>(good, { error: nullable ? `${rule} or null` : rule })
    .meta({ description, type: 'array', items });
}

export const finite = (description: string) => z.number({ error: 'must be a finite number' }).describe(description);
export const text = (description: string) => z.string({ error: 'must be a string' }).describe(description);
export const count = (description: string) => integer(description, { min: 0, max: Number.MAX_SAFE_INTEGER });
export const method = word('The method.', METHOD_KINDS);
export const index = integer('Position in `methods` of the experiment.', { min: 0, max: 63 });
