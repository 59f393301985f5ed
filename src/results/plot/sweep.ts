/** The picture of a sweep: heat maps over two axes (curves over one) with the predicted critical curve drawn over them. */

import type { Axis } from '../../problem/sweep.ts';
import { describeStatistic } from '../../statistics/index.ts';
import { methodName } from '../format.ts';
import type { SweepMethod, SweepPoint, SweepResult } from '../sweep.ts';
import { chooseAxis, valuesOf } from './axis.ts';
import { zeroLine } from './contour.ts';
import { nameOf } from './fieldnames.ts';
import { type Cell, type Figure, figureSvg, plotCell } from './figure.ts';
import { columnsOf, PlotError, type PlotOptions, sourceOf } from './figures.ts';
import { colorScale, heatCell } from './heat.ts';
import type { PlotModel, ScaleKind, Series } from './model.ts';
import { METHOD_LABEL, type Palette, THEMES } from './palette.ts';
import { parametersOf } from './parameters.ts';
import { headline, subtitle } from './words.ts';

/** More panels cannot be read; the numbers are in sweep.csv. */
const MOST_PANELS = 24;
const HEIGHT = 250;
const WIDTH = 440;

/** One number of a method at a point. */
interface Measure {
  readonly title: string;
  readonly short: string;
  value(method: SweepMethod): number | null;
  error(method: SweepMethod): number | null;
  /** A probability: its colours run from 0 to 1. */
  readonly isProbability?: boolean;
  /** Never on a logarithmic scale. */
  readonly isLinear?: boolean;
  readonly isRate?: boolean;
}

/** Statistics drawn where none are chosen. */
const MOST_STATISTICS = 4;
/** What a sweep measures beside its statistics. */
const RATE = 'rate';
const BLOW_UP = 'blowUp';

/** Those that are wanted, in their order; default: the first statistics, rate and blow-up. @throws PlotError */
function measuresOf({ sweep, points }: SweepResult, wanted: readonly string[] | undefined): Measure[] {
  // Where the file has save times of its own, the run ends at the last of them.
  const end = sweep.experiment.times ? 'the last save time' : 'T';
  const names = [...new Set(points.flatMap(({ methods }) => methods.flatMap(({ final }) => Object.keys(final))))];
  const all = [...names, RATE, BLOW_UP];
  const wrong = wanted?.find((name) => !all.includes(name));
  if (wrong !== undefined)
    throw new PlotError(`statistic ${JSON.stringify(wrong)}: must be one that the sweep measured (${all.join(', ')})`);
  const measures: Record<string, Measure> = Object.fromEntries(
    names.map((name): [string, Measure] => {
      const { title, symbol } = describeStatistic(name);
      const measure = {
        title: `${symbol === '⟨φ⟩' ? `mean of ${title}` : `${title} ${symbol}`} at ${end}`,
        short: symbol === '⟨φ⟩' ? name : symbol,
        value: ({ final }: SweepMethod) => final[name]?.mean ?? null,
        error: ({ final }: SweepMethod) => final[name]?.standardError ?? null,
      };
      return [name, measure];
    }),
  );
  const own: Record<string, Measure> = {
    [RATE]: {
      title: 'measured rate of convergence',
      short: 'rate',
      value: ({ rate }) => rate?.mean ?? null,
      error: ({ rate }) => rate?.standardError ?? null,
      isLinear: true,
      isRate: true,
    },
    [BLOW_UP]: {
      title: `P(blow-up by ${end})`,
      short: 'P',
      value: ({ blowUp }) => blowUp.probability,
      error: () => null,
      isProbability: true,
    },
  };
  const chosen = wanted ?? [...names.slice(0, MOST_STATISTICS), RATE, BLOW_UP];
  return chosen.map((name) => own[name] ?? measures[name]);
}

interface Panels {
  readonly cells: readonly Cell[];
  readonly series: readonly Series[];
  readonly notes: readonly string[];
}

/** The figure of a sweep. Two axes: a heat map a method and measure; further axes: one a value. One axis: curves. @throws PlotError */
export function sweepFigure(result: SweepResult, options: PlotOptions = {}): Figure {
  const { sweep, points, provenance } = result;
  const palette = THEMES[options.theme ?? 'light'];
  const measures = measuresOf(result, options.statistics);
  const drawn =
    sweep.axes.length === 1
      ? curvePanels(result, measures, options, palette)
      : mapPanels(result, measures, options, palette);
  const left = drawn.cells.length - MOST_PANELS;
  const title = headline(sweep.experiment).replace(/, d = .*$/, '');
  const swept = sweep.axes.map(({ field, values }) => `${nameOf(field)} (${values.length} values)`).join(' × ');
  const lines = [
    `sweep over ${swept}; elsewhere ${surroundings(sweep)}`,
    ...drawn.notes,
    ...(left > 0 ? [`${left} more panels are left out; their numbers are in sweep.csv`] : []),
  ];
  const described = points.length === 0 ? ['no points'] : measures.map((measure) => inWords(measure, points));
  const set = parametersOf(
    sweep.experiment,
    sweep.axes.map(({ field }) => field),
    'see axes',
  );
  return {
    title,
    subtitle: lines,
    description: `${[...lines, ...described].join('. ')}.`,
    series: drawn.series,
    cells: drawn.cells.slice(0, MOST_PANELS),
    ...columnsOf(Math.min(3, measures.length), WIDTH, options.width),
    caption: [
      ...(points.length === 0 ? ['no points'] : []),
      `${set}; ${provenance.software}, ${provenance.backend} engine`,
    ],
    palette,
    metadata: sourceOf(sweep, provenance),
  };
}

