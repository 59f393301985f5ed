/** What the soak test runs: a second or a few of each kind of method. */
export type Backend = 'cpu' | 'reference' | 'gpu';

const common = { samples: 10, statistics: ['risk', 'curvature', { name: 'own', expression: 'lambda*(beta-b)^4' }] };

export const experiments: Readonly<Record<string, object>> = {
  everything: {
    ...common,
    problem: { dimension: 200, labelNoise: 0.1 },
    horizon: 20,
    methods: [
      { kind: 'flow' },
      { kind: 'sgd', replicas: 4 },
      { kind: 'sde', replicas: 4, timeStep: 0.02 },
      { kind: 'pde' },
      { kind: 'sde', replicas: 4, timeStep: 0.02, coupling: 'mean-field' },
    ],
    estimates: [{ kind: 'tail', above: 0.1 }],
    seed: 3,
  },
  batches: {
    ...common,
    problem: { dimension: 60, parametrization: 'square', batchSize: 5, features: 'rademacher' },
    stepSize: { kind: 'power', initial: 0.3, exponent: 0.5, time: 2 },
    horizon: 60,
    methods: [{ kind: 'sgd', replicas: 12 }],
    seed: 4,
  },
  bridge: {
    ...common,
    problem: { dimension: 9000, target: { kind: 'gaussian', scale: 1 }, batchSize: 2 },
    horizon: 0.5,
    methods: [{ kind: 'sgd', replicas: 2 }],
    seed: 5,
  },
  passes: {
    ...common,
    problem: { dimension: 9000, target: { kind: 'gaussian', scale: 1 } },
    horizon: 0.5,
    methods: [{ kind: 'sgd', replicas: 2 }],
    seed: 5,
  },
  diverging: {
    ...common,
    problem: { dimension: 64, initialization: { kind: 'constant', u: 2, v: 0 } },
    stepSize: 0.9,
    horizon: 2,
    methods: [{ kind: 'sgd', replicas: 40 }, { kind: 'flow' }],
    seed: 6,
  },
};

export const sweep = {
  experiment: { problem: { dimension: 100 }, horizon: 10, samples: 8, methods: [{ kind: 'sgd', replicas: 4 }] },
  axes: [
    { field: 'stepSize', values: [0.2, 0.4, 0.8] },
    { field: 'seed', from: 1, to: 5, count: 5 },
  ],
};
