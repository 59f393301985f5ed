/**
 * The density of β at one time: shares of the coordinates in bins. Along ensembles each bin is a statistic of its own, measured on
 * any engine with its standard error on the same paths again; the PDE's shares are exact differences of its distribution function.
 */
import { genericModel } from '../../dynamics/models/compiled.ts';
import type { Experiment } from '../../problem/index.ts';
import { problemOf } from '../../random/index.ts';
import { chooseAxis, readable, valuesOf } from '../../results/plot/axis.ts';
import type { Wishes } from '../../results/plot/curves.ts';
import type { PlotModel, Series } from '../../results/plot/model.ts';
import { METHOD_LABEL } from '../../results/plot/palette.ts';
import { type Drawn, methodTitle } from '../../results/plot/series.ts';
import { BIN_OFFSET, binName } from './bins.ts';

export const BINS = 60;
const TIMES = 32;
/** Coordinates enough to see the range of a law. */
const SAMPLE = 512;

/** Ends of the bins, BINS + 1 of them. */
export function edgesOf(experiment: Experiment): Float64Array {
  const { problem } = experiment;
  const byValues = [problem.covariance, problem.target, problem.initialization].some(({ kind }) => kind === 'values');
  const dimension = byValues ? problem.dimension : Math.min(problem.dimension, SAMPLE);
  const drawn = problemOf({ ...experiment, problem: { ...problem, dimension } });
  const { names, start, beta } = genericModel(drawn);
  let low = 0;
  let high = 0;
  const take = (values: ArrayLike<number>, from: number, count: number) => {
    for (let i = from; i < from + count; i++) {
      low = Math.min(low, values[i]);
      high = Math.max(high, values[i]);
    }
  };
  take(drawn.b, 0, dimension);
  const weights = Object.fromEntries(names.map((name, k) => [name, start[k]]));
  beta.run(weights, 0, dimension, ([values], _, count) => take(values, 0, count));
  const span = high - low || 1;
  // Noise carries β beyond where it starts and where it goes.
  const from = low - 0.4 * span;
  const width = (1.8 * span) / BINS;
  // Point masses such as β = 0 and β = 1 should not lie on the border of two bins.
  const shift = width * (0.5 + ((from / width) % 1));
  return Float64Array.from({ length: BINS + 1 }, (_, k) => from - shift + k * width);
}

/**
 * The experiment that measures the bins along the ensembles of another: same problem, seed and replicas. A mean-field SDE is left
 * out, whose clock would be solved for together with the bins.
 */
export function densityExperiment(experiment: Experiment): Experiment {
  const edges = edgesOf(experiment);
  const bins = Array.from({ length: BINS }, (_, k) => ({
    name: binName(k),
    expression: `${BIN_OFFSET} + (sign(beta - (${edges[k]})) - sign(beta - (${edges[k + 1]}))) / 2`,
  }));
  const { samples: _, times: _times, estimates: _estimates, densities: _densities, ...rest } = experiment;
  const ensembles = experiment.methods.filter(
    (method) => method.kind === 'sgd' || (method.kind === 'sde' && method.coupling === 'interacting'),
  );
  return {
    ...rest,
    times: Array.from({ length: TIMES }, (_, k) => (experiment.horizon * (k + 1)) / TIMES),
    statistics: bins,
    methods: (ensembles.length > 0 ? ensembles : [{ kind: 'flow' as const }]).map((method) => {
      if (!('until' in method)) return method;
      const { until: _until, ...fixed } = method;
      return fixed;
    }),
  };
}

/** Save time nearest to a share of the horizon, as an index into the side run's times. */
export function densityTime(scrub: number): number {
  return Math.round(scrub * TIMES);
}

