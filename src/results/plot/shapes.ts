/** The shapes of a series in the numbers of its axes: lines, single points, outlines of histograms, bands. Canvas and SVG draw these. */
import type { PlotModel, Series } from './model.ts';

export type Place = [x: number, y: number];

type Axes = Pick<PlotModel, 'x' | 'y'>;

/** Whether the axes have a place for a point. */
function isShown(x: number, y: number, axes: Axes): boolean {
  return Number.isFinite(y) && (axes.y.scale !== 'log' || y > 0) && (axes.x.scale !== 'log' || x > 0);
}

export interface Lines {
  /** Of two points or more. */
  readonly pieces: readonly Place[][];
  /** Points with no neighbour: a line would not show them. */
  readonly single: readonly Place[];
}

/** A line in pieces, without what the axes cannot hold. */
export function linesOf(x: ArrayLike<number>, y: ArrayLike<number>, axes: Axes): Lines {
  const pieces: Place[][] = [];
  const single: Place[] = [];
  let piece: Place[] = [];
  const close = () => {
    if (piece.length > 1) pieces.push(piece);
    else single.push(...piece);
    piece = [];
  };
  for (let i = 0; i < x.length; i++) {
    if (isShown(x[i], y[i], axes)) piece.push([x[i], y[i]]);
    else close();
  }
  close();
  return { pieces, single };
}

/** A histogram's outline: y[i] from x[i] to x[i + 1], standing on `base`. */
export function stepsOf(x: ArrayLike<number>, y: ArrayLike<number>, base: number, axes: Axes): Place[][] {
  const pieces: Place[][] = [];
  let piece: Place[] = [];
  const close = (at: number) => {
    if (piece.length > 0) pieces.push([...piece, [at, base]]);
    piece = [];
  };
  for (let i = 0; i + 1 < x.length; i++) {
    if (!isShown(x[i], y[i], axes)) {
      close(x[i]);
      continue;
    }
    if (piece.length === 0) piece.push([x[i], base]);
    piece.push([x[i], y[i]], [x[i + 1], y[i]]);
  }
  close(x[x.length - 1]);
  return pieces;
}

/**
 * The band's outline, cut where a value is missing; what a log axis cannot hold ends at the floor of the window. A part of one point
 * has two corners, the upper first: it is drawn as a line.
 */
export function bandsOf({ x, band, steps }: Series, axes: Axes, floor: number): Place[][] {
  if (band === null) return [];
  const { low, high } = band;
  const parts: Place[][] = [];
  let top: Place[] = [];
  let bottom: Place[] = [];
  const close = () => {
    if (top.length > 0) parts.push([...top, ...bottom.reverse()]);
    top = [];
    bottom = [];
  };
  const onAxis = (value: number) => (axes.y.scale === 'log' && !(value > 0) ? floor : value);
  for (let i = 0; i < x.length; i++) {
    if (axes.x.scale === 'log' && !(x[i] > 0)) continue;
    if (!Number.isFinite(low[i]) || !Number.isFinite(high[i])) {
      close();
      continue;
    }
    top.push([x[i], onAxis(high[i])]);
    bottom.push([x[i], onAxis(low[i])]);
    if (steps && i + 1 < x.length) {
      top.push([x[i + 1], onAxis(high[i])]);
      bottom.push([x[i + 1], onAxis(low[i])]);
    }
  }
  close();
  return parts;
}
