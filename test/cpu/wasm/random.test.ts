import { describe, expect, test } from 'vitest';
import { binary } from '../../../src/cpu/wasm/generated/random.ts';
import { instantiate } from '../../../src/cpu/wasm/modules.ts';
import { normalsFromWords, studentFromWords, threefry4x32, uniformFromWord } from '../../../src/random/index.ts';
import { threefryAnswers } from '../../random/known-answers.ts';

interface RandomExports {
  fillWords(dst: number, groups: number, quad: number, ...counterAndKey: number[]): void;
  fillNormals(dst: number, groups: number, quad: number, ...counterAndKey: number[]): void;
  gaussian(at: number, groups: number): void;
  rademacher(at: number, groups: number): void;
  uniform(at: number, groups: number): void;
  studentT(at: number, other: number, groups: number, degrees: number): void;
}

const AT = 1024;
const OTHER = 1 << 20;
const memory = new WebAssembly.Memory({ initial: 40 });
const kernel = await instantiate<RandomExports>(binary, memory);

/** Position of word j of counter c in the words the kernel writes: groups of four counters, one word of each a vector. */
const position = (c: number, j: number) => 16 * (c >> 2) + 4 * j + (c & 3);

/** Puts words, in index order, where `fillWords` would have put them. */
function place(words: ArrayLike<number>, at = AT): void {
  const view = new Int32Array(memory.buffer, at, words.length);
  for (let i = 0; i < words.length; i++) view[position(i >> 2, i & 3)] = words[i];
}

const output = (count: number) => Array.from(new Float32Array(memory.buffer, AT, count));

/** Words whose uniforms reach both ends, cross every quadrant and octant, and sit at the logarithm's own seams. */
const EDGES = [
  0, 1, 2, 3, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff, 0xfffffff0, 0x10000000, 0x1fffffff,
  0x20000000, 0x20000001, 0x3fffffff, 0x40000000, 0x5fffffff, 0x60000000, 0x9fffffff, 0xa0000000, 0xbfffffff,
  0xc0000000, 0xdfffffff, 0xe0000000, 0xb504f333, 0xb504f334, 0xb504f335, 0x5a827999, 0x5a82799a, 0x00800000,
  0x00ffffff, 0x01000001,
]; // prettier-ignore

describe('Threefry4x32-20 on four lanes', () => {
  test.each(threefryAnswers)('known answer $counter', ({ counter, key, words }) => {
    kernel.fillWords(AT, 1, counter[0], counter[1], counter[2], counter[3], key[0], key[1], key[2], key[3]);
    const view = new Uint32Array(memory.buffer, AT, 16);
    expect([0, 1, 2, 3].map((j) => view[position(0, j)])).toEqual([...words]);
  });

  test('every lane and group is the block of its own counter, across the wrap at 2³²', () => {
    const first = 0xfffffff6;
    kernel.fillWords(AT, 5, first, 7, 11, 13, 17, 19, 23, 29);
    const view = new Int32Array(memory.buffer, AT, 80);
    const expected = new Int32Array(4);
    for (let c = 0; c < 20; c++) {
      threefry4x32(expected, 1, (first + c) | 0, 7, 11, 13, 17, 19, 23, 29);
      expect([0, 1, 2, 3].map((j) => view[position(c, j)])).toEqual([...expected]);
    }
  });
});

/** 16·4096 random words with every pair of edge words in front; a multiple of 16 in all. */
function manyWords(): Int32Array {
  const pairs = EDGES.flatMap((a) => EDGES.flatMap((b) => [a, b]));
  const words = new Int32Array(pairs.length + 65536);
  words.set(pairs.map((w) => w | 0));
  const block = new Int32Array(4);
  for (let i = pairs.length; i < words.length; i += 4) {
    threefry4x32(block, 1, i, 0, 0, 0, 42, 0, 0, 0);
    words.set(block, i);
  }
  return words;
}

describe('laws against the f64 definition', () => {
  const words = manyWords();
  const groups = words.length / 16;

  test('normals within 2e-7 (1 + |z|), tails and seams included', () => {
    const expected = new Float64Array(words.length);
    normalsFromWords(expected, 0, words, words.length / 4);
    place(words);
    kernel.gaussian(AT, groups);
    const z = output(words.length);
    let worst = 0;
    expected.forEach((x, i) => {
      worst = Math.max(worst, Math.abs(z[i] - x) / (1 + Math.abs(x)));
    });
    expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(6.7);
    expect(worst).toBeLessThan(2e-7);
  });

  test('normals have no rounding bias in mean or variance beyond 1e-8', () => {
    // Against the twin on the same words, so that the sampling error (1/√n) cancels.
    const random = words.subarray(words.length - 65536);
    const expected = new Float64Array(random.length);
    normalsFromWords(expected, 0, random, random.length / 4);
    place(random);
    kernel.gaussian(AT, random.length / 16);
    const z = output(random.length);
    let mean = 0;
    let variance = 0;
    expected.forEach((x, i) => {
      mean += z[i] - x;
      variance += z[i] * z[i] - x * x;
    });
    expect(Math.abs(mean / z.length)).toBeLessThan(1e-8);
    expect(Math.abs(variance / z.length)).toBeLessThan(3e-8);
  });

  test('rademacher exactly', () => {
    place(words);
    kernel.rademacher(AT, groups);
    expect(output(words.length)).toEqual(Array.from(words, (w) => (w < 0 ? -1 : 1)));
  });

  test('uniform within 2e-7 |g|', () => {
    place(words);
    kernel.uniform(AT, groups);
    const worst = output(words.length).reduce((w, g, i) => {
      const x = uniformFromWord(words[i]);
      return Math.max(w, Math.abs(g - x) / Math.abs(x));
    }, 0);
    expect(worst).toBeLessThan(2e-7);
  });

  test.each([2.1, 3, 5, 30])('Student t with %d degrees within 2e-6 |g| + 2e-7', (degrees) => {
    // Relative: e^y − 1 at y = −2 ln U/ν of f32 has relative error y·6e-8, and y ≤ 46/ν ≤ 22.
    const turns = words.map((_, i) => words[words.length - 1 - i]);
    place(words);
    place(turns, OTHER);
    kernel.studentT(AT, OTHER, groups, degrees);
    const worst = output(words.length).reduce((w, g, i) => {
      const x = studentFromWords(words[i], turns[i], degrees);
      return Math.max(w, Math.abs(g - x) / (2e-6 * Math.abs(x) + 2e-7));
    }, 0);
    expect(worst).toBeLessThan(1);
  });
});
