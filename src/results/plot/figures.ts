/** Which panels a picture of results has: what a command, a library's caller and the files of a run draw is made here. */
import { describeStatistic } from '../../statistics/index.ts';
import type { Result } from '../format.ts';
import { againstDimension, familyOf, widthModel } from './concentration.ts';
import { curvesModel, type Wishes } from './curves.ts';
import { densityPanels } from './densities.ts';
import { nameApart, type ShadeField, tellApart } from './differences.ts';
import { estimatePanels } from './estimates.ts';
import { type Cell, type Figure, MARGIN, plotCell } from './figure.ts';
import type { Series } from './model.ts';
import { type PackedCurve, pack } from './packed.ts';
import { THEMES, type ThemeName } from './palette.ts';
import { captionOf } from './parameters.ts';
import { gapModel, residualModel } from './residual.ts';
import { type Drawn, statisticLabel } from './series.ts';
import type { Shown } from './shown.ts';
import { missingParts, slopeModel } from './slope.ts';
import { thinned } from './thin.ts';
import { headline, inSentence, inWords, subtitle } from './words.ts';

export interface PlotOptions {
  /** Default: curves. */
  readonly show?: readonly Shown[];
  /** Of curves, residual and concentration; default: all that the first result has. */
  readonly statistics?: readonly string[];
  /** Default: linear. */
  readonly x?: 'linear' | 'log';
  /** Default: what suits the numbers. */
  readonly y?: 'linear' | 'log' | 'symlog';
  /** Width on paper in millimetres; letters are then 9 points high. Default: on the screen, some 1000 pixels. */
  readonly width?: number;
  /** Default: light. */
  readonly theme?: ThemeName;
}

/** What cannot be drawn, and what to do, in one line. */
export class PlotError extends Error {
  override readonly name = 'PlotError';
}

export interface NamedResult {
  /** What it is called where several are drawn, unless what differs between them says it better. */
  readonly name: string;
  readonly result: Result;
}

const BETWEEN = 28;
const PIXELS_A_MILLIMETRE = 96 / 25.4;
/** A column of a picture is not narrower than this, in pixels. */
const NARROWEST = 300;

/** Columns of a picture: as many as are wanted, or as many as its width on paper has room for. */
export function columnsOf(
  wanted: number,
  usual: number,
  millimetres: number | undefined,
): Pick<Figure, 'columns' | 'columnWidth' | 'millimetres'> {
  if (millimetres === undefined) return { columns: wanted, columnWidth: usual };
  const inner = millimetres * PIXELS_A_MILLIMETRE - 2 * MARGIN;
  const columns = Math.max(1, Math.min(wanted, Math.floor((inner + BETWEEN) / (NARROWEST + BETWEEN))));
  return { columns, columnWidth: (inner - (columns - 1) * BETWEEN) / columns, millimetres };
}

export function drawnOf({ experiment, curves, events, prediction }: Result, id = 0): Drawn {
  return { id, name: '', experiment, curves: curves.map(pack), events, prediction };
}

interface Panels {
  readonly cells: readonly Cell[];
  readonly series: readonly Series[];
  readonly caption: readonly string[];
  readonly said: readonly string[];
}

const NONE: Panels = { cells: [], series: [], caption: [], said: [] };

const isEmpty = ({ y }: Series) => !Array.from(y).some(Number.isFinite);

/** The runs by colour, the methods by line: names once, however many curves there are. */
function severalLegend(series: readonly Series[], runs: readonly Drawn[]): Series[] {
  const key = { x: [0], y: [0], opacity: 1, band: null, dash: [], width: 3 } as const;
  const byRun = runs.map(
    (run): Series => ({ ...key, id: `run/${run.id}`, label: run.name, ink: 'muted', shade: run.shade! }),
  );
  const seen = new Map<string, Series>();
  for (const one of series) {
    const { shade: _, ...rest } = one;
    const label = one.label.replace(/ — .*$/, '').replace(/, mean of \d+$/, ', mean and band');
    if (!seen.has(label)) seen.set(label, { ...rest, label, ink: 'muted' });
  }
  return [...byRun, ...seen.values()];
}

