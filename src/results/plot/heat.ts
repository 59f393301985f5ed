/** A function on the points of a grid as coloured cells, with its scale of colours beside it. */
import { type Tick, ticksOf } from './axis.ts';
import type { Segment } from './contour.ts';
import type { Cell } from './figure.ts';
import { type Palette, viridis } from './palette.ts';
import { type Box, mapping, spaced, X_ROOM } from './panel.ts';
import { type Sheet, textWidth } from './svg.ts';

export interface HeatAxis {
  readonly label: string;
  readonly scale: 'linear' | 'log';
  /** Increasing. */
  readonly values: readonly number[];
  /** Whether labels stand at round numbers instead of the values, which nobody chose. */
  readonly isRound?: boolean;
}

export interface HeatModel {
  readonly title: string;
  readonly notes: readonly string[];
  readonly x: HeatAxis;
  readonly y: HeatAxis;
  /** By places on the axes; null where there is no value. */
  readonly cells: readonly { readonly i: number; readonly j: number; readonly value: number | null }[];
  readonly colors: ColorScale;
  /** Over the scale of colours. */
  readonly short: string;
  readonly lines: readonly Segment[];
  readonly lineColor: string;
}

export interface ColorScale {
  readonly kind: 'log' | 'linear';
  readonly range: readonly [number, number];
  /** Values below the range, which have the colour of its end. */
  readonly isCut: boolean;
  /** Whether there are zeros on a logarithmic scale: they have a colour of their own. */
  readonly zeros: boolean;
}

/** Decades that colours can tell apart. */
const MOST_DECADES = 30;
const ZERO = '#ffffff';

/**
 * Logarithmic where no value is negative and the positive ones span more than a factor of 10: zeros then have a colour of their own,
 * and what lies more than 30 decades below the largest value has the colour of the end.
 */
export function colorScale(values: readonly number[], isLinear: boolean): ColorScale {
  const positive = values.filter((x) => x > 0);
  const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const low = positive.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  if (isLinear || least < 0 || positive.length === 0 || !(most > 10 * low)) {
    const range: [number, number] = values.length === 0 ? [0, 1] : [least, most];
    return { kind: 'linear', range, isCut: false, zeros: false };
  }
  const floor = most / 10 ** MOST_DECADES;
  return {
    kind: 'log',
    range: [Math.max(low, floor), most],
    isCut: low < floor,
    zeros: positive.length < values.length,
  };
}

/** Ends of the cells around increasing values: midway between neighbours, in the axis' own scale. */
export function edgesOf(values: readonly number[], scale: 'linear' | 'log'): number[] {
  const to = scale === 'log' ? Math.log : (x: number) => x;
  const from = scale === 'log' ? Math.exp : (x: number) => x;
  const x = values.map(to);
  if (x.length === 1) return [from(x[0] - 0.5), from(x[0] + 0.5)];
  const middle = x.slice(1).map((value, i) => (value + x[i]) / 2);
  const [first, last] = [x[0] - (middle[0] - x[0]), 2 * x[x.length - 1] - middle[middle.length - 1]];
  return [first, ...middle, last].map(from);
}

function colorOf(value: number, { kind, range: [low, high], zeros }: ColorScale): string {
  if (value === 0 && zeros) return ZERO;
  const place = kind === 'log' ? Math.log : (x: number) => x;
  return high > low ? viridis((place(Math.max(value, low)) - place(low)) / (place(high) - place(low))) : viridis(0.5);
}

const axisOf = ({ scale, label, values, isRound = false }: HeatAxis, edges: readonly number[]) => ({
  label,
  scale,
  threshold: 1,
  range: [edges[0], edges[edges.length - 1]] as const,
  ...(!isRound && { at: values }),
});

const BAR = { gap: 14, width: 12 };

function barTicks({ kind, range, isCut }: ColorScale, height: number): Tick[] {
  const [low, high] = range;
  if (!(high > low)) return ticksOf({ scale: 'linear', threshold: 1, at: [low] }, low, low, 1);
  const ticks = ticksOf({ scale: kind, threshold: 1 }, low, high, Math.max(2, Math.floor(height / 34)));
  return isCut ? ticks.map((tick, k) => (k === 0 ? { ...tick, label: `≤ ${tick.label}` } : tick)) : ticks;
}

