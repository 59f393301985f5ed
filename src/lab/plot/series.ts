/** Curves of runs → series: colour by method, one dash a run. */
import { METHOD_LABEL } from '../../results/plot/palette.ts';
import { describeStatistic } from '../../statistics/index.ts';
import { isActive, type Run } from '../state/runs.ts';
import type { PackedCurve } from '../worker/protocol.ts';
import type { Series } from './model.ts';

/** Later is nearer to the eye: the limit over what is measured. */
const ORDER = ['sgd', 'sde', 'flow', 'pde'] as const;
const FLOW_DASH = [7, 5];
/** Dashes of the runs laid over the current one. */
const RUN_DASH = [[], [2, 3], [9, 3, 2, 3], [5, 3], [12, 4]];

export function curvesOf(run: Run, statistic: string): PackedCurve[] {
  return run.data.value.curves
    .filter((curve) => curve.statistic === statistic)
    .sort((a, b) => ORDER.indexOf(a.method) - ORDER.indexOf(b.method) || a.index - b.index);
}

/** `SGD`, or `SGD [2]` where a run has several. */
export function methodTitle(run: Run, { method, index }: Pick<PackedCurve, 'method' | 'index'>): string {
  const several = run.experiment.methods.filter(({ kind }) => kind === method).length > 1;
  return several ? `${METHOD_LABEL[method]} [${index}]` : METHOD_LABEL[method];
}

/** How the k-th drawn run (0: the current one) is set apart. */
export function runStyle(k: number): { readonly opacity: number; readonly dash: readonly number[] } {
  return { opacity: k === 0 ? 1 : 0.6, dash: RUN_DASH[k % RUN_DASH.length] };
}

/** What is hidden of the current run stays hidden when it is run again; of the others, each has ids of its own. */
export function seriesId(run: Run, { method, index }: Pick<PackedCurve, 'method' | 'index'>, k: number): string {
  return `${k === 0 ? 'current' : run.id}/${method}[${index}]`;
}

export function seriesOf(run: Run, curve: PackedCurve, k: number, several: boolean): Series {
  const { method, times, mean, low, high, count } = curve;
  const { opacity, dash } = runStyle(k);
  const title = methodTitle(run, curve);
  const isEnsemble = low !== null && high !== null;
  const label = `${title}${isEnsemble && count > 1 ? `, mean of ${count}` : ''}${several ? ` — ${run.name.value}` : ''}`;
  return {
    id: seriesId(run, curve, k),
    label,
    ink: method,
    width: method === 'pde' ? 1.75 : 2,
    dash: method === 'flow' && k === 0 ? FLOW_DASH : dash,
    opacity,
    x: times,
    y: mean,
    band: isEnsemble && count > 1 ? { low, high, label: '10% to 90%' } : null,
    error: curve.standardError,
  };
}

/** What a method that has not begun will be drawn as, so that the legend has its place from the start. */
export function awaitedSeries(run: Run, statistic: string, k: number, several: boolean): Series[] {
  if (!isActive(run)) return [];
  const known = new Set(curvesOf(run, statistic).map(({ index }) => index));
  const nothing = new Float64Array();
  return run.experiment.methods.flatMap((method, index) => {
    if (known.has(index)) return [];
    const isEnsemble = 'replicas' in method;
    const band = isEnsemble ? nothing : null;
    const count = isEnsemble ? method.replicas : 1;
    const curve = {
      method: method.kind,
      index,
      statistic,
      times: nothing,
      mean: nothing,
      low: band,
      high: band,
      count,
    };
    return [seriesOf(run, { ...curve, standardError: null, counts: null, failed: 0 }, k, several)];
  });
}

/** `risk R` */
export function statisticLabel(name: string): string {
  const { title, symbol } = describeStatistic(name);
  return symbol === '⟨φ⟩' ? `mean of ${title}` : `${title} ${symbol}`;
}

/** Statistics of an experiment, by name. */
export function statisticsOf(run: Run): string[] {
  return run.experiment.statistics.map((entry) => (typeof entry === 'string' ? entry : entry.name));
}
