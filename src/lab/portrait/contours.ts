/**
 * The PDE's density over (u, v) as contour lines. Its mass lies on curves, the hyperbolas of the classes: it is spread by a narrow
 * Gaussian first, and the lines enclose the regions of highest density that hold given shares of the mass.
 */
import type { LimitClassAt } from './limit.ts';

/** Shares of the mass within the lines, outermost last. */
export const CONTOURS = [0.5, 0.9, 0.99] as const;
/** Side of a cell, and standard deviation of the Gaussian in cells. */
const CELL = 0.004;
const SPREAD = 3;
const REACH = 3 * SPREAD;

interface Grid {
  readonly columns: number;
  readonly rows: number;
  /** Of the centre of the first cell, and the side of a cell. */
  readonly u: number;
  readonly v: number;
  readonly cell: number;
  readonly mass: Float32Array;
}

/** Pieces (u, v, u, v) of the lines around the mass of some classes; `scale`: half the side of the picture. Cost about 20 ms. */
export function contoursOf(classes: readonly LimitClassAt[], masses: Float64Array, scale: number): number[][] {
  const grid = spread(collect(classes, masses, CELL * scale, scale));
  const sorted = grid.mass.filter((x) => x > 0).sort();
  let total = 0;
  for (const x of sorted) total += x;
  return CONTOURS.map((share) => {
    let held = 0;
    let k = sorted.length;
    while (k > 0 && held < share * total) held += sorted[--k];
    return k < sorted.length ? linesAt(grid, Math.max(sorted[k], Number.MIN_VALUE)) : [];
  });
}

/** Mass by cells: that between two neighbouring quantiles of a class lies evenly on the piece between them. */
function collect(classes: readonly LimitClassAt[], masses: Float64Array, cell: number, scale: number): Grid {
  let [left, right, low, high] = [scale, -scale, scale, -scale];
  for (const { points } of classes) {
    for (let k = 0; k < points.length; k += 2) {
      if (!Number.isFinite(points[k]) || !Number.isFinite(points[k + 1])) continue;
      left = Math.min(left, points[k]);
      right = Math.max(right, points[k]);
      low = Math.min(low, points[k + 1]);
      high = Math.max(high, points[k + 1]);
    }
  }
  // What lies beyond the picture is not drawn.
  [left, right, low, high] = [left, right, low, high].map((x) => Math.max(-scale, Math.min(scale, x)));
  const columns = Math.ceil((right - left) / cell) + 2 * REACH + 2;
  const rows = Math.ceil((high - low) / cell) + 2 * REACH + 2;
  const [u, v] = [left - REACH * cell, low - REACH * cell];
  const mass = new Float32Array(columns * rows);
  for (const { points, weight } of classes) {
    for (let k = 0; k < masses.length; k++) {
      const [a, b, c, d] = [points[2 * k], points[2 * k + 1], points[2 * k + 2], points[2 * k + 3]];
      const pieces = Math.max(1, Math.min(1000, Math.ceil(Math.hypot(c - a, d - b) / cell)));
      for (let i = 0; i < pieces; i++) {
        const s = (i + 0.5) / pieces;
        const x = Math.round((a + s * (c - a) - u) / cell);
        const y = Math.round((b + s * (d - b) - v) / cell);
        if (x >= 0 && y >= 0 && x < columns && y < rows) mass[y * columns + x] += (weight * masses[k]) / pieces;
      }
    }
  }
  return { columns, rows, u, v, cell, mass };
}

function spread(grid: Grid): Grid {
  const { columns, rows } = grid;
  const kernel = Float64Array.from({ length: 2 * REACH + 1 }, (_, k) => Math.exp(-0.5 * ((k - REACH) / SPREAD) ** 2));
  const pass = (from: Float32Array, step: number, length: number, stride: number, count: number) => {
    const to = new Float32Array(from.length);
    for (let line = 0; line < count; line++) {
      for (let i = 0; i < length; i++) {
        const x = from[line * stride + i * step];
        // Most cells hold nothing.
        if (x === 0) continue;
        for (let k = Math.max(0, i - REACH); k <= Math.min(length - 1, i + REACH); k++)
          to[line * stride + k * step] += x * kernel[k - i + REACH];
      }
    }
    return to;
  };
  const along = pass(grid.mass, 1, columns, columns, rows);
  return { ...grid, mass: pass(along, columns, rows, 1, columns) };
}

/** Marching squares. */
function linesAt({ columns, rows, u, v, cell, mass }: Grid, level: number): number[] {
  const lines: number[] = [];
  const cross = (a: number, b: number) => (level - a) / (b - a);
  for (let y = 0; y + 1 < rows; y++) {
    for (let x = 0; x + 1 < columns; x++) {
      const k = y * columns + x;
      const [a, b, c, d] = [mass[k], mass[k + 1], mass[k + columns + 1], mass[k + columns]];
      const kind =
        Number(a >= level) | (Number(b >= level) << 1) | (Number(c >= level) << 2) | (Number(d >= level) << 3);
      if (kind === 0 || kind === 15) continue;
      const sides = [
        [x + cross(a, b), y],
        [x + 1, y + cross(b, c)],
        [x + cross(d, c), y + 1],
        [x, y + cross(a, d)],
      ];
      for (const [from, to] of PIECES[kind])
        lines.push(
          u + cell * sides[from][0],
          v + cell * sides[from][1],
          u + cell * sides[to][0],
          v + cell * sides[to][1],
        );
    }
  }
  return lines;
}

/** By which corners are inside (bits: a, b, c, d), the sides (ab, bc, dc, ad) that a piece of the line joins. */
const PIECES: readonly (readonly (readonly [number, number])[])[] = [
  [],
  [[3, 0]],
  [[0, 1]],
  [[3, 1]],
  [[1, 2]],
  [
    [3, 0],
    [1, 2],
  ],
  [[0, 2]],
  [[3, 2]],
  [[2, 3]],
  [[0, 2]],
  [
    [0, 1],
    [2, 3],
  ],
  [[1, 2]],
  [[1, 3]],
  [[0, 1]],
  [[0, 3]],
  [],
];
