/** What was estimated besides the means: spreads, histograms and correlations as plots, probabilities and rates as points with intervals. */
import type { EstimateResult } from '../estimates.ts';
import type { Numbers, Result } from '../format.ts';
import { chooseAxis, readable, ticksOf, valuesOf } from './axis.ts';
import { TIME_LABEL, type Wishes } from './curves.ts';
import { type Cell, plotCell } from './figure.ts';
import type { PlotModel, ScaleKind, Series } from './model.ts';
import { METHOD_LABEL, type Palette } from './palette.ts';
import { mapping, X_ROOM } from './panel.ts';
import { statisticLabel } from './series.ts';
import { textWidth } from './svg.ts';

type Of<Kind extends EstimateResult['kind']> = Extract<EstimateResult, { kind: Kind }>;

/** Save times of a histogram shown at most: the first, the last, and some between. */
const MOST_TIMES = 4;

const filled = (values: Numbers) => Float64Array.from(values, (x) => x ?? Number.NaN);

/** Which of `count` are shown. */
function some(count: number): number[] {
  if (count <= MOST_TIMES) return Array.from({ length: count }, (_, k) => k);
  return Array.from({ length: MOST_TIMES }, (_, k) => Math.round((k * (count - 1)) / (MOST_TIMES - 1)));
}

const failedWords = ({ method, failed }: Pick<EstimateResult, 'method' | 'failed'>) =>
  failed > 0 ? `${METHOD_LABEL[method]}: ${failed} replicas diverged` : '';

/** How many replicas stand behind each at the k-th time. */
const replicasAt = (all: readonly Pick<Of<'histogram'>, 'method' | 'counts'>[], k: number) =>
  all.map(({ method, counts }) => `${METHOD_LABEL[method]}: ${counts[k]} replicas`).join(', ');

const percent = (share: number) => `${Number((100 * share).toPrecision(4))}%`;

interface Parts {
  readonly title: string;
  readonly x: { readonly label: string; readonly values: readonly ArrayLike<number>[]; readonly otherwise: ScaleKind };
  readonly y: { readonly label: string; readonly otherwise: ScaleKind; readonly include?: readonly number[] };
  readonly series: readonly Series[];
  readonly notes: readonly string[];
}

function modelOf({ title, x, y, series, notes }: Parts, wishes: Wishes): PlotModel {
  const xAxis = chooseAxis(x.values, { label: x.label, wish: wishes.xScale, otherwise: x.otherwise, tight: true });
  const yAxis = chooseAxis(valuesOf(series), {
    label: y.label,
    wish: wishes.yScale,
    otherwise: y.otherwise,
    ...(y.include && { include: y.include }),
  });
  return {
    key: title,
    title,
    x: xAxis.axis,
    y: yAxis.axis,
    series,
    marks: [],
    guides: [],
    notes: [...notes, xAxis.note, yAxis.note].filter(Boolean),
    empty: '',
  };
}

const base = { dash: [], opacity: 1, width: 1.75, band: null } as const;

/** The outermost two, the next two, … */
const pairsOf = (quantiles: Of<'distribution'>['quantiles']) =>
  Array.from({ length: quantiles.length >> 1 }, (_, k) => [quantiles[k], quantiles[quantiles.length - 1 - k]] as const);

/** The mean, dashed, over bands between the quantiles. */
function spread(all: readonly Of<'distribution'>[], wishes: Wishes): PlotModel {
  const series = all.flatMap(({ method, index, times, mean, quantiles }): Series[] => {
    const x = filled(times);
    const bands = pairsOf(quantiles).map(([low, high], k): Series => {
      const band = { low: filled(low.values), high: filled(high.values), label: 'quantiles' };
      const label = `${METHOD_LABEL[method]}, quantiles`;
      return { ...base, id: `${method}[${index}]/${k}`, label, ink: method, width: 0, x, y: band.high, band };
    });
    const line = { ...base, ink: method, x } as const;
    return [
      ...bands,
      { ...line, id: `${method}[${index}]`, label: `${METHOD_LABEL[method]}, mean`, y: filled(mean), dash: [5, 3] },
    ];
  });
  const { statistic } = all[0];
  return modelOf(
    {
      title: `${statisticLabel(statistic)}: spread over replicas`,
      x: { label: TIME_LABEL, values: series.map(({ x }) => x), otherwise: 'linear' },
      y: { label: statisticLabel(statistic), otherwise: 'log' },
      series,
      notes: [
        `bands: ${pairsOf(all[0].quantiles)
          .map(([low, high]) => `${percent(low.probability)} to ${percent(high.probability)}`)
          .join(', ')} of the replicas; dashed: mean`,
        ...all.map(failedWords),
      ].filter(Boolean),
    },
    wishes,
  );
}

