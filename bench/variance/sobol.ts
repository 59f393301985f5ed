/** Sobol' points in a few dimensions, scrambled: the quasi-random side of the comparison of estimators. */

/** Primitive polynomials (degree s, coefficients a) and initial directions m of dimensions 2, 3, … (Joe & Kuo 2008, new-joe-kuo-6). */
const JOE_KUO: readonly (readonly [s: number, a: number, m: readonly number[]])[] = [
  [1, 0, [1]],
  [2, 1, [1, 3]],
  [3, 1, [1, 3, 1]],
  [3, 2, [1, 1, 1]],
  [4, 1, [1, 1, 3, 3]],
  [4, 4, [1, 3, 5, 13]],
  [5, 2, [1, 1, 5, 5, 17]],
];

export const DIMENSIONS = JOE_KUO.length + 1;

const directions = Array.from({ length: DIMENSIONS }, (_, dimension) => {
  const v = new Uint32Array(32);
  if (dimension === 0) {
    for (let i = 0; i < 32; i++) v[i] = 2 ** (31 - i);
    return v;
  }
  const [s, a, m] = JOE_KUO[dimension - 1];
  for (let i = 0; i < 32; i++) {
    if (i < s) v[i] = m[i] * 2 ** (31 - i);
    else {
      let x = v[i - s] ^ (v[i - s] >>> s);
      for (let k = 1; k < s; k++) if ((a >>> (s - 1 - k)) & 1) x ^= v[i - k];
      v[i] = x >>> 0;
    }
  }
  return v;
});

/** Coordinate of point `index` as a 32-bit fraction. */
export function sobol(index: number, dimension: number): number {
  let x = 0;
  for (let bit = 0, rest = index; rest !== 0; bit++, rest >>>= 1) if (rest & 1) x ^= directions[dimension][bit];
  return x >>> 0;
}

function reverse(x: number): number {
  let y = x;
  y = ((y >>> 1) & 0x55555555) | ((y & 0x55555555) << 1);
  y = ((y >>> 2) & 0x33333333) | ((y & 0x33333333) << 2);
  y = ((y >>> 4) & 0x0f0f0f0f) | ((y & 0x0f0f0f0f) << 4);
  y = ((y >>> 8) & 0x00ff00ff) | ((y & 0x00ff00ff) << 8);
  return ((y >>> 16) | (y << 16)) >>> 0;
}

/** Owen's nested scrambling by a hash (Laine & Karras 2011, constants of Burley 2020). */
export function scramble(x: number, seed: number): number {
  let y = reverse(x);
  y = Math.imul(y ^ Math.imul(y, 0x3d20adea), 1);
  y = (y + seed) | 0;
  y = Math.imul(y, (seed >>> 16) | 1);
  y ^= Math.imul(y, 0x05526c56);
  y ^= Math.imul(y, 0x53a22864);
  return reverse(y >>> 0);
}
