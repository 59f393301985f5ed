/** Series with x of their own → one x for all, as uPlot wants it; thinned where there are more points than pixels. */
import type uPlot from 'uplot';
import type { PlotModel, Series } from '../../results/plot/model.ts';

/** Points of one series beyond which every n-th is drawn: several a pixel on any screen. */
const MOST_POINTS = 8000;

function thinned(series: Series): { x: number[]; y: (number | null)[]; index: number[] } {
  const { x, y } = series;
  const stride = Math.max(1, Math.ceil(x.length / MOST_POINTS));
  const out = { x: [] as number[], y: [] as (number | null)[], index: [] as number[] };
  for (let i = 0; i < x.length; i++) {
    if (i % stride !== 0 && i !== x.length - 1) continue;
    out.x.push(x[i]);
    out.y.push(Number.isFinite(y[i]) ? y[i] : null);
    out.index.push(i);
  }
  return out;
}

export interface Aligned {
  readonly data: uPlot.AlignedData;
  /** [series][place in data[0]] → place in the series, −1 where it has no such x. */
  readonly places: readonly Int32Array[];
}

export function align({ series, x: xAxis, y: yAxis }: PlotModel): Aligned {
  const parts = series.map(thinned);
  const shown = (x: number) => xAxis.scale !== 'log' || x > 0;
  const grid = [...new Set(parts.flatMap(({ x }) => x.filter(shown)))].sort((a, b) => a - b);
  const at = new Map(grid.map((x, i) => [x, i]));
  const places: Int32Array[] = [];
  const columns = parts.map(({ x, y, index }) => {
    const place = new Int32Array(grid.length).fill(-1);
    // undefined: a neighbour's x, drawn across; null: no value, a gap.
    const column: (number | null | undefined)[] = new Array(grid.length).fill(undefined);
    x.forEach((value, i) => {
      const j = at.get(value);
      if (j === undefined) return;
      place[j] = index[i];
      const drawn = y[i] !== null && (yAxis.scale !== 'log' || y[i]! > 0);
      column[j] = drawn ? y[i] : null;
    });
    places.push(place);
    return column;
  });
  return { data: [grid, ...columns], places };
}
