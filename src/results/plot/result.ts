/** The picture of a result: a panel a statistic, bands and means of ensembles under a thin limit, and their gap in standard errors. */
import type { Result } from '../format.ts';
import { figureSvg } from './figure.ts';
import { type NamedResult, type PlotOptions, resultsFigure } from './figures.ts';

/** plot.svg: a self-contained SVG of one result, or of several laid over each other. @throws PlotError */
export async function plotSvg(results: Result | readonly NamedResult[], options: PlotOptions = {}): Promise<string> {
  const named = 'experiment' in results ? [{ name: '', result: results }] : results;
  return figureSvg(resultsFigure(named, options));
}
