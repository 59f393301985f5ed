/** The slope of the risk and its two parts: drift and gradient noise. */
import { chooseAxis, valuesOf } from './axis.ts';
import { marksOf, timeAxis, type Wishes } from './curves.ts';
import type { Ink, PlotModel, Series } from './model.ts';
import { curvesOf, type Drawn, methodTitle } from './series.ts';

const PARTS = [
  { name: 'riskDrift', word: 'drift', ink: 'drift' },
  { name: 'riskNoise', word: 'noise', ink: 'noise' },
] as const satisfies readonly { name: string; word: string; ink: Ink }[];

/** What the tab needs and the run does not measure. */
export function missingParts(run: Drawn): string[] {
  const measured = run.experiment.statistics;
  return ['risk', ...PARTS.map(({ name }) => name)].filter((name) => !measured.includes(name as never));
}

/** Central differences on whatever times there are, one-sided at the ends. */
export function slopeOf(t: ArrayLike<number>, y: ArrayLike<number>): Float64Array {
  const n = t.length;
  return Float64Array.from({ length: n }, (_, i) => {
    if (n < 2) return Number.NaN;
    if (i === 0 || i === n - 1) {
      const [a, b] = i === 0 ? [0, 1] : [n - 2, n - 1];
      return (y[b] - y[a]) / (t[b] - t[a]);
    }
    // Second order on uneven times: the slope of the parabola through three points.
    const [h, k] = [t[i] - t[i - 1], t[i + 1] - t[i]];
    return ((y[i + 1] - y[i]) / k) * (h / (h + k)) + ((y[i] - y[i - 1]) / h) * (k / (h + k));
  });
}

export function slopeModel(run: Drawn, wishes: Wishes): PlotModel {
  const series: Series[] = [];
  for (const { method, index } of curvesOf(run, 'risk')) {
    // The drift alone has no noise part; the SDE would double every line.
    if (method !== 'pde' && method !== 'sgd') continue;
    const title = methodTitle(run, { method, index });
    const isLimit = method === 'pde';
    const own = (name: string) => curvesOf(run, name).find((curve) => curve.index === index);
    const base = { width: isLimit ? 1.75 : 2, dash: isLimit ? [] : [2, 3], opacity: 1, points: false };
    const parts = PARTS.map(({ name }) => own(name));
    PARTS.forEach(({ word, ink }, k) => {
      const curve = parts[k];
      if (!curve) return;
      const { low, high } = curve;
      series.push({
        ...base,
        id: `${method}[${index}]/${word}`,
        label: `${word}, ${title}`,
        ink,
        x: curve.times,
        y: curve.mean,
        band: low && high && curve.count > 1 ? { low, high, label: '10% to 90%' } : null,
        error: curve.standardError,
      });
    });
    const [drift, noise] = parts;
    if (drift && noise) {
      const y = drift.mean.map((x, i) => x + noise.mean[i]);
      series.push({
        ...base,
        id: `${method}[${index}]/sum`,
        label: `drift + noise, ${title}`,
        ink: 'sum',
        x: drift.times,
        y,
        band: null,
      });
    }
    if (!isLimit) {
      const risk = own('risk')!;
      series.push({
        ...base,
        id: `${method}[${index}]/slope`,
        label: `measured slope, ${title}`,
        ink: method,
        width: 0,
        dash: [],
        x: risk.times,
        y: slopeOf(risk.times, risk.mean),
        band: null,
        points: true,
      });
    }
  }
  const x = timeAxis([run], wishes.xScale);
  const y = chooseAxis(valuesOf(series), {
    label: 'dR/dt, per unit of time',
    wish: wishes.yScale,
    otherwise: 'symlog',
  });
  return {
    key: `slope ${x.axis.scale} ${y.axis.scale}`,
    title: 'The slope of the risk: drift and gradient noise',
    x: x.axis,
    y: y.axis,
    series,
    marks: marksOf([run]),
    guides: [{ from: 0, to: 0, label: '' }],
    notes: [x.note, y.note].filter(Boolean),
    empty: 'Needs the statistics risk, riskDrift and riskNoise.',
  };
}
