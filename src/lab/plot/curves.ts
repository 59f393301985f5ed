/** Any statistic against time. */
import type { Run } from '../state/runs.ts';
import type { ScaleKind } from '../state/view.ts';
import { chooseAxis, readable, valuesOf } from './axis.ts';
import type { Mark, PlotModel } from './model.ts';
import { curvesOf, methodTitle, seriesOf, statisticLabel } from './series.ts';

export const TIME_LABEL = 't — time, in units of d steps';
/** Lines for single replicas beyond this many would hide the curves. */
const MOST_MARKS = 8;

export interface Wishes {
  readonly xScale: ScaleKind | null;
  readonly yScale: ScaleKind | null;
}

/** The time axis over whole horizons, so that nothing moves as a run goes on. */
export function timeAxis(runs: readonly Run[], wish: ScaleKind | null) {
  const horizon = Math.max(...runs.map((run) => run.experiment.horizon));
  const times = runs.flatMap((run) => run.data.value.curves.map(({ times }) => times));
  const first = Math.min(...times.map((t) => t[1] ?? horizon), horizon);
  const chosen = chooseAxis([wish === 'log' ? [first, horizon] : [0, horizon]], {
    label: TIME_LABEL,
    wish: wish ?? 'linear',
    tight: true,
  });
  return { ...chosen, note: wish === 'log' ? 'log time: t = 0 not shown' : '' };
}

export function marksOf(runs: readonly Run[]): Mark[] {
  return runs.flatMap((run) => {
    const timed = run.data.value.events.filter(({ time }) => time !== null);
    const ends = timed.filter(({ kind }) => kind === 'blow-up');
    const replicas = timed.filter(({ kind }) => kind === 'diverged').slice(0, MOST_MARKS);
    return [
      ...ends.map((event) => ({
        x: event.time!,
        label: `${methodTitle(run, event)} blows up, t = ${readable(event.time!)}`,
        ink: 'failure' as const,
      })),
      ...replicas.map((event) => ({ x: event.time!, label: '', ink: 'failure' as const })),
    ];
  });
}

export function curvesModel(runs: readonly Run[], statistic: string, wishes: Wishes): PlotModel {
  const series = runs.flatMap((run, k) =>
    curvesOf(run, statistic).map((curve) => seriesOf(run, curve, k, runs.length > 1)),
  );
  // Overlaid runs lie under the current one, limits over everything.
  const ordered = [...series].sort(
    (a, b) => Number(a.ink === 'pde') - Number(b.ink === 'pde') || a.opacity - b.opacity,
  );
  const x = timeAxis(runs, wishes.xScale);
  const y = chooseAxis(valuesOf(series), { label: statisticLabel(statistic), wish: wishes.yScale });
  const failed = runs.flatMap((run) =>
    curvesOf(run, statistic)
      .filter((curve) => curve.failed > 0)
      .map(
        (curve) => `${methodTitle(run, curve)}: ${curve.failed} of ${curve.count} replicas diverged and left the mean`,
      ),
  );
  return {
    key: `curves ${statistic} ${x.axis.scale} ${y.axis.scale}`,
    title: statisticLabel(statistic),
    x: x.axis,
    y: y.axis,
    series: ordered,
    marks: marksOf(runs),
    guides: [],
    notes: [x.note, y.note, ...failed].filter(Boolean),
    empty: 'The first curve comes as soon as a method has reached its first save time.',
  };
}
