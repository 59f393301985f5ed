/** One plot drawn into a box of a picture: axes, guides, bands, lines, points, marks. */
import { positionOf, type Tick, ticksOf } from './axis.ts';
import type { Axis, PlotModel, Series, Zoom } from './model.ts';
import { colorOf, type Palette } from './palette.ts';
import { bandsOf, linesOf, stepsOf } from './shapes.ts';
import { type Point, type Sheet, textWidth } from './svg.ts';

/** Of the frame, in pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface PanelLook {
  readonly palette: Palette;
  readonly zoom?: Zoom | null;
  readonly hidden?: ReadonlySet<string>;
  /** Whether the x axis has numbers and words, which a panel below may have instead. */
  readonly xWords?: boolean;
}

export const BAND_OPACITY = 0.22;
export const REPLICA_OPACITY = 0.45;
/** Pixels between ticks; in a low panel they stand closer. */
const APART = { x: 64, y: 34, low: 21 };
export const LOW = 140;

export function windowOf(model: PlotModel, zoom: Zoom | null | undefined): Zoom {
  return zoom ?? { x: model.x.range, y: model.y.range };
}

function yTicks(model: PlotModel, height: number, zoom: Zoom | null | undefined): Tick[] {
  return ticksOf(
    model.y,
    ...windowOf(model, zoom).y,
    Math.max(2, Math.floor(height / (height < LOW ? APART.low : APART.y))),
  );
}

/** Left of the frame: what the numbers and the name of the y axis take. */
export function leftRoom(model: PlotModel, height: number, zoom?: Zoom | null): number {
  return 34 + Math.max(16, ...yTicks(model, height, zoom).map(({ label }) => textWidth(label)));
}

/** Below the frame, with the numbers and the name of the x axis. */
export const X_ROOM = 44;

export function mapping({ scale, threshold }: Axis, [low, high]: readonly [number, number], from: number, to: number) {
  const position = positionOf(scale, threshold);
  const [a, b] = [position(low), position(high)];
  return (value: number) => from + ((position(value) - a) / (b - a)) * (to - from);
}

/** Labels that would touch their neighbour are left out, the first ones kept. */
export function spaced(ticks: readonly Tick[], at: (value: number) => number): Tick[] {
  let end = Number.NEGATIVE_INFINITY;
  return ticks.filter(({ value, label }) => {
    const half = textWidth(label) / 2;
    if (at(value) - half < end + 6) return false;
    end = at(value) + half;
    return true;
  });
}

export function drawPanel(sheet: Sheet, model: PlotModel, box: Box, look: PanelLook): void {
  const { palette, zoom, hidden = new Set(), xWords = true } = look;
  const { left, top, right, bottom } = box;
  const window = windowOf(model, zoom);
  const x = mapping(model.x, window.x, left, right);
  const y = mapping(model.y, window.y, bottom, top);
  const placed = (points: readonly Point[]): Point[] => points.map(([a, b]) => [x(a), y(b)]);
  const xTicks = spaced(ticksOf(model.x, ...window.x, Math.max(2, Math.floor((right - left) / APART.x))), x);
  for (const { value, label } of xTicks) {
    sheet.path(
      [
        [
          [x(value), top],
          [x(value), bottom],
        ],
      ],
      { stroke: palette.grid },
    );
    if (xWords) sheet.text(x(value), bottom + 16, label, { anchor: 'middle' });
  }
  for (const { value, label } of yTicks(model, bottom - top, zoom)) {
    sheet.path(
      [
        [
          [left, y(value)],
          [right, y(value)],
        ],
      ],
      { stroke: palette.grid },
    );
    sheet.text(left - 8, y(value) + 4, label, { anchor: 'end' });
  }
  const series = model.series.filter(({ id, x: xs }) => !hidden.has(id) && xs.length > 0);
  sheet.clipped(left, top, right - left, bottom - top, () => {
    for (const { from, to } of model.guides) {
      const [a, b] = [y(from), y(to)];
      sheet.rect(left, Math.min(a, b), right - left, Math.max(1, Math.abs(a - b)), {
        fill: palette.grid,
        opacity: 0.6,
      });
    }
    for (const one of series) drawBand(sheet, one, model, window.y[0], placed, palette);
    for (const one of series) drawLine(sheet, one, model, window.y[0], placed, palette);
    drawMarks(sheet, model, window, box, x, palette);
  });
  sheet.rect(left, top, right - left, bottom - top, { stroke: palette.grid });
  if (xWords) sheet.text((left + right) / 2, bottom + 34, model.x.label, { anchor: 'middle' });
  const name = model.y.label;
  const size = Math.max(9, Math.min(12, (12 * (bottom - top)) / Math.max(1, textWidth(name))));
  sheet.text(left - leftRoom(model, bottom - top, zoom) + 14, (top + bottom) / 2, name, {
    anchor: 'middle',
    turned: true,
    size: Math.round(size * 10) / 10,
  });
}