export function densityModel(side: Drawn, scrub: number, wishes: Wishes): PlotModel {
  const edges = edgesOf(side.experiment);
  const k = densityTime(scrub);
  const time = (side.experiment.horizon * k) / TIMES;
  const width = edges[1] - edges[0];
  const byMethod = new Map<number, Series>();
  const { curves } = side;
  let outside = '';
  for (const index of new Set(curves.map((curve) => curve.index))) {
    const own = curves.filter((curve) => curve.index === index);
    const { method, count } = own[0];
    const share = (name: string, read: (curve: (typeof own)[number]) => number) => {
      const curve = own.find(({ statistic }) => statistic === name);
      return curve ? read(curve) : Number.NaN;
    };
    const column = (read: (curve: (typeof own)[number]) => number) =>
      Float64Array.from(
        { length: BINS + 1 },
        (_, j) =>
          // The last step repeats the last bin, so that it has its width.
          share(binName(Math.min(j, BINS - 1)), read) / width,
      );
    const y = column(({ mean }) => mean[k] - BIN_OFFSET);
    const isEnsemble = own[0].low !== null && count > 1;
    byMethod.set(index, {
      id: `${method}[${index}]`,
      label: `${methodTitle(side, own[0])}${isEnsemble ? `, mean of ${count}` : ''}`,
      ink: method,
      width: method === 'pde' ? 1.75 : 2,
      dash: [],
      opacity: 1,
      x: edges,
      y,
      band: isEnsemble
        ? {
            low: column(({ low }) => low![k] - BIN_OFFSET),
            high: column(({ high }) => high![k] - BIN_OFFSET),
            label: '10% to 90%',
          }
        : null,
      error: own[0].standardError ? column(({ standardError }) => standardError![k]) : null,
      steps: true,
      fill: method === 'sgd',
    });
    const inside = y.slice(0, BINS).reduce((sum, density) => sum + density * width, 0);
    if (Number.isFinite(inside) && inside < 1 - 5e-3 && !outside) {
      outside = `${((1 - inside) * 100).toPrecision(2)}% of the coordinates of ${methodTitle(side, own[0])} lie outside the window`;
    }
  }
  const order = ['sgd', 'sde', 'flow', 'pde'];
  const series = [...byMethod.values()].sort((a, b) => order.indexOf(a.ink) - order.indexOf(b.ink));
  const y = chooseAxis(valuesOf(series), {
    label: 'density of β',
    wish: wishes.yScale,
    otherwise: 'linear',
    include: [0],
  });
  return {
    key: `density ${y.axis.scale}`,
    title: `Density of β over coordinates at t = ${readable(time)}`,
    x: { label: 'β', scale: 'linear', threshold: 1, range: [edges[0], edges[BINS]] },
    y: y.axis,
    series,
    marks: [],
    guides: [],
    notes: [
      `Share of the coordinates in each of ${BINS} bins over its width; a point mass fills one bin.`,
      y.note,
      outside,
    ].filter(Boolean),
    empty: 'Measuring: the same paths are run again with one statistic a bin.',
  };
}

/** The limit's density of the settings as they are, over what was measured last. */
export function liveDensity(
  { edges, shares, time }: { readonly edges: Float64Array; readonly shares: Float64Array; readonly time: number },
  last: PlotModel | null,
  wishes: Wishes,
): PlotModel {
  const shadows = (last?.series ?? [])
    .filter(({ ink }) => ink !== 'pde')
    .map((one) => ({ ...one, id: `shadow/${one.id}`, label: `${one.label}, last run`, opacity: 0.4 }));
  const limit: Series = {
    id: 'live',
    label: METHOD_LABEL.pde,
    ink: 'pde',
    width: 1.5,
    dash: [],
    opacity: 1,
    x: edges,
    // The last step repeats the last bin, so that it has its width.
    y: Float64Array.from({ length: edges.length }, (_, k) => shares[Math.min(k, shares.length - 1)]),
    band: null,
    steps: true,
  };
  const series = [...shadows, limit];
  const { axis } = chooseAxis(valuesOf(series), {
    label: 'density of β',
    wish: wishes.yScale,
    otherwise: 'linear',
    include: [0],
  });
  return {
    key: `density ${axis.scale}`,
    title: `Density of β over coordinates at t = ${readable(time)}`,
    x: { label: 'β', scale: 'linear', threshold: 1, range: [edges[0], edges[edges.length - 1]] },
    y: axis,
    series,
    marks: [],
    guides: [],
    notes: ['The limit follows the controls; the ensembles are those of the last run.'],
    empty: '',
  };
}
