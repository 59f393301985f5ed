/** Pictures of results and sweeps as SVG texts: apart from the rest, since they bring a plotting library along. */
export { plotSvg } from './results/plot/curves.ts';
export { sweepSvg } from './results/plot/heatmap.ts';