type Placed = (points: readonly Point[]) => Point[];

function drawBand(sheet: Sheet, one: Series, model: PlotModel, floor: number, placed: Placed, palette: Palette): void {
  const color = colorOf(palette, one);
  const opacity = BAND_OPACITY * one.opacity;
  for (const part of bandsOf(one, model, floor)) {
    // One save time: a bar as wide as a line.
    if (part.length === 2) sheet.path([placed(part)], { stroke: color, width: 5, opacity });
    else sheet.path([placed(part)], { fill: color, opacity }, true);
  }
}

function drawLine(sheet: Sheet, one: Series, model: PlotModel, floor: number, placed: Placed, palette: Palette): void {
  const color = colorOf(palette, one);
  for (const replica of one.replicas ?? []) {
    const { pieces } = linesOf(one.x, replica, model);
    sheet.path(pieces.map(placed), { stroke: color, width: 0.75, opacity: REPLICA_OPACITY * one.opacity });
  }
  const style = { stroke: color, width: one.width, dash: one.dash, opacity: one.opacity };
  if (one.steps) {
    const base = model.y.scale === 'log' ? floor : 0;
    const pieces = stepsOf(one.x, one.y, base, model).map(placed);
    if (one.fill) sheet.path(pieces, { fill: color, opacity: 0.18 * one.opacity }, true);
    sheet.path(pieces, style);
    return;
  }
  const { pieces, single } = linesOf(one.x, one.y, model);
  if (one.width > 0) sheet.path(pieces.map(placed), style);
  for (const [px, py] of placed(one.points ? [...pieces.flat(), ...single] : single))
    sheet.circle(px, py, 2.5, { fill: color, opacity: one.opacity });
}

/** A labelled rule where the limit ends, a tick at the foot for a replica that diverged; labels that would meet stand below each other. */
function drawMarks(
  sheet: Sheet,
  { marks }: PlotModel,
  window: Zoom,
  { left, top, right, bottom }: Box,
  x: (value: number) => number,
  palette: Palette,
): void {
  let row = 0;
  for (const { x: value, label, ink } of marks) {
    if (value < window.x[0] || value > window.x[1]) continue;
    const [at, stroke] = [x(value), palette.ink[ink]];
    if (label === '') {
      sheet.path(
        [
          [
            [at, bottom - 8],
            [at, bottom],
          ],
        ],
        { stroke, opacity: 0.7 },
      );
      continue;
    }
    sheet.path(
      [
        [
          [at, top],
          [at, bottom],
        ],
      ],
      { stroke, width: 1.5, dash: [4, 3] },
    );
    const isRight = at > (left + right) / 2;
    sheet.text(at + (isRight ? -6 : 6), top + 14 + 15 * row++, label, {
      anchor: isRight ? 'end' : 'start',
      fill: stroke,
    });
  }
}
