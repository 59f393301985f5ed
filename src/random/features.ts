/**
 * Whitened features g_i = x_i/√λ_i of every law of the problem, addressed as docs/paths.md, "Random words", says.
 * All laws have mean 0 and variance 1.
 */
import type { FeatureLaw } from '../problem/types.ts';
import { Stream } from './address.ts';
import { cosTurn, fillNormals, minusTwoLogUniform } from './normals.ts';
import { fillWords } from './threefry.ts';

const CHUNK = 1024;
const words = new Int32Array(CHUNK + 8);
const auxiliary = new Int32Array(CHUNK + 8);

/** √3·2⁻³¹ and √3(2⁻³² − 1): 2U − 1 = w·2⁻³¹ + 2⁻³² − 1, times √3. */
const UNIFORM_SCALE = Math.sqrt(3) * 2 ** -31;
const UNIFORM_CENTRE = Math.sqrt(3) * 2 ** -32;

/** Student's t with ν > 2 degrees scaled to variance 1, from two words (Bailey 1994: exactly that law). */
export function studentFromWords(w: number, turn: number, degrees: number): number {
  // ν(U^(−2/ν) − 1) by expm1, so that U near 1 keeps its digits; the prefactor √((ν−2)/ν) is taken under the root.
  return Math.sqrt((degrees - 2) * Math.expm1(minusTwoLogUniform(w) / degrees)) * cosTurn(turn);
}

/** √3(2U(w) − 1), exact to rounding near 0 because the integer is centred first. */
export function uniformFromWord(w: number): number {
  return ((w ^ 0x80000000) | 0) * UNIFORM_SCALE + UNIFORM_CENTRE;
}

/**
 * g_first, …, g_(first+count−1) of one sample of one step, into out[at … at + count).
 * Cost a coordinate on one core: about 12 ns (gaussian), 6 ns (rademacher, uniform), 60 ns (student-t).
 */
export function fillFeatures(
  law: FeatureLaw,
  out: Float64Array,
  at: number,
  count: number,
  seed: number,
  replica: number,
  step: number,
  sub: number,
  first: number,
): void {
  if (law.kind === 'gaussian') {
    fillNormals(out, at, count, seed, replica, Stream.features, step, sub, first);
    return;
  }
  for (let done = 0; done < count; done += CHUNK) {
    const n = Math.min(CHUNK, count - done);
    const from = fillWords(words, seed, replica, Stream.features, step, sub, first + done, n);
    const to = at + done;
    if (law.kind === 'rademacher') {
      for (let i = 0; i < n; i++) out[to + i] = 1 + 2 * (words[from + i] >> 31);
    } else if (law.kind === 'uniform') {
      for (let i = 0; i < n; i++) out[to + i] = uniformFromWord(words[from + i]);
    } else {
      fillWords(auxiliary, seed, replica, Stream.featuresAuxiliary, step, sub, first + done, n);
      for (let i = 0; i < n; i++) out[to + i] = studentFromWords(words[from + i], auxiliary[from + i], law.degrees);
    }
  }
}
