/** A plot of a bench file → a Vega-Lite specification. */
import type { TopLevelSpec } from 'vega-lite';
import type { BenchSection } from '../kit/record.ts';
import { number } from '../kit/words.ts';

type Plot = BenchSection['plots'][number];
type Row = BenchSection['rows'][number];

/** Okabe & Ito, darkest first; then dashes tell lines apart. */
const COLORS = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000', '#8c7a00'];
const DASHES = [
  [1, 0],
  [6, 3],
  [2, 2],
];

export interface Point {
  readonly series: string;
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
}

/** Points of a plot: rows of its table that have x and y, and can be drawn on its scales. */
export function pointsOf(plot: Plot, rows: readonly Row[]): Point[] {
  const drawable = (value: number | undefined, scale: 'linear' | 'log'): value is number =>
    value !== undefined && Number.isFinite(value) && (scale === 'linear' || value > 0);
  return rows.flatMap((row) => {
    if (row.table !== plot.table) return [];
    const label = row.labels[plot.x];
    const x = typeof label === 'number' ? label : row.quantities[plot.x]?.value;
    const q = row.quantities[plot.y];
    if (!drawable(x, plot.scales[0]) || !drawable(q?.value, plot.scales[1])) return [];
    const low = plot.scales[1] === 'log' && q.low <= 0 ? q.value : q.low;
    const series = plot.series.map((name) => row.labels[name] ?? '').join(', ');
    return [{ series, x, y: q.value, low, high: q.high }];
  });
}

/** Two points of the guide: a slope through the first point, or the diagonal. */
export function guideOf({ guide }: Plot, points: readonly Point[]): { x: number; y: number }[] {
  const xs = points.map(({ x }) => x);
  const [from, to] = [Math.min(...xs), Math.max(...xs)];
  if (!guide || points.length < 2 || from === to) return [];
  if (guide === 'diagonal') return [from, to].map((x) => ({ x, y: x }));
  const first = points.reduce((a, b) => (b.x < a.x ? b : a));
  return [from, to].map((x) => ({ x, y: first.y * (x / first.x) ** guide.slope }));
}

export function plotSpec(plot: Plot, rows: readonly Row[]): TopLevelSpec {
  const points = pointsOf(plot, rows);
  const names = [...new Set(points.map(({ series }) => series))];
  const unit = rows.find((row) => row.table === plot.table && row.quantities[plot.y])?.quantities[plot.y].unit ?? '1';
  const axis = { format: '~g', tickCount: 6 };
  const x = {
    field: 'x',
    type: 'quantitative',
    title: plot.x,
    scale: { type: plot.scales[0], zero: false, nice: false, padding: 12 },
    axis,
  };
  const y = {
    field: 'y',
    type: 'quantitative',
    title: unit === '1' ? plot.y : `${plot.y} (${unit})`,
    scale: { type: plot.scales[1], zero: false },
    axis,
  };
  const domain = names;
  const color = {
    field: 'series',
    type: 'nominal',
    scale: { domain, range: names.map((_, k) => COLORS[k % COLORS.length]) },
    legend: names.length > 1 ? { title: null, orient: 'bottom', columns: 2, labelLimit: 320 } : null,
  };
  const strokeDash = {
    ...color,
    scale: { domain, range: names.map((_, k) => DASHES[Math.floor(k / COLORS.length) % DASHES.length]) },
  };
  const guide = guideOf(plot, points);
  const spec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    padding: 8,
    width: 420,
    height: 280,
    title: { text: plot.title, anchor: 'start', fontSize: 13 },
    layer: [
      {
        data: { values: guide },
        mark: { type: 'line', color: '#999', strokeDash: [4, 4], strokeWidth: 1.5 },
        encoding: { x, y },
      },
      {
        data: { values: points },
        mark: { type: 'rule', strokeWidth: 1 },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
      },
      {
        data: { values: points },
        mark: { type: 'line', strokeWidth: 2, point: false },
        encoding: { x, y, color, strokeDash },
      },
      {
        data: { values: points },
        mark: { type: 'point', filled: true, size: 36, opacity: 1 },
        encoding: { x, y, color },
      },
    ],
    config: {
      font: 'system-ui, "Segoe UI", Helvetica, Arial, sans-serif',
      view: { stroke: '#d0d0d0' },
      axis: { gridColor: '#ececec', titleFontWeight: 'normal' },
    },
  };
  return spec as unknown as TopLevelSpec;
}

/** What a plot shows, in words: its lines, and how many points each has. */
export function plotWords(plot: Plot, rows: readonly Row[]): string {
  const points = pointsOf(plot, rows);
  const lines = [...new Set(points.map(({ series }) => series))].map((name) => {
    const own = points.filter(({ series }) => series === name);
    const ends = [own[0], own[own.length - 1]].map((p) => `${number(p.y, 3)} at ${number(p.x, 3)}`);
    return `${name || plot.y}: ${own.length === 1 ? ends[0] : ends.join(' to ')}`;
  });
  return `${plot.y} against ${plot.x}. ${lines.join('. ')}.`;
}
