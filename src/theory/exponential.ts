/**
 * e^x − 1 for x ≥ 0, within 3.5 units of the last place: the solver evaluates it at every node of every stage, where it takes half the time of Math.expm1 and
 * can be compiled into the caller's loop. x = (32k + j)·ln 2/32 + r, |r| ≤ ln 2/64: 2^k(2^{j/32}(e^r − 1) + 2^{j/32} − 1) + (2^k − 1).
 */

const PARTS = 32;
/** ln 2/32 in two parts, of which the first times any integer below 2²⁰ is exact; that of ln 2: FreeBSD's e_exp.c. */
const HIGH = 0.6931471803691238 / PARTS;
const LOW = 1.9082149292705877e-10 / PARTS;
const PER_PART = PARTS / Math.LN2;
/** Beyond, 2^k overflows before the result does. */
const MOST = 709;

const powers = Float64Array.from({ length: 1024 }, (_, k) => 2 ** k);
const roots = Float64Array.from({ length: PARTS }, (_, j) => 2 ** (j / PARTS));
const rootsLessOne = Float64Array.from({ length: PARTS }, (_, j) => Math.expm1((j * Math.LN2) / PARTS));

export function expm1(x: number): number {
  if (!(x < MOST)) return Math.expm1(x);
  const n = (x * PER_PART + 0.5) | 0;
  const r = x - n * HIGH - n * LOW;
  const square = r * r;
  const p = r + square * (1 / 2 + r * (1 / 6) + square * (1 / 24 + r * (1 / 120) + square * (1 / 720)));
  const power = powers[n >> 5];
  const j = n & (PARTS - 1);
  return power * (roots[j] * p + rootsLessOne[j]) + (power - 1);
}
