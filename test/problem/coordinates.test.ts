import { describe, expect, it } from 'vitest';
import {
  bridgeBlocks,
  buildProblem,
  distinctCoordinates,
  hyperbolicStart,
  type Problem,
  parseExperiment,
  sgdAlgorithm,
  stepsPerPass,
  toU,
  toV,
} from '../../src/problem/index.ts';
import { type File, withProblem } from './good.ts';

const build = (fields: File, dimension: number): Problem =>
  buildProblem(parseExperiment(withProblem(fields, dimension)));

describe('distinctCoordinates', () => {
  it('groups equal coordinates in order of appearance, −0 with 0', () => {
    const problem: Problem = {
      ...build({}, 5),
      lambda: Float64Array.of(1, 2, 1, 1, 2),
      b: Float64Array.of(0, 1, -0, 0, 1),
      u0: Float64Array.of(1, 1, 1, 1, 1),
      v0: Float64Array.of(0, 0, 0, 1e-300, -0),
    };
    const { lambda, b, u0, v0, count } = distinctCoordinates(problem);
    expect([...lambda]).toEqual([1, 2, 1]);
    expect([...b].map((x) => x + 0)).toEqual([0, 1, 0]);
    expect([...u0]).toEqual([1, 1, 1]);
    expect([...v0]).toEqual([0, 0, 1e-300]);
    expect([...count]).toEqual([2, 2, 1]);
  });

  it('agrees with grouping by text', () => {
    const d = 20_000;
    const few = build(
      { covariance: { kind: 'two-level', low: 1, high: 2, fraction: 0.3 }, target: { kind: 'sparse', fraction: 0.2 } },
      d,
    );
    const many = build(
      { covariance: { kind: 'power-law', exponent: 1 }, initialization: { kind: 'gaussian', scale: 1 } },
      d,
    );
    for (const problem of [few, many]) {
      const counts = new Map<string, number>();
      for (let i = 0; i < d; i++) {
        const key = [problem.lambda[i], problem.b[i], problem.u0[i], problem.v0[i]].join();
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      const { lambda, b, u0, v0, count } = distinctCoordinates(problem);
      const entries = Array.from(count, (n, i) => [[lambda[i], b[i], u0[i], v0[i]].join(), n] as const);
      expect(entries).toEqual([...counts]);
    }
  });
});

describe('hyperbolicStart', () => {
  it.each(['product', 'difference', 'square'])('%s: β, u and v follow from p and q', (parametrization) => {
    const problem = build({ parametrization, initialization: { kind: 'gaussian', scale: 1 } }, 50);
    const { p, q } = hyperbolicStart(problem);
    for (let i = 0; i < 50; i++) {
      const [u, v] = [problem.u0[i], problem.v0[i]];
      const beta = { product: u * v, difference: u * u - v * v, square: u * u }[parametrization]!;
      expect((p[i] ** 2 - q[i] ** 2) / 4).toBeCloseTo(beta, 13);
      expect(toU(problem.parametrization, p[i], q[i])).toBeCloseTo(u, 14);
      expect(toV(problem.parametrization, p[i], q[i])).toBeCloseTo(v, 14);
    }
  });
});

describe('the algorithm of SGD', () => {
  const gaussian = { kind: 'gaussian' } as const;

  it('is plain up to d = 8192, for single samples, and for other than Gaussian features', () => {
    expect(sgdAlgorithm({ dimension: 8192, batchSize: 2, features: gaussian })).toBe('plain');
    expect(sgdAlgorithm({ dimension: 8193, batchSize: 2, features: gaussian })).toBe('bridge');
    expect(sgdAlgorithm({ dimension: 1e6, batchSize: 1, features: gaussian })).toBe('plain');
    expect(sgdAlgorithm({ dimension: 1e6, batchSize: 2, features: { kind: 'rademacher' } })).toBe('plain');
    expect(sgdAlgorithm({ dimension: 1e6, batchSize: 2, features: { kind: 'student-t', degrees: 5 } })).toBe('plain');
  });

  it('takes two steps a pass of single samples beyond d = 8192', () => {
    expect(stepsPerPass({ dimension: 8192, batchSize: 1 })).toBe(1);
    expect(stepsPerPass({ dimension: 8193, batchSize: 1 })).toBe(2);
    expect(stepsPerPass({ dimension: 8193, batchSize: 2 })).toBe(1);
    expect(stepsPerPass({ dimension: 8193, batchSize: 1, momentum: { kind: 'heavy-ball', value: 0.5 } })).toBe(1);
  });

  it('has blocks of 256·max(1, round(4√d/256))', () => {
    expect(bridgeBlocks(8193)).toEqual({ size: 256, count: 33 });
    expect(bridgeBlocks(20_000)).toEqual({ size: 512, count: 40 });
    expect(bridgeBlocks(1e6)).toEqual({ size: 4096, count: 245 });
    expect(bridgeBlocks(1e7)).toEqual({ size: 12_544, count: 798 });
    expect(bridgeBlocks(1)).toEqual({ size: 256, count: 1 });
  });
});
