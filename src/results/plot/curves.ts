/** The picture of a result: one panel a statistic, bands and means of ensembles, the limit on top. */
import type { TopLevelSpec } from 'vega-lite';
import type { Experiment } from '../../problem/index.ts';
import { describeStatistic } from '../../statistics/index.ts';
import type { Curve, MethodKind, Result, ResultEvent } from '../format.ts';
import { FAILURE_COLOR, METHOD_COLOR, METHOD_LABEL } from './palette.ts';
import { renderSvg } from './render.ts';
import { type Axis, chooseAxis } from './scale.ts';

/** More points a curve than this cannot be told apart in the picture. */
const MOST_POINTS = 600;
/** Marks of diverged replicas drawn a panel. */
const MOST_MARKS = 200;
/** Drawn first to last: what comes later lies on top. */
const DRAWING_ORDER: readonly MethodKind[] = ['sgd', 'sde', 'flow', 'pde'];
function panelSize(panels: number) {
  return panels > 1 ? { width: 420, height: 260 } : { width: 560, height: 340 };
}

interface Row {
  readonly series: string;
  /** Sorts the drawing, not the legend. */
  readonly layer: number;
  readonly t: number;
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

interface Series {
  readonly label: string;
  readonly method: MethodKind;
  readonly index: number;
  readonly dash: readonly number[];
}

/** plot.svg: a self-contained SVG. Methods keep their colours, several of one kind differ by dashes. */
export function plotSvg(result: Pick<Result, 'experiment' | 'curves' | 'events'>): Promise<string> {
  const series = listSeries(result.curves);
  const names = [...new Set(result.curves.map((curve) => curve.statistic))];
  const panels = names.map((name) => panel(name, result, series, panelSize(names.length)));
  const title = headline(result.experiment);
  const spec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    padding: 12,
    title: {
      text: title,
      subtitle: subtitle(result.experiment),
      anchor: 'start',
      fontSize: 15,
      subtitleFontSize: 12,
      subtitlePadding: 4,
      offset: 14,
    },
    columns: names.length > 1 ? 2 : 1,
    spacing: 28,
    concat:
      panels.length > 0
        ? panels.map((p) => p.spec)
        : [{ data: { values: [{}] }, mark: { type: 'text', text: 'no curves' } }],
    resolve: { legend: { color: 'shared', strokeDash: 'shared' } },
    config: {
      font: 'system-ui, "Segoe UI", Helvetica, Arial, sans-serif',
      view: { stroke: '#d0d0d0' },
      axis: {
        grid: true,
        gridColor: '#ececec',
        labelColor: '#333',
        titleColor: '#111',
        titleFontWeight: 'normal',
        titleFontSize: 12,
        labelFontSize: 11,
      },
      legend: { labelFontSize: 12, symbolStrokeWidth: 2.5, symbolSize: 300, title: null },
      title: { color: '#111' },
    },
  };
  const description = [
    subtitle(result.experiment),
    ...panels.map((p) => p.description),
    ...result.events.slice(0, 5).map(inWords),
  ];
  return renderSvg(spec as unknown as TopLevelSpec, { title, description: `${description.join('. ')}.` });
}

function listSeries(curves: readonly Curve[]): Series[] {
  const found = new Map<number, Curve>();
  for (const curve of curves) if (!found.has(curve.index)) found.set(curve.index, curve);
  const all = [...found.values()].sort((a, b) => a.index - b.index);
  return all.map((curve) => {
    const kin = all.filter((other) => other.method === curve.method);
    const name = kin.length > 1 ? `${METHOD_LABEL[curve.method]} [${curve.index}]` : METHOD_LABEL[curve.method];
    const replicas = curve.quantiles ? `, ${curve.count} ${curve.count === 1 ? 'replica' : 'replicas'}` : '';
    const variants =
      curve.method === 'flow'
        ? [
            [6, 4],
            [2, 3],
            [9, 3, 2, 3],
          ]
        : [
            [1, 0],
            [8, 3],
            [3, 2],
            [9, 3, 2, 3],
          ];
    return {
      label: name + replicas,
      method: curve.method,
      index: curve.index,
      dash: variants[kin.indexOf(curve) % variants.length],
    };
  });
}

