/** Experiments on data from files: against a plain loop over the same rows, and what is wrong with files or cannot be asked of them. */
import { describe, expect, it } from 'vitest';
import type { Bytes } from '../../src/data/bytes.ts';
import { ExperimentError } from '../../src/problem/index.ts';
import { RowOrder } from '../../src/random/index.ts';
import { parseExperiment } from '../../src/run/index.ts';
import { curveOf, run } from '../run/helpers.ts';

/** A .npy file of f8 in C order. */
function npy(numbers: readonly number[], ...shape: number[]): Uint8Array {
  const header = new TextEncoder().encode(
    `{'descr': '<f8', 'fortran_order': False, 'shape': (${shape.join(', ')},), }\n`,
  );
  const data = new Uint8Array(Float64Array.from(numbers).buffer);
  return Uint8Array.from([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, header.length, 0, ...header, ...data]);
}

const text = (lines: string) => new TextEncoder().encode(lines);

const opener =
  (files: Record<string, Uint8Array>) =>
  async (name: string): Promise<Bytes> => {
    const bytes = files[name];
    if (!bytes) throw new Error('no such file');
    return { size: bytes.length, read: async (at, length) => bytes.slice(at, at + length) };
  };

const [N, D] = [12, 30];
/** Numbers that f32 holds, in (−2, 2). */
const sequence = (count: number, shift: number) =>
  Array.from({ length: count }, (_, i) =>
    Math.fround(4 * ((43758.5453 * (1 + Math.sin(12.9898 * (i + 1) + shift))) % 1) - 2),
  );
const X = sequence(N * D, 1);
const y = sequence(N, 2).map((value) => value / 4);
const [Xt, yt] = [sequence(5 * D, 3), sequence(5, 4)];
const rowOf = (x: readonly number[], j: number) => x.slice(j * D, (j + 1) * D);
const FILES = { 'X.npy': npy(X, N, D), 'y.npy': npy(y, N), 'Xt.npy': npy(Xt, 5, D), 'yt.npy': npy(yt, 5, 1) };

const experiment = (problem: object = {}, more: object = {}, data: object = {}) => ({
  problem: {
    dimension: D,
    initialization: { kind: 'constant', u: 0.5, v: 0.1 },
    data: {
      kind: 'files',
      features: 'X.npy',
      labels: 'y.npy',
      test: { features: 'Xt.npy', labels: 'yt.npy' },
      order: 'shuffled',
      ...data,
    },
    ...problem,
  },
  stepSize: 0.2,
  horizon: 6,
  times: [3, 6],
  statistics: ['trainRisk', 'testRisk', 'l1', 'curvature', { name: 'mine', expression: 'lambda * u^2' }],
  methods: [{ kind: 'sgd', replicas: 2 }],
  ...more,
});

const riskOn = (x: readonly number[], labels: readonly number[], beta: readonly number[]) =>
  labels.reduce((sum, label, j) => {
    const r = rowOf(x, j).reduce((s, xi, i) => s + xi * beta[i], 0) / Math.sqrt(D) - label;
    return sum + (r * r) / (2 * labels.length);
  }, 0);

/** u and v of a replica after some steps, as a textbook has it. */
function trained(x: readonly number[], labels: readonly number[], steps: number, replica: number, m: number) {
  const order = new RowOrder({ samples: N, order: 'shuffled' }, m, 1);
  const u = new Array<number>(D).fill(0.5);
  const v = new Array<number>(D).fill(0.1);
  for (let k = 0; k < steps; k++) {
    const g = new Array<number>(D).fill(0);
    for (let j = 0; j < m; j++) {
      const at = order.row(replica, k, j);
      const row = rowOf(x, at);
      const r = row.reduce((sum, xi, i) => sum + xi * u[i] * v[i], 0) / Math.sqrt(D) - labels[at];
      for (let i = 0; i < D; i++) g[i] += ((0.2 / Math.sqrt(D)) * r * row[i]) / m;
    }
    for (let i = 0; i < D; i++) [u[i], v[i]] = [u[i] - g[i] * v[i], v[i] - g[i] * u[i]];
  }
  return { u, v, beta: u.map((ui, i) => ui * v[i]) };
}

