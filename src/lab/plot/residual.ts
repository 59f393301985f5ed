/** Ensemble minus PDE in standard errors, and the gap at one time. */
import type { Run } from '../state/runs.ts';
import type { PackedCurve } from '../worker/protocol.ts';
import { chooseAxis, valuesOf } from './axis.ts';
import { timeAxis, type Wishes } from './curves.ts';
import type { PlotModel, Series } from './model.ts';
import { curvesOf, methodTitle, runStyle, seriesId, statisticLabel } from './series.ts';

/** The limit that a run's ensembles are compared with: its first PDE. */
export function limitOf(run: Run, statistic: string): PackedCurve | null {
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
export function gapsOf(run: Run, statistic: string, time: number): Gap[] {
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

export function residualModel(runs: readonly Run[], statistic: string, wishes: Wishes): PlotModel {
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
      const y = curve.mean.map((mean, i) =>
        standardError[i] > 0 ? (mean - limit.mean[i]) / standardError[i] : Number.NaN,
      );
      const { opacity, dash } = runStyle(k);
      return [
        {
          id: seriesId(run, curve, k),
          label: `${methodTitle(run, curve)} − PDE${runs.length > 1 ? ` — ${run.name.value}` : ''}`,
          ink: curve.method,
          width: 2,
          dash,
          opacity,
          x: curve.times,
          y,
          band: null,
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