function panel(
  name: string,
  { curves, events, experiment }: Pick<Result, 'experiment' | 'curves' | 'events'>,
  series: readonly Series[],
  size: ReturnType<typeof panelSize>,
) {
  const own = curves.filter((curve) => curve.statistic === name);
  const axis = chooseAxis(numbersOf(own));
  const rows = own
    .flatMap((curve) => rowsOf(curve, series.find((s) => s.index === curve.index)!.label, axis))
    .sort((a, b) => a.layer - b.layer || a.t - b.t);
  const { title, symbol } = describeStatistic(name);
  const shown = symbol === '⟨φ⟩' ? `mean of ${title}` : symbol;
  const negative = axis.sign < 0;
  const empty = rows.every((row) => row.mean === null);
  const notes = [
    axis.note,
    negative ? 'negative throughout: magnitude drawn' : '',
    empty ? 'no finite values' : '',
  ].filter(Boolean);
  const y = {
    type: 'quantitative',
    scale: { type: axis.kind, zero: false, nice: axis.kind === 'linear', ...(empty ? { domain: [0, 1] } : {}) },
    title: `${negative ? `−${shown.includes(' ') ? `(${shown})` : shown}` : shown}`,
    axis: axis.ticks ? labelled(axis.ticks) : { format: '~g', tickCount: 6 },
  };
  const x = {
    field: 't',
    type: 'quantitative',
    title: 't — time, in units of d steps',
    scale: { domain: [0, experiment.horizon], nice: false },
    axis: { format: '~g', tickCount: 8 },
  };
  const legend = {
    orient: 'top',
    direction: 'horizontal',
    columns: series.length > 4 && size.width > 420 ? 3 : 4,
    symbolType: 'stroke',
    symbolOpacity: 1,
    symbolFillColor: 'transparent',
    labelLimit: 300,
  };
  const domain = series.map((s) => s.label);
  const color = {
    field: 'series',
    type: 'nominal',
    sort: null,
    scale: { domain, range: series.map((s) => METHOD_COLOR[s.method]) },
    legend,
  };
  const strokeDash = { ...color, scale: { domain, range: series.map((s) => s.dash) } };
  const detail = { field: 'layer', type: 'ordinal' };
  const band = (method: (row: Row) => boolean) =>
    rows.filter((row) => row.low !== null && row.high !== null && method(row));
  const lines = rows.filter((row) => row.mean !== null);
  const layer: unknown[] = [
    {
      data: { values: band(() => true) },
      mark: { type: 'area', opacity: 0.22, clip: true },
      encoding: { x, y: { field: 'low', ...y }, y2: { field: 'high' }, color, detail },
    },
    {
      data: { values: lines },
      mark: { type: 'line', strokeWidth: 2, clip: true, interpolate: 'linear' },
      encoding: { x, y: { field: 'mean', ...y }, color, strokeDash, detail },
    },
    // A curve of one value is a point: a line would draw nothing.
    {
      data: { values: lines.filter((row) => lines.filter((other) => other.series === row.series).length === 1) },
      mark: { type: 'point', filled: true, size: 45, clip: true },
      encoding: { x, y: { field: 'mean', ...y }, color },
    },
    ...eventLayers(events, x, size.height),
  ];
  const spec = {
    ...size,
    title: {
      text: title,
      subtitle: notes.join('; '),
      anchor: 'start',
      fontSize: 13,
      subtitleFontSize: 11,
      subtitleColor: '#666',
    },
    layer,
  };
  return { spec, description: inSentence(title, axis, own) };
}

/** Vega has no number format with superscripts: the labels are looked up by value. */
function labelled(ticks: readonly (readonly [number, string])[]) {
  const labels = Object.fromEntries(ticks);
  return { values: ticks.map(([value]) => value), labelExpr: `(${JSON.stringify(labels)})['' + datum.value]` };
}

function* numbersOf(curves: readonly Curve[]): Iterable<number> {
  for (const curve of curves) {
    for (const array of [curve.mean, curve.quantiles?.['0.1'], curve.quantiles?.['0.9']]) {
      for (const x of array ?? []) if (x !== null) yield x;
    }
  }
}

