/** Curves that move between threads without copies → the result format. */
import type { Curve, Numbers } from '../../results/index.ts';
import type { PackedCurve } from '../../results/plot/packed.ts';

const unpacked = (values: Float64Array): Numbers => Array.from(values, (x) => (Number.isFinite(x) ? x : null));

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
    floor: curve.floor || null,
  };
}

/** The buffers to hand over with the curves. */
export function buffersOf(curves: readonly PackedCurve[]): ArrayBuffer[] {
  return curves.flatMap(({ times, mean, standardError, low, high, counts, replicas = [] }) =>
    [times, mean, standardError, low, high, counts, ...replicas].flatMap((array) =>
      array ? [array.buffer as ArrayBuffer] : [],
    ),
  );
}
