/** Whatever a valid file asks for: its result is read back, by our reader and the published schema, merges, and is resumed. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import {
  type Arbitrary,
  assert,
  asyncProperty,
  constant,
  constantFrom,
  double,
  integer,
  oneof,
  option,
  record,
  shuffledSubarray,
  subarray,
  uniqueArray,
} from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExperimentError, saveTimes } from '../../src/problem/index.ts';
import { parseResultText, type Result, type SweepPoint } from '../../src/results/index.ts';
import {
  buildShardFile,
  mergeShards,
  parseExperiment,
  type RunOptions,
  readCheckpoint,
  readShard,
  runExperiment,
  runSweep,
  writeCheckpoint,
  writeShard,
} from '../../src/run/index.ts';
import { joined, sourceOf } from './bytes.ts';

const schema = JSON.parse(readFileSync(new URL('../../schema/result.schema.json', import.meta.url), 'utf8'));
const validate = new Ajv2020({ allErrors: true }).compile(schema);

const real = (min: number, max: number) => double({ min, max, noNaN: true });
const maybe = <T>(one: Arbitrary<T>) => option(one, { nil: undefined });

const problem = record({
  dimension: integer({ min: 1, max: 9 }),
  covariance: constantFrom<object>({ kind: 'identity' }, { kind: 'two-level', low: 0.5, high: 2, fraction: 0.5 }),
  target: constantFrom<object>({ kind: 'sparse', fraction: 0.5, value: 1 }, { kind: 'constant', value: -0.5 }),
  initialization: constantFrom<object>({ kind: 'constant', u: 1, v: 0 }, { kind: 'constant', u: 1, v: 1 }),
  parametrization: constantFrom('product', 'difference'),
  labelNoise: constantFrom(0, 0.3),
  batchSize: integer({ min: 1, max: 2 }),
  features: constantFrom('gaussian', 'rademacher'),
});
const stepSize = oneof(
  real(0.05, 4),
  constantFrom<object>(
    { kind: 'piecewise', times: [0, 0.4], values: [1, 0.2] },
    { kind: 'cosine', initial: 1, final: 0.1 },
    { kind: 'power', initial: 1, exponent: 0.5, time: 1 },
  ),
);
const own = { name: 'own', expression: 'log(beta + 0.1)' };
const statistics = shuffledSubarray<unknown>(['risk', 'curvature', 'effectiveInitialization', 'l1', own], {
  minLength: 1,
}).filter((list) => list.some((one) => one !== own));

/** Of a run with these save times and statistics. */
function estimatesOf(times: readonly number[], names: readonly string[]): Arbitrary<object[]> {
  const time = maybe(constantFrom(...times));
  const some = maybe(subarray([...times], { minLength: 1 }));
  const statistic = constantFrom('risk', ...names);
  return subarray(
    [
      record({ kind: constant('distribution'), statistic, times: some }),
      record({ kind: constant('histogram'), statistic, times: some, scale: constantFrom('linear', 'log') }),
      record({ kind: constant('histogram'), statistic, times: some, range: constant([0, 1]), bins: constant(3) }),
      record({ kind: constant('beta-histogram'), times: some, bins: constant(3), range: constant([-0.5, 1.5]) }),
      record({ kind: constant('covariance'), statistics: constant(['risk', 'l1']), times: some }),
      record({ kind: constant('tail'), statistic, above: constant(0.1), time }),
      record({ kind: constant('blow-up'), before: time }),
      record({ kind: constant('convergence'), constant: constant(2), rate: constant(0.1), time }),
      record({ kind: constant('rate'), from: maybe(constant(0)), to: time }),
    ],
    { minLength: 1 },
  ).chain((kinds) => record(Object.fromEntries(kinds.map((kind, i) => [i, kind]))).map(Object.values));
}

