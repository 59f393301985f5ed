/** Pictures of results and sweeps as SVG texts: apart from the rest, which who only computes need not load. */
export { plotSvg } from './results/plot/result.ts';
export { sweepSvg } from './results/plot/sweep.ts';
