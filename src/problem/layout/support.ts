/** The support of a sparse target: exactly round(fraction·d) coordinates, spread evenly over the spectrum. */
import type { ExperimentProblem } from '../experiment.ts';
import { exchange } from './exchange.ts';
import { lawMoments } from './spectrum.ts';

type Sparse = Extract<ExperimentProblem['target'], { kind: 'sparse' }>;

/**
 * b. O(d). `mostMiss`: by how much, in units of 1/d, the shares of ⟨λ⟩ and ⟨λ²⟩ that the support and its complement have may be off, relatively, before
 * places are changed.
 */
export function laySupport(
  { fraction, value }: Sparse,
  covariance: ExperimentProblem['covariance'],
  lambda: Float64Array,
  mostMiss: number,
): Float64Array {
  const d = lambda.length;
  const b = new Float64Array(d);
  const nonzero = Math.round(fraction * d);
  // Bresenham: coordinate i is in the support where i·n/d + ½ passes an integer; any run of coordinates holds its share ± 1.
  let before = 0;
  for (let i = 0; i < d; i++) {
    const after = Math.floor(((i + 1) * nonzero) / d + 0.5);
    if (after > before) b[i] = value;
    before = after;
  }
  const share = nonzero / d;
  const smaller = Math.min(share, 1 - share);
  if (value === 0 || smaller === 0 || isEven(b, lambda, share, covariance, mostMiss)) return b;
  const none = new Float64Array(d);
  exchange({
    parametrization: 'product',
    columns: [lambda, b, none, none],
    movable: [1],
    wanted: null,
    // An indicator's polynomial has size 1; its own share of the smaller part matters.
    good: 0.2 * Math.sqrt(smaller),
  });
  return b;
}

/** Whether support and complement have their shares of the law's ⟨λ⟩ and ⟨λ²⟩. Spectra that are given or have no second moment are left alone. */
function isEven(
  b: Float64Array,
  lambda: Float64Array,
  share: number,
  covariance: ExperimentProblem['covariance'],
  mostMiss: number,
): boolean {
  const law = lawMoments(covariance);
  // With two levels, both of them hold the whole number that is nearest to their share.
  if (law === null || !Number.isFinite(law[1]) || covariance.kind === 'two-level') return true;
  const d = lambda.length;
  const on = [0, 0];
  const off = [0, 0];
  for (let i = 0; i < d; i++) {
    const part = b[i] === 0 ? off : on;
    part[0] += lambda[i];
    part[1] += lambda[i] * lambda[i];
  }
  return law.every(
    (mean, k) =>
      Math.abs(on[k] / (share * mean) - d) <= mostMiss && Math.abs(off[k] / ((1 - share) * mean) - d) <= mostMiss,
  );
}
