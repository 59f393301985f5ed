/** Where the samples of a step come from, fresh or of finite data (docs/paths.md, "SGD" and "Finite data"). */
import type { Dataset, Problem, Samples } from '../problem/types.ts';
import { Stream } from './address.ts';
import { fillFeatures } from './features.ts';
import { normal } from './normals.ts';
import { datasetOf, RowOrder } from './order.ts';

export interface SampleSource {
  /** g of sample j of a step, coordinates first, …, first + count − 1, into out[at …). */
  features(out: Float64Array, at: number, count: number, replica: number, step: number, j: number, first: number): void;
  /** What is subtracted from its residual, σε. */
  noise(replica: number, step: number, j: number): number;
}

/** Rows of a table as a dataset: g = x/√λ, and 0 where a column is. */
export function tableDataset({ samples, features, labels }: Samples, { dimension: d, lambda }: Problem): Dataset {
  const inverse = lambda.map((value) => (value > 0 ? 1 / Math.sqrt(value) : 0));
  return {
    samples,
    features: (out, at, count, _replica, row, first) => {
      const from = row * d + first;
      for (let i = 0; i < count; i++) out[at + i] = features[from + i] * inverse[first + i];
    },
    noise: (_replica, row) => labels[row],
  };
}

/** Null where samples are fresh. */
export function datasetOfProblem(problem: Problem, seed: number): Dataset | null {
  const { data, features, labelNoise } = problem;
  if (data === undefined) return null;
  if (data.kind === 'files') return tableDataset(data.train, problem);
  return {
    samples: data.samples,
    features: (out, at, count, replica, row, first) =>
      fillFeatures(features, out, at, count, seed, datasetOf(data, replica), row, 0, first),
    noise: (replica, row) =>
      labelNoise > 0 ? labelNoise * normal(seed, datasetOf(data, replica), Stream.labelNoise, row, 0, 0) : 0,
  };
}

export function sampleSource(problem: Problem, seed: number): SampleSource {
  const { features, labelNoise, data, batchSize } = problem;
  const dataset = datasetOfProblem(problem, seed);
  if (data === undefined || dataset === null) {
    return {
      features: (out, at, count, replica, step, j, first) =>
        fillFeatures(features, out, at, count, seed, replica, step, j, first),
      noise: (replica, step, j) =>
        labelNoise > 0 ? labelNoise * normal(seed, replica, Stream.labelNoise, step, 0, j) : 0,
    };
  }
  const order = new RowOrder(data, batchSize, seed);
  return {
    features: (out, at, count, replica, step, j, first) =>
      dataset.features(out, at, count, replica, order.row(replica, step, j), first),
    noise: (replica, step, j) => dataset.noise(replica, order.row(replica, step, j)),
  };
}