const methodsOf = (times: readonly number[], names: readonly string[]): Arbitrary<object[]> => {
  const replicas = integer({ min: 1, max: 6 });
  const until = maybe(
    record({
      statistic: constantFrom(...names),
      relativeError: constant(0.3),
      time: maybe(constantFrom(...times)),
      most: constant(40),
    }),
  );
  const scheme = constantFrom('strang', 'euler', 'euler-uv');
  const coupling = constantFrom('interacting', 'mean-field');
  return subarray(
    [
      record({ kind: constant('sgd'), replicas, until }),
      record({ kind: constant('sde'), replicas, timeStep: constant(0.2), scheme, coupling }),
      record({ kind: constant('pde'), tolerance: constant(1e-2) }),
      record({ kind: constant('flow') }),
    ],
    { minLength: 1, maxLength: 3 },
  ).chain((kinds) => record(Object.fromEntries(kinds.map((kind, i) => [i, kind]))).map(Object.values));
};

/** Save times given as `times` that end before the horizon, or as `samples`. */
const timing = oneof(
  record({ horizon: real(0.5, 2), samples: integer({ min: 1, max: 5 }) }),
  record({
    horizon: real(1, 2),
    times: uniqueArray(real(0.01, 1), { minLength: 1, maxLength: 5 }).map((times) => times.sort((a, b) => a - b)),
  }),
) as Arbitrary<{ horizon: number; times?: number[]; samples?: number }>;

const experiments = record({ timing, statistics, problem, stepSize, seed: integer({ min: 0, max: 99 }) }).chain(
  ({ timing: when, ...rest }) => {
    const times = [...saveTimes(when)].slice(1);
    const names = rest.statistics.map((one) => (typeof one === 'string' ? one : own.name));
    const densities = { times: [0, when.horizon], points: 4 };
    const estimates = estimatesOf(times, names);
    return record({ methods: methodsOf(times, names), estimates: maybe(estimates) }).map((asked) => {
      const pde = asked.methods.some((method) => 'tolerance' in method);
      // As a JSON file: what is left out is not there.
      return JSON.parse(JSON.stringify({ ...rest, ...when, ...asked, ...(pde && { densities }) }));
    });
  },
);

async function follow(file: unknown, options: RunOptions = {}, stopAt = Number.POSITIVE_INFINITY) {
  const experiment = options.from?.experiment ?? parseExperiment(file);
  const running = runExperiment(experiment, { backend: 'reference', workers: 0, ...options });
  const ensembles: Parameters<typeof buildShardFile>[2][number][] = [];
  for (let seen = 0; ; ) {
    const { done, value } = await running.next();
    if (done) return { result: value, ensembles };
    if (value.type === 'ensemble') ensembles.push(value);
    if (value.type !== 'checkpoint' || ++seen < stopAt) continue;
    await running.return(undefined as never);
    return { checkpoint: value.checkpoint };
  }
}

const numbersOf = (result: Result) => {
  const { seconds: _, started: __, ...provenance } = result.provenance;
  return { ...result, provenance };
};

function expectReadable(result: Result): void {
  const text = JSON.stringify(result);
  expect(JSON.parse(JSON.stringify(parseResultText(text)))).toEqual(JSON.parse(text));
  if (!validate(JSON.parse(text))) expect.fail(JSON.stringify(validate.errors?.slice(0, 3)));
}

