/**
 * Threefry4x32-20, the counter-based generator of Salmon, Moraes, Dror & Shaw ("Parallel random numbers: as easy as 1, 2, 3",
 * SC'11): a keyed bijection of 128-bit counters made of additions, rotations and exclusive ors alone, so that a GPU without
 * 64-bit multiplication and a CPU give the same words. Addresses: ./address.ts; specification: docs/paths.md, "Random words".
 */
import type { Stream } from './address.ts';

/** Skein's key-schedule parity constant. */
const PARITY = 0x1bd11bda;

/** The high word of an integer 0 ≤ n < 2⁵³. */
function highWord(n: number): number {
  return Math.floor(n / 4294967296) | 0;
}

/**
 * The blocks of counters (c0, c1, c2, c3), (c0 + 1, c1, c2, c3), … under key (k0, k1, k2, k3): four words each, written to
 * out[0 … 4·blocks). Arguments are taken modulo 2³². Cost: about 120 integer operations a block.
 */
export function threefry4x32(
  out: Int32Array,
  blocks: number,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
  k2: number,
  k3: number,
): void {
  const k4 = k0 ^ k1 ^ k2 ^ k3 ^ PARITY;
  // The injections of the last word, with their round number added.
  const k4a = (k4 + 1) | 0;
  const k0b = (k0 + 2) | 0;
  const k1c = (k1 + 3) | 0;
  const k2d = (k2 + 4) | 0;
  const k3e = (k3 + 5) | 0;
  const y0 = (c0 + k0) | 0;
  const y1 = (c1 + k1) | 0;
  const y2 = (c2 + k2) | 0;
  const y3 = (c3 + k3) | 0;
  let at = 0;
  for (let n = 0; n < blocks; n++) {
    let x0 = (y0 + n) | 0;
    let x1 = y1;
    let x2 = y2;
    let x3 = y3;
    // Twenty rounds of two mixes, a key injection after every fourth; written out so that all of it stays in registers.
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 10) | (x1 >>> 22)) ^ x0;
    x2 = (x2 + x3) | 0;
    x3 = ((x3 << 26) | (x3 >>> 6)) ^ x2;
    x0 = (x0 + x3) | 0;
    x3 = ((x3 << 11) | (x3 >>> 21)) ^ x0;
    x2 = (x2 + x1) | 0;
    x1 = ((x1 << 21) | (x1 >>> 11)) ^ x2;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0;
    x2 = (x2 + x3) | 0;
    x3 = ((x3 << 27) | (x3 >>> 5)) ^ x2;
    x0 = (x0 + x3) | 0;
    x3 = ((x3 << 23) | (x3 >>> 9)) ^ x0;
    x2 = (x2 + x1) | 0;
    x1 = ((x1 << 5) | (x1 >>> 27)) ^ x2;
    x0 = (x0 + k1) | 0;
    x1 = (x1 + k2) | 0;
    x2 = (x2 + k3) | 0;
    x3 = (x3 + k4a) | 0;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0;
    x2 = (x2 + x3) | 0;
    x3 = ((x3 << 20) | (x3 >>> 12)) ^ x2;
    x0 = (x0 + x3) | 0;
    x3 = ((x3 << 17) | (x3 >>> 15)) ^ x0;
    x2 = (x2 + x1) | 0;
    x1 = ((x1 << 11) | (x1 >>> 21)) ^ x2;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 25) | (x1 >>> 7)) ^ x0;
    x2 = (x2 + x3) | 0;
    x3 = ((x3 << 10) | (x3 >>> 22)) ^ x2;
    x0 = (x0 + x3) | 0;
    x3 = ((x3 << 18) | (x3 >>> 14)) ^ x0;
    x2 = (x2 + x1) | 0;
    x1 = ((x1 << 20) | (x1 >>> 12)) ^ x2;
    x0 = (x0 + k2) | 0;
    x1 = (x1 + k3) | 0;
    x2 = (x2 + k4) | 0;
    x3 = (x3 + k0b) | 0;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 10) | (x1 >>> 22)) ^ x0;
    x2 = (x2 + x3) | 0;
    x3 = ((x3 << 26) | (x3 >>> 6)) ^ x2;
    x0 = (x0 + x3) | 0;
    x3 = ((x3 << 11) | (x3 >>> 21)) ^ x0;
    x2 = (x2 + x1) | 0;
    x1 = ((x1 << 21) | (x1 >>> 11)) ^ x2;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0;
    x2 = (x2 + x3) | 0;
    x3 = ((x3 << 27) | (x3 >>> 5)) ^ x2;
    x0 = (x0 + x3) | 0;
    x3 = ((x3 << 23) | (x3 >>> 9)) ^ x0;
    x2 = (x2 + x1) | 0;
    x1 = ((x1 << 5) | (x1 >>> 27)) ^ x2;
    x0 = (x0 + k3) | 0;
    x1 = (x1 + k4) | 0;
    x2 = (x2 + k0) | 0;
    x3 = (x3 + k1c) | 0;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0;
    x2 = (x2 + x3) | 0;
    x3 = ((x3 << 20) | (x3 >>> 12)) ^ x2;
    x0 = (x0 + x3) | 0;
    x3 = ((x3 << 17) | (x3 >>> 15)) ^ x0;
    x2 = (x2 + x1) | 0;
    x1 = ((x1 << 11) | (x1 >>> 21)) ^ x2;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 25) | (x1 >>> 7)) ^ x0;
    x2 = (x2 + x3) | 0;
    x3 = ((x3 << 10) | (x3 >>> 22)) ^ x2;
    x0 = (x0 + x3) | 0;
    x3 = ((x3 << 18) | (x3 >>> 14)) ^ x0;
    x2 = (x2 + x1) | 0;
    x1 = ((x1 << 20) | (x1 >>> 12)) ^ x2;
    x0 = (x0 + k4) | 0;
    x1 = (x1 + k0) | 0;
    x2 = (x2 + k1) | 0;
    x3 = (x3 + k2d) | 0;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 10) | (x1 >>> 22)) ^ x0;
    x2 = (x2 + x3) | 0;
    x3 = ((x3 << 26) | (x3 >>> 6)) ^ x2;
    x0 = (x0 + x3) | 0;
    x3 = ((x3 << 11) | (x3 >>> 21)) ^ x0;
    x2 = (x2 + x1) | 0;
    x1 = ((x1 << 21) | (x1 >>> 11)) ^ x2;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0;
    x2 = (x2 + x3) | 0;
    x3 = ((x3 << 27) | (x3 >>> 5)) ^ x2;
    x0 = (x0 + x3) | 0;
    x3 = ((x3 << 23) | (x3 >>> 9)) ^ x0;
    x2 = (x2 + x1) | 0;
    x1 = ((x1 << 5) | (x1 >>> 27)) ^ x2;
    x0 = (x0 + k0) | 0;
    x1 = (x1 + k1) | 0;
    x2 = (x2 + k2) | 0;
    x3 = (x3 + k3e) | 0;
    out[at] = x0;
    out[at + 1] = x1;
    out[at + 2] = x2;
    out[at + 3] = x3;
    at += 4;
  }
}

