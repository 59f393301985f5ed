/**
 * Standard normals from words by Box & Muller, with our own logarithm, sine and cosine (docs/paths.md, "Random words"):
 *
 *     U(w) = (w + ½)·2⁻³² in the open interval (0, 1),   ρ(w) = √(−2 ln U(w)),   θ(w) = 2π U(w),
 *     z₀ = ρ(w₀) cos θ(w₁),  z₁ = ρ(w₀) sin θ(w₁),  z₂ = ρ(w₂) cos θ(w₃),  z₃ = ρ(w₂) sin θ(w₃).
 *
 * Everything is reduced on the integer, before any rounding, so that no word gives NaN, infinity or a loss of digits:
 * |z| ≤ √(66 ln 2) = 6.76, and each value is within a few units of the last place of its exact one.
 *
 * ρ: U = m·2^−K with m in [√½, √2), −2 ln U = K·2 ln 2 − 4 atanh s, s = (m − 1)/(m + 1), |s| ≤ 0.1716. Nothing cancels, because
 * K ≥ 1 leaves at least ½ ln 2 and K = 0 leaves the series alone. (U has 33 bits, so m − 1 is exact in f64; a twin in f32 takes
 * 1 − U = (2(~w) + 1)·2⁻³³ for w ≥ 2³¹ instead.)
 * θ: quadrant q = ((w + 2²⁹) mod 2³²) >>> 30 and the angle (2r + 1)·π·2⁻³² in (−π/4, π/4) of the signed rest r = w − q·2³⁰.
 * Polynomials: Chebyshev interpolants in s² and in the angle's square; relative errors 3e−18, 1.3e−17 (sin), 7e−18 (cos).
 */
import type { Stream } from './address.ts';
import { fillWords } from './threefry.ts';

/** 2 ln 2. */
const LN4 = 1.3862943611198906;
/** π·2⁻³¹ and π·2⁻³². */
const TURN = 1.4629180792671596e-9;
const HALF_TURN = 7.314590396335798e-10;
/** ⌊2³⁰ √2⌋: the mantissa, in 31 bits, above which m is halved. */
const SQRT2_BITS = 1518500249;

// 4 atanh(s)/s in s².
const L0 = 4.0;
const L1 = 1.333333333333353;
const L2 = 0.7999999999860382;
const L3 = 0.5714285752147656;
const L4 = 0.4444439409280855;
const L5 = 0.3636726448323405;
const L6 = 0.306250262294766;
const L7 = 0.29619735144626125;
// sin(t)/t in t².
const S1 = -0.16666666666666616;
const S2 = 0.008333333333320363;
const S3 = -0.000198412698286503;
const S4 = 2.755731337640013e-6;
const S5 = -2.5050716974102745e-8;
const S6 = 1.5894736651849094e-10;
// cos(t) in t².
const C1 = -0.5;
const C2 = 0.04166666666666645;
const C3 = -0.0013888888888861095;
const C4 = 2.4801587283881152e-5;
const C5 = -2.7557313097790086e-7;
const C6 = 2.0875582380663952e-9;
const C7 = -1.1353379638297575e-11;

/** SCALE[K] = 2^(K−33): (2w + 1)·SCALE[K] = m where U(w) = m·2^−K. */
const SCALE = Float64Array.from({ length: 34 }, (_, k) => 2 ** (k - 33));
/** cos and sin of q quarter turns, exactly. */
const QUARTER_COS = Float64Array.of(1, 0, -1, 0);
const QUARTER_SIN = Float64Array.of(0, 1, 0, -1);

/** −2 ln U(w) > 0 for a word given as any 32-bit integer, signed or not. Relative error below 4e−16. */
export function minusTwoLogUniform(w: number): number {
  const zeros = Math.clz32(w);
  const exponent = zeros + 1 - ((SQRT2_BITS - ((w << zeros) >>> 1)) >>> 31);
  const m = ((w >>> 0) * 2 + 1) * SCALE[exponent];
  const s = (m - 1) / (m + 1);
  const x = s * s;
  const y = x * x;
  const series = L0 + L1 * x + (L2 + L3 * x) * y + (L4 + L5 * x + (L6 + L7 * x) * y) * (y * y);
  return exponent * LN4 - s * series;
}

/** cos θ(w) = cos 2πU(w); full relative accuracy near its zeros too. */
export function cosTurn(w: number): number {
  const q = ((w + 0x20000000) | 0) >>> 30;
  const t = ((w - (q << 30)) | 0) * TURN + HALF_TURN;
  const x = t * t;
  const y = x * x;
  const cos = 1 + C1 * x + (C2 + C3 * x) * y + (C4 + C5 * x + (C6 + C7 * x) * y) * (y * y);
  const sin = t + t * x * (S1 + S2 * x + (S3 + S4 * x) * y + (S5 + S6 * x) * (y * y));
  return QUARTER_COS[q] * cos - QUARTER_SIN[q] * sin;
}

/** sin θ(w) = sin 2πU(w); full relative accuracy near its zeros too. */
export function sinTurn(w: number): number {
  return cosTurn((w - 0x40000000) | 0);
}

