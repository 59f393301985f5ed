/** Maps that a time step has left falling somewhere. */
import type { Layout } from './population.ts';

/**
 * Makes every map increase again, from its centre outwards, each increment at least a tenth of `floor`, the smallest that the rough flux takes inside a
 * step. What had to be moved is added to `error`, so a step that needed it where it matters is rejected. Cost O(nodes).
 */
export function keepIncreasing(
  { first, grids }: Layout,
  floor: Float64Array,
  y: Float64Array,
  error: Float64Array,
): void {
  for (let c = 0; c < grids.length; c++) {
    const begin = first[c];
    const end = begin + grids[c].count;
    const centre = begin + Math.round(-grids[c].low / grids[c].spacing);
    for (let i = centre + 1; i < end; i++) {
      const least = y[i - 1] + 0.1 * floor[i - 1];
      if (y[i] >= least) continue;
      error[i] = Math.abs(error[i]) + (least - y[i]);
      y[i] = least;
    }
    for (let i = centre - 1; i >= begin; i--) {
      const most = y[i + 1] - 0.1 * floor[i];
      if (y[i] <= most) continue;
      error[i] = Math.abs(error[i]) + (y[i] - most);
      y[i] = most;
    }
  }
}