/**
 * The words of indices first, …, first + count − 1 at an address, as whole blocks: out[0] is the word of index 4⌊first/4⌋, so
 * index `first` lies at position first mod 4, which is returned. `out` holds at least 4(⌈(first + count)/4⌉ − ⌊first/4⌋) words
 * (signed: take `>>> 0` for the word). Throws a RangeError where it does not.
 */
export function fillWords(
  out: Int32Array,
  seed: number,
  replica: number,
  stream: Stream,
  step: number,
  sub: number,
  first: number,
  count: number,
): number {
  const start = Math.floor(first / 4);
  const blocks = Math.ceil((first + count) / 4) - start;
  if (out.length < 4 * blocks) {
    throw new RangeError(
      `fillWords: ${count} words from index ${first} need room for whole blocks, ${4 * blocks} words; \`out\` has ${out.length}. Pass a longer array.`,
    );
  }
  threefry4x32(out, blocks, start, step | 0, highWord(step), sub, seed | 0, highWord(seed), replica, stream);
  return first & 3;
}

const block = new Int32Array(4);

/** The word of one index, an integer 0 ≤ word < 2³². For single draws: `fillWords` costs a quarter of it a word. */
export function word(seed: number, replica: number, stream: Stream, step: number, sub: number, index: number): number {
  return block[fillWords(block, seed, replica, stream, step, sub, index, 1)] >>> 0;
}
