/** A picture of several panels on a grid: title, legend, panels, caption. */

import { drawLegend, LEGEND_ROW, legendRows } from './legend.ts';
import type { PlotModel, Series, Zoom } from './model.ts';
import type { Palette } from './palette.ts';
import { type Box, drawPanel, leftRoom, X_ROOM } from './panel.ts';
import { Svg, wrapped } from './svg.ts';

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
  draw(svg: Svg, box: Box): void;
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

const MARGIN = 16;
const LINE = 16;
const BETWEEN = { x: 28, y: 24 };
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
    draw(svg, box) {
      drawPanel(svg, model, { ...box, bottom: box.top + height }, { ...look, zoom, xWords: below === null });
      const window = below && zoom && { x: zoom.x, y: below.y.range };
      if (below) drawPanel(svg, below, { ...box, top: box.bottom - GAP.height }, { ...look, zoom: window });
      const words = model.series.every(({ x }) => x.length === 0) ? 'no curves' : '';
      if (words) svg.text((box.left + box.right) / 2, box.top + height / 2, words, { anchor: 'middle' });
    },
  };
}

export function figureSvg(figure: Figure): string {
  const { title, description, cells, palette, columnWidth, metadata, millimetres } = figure;
  const svg = new Svg(figure.ids);
  const columns = Math.max(1, Math.min(figure.columns, cells.length));
  const inner = columns * columnWidth + (columns - 1) * BETWEEN.x;
  const width = inner + 2 * MARGIN;
  let y = MARGIN + 14;
  svg.text(MARGIN, y, title, { size: 15, bold: true });
  y += 6;
  for (const line of figure.subtitle.flatMap((text) => wrapped(text, inner))) {
    y += LINE;
    svg.text(MARGIN, y, line, { fill: palette.quiet });
  }
  y += 14;
  const rows = legendRows(figure.series, inner);
  drawLegend(svg, rows, MARGIN, y, palette);
  y += LEGEND_ROW * rows.length + 6;
  for (let row = 0; row * columns < cells.length; row++) {
    const own = cells.slice(row * columns, (row + 1) * columns);
    const notes = own.map((cell) => cell.notes.flatMap((note) => wrapped(note, columnWidth, 11)));
    // Frames of a row stand side by side, whatever is said above them; those of a column too.
    const head = 18 + 14 * Math.max(0, ...notes.map(({ length }) => length)) + 6;
    own.forEach((cell, k) => {
      const x = MARGIN + k * (columnWidth + BETWEEN.x);
      const left = x + Math.max(...cells.filter((_, i) => i % columns === k).map((one) => one.left));
      const right = x + columnWidth - Math.max(...cells.filter((_, i) => i % columns === k).map((one) => one.right));
      svg.text(left, y + 13, cell.title, { size: 13, bold: true });
      notes[k].forEach((line, i) => {
        svg.text(left, y + 28 + 14 * i, line, { size: 11, fill: palette.quiet });
      });
      cell.draw(svg, { left, top: y + head, right, bottom: y + head + cell.height });
    });
    y += head + Math.max(...own.map(({ height, foot }) => height + foot)) + BETWEEN.y;
  }
  const caption = figure.caption.flatMap((text) => wrapped(text, inner, 11));
  for (const line of caption) {
    svg.text(MARGIN, y, line, { size: 11, fill: palette.quiet });
    y += 14;
  }
  return svg.toString(
    {
      width,
      height: y + MARGIN - 8,
      text: palette.text,
      surface: palette.surface,
      ...(millimetres && { millimetres }),
    },
    { title, description, metadata },
  );
}
