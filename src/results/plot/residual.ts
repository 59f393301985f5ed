/** Ensemble minus PDE in standard errors, and the gap at one time. */
import { chooseAxis, valuesOf } from './axis.ts';
import { timeAxis, type Wishes } from './curves.ts';
import type { PlotModel, Series } from './model.ts';
import type { PackedCurve } from './packed.ts';
import { curvesOf, type Drawn, methodTitle, runStyle, seriesId, statisticLabel } from './series.ts';

/** The limit that a run's ensembles are compared with: its first PDE. */
export function limitOf(run: Drawn, statistic: string): PackedCurve | null {
  return curvesOf(run, statistic).find(({ method }) => method === 'pde') ?? null;
}

export interface Gap {
  readonly method: PackedCurve['method'];
  readonly index: number;
  readonly title: string;
  readonly time: number;
  /** Mean of the ensemble minus the PDE. */
  readonly gap: number;
  /** Standard error of the mean; NaN for a single replica. */
  readonly error: number;
  /** The PDE's value. */
  readonly limit: number;
}

/** The gap of each ensemble at the last save time not after `time` that it has reached. */
export function gapsOf(run: Drawn, statistic: string, time: number): Gap[] {
  const limit = limitOf(run, statistic);
  if (limit === null) return [];
  return curvesOf(run, statistic).flatMap((curve) => {
    if (curve.method !== 'sgd' && curve.method !== 'sde') return [];
    let k = curve.times.length - 1;
    while (k > 0 && (curve.times[k] > time || !Number.isFinite(curve.mean[k]) || !Number.isFinite(limit.mean[k]))) k--;
    // At t = 0 all start from the same point.
    if (k === 0) return [];
    return [
      {
        method: curve.method,
        index: curve.index,
        title: methodTitle(run, curve),
        time: curve.times[k],
        gap: curve.mean[k] - limit.mean[k],
        error: curve.standardError?.[k] ?? Number.NaN,
        limit: limit.mean[k],
      },
    ];
  });
}

/** While a run goes on: the spread of fewer replicas says nothing of their error yet. */
const LEAST_REPLICAS = 4;

export function residualModel(runs: readonly Drawn[], statistic: string, wishes: Wishes): PlotModel {
  let alone = false;
  const series = runs.flatMap((run, k) => {
    const limit = limitOf(run, statistic);
    if (limit === null) return [];
    return curvesOf(run, statistic).flatMap((curve): Series[] => {
      if (curve.method !== 'sgd' && curve.method !== 'sde') return [];
      const { standardError } = curve;
      if (standardError === null || curve.count < 2) {
        alone = true;
        return [];
      }
      // A limit that was saved at other times has no gap there.
      const at = new Map(Array.from(limit.times, (t, i) => [t, limit.mean[i]]));
      const enough = Math.min(curve.count, LEAST_REPLICAS);
      const y = curve.mean.map((mean, i) => {
        const isKnown = standardError[i] > 0 && (curve.counts?.[i] ?? curve.count) >= enough;
        return isKnown ? (mean - (at.get(curve.times[i]) ?? Number.NaN)) / standardError[i] : Number.NaN;
      });
      const { opacity, dash } = runStyle(k, run.shade);
      return [
        {
          id: seriesId(run, curve, k),
          label: `${methodTitle(run, curve)} − PDE${runs.length > 1 ? ` — ${run.name}` : ''}`,
          ink: curve.method,
          width: 1.5,
          dash,
          opacity,
          x: curve.times,
          y,
          band: null,
          ...(runs.length > 1 && { run: run.name }),
          ...(run.shade !== undefined && { shade: run.shade }),
        },
      ];
    });
  });
  const x = timeAxis(runs, wishes.xScale);
  const y = chooseAxis(valuesOf(series), {
    label: `(${statisticLabel(statistic)} − PDE) in standard errors`,
    wish: wishes.yScale,
    otherwise: 'linear',
    include: [-3, 3],
  });
  return {
    key: `residual ${statistic} ${x.axis.scale} ${y.axis.scale}`,
    title: `${statisticLabel(statistic)}: ensemble − PDE in standard errors of the mean`,
    x: x.axis,
    y: y.axis,
    series,
    marks: [],
    guides: [{ from: -2, to: 2, label: 'within ±2 standard errors' }],
    notes: [
      x.note,
      y.note,
      alone ? 'An ensemble of one replica has no standard error and is not shown.' : '',
      series.length > 0
        ? 'One run: neighbouring times are correlated. The bias of finite d, of order 1/d, is part of the gap.'
        : '',
    ].filter(Boolean),
    empty: 'Needs a PDE and an ensemble of two or more replicas among the methods.',
  };
}

/** The same, small: what stands under the curves. Null where no run has a limit and an ensemble to compare. */
export function gapModel(runs: readonly Drawn[], statistic: string, wishes: Wishes): PlotModel | null {
  const whole = residualModel(runs, statistic, { ...wishes, yScale: 'linear' });
  if (!runs.some(isCompared)) return null;
  return { ...whole, y: { ...whole.y, label: 'gap / s.e.' }, notes: [] };
}

function isCompared({ experiment: { methods } }: Drawn): boolean {
  return methods.some(({ kind }) => kind === 'pde') && methods.some((one) => 'replicas' in one && one.replicas > 1);
}