/** Title of the part of the legend that colours stand for. */
const shadeWords = (field: ShadeField | null) => (field ? [`colour: ${field.label}`] : []);

function curvePanels(
  runs: readonly Drawn[],
  statistics: readonly string[],
  wishes: Wishes,
  theme: ThemeName,
  single: boolean,
): Panels {
  const palette = THEMES[theme];
  const panels = statistics.map((name) => {
    const gap = gapModel(runs, name, wishes);
    return {
      name,
      model: thinned(curvesModel(runs, name, wishes)),
      gap: gap && gap.series.length > 0 ? thinned(gap) : null,
    };
  });
  return {
    cells: panels.map(({ name, model, gap }) => {
      const notes = [...model.notes, ...(model.series.every(isEmpty) ? ['no finite values'] : [])];
      return plotCell(statisticLabel(name), { ...model, notes }, single ? 320 : 240, palette, gap);
    }),
    series: panels.flatMap(({ model }) => model.series),
    caption: panels.some(({ gap }) => gap !== null)
      ? ['Below each: (mean − PDE) in standard errors of the mean; grey: within ±2. Neighbouring times are correlated.']
      : [],
    said: panels.map(({ name, model }) => inSentence(describeStatistic(name).title, model)),
  };
}

/** The statistics that are wanted, each measured by every result. */
function statisticsIn(runs: readonly Drawn[], wanted: readonly string[] | undefined): readonly string[] {
  const all = runs.map((run) => [...new Set(run.curves.map(({ statistic }) => statistic))]);
  const shared = all[0].filter((name) => all.every((names) => names.includes(name)));
  for (const name of wanted ?? []) {
    const k = all.findIndex((names) => !names.includes(name));
    if (k < 0) continue;
    throw new PlotError(
      `statistic ${JSON.stringify(name)}: must be one that was measured (${all[k].join(', ') || 'none was'})${runs.length > 1 ? ` by every result; ${runs[k].name} has not` : ''}`,
    );
  }
  return wanted ?? shared;
}

function panelsOf(
  what: Shown,
  results: readonly Result[],
  runs: readonly Drawn[],
  statistics: readonly string[],
  options: PlotOptions,
  single: boolean,
): Panels {
  const theme = options.theme ?? 'light';
  const palette = THEMES[theme];
  const wishes: Wishes = { xScale: options.x ?? null, yScale: options.y ?? null };
  const own = (run: Drawn) => (results.length > 1 ? `${run.name}: ` : '');
  switch (what) {
    case 'curves':
      return curvePanels(runs, statistics, wishes, theme, single);
    case 'residual': {
      const models = statistics.map((name) => thinned(residualModel(runs, name, wishes)));
      if (models.every(({ series }) => series.length === 0))
        throw new PlotError('show residual: needs a PDE and an ensemble of two or more replicas among the methods');
      return {
        ...NONE,
        cells: models.map((model) => plotCell(model.title, model, 240, palette)),
        series: models.flatMap(({ series }) => series),
      };
    }
    case 'slope': {
      const models = runs.map((run) => {
        const missing = missingParts(run);
        if (missing.length > 0)
          throw new PlotError(
            `show slope: needs the statistics risk, riskDrift and riskNoise; ${own(run)}not measured: ${missing.join(', ')}`,
          );
        return thinned(slopeModel(run, wishes));
      });
      return {
        ...NONE,
        cells: models.map((model, k) => plotCell(`${own(runs[k])}${model.title}`, model, 240, palette)),
        series: models.flatMap(({ series }) => series),
      };
    }
    case 'densities':
    case 'estimates': {
      const found = results.map((result, k) => {
        if (!result[what]?.length)
          throw new PlotError(
            `show ${what}: ${own(runs[k]) || 'the result '}has none; ask for them in ${JSON.stringify(what)} of the experiment and run it again`,
          );
        if (what === 'estimates') return { ...estimatePanels(result, wishes, palette), classes: 0 };
        return densityPanels(result, wishes, palette);
      });
      const classes = found.reduce((sum, one) => sum + one.classes, 0);
      return {
        ...NONE,
        cells: found.flatMap(({ cells }, k) =>
          cells.map((cell) => ({ ...cell, title: `${own(runs[k])}${cell.title}` })),
        ),
        series: found.flatMap(({ series }) => series),
        caption: classes > 0 ? [`Densities of ${classes} classes are in result.json and not drawn.`] : [],
      };
    }
    case 'concentration': {
      if (familyOf(runs[0], runs).length < 2)
        throw new PlotError(
          'show concentration: needs results in two dimensions or more that differ in nothing else but seed and replicas',
        );
      const time = Math.min(...runs.map(lastTime));
      const models = statistics.flatMap((name) => [
        againstDimension(runs[0], runs, name, time, { ...wishes, xScale: options.x ?? 'log' }),
        widthModel(runs[0], runs, name, time),
      ]);
      return {
        ...NONE,
        cells: models.map((model) => plotCell(model.title, model, 240, palette)),
        series: models.flatMap(({ series }) => series),
      };
    }
  }
}

