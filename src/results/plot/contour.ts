/** Where a function that is known on the points of a grid is zero: marching squares. */

export type Segment = readonly [x1: number, y1: number, x2: number, y2: number];

/**
 * Segments of the zero line of `f` on the cells of a grid of increasing x and y; f(i, j) at (x[i], y[j]), null where it is not known:
 * cells with such a corner have no segments. Positions are interpolated linearly in f and, by `scales`, in x or log x (and y).
 */
export function zeroLine(
  x: readonly number[],
  y: readonly number[],
  f: (i: number, j: number) => number | null,
  scales: readonly ['linear' | 'log', 'linear' | 'log'],
): Segment[] {
  const between = (a: number, b: number, share: number, scale: 'linear' | 'log') =>
    scale === 'log' ? a * (b / a) ** share : a + (b - a) * share;
  const segments: Segment[] = [];
  for (let i = 0; i + 1 < x.length; i++) {
    for (let j = 0; j + 1 < y.length; j++) {
      // Corners around the cell, and the crossings of its four sides.
      const corners = [
        [i, j],
        [i + 1, j],
        [i + 1, j + 1],
        [i, j + 1],
      ];
      const values = corners.map(([a, b]) => f(a, b));
      if (values.some((value) => value === null)) continue;
      const crossings: [number, number][] = [];
      for (let k = 0; k < 4; k++) {
        const a = values[k]!;
        const b = values[(k + 1) % 4]!;
        if (a < 0 === b < 0) continue;
        const share = a / (a - b);
        const [from, to] = [corners[k], corners[(k + 1) % 4]];
        crossings.push([
          between(x[from[0]], x[to[0]], share, scales[0]),
          between(y[from[1]], y[to[1]], share, scales[1]),
        ]);
      }
      for (let k = 0; k + 1 < crossings.length; k += 2) segments.push([...crossings[k], ...crossings[k + 1]]);
    }
  }
  return segments;
}
