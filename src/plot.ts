/** Pictures of results and sweeps as SVG texts: apart from the rest, which who only computes need not load. */
export { type NamedResult, PlotError, type PlotOptions } from './results/plot/figures.ts';
export { plotSvg } from './results/plot/result.ts';
export type { Shown } from './results/plot/shown.ts';
export { sweepSvg } from './results/plot/sweep.ts';
