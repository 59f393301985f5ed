import { describe, expect, test } from 'vitest';
import {
  cosTurn,
  fillFeatures,
  fillNormals,
  minusTwoLogUniform,
  normal,
  normalsFromWords,
  sinTurn,
  studentFromWords,
  uniformFromWord,
} from '../../src/random/index.ts';
import { featureAnswers, normalAnswers } from './known-answers.ts';

/** Words at and around the ends, the powers of two, the quadrant borders and the point where the mantissa is halved. */
const extremes: number[] = [];
for (let k = 0; k <= 32; k++) {
  for (const f of [1, 1.5, Math.SQRT2]) {
    for (let j = -2; j <= 2; j++) {
      const w = Math.floor(2 ** k * f) + j;
      if (w >= 0 && w < 2 ** 32) extremes.push(w, 2 ** 32 - 1 - w);
    }
  }
}

const relative = (x: number, exact: number) => Math.abs(x / exact - 1);

describe('elementary functions', () => {
  test('the logarithm agrees with Math.log to 1e-15 (relative) at extreme and ordinary words', () => {
    let worst = 0;
    const check = (w: number) => {
      // For U > ½ the reference is log1p of the exact complement.
      const exact =
        w < 2 ** 31 ? -2 * Math.log((w + 0.5) * 2 ** -32) : -2 * Math.log1p(-(2 ** 32 - w - 0.5) * 2 ** -32);
      worst = Math.max(worst, relative(minusTwoLogUniform(w), exact));
    };
    for (const w of extremes) check(w);
    for (let k = 0; k < 100_000; k++) check((k * 2654435761 + 12345) % 2 ** 32);
    expect(worst).toBeLessThan(1e-15);
  });

  test('sine and cosine agree with Math.sin and Math.cos to 1e-15 (relative, also near their zeros)', () => {
    let worst = 0;
    const check = (w: number) => {
      // Reduced to the first eighth of a turn by integers, so that the reference does not cancel either.
      const q = Math.floor((w + 2 ** 29) / 2 ** 30);
      const t = (2 * (w - q * 2 ** 30) + 1) * 2 ** -32 * Math.PI;
      const exact = [
        [Math.cos(t), Math.sin(t)],
        [-Math.sin(t), Math.cos(t)],
        [-Math.cos(t), -Math.sin(t)],
        [Math.sin(t), -Math.cos(t)],
      ][q % 4];
      worst = Math.max(worst, relative(cosTurn(w), exact[0]), relative(sinTurn(w), exact[1]));
    };
    for (const w of extremes) check(w);
    for (let k = 0; k < 100_000; k++) check((k * 2654435761 + 54321) % 2 ** 32);
    expect(worst).toBeLessThan(1e-15);
  });
});

describe('normals', () => {
  test.each(normalAnswers)('known answer of words $words', ({ words, normals }) => {
    const out = new Float64Array(4);
    normalsFromWords(out, 0, Int32Array.from(words), 1);
    for (let k = 0; k < 4; k++) expect(relative(out[k], normals[k])).toBeLessThan(1.5e-15);
  });

  test('no word gives NaN, infinity, zero or more than 6.764', () => {
    const out = new Float64Array(4);
    for (const w of extremes) {
      for (const v of extremes) {
        normalsFromWords(out, 0, Int32Array.of(w, v, v, w), 1);
        for (const z of out) {
          if (!(Math.abs(z) > 0 && Math.abs(z) < 6.764)) expect.fail(`words ${w}, ${v} give ${z}`);
        }
      }
    }
  });

  test('fillNormals is the same wherever the range begins and ends, and at any offset', () => {
    const all = new Float64Array(5000);
    fillNormals(all, 0, 5000, 5, 1, 3, 9, 0, 0);
    for (const [first, count] of [
      [0, 1],
      [1, 1],
      [1, 2],
      [3, 2],
      [2, 9],
      [5, 4990],
      [4, 4096],
      [7, 2061],
    ]) {
      const part = new Float64Array(count + 3);
      fillNormals(part, 2, count, 5, 1, 3, 9, 0, first);
      expect(part.slice(2, 2 + count)).toEqual(all.slice(first, first + count));
      expect(part[count + 2]).toBe(0);
    }
    for (let i = 0; i < 9; i++) expect(normal(5, 1, 3, 9, 0, i)).toBe(all[i]);
  });
});

describe('features', () => {
  test.each(featureAnswers)('known answers of word $word', (a) => {
    expect(relative(uniformFromWord(a.word), a.uniform)).toBeLessThan(1e-15);
    expect(relative(studentFromWords(a.word, a.auxiliary, a.degrees), a.student)).toBeLessThan(3e-15);
  });

  test.each([
    { kind: 'rademacher' as const },
    { kind: 'uniform' as const },
    { kind: 'student-t' as const, degrees: 20 },
    { kind: 'gaussian' as const },
  ])('$kind: mean 0, variance 1, and fills agree over ranges', (law) => {
    const n = 400_000;
    const g = new Float64Array(n);
    fillFeatures(law, g, 0, n, 3, 0, 1, 0, 0);
    const part = new Float64Array(3000);
    fillFeatures(law, part, 0, 3000, 3, 0, 1, 0, 1234);
    expect(part).toEqual(g.slice(1234, 4234));
    let m1 = 0;
    let m2 = 0;
    let m4 = 0;
    for (const x of g) {
      m1 += x;
      m2 += x * x;
      m4 += x ** 4;
    }
    m1 /= n;
    m2 /= n;
    m4 /= n;
    // Five standard errors each: false alarm below 6e-7 a comparison. E x⁴ is 1, 9/5, 3(ν−2)/(ν−4) with ν = 20, and 3.
    const fourth = { rademacher: 1, uniform: 1.8, 'student-t': 54 / 16, gaussian: 3 }[law.kind];
    expect(Math.abs(m1)).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(m2 - 1)).toBeLessThan(5 * Math.sqrt((fourth - 1) / n) + 1e-12);
    // E x⁸ is 1, 9, 105(ν−2)³/((ν−4)(ν−6)(ν−8)) with ν = 20, and 105.
    const eighth = { rademacher: 1, uniform: 9, 'student-t': (105 * 18 ** 3) / (16 * 14 * 12), gaussian: 105 }[
      law.kind
    ];
    expect(Math.abs(m4 - fourth)).toBeLessThan(5 * Math.sqrt((eighth - fourth ** 2) / n) + 1e-12);
  });
});
