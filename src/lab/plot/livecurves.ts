/** Curves of a run, or, where the settings have gone on, the limit of the settings as they are over a shadow of the run. */
import { curvesModel, type Wishes } from '../../results/plot/curves.ts';
import type { PlotModel, Series } from '../../results/plot/model.ts';
import { gapModel } from '../../results/plot/residual.ts';
import { curvesOf, type Drawn, methodTitle, seriesOf } from '../../results/plot/series.ts';
import { drawnOf } from '../state/drawn.ts';
import { drawnLive, type Live } from '../state/live.ts';
import type { Run } from '../state/runs.ts';
import { awaitedSeries } from './awaited.ts';

const SHADOW = 0.4;

/** Whether an ensemble of the run has come so far that there is a curve. */
function hasEnsemble(run: Drawn, statistic: string): boolean {
  return curvesOf(run, statistic).some(
    ({ low, mean }) => low !== null && mean.some((x, k) => k > 0 && Number.isFinite(x)),
  );
}

/** The ensembles of a run, faint. */
function shadowsOf(run: Drawn, statistic: string): Series[] {
  return curvesOf(run, statistic)
    .filter(({ low }) => low !== null)
    .map((curve) => {
      const { replicas: _, ...one } = seriesOf(run, curve, 0, false);
      return { ...one, id: `shadow/${curve.index}`, label: `${methodTitle(run, curve)}, last run`, opacity: SHADOW };
    });
}

/** The run whose ensembles were seen last: what stays as a shadow until the next one has some. */
let seen: Drawn | null = null;

export interface Shown {
  readonly model: PlotModel;
  readonly gap: PlotModel | null;
  readonly isLive: boolean;
}

export function shownCurves(
  runs: readonly Run[],
  live: Live | null,
  isChanged: boolean,
  statistic: string,
  wishes: Wishes,
): Shown {
  const drawn = runs.map(drawnOf);
  const [run] = drawn;
  const gap = gapModel(drawn, statistic, wishes);
  if (isChanged && live?.curves.some((curve) => curve.statistic === statistic)) {
    const shadow = hasEnsemble(run, statistic) || seen === null ? run : seen;
    const model = curvesModel([drawnLive(live)], statistic, wishes, shadowsOf(shadow, statistic));
    // The gap was that of other settings.
    const empty = gap && { ...gap, x: model.x, series: [] };
    return { model: { ...model, notes: [...model.notes] }, gap: empty, isLive: true };
  }
  const awaited = runs.flatMap((one, k) => awaitedSeries(one, statistic, k, runs.length > 1));
  if (hasEnsemble(run, statistic)) seen = run;
  else if (!isChanged && seen !== null && seen.id !== run.id && runs.length === 1 && awaited.length > 0) {
    // A new run: the shadow stays until it has curves of its own, and the limit that was followed until it is solved.
    const own = new Set(curvesOf(run, statistic).map(({ index }) => index));
    const limits = live?.experiment === runs[0].experiment ? curvesOf(drawnLive(live), statistic) : [];
    const standIns = limits.filter(({ index }) => !own.has(index) && index < 64);
    const indices = new Set(standIns.map(({ index }) => index));
    const shadows = shadowsOf(seen, statistic).map((one) => ({ ...one, inLegend: false }));
    const waiting = awaited.filter(({ id }) => ![...indices].some((index) => id.endsWith(`[${index}]`)));
    const more = [...standIns.map((curve) => seriesOf(run, curve, 0, false)), ...waiting, ...shadows];
    return { model: curvesModel(drawn, statistic, wishes, more), gap, isLive: false };
  }
  return { model: curvesModel(drawn, statistic, wishes, awaited), gap, isLive: false };
}
