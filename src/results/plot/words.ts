/** What a picture says in words: its titles, and its description for readers who cannot see it. */
import { formulaOf } from '../../dynamics/index.ts';
import type { Experiment } from '../../problem/index.ts';
import type { Curve, ResultEvent } from '../format.ts';
import { METHOD_LABEL } from './palette.ts';
import type { Axis } from './scale.ts';

/** What was simulated, in one line. */
export function headline({ problem }: Experiment): string {
  return `Diagonal linear network ${formulaOf(problem.parametrization)}, d = ${problem.dimension.toLocaleString('en-US').replaceAll(',', '\u202f')}`;
}

export function subtitle({ problem, stepSize, momentum, seed, methods }: Experiment): string {
  const features = typeof problem.features === 'string' ? problem.features : problem.features.kind;
  return [
    `${problem.covariance.kind} covariance`,
    `${problem.target.kind} target`,
    `step size ${typeof stepSize === 'number' ? `γ = ${stepSize}` : `γ(t): ${stepSize.kind}`}`,
    ...(momentum ? [`${momentum.kind} θ = ${momentum.value}`] : []),
    `label noise σ = ${problem.labelNoise}`,
    ...(problem.batchSize > 1 ? [`batch size ${problem.batchSize}`] : []),
    ...(features === 'gaussian' ? [] : [`${features} features`]),
    `seed ${seed}`,
    ...(methods.some(({ kind }) => kind === 'sgd' || kind === 'sde') ? ['bands: 10% to 90% of replicas'] : []),
  ].join(', ');
}

export function inWords(event: ResultEvent): string {
  return `${METHOD_LABEL[event.method]}: ${event.message.replace(/\s+/g, ' ').replace(/\.$/, '')}`;
}

export function inSentence(title: string, axis: Axis, curves: readonly Curve[]): string {
  const ends = curves.map((curve) => {
    const last = curve.mean.reduce<number>((found, x, k) => (x === null ? found : k), -1);
    if (last < 0) return `${METHOD_LABEL[curve.method]} has no values`;
    const [from, to] = [curve.mean.find((x) => x !== null)!, curve.mean[last]!].map((x) => Number(x.toPrecision(3)));
    return `${METHOD_LABEL[curve.method]} from ${from} to ${to} at t = ${Number(curve.times[last]!.toPrecision(4))}`;
  });
  return `${title} against time on a ${axis.kind === 'log' ? 'logarithmic' : 'linear'} axis: ${ends.join('; ')}`;
}