export function heatCell(model: HeatModel, height: number, palette: Palette): Cell {
  const { title, notes, x: xAxis, y: yAxis, colors } = model;
  const yShown = axisOf(yAxis, edgesOf(yAxis.values, yAxis.scale));
  const labels = ticksOf(yShown, ...yShown.range, Math.max(2, Math.floor(height / 34)));
  const bar = barTicks(colors, height);
  return {
    title,
    notes,
    height,
    left: 34 + Math.max(16, ...labels.map(({ label }) => textWidth(label))),
    right: BAR.gap + BAR.width + 8 + Math.max(textWidth(model.short), ...bar.map(({ label }) => textWidth(label))),
    foot: X_ROOM,
    draw(sheet, box) {
      const [xe, ye] = [edgesOf(xAxis.values, xAxis.scale), edgesOf(yAxis.values, yAxis.scale)];
      const [ax, ay] = [axisOf(xAxis, xe), axisOf(yAxis, ye)];
      const x = mapping(ax, ax.range, box.left, box.right);
      const y = mapping(ay, ay.range, box.bottom, box.top);
      for (const { i, j, value } of model.cells) {
        const [left, right, top, bottom] = [x(xe[i]), x(xe[i + 1]), y(ye[j + 1]), y(ye[j])];
        const fill = value === null ? palette.missing : colorOf(value, colors);
        // A hair wider, so that no light comes through between neighbours.
        sheet.rect(left, top, right - left + 0.4, bottom - top + 0.4, { fill });
        const room = Math.min(right - left, bottom - top);
        const [cx, cy] = [(left + right) / 2, (top + bottom) / 2];
        if (value === 0 && colors.zeros && room > 12)
          sheet.text(cx, cy + 4, '0', { anchor: 'middle', fill: '#5a636e', size: 10 });
      }
      sheet.clipped(box.left, box.top, box.right - box.left, box.bottom - box.top, () =>
        sheet.path(
          model.lines.map(([x1, y1, x2, y2]) => [
            [x(x1), y(y1)],
            [x(x2), y(y2)],
          ]),
          { stroke: model.lineColor, width: 2.5 },
        ),
      );
      for (const { value, label } of spaced(ticksOf(ax, ...ax.range, 8), x)) {
        sheet.path(
          [
            [
              [x(value), box.bottom],
              [x(value), box.bottom + 4],
            ],
          ],
          { stroke: palette.quiet },
        );
        sheet.text(x(value), box.bottom + 17, label, { anchor: 'middle' });
      }
      let last = Number.POSITIVE_INFINITY;
      for (const { value, label } of labels) {
        if (last - y(value) < 13) continue;
        last = y(value);
        sheet.path(
          [
            [
              [box.left - 4, last],
              [box.left, last],
            ],
          ],
          { stroke: palette.quiet },
        );
        sheet.text(box.left - 8, last + 4, label, { anchor: 'end' });
      }
      sheet.rect(box.left, box.top, box.right - box.left, box.bottom - box.top, { stroke: palette.quiet });
      sheet.text((box.left + box.right) / 2, box.bottom + 35, xAxis.label, { anchor: 'middle' });
      sheet.text(box.left - this.left + 14, (box.top + box.bottom) / 2, yAxis.label, {
        anchor: 'middle',
        turned: true,
      });
      drawBar(sheet, box, model, bar, palette);
    },
  };
}

function drawBar(
  sheet: Sheet,
  box: Box,
  { colors, short, cells }: HeatModel,
  ticks: readonly Tick[],
  palette: Palette,
): void {
  const left = box.right + BAR.gap;
  const hasValues = cells.some(({ value }) => value !== null);
  sheet.text(left, box.top + 4, short, { fill: palette.quiet });
  if (!hasValues) return;
  const [top, bottom] = [box.top + 14, box.bottom - (colors.zeros ? 24 : 0)];
  const steps = 48;
  for (let k = 0; k < steps; k++) {
    const height = (bottom - top) / steps;
    sheet.rect(left, bottom - (k + 1) * height, BAR.width, height + 0.4, { fill: viridis((k + 0.5) / steps) });
  }
  const y = mapping({ label: '', scale: colors.kind, threshold: 1, range: colors.range }, colors.range, bottom, top);
  for (const { value, label } of ticks) {
    const at = colors.range[1] > colors.range[0] ? y(value) : (top + bottom) / 2;
    sheet.text(left + BAR.width + 5, at + 4, label);
  }
  if (!colors.zeros) return;
  sheet.rect(left, box.bottom - 13, BAR.width, 12, { fill: ZERO, stroke: palette.quiet });
  sheet.text(left + BAR.width + 5, box.bottom - 3, '0');
}
