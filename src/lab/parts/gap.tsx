/** The measured gap between ensemble and limit, with its error, where the eye is: under the name of the ensemble. */
import { readable } from '../../results/plot/axis.ts';
import { gapsOf } from '../../results/plot/residual.ts';
import { seriesId } from '../../results/plot/series.ts';
import { drawnOf } from '../state/drawn.ts';
import type { Run } from '../state/runs.ts';

/** By series, the gap at the last save time not after `time`. */
export function gapWords(run: Run, statistic: string, time: number): ReadonlyMap<string, string> {
  return new Map(
    gapsOf(drawnOf(run), statistic, time).map(({ method, index, gap, error, limit }) => {
      const relative = (100 * gap) / Math.abs(limit);
      const spread = (100 * error) / Math.abs(limit);
      const words = `vs PDE ${relative > 0 ? '+' : ''}${readable(relative, 2)}%`;
      return [
        seriesId(drawnOf(run), { method, index }, 0),
        Number.isFinite(spread) ? `${words} ± ${readable(spread, 2)}%` : words,
      ];
    }),
  );
}
