/** A picture of several panels on a grid: title, legend, panels, caption. */

import { drawLegend, LEGEND_ROW, legendRows } from './legend.ts';
import type { PlotModel, Series, Zoom } from './model.ts';
import type { Palette } from './palette.ts';
import { type Box, drawPanel, leftRoom, X_ROOM } from './panel.ts';
import { type Sheet, Svg, wrapped } from './svg.ts';

/** One place of the grid. */
export interface Cell {
  readonly title: string;
  /** Under the title. */
  readonly notes: readonly string[];
  /** Of the frame, in pixels. */
  readonly height: number;
  /** Beside the frame. */
  readonly left: number;
  readonly right: number;
  /** Below the frame. */
  readonly foot: number;
  draw(sheet: Sheet, box: Box): void;
}

export interface Figure {
  readonly title: string;
  readonly description: string;
  readonly subtitle: readonly string[];
  /** What the legend names. */
  readonly series: readonly Series[];
  readonly cells: readonly Cell[];
  readonly columns: number;
  /** Of one column, in pixels. */
  readonly columnWidth: number;
  readonly caption: readonly string[];
  readonly palette: Palette;
  readonly metadata?: unknown;
  /** Width on paper. */
  readonly millimetres?: number;
  /** Begins every id in it. */
  readonly ids?: string;
}

export const MARGIN = 16;
const LINE = 16;
const BETWEEN = { x: 28, y: 24 };
/** How much wider bold letters are. */
const BOLD = 1.12;
/** Height of the gap's panel, and its distance from the curves. */
const GAP = { height: 84, above: 10 };

/** A plot, and under it what has the same horizontal axis. */
export function plotCell(
  title: string,
  model: PlotModel,
  height: number,
  palette: Palette,
  below: PlotModel | null = null,
  { zoom = null, hidden }: { readonly zoom?: Zoom | null; readonly hidden?: ReadonlySet<string> } = {},
): Cell {
  const left = Math.max(leftRoom(model, height, zoom), below ? leftRoom(below, GAP.height) : 0);
  const look = { palette, ...(hidden && { hidden }) };
  const whole = below ? height + GAP.above + GAP.height : height;
  return {
    title,
    notes: model.notes,
    height: whole,
    left,
    right: 12,
    foot: X_ROOM,
    draw(sheet, box) {
      drawPanel(sheet, model, { ...box, bottom: box.top + height }, { ...look, zoom, xWords: below === null });
      const window = below && zoom && { x: zoom.x, y: below.y.range };
      if (below) drawPanel(sheet, below, { ...box, top: box.bottom - GAP.height }, { ...look, zoom: window });
      const words = model.series.every(({ x }) => x.length === 0) ? 'no curves' : '';
      if (words) sheet.text((box.left + box.right) / 2, box.top + height / 2, words, { anchor: 'middle' });
    },
  };
}

/** Draws all of it; returns the size that it takes, in pixels. */
export function drawFigure(figure: Figure, sheet: Sheet): { readonly width: number; readonly height: number } {
  const { title, cells, palette, columnWidth } = figure;
  const columns = Math.max(1, Math.min(figure.columns, cells.length));
  const inner = columns * columnWidth + (columns - 1) * BETWEEN.x;
  const width = inner + 2 * MARGIN;
  let y = MARGIN - 6;
  for (const line of wrapped(title, inner / BOLD, 15)) {
    y += 20;
    sheet.text(MARGIN, y, line, { size: 15, bold: true });
  }
  y += 6;
  for (const line of figure.subtitle.flatMap((text) => wrapped(text, inner))) {
    y += LINE;
    sheet.text(MARGIN, y, line, { fill: palette.quiet });
  }
  y += 14;
  const rows = legendRows(figure.series, inner);
  drawLegend(sheet, rows, MARGIN, y, palette);
  y += LEGEND_ROW * rows.length + 6;
  for (let row = 0; row * columns < cells.length; row++) {
    const own = cells.slice(row * columns, (row + 1) * columns);
    // Frames of a column stand below each other, those of a row side by side, whatever is said above them.
    const places = own.map((_, k) => {
      const x = MARGIN + k * (columnWidth + BETWEEN.x);
      const column = cells.filter((_, i) => i % columns === k);
      const left = x + Math.max(...column.map((one) => one.left));
      return { left, right: Math.max(left + 1, x + columnWidth - Math.max(...column.map((one) => one.right))) };
    });
    const lines = own.map((cell, k) => {
      const room = places[k].right - places[k].left;
      const heads = cell.title === '' ? [''] : wrapped(cell.title, room / BOLD, 13);
      return { heads, notes: cell.notes.flatMap((note) => wrapped(note, room, 11)) };
    });
    const head = 6 + Math.max(...lines.map(({ heads, notes }) => 18 * heads.length + 14 * notes.length));
    own.forEach((cell, k) => {
      const { left, right } = places[k];
      const { heads, notes } = lines[k];
      heads.forEach((line, i) => {
        sheet.text(left, y + 13 + 18 * i, line, { size: 13, bold: true });
      });
      notes.forEach((line, i) => {
        sheet.text(left, y + 10 + 18 * heads.length + 14 * i, line, { size: 11, fill: palette.quiet });
      });
      cell.draw(sheet, { left, top: y + head, right, bottom: y + head + cell.height });
    });
    y += head + Math.max(...own.map(({ height, foot }) => height + foot)) + BETWEEN.y;
  }
  const caption = figure.caption.flatMap((text) => wrapped(text, inner, 11));
  for (const line of caption) {
    sheet.text(MARGIN, y, line, { size: 11, fill: palette.quiet });
    y += 14;
  }
  return { width, height: y + MARGIN - 8 };
}

export function figureSvg(figure: Figure): string {
  const { title, description, palette, metadata, millimetres, ids } = figure;
  const svg = new Svg(ids);
  const size = drawFigure(figure, svg);
  return svg.toString(
    { ...size, text: palette.text, surface: palette.surface, ...(millimetres && { millimetres }) },
    { title, description, metadata },
  );
}
