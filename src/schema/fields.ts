/**
 * The building blocks of the experiment file's schema. Each carries one sentence that says its whole rule; that sentence is the
 * validator's error message, and the bounds behind it go into the published JSON Schema, so neither can drift from the other.
 */
import { z } from './zod.ts';

/** Largest magnitude of any physical quantity in a file (λ, b, u, v, σ, γ, T, …). In the mean-field scaling all are of order 1; beyond 10⁶ single precision overflows in products such as λ²κ²e². */
export const LARGEST = 1e6;

export interface Range {
  /** Closed ends. */
  readonly min?: number;
  readonly max?: number;
  /** Open lower end. */
  readonly above?: number;
}

function rule(noun: string, { min, max, above }: Range): string {
  if (above !== undefined)
    return `must be ${noun} greater than ${above}${max === undefined ? '' : ` and at most ${max}`}`;
  if (min !== undefined && max !== undefined) return `must be ${noun} from ${min} to ${max}`;
  if (min !== undefined) return `must be ${noun} of at least ${min}`;
  return max === undefined ? `must be ${noun}` : `must be ${noun} of at most ${max}`;
}

function bounded(base: z.ZodNumber, error: string, { min, max, above }: Range): z.ZodNumber {
  let schema = base;
  if (above !== undefined) schema = schema.gt(above, { error });
  if (min !== undefined) schema = schema.gte(min, { error });
  if (max !== undefined) schema = schema.lte(max, { error });
  return schema;
}

/** A finite number in a range. */
export function real(description: string, range: Range = {}): z.ZodNumber {
  const error = rule('a finite number', range);
  return bounded(z.number({ error }), error, range).describe(description);
}

/** An integer in a closed range. */
export function integer(description: string, range: { readonly min: number; readonly max: number }): z.ZodNumber {
  const error = rule('an integer', range);
  return bounded(z.number({ error }).int({ error }), error, range).describe(description);
}

/** λ, a variance, a step size, a time: positive, at most `LARGEST`. */
export const POSITIVE: Range = { above: 0, max: LARGEST };

/** A weight or target coefficient: any sign, magnitude at most `LARGEST`. */
export const COEFFICIENT: Range = { min: -LARGEST, max: LARGEST };

/**
 * One number for each coordinate, all in a range. The range is checked for the array as a whole, so that millions of bad entries
 * make one issue, not millions.
 */
export function perCoordinate(description: string, itemDescription: string, range: Range): z.ZodArray<z.ZodNumber> {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, above = Number.NEGATIVE_INFINITY } = range;
  const error = rule('a finite number', range);
  const bounds = { exclusiveMinimum: range.above, minimum: range.min, maximum: range.max };
  const item = z.number({ error }).meta({ description: itemDescription, ...JSON.parse(JSON.stringify(bounds)) });
  return z
    .array(item, { error: 'must be an array of numbers, one for each coordinate' })
    .check((context) => {
      const at = context.value.findIndex((x) => x < min || x > max || x <= above);
      if (at >= 0) broken(context, [at], error, context.value[at]);
    })
    .describe(description);
}

/** A non-empty array. */
export function list<T extends z.ZodType>(description: string, item: T, most: number): z.ZodArray<T> {
  const error = `must be an array of 1 to ${most} entries`;
  return z.array(item, { error }).min(1, { error }).max(most, { error }).describe(description);
}

/** "a", "b" or "c" */
export function choice(words: readonly string[]): string {
  const quoted = words.map((word) => JSON.stringify(word));
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}

/** One of some words. */
export function word<const T extends readonly string[]>(description: string, words: T) {
  return z
    .enum(words, { error: (issue) => `must be ${choice(words)}${hint(issue.input, words)}` })
    .describe(description);
}

/** An object with these fields and no other. */
export function record<T extends z.ZodRawShape>(description: string, shape: T) {
  const names = Object.keys(shape);
  return z
    .strictObject(shape, {
      error: (issue) =>
        issue.code === 'unrecognized_keys'
          ? `is no field of this object${hint(issue.keys[0], names)}; allowed: ${names.join(', ')}`
          : 'must be an object',
    })
    .describe(description);
}

/** The `kind` of a variant. */
export function tag<const K extends string>(name: K, description: string) {
  return z.literal(name, { error: `must be ${JSON.stringify(name)}` }).describe(description);
}

/** What `.check` takes, reduced to what the rules between fields need. */
interface CheckContext {
  readonly issues: z.core.$ZodRawIssue[];
}

/** Reports a broken rule between fields: the path inside the object, the rule, the value, and how to show it if not as it is. */
export function broken(
  context: CheckContext,
  path: (string | number)[],
  message: string,
  input: unknown,
  found?: string,
): void {
  context.issues.push({ code: 'custom', path, message, input, params: { found } });
}

/** Index of the first number not greater than the one before it; −1 if the array strictly increases. */
export function firstDescent(values: readonly number[]): number {
  return values.findIndex((value, i) => i > 0 && value <= values[i - 1]);
}

export type Variant = z.ZodObject<{ kind: z.ZodLiteral<string> } & z.ZodRawShape>;

/** An object whose `kind` says which fields it has. */
export function variants<const T extends readonly [Variant, ...Variant[]]>(description: string, options: T) {
  const kinds = options.map((option) => option.shape.kind.value);
  return z
    .discriminatedUnion('kind', options, {
      error: (issue) => {
        if (typeof issue.input !== 'object') return `must be an object with "kind" ${choice(kinds)}`;
        return `must be ${choice(kinds)}${hint((issue.input as { kind?: unknown } | undefined)?.kind, kinds)}`;
      },
    })
    .describe(description);
}

/** ` (did you mean "x"?)` if one of the words is within two edits of what was written, else nothing. */
export function hint(written: unknown, words: readonly string[]): string {
  if (typeof written !== 'string' || written.length > 40) return '';
  let best = '';
  let least = 3;
  for (const candidate of words) {
    const distance = edits(written.toLowerCase(), candidate.toLowerCase());
    if (distance < least && distance < candidate.length - 1) {
      best = candidate;
      least = distance;
    }
  }
  return best === '' ? '' : ` (did you mean ${JSON.stringify(best)}?)`;
}

/** Damerau–Levenshtein distance (insert, delete, replace, exchange neighbours). */
function edits(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2] + 1);
      row.push(cost);
    }
    before = last;
    last = row;
  }
  return last[b.length];
}
