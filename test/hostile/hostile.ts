/** What a stranger might hand over: JSON values and texts, well formed, mutated and monstrous. */
import fc from 'fast-check';

/** Names that mean something to JavaScript objects, to terminals, to WGSL and to HTML. */
const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
  'then',
  'toJSON',
  'length',
  '\u0000',
  '\ud800',
  '\udc00x',
  '\ufeff',
  '\u202eabc',
  '\u2028',
  '\u001b[2J\u001b]0;x\u0007',
  '💥'.repeat(9),
  '<img src=x onerror=alert(1)>',
  '"];}fn main(){',
  'a'.repeat(70_000),
  '../../etc/passwd',
  '`$' + '{process.exit(1)}`',
];

const name = fc.oneof(fc.constantFrom(...NAMES), fc.string({ unit: 'binary', maxLength: 12 }));

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 1, -1, 1e-308, 5e-324, 1e308, 2 ** 53, 2 ** 53 + 2, 1e9, 1e12, 2 ** 31, 2 ** 32, 0.1, 1e-12),
);

/** Any JSON value, with those names as keys and strings. */
export const value: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'json' },
    number,
    name,
    fc.constantFrom(null, true, false),
    fc.array(tie('value'), { maxLength: 4, depthIdentifier: 'json' }),
    fc
      .array(fc.tuple(name, tie('value')), { maxLength: 4, depthIdentifier: 'json' })
      .map((entries) => fromEntries(entries)),
    fc.integer({ min: 10, max: 300 }).map((depth) => nested(depth)),
    fc.integer({ min: 1000, max: 60_000 }).map((length) => new Array(length).fill(1)),
  ),
})).value;

/** Own properties whatever their names. */
function fromEntries(entries: readonly (readonly [string, unknown])[]): object {
  const object = {};
  for (const [key, entry] of entries) {
    Object.defineProperty(object, key, { value: entry, enumerable: true, configurable: true, writable: true });
  }
  return object;
}

function nested(depth: number): unknown {
  let inner: unknown = 1;
  for (let i = 0; i < depth; i++) inner = i % 2 ? [inner] : { a: inner };
  return inner;
}

type Path = readonly (string | number)[];

function pathsOf(of: unknown, path: Path = []): Path[] {
  if (typeof of !== 'object' || of === null || path.length > 8 || Object.keys(of).length > 99) return [path];
  return [path, ...Object.entries(of).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

function replaced(of: unknown, path: Path, by: (old: unknown) => unknown): unknown {
  if (path.length === 0) return by(of);
  const [key, ...rest] = path;
  const copy = Array.isArray(of) ? [...of] : { ...(of as object) };
  const inner = replaced((of as Record<string, unknown>)[key], rest, by);
  Object.defineProperty(copy, key, { value: inner, enumerable: true, configurable: true, writable: true });
  return copy;
}

/** A valid value in which one to three places hold something else, or have a field more. */
export function mutated(valid: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const change = fc.record({ at: fc.nat(), by: value, key: fc.option(name, { freq: 2 }) });
  return fc.tuple(valid, fc.array(change, { minLength: 1, maxLength: 3 })).map(([start, changes]) =>
    changes.reduce<unknown>((now, { at, by, key }) => {
      const paths = pathsOf(now);
      return replaced(now, paths[at % paths.length], (old) =>
        key !== null && typeof old === 'object' && old !== null && !Array.isArray(old)
          ? replaced(old, [key], () => by)
          : by,
      );
    }, start),
  );
}

/** A valid value in which one number is another: it may well stay valid. */
function tweaked(valid: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.tuple(valid, fc.nat(), number).map(([start, at, by]) => {
    const paths = pathsOf(start);
    return replaced(start, paths[at % paths.length], (old) => (typeof old === 'number' ? by : old));
  });
}

/** Its text, with some characters replaced, repeated or cut off. */
export function damaged(valid: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  const piece = fc.oneof(
    fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ',',
      ':',
      '\\',
      '\\ud800',
      '1e999',
      '-',
      'NaN',
      '\ufeff',
      '\u0000',
      '"a":1,',
    ),
    fc.constantFrom('[', '{"a":', '-', '1', ' ').map((text) => text.repeat(3000)),
    name,
  );
  return fc.tuple(valid, fc.nat(), fc.nat(30), piece).map(([start, at, cut, by]) => {
    const text = JSON.stringify(start);
    const place = at % (text.length + 1);
    return text.slice(0, place) + by + text.slice(place + cut);
  });
}

/** Anything that a stranger may call a file of the given kind. */
export const textLike = (valid: fc.Arbitrary<unknown>): fc.Arbitrary<string> =>
  fc.oneof(
    damaged(valid),
    mutated(valid).map((data) => JSON.stringify(data)),
    tweaked(valid).map((data) => JSON.stringify(data)),
    value.map((data) => JSON.stringify(data)),
    fc.string({ unit: 'binary', maxLength: 200 }),
  );

const LINE_BREAK = /[\n\r\v\f\u0085\u2028\u2029]/;
/** Also what is not seen, or reorders what is. */
const CONTROL = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** Why a message is not one clear, harmless line; null if it is. */
export function flaw(message: string): string | null {
  if (message.length === 0) return 'empty';
  if (message.length > 1000) return `${message.length} characters`;
  if (LINE_BREAK.test(message)) return 'more than one line';
  return CONTROL.test(message) ? 'control characters' : null;
}

/** Whether the prototypes that all objects share are as they were. */
export function prototypesAreClean(): boolean {
  const fresh = {} as Record<string, unknown>;
  for (const key in fresh) return key === undefined;
  return fresh.horizon === undefined && ([] as unknown as { horizon?: unknown }).horizon === undefined;
}
