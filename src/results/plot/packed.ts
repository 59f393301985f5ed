/** Curves of the result format as typed arrays, NaN where the format has null: what plots read, and what moves between threads without copies. */
import type { Curve, MethodKind, Numbers } from '../format.ts';

export interface PackedCurve {
  readonly method: MethodKind;
  readonly index: number;
  readonly statistic: string;
  readonly times: Float64Array;
  readonly mean: Float64Array;
  readonly standardError: Float64Array | null;
  readonly low: Float64Array | null;
  readonly high: Float64Array | null;
  readonly counts: Float64Array | null;
  readonly count: number;
  readonly failed: number;
  /** The rounding floor; 0 for none. */
  readonly floor: number;
  /** Single replicas over the same times, a few of them; only where a run goes on before the reader's eyes. */
  readonly replicas?: readonly Float64Array[];
}

const packed = (values: Numbers) => Float64Array.from(values, (x) => x ?? Number.NaN);

export function pack(curve: Curve): PackedCurve {
  const { method, index, statistic, count, failed } = curve;
  return {
    method,
    index,
    statistic,
    times: packed(curve.times),
    mean: packed(curve.mean),
    standardError: curve.standardError && packed(curve.standardError),
    low: curve.quantiles && packed(curve.quantiles['0.1']),
    high: curve.quantiles && packed(curve.quantiles['0.9']),
    counts: curve.counts ? packed(curve.counts) : null,
    count,
    failed,
    floor: curve.floor ?? 0,
  };
}

const cut = new WeakMap<PackedCurve, PackedCurve>();

/** The curve without what is below its rounding floor; itself where nothing is. */
export function aboveFloor(curve: PackedCurve): PackedCurve {
  const { mean, floor } = curve;
  if (!mean.some((value) => Math.abs(value) < floor)) return curve;
  const known = cut.get(curve);
  if (known) return known;
  const shown = (values: Float64Array | null) =>
    values === null ? null : values.map((value, k) => (Math.abs(mean[k]) < floor ? Number.NaN : value));
  const above = {
    ...curve,
    mean: shown(mean)!,
    standardError: shown(curve.standardError),
    low: shown(curve.low),
    high: shown(curve.high),
    ...(curve.replicas && { replicas: curve.replicas.map((one) => shown(one)!) }),
  };
  cut.set(curve, above);
  return above;
}
