/** A plot model as a self-contained SVG, with the seed and the version in its caption and its metadata. */
import type { Zoom } from '../state/view.ts';
import { positionOf, ticksOf } from './axis.ts';
import { bandPolygons } from './chart.ts';
import type { Palette } from './ink.ts';
import type { Axis, PlotModel, Series } from './model.ts';

export interface SvgOptions {
  readonly width: number;
  readonly height: number;
  readonly palette: Palette;
  readonly zoom: Zoom | null;
  readonly hidden: ReadonlySet<string>;
  /** Lines under the plot: experiment, seed, version. */
  readonly caption: readonly string[];
  /** The experiment and where the numbers come from, for programs. */
  readonly metadata: unknown;
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
export const escapeXml = (text: string) => text.replace(/[&<>"]/g, (c) => entities[c]);
const round = (x: number) => String(Math.round(x * 100) / 100);

const LEFT = 72;
const RIGHT = 20;
const LINE = 18;

export function svgOf(model: PlotModel, options: SvgOptions): string {
  const { width, height, palette, zoom, hidden, caption, metadata } = options;
  const series = model.series.filter(({ id, x: xs }) => !hidden.has(id) && xs.length > 0);
  const legend = legendRows(series, width - LEFT - RIGHT);
  const top = 40 + LINE * legend.length;
  const notes = [...model.notes, ...caption];
  const bottom = height - 52 - LINE * notes.length;
  const window = zoom ?? { x: model.x.range, y: model.y.range };
  const x = mapping(model.x, window.x, LEFT, width - RIGHT);
  const y = mapping(model.y, window.y, bottom, top);
  const path = (points: readonly (readonly [number, number])[]) =>
    points.map(([a, b], i) => `${i === 0 ? 'M' : 'L'}${round(x(a))} ${round(y(b))}`).join('');
  const text = (at: readonly [number, number], words: string, attributes = '') =>
    `<text x="${round(at[0])}" y="${round(at[1])}" ${attributes}>${escapeXml(words)}</text>`;
  const axes = [
    ...ticksOf(model.x, ...window.x, Math.floor((width - LEFT - RIGHT) / 80)).map(
      ({ value, label }) =>
        `<path d="M${round(x(value))} ${top}V${bottom}" stroke="${palette.grid}"/>` +
        text([x(value), bottom + 16], label, 'text-anchor="middle"'),
    ),
    ...ticksOf(model.y, ...window.y, Math.floor((bottom - top) / 44)).map(
      ({ value, label }) =>
        `<path d="M${LEFT} ${round(y(value))}H${width - RIGHT}" stroke="${palette.grid}"/>` +
        text([LEFT - 8, y(value) + 4], label, 'text-anchor="end"'),
    ),
  ];
  const guides = model.guides.map(({ from, to }) => {
    const [a, b] = [y(from), y(to)];
    return `<rect x="${LEFT}" y="${round(Math.min(a, b))}" width="${width - LEFT - RIGHT}" height="${round(Math.max(1, Math.abs(a - b)))}" fill="${palette.grid}" opacity="0.5"/>`;
  });
  const bands = series.flatMap(({ band, x: xs, ink, opacity, steps }) =>
    band
      ? bandPolygons(xs, band, steps ?? false, model, window.y[0]).map(
          (part) => `<path d="${path(part)}Z" fill="${palette.ink[ink]}" opacity="${0.2 * opacity}"/>`,
        )
      : [],
  );
  const lines = series.map((one) => {
    const color = palette.ink[one.ink];
    const pieces = polylines(one, model);
    const dash = one.dash.length > 0 ? ` stroke-dasharray="${one.dash.join(' ')}"` : '';
    const line =
      one.width > 0
        ? `<path d="${pieces.map(path).join('')}" fill="none" stroke="${color}" stroke-width="${one.width}" stroke-linejoin="round" opacity="${one.opacity}"${dash}/>`
        : '';
    const dots = one.points
      ? pieces
          .flat()
          .map(([a, b]) => `<circle cx="${round(x(a))}" cy="${round(y(b))}" r="2.5" fill="${color}"/>`)
          .join('')
      : '';
    return line + dots;
  });
  const marks = model.marks
    .filter((mark) => mark.x >= window.x[0] && mark.x <= window.x[1])
    .map(
      ({ x: at, label, ink }) =>
        `<path d="M${round(x(at))} ${label === '' ? bottom - 8 : top}V${bottom}" stroke="${palette.ink[ink]}"${label === '' ? '' : ' stroke-dasharray="4 3"'}/>` +
        (label === '' ? '' : text([x(at) - 6, top + 14], label, `text-anchor="end" fill="${palette.ink[ink]}"`)),
    );
  const keys = legend.flatMap((row, r) =>
    row.map(({ one, at }) => {
      const yAt = 48 + LINE * r;
      const dash = one.dash.length > 0 ? ` stroke-dasharray="${one.dash.join(' ')}"` : '';
      return (
        `<path d="M${LEFT + at} ${yAt - 4}h22" stroke="${palette.ink[one.ink]}" stroke-width="2"${dash} opacity="${one.opacity}"/>` +
        text([LEFT + at + 28, yAt], one.label)
      );
    }),
  );
  const foot = notes.map((line, k) =>
    text([LEFT, bottom + 56 + LINE * k], line, `fill="${palette.quiet}" font-size="11"`),
  );
  const description = `${model.title}. ${series.map((one) => `${one.label}: ${ends(one)}`).join('; ')}.`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="${palette.text}">` +
    `<title>${escapeXml(model.title)}</title><desc>${escapeXml(description)}</desc>` +
    `<metadata>${escapeXml(JSON.stringify(metadata))}</metadata>` +
    `<rect width="${width}" height="${height}" fill="${palette.surface}"/>` +
    text([LEFT, 24], model.title, 'font-size="15" font-weight="600"') +
    `<clipPath id="plot"><rect x="${LEFT}" y="${top}" width="${width - LEFT - RIGHT}" height="${Math.max(1, bottom - top)}"/></clipPath>` +
    `${axes.join('')}<g clip-path="url(#plot)">${guides.join('')}${bands.join('')}${lines.join('')}${marks.join('')}</g>` +
    keys.join('') +
    text([(LEFT + width - RIGHT) / 2, bottom + 36], model.x.label, 'text-anchor="middle"') +
    `<text transform="translate(18 ${round((top + bottom) / 2)}) rotate(-90)" text-anchor="middle">${escapeXml(model.y.label)}</text>` +
    `${foot.join('')}</svg>\n`
  );
}

function mapping({ scale, threshold }: Axis, [low, high]: readonly [number, number], from: number, to: number) {
  const position = positionOf(scale, threshold);
  const [a, b] = [position(low), position(high)];
  return (value: number) => from + ((position(value) - a) / (b - a)) * (to - from);
}

/** The line of a series in pieces, without what an axis cannot hold. */
function polylines({ x, y, steps }: Series, { x: xAxis, y: yAxis }: PlotModel): [number, number][][] {
  const pieces: [number, number][][] = [[]];
  for (let i = 0; i < x.length; i++) {
    const good = Number.isFinite(y[i]) && (yAxis.scale !== 'log' || y[i] > 0) && (xAxis.scale !== 'log' || x[i] > 0);
    const piece = pieces[pieces.length - 1];
    if (good) {
      piece.push([x[i], y[i]]);
      if (steps && i + 1 < x.length) piece.push([x[i + 1], y[i]]);
    } else if (piece.length > 0) pieces.push([]);
  }
  return pieces.filter((piece) => piece.length > 0);
}

function legendRows(series: readonly Series[], width: number): { one: Series; at: number }[][] {
  const rows: { one: Series; at: number }[][] = [[]];
  let at = 0;
  for (const one of series) {
    const size = 28 + 7 * one.label.length + 20;
    if (at > 0 && at + size > width) {
      rows.push([]);
      at = 0;
    }
    rows[rows.length - 1].push({ one, at });
    at += size;
  }
  return rows;
}

function ends({ y }: Series): string {
  const values = Array.from(y).filter(Number.isFinite);
  return values.length === 0
    ? 'no values'
    : `from ${values[0].toPrecision(3)} to ${values[values.length - 1].toPrecision(3)}`;
}
