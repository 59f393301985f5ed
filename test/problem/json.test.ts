import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExperimentError, parseExperimentText } from '../../src/problem/index.ts';
import { JsonSyntaxError, parseJson } from '../../src/problem/json.ts';
import { file } from './good.ts';

const accepted = (text: string) => {
  try {
    return { value: parseJson(text) };
  } catch (error) {
    if (error instanceof JsonSyntaxError) return undefined;
    throw error;
  }
};
const standard = (text: string) => {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
};

describe('parseJson', () => {
  it('reads what JSON.parse reads, as the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('refuses what JSON.parse refuses, on random edits of a file', () => {
    const text = JSON.stringify({ a: [1, -2.5e-3, true, null, 'x\\u00e9\n"'], b: { c: {} } }, null, 1);
    const character = fc.constantFrom(...'{}[]",:\\0123456789.eE+-tfnu \n\t\u0000/*x'.split(''));
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(3), fc.array(character, { maxLength: 3 }), (at, cut, add) => {
        const edited = text.slice(0, at) + add.join('') + text.slice(at + cut);
        expect(accepted(edited)).toEqual(standard(edited));
      }),
      { seed: 2, numRuns: 3000 },
    );
  });

  it.each([
    ['', 1, 1, 'expected a value, found the end of the file'],
    ['{', 1, 2, 'expected a field name in double quotes, found the end of the file'],
    ['{\n  "a": 1,\n}', 3, 1, 'expected a field name'],
    ['{"a": 1 "b": 2}', 1, 9, 'expected "," or "}"'],
    ["{'a': 1}", 1, 2, 'expected a field name in double quotes'],
    ['{"a" 1}', 1, 6, 'expected ":"'],
    ['[1, 2', 1, 6, 'expected "," or "]"'],
    ['{"a": NaN}', 1, 7, 'found NaN'],
    ['{"a": 01}', 1, 7, 'not a JSON number'],
    ['{"a": .5}', 1, 7, 'expected a value'],
    ['{"a": 1} // x', 1, 10, 'expected nothing after the value'],
    ['"a\tb"', 1, 3, 'control character'],
    ['"abc', 1, 1, 'no closing quote'],
    ['"\\x"', 1, 2, 'no such escape'],
    ['{"a": 1,\r\n "a": 2}', 2, 2, 'the field "a" is given twice'],
    ['{"\\u0061": 1, "a": 2}', 1, 15, 'given twice'],
  ])('%j → line %i, column %i', (text, line, column, what) => {
    expect(() => parseJson(text)).toThrow(`line ${line}, column ${column}: `);
    expect(() => parseJson(text)).toThrow(what);
  });

  it('agrees that duplicate keys are the only thing refused beyond the standard', () => {
    expect(accepted('\ufeff{"__proto__": 1}')?.value).toEqual(JSON.parse('{"__proto__": 1}'));
    expect(Object.hasOwn(parseJson('{"__proto__": 1}') as object, '__proto__')).toBe(true);
  });
});

describe('parseExperimentText', () => {
  it('reports bad JSON as an ExperimentError on one line', () => {
    for (const text of ['', '{"a"', 'horizon: 3', '\u001b[31m\n', '{"problem": {"dimension": 4\n\n']) {
      const error = (() => {
        try {
          parseExperimentText(text);
        } catch (e) {
          return e as ExperimentError;
        }
      })();
      expect(error).toBeInstanceOf(ExperimentError);
      expect(error?.path).toBe('');
      expect(error?.message).toMatch(/^not valid JSON: line \d+, column \d+: .+$/);
    }
  });

  it('survives deep nesting and large files', () => {
    for (const text of ['['.repeat(1e6), '{"a":'.repeat(1e6), `{"problem":${'['.repeat(20)}${']'.repeat(20)}}`])
      expect(() => parseExperimentText(text)).toThrow(ExperimentError);
    const many = JSON.stringify(
      file({ problem: { dimension: 4, target: { kind: 'values', values: Array(300_000).fill('x') } } }),
    );
    expect(() => parseExperimentText(many)).toThrow('problem.target.values[0]: must be a finite number; found "x"');
    const negative = JSON.stringify(
      file({ problem: { dimension: 4, covariance: { kind: 'values', values: Array(300_000).fill(-1) } } }),
    );
    expect(() => parseExperimentText(negative)).toThrow(/^problem\.covariance\.values\[0\]: must be .* found -1$/);
    const wide = `{${Array.from({ length: 100_000 }, (_, i) => `"k${i}":0`).join()}}`;
    expect(() => parseExperimentText(wide)).toThrow(ExperimentError);
  });

  it('refuses numbers beyond double precision', () => {
    expect(() => parseExperimentText('{"problem":{"dimension":4},"horizon":1e999,"methods":[{"kind":"pde"}]}')).toThrow(
      'horizon: must be finite',
    );
  });
});
