/** The picture of a sweep: heat maps over two axes (curves over one) with the predicted critical curve drawn over them. */
import type { TopLevelSpec } from 'vega-lite';
import { describeStatistic } from '../../statistics/index.ts';
import { methodName } from '../format.ts';
import type { SweepMethod, SweepPoint, SweepResult } from '../sweep.ts';
import { zeroLine } from './contour.ts';
import { METHOD_COLOR, METHOD_LABEL } from './palette.ts';
import { renderSvg } from './render.ts';
import { headline, subtitle } from './words.ts';

/** More panels cannot be read; the numbers are in sweep.csv. */
const MOST_PANELS = 24;
const SIZE = { width: 300, height: 260 };
const CRITICAL_COLOR = '#D55E00';

type Axes = SweepResult['sweep']['axes'];

/** One number of a method at a point. */
interface Measure {
  readonly title: string;
  readonly short: string;
  value(method: SweepMethod): number | null;
  error(method: SweepMethod): number | null;
  /** A probability: its colours run from 0 to 1. */
  readonly isProbability?: boolean;
  /** Never on a logarithmic scale. */
  readonly isLinear?: boolean;
}

function measuresOf({ sweep, points }: SweepResult): Measure[] {
  // Where the file has save times of its own, the run ends at the last of them.
  const end = sweep.experiment.times ? 'the last save time' : 'T';
  const names = [...new Set(points.flatMap(({ methods }) => methods.flatMap(({ final }) => Object.keys(final))))];
  return [
    ...names.slice(0, 4).map((name): Measure => {
      const { title, symbol } = describeStatistic(name);
      return {
        title: `${title} at ${end}`,
        short: symbol === '⟨φ⟩' ? name : symbol,
        value: ({ final }) => final[name]?.mean ?? null,
        error: ({ final }) => final[name]?.standardError ?? null,
      };
    }),
    {
      title: 'measured rate of convergence',
      short: 'rate',
      value: ({ rate }) => rate?.mean ?? null,
      error: ({ rate }) => rate?.standardError ?? null,
      isLinear: true,
    },
    {
      title: `P(blow-up by ${end})`,
      short: 'P',
      value: ({ blowUp }) => blowUp.probability,
      error: () => null,
      isProbability: true,
    },
  ];
}

/** sweep.svg: self-contained. Two axes: a heat map a method and measure; further axes: one a value. One axis: curves. */
export function sweepSvg(result: SweepResult): Promise<string> {
  const { sweep, points } = result;
  const measures = measuresOf(result);
  const drawn = sweep.axes.length === 1 ? curvePanels(result, measures) : mapPanels(result, measures);
  const shown = drawn.panels.slice(0, MOST_PANELS);
  const left = drawn.panels.length - shown.length;
  const title = headline(sweep.experiment).replace(/, d = .*$/, '');
  const swept = sweep.axes.map(({ field, values }) => `${field} (${values.length} values)`).join(' × ');
  const lines = [
    `sweep over ${swept}; elsewhere ${surroundings(sweep)}`,
    ...(drawn.note ? [drawn.note] : []),
    ...(left > 0 ? [`${left} more panels are left out; their numbers are in sweep.csv`] : []),
  ];
  const spec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    padding: 12,
    title: { text: title, subtitle: lines, anchor: 'start', fontSize: 15, subtitleFontSize: 12, offset: 14 },
    columns: measures.length,
    bounds: 'flush',
    spacing: { row: 84, column: sweep.axes.length === 1 ? 84 : 150 },
    concat: shown.length > 0 ? shown : [{ data: { values: [{}] }, mark: { type: 'text', text: 'no points' } }],
    resolve: { scale: { color: 'independent' } },
    config: {
      font: 'system-ui, "Segoe UI", Helvetica, Arial, sans-serif',
      view: { stroke: '#d0d0d0' },
      axis: {
        labelColor: '#333',
        titleColor: '#111',
        titleFontWeight: 'normal',
        titleFontSize: 12,
        labelFontSize: 11,
        grid: false,
      },
      legend: { title: null, labelFontSize: 11, gradientLength: 200 },
    },
  };
  const described = points.length === 0 ? ['no points'] : measures.map((measure) => inWords(measure, points));
  return renderSvg(spec as unknown as TopLevelSpec, { title, description: `${[...lines, ...described].join('. ')}.` });
}

/** What all points share, in words. */
function surroundings({ experiment, axes }: SweepResult['sweep']): string {
  const isSwept = axes.some(({ field }) => field.startsWith('stepSize'));
  const parts = subtitle(experiment).split(', ');
  return parts.filter((part) => !part.startsWith('bands') && !(isSwept && part.startsWith('step size'))).join(', ');
}