describe('SGD on files', () => {
  it.each(['reference', 'cpu'] as const)('is that of a plain loop over the rows, engine %s', async (backend) => {
    for (const batchSize of [1, 5]) {
      const { result } = await run(experiment({ batchSize }), { backend, files: opener(FILES) });
      for (const [k, t] of [3, 6].entries()) {
        const ends = [0, 1].map((replica) => trained(X, y, t * D, replica, batchSize));
        const mean = (of: (end: (typeof ends)[0]) => number) => ends.reduce((sum, end) => sum + of(end), 0) / 2;
        const lambda = Array.from(
          { length: D },
          (_, i) => X.reduce((sum, x, at) => sum + (at % D === i ? x * x : 0), 0) / N,
        );
        const expected = {
          trainRisk: mean(({ beta }) => riskOn(X, y, beta)),
          testRisk: mean(({ beta }) => riskOn(Xt, yt, beta)),
          l1: mean(({ beta }) => beta.reduce((sum, b) => sum + Math.abs(b), 0) / D),
          curvature: mean(({ u, v }) => u.reduce((sum, ui, i) => sum + lambda[i] * (ui * ui + v[i] * v[i]), 0) / D),
          mine: mean(({ u }) => u.reduce((sum, ui, i) => sum + lambda[i] * ui * ui, 0) / D),
        };
        for (const [name, value] of Object.entries(expected))
          expect(curveOf(result, 'sgd', name).mean[k + 1]! / value).toBeCloseTo(1, 10);
      }
      // What the file did not say is written out.
      expect(result.experiment.problem.covariance).toEqual({ kind: 'empirical' });
      expect(result.experiment.problem.target).toEqual({ kind: 'unknown' });
      expect(parseExperiment(result.experiment)).toEqual(result.experiment);
    }
  });

  it('reads text with and without a header, tabs and spaces, as the same numbers', async () => {
    const lines = (separator: string) => Array.from({ length: N }, (_, j) => rowOf(X, j).join(separator)).join('\r\n');
    const csv = {
      ...FILES,
      'X.csv': text(`\uFEFF${Array.from({ length: D }, (_, i) => `"x, ${i}"`).join(',')}\r\n${lines(',')}\r\n\r\n`),
      'X.tsv': text(lines('\t')),
      'y.csv': text(y.join('\n')),
    };
    const wanted = (await run(experiment(), { files: opener(FILES) })).result.curves;
    for (const features of ['X.csv', 'X.tsv']) {
      const { result } = await run(experiment({}, {}, { features, labels: 'y.csv' }), { files: opener(csv) });
      expect(result.curves).toEqual(wanted);
    }
  });

  it('standardizes by the training set', async () => {
    const columns = Array.from({ length: D }, (_, i) => X.filter((_, at) => at % D === i));
    const mean = columns.map((column) => column.reduce((a, b) => a + b, 0) / N);
    const spread = columns.map((column, i) => Math.sqrt(column.reduce((sum, x) => sum + (x - mean[i]) ** 2, 0) / N));
    const standard = (x: readonly number[]) =>
      x.map((value, at) => Math.fround((value - mean[at % D]) / spread[at % D]));
    const own = { ...FILES, 'X.npy': npy(standard(X), N, D), 'Xt.npy': npy(standard(Xt), 5, D) };
    const one = (await run(experiment({}, {}, { standardize: true }), { files: opener(FILES) })).result;
    const other = (await run(experiment(), { files: opener(own) })).result;
    one.curves.forEach(({ mean: values }, c) => {
      values.forEach((value, k) => {
        expect(value! / other.curves[c].mean[k]!).toBeCloseTo(1, 5);
      });
    });
    expect(curveOf(one, 'sgd', 'curvature').mean[0]).toBeCloseTo(0.26, 5);
    // A constant column is 0 afterwards, not a division by 0.
    const still = {
      ...FILES,
      'X.npy': npy(
        X.map((x, at) => (at % D === 3 ? 7 : x)),
        N,
        D,
      ),
    };
    const { result } = await run(experiment({}, {}, { standardize: true }), { files: opener(still) });
    expect(result.events).toEqual([]);
  });

  it('has all of it where b is given: risks, SDE, PDE', async () => {
    const target = { kind: 'constant', value: 0.3 };
    const { result } = await run(
      experiment(
        { target },
        {
          statistics: ['risk', 'trainRisk', 'distance'],
          methods: [{ kind: 'sgd', replicas: 1 }, { kind: 'pde' }, { kind: 'sde', replicas: 2 }],
        },
      ),
      { files: opener(FILES) },
    );
    const b = new Array<number>(D).fill(0.3);
    const { beta } = trained(X, y, 6 * D, 0, 1);
    const lambda = Array.from(
      { length: D },
      (_, i) => X.reduce((sum, x, at) => sum + (at % D === i ? x * x : 0), 0) / N,
    );
    const excess = beta.reduce((sum, bi, i) => sum + lambda[i] * (bi - 0.3) ** 2, 0) / (2 * D);
    expect(curveOf(result, 'sgd', 'risk').mean[2]! / (excess + riskOn(X, y, b))).toBeCloseTo(1, 10);
    expect(curveOf(result, 'sgd', 'trainRisk').mean[2]! / riskOn(X, y, beta)).toBeCloseTo(1, 10);
    expect(curveOf(result, 'pde', 'risk').mean[0]! / curveOf(result, 'sgd', 'risk').mean[0]!).toBeCloseTo(1, 6);
    expect(
      result.events
        .filter(({ kind }) => kind === 'note')
        .map(({ method }) => method)
        .sort(),
    ).toEqual(['pde', 'sde']);
  });

  it('flows to, and ends at, the interpolating solution', async () => {
    const { result } = await run(
      experiment(
        {},
        {
          horizon: 400,
          times: [400],
          statistics: ['trainRisk', 'testRisk'],
          methods: [{ kind: 'flow' }, { kind: 'sgd', replicas: 1 }],
          predict: ['interpolation'],
        },
      ),
      { files: opener(FILES) },
    );
    const [flow, sgd] = result.interpolation!;
    expect(curveOf(result, 'flow', 'trainRisk').mean[1]).toBeLessThan(1e-12);
    expect(curveOf(result, 'flow', 'testRisk').mean[1]).toBeGreaterThan(1e-3);
    expect(flow.initial!.distance.mean).toBeLessThan(1e-8);
    expect(flow.initial!.risk.mean).toBeNull();
    expect(sgd.final!.distance.mean).toBeLessThan(1e-6);
  });
});

