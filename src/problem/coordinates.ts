/** Views of a problem: its start in hyperbolic coordinates, and its distinct coordinates with their counts. */
import { toP, toQ } from './hyperbolic.ts';
import type { Problem } from './types.ts';

/** Initial p and q (src/problem/hyperbolic.ts) of every coordinate. */
export function hyperbolicStart(problem: Problem): { p: Float64Array; q: Float64Array } {
  const { dimension, parametrization, u0, v0 } = problem;
  const p = new Float64Array(dimension);
  const q = new Float64Array(dimension);
  for (let i = 0; i < dimension; i++) {
    p[i] = toP(parametrization, u0[i], v0[i]);
    q[i] = toQ(parametrization, u0[i], v0[i]);
  }
  return { p, q };
}

/** The empirical law of (λ, b, u(0), v(0)): one entry for each distinct value, in the order of first appearance. */
export interface DistinctCoordinates {
  readonly lambda: Float64Array;
  readonly b: Float64Array;
  readonly u0: Float64Array;
  readonly v0: Float64Array;
  /** How many coordinates share the entry; sums to d. */
  readonly count: Float64Array;
}

/** Groups equal coordinates. Expected O(d) time by hashing; −0 and 0 are the same. */
export function distinctCoordinates(problem: Problem): DistinctCoordinates {
  const work = groupCoordinates(problem);
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** The same, giving control back now and then. */
export function* groupCoordinates(problem: Problem): Generator<void, DistinctCoordinates> {
  const { dimension: d } = problem;
  const { lambda, b, u0, v0 } = problem;
  const slots = 2 ** Math.ceil(Math.log2(2 * d + 2));
  /** Open addressing: 1 + group, 0 if empty. */
  const table = new Int32Array(slots);
  const firsts = new Int32Array(d);
  const counts = new Float64Array(d);
  let groups = 0;
  const scratch = new Float64Array(4);
  const words = new Int32Array(scratch.buffer);
  for (let i = 0; i < d; i++) {
    if ((i & 0xffff) === 0xffff) yield;
    scratch[0] = lambda[i];
    scratch[1] = b[i] + 0; // −0 + 0 = 0
    scratch[2] = u0[i] + 0;
    scratch[3] = v0[i] + 0;
    let hash = 0;
    for (let w = 0; w < 8; w++) hash = mix(hash, words[w]);
    let slot = (hash ^ (hash >>> 15)) & (slots - 1);
    for (;;) {
      const group = table[slot] - 1;
      if (group < 0) {
        table[slot] = ++groups;
        firsts[groups - 1] = i;
        counts[groups - 1] = 1;
        break;
      }
      const j = firsts[group];
      if (lambda[i] === lambda[j] && b[i] === b[j] && u0[i] === u0[j] && v0[i] === v0[j]) {
        counts[group]++;
        break;
      }
      slot = (slot + 1) & (slots - 1);
    }
  }
  const taken = [lambda, b, u0, v0].map(() => new Float64Array(groups));
  for (const [k, column] of [lambda, b, u0, v0].entries()) {
    for (let group = 0; group < groups; group++) {
      if ((group & 0xffff) === 0xffff) yield;
      taken[k][group] = column[firsts[group]];
    }
  }
  return { lambda: taken[0], b: taken[1], u0: taken[2], v0: taken[3], count: counts.slice(0, groups) };
}

/** One round of Murmur3's 32-bit mixing. */
function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  const h = hash ^ k;
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}