function inWords({ title, value }: Measure, points: readonly SweepPoint[]): string {
  const values = points.flatMap(({ methods }) => methods.map(value)).filter((x) => x !== null);
  if (values.length === 0) return `${title}: no values`;
  const show = (x: number) => Number(x.toPrecision(3));
  return `${title} from ${show(Math.min(...values))} to ${show(Math.max(...values))}`;
}

function axisOf(axis: Axes[number], field: string) {
  const symbol =
    axis.field === 'stepSize' ? 'γ — step size' : axis.field === 'problem.dimension' ? 'd — dimension' : axis.field;
  return {
    field,
    type: 'quantitative',
    title: symbol,
    scale: { type: axis.scale, nice: false, zero: false },
    axis: { format: '~g', tickCount: 6 },
  };
}

/** Ends of the cells around increasing values: midway between neighbours, in the axis' own scale. */
function edgesOf(values: readonly number[], scale: 'linear' | 'log'): number[] {
  const to = scale === 'log' ? Math.log : (x: number) => x;
  const from = scale === 'log' ? Math.exp : (x: number) => x;
  const x = values.map(to);
  if (x.length === 1) return [from(x[0] - 0.5), from(x[0] + 0.5)];
  const middle = x.slice(1).map((value, i) => (value + x[i]) / 2);
  return [x[0] - (middle[0] - x[0]), ...middle, x[x.length - 1] + (x[x.length - 1] - middle[middle.length - 1])].map(
    from,
  );
}

/** log(γ/γ_c): positive where the step size is supercritical; null where nothing is predicted. */
function excess({ prediction, stepSize }: SweepPoint): number | null {
  const critical = prediction?.criticalStepSize;
  return critical ? Math.log(stepSize / critical) : null;
}

function mapPanels({ sweep, points }: SweepResult, measures: readonly Measure[]): { panels: unknown[]; note: string } {
  const [ax, ay] = sweep.axes;
  const xs = [...ax.values].sort((a, b) => a - b);
  const ys = [...ay.values].sort((a, b) => a - b);
  const [xe, ye] = [edgesOf(xs, ax.scale), edgesOf(ys, ay.scale)];
  // One slice for each combination of the further axes.
  const slices = new Map<string, SweepPoint[]>();
  for (const point of points) {
    const key = point.values
      .slice(2)
      .map((value, k) => `${sweep.axes[k + 2].field} = ${value}`)
      .join(', ');
    slices.set(key, [...(slices.get(key) ?? []), point]);
  }
  let isDrawn = false;
  const panels: unknown[] = [];
  for (const [label, slice] of slices) {
    const at = new Map(slice.map((point) => [`${point.values[0]}/${point.values[1]}`, point]));
    const critical = zeroLine(
      xs,
      ys,
      (i, j) => {
        const point = at.get(`${xs[i]}/${ys[j]}`);
        return point ? excess(point) : null;
      },
      [ax.scale, ay.scale],
    ).map(([x, y, x2, y2]) => ({ x, y, x2, y2 }));
    if (critical.length > 0) isDrawn = true;
    for (const method of slice[0]?.methods ?? []) {
      for (const measure of measures) {
        const cells = slice.map((point) => {
          const [i, j] = [xs.indexOf(point.values[0]), ys.indexOf(point.values[1])];
          const value = measure.value(point.methods.find(({ index }) => index === method.index) ?? method);
          return { x: xe[i], x2: xe[i + 1], y: ye[j], y2: ye[j + 1], value };
        });
        panels.push({
          ...SIZE,
          title: {
            text: measure.title,
            subtitle: [methodTitle(method), ...(label ? [label] : [])],
            anchor: 'start',
            fontSize: 13,
            subtitleFontSize: 11,
          },
          layer: [
            {
              data: { values: cells.filter(({ value }) => value === null) },
              mark: { type: 'rect', color: '#e4e4e4', clip: true },
              encoding: { x: { ...axisOf(ax, 'x') }, x2: { field: 'x2' }, y: axisOf(ay, 'y'), y2: { field: 'y2' } },
            },
            {
              data: { values: cells.filter(({ value }) => value !== null) },
              mark: { type: 'rect', clip: true },
              encoding: {
                x: { ...axisOf(ax, 'x') },
                x2: { field: 'x2' },
                y: axisOf(ay, 'y'),
                y2: { field: 'y2' },
                color: {
                  field: 'value',
                  type: 'quantitative',
                  scale: colorScale(cells, measure),
                  legend: { title: measure.short, format: '~g' },
                },
              },
            },
            {
              data: { values: critical },
              mark: { type: 'rule', color: CRITICAL_COLOR, strokeWidth: 2.5, clip: true },
              encoding: { x: { ...axisOf(ax, 'x') }, x2: { field: 'x2' }, y: axisOf(ay, 'y'), y2: { field: 'y2' } },
            },
          ],
        });
      }
    }
  }
  const note = isDrawn
    ? 'line: predicted critical step size (γ = γ_c), above which the linearized risk grows; grey: no value (every replica diverged)'
    : 'the predicted critical step size does not cross this grid, or nothing is predicted; grey: no value (every replica diverged)';
  return { panels, note };
}