describe('files that cannot be used', () => {
  const bad = X.map((x, at) => (at === 3 * D + 7 ? Number.NaN : x));
  const cases: [string, Record<string, Uint8Array>, object, string, RegExp][] = [
    ['is missing', {}, { features: 'none.npy' }, 'problem.data.features', /"none.npy" cannot be read: no such file/],
    ['holds NaN', { 'X.npy': npy(bad, N, D) }, {}, 'problem.data.features', /found NaN in row 3, column 7/],
    [
      'holds infinity',
      {
        'y.npy': npy(
          y.map((v, j) => (j === 4 ? Number.POSITIVE_INFINITY : v)),
          N,
        ),
      },
      {},
      'problem.data.labels',
      /found Infinity in row 4, column 0/,
    ],
    [
      'holds what f32 does not',
      {
        'X.npy': npy(
          X.map((x, at) => (at === D ? 1e300 : x)),
          N,
          D,
        ),
      },
      {},
      'problem.data.features',
      /found 1e\+300 in row 1, column 0/,
    ],
    [
      'has other columns',
      { 'X.npy': npy(X, D, N) },
      {},
      'problem.data.features',
      /must have 30 columns, the dimension; found 12/,
    ],
    ['has one axis', { 'X.npy': npy(X, N * D) }, {}, 'problem.data.features', /must have 30 columns.*found 1/],
    [
      'has too few labels',
      { 'y.npy': npy(y.slice(1), N - 1) },
      {},
      'problem.data.labels',
      /must have 12 labels.*found 11/,
    ],
    [
      'has two labels a row',
      { 'y.npy': npy([...y, ...y], N, 2) },
      {},
      'problem.data.labels',
      /one label a row; found 2/,
    ],
    ['has no rows', { 'X.npy': npy([], 0, D) }, {}, 'problem.data.features', /at least one row/],
    [
      'is torn',
      { 'X.npy': npy(X, N, D).slice(0, -3) },
      {},
      'problem.data.features',
      /is torn: its shape \(12, 30\) needs 2880 bytes/,
    ],
    ['is named .npy and is none', { 'X.npy': text('1,2') }, {}, 'problem.data.features', /is no .npy file/],
    [
      'has a word in it',
      {
        'X.csv': text(
          `${rowOf(X, 0).join()}\n${rowOf(X, 1)
            .join()
            .replace(/^[^,]*/, 'one')}`,
        ),
      },
      { features: 'X.csv' },
      'problem.data.features',
      /found "one" in row 1, column 0/,
    ],
    [
      'has an empty field',
      {
        'X.csv': text(
          rowOf(X, 0)
            .join()
            .replace(/,[^,]*,/, ',,'),
        ),
      },
      { features: 'X.csv' },
      'problem.data.features',
      /found "" in row 0, column 1/,
    ],
    [
      'has nan in text',
      {
        'X.csv': text(
          rowOf(X, 0)
            .join()
            .replace(/,[^,]*,/, ',nan,'),
        ),
      },
      { features: 'X.csv' },
      'problem.data.features',
      /found NaN in row 0, column 1/,
    ],
    [
      'has a short row',
      { 'X.csv': text(`${rowOf(X, 0).join()}\n1,2`) },
      { features: 'X.csv' },
      'problem.data.features',
      /30 columns in every row; found 2 in row 1/,
    ],
    ['is no text', { 'X.csv': Uint8Array.of(0xff, 0xfe, 0) }, { features: 'X.csv' }, 'problem.data.features', /UTF-8/],
    ['is a bad test set', { 'yt.npy': npy([1, 2], 2) }, {}, 'problem.data.test.labels', /must have 5 labels/],
  ];
  it.each(cases)('%s', async (_, files, data, path, message) => {
    const error = await run(experiment({}, {}, data), { files: opener({ ...FILES, ...files }) }).catch(
      (found) => found,
    );
    expect(error).toBeInstanceOf(ExperimentError);
    expect(error.path).toBe(path);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('\n');
  });
});