/** Whether edges grow by a factor rather than by steps. */
function isGeometric(edges: ArrayLike<number>): boolean {
  if (edges.length < 3 || !(edges[0] > 0)) return false;
  const last = edges.length - 1;
  return Math.abs(edges[1] / edges[0] / (edges[last] / edges[last - 1]) - 1) < 1e-6;
}

/** The last step repeats the last bin, so that it has its width. */
const steps = (values: readonly number[]) => Float64Array.from([...values, values[values.length - 1]]);

function histogram(all: readonly Of<'histogram'>[], k: number, wishes: Wishes): PlotModel {
  const time = all[0].times[k]!;
  const series = all.map(({ method, index, edges, hits, counts }): Series => {
    const own = edges[k].map((x) => x ?? Number.NaN);
    const y = hits[k].map((hit, j) => (hit ?? 0) / (counts[k]! * (own[j + 1] - own[j])));
    return {
      ...base,
      id: `${method}[${index}]`,
      label: METHOD_LABEL[method],
      ink: method,
      x: own,
      y: steps(y),
      steps: true,
      fill: true,
    };
  });
  const label = statisticLabel(all[0].statistic);
  const beyond = all.map(({ method, below, above }) => {
    const out = (below[k] ?? 0) + (above[k] ?? 0);
    return out > 0 ? `${METHOD_LABEL[method]}: ${out} replicas lie outside the bins` : '';
  });
  return modelOf(
    {
      title: `${label} over replicas at t = ${readable(time, 3)}`,
      x: {
        label,
        values: series.map(({ x }) => x),
        otherwise: series.every(({ x }) => isGeometric(x)) ? 'log' : 'linear',
      },
      y: { label: 'density', otherwise: 'linear', include: [0] },
      series,
      notes: [replicasAt(all, k), ...beyond, ...all.map(failedWords)].filter(Boolean),
    },
    wishes,
  );
}

function betaHistogram(all: readonly Of<'beta-histogram'>[], k: number, wishes: Wishes): PlotModel {
  const time = all[0].times[k]!;
  const series = all.map(({ method, index, edges, shares, standardError }): Series => {
    const own = edges.map((x) => x ?? Number.NaN);
    const density = (row: Numbers) => row.map((x, j) => (x ?? Number.NaN) / (own[j + 1] - own[j]));
    const [y, error] = [density(shares[k]), density(standardError[k])];
    const hasError = error.some((x) => x > 0);
    return {
      ...base,
      id: `${method}[${index}]`,
      label: METHOD_LABEL[method],
      ink: method,
      x: own,
      y: steps(y),
      band: hasError
        ? { low: steps(y.map((x, j) => x - error[j])), high: steps(y.map((x, j) => x + error[j])), label: '± one s.e.' }
        : null,
      steps: true,
      fill: true,
    };
  });
  const beyond = all.map(({ method, below, above }) => {
    const out = (below[k] ?? 0) + (above[k] ?? 0);
    return out > 0 ? `${METHOD_LABEL[method]}: ${percent(out)} of the coordinates lie outside the bins` : '';
  });
  return modelOf(
    {
      title: `β over coordinates at t = ${readable(time, 3)}`,
      x: { label: 'β', values: series.map(({ x }) => x), otherwise: 'linear' },
      y: { label: 'density of β', otherwise: 'linear', include: [0] },
      series,
      notes: [replicasAt(all, k), ...beyond, ...all.map(failedWords)].filter(Boolean),
    },
    wishes,
  );
}

