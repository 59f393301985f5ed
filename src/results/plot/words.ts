/** What a picture says in words: its titles, and its description for readers who cannot see it. */
import { formulaOf } from '../../dynamics/index.ts';
import type { Experiment } from '../../problem/index.ts';
import type { ResultEvent } from '../format.ts';
import type { PlotModel } from './model.ts';
import { METHOD_LABEL } from './palette.ts';

/** What was simulated, in one line. */
export function headline({ problem }: Experiment): string {
  return `Diagonal linear network ${formulaOf(problem.parametrization)}, d = ${problem.dimension.toLocaleString('en-US').replaceAll(',', '\u202f')}`;
}

export function subtitle({ problem, stepSize, momentum, seed, methods }: Experiment, hasBands = true): string {
  const features = typeof problem.features === 'string' ? problem.features : problem.features.kind;
  return [
    `${problem.covariance.kind} covariance`,
    `${problem.target.kind} target`,
    `step size ${typeof stepSize === 'number' ? `γ = ${stepSize}` : `γ(t): ${stepSize.kind}`}`,
    ...(momentum ? [`${momentum.kind} θ = ${momentum.value}`] : []),
    `label noise σ = ${problem.labelNoise}`,
    ...(problem.data?.kind === 'finite' ? [`n = ${problem.data.samples} samples, ${problem.data.order}`] : []),
    ...(problem.batchSize > 1 ? [`batch size ${problem.batchSize}`] : []),
    ...(features === 'gaussian' ? [] : [`${features} features`]),
    `seed ${seed}`,
    ...(hasBands && methods.some(({ kind }) => kind === 'sgd' || kind === 'sde')
      ? ['bands: 10% to 90% of replicas']
      : []),
  ].join(', ');
}

export function inWords(event: ResultEvent): string {
  return `${METHOD_LABEL[event.method]}: ${event.message.replace(/\s+/g, ' ').replace(/\.$/, '')}`;
}

export function inSentence(title: string, { y, series }: PlotModel): string {
  const ends = series.map(({ label, x, y: values }) => {
    const known = Array.from(values, (_, k) => k).filter((k) => Number.isFinite(values[k]));
    if (known.length === 0) return `${label} has no values`;
    const last = known[known.length - 1];
    const [from, to] = [values[known[0]], values[last]].map((value) => Number(value.toPrecision(3)));
    return `${label} from ${from} to ${to} at t = ${Number(x[last].toPrecision(4))}`;
  });
  return `${title} against time on a ${SCALE_WORD[y.scale]} axis: ${ends.join('; ')}`;
}

const SCALE_WORD = { linear: 'linear', log: 'logarithmic', symlog: 'symlog' } as const;
