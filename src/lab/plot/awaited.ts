/** What a method that has not begun will be drawn as, so that the legend has its place from the start. */
import type { Series } from '../../results/plot/model.ts';
import { curvesOf, seriesOf } from '../../results/plot/series.ts';
import { drawnOf } from '../state/drawn.ts';
import { isActive, type Run } from '../state/runs.ts';

export function awaitedSeries(run: Run, statistic: string, k: number, several: boolean): Series[] {
  if (!isActive(run)) return [];
  const drawn = drawnOf(run);
  const known = new Set(curvesOf(drawn, statistic).map(({ index }) => index));
  const nothing = new Float64Array();
  return run.experiment.methods.flatMap((method, index) => {
    if (known.has(index)) return [];
    const isEnsemble = 'replicas' in method;
    const band = isEnsemble ? nothing : null;
    const count = isEnsemble ? method.replicas : 1;
    const curve = {
      method: method.kind,
      index,
      statistic,
      times: nothing,
      mean: nothing,
      low: band,
      high: band,
      count,
    };
    return [seriesOf(drawn, { ...curve, standardError: null, counts: null, failed: 0, floor: 0 }, k, several)];
  });
}
