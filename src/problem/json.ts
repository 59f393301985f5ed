/**
 * JSON text → value, strictly by RFC 8259. Beside `JSON.parse`, it says line and column in every engine alike, refuses duplicate
 * keys, and limits depth and the number of values, so that a hostile file costs time linear in its length, no stack, and memory in
 * proportion to the limits. O(length).
 */

import { oneLine } from './errors.ts';

/** Text that is no JSON. `message` is one line and begins with the position. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
  readonly line: number;
  readonly column: number;
  constructor({ line, column }: { readonly line: number; readonly column: number }, what: string) {
    super(oneLine(`line ${line}, column ${column}: ${what}`));
    this.line = line;
    this.column = column;
  }
}

/** Both from 1; column in UTF-16 units. */
function position(text: string, at: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (let i = text.indexOf('\n'); i >= 0 && i < at; i = text.indexOf('\n', start)) {
    line++;
    start = i + 1;
  }
  return { line, column: at - start + 1 };
}

/** Entries of an array, the text between its brackets; null where they are no JSON. */
function entriesOf(text: string): unknown[] | null {
  try {
    return JSON.parse(`[${text}]`) as unknown[];
  } catch {
    return null;
  }
}

/** How much one text may hold; a reader of hostile files makes sure of it before it has read them whole (./jsonguard.ts). */
export interface JsonLimits {
  /** Numbers in arrays: a double each, and every reader makes a copy or two. */
  readonly numbers: number;
  /** Values of any other kind. */
  readonly values: number;
}

export const MOST_DEPTH = 32;
const MOST_FIELDS = 10_000;
/** Characters of a string, number or stretch of spaces. */
export const LONGEST_TOKEN = 2 ** 20;
/**
 * Of an experiment or sweep file: as many numbers as are read and checked within a second (λ, b, u and v of 262,144 coordinates one by
 * one, or one of them of a million); of other values a valid one needs some hundreds.
 */
export const FILE_LIMITS: JsonLimits = { numbers: 2 ** 20, values: 500_000 };
/** Of a result, its experiment's among them; what would give a larger one is no valid experiment (./schema/size.ts). */
export const RESULT_LIMITS: JsonLimits = { numbers: 2 ** 21, values: 2 ** 18 };
/** Long arrays are read in pieces of about so many characters, so that a mistake is looked for in one of them only. */
const PIECE = 2 ** 16;
const COMMA = ','.charCodeAt(0);
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON strings may not hold control characters
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const WORD = /[A-Za-z_$][\w$]*/y;
const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

/**
 * The value of a JSON text. Objects have no prototype surprises: `__proto__` becomes an own property. More values, or numbers in
 * arrays, than `limits` are refused; so are strings and numbers of more than a million characters.
 */
