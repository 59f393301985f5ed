/** Where the samples of a step come from, fresh or of finite data (docs/paths.md, "SGD" and "Finite data"). */
import type { Dataset, Problem } from '../problem/types.ts';
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

/** Null where samples are fresh. */
export function datasetOfProblem({ data, features, labelNoise }: Problem, seed: number): Dataset | null {
  if (data === undefined) return null;
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
