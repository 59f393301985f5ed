/** Where training on finite data leads: the hyperbolic-entropy interpolating solution (docs/theory.md, "Finite data"). */
import { describe, expect, it } from 'vitest';
import { ExperimentError } from '../../src/problem/index.ts';
import { datasetOfProblem, problemOf } from '../../src/random/index.ts';
import { formatTable, parseResultText, type Result } from '../../src/results/index.ts';
import {
  buildShardFile,
  type Labelled,
  mergeShards,
  parseExperiment,
  readShard,
  type ShardFile,
  writeShard,
} from '../../src/run/index.ts';
import { Design, dot } from '../../src/statistics/design.ts';
import { interpolate } from '../../src/statistics/interpolation.ts';
import { drive } from '../../src/theory/index.ts';
import { joined, sourceOf } from './bytes.ts';
import { run } from './helpers.ts';

const file = (gamma: number, problem: object = {}, more: object = {}) => ({
  problem: {
    dimension: 150,
    target: { kind: 'sparse', fraction: 0.06, value: 1 },
    initialization: { kind: 'constant', u: 0.3, v: 0 },
    data: { kind: 'finite', samples: 60 },
    ...problem,
  },
  stepSize: gamma,
  horizon: 150 / gamma,
  samples: 1,
  methods: [{ kind: 'sgd', replicas: 4 }, { kind: 'flow' }],
  predict: ['interpolation'],
  ...more,
});

const [SGD, FLOW] = [0, 1];
const ends = ({ interpolation }: Result) => interpolation!;

describe('the solution', () => {
  it('fits all labels, noise and all, with ζ − ζ₀ in the span of the rows, and no other of smaller entropy', async () => {
    const noisy = { labelNoise: 0.3, covariance: { kind: 'power-law', exponent: 1 } };
    const problem = problemOf(parseExperiment(file(1, noisy)));
    const design = new Design(datasetOfProblem(problem, 3)!, problem, 0);
    const [n, d] = [60, 150];
    const P = Float64Array.from({ length: d }, (_, i) => 0.02 + 0.001 * i);
    const Q = Float64Array.from({ length: d }, (_, i) => 0.3 - 0.001 * i);
    const beta = (await drive(interpolate(design, problem, P, Q)))!;
    const zeta = Array.from(beta, (b, i) => {
      const h = Math.sqrt(P[i] * Q[i]);
      return 0.5 * Math.asinh((2 * b) / h) - 0.25 * Math.log(P[i] / Q[i]);
    });
    // Rows made orthonormal; what is left of ζ − ζ₀.
    const basis: number[][] = [];
    const product = (x: readonly number[], y: readonly number[]) => x.reduce((sum, xi, i) => sum + xi * y[i], 0);
    const without = (x: readonly number[]) => {
      let rest = [...x];
      for (let pass = 0; pass < 2; pass++)
        for (const e of basis) {
          const share = product(rest, e);
          rest = rest.map((xi, i) => xi - share * e[i]);
        }
      return rest;
    };
    for (let j = 0; j < n; j++) {
      const x = Array.from(design.row(j));
      const residual = (dot(design.row(j), beta) - dot(design.row(j), problem.b)) / Math.sqrt(d) - design.noise[j];
      expect(Math.abs(residual)).toBeLessThan(1e-10);
      const rest = without(x);
      const size = Math.sqrt(product(rest, rest));
      basis.push(rest.map((xi) => xi / size));
    }
    const rest = without(zeta);
    expect(product(rest, rest)).toBeLessThan(1e-18 * product(zeta, zeta));
  });

  it('is found down to scales of 10⁻²⁴, where it is that of least ℓ¹ norm, and is not where labels contradict each other', async () => {
    const problem = problemOf(parseExperiment(file(1)));
    const dataset = datasetOfProblem(problem, 3)!;
    const design = new Design(dataset, problem, 0);
    const l1: number[] = [];
    for (const h of [1e-4, 1e-8, 1e-12, 1e-24]) {
      const scale = new Float64Array(150).fill(h);
      const beta = (await drive(interpolate(design, problem, scale, scale)))!;
      for (let j = 0; j < 60; j++)
        expect(Math.abs(dot(design.row(j), beta) - dot(design.row(j), problem.b))).toBeLessThan(1e-8);
      l1.push(beta.reduce((sum, x) => sum + Math.abs(x), 0));
    }
    // The target, 9 of 150 entries, is the sparsest that fits.
    expect([...l1].sort((a, b) => b - a)).toEqual(l1);
    expect(Math.abs(l1[3] - 9)).toBeLessThan(1e-6);
    const twice: typeof dataset = {
      samples: 60,
      features: (out, at, count, replica, row, first) =>
        dataset.features(out, at, count, replica, Math.min(row, 58), first),
      noise: (_, row) => (row === 59 ? 1 : 0),
    };
    const one = new Float64Array(150).fill(1);
    expect(await drive(interpolate(new Design(twice, problem, 0), problem, one, one))).toBeNull();
  });
});

