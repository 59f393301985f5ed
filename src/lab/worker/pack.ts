/** Curves of the result format ↔ typed arrays that move between threads without copies. */
import type { Curve, Numbers } from '../../results/index.ts';
import type { PackedCurve } from './protocol.ts';

const packed = (values: Numbers) => Float64Array.from(values, (x) => x ?? Number.NaN);
const unpacked = (values: Float64Array): Numbers => Array.from(values, (x) => (Number.isFinite(x) ? x : null));

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
  };
}

export function unpack(curve: PackedCurve): Curve {
  const { method, index, statistic, count, failed, low, high } = curve;
  return {
    method,
    index,
    statistic,
    times: unpacked(curve.times),
    mean: unpacked(curve.mean),
    standardError: curve.standardError && unpacked(curve.standardError),
    quantiles: low && high && { '0.1': unpacked(low), '0.9': unpacked(high) },
    count,
    failed,
    ...(curve.counts ? { counts: unpacked(curve.counts) } : {}),
  };
}

/** The buffers to hand over with the curves. */
export function buffersOf(curves: readonly PackedCurve[]): ArrayBuffer[] {
  return curves.flatMap(({ times, mean, standardError, low, high, counts }) =>
    [times, mean, standardError, low, high, counts].flatMap((array) => (array ? [array.buffer as ArrayBuffer] : [])),
  );
}
