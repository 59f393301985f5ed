/** Experiment files that must be accepted; between them they use every kind of every field. */
export type File = Record<string, unknown>;

/** A minimal file, with some fields replaced. */
export function file(fields: File = {}): File {
  return { problem: { dimension: 4 }, horizon: 3, methods: [{ kind: 'pde' }], ...fields };
}

/** The same, with some fields of `problem` replaced. */
export function withProblem(fields: File, dimension = 4): File {
  return file({ problem: { dimension, ...fields } });
}

export const goodFiles: Record<string, File> = {
  minimal: file(),
  full: {
    $schema: './experiment.schema.json',
    problem: {
      dimension: 4096,
      covariance: { kind: 'identity' },
      target: { kind: 'sparse', fraction: 0.5, value: 1 },
      initialization: { kind: 'constant', u: 1, v: 0 },
      parametrization: 'product',
      labelNoise: 0,
      batchSize: 1,
      features: 'gaussian',
    },
    stepSize: 0.5,
    horizon: 8,
    samples: 100,
    statistics: ['risk', 'curvature'],
    methods: [
      { kind: 'sgd', replicas: 8 },
      { kind: 'sde', replicas: 8, timeStep: 0.01, coupling: 'interacting' },
      { kind: 'pde', tolerance: 1e-6 },
      { kind: 'flow' },
    ],
    seed: 1,
  },
  powerLaw: withProblem({ covariance: { kind: 'power-law', exponent: -0.5 }, target: { kind: 'constant', value: -2 } }),
  marchenkoPastur: withProblem({
    covariance: { kind: 'marchenko-pastur', ratio: 1 },
    target: { kind: 'gaussian', scale: 0.3 },
  }),
  twoLevel: withProblem({ covariance: { kind: 'two-level', low: 1, high: 1, fraction: 1 }, features: 'rademacher' }),
  values: withProblem({
    covariance: { kind: 'values', values: [1, 2, 3, 0.25] },
    target: { kind: 'values', values: [0, -1, 1e-3, 5] },
    initialization: { kind: 'values', u: [1, 1, 1, 1], v: [0, 0.5, -1, 1] },
    features: 'uniform',
  }),
  difference: withProblem({
    parametrization: 'difference',
    initialization: { kind: 'gaussian', scale: 0 },
    batchSize: 16,
  }),
  square: withProblem({ parametrization: 'square', labelNoise: 0.25 }),
  finite: {
    ...withProblem({ batchSize: 3, data: { kind: 'finite', samples: 3, order: 'cyclic' } }),
    statistics: ['trainRisk'],
    methods: [{ kind: 'sgd' }, { kind: 'flow' }, { kind: 'pde' }],
  },
  fresh: withProblem({ data: { kind: 'fresh' } }),
  squareValues: withProblem({ parametrization: 'square', initialization: { kind: 'values', u: [1, 2, 3, 4] } }),
  squareZeros: withProblem({
    parametrization: 'square',
    initialization: { kind: 'values', u: [1, 2, 3, 4], v: [0, -0, 0, 0] },
  }),
  studentT: withProblem({ features: { kind: 'student-t', degrees: 2.5 } }),
  sparseDefaults: withProblem({ target: { kind: 'sparse' }, initialization: { kind: 'constant' } }),
  piecewise: file({ stepSize: { kind: 'piecewise', times: [0, 1, 20], values: [1, 0.5, 0.25] } }),
  power: file({ stepSize: { kind: 'power', initial: 1, exponent: 0.5, time: 2 } }),
  cosine: file({ stepSize: { kind: 'cosine', initial: 1, final: 1e-3 } }),
  times: file({ times: [0.5, 1, 3] }),
  statistics: file({
    statistics: [
      'risk',
      'excessRisk',
      'distance',
      'curvature',
      'l1',
      'gradientNormSquared',
      'effectiveInitialization',
      'riskDrift',
      'riskNoise',
      { name: 'myown', expression: 'lambda*(beta-b)^4' },
    ],
  }),
  methods: file({
    methods: [
      { kind: 'sgd' },
      { kind: 'sde' },
      { kind: 'sde', scheme: 'euler', coupling: 'mean-field' },
      { kind: 'sde', scheme: 'euler-uv', replicas: 1, timeStep: 5 },
      { kind: 'pde', tolerance: 0.1 },
      { kind: 'flow' },
    ],
    seed: Number.MAX_SAFE_INTEGER,
  }),
};
