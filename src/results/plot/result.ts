/** The picture of a result: a panel a statistic, bands and means of ensembles under a thin limit, and their gap in standard errors. */
import { describeStatistic } from '../../statistics/index.ts';
import type { Result } from '../format.ts';
import { curvesModel, type Wishes } from './curves.ts';
import { figureSvg, plotCell } from './figure.ts';
import type { PlotModel } from './model.ts';
import { pack } from './packed.ts';
import { type Palette, THEMES } from './palette.ts';
import { gapModel } from './residual.ts';
import type { Drawn } from './series.ts';
import { headline, inSentence, inWords, subtitle } from './words.ts';

/** More points a curve than this cannot be told apart in the picture. */
const MOST_POINTS = 600;

export function drawnOf({ experiment, curves, events }: Pick<Result, 'experiment' | 'curves' | 'events'>): Drawn {
  return { id: 0, name: '', experiment, curves: curves.map(pack), events };
}

/** Every n-th point and the last, where there are more than can be seen. */
export function thinned(model: PlotModel): PlotModel {
  const series = model.series.map((one) => {
    const stride = Math.ceil(one.x.length / MOST_POINTS);
    if (stride <= 1) return one;
    const last = one.x.length - 1;
    const some = (values: ArrayLike<number>) => Array.from(values).filter((_, i) => i % stride === 0 || i === last);
    const { band } = one;
    return {
      ...one,
      x: some(one.x),
      y: some(one.y),
      band: band && { ...band, low: some(band.low), high: some(band.high) },
    };
  });
  return { ...model, series };
}

/** A statistic's plot and what stands under it. */
export function panelsOf(runs: readonly Drawn[], statistic: string, wishes: Wishes) {
  const gap = gapModel(runs, statistic, wishes);
  return {
    model: thinned(curvesModel(runs, statistic, wishes)),
    gap: gap && gap.series.length > 0 ? thinned(gap) : null,
  };
}

/** plot.svg: a self-contained SVG. */
export async function plotSvg(
  result: Pick<Result, 'experiment' | 'curves' | 'events'>,
  palette: Palette = THEMES.light,
): Promise<string> {
  const run = drawnOf(result);
  const names = [...new Set(result.curves.map((curve) => curve.statistic))];
  const panels = names.map((name) => ({ name, ...panelsOf([run], name, { xScale: null, yScale: null }) }));
  const cells = panels.map(({ name, model, gap }) => {
    const isEmpty = !model.series.some(({ y }) => Array.from(y).some(Number.isFinite));
    const notes = [...model.notes, ...(isEmpty ? ['no finite values'] : [])];
    return plotCell(describeStatistic(name).title, { ...model, notes }, names.length > 1 ? 240 : 320, palette, gap);
  });
  const about = subtitle(result.experiment);
  return figureSvg({
    title: headline(result.experiment),
    subtitle: [about],
    description: `${[about, ...panels.map(({ name, model }) => inSentence(describeStatistic(name).title, model)), ...result.events.slice(0, 5).map(inWords)].join('. ')}.`,
    series: panels[0]?.model.series ?? [],
    cells:
      cells.length > 0
        ? cells
        : [{ title: '', notes: ['no curves'], height: 0, left: 0, right: 0, foot: 0, draw() {} }],
    columns: names.length > 1 ? 2 : 1,
    columnWidth: names.length > 1 ? 500 : 680,
    caption: panels.some(({ gap }) => gap !== null)
      ? ['Below each: (mean − PDE) in standard errors of the mean; grey: within ±2. Neighbouring times are correlated.']
      : [],
    palette,
  });
}
