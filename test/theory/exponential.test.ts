/** The solver's own e^x − 1 against series and functions that do not share its tables. */
import { expect, it } from 'vitest';
import { expm1 } from '../../src/theory/exponential.ts';

/** Math.expm1 is within one unit of the last place in V8 (FreeBSD's s_expm1.c), ours within 3.5: 5 · 2⁻⁵² leaves nothing of a wrong table entry. */
const BOUND = 5 * 2 ** -52;

it('is e^x − 1 to a few units of the last place, for every part of a table and every power of two', () => {
  let worst = 0;
  for (let k = 0; k <= 1022; k++)
    for (let j = 0; j < 32; j++)
      for (const place of [-0.499, -0.2, 0, 0.31, 0.499]) {
        const x = ((32 * k + j + place) * Math.LN2) / 32;
        if (x > 0) worst = Math.max(worst, Math.abs(expm1(x) / Math.expm1(x) - 1));
      }
  expect(worst).toBeLessThan(BOUND);
});

it('keeps its relative accuracy near 0', () => {
  for (let x = 1e-300; x < 1e-2; x *= 1.7) {
    const series = x * (1 + (x / 2) * (1 + (x / 3) * (1 + (x / 4) * (1 + (x / 5) * (1 + x / 6)))));
    expect(Math.abs(expm1(x) / series - 1)).toBeLessThan(BOUND);
  }
  expect(expm1(0)).toBe(0);
});

it('overflows where e^x does, and passes on what is no number', () => {
  expect(expm1(709)).toBeLessThan(Number.MAX_VALUE);
  expect(Math.abs(expm1(709.7) / Math.expm1(709.7) - 1)).toBeLessThan(BOUND);
  expect([expm1(710), expm1(Number.POSITIVE_INFINITY), expm1(Number.NaN)]).toEqual([Infinity, Infinity, Number.NaN]);
});