/**
 * The constants again, as numbers that the compiler does not know: it then keeps them in registers and on the stack, where a known
 * constant is built anew at every use (V8 11; with this the loop below is 1.7 times as fast).
 */
const COEFFICIENTS = Float64Array.of(
  LN4,
  TURN,
  HALF_TURN,
  L0,
  L1,
  L2,
  L3,
  L4,
  L5,
  L6,
  L7,
  S1,
  S2,
  S3,
  S4,
  S5,
  S6,
  C1,
  C2,
  C3,
  C4,
  C5,
  C6,
  C7,
);

/**
 * Normals of 4·quads words into out[at … at + 4·quads): the pairs (z₀, z₁), (z₂, z₃) of each quad as above.
 * Cost: about 7 ns a normal on one core.
 */
export function normalsFromWords(out: Float64Array, at: number, words: Int32Array, quads: number): void {
  const end = 4 * quads;
  const ln4 = COEFFICIENTS[0];
  const turn = COEFFICIENTS[1];
  const halfTurn = COEFFICIENTS[2];
  const l0 = COEFFICIENTS[3];
  const l1 = COEFFICIENTS[4];
  const l2 = COEFFICIENTS[5];
  const l3 = COEFFICIENTS[6];
  const l4 = COEFFICIENTS[7];
  const l5 = COEFFICIENTS[8];
  const l6 = COEFFICIENTS[9];
  const l7 = COEFFICIENTS[10];
  const s1 = COEFFICIENTS[11];
  const s2 = COEFFICIENTS[12];
  const s3 = COEFFICIENTS[13];
  const s4 = COEFFICIENTS[14];
  const s5 = COEFFICIENTS[15];
  const s6 = COEFFICIENTS[16];
  const c1 = COEFFICIENTS[17];
  const c2 = COEFFICIENTS[18];
  const c3 = COEFFICIENTS[19];
  const c4 = COEFFICIENTS[20];
  const c5 = COEFFICIENTS[21];
  const c6 = COEFFICIENTS[22];
  const c7 = COEFFICIENTS[23];
  for (let i = 0; i < end; i += 2) {
    // minusTwoLogUniform, cosTurn and sinTurn written out: the two trigonometric polynomials serve both outputs.
    const w = words[i];
    const zeros = Math.clz32(w);
    const exponent = zeros + 1 - ((SQRT2_BITS - ((w << zeros) >>> 1)) >>> 31);
    const m = ((w >>> 0) * 2 + 1) * SCALE[exponent];
    const s = (m - 1) / (m + 1);
    const a = s * s;
    const b = a * a;
    const series = l0 + l1 * a + (l2 + l3 * a) * b + (l4 + l5 * a + (l6 + l7 * a) * b) * (b * b);
    const radius = Math.sqrt(exponent * ln4 - s * series);

    const v = words[i + 1];
    const q = ((v + 0x20000000) | 0) >>> 30;
    const t = ((v - (q << 30)) | 0) * turn + halfTurn;
    const x = t * t;
    const y = x * x;
    const cos = radius * (1 + c1 * x + (c2 + c3 * x) * y + (c4 + c5 * x + (c6 + c7 * x) * y) * (y * y));
    const sin = radius * (t + t * x * (s1 + s2 * x + (s3 + s4 * x) * y + (s5 + s6 * x) * (y * y)));
    const qc = QUARTER_COS[q];
    const qs = QUARTER_SIN[q];
    out[at + i] = qc * cos - qs * sin;
    out[at + i + 1] = qs * cos + qc * sin;
  }
}

/** Blocks of words made at a time: 8 KiB, so that they are read back from the first-level cache. */
const CHUNK = 512;
const words = new Int32Array(4 * CHUNK);
const edge = new Float64Array(4);

/**
 * The normals of indices first, …, first + count − 1 at an address, into out[at … at + count).
 * Cost: about 11 ns a normal on one core; whole blocks (first and count multiples of 4) are the fast way.
 */
export function fillNormals(
  out: Float64Array,
  at: number,
  count: number,
  seed: number,
  replica: number,
  stream: Stream,
  step: number,
  sub: number,
  first: number,
): void {
  let index = first;
  const end = first + count;
  while (index < end) {
    const inBlock = index & 3;
    const quads = (end - index) >> 2;
    if (inBlock === 0 && quads > 0) {
      const n = Math.min(quads, CHUNK);
      fillWords(words, seed, replica, stream, step, sub, index, 4 * n);
      normalsFromWords(out, at, words, n);
      at += 4 * n;
      index += 4 * n;
    } else {
      // A block of which only some normals are wanted: the first or the last.
      fillWords(words, seed, replica, stream, step, sub, index, 1);
      normalsFromWords(edge, 0, words, 1);
      const stop = Math.min(4, inBlock + end - index);
      for (let k = inBlock; k < stop; k++) out[at++] = edge[k];
      index += stop - inBlock;
    }
  }
}

/** The normal of one index. For single draws: `fillNormals` costs a quarter of it. */
export function normal(
  seed: number,
  replica: number,
  stream: Stream,
  step: number,
  sub: number,
  index: number,
): number {
  fillWords(words, seed, replica, stream, step, sub, index, 1);
  normalsFromWords(edge, 0, words, 1);
  return edge[index & 3];
}
