/** What each of many classes may miss when they stand for one continuous law together. */
import type { GridRules } from './grid.ts';
import type { Scales } from './look.ts';

/** How many times the accuracy a class of little weight may miss: it may weigh more later. */
const MOST = 30;

/**
 * Writes to out, by class, times the accuracy that it may miss: 1 for a class whose share of ⟨1⟩, ⟨e²⟩, ⟨e²κ⟩ or ⟨κ²⟩ is that of an equal one or more, up to 30 for
 * those of less. `means`: of each class by itself; `whole`: of the population, of `count` classes. Cost O(classes).
 */
export function allowances(
  weight: Float64Array,
  means: readonly Scales[],
  whole: Scales,
  out: Float64Array,
  count = means.length,
): void {
  const part = (own: number, of: number) => (own > 0 ? own / of : 0);
  means.forEach(({ squares, cubes, curvatures }, c) => {
    const most = Math.max(
      1,
      part(squares, whole.squares),
      part(cubes, whole.cubes),
      part(curvatures, whole.curvatures),
    );
    out[c] = Math.max(1, Math.min(MOST, 1 / (count * weight[c] * most)));
  });
}

export function allowing({ resolution, tail }: GridRules, times: number): GridRules {
  return { resolution: resolution * times, tail: tail * times };
}