/** Correlation with its interval; the covariance is in the file. */
function correlation(all: readonly Of<'covariance'>[], wishes: Wishes): PlotModel {
  const [{ statistics, confidence }] = all;
  const series = all.map(
    ({ method, index, times, correlation, low, high }): Series => ({
      ...base,
      id: `${method}[${index}]`,
      label: METHOD_LABEL[method],
      ink: method,
      x: filled(times),
      y: filled(correlation),
      band: { low: filled(low), high: filled(high), label: '' },
    }),
  );
  const [a, b] = statistics.map(statisticLabel);
  const model = modelOf(
    {
      title: `correlation of ${a} and ${b}`,
      x: { label: TIME_LABEL, values: series.map(({ x }) => x), otherwise: 'linear' },
      y: { label: 'correlation over replicas', otherwise: 'linear', include: [-1, 1] },
      series,
      notes: [`bands: ${percent(confidence)} intervals`, ...all.map(failedWords)].filter(Boolean),
    },
    { ...wishes, yScale: 'linear' },
  );
  return { ...model, guides: [{ from: 0, to: 0, label: '' }] };
}

function covariance(all: readonly Of<'covariance'>[], wishes: Wishes): PlotModel {
  const series = all.map(
    ({ method, index, times, covariance }): Series => ({
      ...base,
      id: `${method}[${index}]`,
      label: METHOD_LABEL[method],
      ink: method,
      x: filled(times),
      y: filled(covariance),
    }),
  );
  const [a, b] = all[0].statistics.map(statisticLabel);
  return modelOf(
    {
      title: `covariance of ${a} and ${b}`,
      x: { label: TIME_LABEL, values: series.map(({ x }) => x), otherwise: 'linear' },
      y: { label: 'covariance over replicas', otherwise: 'log' },
      series,
      notes: [],
    },
    wishes,
  );
}

interface Row {
  readonly words: string;
  readonly method: EstimateResult['method'];
  readonly value: number | null;
  readonly interval: readonly [number, number] | null;
  /** What theory says. */
  readonly predicted: number | null;
}

const rowOf = (estimate: Of<'tail' | 'blow-up' | 'convergence'>): Row => ({
  words: `${METHOD_LABEL[estimate.method]}: ${eventOf(estimate)}, ${estimate.hits} of ${estimate.count}`,
  method: estimate.method,
  value: estimate.probability,
  interval: estimate.interval as [number, number],
  predicted: null,
});

function eventOf(estimate: Of<'tail' | 'blow-up' | 'convergence'>): string {
  const show = (x: number) => readable(x, 3);
  switch (estimate.kind) {
    case 'tail':
      return `P(${statisticLabel(estimate.statistic)} > ${show(estimate.above)} at t = ${show(estimate.time)})`;
    case 'blow-up':
      return `P(diverged by t = ${show(estimate.before)})`;
    case 'convergence':
      return `P(R(t) ≤ ${show(estimate.constant)} e^(−${show(estimate.rate)} t) R(0) up to t = ${show(estimate.time)})`;
  }
}

const ROW = 38;

/** A point with its interval a row, its words above it. */
function intervalCell(
  title: string,
  notes: readonly string[],
  rows: readonly Row[],
  label: string,
  range: readonly [number, number],
  palette: Palette,
): Cell {
  const axis = { label, scale: 'linear' as const, threshold: 1, range };
  return {
    title,
    notes,
    height: ROW * rows.length + 8,
    left: 12,
    right: 12,
    foot: X_ROOM,
    draw(sheet, box) {
      const x = mapping(axis, range, box.left, box.right);
      const line = (...points: [number, number][]) => [points];
      for (const { value, label: words } of ticksOf(
        axis,
        ...range,
        Math.max(2, Math.floor((box.right - box.left) / 64)),
      )) {
        sheet.path(line([x(value), box.top], [x(value), box.bottom]), { stroke: palette.grid });
        sheet.text(x(value), box.bottom + 16, words, { anchor: 'middle' });
      }
      rows.forEach(({ words, method, value, interval, predicted }, k) => {
        const y = box.top + ROW * k + 28;
        const stroke = palette.ink[method];
        const size = Math.min(12, (12 * (box.right - box.left - 8)) / textWidth(words));
        sheet.text(box.left + 4, y - 11, value === null ? `${words}: no value` : words, { size });
        if (interval) {
          sheet.path(line([x(interval[0]), y], [x(interval[1]), y]), { stroke, width: 2 });
          for (const end of interval) sheet.path(line([x(end), y - 4], [x(end), y + 4]), { stroke, width: 2 });
        }
        if (value !== null) sheet.circle(x(value), y, 4, { fill: stroke });
        if (predicted !== null)
          sheet.path(line([x(predicted), y - 9], [x(predicted), y + 9]), { stroke: palette.ink.pde, width: 2 });
      });
      sheet.rect(box.left, box.top, box.right - box.left, box.bottom - box.top, { stroke: palette.grid });
      sheet.text((box.left + box.right) / 2, box.bottom + 34, label, { anchor: 'middle' });
    },
  };
}

