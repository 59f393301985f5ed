/** Any statistic against time. */
import { describeStatistic } from '../../statistics/index.ts';
import { chooseAxis, readable, tickLabel, valuesOf } from './axis.ts';
import type { Mark, PlotModel, ScaleKind, Series } from './model.ts';
import { curvesOf, type Drawn, floorNotes, methodTitle, ORDER, seriesOf, statisticLabel } from './series.ts';

export const TIME_LABEL = 't — time, in units of d steps';
/** Marks of single replicas beyond this many would hide the curves. */
const MOST_MARKS = 200;
/** Labelled rules in one plot. */
const MOST_RULES = 8;

export interface Wishes {
  readonly xScale: ScaleKind | null;
  readonly yScale: ScaleKind | null;
  /** Whether the vertical axis holds gradient flow too, where there is something else to follow. */
  readonly whole?: boolean;
}

/** The time axis over whole horizons, so that nothing moves as a run goes on. */
export function timeAxis(runs: readonly Drawn[], wish: ScaleKind | null) {
  const horizon = Math.max(...runs.map(({ experiment }) => experiment.horizon));
  const times = runs.flatMap(({ curves }) => curves.map(({ times }) => times));
  const first = Math.min(...times.map((t) => t[1] ?? horizon), horizon);
  const chosen = chooseAxis([wish === 'log' ? [first, horizon] : [0, horizon]], {
    label: TIME_LABEL,
    wish: wish ?? 'linear',
    tight: true,
  });
  return { ...chosen, note: wish === 'log' ? 'log time: t = 0 not shown' : '' };
}

export function marksOf(runs: readonly Drawn[]): Mark[] {
  return runs.flatMap((run) => {
    const timed = run.events.filter(({ time }) => time !== null);
    const ends = timed.filter(({ kind }) => kind === 'blow-up').slice(0, MOST_RULES);
    const replicas = timed.filter(({ kind }) => kind === 'diverged').slice(0, MOST_MARKS);
    return [
      ...ends.map((event) => ({
        x: event.time!,
        label: `${methodTitle(run, event)} blows up, t = ${tickLabel(Number(event.time!.toPrecision(4)))}`,
        ink: 'failure' as const,
      })),
      ...replicas.map((event) => ({ x: event.time!, label: '', ink: 'failure' as const })),
    ];
  });
}

/** Gradient flow may fall by decades that nothing else comes near: the axis follows the others. */
function withAside(series: readonly Series[], whole: boolean): Series[] {
  const others = series.some(({ ink, x }) => ink !== 'flow' && x.length > 0);
  return series.map((one) => (one.ink === 'flow' && others && !whole ? { ...one, aside: true } : one));
}

/** What of the series beside the axis it does not hold, in words. */
function leaving(series: readonly Series[], [low, high]: readonly [number, number]): string {
  const values = series.filter(({ aside }) => aside).flatMap(({ y }) => Array.from(y).filter(Number.isFinite));
  const [least, most] = [Math.min(...values), Math.max(...values)];
  if (least < low) return `gradient flow leaves the window, down to ${readable(least, 2)}`;
  return most > high ? `gradient flow leaves the window, up to ${readable(most, 2)}` : '';
}

export function curvesModel(
  runs: readonly Drawn[],
  statistic: string,
  wishes: Wishes,
  more: readonly Series[] = [],
): PlotModel {
  const several = runs.length > 1;
  const found = runs.flatMap((run, k) => curvesOf(run, statistic).map((curve) => seriesOf(run, curve, k, several)));
  const series = withAside([...found, ...more], wishes.whole ?? false);
  // Overlaid runs lie under the first one, limits over everything; a series that begins does not change places.
  const ordered = [...series].sort(
    (a, b) => ORDER.indexOf(a.ink) - ORDER.indexOf(b.ink) || a.opacity - b.opacity || a.id.localeCompare(b.id),
  );
  const x = timeAxis(runs, wishes.xScale);
  const y = chooseAxis(valuesOf(series), {
    label: statisticLabel(statistic),
    wish: wishes.yScale,
    otherwise: describeStatistic(statistic).scale === 'linear' ? 'linear' : 'log',
  });
  const floors = runs.flatMap((run) => floorNotes(run, statistic));
  const failed = runs.flatMap((run) =>
    curvesOf(run, statistic)
      .filter((curve) => curve.failed > 0)
      .map(
        (curve) => `${methodTitle(run, curve)}: ${curve.failed} of ${curve.count} replicas diverged and left the mean`,
      ),
  );
  return {
    key: `curves ${statistic} ${x.axis.scale} ${y.axis.scale} ${wishes.whole ?? false}`,
    title: statisticLabel(statistic),
    x: x.axis,
    y: y.axis,
    series: ordered,
    marks: marksOf(runs),
    guides: [],
    notes: [x.note, y.note, leaving(series, y.axis.range), ...floors, ...failed].filter(Boolean),
    empty: 'The first curve comes as soon as a method has reached its first save time.',
  };
}
