/** Resolved experiment → problem. */
import { ExperimentError } from './errors.ts';
import type { Experiment } from './experiment.ts';
import { layOut } from './layout/index.ts';
import { type Draws, drawLayout, randomLayout } from './layout/random.ts';
import { normalizeParametrization, normalizeStepSize } from './schedule.ts';
import type { Problem } from './types.ts';

/**
 * The problem of an experiment, laid out as docs/layout.md says; a random layout needs `draws` (`problemOf` of src/random has them).
 * O(d) time, 32 bytes a coordinate. Throws `ExperimentError` if the arrays do not fit in memory.
 */
export function buildProblem(experiment: Experiment, draws: Draws | null = null): Problem {
  const { problem, stepSize, horizon, momentum, statistics } = experiment;
  const { dimension, labelNoise, batchSize, features, data } = problem;
  const parametrization = normalizeParametrization(problem.parametrization);
  if (randomLayout(problem) !== null && draws === null) throw new TypeError('a random layout needs draws.');
  try {
    return {
      dimension,
      ...(draws ? drawLayout(problem, draws) : layOut(problem, parametrization)),
      parametrization,
      labelNoise,
      batchSize,
      features: typeof features === 'string' ? { kind: features } : features,
      ...(data?.kind === 'finite' && { data }),
      stepSize: normalizeStepSize(stepSize, statistics),
      ...(momentum && { momentum }),
      horizon,
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const gigabytes = ((32 * dimension) / 1e9).toPrecision(2);
    throw new ExperimentError(
      'problem.dimension',
      `must fit in memory, which cannot give the ${gigabytes} GB needed`,
      `${dimension}`,
    );
  }
}