function rowsOf(curve: Curve, label: string, { kind, sign }: Axis): Row[] {
  const shown = (x: number | null | undefined) =>
    x === null || x === undefined || (kind === 'log' && x === 0) ? null : sign * x;
  const stride = Math.max(1, Math.ceil(curve.times.length / MOST_POINTS));
  const last = curve.times.length - 1;
  const rows: Row[] = [];
  curve.times.forEach((t, k) => {
    if (k % stride !== 0 && k !== last) return;
    const [low, high] = [shown(curve.quantiles?.['0.1'][k]), shown(curve.quantiles?.['0.9'][k])];
    const layer = DRAWING_ORDER.indexOf(curve.method) * 100 + curve.index;
    rows.push({
      series: label,
      layer,
      t: t!,
      mean: shown(curve.mean[k]),
      low: sign > 0 ? low : high,
      high: sign > 0 ? high : low,
    });
  });
  return rows;
}

/** A labelled rule where the limit ends; a tick at the foot of the panel for each diverged replica. */
function eventLayers(events: readonly ResultEvent[], x: object, height: number): unknown[] {
  const at = (kind: ResultEvent['kind']) => events.filter((event) => event.kind === kind && event.time !== null);
  const rules = at('blow-up').map(({ time, method }) => ({
    t: time,
    label: `${METHOD_LABEL[method]} blows up, t = ${Number(time!.toPrecision(4))}`,
  }));
  const ticks = at('diverged')
    .slice(0, MOST_MARKS)
    .map(({ time }) => ({ t: time }));
  const layers: unknown[] = [];
  if (rules.length > 0) {
    const data = { values: rules };
    layers.push(
      { data, mark: { type: 'rule', color: FAILURE_COLOR, strokeDash: [4, 3], strokeWidth: 1.5 }, encoding: { x } },
      {
        data,
        mark: {
          type: 'text',
          color: FAILURE_COLOR,
          align: 'right',
          baseline: 'top',
          dx: -4,
          dy: 4,
          fontSize: 11,
          clip: true,
        },
        encoding: { x, y: { value: 0 }, text: { field: 'label' } },
      },
    );
  }
  if (ticks.length > 0) {
    layers.push({
      data: { values: ticks },
      mark: { type: 'rule', color: FAILURE_COLOR, strokeWidth: 1, opacity: 0.6 },
      encoding: { x, y: { value: height }, y2: { value: height - 8 } },
    });
  }
  return layers;
}

/** What was simulated, in one line. */
function headline({ problem }: Experiment): string {
  const form = { product: 'β = u⊙v', difference: 'β = u² − v²', square: 'β = u²' }[problem.parametrization];
  return `Diagonal linear network ${form}, d = ${problem.dimension.toLocaleString('en-US').replaceAll(',', '\u202f')}`;
}

function subtitle({ problem, stepSize, seed, methods }: Experiment): string {
  const features = typeof problem.features === 'string' ? problem.features : problem.features.kind;
  return [
    `${problem.covariance.kind} covariance`,
    `${problem.target.kind} target`,
    `step size ${typeof stepSize === 'number' ? `γ = ${stepSize}` : `γ(t): ${stepSize.kind}`}`,
    `label noise σ = ${problem.labelNoise}`,
    ...(problem.batchSize > 1 ? [`batch size ${problem.batchSize}`] : []),
    ...(features === 'gaussian' ? [] : [`${features} features`]),
    `seed ${seed}`,
    ...(methods.some(({ kind }) => kind === 'sgd' || kind === 'sde') ? ['bands: 10% to 90% of replicas'] : []),
  ].join(', ');
}

function inWords(event: ResultEvent): string {
  return `${METHOD_LABEL[event.method]}: ${event.message.replace(/\s+/g, ' ').replace(/\.$/, '')}`;
}

function inSentence(title: string, axis: Axis, curves: readonly Curve[]): string {
  const ends = curves.map((curve) => {
    const last = curve.mean.reduce<number>((found, x, k) => (x === null ? found : k), -1);
    if (last < 0) return `${METHOD_LABEL[curve.method]} has no values`;
    const [from, to] = [curve.mean.find((x) => x !== null)!, curve.mean[last]!].map((x) => Number(x.toPrecision(3)));
    return `${METHOD_LABEL[curve.method]} from ${from} to ${to} at t = ${Number(curve.times[last]!.toPrecision(4))}`;
  });
  return `${title} against time on a ${axis.kind === 'log' ? 'logarithmic' : 'linear'} axis: ${ends.join('; ')}`;
}
