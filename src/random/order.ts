/** Which row of finite data each sample of each step is (docs/paths.md, "Finite data"); twin of shaders/lib/order.wgsl. */
import type { FiniteData } from '../problem/types.ts';
import { Stream } from './address.ts';
import { fillWords } from './threefry.ts';

/** Rounds of the Feistel network, one key each. */
const ROUNDS = 8;

/** The finalizer of MurmurHash3: a bijection of 32-bit integers that spreads each bit over all. */
function mix(x: number): number {
  let z = x ^ (x >>> 16);
  z = Math.imul(z, 0x85ebca6b);
  z ^= z >>> 13;
  z = Math.imul(z, 0xc2b2ae35);
  return z ^ (z >>> 16);
}

/** Bits of a half of the smallest domain 4^h that holds n indices. */
export function halfBits(n: number): number {
  return Math.max(1, Math.ceil((32 - Math.clz32(n - 1)) / 2));
}

/** Where a permutation of 0 … n − 1 takes a position: a Feistel network on 4^h indices, walked until it is back among the first n. */
export function permuted(position: number, n: number, keys: Int32Array): number {
  const h = halfBits(n);
  const mask = (1 << h) - 1;
  let x = position;
  do {
    let left = x >>> h;
    let right = x & mask;
    for (let k = 0; k < ROUNDS; k++) {
      const next = left ^ (mix(right ^ keys[k]) & mask);
      left = right;
      right = next;
    }
    x = (left << h) | right;
  } while (x >= n);
  return x;
}

/** ⌊w·n/2³²⌋ for a word of 32 bits and n ≤ 2²⁴. */
export function scaled(w: number, n: number): number {
  const high = (w >>> 16) * n;
  const low = (w & 0xffff) * n;
  return Math.floor((high + Math.floor(low / 65536)) / 65536);
}

/** The rows of one run. O(1) memory; some ns a row, and a microsecond an epoch. */
export class RowOrder {
  readonly #data: Pick<FiniteData, 'samples' | 'order'>;
  readonly #batch: number;
  readonly #seed: number;
  readonly #keys = new Int32Array(ROUNDS);
  readonly #words: Int32Array;
  #replica = -1;
  #epoch = -1;
  #wordsOf = { replica: -1, step: -1, block: -1 };

  constructor(data: Pick<FiniteData, 'samples' | 'order'>, batchSize: number, seed: number) {
    this.#data = data;
    this.#batch = batchSize;
    this.#seed = seed;
    this.#words = new Int32Array(4);
  }

  /** Row of sample j of a step. */
  row(replica: number, step: number, j: number): number {
    const { samples: n, order } = this.#data;
    if (this.#batch === n) return j;
    if (order === 'with-replacement') return scaled(this.#word(replica, step, j), n);
    const taken = step * this.#batch + j;
    const epoch = Math.floor(taken / n);
    const position = taken - epoch * n;
    if (order === 'cyclic') return position;
    if (replica !== this.#replica || epoch !== this.#epoch) {
      fillWords(this.#keys, this.#seed, replica, Stream.order, epoch, 1, 0, ROUNDS);
      this.#replica = replica;
      this.#epoch = epoch;
    }
    return permuted(position, n, this.#keys);
  }

  #word(replica: number, step: number, j: number): number {
    const at = this.#wordsOf;
    const block = j >>> 2;
    if (at.replica !== replica || at.step !== step || at.block !== block) {
      fillWords(this.#words, this.#seed, replica, Stream.order, step, 0, 4 * block, 4);
      this.#wordsOf = { replica, step, block };
    }
    return this.#words[j & 3];
  }
}

/** The dataset that a replica trains on: datasets have the numbers of replicas. */
export function datasetOf({ shared }: { readonly shared: boolean }, replica: number): number {
  return shared ? 0 : replica;
}
