/** What is read of a hostile file: nothing that the parser takes is refused, and what is too large is refused before it ends. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FILE_LIMITS } from '../../src/problem/index.ts';
import { type JsonLimits, JsonSyntaxError, LONGEST_TOKEN, parseJson, RESULT_LIMITS } from '../../src/problem/json.ts';
import { JsonGuard } from '../../src/problem/jsonguard.ts';
import { textLike, value } from '../hostile/hostile.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** The message of the refusal of chunks, and how many bytes were taken by then; null if they are let through. */
function refusal(chunks: Iterable<Uint8Array>, limits: JsonLimits) {
  const guard = new JsonGuard(limits);
  let taken = 0;
  for (const chunk of chunks) {
    try {
      guard.push(chunk);
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error;
      return { message: error.message, taken };
    }
    taken += chunk.length;
  }
  return null;
}

/** `head`, then `part` for ever. */
function* endless(head: string, part: string): Generator<Uint8Array> {
  yield bytesOf(head);
  const many = bytesOf(part.repeat(Math.ceil(65_536 / part.length)));
  for (;;) yield many;
}

describe('while a file is read', () => {
  it('whatever the parser takes is let through, however it is cut into chunks', () => {
    fc.assert(
      fc.property(textLike(value), fc.array(fc.nat(), { maxLength: 4 }), (text, cuts) => {
        try {
          parseJson(text, FILE_LIMITS);
        } catch (error) {
          if (error instanceof JsonSyntaxError) return;
          throw error;
        }
        const bytes = bytesOf(text);
        const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
        const chunks = places.slice(1).map((place, k) => bytes.subarray(places[k], place));
        expect(refusal(chunks, FILE_LIMITS)).toBeNull();
      }),
      { seed: 20261127, numRuns: 1500 },
    );
  });

  it('chunks cut it anywhere to the same refusal', () => {
    const text = `{"a\\\\":"\\"[[[",\n"b":[${'1, '.repeat(30)}2],"c":${'['.repeat(40)}`;
    const bytes = bytesOf(text);
    const whole = refusal([bytes], FILE_LIMITS);
    expect(whole?.message).toMatch(/^line 2, column \d+: nested deeper than 32 levels$/);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const cutUp = refusal([bytes.subarray(0, cut), bytes.subarray(cut)], FILE_LIMITS);
      expect(cutUp?.message).toBe(whole?.message);
    }
    expect(whole?.message).toBe(
      (() => {
        try {
          return String(parseJson(text, FILE_LIMITS));
        } catch (error) {
          return (error as Error).message;
        }
      })(),
    );
  });

  const { numbers, values } = FILE_LIMITS;
  it.each([
    ['numbers', '[', '1,', /more than 1048576 numbers/, 2 * (numbers + values)],
    ['numbers on lines of their own', '[', '1,\n ', /more than 1048576 numbers/, 4 * (numbers + values)],
    ['nulls', '[', 'null,', /more than 1048576 numbers/, 5 * (numbers + values)],
    ['strings', '[', '"a",', /more than 500000 values/, 4 * values],
    ['objects', '[', '{},', /more than 500000 values/, 3 * values],
    ['brackets', '', '[', /deeper than 32/, 32],
    ['objects in objects', '', '{"a":', /deeper than 32/, 160],
    ['a string', '"', 'a', /longer than 1048576/, LONGEST_TOKEN],
    ['a string of escapes', '"', '\\"', /longer than 1048576/, LONGEST_TOKEN],
    ['a number', '', '1', /longer than 1048576/, LONGEST_TOKEN],
    ['spaces', '', ' ', /longer than 1048576/, LONGEST_TOKEN],
    ['NUL', '', '\0', /longer than 1048576/, LONGEST_TOKEN],
  ])('%s without end are refused after what a file may have of them', (_, head, part, words, enough) => {
    const found = refusal(endless(head, part), FILE_LIMITS);
    expect(found?.message).toMatch(words);
    // Chunks are of 64 kB, and there is one of them at least.
    expect(found?.taken).toBeLessThan(enough + 200_000);
  });

  it('results may hold more', () => {
    expect(refusal([bytesOf(`[${'1,'.repeat(2e6)}1]`)], FILE_LIMITS)).not.toBeNull();
    expect(refusal([bytesOf(`[${'1,'.repeat(2e6)}1]`)], RESULT_LIMITS)).toBeNull();
  });
});

describe('the parser by itself', () => {
  const refused = (text: string) => () => parseJson(text, FILE_LIMITS);

  it('holds to the same limits', () => {
    expect(refused(`[${'1,'.repeat(5e6)}1]`)).toThrow(/more than 1048576 numbers/);
    expect(refused(`"${'a'.repeat(2e6)}"`)).toThrow(/a string is longer than 1048576/);
    expect(refused(`"${'\\n'.repeat(1e6)}"`)).toThrow(/a string is longer than 1048576/);
    expect(refused(`{"a":${'1'.repeat(2e6)}}`)).toThrow(/a number is longer than 1048576/);
    expect(refused(`[1,${'1'.repeat(2e6)},1]`)).toThrow(/a number is longer than 1048576/);
    expect(refused(`{${Array.from({ length: 10_001 }, (_, i) => `"k${i}":1`).join()}}`)).toThrow(
      /more than 10000 fields/,
    );
  });

  it('of results up to the last number and value', () => {
    const { numbers, values } = RESULT_LIMITS;
    const array = (length: number) => `[${'1,'.repeat(length - 1)}1]`;
    // Two arrays, the object and the other values.
    const text = (more: number, others: number) =>
      `{"a":${array(numbers / 2)},"b":${array(numbers / 2 + more)},"c":["x"${',{}'.repeat(others - 5)}]}`;
    const { a, b, c } = parseJson(text(0, values), RESULT_LIMITS) as Record<string, unknown[]>;
    expect([a.length, b.length, c.length]).toEqual([numbers / 2, numbers / 2, values - 4]);
    expect(() => parseJson(text(1, 9), RESULT_LIMITS)).toThrow('more than 2097152 numbers');
    expect(() => parseJson(text(0, values + 1), RESULT_LIMITS)).toThrow('more than 262144 values');
  });

  it('reads arrays in and beside others like the engine', () => {
    const arrays = [
      '[]',
      '[ ]',
      '[1,null]',
      '[true]',
      '[1,"]"]',
      '["[",2]',
      '[[1],[2,[3]]]',
      '[{"a":[1]},[]]',
      '[1,{}]',
    ];
    for (const one of arrays)
      for (const other of arrays) {
        const text = `[${one} , {"a": ${other}},${other}]`;
        expect(parseJson(text, FILE_LIMITS)).toEqual(JSON.parse(text));
      }
  });

  it('says where the mistake in a long array is, also beyond as many values as it may have', () => {
    const many = '1,'.repeat(6e5);
    expect(refused(`[\n${many}1,,1]`)).toThrow('line 2, column 1200003: expected a value, found ","');
    expect(refused(`[${many}1 1]`)).toThrow('column 1200004: expected "," or "]" after an array entry, found "1"');
    expect(refused(`[${many}]`)).toThrow('column 1200002: expected a value, found "]"');
    expect(refused(`[${many}01]`)).toThrow('column 1200002: not a JSON number');
    expect(refused(`[${many}-]`)).toThrow('column 1200002: not a JSON number');
    expect(refused(`[${many}nul]`)).toThrow('column 1200002: expected a value, found nul');
  });
});