describe('what needs the target is refused by name', () => {
  const cases: [string, object, string, RegExp][] = [
    ...(['risk', 'excessRisk', 'distance', 'gradientNormSquared', 'riskDrift', 'riskNoise'] as const).map(
      (name): [string, object, string, RegExp] => [
        name,
        experiment({}, { statistics: ['l1', name] }),
        'statistics[1]',
        new RegExp(`${name}.*target b`),
      ],
    ),
    [
      'an expression',
      experiment({}, { statistics: [{ name: 'mine', expression: 'beta - b' }] }),
      'statistics[0]',
      /mine.*target b/,
    ],
    ['the SDE', experiment({}, { methods: [{ kind: 'sde' }] }), 'methods[0].kind', /"sde".*target b/],
    ['the PDE', experiment({}, { methods: [{ kind: 'pde' }] }), 'methods[0].kind', /"pde".*target b/],
    ['line search', experiment({}, { stepSize: { kind: 'line-search', max: 1 } }), 'stepSize', /line-search.*target b/],
    [
      'a step size of the risk',
      experiment({}, { stepSize: { kind: 'expression', expression: 'risk', min: 0, max: 1 } }),
      'stepSize',
      /target b/,
    ],
    [
      'a tail of the risk',
      experiment({}, { estimates: [{ kind: 'tail', above: 1 }] }),
      'estimates[0]',
      /risk.*target b/,
    ],
    ['a rate', experiment({}, { estimates: [{ kind: 'rate' }] }), 'estimates[0]', /risk.*target b/],
    [
      'until',
      experiment({}, { methods: [{ kind: 'sgd', replicas: 2, until: { statistic: 'risk', relativeError: 0.1 } }] }),
      'methods[0].until.statistic',
      /risk.*target b/,
    ],
    ['label noise', experiment({ labelNoise: 0.1 }), 'problem.labelNoise', /labels hold/],
    ['a spectrum', experiment({ covariance: { kind: 'identity' } }), 'problem.covariance.kind', /"empirical"/],
    [
      'an empirical spectrum of drawn data',
      experiment({ data: undefined, covariance: { kind: 'empirical' } }, { statistics: ['l1'] }),
      'problem.covariance.kind',
      /without data from files/,
    ],
    [
      'an unknown target of drawn data',
      experiment({ data: undefined, target: { kind: 'unknown' } }, { statistics: ['l1'] }),
      'problem.target.kind',
      /without data from files/,
    ],
    ['testRisk without a test set', experiment({}, {}, { test: undefined }), 'statistics[1]', /problem.data.test/],
  ];
  it.each(cases)('%s', (_, input, path, message) => {
    let found: unknown;
    try {
      parseExperiment(input);
    } catch (error) {
      found = error;
    }
    expect(found).toBeInstanceOf(ExperimentError);
    expect((found as ExperimentError).path).toBe(path);
    expect((found as ExperimentError).message).toMatch(message);
  });

  it('and what does not need it runs', async () => {
    for (const stepSize of [
      { kind: 'adagrad-norm', eta: 0.1, b0: 1 },
      { kind: 'stochastic-polyak', c: 1, max: 0.2 },
      { kind: 'expression', expression: '1 / (4 * curvature)', min: 0, max: 1 },
    ]) {
      const { result } = await run(
        experiment({}, { stepSize, statistics: ['trainRisk', 'effectiveInitialization', 'stepSize'] }),
        { files: opener(FILES) },
      );
      expect(result.events).toEqual([]);
      expect(curveOf(result, 'sgd', 'trainRisk').mean[2]!).toBeLessThan(curveOf(result, 'sgd', 'trainRisk').mean[0]!);
    }
  });
});
