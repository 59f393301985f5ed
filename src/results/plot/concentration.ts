/** Concentration: how the band of SGD narrows with the dimension. */
import { chooseAxis, readable, valuesOf } from './axis.ts';
import type { Wishes } from './curves.ts';
import type { PlotModel, Series } from './model.ts';
import { limitOf } from './residual.ts';
import { curvesOf, type Drawn, statisticLabel } from './series.ts';

/** What makes two runs points of one picture: everything but the dimension, the seed and how much is run. */
function family({ experiment }: Drawn): string {
  const { problem, stepSize, horizon } = experiment;
  return JSON.stringify([{ ...problem, dimension: 0 }, stepSize, horizon]);
}

/** Runs that differ from the given one in dimension only, one a dimension (the newest), smallest first. */
export function familyOf(run: Drawn, all: readonly Drawn[]): Drawn[] {
  const byDimension = new Map<number, Drawn>();
  for (const other of [run, ...all]) {
    const d = other.experiment.problem.dimension;
    if (family(other) === family(run) && !byDimension.has(d)) byDimension.set(d, other);
  }
  return [...byDimension.values()].sort((a, b) => a.experiment.problem.dimension - b.experiment.problem.dimension);
}

function indexAt(times: Float64Array, t: number): number {
  let best = 0;
  for (let i = 1; i < times.length; i++) if (Math.abs(times[i] - t) < Math.abs(times[best] - t)) best = i;
  return best;
}

/** Value of a statistic at one time against d: mean and band of each ensemble, and the limit. */
export function againstDimension(
  run: Drawn,
  all: readonly Drawn[],
  statistic: string,
  time: number,
  wishes: Wishes,
): PlotModel {
  const runs = familyOf(run, all);
  const methods = ['sgd', 'sde'] as const;
  const series: Series[] = [];
  let limit = Number.NaN;
  const dimensions: number[] = runs.map(({ experiment }) => experiment.problem.dimension);
  for (const method of methods) {
    const [d, mean, low, high]: number[][] = [[], [], [], []];
    for (const other of runs) {
      const curve = curvesOf(other, statistic).find((candidate) => candidate.method === method);
      if (!curve?.low || !curve.high || curve.count < 2) continue;
      const k = indexAt(curve.times, time);
      if (!Number.isFinite(curve.mean[k])) continue;
      d.push(other.experiment.problem.dimension);
      mean.push(curve.mean[k]);
      low.push(curve.low[k]);
      high.push(curve.high[k]);
    }
    if (d.length === 0) continue;
    series.push({
      id: method,
      label: `${method.toUpperCase()}, mean and 10% to 90%`,
      ink: method,
      width: 2,
      dash: [],
      opacity: 1,
      x: d,
      y: mean,
      band: { low, high, label: '10% to 90%' },
      points: true,
    });
  }
  for (const other of runs) {
    const curve = limitOf(other, statistic);
    if (curve && !Number.isFinite(limit)) limit = curve.mean[indexAt(curve.times, time)];
  }
  const ends = [Math.min(...dimensions) / 1.5, Math.max(...dimensions) * 1.5];
  if (Number.isFinite(limit)) {
    series.push({
      id: 'pde',
      label: 'PDE, d → ∞',
      ink: 'pde',
      width: 1.75,
      dash: [],
      opacity: 1,
      x: ends,
      y: [limit, limit],
      band: null,
    });
  }
  const x = chooseAxis([ends], { label: 'd — dimension', wish: wishes.xScale ?? 'log', tight: true });
  const y = chooseAxis(valuesOf(series), {
    label: `${statisticLabel(statistic)} at t = ${readable(time)}`,
    wish: wishes.yScale,
  });
  return {
    key: `dimension ${statistic} ${x.axis.scale} ${y.axis.scale}`,
    title: `${statisticLabel(statistic)} at t = ${readable(time)} against the dimension`,
    x: x.axis,
    y: y.axis,
    series,
    marks: [],
    guides: [],
    notes: [
      x.note,
      y.note,
      dimensions.length < 2
        ? `So far d = ${dimensions[0]} only: change d and run again, or run the series; each dimension becomes a point.`
        : '',
    ].filter(Boolean),
    empty: 'Needs ensembles of two or more replicas.',
  };
}

/** Relative width of the band against d, with the 1/√d of the theory through the largest dimension. */
export function widthModel(run: Drawn, all: readonly Drawn[], statistic: string, time: number): PlotModel {
  const runs = familyOf(run, all);
  const series: Series[] = [];
  for (const method of ['sgd', 'sde'] as const) {
    const [d, width]: number[][] = [[], []];
    for (const other of runs) {
      const curve = curvesOf(other, statistic).find((candidate) => candidate.method === method);
      if (!curve?.low || !curve.high || curve.count < 2) continue;
      const k = indexAt(curve.times, time);
      const relative = (curve.high[k] - curve.low[k]) / Math.abs(curve.mean[k]);
      if (!(relative > 0)) continue;
      d.push(other.experiment.problem.dimension);
      width.push(relative);
    }
    if (d.length === 0) continue;
    series.push({
      id: method,
      label: method.toUpperCase(),
      ink: method,
      width: 2,
      dash: [],
      opacity: 1,
      x: d,
      y: width,
      band: null,
      points: true,
    });
    if (method === 'sgd' && d.length > 1) {
      // Least squares of log width + ½ log d: the level of the reference line, its slope is the theory's.
      const level = d.reduce((sum, x, i) => sum + Math.log(width[i]) + 0.5 * Math.log(x), 0) / d.length;
      const y = d.map((x) => Math.exp(level) / Math.sqrt(x));
      series.push({
        id: 'theory',
        label: '∝ 1/√d',
        ink: 'muted',
        width: 1.5,
        dash: [4, 4],
        opacity: 1,
        x: d,
        y,
        band: null,
      });
    }
  }
  const dimensions = runs.map(({ experiment }) => experiment.problem.dimension);
  const x = chooseAxis([[Math.min(...dimensions) / 1.5, Math.max(...dimensions) * 1.5]], {
    label: 'd — dimension',
    wish: 'log',
    tight: true,
  });
  const y = chooseAxis(valuesOf(series), { label: 'width of the band / mean', wish: 'log' });
  return {
    key: `width ${statistic}`,
    title: `Width of the 10%–90% band over the mean at t = ${readable(time)}`,
    x: x.axis,
    y: y.axis,
    series,
    marks: [],
    guides: [],
    notes: [],
    empty: 'Needs ensembles of two or more replicas.',
  };
}