const methodTitle = ({ method, index, count }: SweepMethod) =>
  `${METHOD_LABEL[method]} [${index}]${method === 'sgd' || method === 'sde' ? `, ${count} ${count === 1 ? 'replica' : 'replicas'}` : ''}`;

function colorScale(cells: readonly { readonly value: number | null }[], { isProbability, isLinear }: Measure) {
  if (isProbability) return { scheme: 'viridis', domain: [0, 1], type: 'linear' };
  const values = cells.map(({ value }) => value).filter((x) => x !== null);
  const least = Math.min(...values);
  const most = Math.max(...values);
  if (!isLinear && least > 0 && most > 10 * least) return { scheme: 'viridis', type: 'log', nice: false };
  return { scheme: 'viridis', type: 'linear', zero: false, nice: false };
}

function curvePanels(
  { sweep, points }: SweepResult,
  measures: readonly Measure[],
): { panels: unknown[]; note: string } {
  const [axis] = sweep.axes;
  const sorted = [...points].sort((a, b) => a.values[0] - b.values[0]);
  const crossing = zeroLine(
    sorted.map(({ values }) => values[0]),
    [0, 1],
    (i) => (sorted[i] ? excess(sorted[i]) : null),
    [axis.scale, 'linear'],
  );
  const names = [
    ...new Map(points.flatMap(({ methods }) => methods.map((method) => [method.index, method] as const))).values(),
  ];
  const domain = names.map(methodName);
  const color = {
    field: 'series',
    type: 'nominal',
    sort: null,
    scale: { domain, range: names.map(({ method }) => METHOD_COLOR[method]) },
    legend: { orient: 'top', symbolType: 'stroke' },
  };
  const panels = measures.map((measure) => {
    const rows = sorted.flatMap(({ values, methods }) =>
      methods.map((method) => {
        const value = measure.value(method);
        const [low, high] = measure.isProbability
          ? (method.blowUp.interval ?? [value, value])
          : around(value, measure.error(method));
        return { x: values[0], series: methodName(method), value, low, high };
      }),
    );
    const positive = rows.map(({ value }) => value).filter((value) => value !== null);
    const isLog =
      !measure.isProbability &&
      !measure.isLinear &&
      positive.every((x) => x > 0) &&
      Math.max(...positive) > 10 * Math.min(...positive);
    const y = {
      field: 'value',
      type: 'quantitative',
      title: measure.short,
      scale: isLog ? { type: 'log' } : { zero: false },
      axis: { format: '~g' },
    };
    const x = axisOf(axis, 'x');
    const predicted = sorted.flatMap(({ values, prediction }) =>
      prediction?.terminalRate ? [{ x: values[0], value: prediction.terminalRate }] : [],
    );
    return {
      ...SIZE,
      title: { text: measure.title, anchor: 'start', fontSize: 13 },
      layer: [
        {
          data: { values: rows },
          mark: { type: 'rule', clip: true },
          encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
        },
        {
          data: { values: rows },
          mark: { type: 'line', point: true, clip: true, invalid: 'break-paths-filter-domains' },
          encoding: { x, y, color },
        },
        ...(measure.short === 'rate'
          ? [
              {
                data: { values: predicted },
                mark: { type: 'line', color: 'black', strokeDash: [6, 4] },
                encoding: { x, y },
              },
            ]
          : []),
        {
          data: { values: crossing.slice(0, 8).map(([at]) => ({ x: at })) },
          mark: { type: 'rule', color: CRITICAL_COLOR, strokeWidth: 2 },
          encoding: { x },
        },
      ],
    };
  });
  return {
    panels,
    note: 'bars: one standard error (probabilities: 95%); dashed: predicted terminal rate; vertical: predicted critical step size',
  };
}

const around = (value: number | null, error: number | null) =>
  value === null || error === null ? [value, value] : [value - error, value + error];
