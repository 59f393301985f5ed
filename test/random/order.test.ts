/** The order in which finite data is taken: docs/paths.md, "Finite data". */
import { describe, expect, it } from 'vitest';
import { permuted, RowOrder, Stream, word } from '../../src/random/index.ts';

const rowsOf = (
  n: number,
  order: 'with-replacement' | 'shuffled' | 'cyclic',
  m: number,
  steps: number,
  replica = 0,
) => {
  const rows = new RowOrder({ samples: n, order }, m, 11);
  return Array.from({ length: steps * m }, (_, s) => rows.row(replica, Math.floor(s / m), s % m));
};

/** The specification once more, in 64-bit integers. */
function permutedAsWritten(position: number, n: number, keys: readonly number[]): number {
  let h = 1n;
  while (4n ** h < BigInt(n)) h++;
  const mix = (x: bigint) => {
    let z = x ^ (x >> 16n);
    z = (z * 0x85ebca6bn) % 2n ** 32n;
    z ^= z >> 13n;
    z = (z * 0xc2b2ae35n) % 2n ** 32n;
    return z ^ (z >> 16n);
  };
  let x = BigInt(position);
  do {
    let [left, right] = [x / 2n ** h, x % 2n ** h];
    for (const key of keys) [left, right] = [right, left ^ (mix(right ^ BigInt(key)) % 2n ** h)];
    x = left * 2n ** h + right;
  } while (x >= BigInt(n));
  return Number(x);
}

/** Pearson's statistic beyond its mean, in its standard deviations. */
function excess(counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const mean = total / counts.length;
  const chi = counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
  const free = counts.length - 1;
  return (chi - free) / Math.sqrt(2 * free);
}

describe('shuffled', () => {
  it.each([1, 2, 3, 4, 5, 16, 17, 60, 100, 1000, 4097])('every epoch takes each of %i samples once', (n) => {
    for (const m of [1, Math.max(1, n - 1), Math.ceil(n / 3)].filter((size) => size < n || n === 1)) {
      const rows = rowsOf(n, 'shuffled', m, Math.ceil((3 * n) / m));
      for (let epoch = 0; epoch < 3; epoch++) {
        const sorted = rows.slice(epoch * n, (epoch + 1) * n).sort((a, b) => a - b);
        expect(sorted).toEqual(Array.from({ length: n }, (_, i) => i));
      }
    }
  });

  it.each([2, 7, 150, 5000])('is the specification, n = %i', (n) => {
    const rows = rowsOf(n, 'shuffled', 1, 3 * n, 5);
    for (let s = 0; s < 3 * n; s += Math.ceil(n / 50)) {
      const epoch = Math.floor(s / n);
      const keys = Array.from({ length: 8 }, (_, k) => word(11, 5, Stream.order, epoch, 1, k));
      expect(rows[s]).toBe(permutedAsWritten(s % n, n, keys));
    }
  });

  it('takes all permutations of 4 alike, and every place for every sample', () => {
    const counts = new Map<string, number>();
    const rows = rowsOf(4, 'shuffled', 1, 4 * 24_000);
    for (let k = 0; k < rows.length; k += 4) {
      const key = rows.slice(k, k + 4).join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(Math.abs(excess([...counts.values()]))).toBeLessThan(4.5);
    for (const n of [6, 50]) {
      const places = new Array(n * n).fill(0);
      const followers = new Array(n * n).fill(0);
      const long = rowsOf(n, 'shuffled', 1, n * 20_000);
      long.forEach((row, s) => {
        places[(s % n) * n + row]++;
        if (s % n > 0) followers[long[s - 1] * n + row]++;
      });
      expect(Math.abs(excess(places))).toBeLessThan(4.5);
      expect(Math.abs(excess(followers.filter((_, i) => i % (n + 1) !== 0)))).toBeLessThan(4.5);
    }
  });

  it('differs between epochs, replicas and seeds', () => {
    const one = rowsOf(100, 'shuffled', 1, 200);
    expect(one.slice(0, 100)).not.toEqual(one.slice(100));
    expect(rowsOf(100, 'shuffled', 1, 100, 1)).not.toEqual(one.slice(0, 100));
    const other = new RowOrder({ samples: 100, order: 'shuffled' }, 1, 12);
    expect(Array.from({ length: 100 }, (_, s) => other.row(0, s, 0))).not.toEqual(one.slice(0, 100));
  });

  it('needs no walk of more than some steps for the largest dataset', () => {
    const n = 2 ** 24 - 3;
    const keys = Int32Array.from({ length: 8 }, (_, k) => 77 * k + 5);
    const seen = new Set(Array.from({ length: 1000 }, (_, s) => permuted(s, n, keys)));
    expect(seen.size).toBe(1000);
    for (const row of seen) expect(row).toBeLessThan(n);
  });
});

it('with replacement, all samples are alike, and ⌊w·n/2³²⌋ of their words', () => {
  const n = 37;
  const counts = new Array(n).fill(0);
  for (const row of rowsOf(n, 'with-replacement', 5, 40_000)) counts[row]++;
  expect(Math.abs(excess(counts))).toBeLessThan(4.5);
  for (const large of [37, 2 ** 24 - 1]) {
    const rows = new RowOrder({ samples: large, order: 'with-replacement' }, 6, 3);
    for (let step = 0; step < 50; step++)
      for (let j = 0; j < 6; j++) {
        const w = BigInt(word(3, 9, Stream.order, step, 0, j));
        expect(rows.row(9, step, j)).toBe(Number((w * BigInt(large)) >> 32n));
      }
  }
});

it('cyclic goes round, across batches that do not divide n', () => {
  expect(rowsOf(5, 'cyclic', 3, 4)).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1]);
});

it.each(['with-replacement', 'shuffled', 'cyclic'] as const)('a batch of all takes each once, %s', (order) => {
  expect(rowsOf(6, order, 6, 2)).toEqual([0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5]);
});
