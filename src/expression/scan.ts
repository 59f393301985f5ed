/**
 * The first look at an expression, in one pass and without recursion: every character, name and size that the language does not have
 * is refused here, with its place, before the parser (parse.ts), which recurses, sees a token.
 */
import {
  allowed,
  constants,
  ExpressionError,
  functions,
  maximumDepth,
  maximumLength,
  maximumOperations,
} from './language.ts';

const token = /[ \t\r\n]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[A-Za-z_$][A-Za-z0-9_$]*|[-+*/^(),]/y;

/** Names people try, and what to write instead. */
const hints: Readonly<Record<string, string>> = {
  ln: 'write log for the natural logarithm',
  e: 'write beta - b for the error, exp(1) for the number',
  kappa: 'write it out in u and v',
  bend: 'write it out in u and v',
  s: 'write it out in u and v',
  sigma: 'write the number',
  sgn: 'write sign',
};

function quote(text: string): string {
  return JSON.stringify(text.length > 32 ? `${text.slice(0, 32)}…` : text);
}

export interface Token {
  readonly text: string;
  /** Place of its first character, counted from 1. */
  readonly at: number;
}

/**
 * The tokens of the text, white space left out.
 * @throws ExpressionError, naming what was found, at which character (counted from 1), and what is allowed. Cost O(length),
 * and O(1) for a text that is too long.
 */
export function scan(text: string, variables: readonly string[]): Token[] {
  if (text.length > maximumLength) {
    throw new ExpressionError(
      `expression of ${text.length} characters is too long: at most ${maximumLength} are allowed`,
    );
  }
  const tokens: Token[] = [];
  let depth = 0;
  let operations = 0;
  /** Whether the last token ends an operand, so that an operator must follow. */
  let closed = false;
  let calling = '';
  let at = 0;
  while (at < text.length) {
    token.lastIndex = at;
    const found = token.exec(text)?.[0];
    if (found === undefined) {
      const character = String.fromCodePoint(text.codePointAt(at)!);
      throw new ExpressionError(
        `${quote(character)} at character ${at + 1} is not part of an expression; ${allowed(variables)}`,
      );
    }
    const place = `at character ${at + 1}`;
    at += found.length;
    if (/^\s/.test(found)) continue;
    tokens.push({ text: found, at: at - found.length + 1 });
    const named = /^[A-Za-z_$]/.test(found);
    const opensOperand = named || /^[\d.(]/.test(found);
    if (calling && found !== '(') {
      throw new ExpressionError(`function ${calling} is not followed by its arguments ${place}: write ${calling}(…)`);
    }
    if (opensOperand && closed && !(found === '(' && calling)) {
      throw new ExpressionError(`${quote(found)} ${place} follows a value without an operator: write * for a product`);
    }
    if (named && functions.has(found)) {
      calling = found;
      operations++;
      continue;
    }
    if (named && !variables.includes(found) && !Object.hasOwn(constants, found)) {
      const hint = Object.hasOwn(hints, found) ? ` (${hints[found]})` : '';
      throw new ExpressionError(`name ${quote(found)} ${place} is unknown${hint}; ${allowed(variables)}`);
    }
    if (found === '(' && ++depth > maximumDepth) {
      throw new ExpressionError(
        `parenthesis ${place} is nested ${depth} deep: at most ${maximumDepth} levels are allowed`,
      );
    }
    if (found === ')' && --depth < 0) throw new ExpressionError(`")" ${place} closes no parenthesis`);
    if ('+-*/^,'.includes(found) && ++operations > maximumOperations) {
      throw new ExpressionError(`operation ${place} is one too many: at most ${maximumOperations} are allowed`);
    }
    calling = '';
    closed = named || found === ')' || /^[\d.]/.test(found);
  }
  if (calling) throw new ExpressionError(`function ${calling} at the end has no arguments: write ${calling}(…)`);
  if (operations === 0 && !closed) throw new ExpressionError(`expression is empty; ${allowed(variables)}`);
  return tokens;
}
