/** Curves of many points, as many of them as can be told apart in a picture. */
import type { PlotModel } from './model.ts';

const MOST_POINTS = 600;

/** Every n-th point and the last, where there are more than can be seen. */
export function thinned(model: PlotModel): PlotModel {
  const series = model.series.map((one) => {
    const stride = Math.ceil(one.x.length / MOST_POINTS);
    if (stride <= 1) return one;
    const last = one.x.length - 1;
    const some = (values: ArrayLike<number>) => Array.from(values).filter((_, i) => i % stride === 0 || i === last);
    const { band } = one;
    return {
      ...one,
      x: some(one.x),
      y: some(one.y),
      band: band && { ...band, low: some(band.low), high: some(band.high) },
    };
  });
  return { ...model, series };
}
