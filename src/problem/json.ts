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
  constructor(text: string, at: number, what: string) {
    const { line, column } = position(text, at);
    super(oneLine(`line ${line}, column ${column}: ${what}`));
    this.line = line;
    this.column = column;
  }
}

/** Both from 1; column in UTF-16 units. */
function position(text: string, at: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (let i = text.indexOf('\n'); i >= 0 && i < at; i = text.indexOf('\n', i + 1)) {
    line++;
    start = i + 1;
  }
  return { line, column: at - start + 1 };
}

const MOST_DEPTH = 32;
/** Numbers in the arrays of one text: a double each, and every reader makes a copy or two. */
const MOST_NUMBERS = 2 ** 24;
/** Values of any other kind, unless the reader says otherwise. */
const MOST_VALUES = 2 ** 22;
/** Characters of an array of numbers and nulls. */
const FLAT: readonly boolean[] = Array.from({ length: 128 }, (_, code) =>
  '0123456789+-.eE, \t\n\rnul'.includes(String.fromCharCode(code)),
);
const COMMA = ','.charCodeAt(0);
const CLOSE = ']'.charCodeAt(0);
const SPACE = /[ \t\n\r]*/y;
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
 * The value of a JSON text. Objects have no prototype surprises: `__proto__` becomes an own property. More than `mostValues`
 * values, not counting the entries of arrays of numbers, are refused; of those entries there may be 2²⁴.
 */
export function parseJson(text: string, mostValues = MOST_VALUES): unknown {
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  let values = 0;
  let numbers = 0;

  const fail = (what: string, where = at): never => {
    throw new JsonSyntaxError(text, where, what);
  };
  /** Length of the match of a sticky expression here; moves on. */
  const match = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? '';
    at += found.length;
    return found;
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
    }
    at++;
    return JSON.parse(text.slice(start, at)) as string;
  }

  function value(depth: number): unknown {
    match(SPACE);
    if (++values > mostValues) fail(`more than ${mostValues} values`);
    const c = text[at];
    if (c === '{') return object(depth);
    if (c === '[') return array(depth);
    if (c === '"') return string();
    const start = at;
    const digits = match(NUMBER);
    if (digits !== '') {
      if (/[\w.]/.test(text[at] ?? '')) fail('not a JSON number', start);
      return Number(digits);
    }
    const word = match(WORD);
    if (word === '') fail(`expected a value, found ${seen()}`);
    if (!WORDS.has(word)) fail(`expected a value, found ${word.slice(0, 40)}`, start);
    return WORDS.get(word);
  }

  function enter(depth: number): void {
    if (depth >= MOST_DEPTH) fail(`nested deeper than ${MOST_DEPTH} levels`);
    at++;
  }

  /** An array of numbers and nulls, read by the engine's own parser, which is ten times as fast; null: it is something else. */
  function flat(): unknown[] | null {
    const start = at - 1;
    let end = at;
    let entries = 1;
    for (let code = text.charCodeAt(end); FLAT[code]; code = text.charCodeAt(++end)) {
      if (code === COMMA && numbers + ++entries > MOST_NUMBERS) fail(`more than ${MOST_NUMBERS} numbers`, end);
    }
    if (text.charCodeAt(end) !== CLOSE) return null;
    try {
      const result = JSON.parse(text.slice(start, end + 1)) as unknown[];
      at = end + 1;
      numbers += entries;
      return result;
    } catch {
      return null; // the slow way says where the mistake is
    }
  }

  function array(depth: number): unknown[] {
    enter(depth);
    const numeric = flat();
    if (numeric) return numeric;
    const result: unknown[] = [];
    match(SPACE);
    if (text[at] === ']') {
      at++;
      return result;
    }
    for (;;) {
      result.push(value(depth + 1));
      match(SPACE);
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
    match(SPACE);
    if (text[at] === '}') {
      at++;
      return result;
    }
    for (;;) {
      match(SPACE);
      const where = at;
      if (text[at] !== '"') fail(`expected a field name in double quotes, found ${seen()}`);
      const key = string();
      if (Object.hasOwn(result, key)) fail(`the field ${JSON.stringify(key.slice(0, 40))} is given twice`, where);
      match(SPACE);
      if (text[at] !== ':') fail(`expected ":" after a field name, found ${seen()}`);
      at++;
      const entry = value(depth + 1);
      Object.defineProperty(result, key, { value: entry, enumerable: true, writable: true, configurable: true });
      match(SPACE);
      if (text[at] === '}') break;
      if (text[at] !== ',') fail(`expected "," or "}" after a field, found ${seen()}`);
      at++;
    }
    at++;
    return result;
  }

  const result = value(0);
  match(SPACE);
  if (at < text.length) fail(`expected nothing after the value, found ${seen()}`);
  return result;
}