describe('a run', () => {
  it('ends at its solutions, and larger steps at sparser ones', async () => {
    const l1: number[] = [];
    for (const gamma of [0.6, 2]) {
      const { result } = await run(file(gamma), { backend: 'cpu' });
      const sgd = ends(result)[SGD];
      const flow = ends(result)[FLOW];
      expect(sgd.count).toBe(4);
      // The flow ends at the solution of its start, which is that of SGD's start.
      expect(flow.initial!.distance.mean!).toBeLessThan(1e-9);
      expect(flow.initial!.l1.mean!).toBeCloseTo(sgd.initial!.l1.mean!, 12);
      expect(flow.own.l1.mean!).toBeCloseTo(flow.initial!.l1.mean!, 4);
      expect(flow.final).toBeNull();
      // SGD ends at that of its end up to Σα³, a share of ζ of the order of γ²: 10⁻⁴ at 0.6, 10⁻³ at 2.
      const zetaOff = { 0.6: 3e-4, 2: 5e-3 }[gamma as 0.6 | 2];
      expect(Math.sqrt(sgd.final!.distance.mean!)).toBeLessThan(zetaOff);
      expect(sgd.final!.distance.mean!).toBeLessThan(0.01 * sgd.initial!.distance.mean!);
      expect(sgd.initial!.l1.mean! - sgd.final!.l1.mean!).toBeGreaterThan(4 * sgd.final!.l1.standardError!);
      expect(Math.abs(sgd.own.l1.mean! / sgd.final!.l1.mean! - 1)).toBeLessThan(1e-3);
      expect(sgd.final!.risk.mean!).toBeLessThan(sgd.initial!.risk.mean!);
      l1.push(sgd.final!.l1.mean!);
      // Table and file.
      expect(formatTable(result, { width: 200 })).toMatch(/interpolation\n {2}sgd\[0\]: at t = /);
      expect(parseResultText(JSON.stringify(result)).interpolation).toEqual(result.interpolation);
    }
    expect(l1[1]).toBeLessThan(l1[0]);
  });

  it('goes to the flow’s for small steps', async () => {
    const { result } = await run(
      file(
        0.02,
        {
          dimension: 40,
          data: { kind: 'finite', samples: 12, order: 'shuffled' },
          target: { kind: 'constant', value: 0.5 },
        },
        { horizon: 4000 },
      ),
      { backend: 'cpu' },
    );
    const [sgd] = ends(result);
    expect(Math.abs(sgd.final!.l1.mean! / sgd.initial!.l1.mean! - 1)).toBeLessThan(1e-3);
    expect(sgd.initial!.distance.mean!).toBeLessThan(1e-5);
  });

  it('says the same in shards, merged, with datasets of its own and estimates beside', async () => {
    const more = {
      methods: [
        { kind: 'sgd', replicas: 5 },
        { kind: 'sde', replicas: 2 },
      ],
      estimates: [{ kind: 'tail', statistic: 'risk', time: 20, above: 0.01 }],
      horizon: 20,
    };
    const asked = file(1, { dimension: 30, data: { kind: 'finite', samples: 10, shared: false } }, more);
    const { result: whole } = await run(asked);
    const shards: Labelled<ShardFile>[] = [];
    for (const index of [1, 2, 3]) {
      const shard = { index, of: 3 };
      const { result, events } = await run(asked, { shard });
      const ensembles = events.filter((event) => event.type === 'ensemble');
      const bytes = joined(await writeShard(buildShardFile(shard, result, ensembles)));
      shards.push({ label: `part ${index}`, file: await readShard(sourceOf(bytes)) });
    }
    const merged = mergeShards(shards);
    expect(ends(whole)).toHaveLength(1);
    const numbers = (result: Result) =>
      JSON.stringify(ends(result), (_, x) => (typeof x === 'number' ? Number(x.toPrecision(9)) : x));
    expect(numbers(merged)).toBe(numbers(whole));
    expect(ends(whole)[0].initial!.l1.standardError!).toBeGreaterThan(0);
    expect(whole.estimates).toHaveLength(2);
  });

  it('tells nothing of the end where the scale at the start is 0 somewhere', async () => {
    const balanced = { initialization: { kind: 'constant', u: 0.3, v: 0.3 }, target: { kind: 'constant', value: 0.5 } };
    const { result } = await run(
      file(1, { dimension: 30, data: { kind: 'finite', samples: 10 }, ...balanced }, { horizon: 100 }),
    );
    const [sgd, flow] = ends(result);
    expect(sgd.final).toBeNull();
    expect(flow.initial!.distance.mean!).toBeLessThan(1e-8);
  });
});

const refused: [string, object, string, string[]][] = [
  ['fresh samples', file(1, { data: undefined }), 'predict', ['problem.data']],
  ['a power', file(1, { parametrization: { kind: 'power', depth: 3 } }), 'predict', ['u⊙v']],
  ['the square', file(1, { parametrization: 'square' }), 'predict', ['u⊙v']],
  [
    'as many samples as coordinates',
    file(1, { data: { kind: 'finite', samples: 150 } }),
    'predict',
    ['fewer samples', '150'],
  ],
  ['4001 samples', file(1, { dimension: 9000, data: { kind: 'finite', samples: 4001 } }), 'predict', ['4000', '4001']],
  ['no method that trains', file(1, {}, { methods: [{ kind: 'pde' }] }), 'predict', ['sgd or flow']],
  ['another word', file(1, {}, { predict: ['generalization'] }), 'predict[0]', ['"interpolation"']],
  ['nothing', file(1, {}, { predict: [] }), 'predict', ['1 to 1']],
];

it.each(refused)('is refused with %s', (_, input, path, parts) => {
  let found: unknown;
  try {
    parseExperiment(input);
  } catch (error) {
    found = error;
  }
  expect(found).toBeInstanceOf(ExperimentError);
  expect((found as ExperimentError).path).toBe(path);
  for (const part of parts) expect((found as ExperimentError).message).toContain(part);
});
