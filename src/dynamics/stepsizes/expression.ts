/**
 * A step size of one's own: an expression in the named statistics (the file's own ones too), t, and integral(…), moved into [min, max]. SGD adds 1/d of
 * an integral's expression a step, at the state before it.
 */
import { isStatisticName } from '../../expression/definitions.ts';
import { ExpressionError, maximumLength } from '../../expression/language.ts';
import { LARGEST, POSITIVE, real, record, tag } from '../../schema/fields.ts';
import { z } from '../../schema/zod.ts';
import type { StateRule, StateStepSizeDefinition } from './types.ts';

export interface ExpressionStepSize {
  readonly kind: 'expression';
  readonly expression: string;
  readonly min: number;
  readonly max: number;
  /** The file's own statistics that it may name, by name; not part of the file's `stepSize`. */
  readonly statistics?: Readonly<Record<string, string>>;
}

const textRule = `must be an expression of 1 to ${maximumLength} characters`;
/** Running integrals of one step size. */
const MOST_INTEGRALS = 8;

export const expression = {
  kind: 'expression',
  label: 'expression of your own',
  schema: record('γ as an expression of one’s own, moved into [min, max].', {
    kind: tag('expression', 'An expression in statistics of the state.'),
    expression: z
      .string({ error: textRule })
      .min(1, { error: textRule })
      .max(maximumLength, { error: textRule })
      .describe(
        'Over the named statistics that do not hold γ themselves, statistics of your own from the list, t, labelNoise, batchSize, horizon, and integral(…), the integral over time of such an expression: for instance "1 / (2 * curvature)".',
      )
      .default('1 / (2 * curvature)'),
    min: real('γ is at least this.', { min: 0, max: LARGEST }).default(0),
    max: real('γ is at most this; not below min.', POSITIVE).default(5),
  }),
  define: (s) => defineExpression(s),
} as const satisfies StateRule<ExpressionStepSize>;

/** `integral(…)` taken out, each a running integral of its own. @throws ExpressionError. */
function defineExpression({
  expression: text,
  min,
  max,
  statistics = {},
}: ExpressionStepSize): StateStepSizeDefinition {
  const integrals: { rate: string }[] = [];
  let rest = text;
  for (;;) {
    const found = /\bintegral\s*\(/.exec(rest);
    if (found === null) break;
    const begin = found.index + found[0].length;
    let depth = 1;
    let end = begin;
    for (; end < rest.length && depth > 0; end++) depth += rest[end] === '(' ? 1 : rest[end] === ')' ? -1 : 0;
    if (depth > 0) throw new ExpressionError(`integral( at character ${found.index + 1} is not closed`);
    const inside = rest.slice(begin, end - 1);
    if (/\bintegral\b/.test(inside))
      throw new ExpressionError(
        `integral( at character ${found.index + 1} holds another one: write it in one integral`,
      );
    if (integrals.length === MOST_INTEGRALS)
      throw new ExpressionError(`an expression may hold at most ${MOST_INTEGRALS} integrals`);
    // Blanks keep every character where it was written, for messages.
    const name = `integral_${integrals.length}`.padEnd(end - found.index);
    integrals.push({ rate: `${' '.repeat(begin)}${inside}`.slice(inside.trim() === '' ? begin : 0) });
    rest = rest.slice(0, found.index) + name + rest.slice(end);
  }
  const own = Object.entries(statistics).filter(([name]) => /^[A-Za-z_]\w*$/.test(name) && !isStatisticName(name));
  return { kind: 'definition', name: 'expression', means: Object.fromEntries(own), integrals, value: rest, min, max };
}