export function parseJson(text: string, limits = RESULT_LIMITS): unknown {
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  let values = 0;
  let numbers = 0;

  const fail = (what: string, where = at): never => {
    throw new JsonSyntaxError(position(text, where), what);
  };
  const space = (): void => {
    for (let code = text.charCodeAt(at); code === 32 || (code >= 9 && code <= 13); code = text.charCodeAt(++at)) {
      if (code === 11 || code === 12) return;
    }
  };
  /** The match of a sticky expression here; moves on. */
  const match = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const matched = pattern.exec(text)?.[0] ?? '';
    at += matched.length;
    return matched;
  };
  const found = new Map<string, number>();
  /** The first place of a character from `from` on, which never goes back; the length where there is none. */
  const next = (character: string, from: number): number => {
    let place = found.get(character) ?? -1;
    if (place < from) {
      place = text.indexOf(character, from);
      if (place < 0) place = text.length;
      found.set(character, place);
    }
    return place;
  };
  const seen = (): string => {
    const code = text.codePointAt(at);
    if (code === undefined) return 'the end of the file';
    return `"${String.fromCodePoint(code)}"`;
  };

  function string(): string {
    const start = at++;
    for (;;) {
      match(PLAIN);
      if (text[at] === '"') break;
      if (at >= text.length) fail('this string has no closing quote', start);
      if (text[at] !== '\\')
        fail('a string must not hold a line end or control character; write it as an escape, for instance \\n');
      if (match(ESCAPE) === '') fail('no such escape in a JSON string');
      if (at - start > LONGEST_TOKEN) break;
    }
    at++;
    if (at - start > LONGEST_TOKEN) fail(`a string is longer than ${LONGEST_TOKEN} characters`, start);
    return JSON.parse(text.slice(start, at)) as string;
  }

  function value(depth: number): unknown {
    space();
    if (++values > limits.values) fail(`more than ${limits.values} values`);
    const c = text[at];
    if (c === '{') return object(depth);
    if (c === '[') return array(depth);
    if (c === '"') return string();
    const start = at;
    if (c === '-' || (c >= '0' && c <= '9')) return number();
    const word = match(WORD);
    if (word === '') fail(`expected a value, found ${seen()}`);
    if (!WORDS.has(word)) fail(`expected a value, found ${word.slice(0, 40)}`, start);
    return WORDS.get(word);
  }

  function number(): number {
    const start = at;
    const digits = match(NUMBER);
    if (digits === '' || /[\w.]/.test(text[at] ?? '')) fail('not a JSON number', start);
    if (digits.length > LONGEST_TOKEN) fail(`a number is longer than ${LONGEST_TOKEN} characters`, start);
    return Number(digits);
  }

  function enter(depth: number): void {
    if (depth >= MOST_DEPTH) fail(`nested deeper than ${MOST_DEPTH} levels`);
    at++;
  }

  /**
   * An array of numbers and nulls, read by the engine's own parser, which is ten times as fast; null: it is something else. What is
   * searched for is found by the engine as well, a bracket or quote once for all arrays before it: O(length) for the whole text.
   */
  function flat(): unknown[] | null {
    const start = at - 1;
    const end = next(']', at);
    if (end === text.length || Math.min(next('[', at), next('{', at), next('"', at)) < end) return null;
    let entries = 1;
    let comma = start;
    for (let i = text.indexOf(',', at); i >= 0 && i < end; i = text.indexOf(',', i + 1)) {
      if (numbers + ++entries > limits.numbers) fail(`more than ${limits.numbers} numbers`, i);
      if (i - comma > LONGEST_TOKEN) break;
      comma = i;
    }
    const after = text.indexOf(',', comma + 1);
    if ((after < 0 || after > end ? end : after) - comma > LONGEST_TOKEN)
      fail(`a number is longer than ${LONGEST_TOKEN} characters`, comma + 1);
    const result: unknown[] = [];
    for (let from = at; from <= end; ) {
      const to = Math.min(next(',', from + PIECE), end);
      const piece = entriesOf(text.slice(from, to));
      if (piece === null || (piece.length === 0 && to - from < end - at)) {
        at = from;
        return mistake();
      }
      for (const entry of piece) {
        if (typeof entry !== 'number' && entry !== null) return null;
        result.push(entry);
      }
      from = to + 1;
    }
    at = end + 1;
    numbers += entries;
    return result;
  }

  /** Says where the mistake is from here on in an array that would hold nothing but numbers and nulls. */
  function mistake(): never {
    for (;;) {
      values = 0;
      value(MOST_DEPTH);
      space();
      if (text.charCodeAt(at) !== COMMA) fail(`expected "," or "]" after an array entry, found ${seen()}`);
      at++;
    }
  }

  function array(depth: number): unknown[] {
    enter(depth);
    const numeric = flat();
    if (numeric) return numeric;
    const result: unknown[] = [];
    space();
    if (text[at] === ']') {
      at++;
      return result;
    }
    for (;;) {
      result.push(value(depth + 1));
      space();
      if (text[at] === ']') break;
      if (text[at] !== ',') fail(`expected "," or "]" after an array entry, found ${seen()}`);
      at++;
    }
    at++;
    return result;
  }

  function object(depth: number): Record<string, unknown> {
    enter(depth);
    const result: Record<string, unknown> = {};
    let fields = 0;
    space();
    if (text[at] === '}') {
      at++;
      return result;
    }
    for (;;) {
      space();
      const where = at;
      if (text[at] !== '"') fail(`expected a field name in double quotes, found ${seen()}`);
      const key = string();
      if (Object.hasOwn(result, key)) fail(`the field ${JSON.stringify(key.slice(0, 40))} is given twice`, where);
      space();
      if (text[at] !== ':') fail(`expected ":" after a field name, found ${seen()}`);
      at++;
      const entry = value(depth + 1);
      if (++fields > MOST_FIELDS) fail(`more than ${MOST_FIELDS} fields in one object`, where);
      if (key in result)
        Object.defineProperty(result, key, { value: entry, enumerable: true, writable: true, configurable: true });
      else result[key] = entry;
      space();
      if (text[at] === '}') break;
      if (text[at] !== ',') fail(`expected "," or "}" after a field, found ${seen()}`);
      at++;
    }
    at++;
    return result;
  }

  const result = value(0);
  space();
  if (at < text.length) fail(`expected nothing after the value, found ${seen()}`);
  return result;
}
