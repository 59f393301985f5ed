/** The picture of a result: one panel a statistic, bands and means of ensembles, the limit on top. */
import type { TopLevelSpec } from 'vega-lite';
import { describeStatistic } from '../../statistics/index.ts';
import type { Curve, MethodKind, Result } from '../format.ts';
import { eventLayers } from './events.ts';
import { METHOD_COLOR, METHOD_LABEL } from './palette.ts';
import { renderSvg } from './render.ts';
import { type Axis, chooseAxis, LINEAR } from './scale.ts';
import { headline, inSentence, inWords, subtitle } from './words.ts';

/** More points a curve than this cannot be told apart in the picture. */
const MOST_POINTS = 600;
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
    // Panels stand on a grid of their frames: estimated widths of texts, which differ by font, move nothing.
    bounds: 'flush',
    spacing: { row: 96, column: 84 },
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
  const { title, symbol, scale } = describeStatistic(name);
  const axis = scale === 'linear' ? LINEAR : chooseAxis(numbersOf(own));
  const rows = own
    .flatMap((curve) => rowsOf(curve, series.find((s) => s.index === curve.index)!.label, axis))
    .sort((a, b) => a.layer - b.layer || a.t - b.t);
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
  const lines = rows.filter((row) => row.mean !== null);
  const points = new Map<string, number>();
  for (const { series: of } of lines) points.set(of, (points.get(of) ?? 0) + 1);
  const layer: unknown[] = [
    {
      data: { values: rows },
      mark: { type: 'area', opacity: 0.22, clip: true, invalid: 'break-paths-filter-domains' },
      encoding: { x, y: { field: 'low', ...y }, y2: { field: 'high' }, color, detail },
    },
    {
      // Where there is no value the line breaks.
      data: { values: rows },
      mark: { type: 'line', strokeWidth: 2, clip: true, invalid: 'break-paths-filter-domains' },
      encoding: { x, y: { field: 'mean', ...y }, color, strokeDash, detail },
    },
    // A curve of one value is a point: a line would draw nothing.
    {
      data: { values: lines.filter((row) => points.get(row.series) === 1) },
      mark: { type: 'point', filled: true, size: 45, clip: true },
      encoding: { x, y: { field: 'mean', ...y }, color },
    },
    ...eventLayers(events, x, experiment.horizon, size.height),
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
