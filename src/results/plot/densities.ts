/** Densities of the limit over coordinates: curves of one variable with their point masses, heat maps of (u, v). */
import type { DensityResult } from '../densities.ts';
import type { Result } from '../format.ts';
import { chooseAxis, readable } from './axis.ts';
import type { Wishes } from './curves.ts';
import { type Cell, plotCell } from './figure.ts';
import { colorScale, heatCell } from './heat.ts';
import type { PlotModel, Series } from './model.ts';
import type { Palette } from './palette.ts';

const HEIGHT = 240;
const SYMBOL = { beta: 'β', zeta: 'ζ', uv: '(u, v)' } as const;
/** Point masses named in words. */
const MOST_NAMED = 3;

const share = (mass: number) => `${Number((100 * mass).toPrecision(3))}%`;

function notesOf({ atoms, outside }: DensityResult): string[] {
  const heavy = [...atoms].sort((a, b) => b.mass - a.mass);
  const place = (at: DensityResult['atoms'][number]['at']) =>
    at === null ? '±∞' : at.map((x) => readable(x ?? Number.NaN, 3)).join(', ');
  const named = heavy.slice(0, MOST_NAMED).map(({ at, mass }) => `${share(mass)} at ${place(at)}`);
  const more = heavy.length > MOST_NAMED ? `, and ${heavy.length - MOST_NAMED} more` : '';
  return [
    named.length > 0 ? `point masses: ${named.join('; ')}${more}` : '',
    outside > 5e-4 ? `${share(outside)} of the coordinates lie outside the window` : '',
  ].filter(Boolean);
}

function lineModel(density: DensityResult, wishes: Wishes): PlotModel {
  const { of, time, values, atoms } = density;
  const edges = density.axes[0].map((x) => x ?? Number.NaN);
  const y = values.map((x) => x ?? Number.NaN);
  const last = y.length - 1;
  const placed = atoms.filter(({ at }) => at !== null).map(({ at, mass }) => ({ x: at![0] ?? Number.NaN, mass }));
  const range = [edges, placed.map(({ x }) => x)];
  const x = chooseAxis(range, { label: SYMBOL[of], wish: wishes.xScale, otherwise: 'linear', tight: y.length > 0 });
  const most = y.reduce((a, b) => Math.max(a, b), 0) || 1;
  const heaviest = placed.reduce((a, { mass }) => Math.max(a, mass), 0);
  const step: Series[] =
    y.length === 0
      ? []
      : [
          {
            id: 'density',
            label: `PDE, density of ${SYMBOL[of]}`,
            ink: 'pde',
            width: 1.25,
            dash: [],
            opacity: 1,
            x: edges,
            // The last step repeats the last bin, so that it has its width.
            y: [...y, y[last]],
            band: null,
            steps: true,
            fill: true,
          },
        ];
  // Stems: as high as the largest density where all of the mass is theirs, in proportion to it elsewhere.
  const stems = placed.map(
    ({ x: at, mass }, k): Series => ({
      id: `atom/${k}`,
      label: 'point mass (height: its share)',
      ink: 'failure',
      width: 2,
      dash: [],
      opacity: 1,
      x: [at, at],
      y: [0, (most * mass) / heaviest],
      band: null,
    }),
  );
  const series = [...step, ...stems];
  const axis = chooseAxis(
    series.map((one) => one.y),
    { label: `density of ${SYMBOL[of]}`, wish: wishes.yScale, otherwise: 'linear', include: [0] },
  );
  return {
    key: '',
    title: `${SYMBOL[of]} over coordinates at t = ${readable(time, 3)}`,
    x: x.axis,
    y: axis.axis,
    series,
    marks: [],
    guides: [],
    notes: [...notesOf(density), axis.note].filter(Boolean),
    empty: '',
  };
}

function planeCell(density: DensityResult, palette: Palette): Cell {
  const { time, values } = density;
  const centres = (edges: readonly (number | null)[]) => edges.slice(1).map((edge, k) => (edge! + edges[k]!) / 2);
  const [u, v] = density.axes.map(centres);
  const notes = notesOf(density);
  if (u.length === 0 || v.length === 0)
    return {
      title: titleOf(time),
      notes: [...notes, 'all of the mass is in point masses'],
      height: 0,
      left: 0,
      right: 0,
      foot: 0,
      draw() {},
    };
  const found = values.filter((x): x is number => x !== null);
  return heatCell(
    {
      title: titleOf(time),
      notes,
      x: { label: 'u', scale: 'linear', values: u, isRound: true },
      y: { label: 'v', scale: 'linear', values: v, isRound: true },
      cells: values.map((value, k) => ({ i: Math.floor(k / v.length), j: k % v.length, value })),
      colors: colorScale(found, false),
      short: 'density',
      lines: [],
      lineColor: palette.ink.failure,
    },
    HEIGHT,
    palette,
  );
}

const titleOf = (time: number) => `(u, v) over coordinates at t = ${readable(time, 3)}`;

/** Of the whole population; the classes are in the file. */
export function densityPanels({ densities = [] }: Pick<Result, 'densities'>, wishes: Wishes, palette: Palette) {
  const whole = densities.filter((one) => one.class === null);
  const models: PlotModel[] = [];
  const cells = whole.map((density) => {
    if (density.of === 'uv') return planeCell(density, palette);
    const model = lineModel(density, wishes);
    models.push(model);
    return plotCell(model.title, model, HEIGHT, palette);
  });
  return { cells, series: models.flatMap(({ series }) => series), classes: densities.length - whole.length };
}
