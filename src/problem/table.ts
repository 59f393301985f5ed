/** Samples from files, and the problem that they make. */
import type { Experiment } from './experiment.ts';
import type { Problem, Samples, TableData } from './types.ts';

/** As the files hold them. */
export interface Table {
  readonly train: Samples;
  readonly test: Samples | null;
}

/** λ_i = (1/n) Σ_j x_ji². */
export function secondMoments({ samples: n, features }: Samples, d: number): Float64Array {
  const lambda = new Float64Array(d);
  for (let j = 0; j < n; j++) for (let i = 0; i < d; i++) lambda[i] += features[j * d + i] ** 2;
  return lambda.map((sum) => sum / n);
}

/** The experiment as its files make it: λ is the empirical second moment, and b is 0 where it is not given. O(n d). */
export function withTable(experiment: Experiment, { train }: Table): Experiment {
  const { problem } = experiment;
  const { dimension: d, target } = problem;
  return {
    ...experiment,
    problem: {
      ...problem,
      covariance: { kind: 'values', values: Array.from(secondMoments(train, d)) },
      target: target.kind === 'unknown' ? { kind: 'constant', value: 0 } : target,
    },
  };
}

/** The same with σ of what b leaves of the labels, for those that lay the problem out again. */
export function withNoise(experiment: Experiment, table: Table, { labelNoise }: Problem): Experiment {
  const laid = withTable(experiment, table);
  return { ...laid, problem: { ...laid.problem, labelNoise } };
}

/** y − ⟨x, b⟩/√d of every row. */
function remainders({ samples, features, labels }: Samples, b: Float64Array): Float64Array {
  const d = b.length;
  const rootD = Math.sqrt(d);
  return labels.map((label, j) => {
    if (j >= samples) return label;
    let sum = 0;
    for (let i = 0; i < d; i++) sum += features[j * d + i] * b[i];
    return label - sum / rootD;
  });
}

/**
 * A problem laid out from `withTable`, with the samples: a residual is ⟨x, β − b⟩/√d − (y − ⟨x, b⟩/√d), and σ² the mean square of what b leaves of the
 * labels, so that the risk at b is the training risk there.
 */
export function onTable(problem: Problem, experiment: Experiment, { train, test }: Table): Problem {
  const { data, target } = experiment.problem;
  if (data?.kind !== 'files') return problem;
  const of = (samples: Samples) => ({ ...samples, labels: remainders(samples, problem.b) });
  const own = of(train);
  const table: TableData = {
    kind: 'files',
    samples: train.samples,
    order: data.order,
    shared: true,
    train: own,
    test: test && of(test),
    knowsTarget: target.kind !== 'unknown',
  };
  const square = own.labels.reduce((sum, y) => sum + (y * y) / train.samples, 0);
  return { ...problem, labelNoise: Math.sqrt(square), data: table };
}