/** sweep.svg: self-contained. */
export async function sweepSvg(result: SweepResult, options: PlotOptions = {}): Promise<string> {
  return figureSvg(sweepFigure(result, options));
}

/** What all points share, in words. */
function surroundings({ experiment, axes }: SweepResult['sweep']): string {
  const isSwept = axes.some(({ field }) => field.startsWith('stepSize'));
  const parts = subtitle(experiment).split(', ');
  return parts.filter((part) => !part.startsWith('bands') && !(isSwept && part.startsWith('step size'))).join(', ');
}

function inWords({ title, value }: Measure, points: readonly SweepPoint[]): string {
  const values = points.flatMap(({ methods }) => methods.map(value)).filter((x) => x !== null);
  if (values.length === 0) return `${title}: no values`;
  const show = (x: number) => Number(x.toPrecision(3));
  return `${title} from ${show(Math.min(...values))} to ${show(Math.max(...values))}`;
}

/** log(γ/γ_c): positive where the step size is supercritical; null where nothing is predicted. */
function excess({ prediction, stepSize }: SweepPoint): number | null {
  const critical = prediction?.criticalStepSize;
  return critical && stepSize ? Math.log(stepSize / critical) : null;
}

/** Where the critical step size lies on the grid, in words. */
function criticalWords(points: readonly SweepPoint[], isDrawn: boolean): string {
  if (isDrawn) return 'line: predicted critical step size (γ = γ_c), above which the linearized risk grows';
  const known = points.map(excess).filter((x) => x !== null);
  if (known.length === 0) return 'no critical step size is predicted at any point of this grid';
  const isBelow = known.every((x) => x < 0);
  if (!isBelow && known.some((x) => x < 0))
    return `the predicted critical step size crosses this grid, but no four neighbouring points have one (${known.length} of ${points.length} do), so that its line is not drawn`;
  const side = isBelow ? 'below' : 'above';
  const where =
    known.length < points.length ? `the ${known.length} of ${points.length} points that have one` : 'all points';
  return `the predicted critical step size does not cross this grid: ${where} lie ${side} it`;
}

/** Why a method has no value at a point. */
function reason(method: SweepMethod, measure: Measure): string {
  const { count, failed, blowUp } = method;
  const isLimit = method.method === 'pde' || method.method === 'flow';
  if (!isLimit && count > 0 && failed === count) return 'every replica diverged';
  if (isLimit && blowUp.hits > 0) return 'it explodes before T';
  if (measure.isRate) return 'no rate can be fitted (fewer than two save times with a risk above 0 in the second half)';
  return 'no value';
}

/** An axis in the scale that is wished for, where its values allow it. @throws PlotError */
function scaled(axis: Axis, name: 'x' | 'y', wish: ScaleKind | undefined): Axis {
  if (wish === undefined || wish === axis.scale) return axis;
  const bad = wish === 'log' ? axis.values.find((value) => !(value > 0)) : undefined;
  if (bad !== undefined)
    throw new PlotError(
      `${name}: must be linear where the axis has a value that is not positive; ${axis.field} has ${bad}`,
    );
  if (wish === 'symlog') throw new PlotError(`${name}: must be linear or log for the axis of a sweep; found symlog`);
  return { ...axis, scale: wish };
}

function mapPanels(
  { sweep, points }: SweepResult,
  measures: readonly Measure[],
  wishes: PlotOptions,
  palette: Palette,
): Panels {
  const ax = scaled(sweep.axes[0], 'x', wishes.x);
  const ay = scaled(sweep.axes[1], 'y', wishes.y);
  const [xs, ys] = [ax, ay].map(({ values }) => [...values].sort((a, b) => a - b));
  // One slice for each combination of the further axes.
  const slices = new Map<string, SweepPoint[]>();
  for (const point of points) {
    const key = point.values
      .slice(2)
      .map((value, k) => `${nameOf(sweep.axes[k + 2].field)} = ${value}`)
      .join(', ');
    slices.set(key, [...(slices.get(key) ?? []), point]);
  }
  let isDrawn = false;
  const cells: Cell[] = [];
  for (const [label, slice] of slices) {
    const at = new Map(slice.map((point) => [`${point.values[0]}/${point.values[1]}`, point]));
    const lines = zeroLine(
      xs,
      ys,
      (i, j) => {
        const point = at.get(`${xs[i]}/${ys[j]}`);
        return point ? excess(point) : null;
      },
      [ax.scale, ay.scale],
    );
    if (lines.length > 0) isDrawn = true;
    for (const method of slice[0]?.methods ?? []) {
      for (const measure of measures) {
        const found = slice.map((point) => ({
          i: xs.indexOf(point.values[0]),
          j: ys.indexOf(point.values[1]),
          own: point.methods.find(({ index }) => index === method.index) ?? method,
        }));
        const valued = found.map(({ i, j, own }) => ({ i, j, value: measure.value(own) }));
        const values = valued.map(({ value }) => value).filter((x) => x !== null);
        const missing = found.filter(({ own }) => measure.value(own) === null).map(({ own }) => reason(own, measure));
        const colors = measure.isProbability
          ? ({ kind: 'linear', range: [0, 1], isCut: false, zeros: false } as const)
          : colorScale(values, measure.isLinear ?? false);
        const model = {
          title: `${measure.title}, ${methodTitle(method)}`,
          notes: [
            label,
            missing.length > 0 ? `grey: ${[...new Set(missing)].join(', or ')}` : '',
            colors.isCut ? 'more than 30 decades below the largest value: one colour' : '',
          ].filter(Boolean),
          x: { label: nameOf(ax.field), scale: ax.scale, values: xs },
          y: { label: nameOf(ay.field), scale: ay.scale, values: ys },
          cells: valued,
          colors,
          short: measure.short,
          lines,
          lineColor: palette.ink.failure,
        };
        cells.push(heatCell(model, HEIGHT, palette));
      }
    }
  }
  return { cells, series: [], notes: [criticalWords(points, isDrawn)] };
}