const lastTime = ({ curves }: Drawn) => Math.max(0, ...curves.map(({ times }: PackedCurve) => times.at(-1) ?? 0));

/** The figure of one result or of several laid over each other. @throws PlotError */
export function resultsFigure(named: readonly NamedResult[], options: PlotOptions = {}): Figure {
  const { show = ['curves'], theme = 'light' } = options;
  const palette = THEMES[theme];
  const results = named.map(({ result }) => result);
  const apart = tellApart(results.map(({ experiment }) => experiment));
  const runs = nameApart(
    named.map(({ name, result }, k) => ({ ...drawnOf(result, k), name })),
    apart,
  );
  const statistics = statisticsIn(runs, options.statistics);
  const single = show.length === 1 && statistics.length === 1 && show[0] !== 'estimates' && show[0] !== 'densities';
  const panels = show.map((what) => panelsOf(what, results, runs, statistics, options, single));
  const cells = panels.flatMap((one) => one.cells);
  const series = panels.flatMap((one) => one.series);
  const isShaded =
    runs.length > 1 &&
    runs.every(({ shade }) => shade !== undefined) &&
    series.some(({ shade }) => shade !== undefined);
  const [{ experiment }] = results;
  const hasBands = show.some((what) => what === 'curves' || what === 'slope');
  const about = results.length === 1 ? [subtitle(experiment, hasBands)] : shadeWords(apart.field);
  const title =
    results.length === 1 || apart.field?.path !== 'problem.dimension'
      ? headline(experiment)
      : headline(experiment).replace(/, d = .*$/, '');
  const layout = cells.length > 1 ? columnsOf(2, 500, options.width) : columnsOf(1, 680, options.width);
  const events = results.flatMap((result) => result.events);
  return {
    title,
    subtitle: about,
    description: `${[...about, ...panels.flatMap((one) => one.said), ...events.slice(0, 5).map(inWords)].join('. ')}.`,
    series: isShaded
      ? [
          ...severalLegend(
            series.filter(({ shade }) => shade !== undefined),
            runs,
          ),
          ...series.filter(({ shade }) => shade === undefined),
        ]
      : series,
    cells:
      cells.length > 0
        ? cells
        : [{ title: '', notes: ['no curves'], height: 0, left: 0, right: 0, foot: 0, draw() {} }],
    ...layout,
    caption: [...new Set(panels.flatMap((one) => one.caption)), ...captionOf(results)],
    palette,
    metadata: results.map(({ experiment: own, provenance }) => sourceOf(own, provenance)),
  };
}

/** Characters of an experiment that a picture carries along at most: one of listed values may have millions. */
const LONGEST_SOURCE = 2 ** 16;

/** For programs that read the picture: the same for the same file on the same engine, whenever and however fast it ran. */
export function sourceOf(
  experiment: unknown,
  { software, backend }: Pick<Result['provenance'], 'software' | 'backend'>,
): unknown {
  const isShort = JSON.stringify(experiment).length <= LONGEST_SOURCE;
  return { software, backend, ...(isShort && { experiment }) };
}