describe('any valid file', () => {
  it('gives a result that is read back, merges from shards and resumes from a checkpoint', async () => {
    let read = 0;
    const property = asyncProperty(experiments, integer({ min: 1, max: 4 }), async (file, cut) => {
      try {
        parseExperiment(file);
      } catch (error) {
        // Refused when it is read: nothing is lost.
        expect(error).toBeInstanceOf(ExperimentError);
        return;
      }
      read++;
      const whole = await follow(file);
      expectReadable(whole.result!);

      const { checkpoint } = await follow(file, { checkpointEvery: 1 }, cut);
      if (checkpoint) {
        const from = await readCheckpoint(sourceOf(joined(await writeCheckpoint(checkpoint))));
        expect(numbersOf((await follow(file, { from })).result!)).toEqual(numbersOf(whole.result!));
      }

      if (file.methods.some(({ until }: { until?: unknown }) => until)) return;
      const parts = await Promise.all(
        [1, 2, 3].map(async (index) => {
          const shard = { index, of: 3 };
          const { result, ensembles } = await follow(file, { shard });
          const bytes = joined(await writeShard(buildShardFile(shard, result!, ensembles!)));
          return { label: `part ${index}`, file: await readShard(sourceOf(bytes)) };
        }),
      );
      const merged = mergeShards(parts);
      expectReadable(merged);
      const shape = ({ curves, estimates }: Result) => [
        curves.map(({ index, statistic, times, count, failed, counts }) => [
          index,
          statistic,
          times,
          count,
          failed,
          counts,
        ]),
        estimates?.map((one) => [one.kind, 'time' in one && one.time, 'times' in one && one.times]),
      ];
      expect(shape(merged)).toEqual(shape(whole.result!));
    });
    await assert(property, { numRuns: 60, seed: 3 });
    expect(read).toBeGreaterThan(45);
  });
});

describe('save times that end before the horizon', () => {
  const file = {
    problem: { dimension: 20 },
    horizon: 1,
    times: [0.25, 0.5],
    methods: [{ kind: 'sgd', until: { statistic: 'risk', relativeError: 0.5, most: 64 } }],
    estimates: [
      { kind: 'tail', above: 0.2 },
      { kind: 'histogram' },
      { kind: 'blow-up' },
      { kind: 'rate' },
      { kind: 'convergence', constant: 2, rate: 0.1 },
    ],
  };

  it('are the defaults of every estimate, and of until', async () => {
    const { result } = await follow(file);
    const [tail, histogram, blowUp, rate, convergence] = [...result!.estimates!] as Record<string, unknown>[];
    expect([tail.time, tail.count]).toEqual([0.5, 32]);
    expect(histogram.times).toEqual([0.5]);
    expect(blowUp.before).toBe(0.5);
    expect([rate.from, rate.to, rate.count]).toEqual([0.25, 0.5, 32]);
    expect([convergence.time, convergence.count]).toEqual([0.5, 32]);
    expect(result!.experiment.methods[0]).toMatchObject({ until: { time: 0.5 } });
  });

  it.each([
    [{ kind: 'blow-up', before: 0.8 }, 'estimates[0].before: must be at most the last save time (0.5)'],
    [{ kind: 'rate', from: 0.1, to: 1 }, 'estimates[0].to: must be at most the last save time (0.5)'],
    [{ kind: 'tail', above: 1, time: 1 }, 'estimates[0].time: must be a save time of the run'],
  ])('nothing is asked of later: %j', (estimate, message) => {
    expect(() => parseExperiment({ ...file, estimates: [estimate] })).toThrow(message);
  });

  it("a sweep's rate is that of the second half up to the last of them", async () => {
    const { methods: _, ...rest } = file;
    const methods = [{ kind: 'sgd', replicas: 3 }, { kind: 'flow' }];
    const experiment = parseExperiment({ ...rest, stepSize: { kind: 'cosine', initial: 1, final: 0.1 }, methods });
    const sweep = { experiment, axes: [{ field: 'seed', values: [1], scale: 'linear' as const }] };
    const running = runSweep(
      { sweep, count: 1, valuesAt: () => [1], experimentAt: () => experiment },
      { backend: 'reference', workers: 0 },
    );
    const points: SweepPoint[] = [];
    for await (const event of running) if (event.type === 'point') points.push(event.point);
    const [point] = points;
    const { result } = await follow(experiment);
    const [sgd, flow] = result!.curves;
    expect(point.methods[0].final.risk!.mean).toBe(sgd.mean[2]);
    expect(point.methods[0].rate!.count).toBe(3);
    // Over t = 0.25 and 0.5 alone.
    expect(point.methods[1].rate!.mean).toBeCloseTo(Math.log(flow.mean[1]! / flow.mean[2]!) / 0.25, 12);
    expect(point.stepSize).toBeCloseTo(0.55, 12);
  });
});