const methodTitle = (method: SweepMethod) =>
  `${methodName(method).replace(/^\w+/, METHOD_LABEL[method.method])}${method.method === 'sgd' || method.method === 'sde' ? `, ${method.count} ${method.count === 1 ? 'replica' : 'replicas'}` : ''}`;

function curvePanels(
  { sweep, points }: SweepResult,
  measures: readonly Measure[],
  wishes: PlotOptions,
  palette: Palette,
): Panels {
  const axis = scaled(sweep.axes[0], 'x', wishes.x);
  const sorted = [...points].sort((a, b) => a.values[0] - b.values[0]);
  const xs = sorted.map(({ values }) => values[0]);
  const crossing = zeroLine(xs, [0, 1], (i) => (sorted[i] ? excess(sorted[i]) : null), [axis.scale, 'linear']);
  const marks = crossing.slice(0, 8).map(([x]) => ({ x, label: 'γ_c', ink: 'failure' as const }));
  const methods = [...new Map(points.flatMap((point) => point.methods.map((one) => [one.index, one]))).values()];
  const range = chooseAxis([xs], { label: nameOf(axis.field), wish: axis.scale });
  const models = measures.map((measure): PlotModel => {
    const series = methods.map((method): Series => {
      const own = sorted.map((point) => point.methods.find(({ index }) => index === method.index));
      const y = own.map((one) => (one && measure.value(one)) ?? Number.NaN);
      const ends = own.map((one, k): readonly [number, number] => {
        if (one && measure.isProbability) return one.blowUp.interval ?? [Number.NaN, Number.NaN];
        const error = (one && measure.error(one)) ?? Number.NaN;
        return [y[k] - error, y[k] + error];
      });
      const hasBand = ends.some(([low]) => Number.isFinite(low));
      return {
        id: methodName(method),
        label: methodTitle(method),
        ink: method.method,
        width: 1.75,
        dash: method.method === 'flow' ? [7, 5] : [],
        opacity: 1,
        x: xs,
        y,
        band: hasBand
          ? { low: ends.map(([low]) => low), high: ends.map(([, high]) => high), label: '± one s.e.' }
          : null,
        points: true,
      };
    });
    const predicted = sorted.map(({ prediction }) => prediction?.terminalRate ?? Number.NaN);
    if (measure.isRate && predicted.some(Number.isFinite))
      series.push({
        id: 'predicted',
        label: 'predicted terminal rate',
        ink: 'muted',
        width: 1.5,
        dash: [6, 4],
        opacity: 1,
        x: xs,
        y: predicted,
        band: null,
      });
    const { axis: y, note } = chooseAxis(valuesOf(series), {
      label: measure.short,
      wish: measure.isProbability || measure.isLinear ? 'linear' : (wishes.y ?? null),
      ...(measure.isProbability && { include: [0, 1] }),
    });
    const lacking = methods.flatMap((method) => {
      const own = sorted.flatMap((point) => point.methods.filter(({ index }) => index === method.index));
      const missing = [...new Set(own.filter((one) => measure.value(one) === null).map((one) => reason(one, measure)))];
      return missing.length > 0 ? [`${methodTitle(method)}, gaps: ${missing.join(', or ')}`] : [];
    });
    return {
      key: measure.title,
      title: measure.title,
      x: { ...range.axis, at: xs },
      y,
      series,
      marks,
      guides: [],
      notes: [note, ...lacking].filter(Boolean),
      empty: '',
    };
  });
  return {
    cells: models.map((model) => plotCell(model.title, model, HEIGHT, palette)),
    series: models.flatMap(({ series }) => series),
    notes: [
      'bands: one standard error (probabilities: 95%)',
      criticalWords(points, marks.length > 0).replace(/^line/, 'dashed'),
    ],
  };
}
