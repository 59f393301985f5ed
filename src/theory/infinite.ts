/** Averages that a spectrum without upper end makes infinite, found by how they grow with λ. */
import type { LimitClass } from './law/types.ts';

/** Distance in log λ over which growth is measured: long against the error of a mean, short against the spectrum. */
const STRIDE = 2;
/** Of the exponent: what lies closer to the bound counts as beyond it. */
const MARGIN = 0.01;

/**
 * Which of n moments have no finite average where ⟨λ^p⟩ is finite for p < `finite` only: those with E[φ | λ] ∝ λ^p, p ≥ `finite`, at the upper end of
 * the spectrum. `parts`: [class·n + k], ω E φ_k by class. The last node of the rule stands for all that lies above and is left out.
 * 0 where finite, else the sign of what is infinite.
 */
export function infiniteMoments(
  classes: readonly LimitClass[],
  parts: Float64Array,
  n: number,
  finite: number,
): Float64Array {
  const groups = new Map<number, { weight: number; sums: Float64Array }>();
  classes.forEach(({ lambda, weight }, c) => {
    const group = groups.get(lambda) ?? { weight: 0, sums: new Float64Array(n) };
    groups.set(lambda, group);
    group.weight += weight;
    for (let k = 0; k < n; k++) group.sums[k] += parts[c * n + k];
  });
  const out = new Float64Array(n);
  const lambdas = [...groups.keys()].sort((a, b) => b - a).slice(1);
  const [upper] = lambdas;
  const lower = lambdas.find((lambda) => Math.log(upper / lambda) >= STRIDE);
  if (lower === undefined) return out;
  const [above, below] = [groups.get(upper)!, groups.get(lower)!];
  for (let k = 0; k < n; k++) {
    const growth = Math.log(Math.abs(above.sums[k] / above.weight) / Math.abs(below.sums[k] / below.weight));
    if (growth >= (finite - MARGIN) * Math.log(upper / lower)) out[k] = Math.sign(above.sums[k]);
  }
  return out;
}
