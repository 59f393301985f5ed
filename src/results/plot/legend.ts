/** The legend of a picture: rows of names with their lines. */
import type { Series } from './model.ts';
import { colorOf, type Palette } from './palette.ts';
import { BAND_OPACITY } from './panel.ts';
import { type Sheet, textWidth } from './svg.ts';

export const LEGEND_ROW = 20;
const KEY = 30;
const GAP = 22;

/** Entries once each, in rows of at most `width`. */
export function legendRows(
  series: readonly Series[],
  width: number,
): { readonly one: Series; readonly at: number }[][] {
  const rows: { one: Series; at: number }[][] = [];
  const seen = new Set<string>();
  let at = 0;
  for (const one of series) {
    if (seen.has(one.label) || one.inLegend === false) continue;
    seen.add(one.label);
    const size = KEY + textWidth(one.label) + GAP;
    if (rows.length === 0 || at + size - GAP > width) {
      rows.push([]);
      at = 0;
    }
    rows[rows.length - 1].push({ one, at });
    at += size;
  }
  return rows;
}

export function drawLegend(
  sheet: Sheet,
  rows: readonly { readonly one: Series; readonly at: number }[][],
  left: number,
  top: number,
  palette: Palette,
): void {
  rows.forEach((row, r) => {
    for (const { one, at } of row) {
      const [x, y] = [left + at, top + LEGEND_ROW * r + 12];
      const color = colorOf(palette, one);
      if (one.band) sheet.rect(x, y - 10, 24, 12, { fill: color, opacity: BAND_OPACITY * one.opacity });
      if (one.width > 0)
        sheet.path(
          [
            [
              [x, y - 4],
              [x + 24, y - 4],
            ],
          ],
          { stroke: color, width: one.width, dash: one.dash, opacity: one.opacity },
        );
      if (one.points) for (const dx of [4, 12, 20]) sheet.circle(x + dx, y - 4, 2, { fill: color });
      sheet.text(x + KEY, y, one.label);
    }
  });
}