function rateCell(all: readonly Of<'rate'>[], palette: Palette): Cell {
  const rows = all.map(
    ({ method, mean, interval, predicted, count, from, to }): Row => ({
      words: `${METHOD_LABEL[method]}: mean of ${count}, fitted from t = ${readable(from, 3)} to ${readable(to, 3)}`,
      method,
      value: mean,
      interval: interval as [number, number] | null,
      predicted,
    }),
  );
  const known = rows.flatMap(({ value, interval, predicted }) => [value, ...(interval ?? []), predicted]);
  const { axis } = chooseAxis([known.filter((x) => x !== null)], { label: '', wish: 'linear' });
  const [{ statistic, confidence }] = all;
  const notes = [
    `whiskers: ${percent(confidence)} intervals of the mean`,
    rows.some(({ predicted }) => predicted !== null) ? 'bar: predicted terminal rate' : '',
    ...all.map(failedWords),
  ];
  return intervalCell(
    `${statisticLabel(statistic)}: rate of decay`,
    notes.filter(Boolean),
    rows,
    'rate, per unit of time',
    axis.range,
    palette,
  );
}

export interface EstimatePanels {
  readonly cells: readonly Cell[];
  readonly series: readonly Series[];
}

const HEIGHT = 240;

/** All of a result, in the order of its experiment: SGD and SDE of one entry share a panel. */
export function estimatePanels(
  { estimates = [] }: Pick<Result, 'estimates'>,
  wishes: Wishes,
  palette: Palette,
): EstimatePanels {
  const models: PlotModel[] = [];
  const cells: Cell[] = [];
  const plot = (model: PlotModel) => {
    models.push(model);
    cells.push(plotCell(model.title, model, HEIGHT, palette));
  };
  const probabilities: Of<'tail' | 'blow-up' | 'convergence'>[] = [];
  const groups = new Map<number, EstimateResult[]>();
  for (const one of estimates) groups.set(one.estimate, [...(groups.get(one.estimate) ?? []), one]);
  for (const all of groups.values()) {
    const of = <Kind extends EstimateResult['kind']>(kind: Kind) =>
      all.filter((one): one is Of<Kind> => one.kind === kind);
    const [first] = all;
    switch (first.kind) {
      case 'distribution':
        plot(spread(of('distribution'), wishes));
        break;
      case 'histogram':
        for (const k of some(first.times.length)) plot(histogram(of('histogram'), k, wishes));
        break;
      case 'beta-histogram':
        for (const k of some(first.times.length)) plot(betaHistogram(of('beta-histogram'), k, wishes));
        break;
      case 'covariance':
        plot(correlation(of('covariance'), wishes));
        plot(covariance(of('covariance'), wishes));
        break;
      case 'rate':
        cells.push(rateCell(of('rate'), palette));
        break;
      default:
        probabilities.push(...of('tail'), ...of('blow-up'), ...of('convergence'));
    }
  }
  if (probabilities.length > 0) {
    const rules = [...new Set(probabilities.map(({ confidence, rule }) => `${percent(confidence)} (${rule})`))];
    const notes = [`whiskers: intervals at ${rules.join(', ')}`];
    cells.push(intervalCell('probabilities', notes, probabilities.map(rowOf), 'probability', [0, 1], palette));
  }
  return { cells, series: models.flatMap(({ series }) => series) };
}
