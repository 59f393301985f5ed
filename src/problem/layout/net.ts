/**
 * Orders for quantities that are to be independent of the coordinates' own order and of each other: the first d points of Sobol's sequence
 * (1967) in three dimensions, each scrambled as Owen (1995) does, by Laine and Karras's hash with the constants of Burley (2020). Together with i/d they
 * are low-discrepancy points in four dimensions for every d: means of products of smooth functions factorize to about O(1/d).
 */

/** Which of the three dimensions a quantity takes. */
export const Dimension = { target: 0, u: 1, v: 2 } as const;
export type Dimension = (typeof Dimension)[keyof typeof Dimension];

/**
 * Writes `values` (d of them, increasing) to the coordinates in the order of the points of the dimension. Each stratum (lists of coordinates that together are
 * all, each in the order of the spectrum; none given: all are one) has points of its own, so that the quantity is spread evenly over it, too. O(d).
 */
export function arrange(
  values: Float64Array,
  dimension: Dimension,
  strata: readonly Uint32Array[] | null,
  out: Float64Array,
): void {
  const sequences = (strata ?? [null]).map((members, n) =>
    sortedPoints(members?.length ?? values.length, dimension, n),
  );
  if (sequences.length === 1) {
    const [{ next }] = sequences;
    const members = strata?.[0];
    for (const value of values) {
      const i = next();
      out[members ? members[i] : i] = value;
    }
    return;
  }
  // Merged by their points.
  const heads = sequences.map(({ next, pointOf }) => {
    const i = next();
    return { i, point: i < 0 ? Number.POSITIVE_INFINITY : pointOf(i) };
  });
  for (const value of values) {
    let n = 0;
    for (let k = 1; k < heads.length; k++) if (heads[k].point < heads[n].point) n = k;
    out[strata![n][heads[n].i]] = value;
    const i = sequences[n].next();
    heads[n] = { i, point: i < 0 ? Number.POSITIVE_INFINITY : sequences[n].pointOf(i) };
  }
}

interface SortedPoints {
  /** Which of the sequence comes next in the order of the points; −1 at the end. */
  next(): number;
  /** The scrambled point, an integer below 2³². */
  pointOf(i: number): number;
}

function sortedPoints(n: number, dimension: Dimension, stratum: number): SortedPoints {
  // Points i < 2^m differ in their first m binary digits, and scrambling keeps that: a bucket each.
  const m = n > 1 ? 32 - Math.clz32(n - 1) : 0;
  const owner = new Uint32Array(2 ** m);
  const seed = Math.imul(0x9e3779b1, 3 * stratum + dimension + 1);
  const steps = graySteps(dimension);
  for (let i = 0, point = 0; i < n; i++) {
    if (i > 0) point ^= steps[31 - Math.clz32(i & -i)];
    owner[m === 0 ? 0 : scramble(point, seed) >>> (32 - m)] = i + 1;
  }
  const v = directions(dimension);
  let bucket = 0;
  return {
    next() {
      while (bucket < owner.length) {
        const i = owner[bucket++];
        if (i > 0) return i - 1;
      }
      return -1;
    },
    pointOf(i) {
      let point = 0;
      for (let k = 0, rest = i; rest > 0; k++, rest >>>= 1) if (rest & 1) point ^= v[k];
      return scramble(point, seed);
    },
  };
}

/** Sobol's direction numbers: van der Corput's, and those of the primitive polynomials x + 1 and x² + x + 1. */
function directions(dimension: Dimension): Uint32Array {
  const v = new Uint32Array(32);
  for (let k = 0; k < 32; k++) {
    if (dimension === 0) v[k] = 1 << (31 - k);
    else if (k < dimension) v[k] = [1, 3][k] << (31 - k);
    else if (dimension === 1) v[k] = v[k - 1] ^ (v[k - 1] >>> 1);
    else v[k] = v[k - 1] ^ v[k - 2] ^ (v[k - 2] >>> 2);
  }
  return v;
}

/** What changes from point i − 1 to point i: the digits 0 … (number of zeros that i ends in) of i. */
function graySteps(dimension: Dimension): Uint32Array {
  let sum = 0;
  return directions(dimension).map((v) => {
    sum ^= v;
    return sum;
  });
}

/** A random permutation of the digits at every place, which depends on the digits before it. */
function scramble(point: number, seed: number): number {
  let x = (reversed(point) + seed) | 0;
  x ^= Math.imul(x, 0x6c50b47c);
  x ^= Math.imul(x, 0xb82f1e52);
  x ^= Math.imul(x, 0xc7afe638);
  x ^= Math.imul(x, 0x8d22f6e6);
  return reversed(x);
}

/** The 32 bits in reverse. */
function reversed(bits: number): number {
  let x = bits;
  x = ((x >>> 1) & 0x55555555) | ((x & 0x55555555) << 1);
  x = ((x >>> 2) & 0x33333333) | ((x & 0x33333333) << 2);
  x = ((x >>> 4) & 0x0f0f0f0f) | ((x & 0x0f0f0f0f) << 4);
  x = ((x >>> 8) & 0x00ff00ff) | ((x & 0x00ff00ff) << 8);
  return ((x >>> 16) | (x << 16)) >>> 0;
}
