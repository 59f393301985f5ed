/** What an experiment may ask for: no more than its result can hold. */
import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../src/problem/index.ts';

const ensembles = (count: number) => Array.from({ length: count }, () => ({ kind: 'sgd', replicas: 2 }));
const distribution = (probabilities: number) => ({
  kind: 'distribution',
  probabilities: Array.from({ length: probabilities }, (_, i) => (i + 1) / 128),
});

describe('an experiment', () => {
  it.each<[string, object, RegExp]>([
    [
      'the curves',
      { samples: 50_000, statistics: ['risk', 'curvature'], methods: ensembles(4) },
      /^samples: must be smaller: a result may hold 2097152 numbers, and would hold up to 2400112, most of them in the curves of 50000 save times, 2 statistics and 4 methods; ask for fewer save times, statistics or methods; found 2400048 of them$/,
    ],
    [
      'the curves of given times',
      { times: Array.from({ length: 90_000 }, (_, i) => (i + 1) / 1e5), methods: ensembles(4) },
      /^times: must be smaller: /,
    ],
    [
      'the curves of limits',
      { samples: 99_999, methods: Array.from({ length: 11 }, () => ({ kind: 'flow' })) },
      /^samples: .* found 2200000 of them$/,
    ],
    [
      'a distribution',
      { samples: 7000, estimates: [{ kind: 'tail', above: 1 }, distribution(100)], methods: ensembles(1) },
      /^estimates\[1\]: .* most of them in this distribution of 1 method; ask for fewer times, bins or methods; found 2135305 of/,
    ],
    [
      'histograms',
      {
        samples: 100,
        methods: ensembles(16),
        estimates: [{ kind: 'histogram', bins: 1000, times: Array.from({ length: 100 }, (_, i) => (i + 1) / 100) }],
      },
      /^estimates\[0\]: .* this histogram of 16 methods/,
    ],
    [
      'many distributions',
      { samples: 1, methods: ensembles(64), estimates: Array.from({ length: 64 }, () => distribution(20)) },
      /^estimates\[0\]: must be smaller: a result may hold 262144 entries that are no numbers of an array/,
    ],
    [
      'densities',
      { densities: { times: [0, 1], of: ['uv'], points: 500 }, methods: Array(5).fill({ kind: 'pde' }) },
      /^densities: .* most of them in the densities/,
    ],
    [
      'densities of the classes of a continuous law',
      {
        problem: { dimension: 4, target: { kind: 'gaussian' } },
        densities: { times: [1], of: ['uv'], points: 200, classes: true },
        methods: [{ kind: 'pde' }],
      },
      /^densities\.points: must be fewer: times × bins × 65 \(the population and its classes\) may be at most 1048576, here 2600000; found 200$/,
    ],
  ])('whose result would hold more than can be read is refused: %s', (_, fields, message) => {
    expect(() => parseExperiment({ problem: { dimension: 4 }, horizon: 1, ...fields })).toThrow(message);
  });

  it.each<[string, object]>([
    [
      '40,000 save times of two statistics of four ensembles',
      { samples: 40_000, statistics: ['risk', 'curvature'], methods: ensembles(4) },
    ],
    [
      'a million replicas of every kind',
      {
        methods: [
          { kind: 'sgd', replicas: 1e6 },
          { kind: 'sde', replicas: 1e6 },
        ],
      },
    ],
    [
      'three densities of 200 bins and their classes',
      { densities: { times: [0, 0.5, 1], classes: true }, methods: [{ kind: 'pde' }] },
    ],
    // As many classes as there are pairs of an eigenvalue and a target coefficient.
    [
      'densities of (u, v) of 200 bins an axis and their four classes at five times',
      {
        problem: { dimension: 4, covariance: { kind: 'two-level' } },
        densities: { times: [0.2, 0.4, 0.6, 0.8, 1], of: ['uv'], classes: true },
        methods: [{ kind: 'pde' }],
      },
    ],
    [
      'densities of (u, v) of values given one by one',
      {
        problem: { dimension: 4, target: { kind: 'values', values: [1, 2, 2, -1] } },
        densities: { times: [0, 0.2, 0.4, 0.6, 0.8, 1], of: ['uv'], classes: true },
        methods: [{ kind: 'pde' }],
      },
    ],
  ])('may ask for %s', (_, fields) => {
    expect(parseExperiment({ problem: { dimension: 4 }, horizon: 1, ...fields })).toMatchObject({ horizon: 1 });
  });
});
