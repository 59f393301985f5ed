/** Random layouts: the laws that are drawn from, and the words that they take (docs/paths.md, "Random layouts"). */
import { describe, expect, it } from 'vitest';
import { buildProblem } from '../../src/problem/index.ts';
import { normal, problemOf, word } from '../../src/random/index.ts';
import { parseExperiment } from '../../src/run/index.ts';

const experiment = (problem: object, seed = 5) =>
  parseExperiment({
    problem: { dimension: 40_000, layout: 'random', ...problem },
    horizon: 1,
    methods: [{ kind: 'sgd' }],
    seed,
  });

const mean = (x: ArrayLike<number>, f: (value: number) => number) =>
  Array.from(x).reduce((sum, value) => sum + f(value), 0) / x.length;

/** (mean − expected)/standard error. */
function score(x: ArrayLike<number>, f: (value: number) => number, expected: number): number {
  const m = mean(x, f);
  const variance = mean(x, (value) => (f(value) - m) ** 2);
  return Math.abs(m - expected) / Math.sqrt(variance / x.length);
}

/** Two-sided, 20 scores in this file, fixed seed: a false alarm in 3 of 10 000. */
const MOST = 4.3;

const square = (x: number) => x * x;

describe('a random layout', () => {
  it.each([
    ['two levels', { kind: 'two-level', low: 0.5, high: 3, fraction: 0.3 }, 1.25, 0.7 * 0.25 + 0.3 * 9],
    ['a power law', { kind: 'power-law', exponent: 1 }, 1, 4 / 3],
    ['a falling power law', { kind: 'power-law', exponent: -0.2 }, 1, 0.64 / 0.6],
    ['Marchenko–Pastur', { kind: 'marchenko-pastur', ratio: 1 }, 1, 2],
  ])('draws %s', (_, covariance, first, second) => {
    const { lambda } = problemOf(experiment({ covariance }));
    expect(score(lambda, (x) => x, first)).toBeLessThan(MOST);
    expect(score(lambda, square, second)).toBeLessThan(MOST);
    expect(lambda.every((x) => x > 0)).toBe(true);
  });

  it('draws Gaussian target and start, independent of each other and of the spectrum', () => {
    const { lambda, b, u0, v0 } = problemOf(
      experiment({
        covariance: { kind: 'marchenko-pastur', ratio: 0.5 },
        target: { kind: 'gaussian', scale: 2 },
        initialization: { kind: 'gaussian', scale: 0.5 },
      }),
    );
    for (const [x, scale] of [
      [b, 2],
      [u0, 0.5],
      [v0, 0.5],
    ] as const) {
      expect(score(x, (value) => value, 0)).toBeLessThan(MOST);
      expect(score(x, square, scale ** 2)).toBeLessThan(MOST);
    }
    const columns = [lambda.map((x) => x - 1), b, u0, v0];
    for (let i = 0; i < 4; i++)
      for (let j = 0; j < i; j++)
        expect(
          score(
            columns[i].map((x, k) => x * columns[j][k]),
            (x) => x,
            0,
          ),
        ).toBeLessThan(MOST);
  });

  it('draws each coefficient of a sparse target by itself', () => {
    const { b } = problemOf(experiment({ target: { kind: 'sparse', fraction: 0.1, value: 3 } }));
    expect(new Set(b)).toEqual(new Set([0, 3]));
    expect(score(b, (x) => x / 3, 0.1)).toBeLessThan(MOST);
    const count = (fraction: number) =>
      problemOf(experiment({ target: { kind: 'sparse', fraction, value: 1 } })).b.reduce((x, y) => x + y);
    expect([count(0), count(1)]).toEqual([0, 40_000]);
  });

  it('takes the words of stream 5 that the specification names', () => {
    const e = experiment({
      dimension: 7,
      covariance: { kind: 'power-law', exponent: 1 },
      target: { kind: 'gaussian', scale: 1 },
      initialization: { kind: 'gaussian', scale: 1 },
    });
    const { lambda, b, u0, v0 } = problemOf(e, 3);
    for (let i = 0; i < 7; i++) {
      expect(lambda[i]).toBe((2 * ((word(5, 3, 5, 0, 0, i) >>> 0) + 0.5)) / 2 ** 32);
      expect([b[i], u0[i], v0[i]]).toEqual([1, 2, 3].map((sub) => normal(5, 3, 5, 0, sub, i)));
    }
  });

  it('is of the seed and the replica; shared, of the seed alone, as replica 0 has it', () => {
    const laws = { dimension: 50, target: { kind: 'gaussian' } };
    const own = experiment(laws);
    const shared = experiment({ ...laws, layout: { kind: 'random', shared: true } });
    expect(problemOf(own, 1).b).not.toEqual(problemOf(own, 2).b);
    expect(problemOf(shared, 1)).toEqual(problemOf(own, 0));
    expect(problemOf(experiment(laws, 6)).b).not.toEqual(problemOf(own).b);
    // More coordinates leave the first ones as they are.
    expect(problemOf(experiment({ ...laws, dimension: 80 })).b.slice(0, 50)).toEqual(problemOf(own).b);
  });

  it('leaves what is given as it is', () => {
    const given = {
      dimension: 3,
      covariance: { kind: 'values', values: [3, 1, 2] },
      target: { kind: 'values', values: [0, 1, -1] },
      initialization: { kind: 'values', u: [1, 2, 3], v: [0, 1, 0] },
    };
    expect(problemOf(experiment(given))).toEqual(buildProblem(experiment({ ...given, layout: 'quantiles' })));
  });

  it.each([
    [
      { covariance: { kind: 'power-law', exponent: -1 } },
      /covariance\.exponent: must be above -1 with a random layout/,
    ],
    [{ layout: 'randm' }, /layout: must be "quantiles", "random" or \{"kind": "random"/],
    [{ layout: { kind: 'random', shared: 1 } }, /layout/],
  ])('is refused: %j', (problem, reason: RegExp) => {
    expect(() => experiment(problem)).toThrow(reason);
  });
});
