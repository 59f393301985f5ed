/** Curves of runs → series: colour by method (by the value of a field, where that tells runs apart), one dash a run. */
import type { Experiment } from '../../problem/index.ts';
import { describeStatistic } from '../../statistics/index.ts';
import type { Prediction, ResultEvent } from '../format.ts';
import { readable } from './axis.ts';
import type { Ink, Series } from './model.ts';
import { aboveFloor, type PackedCurve } from './packed.ts';
import { METHOD_LABEL } from './palette.ts';

/** A run as plots see it. */
export interface Drawn {
  readonly id: string | number;
  readonly name: string;
  readonly experiment: Experiment;
  readonly curves: readonly PackedCurve[];
  readonly events: readonly ResultEvent[];
  readonly prediction?: Prediction | null;
  /** Its place on the scale of the field that tells the drawn runs apart; absent where none does. */
  readonly shade?: number;
}

/** Later is nearer to the eye: the limit over what is measured. */
export const ORDER: readonly Ink[] = ['sgd', 'sde', 'flow', 'pde'];
const FLOW_DASH = [7, 5];
/** Where colours tell runs apart and not methods. */
const SDE_DASH = [2, 2.5];
/** Dashes of the runs laid over the first one, where colours do not tell them apart. */
const RUN_DASH = [[], [2, 3], [9, 3, 2, 3], [5, 3], [12, 4]];

export function curvesOf({ curves }: Pick<Drawn, 'curves'>, statistic: string): PackedCurve[] {
  return curves
    .filter((curve) => curve.statistic === statistic)
    .map(aboveFloor)
    .sort((a, b) => ORDER.indexOf(a.method) - ORDER.indexOf(b.method) || a.index - b.index);
}

/** What is not shown of the curves because it is below their rounding floor, a line each. */
export function floorNotes(run: Drawn, statistic: string): string[] {
  return run.curves.flatMap((curve) => {
    if (curve.statistic !== statistic) return [];
    const k = curve.mean.findIndex((value) => Math.abs(value) < curve.floor);
    if (k < 0) return [];
    const from = `t = ${readable(curve.times[k], 3)}`;
    return [
      `${methodTitle(run, curve)}: below its rounding floor, ${readable(curve.floor, 2)}, from ${from} on; not shown there`,
    ];
  });
}

type Method = Pick<PackedCurve, 'method' | 'index'>;

/** `SGD`, or `SGD [2]` where a run has several; SDE and PDE beside finite data say that they are the limit of fresh samples. */
export function methodTitle({ experiment }: Pick<Drawn, 'experiment'>, { method, index }: Method): string {
  const several = experiment.methods.filter(({ kind }) => kind === method).length > 1;
  const { data = { kind: 'fresh' } } = experiment.problem;
  const isFresh = data.kind !== 'fresh' && (method === 'sde' || method === 'pde');
  return `${METHOD_LABEL[method]}${several ? ` [${index}]` : ''}${isFresh ? ' of fresh samples' : ''}`;
}

/** How the k-th drawn run (0: the first) is set apart. */
export function runStyle(k: number, shade?: number): { readonly opacity: number; readonly dash: readonly number[] } {
  if (shade !== undefined) return { opacity: 1, dash: [] };
  return { opacity: k === 0 ? 1 : 0.6, dash: RUN_DASH[k % RUN_DASH.length] };
}

/** What is hidden of the first run stays hidden when it is run again; of the others, each has ids of its own. */
export function seriesId({ id }: Pick<Drawn, 'id'>, { method, index }: Method, k: number): string {
  return `${k === 0 ? 'current' : id}/${method}[${index}]`;
}

/** Dashes of several methods of one kind in one run. */
const KIN_DASH = [[], [8, 3], [3, 2], [9, 3, 2, 3]];

export function seriesOf(run: Drawn, curve: PackedCurve, k: number, several: boolean): Series {
  const { method, times, mean, low, high, count } = curve;
  const { opacity, dash } = runStyle(k, run.shade);
  const title = methodTitle(run, curve);
  const isEnsemble = low !== null && high !== null;
  const kin = run.experiment.methods.flatMap(({ kind }, i) => (kind === method ? [i] : []));
  const label = `${title}${isEnsemble && count > 1 ? `, mean of ${count}` : ''}${several ? ` — ${run.name}` : ''}`;
  const isShaded = run.shade !== undefined;
  const own = method === 'flow' && (k === 0 || isShaded) ? FLOW_DASH : method === 'sde' && isShaded ? SDE_DASH : dash;
  return {
    id: seriesId(run, curve, k),
    label,
    ink: method,
    // The limit is a thin line, so that what lies on it is seen beside it.
    width: method === 'pde' ? 1.25 : 1.75,
    dash: own.length > 0 ? own : KIN_DASH[Math.max(0, kin.indexOf(curve.index)) % KIN_DASH.length],
    opacity,
    x: times,
    y: mean,
    band: isEnsemble && count > 1 ? { low, high, label: '10% to 90%' } : null,
    error: curve.standardError,
    ...(several && { run: run.name }),
    ...(run.shade !== undefined && { shade: run.shade }),
    ...(curve.replicas && { replicas: curve.replicas }),
  };
}

/** `risk R` */
export function statisticLabel(name: string): string {
  const { title, symbol } = describeStatistic(name);
  return symbol === '⟨φ⟩' ? `mean of ${title}` : `${title} ${symbol}`;
}

/** Statistics of an experiment, by name. */
export function statisticsOf({ experiment }: Pick<Drawn, 'experiment'>): string[] {
  return experiment.statistics.map((entry) => (typeof entry === 'string' ? entry : entry.name));
}
