import { describe, expect, test } from 'vitest';
import { fillWords, threefry4x32, word } from '../../src/random/index.ts';
import { addressAnswers, threefryAnswers } from './known-answers.ts';

describe('Threefry4x32-20', () => {
  test.each(threefryAnswers)('known answer of counter $counter under key $key', ({ counter, key, words }) => {
    const out = new Int32Array(4);
    threefry4x32(
      out,
      1,
      ...(counter as [number, number, number, number]),
      ...(key as [number, number, number, number]),
    );
    expect(Array.from(out, (w) => w >>> 0)).toEqual(words);
  });

  test('consecutive blocks are consecutive counters, across the wrap of the first word', () => {
    const run = new Int32Array(16);
    threefry4x32(run, 4, 0xfffffffe, 1, 2, 3, 4, 5, 6, 7);
    const single = new Int32Array(4);
    for (let n = 0; n < 4; n++) {
      threefry4x32(single, 1, (0xfffffffe + n) % 2 ** 32, 1, 2, 3, 4, 5, 6, 7);
      expect(run.slice(4 * n, 4 * n + 4)).toEqual(single);
    }
  });
});

describe('addresses', () => {
  test.each(addressAnswers)('word of $seed, $replica, $stream, $step, $sub, $index', (a) => {
    expect(word(a.seed, a.replica, a.stream, a.step, a.sub, a.index)).toBe(a.word);
  });

  test('fillWords gives the same words wherever the range begins and ends', () => {
    const out = new Int32Array(64);
    for (let first = 0; first < 9; first++) {
      for (let count = 1; count < 20; count++) {
        out.fill(0);
        const from = fillWords(out, 7, 3, 3, 11, 2, first, count);
        for (let i = 0; i < count; i++) expect(out[from + i] >>> 0).toBe(word(7, 3, 3, 11, 2, first + i));
      }
    }
  });

  test('every part of an address changes the word', () => {
    const base = [1, 0, 0, 0, 0, 0] as const;
    const seen = new Set<number>([word(...base)]);
    for (let part = 0; part < 6; part++) {
      for (const value of part === 2 ? [1, 2, 3, 4] : [4, 5, 7, 2 ** 16, 2 ** 31]) {
        const a = [...base] as [number, number, 0, number, number, number];
        a[part] = value;
        seen.add(word(...a));
      }
    }
    expect(seen.size).toBe(1 + 5 * 5 + 4);
    expect(word(2 ** 32, 0, 0, 0, 0, 0)).not.toBe(word(0, 0, 0, 0, 0, 0));
    expect(word(1, 0, 0, 2 ** 32, 0, 0)).not.toBe(word(1, 0, 0, 0, 0, 0));
  });

  test('a range that does not fit is an error that says how much is needed', () => {
    expect(() => fillWords(new Int32Array(8), 1, 0, 0, 0, 0, 3, 8)).toThrow(/12 words; `out` has 8/);
  });
});
