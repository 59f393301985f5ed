/** Any statistic against time. */
import type { Run } from '../state/runs.ts';
import type { ScaleKind } from '../state/view.ts';
import { chooseAxis, readable, valuesOf } from './axis.ts';
import type { Ink, Mark, PlotModel } from './model.ts';
import { awaitedSeries, curvesOf, methodTitle, seriesOf, statisticLabel } from './series.ts';

export const TIME_LABEL = 't — time, in units of d steps';
/** Later is nearer to the eye: the limit over what is measured. */
const ORDER: readonly Ink[] = ['sgd', 'sde', 'flow', 'pde'];
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

/** What theory says of the end of a run, once it has ended. */
function prediction(run: Run | undefined): string {
  const found = run?.data.value.ending?.prediction;
  if (!found) return '';
  const { terminalRate, criticalStepSize } = found;
  return [
    terminalRate === null ? '' : `predicted decay of R near 0: e^(−ρt), ρ = ${readable(terminalRate, 3)}`,
    criticalStepSize === null ? '' : `critical step size γ_c = ${readable(criticalStepSize, 3)}`,
  ]
    .filter(Boolean)
    .join(', ');
}

export function curvesModel(runs: readonly Run[], statistic: string, wishes: Wishes): PlotModel {
  const several = runs.length > 1;
  const series = runs.flatMap((run, k) => [
    ...curvesOf(run, statistic).map((curve) => seriesOf(run, curve, k, several)),
    ...awaitedSeries(run, statistic, k, several),
  ]);
  // Overlaid runs lie under the current one, limits over everything; a series that begins does not change places.
  const ordered = [...series].sort(
    (a, b) => ORDER.indexOf(a.ink) - ORDER.indexOf(b.ink) || a.opacity - b.opacity || a.id.localeCompare(b.id),
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
    notes: [x.note, y.note, ...failed, statistic === 'risk' ? prediction(runs[0]) : ''].filter(Boolean),
    empty: 'The first curve comes as soon as a method has reached its first save time.',
  };
}
