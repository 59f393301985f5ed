/** shaders/lib against src/random: integers word for word, normals and features within bounds of f32 arithmetic. */
import { afterAll, describe, expect, it } from 'vitest';
import { probe } from '../../src/gpu/index.ts';
import { fillWords, normalsFromWords, Stream, studentFromWords } from '../../src/random/index.ts';
import { featureAnswers, normalAnswers, threefryAnswers } from '../random/known-answers.ts';
import { closeTestDevice, floatsOf, testDevice } from './device.ts';

afterAll(closeTestDevice);

/** Words in which every magnitude of U and 1 − U and every octant occurs, with the ends. */
function hardWords(): number[] {
  const words = [0, 1, 2, 0xffffffff, 0xfffffffe, 0x7fffffff, 0x80000000, 0x80000001, 0xb504f333, 0xb504f334];
  for (let k = 0; k < 32; k++)
    words.push(2 ** k, 2 ** k - 1, 0xffffffff - 2 ** k, Math.floor(2 ** k * 1.41421356) >>> 0);
  for (let k = 0; k < 16; k++) words.push((k * 2 ** 28) >>> 0, (k * 2 ** 28 - 1) >>> 0, (k * 2 ** 28 + 12345) >>> 0);
  return words;
}

describe('threefry', () => {
  it('gives the published words', async () => {
    const inputs = Uint32Array.from(threefryAnswers.flatMap(({ key, counter }) => [...key, ...counter]));
    const words = await probe(await testDevice(), 'threefry_words', inputs);
    expect([...words]).toEqual(threefryAnswers.flatMap((answer) => answer.words));
  });

  it('gives the words of src/random at 10,000 addresses', async () => {
    const [seed, replica, step, sub] = [2 ** 52 + 12345, 4_000_000_000, 2 ** 33 + 7, 5];
    const stream = Stream.brownian;
    const blocks = 10_000;
    const expected = new Int32Array(4 * blocks);
    fillWords(expected, seed, replica, stream, step, sub, 0, 4 * blocks);
    const inputs = new Uint32Array(8 * blocks);
    for (let k = 0; k < blocks; k++) {
      inputs.set(
        [
          seed % 2 ** 32,
          Math.floor(seed / 2 ** 32),
          replica,
          stream,
          k,
          step % 2 ** 32,
          Math.floor(step / 2 ** 32),
          sub,
        ],
        8 * k,
      );
    }
    const words = await probe(await testDevice(), 'threefry_words', inputs);
    expect(words).toEqual(new Uint32Array(expected.buffer));
  });
});

describe('normals', () => {
  /** Largest |z − z_f64| / (1 + |z_f64|) over the quads. */
  async function worst(words: Uint32Array): Promise<{ error: number; largest: number }> {
    const expected = new Float64Array(words.length);
    normalsFromWords(expected, 0, new Int32Array(words.buffer), words.length / 4);
    const z = floatsOf(await probe(await testDevice(), 'normals', words));
    let error = 0;
    let largest = 0;
    for (let i = 0; i < z.length; i++) {
      const off = Math.abs(z[i] - expected[i]) / (1 + Math.abs(expected[i]));
      error = Number.isFinite(z[i]) ? Math.max(error, off) : Number.POSITIVE_INFINITY;
      largest = Math.max(largest, Math.abs(expected[i]));
    }
    return { error, largest };
  }

  it('match the answers computed at 50 digits', async () => {
    const words = Uint32Array.from(normalAnswers.flatMap((answer) => answer.words));
    const z = floatsOf(await probe(await testDevice(), 'normals', words));
    normalAnswers
      .flatMap((answer) => answer.normals)
      .forEach((expected, i) => {
        expect(Math.abs(z[i] - expected)).toBeLessThanOrEqual(2e-7 * (1 + Math.abs(expected)));
      });
  });

  it('stay within 2e-7 (1 + |z|) of the f64 twin on every pair of hard words, tails to 6.76 included', async () => {
    const hard = hardWords();
    const words = new Uint32Array(4 * hard.length * hard.length);
    let at = 0;
    for (const a of hard) for (const b of hard) words.set([a, b, b, a], at++ * 4);
    const { error, largest } = await worst(words);
    expect(largest).toBeGreaterThan(6.7);
    expect(error).toBeLessThanOrEqual(2e-7);
  });

  it('stay within 2e-7 (1 + |z|) of the f64 twin on 400,000 random words', async () => {
    const words = new Int32Array(400_000);
    fillWords(words, 11, 0, 0, 0, 0, 0, words.length);
    expect((await worst(new Uint32Array(words.buffer))).error).toBeLessThanOrEqual(2e-7);
  });
});

describe('other functions', () => {
  it("Student's t matches the f64 twin", async () => {
    const hard = hardWords();
    const random = new Int32Array(4096);
    fillWords(random, 12, 0, 0, 0, 0, 0, random.length);
    const pairs = [
      ...hard.map((w, i) => [w, hard[(7 * i + 3) % hard.length]]),
      ...Array.from(random, (w, i) => [w >>> 0, random[random.length - 1 - i] >>> 0]),
    ];
    while (pairs.length % 4 !== 0) pairs.push([1, 2]);
    const inputs = new Uint32Array(2 * pairs.length);
    pairs.forEach(([w, turn], i) => {
      inputs[8 * (i >> 2) + (i & 3)] = w;
      inputs[8 * (i >> 2) + 4 + (i & 3)] = turn;
    });
    const x = floatsOf(await probe(await testDevice(), 'student', inputs));
    // Relative: 1e-7 in log U, times 2/ν of up to 22.9 in the exponent; ν = 5.
    pairs.forEach(([w, turn], i) => {
      const expected = studentFromWords(w | 0, turn | 0, 5);
      expect(Math.abs(x[i] - expected)).toBeLessThanOrEqual(2e-6 * Math.abs(expected) + 2e-7);
    });
  });

  it('agrees with the published Student answer for ν = 5', async () => {
    for (const { word, auxiliary, degrees, student } of featureAnswers.filter((answer) => answer.degrees === 5)) {
      expect(degrees).toBe(5);
      const x = floatsOf(
        await probe(
          await testDevice(),
          'student',
          Uint32Array.of(word, word, word, word, auxiliary, auxiliary, auxiliary, auxiliary),
        ),
      );
      for (const value of x) expect(Math.abs(value - student)).toBeLessThanOrEqual(2e-6 * Math.abs(student) + 2e-7);
    }
  });

  it('expm1 keeps its relative precision from 1e-30 to 80', async () => {
    const arguments_ = Float32Array.from(
      { length: 4096 },
      (_, i) => (i % 2 ? -1 : 1) * 10 ** (-30 + (31.9 * i) / 4096),
    );
    const y = floatsOf(await probe(await testDevice(), 'expm1_probe', new Uint32Array(arguments_.buffer)));
    arguments_.forEach((x, i) => {
      const expected = Math.expm1(x);
      // 3e-7, and the rounding of k ln 2 (k up to 115) in the exponent of large results.
      expect(Math.abs(y[i] - expected)).toBeLessThanOrEqual((3e-7 + 1.2e-7 * Math.abs(x)) * Math.abs(expected));
    });
  });
});
